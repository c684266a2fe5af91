"""All tunings of one twin: each from the twin alone, each made once."""

from types import SimpleNamespace

import numpy as np
import pytest

from twinlet.errors import ParityError
from twinlet_export.aware import tuner
from twinlet_export.aware.tuner import Tuner
from twinlet_export.aware.tuning import Schedule


@pytest.fixture
def make(twin, learning, make_config, tmp_path):
    """A tuner with a class head, in a folder of its own."""

    def build(name):
        run = SimpleNamespace(
            path=tmp_path / name,
            config=make_config(loss__name="cosface"),
            splits=lambda data: SimpleNamespace(train=learning.train),
        )
        learning.data.fingerprint = "f" * 64
        schedule = Schedule(steps=6, minutes=10.0, learning_rate=1e-2)
        return Tuner(twin, run, learning.data, schedule=schedule, show=lambda line: None)

    return build


def test_a_method_starts_from_the_twin_whatever_was_tuned_before(make):
    alone = make("a").tuned("pruned").weights
    after = make("b")
    after.tuned("clustered")
    for key, arrays in after.tuned("pruned").weights.items():
        for array, other in zip(arrays, alone[key], strict=True):
            np.testing.assert_allclose(array, other, rtol=1e-3, atol=1e-5)


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
