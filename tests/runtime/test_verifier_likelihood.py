"""A verifier gives evidence and, for a prior, a probability."""

import math

import pytest

import twinlet
from twinlet import CalibrationError, InvalidInputError
from twinlet.encodings import Pairing


@pytest.fixture
def weigher(weighed_twin, verifier):
    return twinlet.load(weighed_twin, file=verifier.file)


def test_every_pairing_has_its_own_ratios(weigher, weighed):
    for pairing, own in weighed.files[0].entry.likelihood.items():
        expected = float(own.log_ratios(0.6))
        assert weigher.likelihood(0.6, pairing=pairing) == expected
        assert weigher.probability(0.6, 0.5, pairing=pairing) == pytest.approx(
            1 / (1 + math.exp(-expected))
        )
    assert weigher.likelihood(0.6) == weigher.likelihood(0.6, pairing=Pairing.FLOAT32)
    assert len({weigher.likelihood(0.6, pairing=pairing) for pairing in Pairing}) == 3


def test_a_verification_says_no_more_than_before(weigher, verifier, probes):
    assert weigher.verify(*probes[:2]) == verifier.verify(*probes[:2])


def test_a_probability_rises_with_similarity_and_prior(weigher):
    chances = [weigher.probability(s, 0.1) for s in (0.45, 0.55, 0.65, 0.85)]
    assert chances == sorted(chances)
    assert weigher.probability(0.55, 0.2) > chances[1]


@pytest.mark.parametrize(("similarity", "prior"), [(math.nan, 0.5), (1.5, 0.5), (0.5, 0.0)])
def test_what_is_no_number_of_these_is_refused(weigher, similarity, prior):
    with pytest.raises(InvalidInputError, match=r"expected angular|the prior must lie"):
        weigher.probability(similarity, prior)


def test_a_bundle_of_before_refuses(verifier):
    for refused in (verifier.likelihood, lambda s: verifier.probability(s, 0.5)):
        with pytest.raises(
            CalibrationError, match="is no probability; take the bundle as exported"
        ):
            refused(0.9)
