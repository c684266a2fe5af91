"""The gate: what it measures, counted by hand, and what it lets through."""

import numpy as np
import pytest

from twinlet.scores import angular
from twinlet_export.parity import Decider, Parity, measure
from twinlet_export.settings import PARITY_LIMITS, ParityLimits


def turned(degrees):
    """Unit vectors of the plane at these angles."""
    radians = np.radians(np.asarray(degrees, dtype=np.float64))
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


# Four images of two identities at 0, 10, 90 and 120 degrees. A difference of a degrees is a
# similarity of 1 - a/180. Mated pairs: 0-10 (10 apart) and 90-120 (30). Non-mated: 0-90 (90),
# 0-120 (120), 10-90 (80), 10-120 (110).
LABELS = np.array([0, 0, 1, 1])
TWIN = Decider(turned([0, 10, 90, 120]), threshold=1 - 20 / 180)


def test_a_file_like_the_twin():
    parity = measure(TWIN, TWIN, LABELS)
    assert parity.cosine_median == pytest.approx(1.0)
    assert parity.similarity_max_error == 0.0
    assert (parity.decision_agreement, parity.decision_agreement_mated) == (1.0, 1.0)
    assert (parity.images, parity.comparisons, parity.mated) == (4, 6, 2)
    assert all(parity.failures(limits) == {} for limits in PARITY_LIMITS.values())


def test_a_file_that_turns_one_embedding():
    # The fourth image is at 105 instead of 120: its cosine is that of 15 degrees, three
    # differences change by 15, and the mated pair 90-105 (15 apart) is now accepted at 20.
    file = Decider(turned([0, 10, 90, 105]), threshold=1 - 20 / 180)
    parity = measure(TWIN, file, LABELS)
    assert parity.similarity_max_error == pytest.approx(15 / 180, abs=1e-6)
    assert parity.decision_agreement == pytest.approx(5 / 6)
    assert parity.decision_agreement_mated == pytest.approx(1 / 2)
    # Of the cosines 1, 1, 1 and cos 15 the first percentile lies 3 hundredths up from the last.
    lowest = np.cos(np.radians(15))
    assert parity.cosine_p01 == pytest.approx(lowest + 0.03 * (1 - lowest), abs=1e-6)


def test_a_file_decides_at_its_own_threshold():
    # Everything is turned twice as far, and so is the threshold: the same decisions.
    file = Decider(turned([0, 20, 180, 240]), threshold=1 - 40 / 180)
    assert measure(TWIN, file, LABELS).decision_agreement == 1.0
    same_threshold = Decider(file.templates, TWIN.threshold)
    # At the twin's threshold the pair 0-10, now 20 apart, is still accepted: 20 <= 20 is a tie
    # that rounding decides, so take a clear one, 15 degrees.
    strict = Decider(same_threshold.templates, 1 - 15 / 180)
    assert measure(TWIN, strict, LABELS).decision_agreement == pytest.approx(5 / 6)


GOOD = Parity(
    cosine_median=0.95,
    cosine_p01=0.8,
    similarity_max_error=0.1,
    decision_agreement=0.99,
    decision_agreement_mated=0.9,
    images=10,
    comparisons=45,
    mated=5,
)
LIMITS = ParityLimits(0.9, 0.7, 0.2, 0.95, 0.8, 0.05, "for this test")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cosine_median": 0.89}, "median cosine 0.8900 is below 0.9"),
        ({"cosine_p01": 0.6}, "first percentile of the cosine 0.6000 is below 0.7"),
        ({"similarity_max_error": 0.3}, "largest similarity error 0.3000 is above 0.2"),
        ({"decision_agreement": 0.9}, "decision agreement 0.9000 is below 0.95"),
        (
            {"decision_agreement_mated": 0.7},
            "decision agreement of mated pairs 0.7000 is below 0.8",
        ),
        ({"cosine_median": float("nan")}, "median cosine nan is below 0.9"),
        ({"similarity_max_error": float("nan")}, "largest similarity error nan is above 0.2"),
    ],
)
def test_each_limit_is_named_when_it_is_not_kept(change, message):
    assert GOOD.failures(LIMITS) == {}
    found = Parity(**{**GOOD.__dict__, **change}).failures(LIMITS)
    assert list(found.values()) == [message]
    assert all(LIMITS.reason_for(key) == "for this test" for key in found)


def test_the_manifest_gets_the_limits_beside_what_was_measured():
    record = GOOD.to_json(LIMITS)
    assert record["cosine_median"] == 0.95
    assert record["limits"]["cosine_median"] == 0.9


def test_similarity_of_orthogonal_vectors_is_a_half():
    # Guards the hand computations above: 90 degrees of 180.
    assert angular(0.0) == 0.5
