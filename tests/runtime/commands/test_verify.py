import dataclasses

import pytest

import twinlet
from twinlet.commands.verify import COMMAND


@pytest.mark.parametrize("match", [True, False])
def test_the_outcome_is_the_verifiers(run, tiny, decided, match):
    outcome = run(COMMAND, tiny, *decided[match])
    expected = twinlet.load(tiny).verify(*decided[match])
    told = dataclasses.asdict(expected)
    # The rule, which goes without saying, as `identify` has it.
    assert (told.pop("basis"), told.pop("unit")) == ("bound", "comparison")
    assert outcome.payload == told
    assert outcome.exit_code == (0 if match else 1)


def test_the_rate_reaches_the_verifier(run, tiny, decided):
    outcome = run(COMMAND, tiny, *decided[True], "--fmr", "0.1")
    assert outcome.payload["fmr"] == 0.1
    assert outcome.payload["threshold"] == twinlet.load(tiny, fmr=0.1).threshold
    assert "(FMR at most 10 % if the comparisons it was calibrated with are" in outcome.text


@pytest.mark.parametrize("match", [True, False])
def test_a_prior_adds_the_probability_to_what_is_told(run, weighed_twin, decided, match):
    plain = run(COMMAND, weighed_twin, *decided[match])
    outcome = run(COMMAND, weighed_twin, *decided[match], "--prior", "0.01")
    verifier = twinlet.load(weighed_twin)
    similarity = plain.payload["similarity"]
    assert outcome.exit_code == plain.exit_code
    assert outcome.payload == {
        **plain.payload,
        "log_likelihood_ratio": verifier.likelihood(similarity),
        "prior": 0.01,
        "probability": verifier.probability(similarity, 0.01),
    }
    first, evidence, chance = outcome.text.splitlines()
    assert first == plain.text
    assert f"log-likelihood ratio {verifier.likelihood(similarity):+.2f}: " in evidence
    assert chance.startswith("probability that they are the same: ")
    assert chance.endswith(" at a prior of 1 %")
    assert "probability" not in plain.text


def test_evidence_is_told_from_the_side_it_speaks_for(run, weighed_twin, images):
    same = run(COMMAND, weighed_twin, images[0], images[0], "--prior", "0.5").text
    assert "+4.00: such a similarity is 54.6 times as frequent for the same as for two" in same
    assert "two different, the most that the bundle supports\n" in same
    assert "the same: 98.2 %, at a prior of 50 %" in same
    sure = run(COMMAND, weighed_twin, images[0], images[0], "--prior", "0.99999").text
    assert "the same: above 99.99 %, at" in sure


@pytest.mark.parametrize("prior", ["0", "1", "-0.5", "nan", "inf", "one"])
def test_a_prior_that_is_none(run, weighed_twin, images, prior, capsys):
    with pytest.raises(SystemExit):
        run(COMMAND, weighed_twin, *images[:2], f"--prior={prior}")
    assert "strictly between 0 and 1" in capsys.readouterr().err


def test_a_bundle_of_before_gives_no_probability(run, tiny):
    # Refused before the images are read, which are not there.
    with pytest.raises(twinlet.CalibrationError) as caught:
        run(COMMAND, tiny, "a.png", "b.png", "--prior", "0.01")
    assert "holds no log-likelihood ratios of " in str(caught.value)
    assert "export it again" in str(caught.value)
