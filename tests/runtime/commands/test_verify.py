import dataclasses

import pytest

import twinlet
from twinlet.commands.verify import COMMAND


@pytest.mark.parametrize("match", [True, False])
def test_the_outcome_is_the_verifiers(run, tiny, decided, match):
    outcome = run(COMMAND, tiny, *decided[match])
    expected = twinlet.load(tiny).verify(*decided[match])
    assert outcome.payload == dataclasses.asdict(expected)
    assert outcome.exit_code == (0 if match else 1)


def test_the_rate_reaches_the_verifier(run, tiny, decided):
    outcome = run(COMMAND, tiny, *decided[True], "--fmr", "0.1")
    assert outcome.payload["fmr"] == 0.1
    assert outcome.payload["threshold"] == twinlet.load(tiny, fmr=0.1).threshold
    assert "(FMR at most 10 %," in outcome.text
