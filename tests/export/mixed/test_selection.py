"""The layers that rounding hurts are found, and nothing is done where nothing is lost."""

import json

import pytest

from twinlet.backends import open_engine
from twinlet.bundle import FILE_NAMES
from twinlet_export.building import Builder
from twinlet_export.settings import FloatLimits

NAMES = ("litert-int8", "onnx-int8")


def without_times(facts):
    """All but what the machine's load decides."""
    if isinstance(facts, dict):
        return {
            key: without_times(value)
            for key, value in facts.items()
            if key not in ("latency", "seconds", "summary")
        }
    return [without_times(value) for value in facts] if isinstance(facts, list) else facts


@pytest.mark.parametrize("name", NAMES)
def test_the_layer_that_hurts_is_found_and_nothing_else_is_kept(name, hurt, select):
    selected, plain, said = select(hurt, name)
    facts = selected.facts
    # What "wide" gives must not be rounded, which takes "reader" as well.
    assert [kept.split("/")[-2] for kept in facts["kept"]] == ["wide_1", "reader_1"]
    assert facts["loss"]["interval"][0] > 0.5
    low, high = facts["loss_mixed"]["interval"]
    assert low <= 0.0 <= high < 0.1
    assert facts["int8"]["bytes"] == len(plain)
    assert facts["mixed"]["bytes"] == len(selected.model) > len(plain)
    assert [step["outcome"] for step in facts["steps"]] == ["kept"]
    assert len(said) == 2  # one line when it begins, one when it ends
    assert said[0].startswith(f"{name}: misses ")
    assert said[1] == f"{name}: {facts['summary']}"
    assert facts["summary"].startswith(f"2 of {facts['layers']} layers in float: FNMR at FMR 5 %")


@pytest.mark.parametrize("name", NAMES)
def test_every_try_tells_misses_bytes_and_latency(name, hurt, select):
    facts = select(hurt, name)[0].facts
    assert facts["ranked"] == facts["layers"] <= len(facts["tries"])
    for each in (*facts["tries"], facts["int8"], facts["mixed"]):
        assert set(each) == {"float", "fnmr", "bytes", "latency"}
        assert 0.0 <= each["fnmr"] <= 1.0
        assert each["latency"] > 0.0
    json.dumps(facts, allow_nan=False)


@pytest.mark.parametrize("name", NAMES)
def test_it_finds_the_same_again(name, hurt, select):
    first, second = select(hurt, name)[0], select(hurt, name)[0]
    assert first.model == second.model
    assert without_times(first.facts) == without_times(second.facts)


@pytest.mark.parametrize("name", NAMES)
def test_where_nothing_is_lost_nothing_is_searched(name, unhurt, faces, select):
    class NoMixer(Builder):
        def mixer(self, name):
            pytest.fail("searched")

    builder = NoMixer(unhurt, faces.images[::6])
    selected, plain, said = select(unhurt, name, builder=builder)
    assert selected.model == plain
    assert selected.facts["kept"] == []
    assert not selected.facts["searched"]
    assert selected.facts["loss"]["interval"][0] <= 0.0
    assert len(said) == 1
    assert "int8 loses nothing that can be told apart: FNMR at FMR 5 %" in said[0]


@pytest.mark.parametrize("name", NAMES)
def test_without_time_nothing_is_measured(name, hurt, select):
    selected, plain, said = select(hurt, name, minutes=0.0)
    assert selected.model == plain
    assert selected.facts == {
        "summary": "no layer was looked for: --search-minutes 0",
        "searched": False,
        "kept": [],
    }
    assert said == [f"{name}: no layer was looked for: --search-minutes 0"]


def test_when_time_runs_out_it_says_how_far_it_came(hurt, select):
    selected, plain, _ = select(hurt, "onnx-int8", minutes=1e-6)
    assert selected.model == plain
    assert selected.facts["ranked"] == 0
    assert "no layer in float pays" in selected.facts["summary"]
    assert f"time ran out after 0 of {selected.facts['layers']}" in selected.facts["summary"]


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (FloatLimits(layers=0.01, bytes=10.0, growth=0.0, latency=1e3), "more than 1% of the lay"),
        (FloatLimits(layers=1.0, bytes=0.0, growth=0.0, latency=1e3), "too large"),
        (FloatLimits(layers=1.0, bytes=10.0, growth=0.0, latency=0.0), "not faster than fp32"),
    ],
)
def test_what_costs_too_much_is_not_kept(limits, reason, hurt, select):
    selected, plain, _ = select(hurt, "litert-int8", limits=limits)
    assert selected.model == plain
    assert selected.facts["kept"] == []
    assert selected.facts["steps"]
    assert all(step["outcome"].startswith(reason) for step in selected.facts["steps"])
    assert "no layer in float pays" in selected.facts["summary"]


def test_growth_leaves_small_networks_room(hurt, select):
    # The plain file is above 0.1 of the fp32 file, so what counts is how much it grows.
    room = FloatLimits(layers=1.0, bytes=0.1, growth=0.5, latency=1e3)
    assert len(select(hurt, "litert-int8", limits=room)[0].facts["kept"]) == 2


class Crashing(Builder):
    """A converter that fails for one layer, or for all."""

    layer = "reader"

    def mixer(self, name):
        mixer = super().mixer(name)
        build = mixer.build

        def crash(keep):
            if any(self.layer in operator for operator in keep):
                raise RuntimeError("tensor of rank 5\nand a long trace")
            return build(keep)

        mixer.build = crash
        return mixer


@pytest.mark.parametrize("name", NAMES)
def test_a_converter_that_fails_names_file_and_layers(name, hurt, faces, select):
    selected, plain, said = select(hurt, name, builder=Crashing(hurt, faces.images[::6]))
    assert selected.model == plain
    failed = [line for line in said if line.startswith("not tried: ")]
    assert failed
    for line in failed:
        assert f"the converter of {name} with " in line
        assert "reader" in line
        assert line.endswith(" in float failed: RuntimeError: tensor of rank 5")
    assert len(failed) == len(set(failed)) == len(selected.facts["failed"])
    assert "could not be tried" in selected.facts["summary"]


def test_when_the_ranges_cannot_be_measured_the_plain_file_stays(hurt, faces, select):
    class Broken(Builder):
        def mixer(self, name):
            raise MemoryError("no room")

    selected, plain, said = select(hurt, "onnx-int8", builder=Broken(hurt, faces.images[::6]))
    assert selected.model == plain
    assert said[-1] == (
        "onnx-int8: no layer was looked for: the converter of onnx-int8 failed: MemoryError: "
        "no room"
    )


def test_other_files_are_not_looked_at(unhurt, select):
    selected, plain, said = select(unhurt, "litert-fp16")
    assert (selected.model, selected.facts, said) == (plain, {}, [])


@pytest.mark.parametrize("name", NAMES)
def test_the_mixed_file_is_as_good_for_clients(name, hurt, faces, select):
    engine = open_engine(FILE_NAMES[name].engine, select(hurt, name)[0].model)
    assert engine.input.dtype == "uint8"
    assert engine.input.shape[1:] == (16, 16, 3)
    assert engine.output.dtype == "float32"
    assert engine.embed(faces.images[:3]).shape == (3, 24)
