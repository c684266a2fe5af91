"""All tunings of one twin: each from the twin alone, each made once."""

from types import SimpleNamespace

import numpy as np
import pytest

from twinlet.errors import InvalidInputError, ParityError
from twinlet_export.aware import methods, tuner
from twinlet_export.aware.tuner import Tuner
from twinlet_export.aware.tuning import Schedule


@pytest.fixture
def shown():
    return []


@pytest.fixture
def make(twin, learning, make_config, tmp_path, shown):
    """A tuner with a class head, in a folder of its own."""

    def build(name):
        run = SimpleNamespace(path=tmp_path / name, config=make_config(loss__name="cosface"))
        learning.data.fingerprint = "f" * 64
        origin = SimpleNamespace(
            twin=twin,
            bundle_id="b" * 64,
            run=run,
            data=learning.data,
            splits=SimpleNamespace(train=learning.train),
        )
        schedule = Schedule(steps=6, minutes=10.0, learning_rate=1e-2)
        return Tuner(origin, schedule=schedule, show=shown.append)

    return build


def test_a_method_starts_from_the_twin_whatever_was_tuned_before(make):
    alone = make("a").tuned("pruned").weights
    after = make("b")
    after.tuned("clustered")
    for key, arrays in after.tuned("pruned").weights.items():
        for array, other in zip(arrays, alone[key], strict=True):
            np.testing.assert_allclose(array, other, rtol=1e-3, atol=1e-5)


def test_a_line_is_shown_at_once_and_then_by_the_clock(make, shown, monkeypatch):
    monkeypatch.setattr(tuner, "SHOWN_EVERY", 1e6)
    make("a").tuned("clustered")
    assert [line.partition(",")[0] for line in shown] == [
        "tuning clustered: step 1 of at most 6",
        "tuning clustered: step 6 of at most 6",
    ]
    monkeypatch.setattr(tuner, "SHOWN_EVERY", 0.0)
    make("b").tuned("clustered")
    assert len(shown) == 2 + 6


def test_a_tuning_that_the_clock_cut_short_is_told(make, shown):
    hurried = make("a")
    hurried._schedule = Schedule(steps=1000, minutes=1e-4, learning_rate=1e-2)
    hurried.tuned("clustered")
    assert shown[-1] == (
        "tuning clustered: only 1 of 1000 steps in 0.0001 minutes; raise --tune-minutes"
    )


def test_ranges_are_measured_once_however_often_a_tuning_is_taken_up(make, monkeypatch):
    measured = []
    real = methods.set_ranges
    monkeypatch.setattr(methods, "set_ranges", lambda *words: measured.append(1) or real(*words))
    first = make("a").tuned("int8-qat")
    again = make("a").tuned("int8-qat")
    assert measured == [1]
    for one, other in zip(first.network.variables, again.network.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


def test_another_twin_finds_no_state(make):
    first = make("a")
    first.tuned("pruned")
    other = make("a")
    other._origin.bundle_id = "c" * 64
    other.tuned("pruned")
    assert len(list((first._run.path / "tuning").iterdir())) == 2


def test_a_model_from_elsewhere_has_no_loss(twin):
    with pytest.raises(InvalidInputError, match="has no loss and no batches to be tuned with"):
        Tuner(SimpleNamespace(twin=twin, run=None), schedule=Schedule(), show=print)


def test_a_method_is_used_once_and_its_state_again(make, monkeypatch):
    first = make("a")
    assert first.tuned("pruned") is first.tuned("pruned")
    assert first.facts()["pruned"]["steps"] == 6
    (state,) = (first._run.path / "tuning").iterdir()
    written = state.stat().st_mtime_ns
    assert make("a").tuned("pruned").facts == first.facts()["pruned"]
    assert state.stat().st_mtime_ns == written


def test_what_failed_is_not_tried_again(make, monkeypatch):
    tries = []

    def fail(*words, **settings):
        tries.append(1)
        raise ParityError("no")

    monkeypatch.setattr(tuner, "tune", fail)
    broken = make("a")
    for _ in range(2):
        with pytest.raises(ParityError, match="no"):
            broken.tuned("int8-qat")
    assert len(tries) == 1
