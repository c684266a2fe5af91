"""What is counted as a miss, and on which images."""

from types import SimpleNamespace

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet_export.mixed import judging
from twinlet_export.mixed.judging import Sample, take_samples


def unit(angles):
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


# Three images of each of two identities on a circle, in degrees.
LABELS = np.array([0, 0, 0, 1, 1, 1])
GOOD = unit(np.radians([0, 1, 2, 90, 91, 92]))
POOR = unit(np.radians([0, 1, 85, 90, 91, 92]))  # one strayed to the other identity
PIXELS = np.zeros((6, 4, 4, 3), np.uint8)


@pytest.fixture
def sample():
    return Sample(PIXELS, LABELS, 0.1, seed=0)


def test_misses_by_hand(sample):
    # None of the nine non-mated comparisons may match, so the threshold is just above the
    # nearest: 88 degrees for the good one; 5 for the poor one, whose third image is 84 and 85
    # away from its own and so misses two of the six mated comparisons.
    good, poor = sample.verdict(GOOD), sample.verdict(POOR)
    assert good.fnmr == 0.0
    assert good.threshold == pytest.approx(1 - 88 / 180, abs=1e-5)
    assert poor.fnmr == pytest.approx(2 / 6)
    assert poor.threshold == pytest.approx(1 - 5 / 180, abs=1e-5)


def test_the_difference_is_the_second_minus_the_first(sample):
    good, poor = sample.verdict(GOOD), sample.verdict(POOR)
    lost = sample.more_misses(good, poor)
    assert lost.value == pytest.approx(2 / 6)
    assert sample.more_misses(poor, good).value == pytest.approx(-2 / 6)
    assert lost.interval[0] <= lost.value <= lost.interval[1]
    assert sample.more_misses(good, good).interval == (0.0, 0.0)


def test_a_file_without_a_direction_recognises_nobody(sample, monkeypatch):
    dead = SimpleNamespace(
        embed=lambda blocks: (np.zeros((len(block), 2), np.float32) for block in blocks),
        workers=1,
        output=SimpleNamespace(shape=(None, 2)),
    )
    monkeypatch.setattr(judging, "Engines", lambda *_: dead)
    lost = sample.judge("onnx-int8", b"")
    assert lost.fnmr == 1.0
    assert sample.more_misses(sample.verdict(GOOD), lost).value == 1.0


def test_samples_share_no_image_and_both_have_mates(faces, unhurt):
    chosen = np.arange(0, 240, 2)
    taken = take_samples(faces, chosen, unhurt, target=0.05, seed=3)
    both = (taken.ranking, taken.confirming)
    assert [len(sample.labels) for sample in both] == [60, 60]
    for sample in both:
        assert np.array_equal(np.bincount(sample.labels), np.full(10, 6))
    seen = {image.tobytes() for sample in both for image in sample.pixels}
    assert len(seen) == 120
    assert seen == {image.tobytes() for image in faces.images[chosen]}
    assert taken.twin.templates.shape == (60, 24)


def test_what_does_not_rank_confirms(faces, unhurt, monkeypatch):
    monkeypatch.setattr(judging, "RANKING_IMAGES", 60)
    monkeypatch.setattr(judging, "CONFIRMING_IMAGES", 120)
    taken = take_samples(faces, np.arange(240), unhurt, target=0.05, seed=3)
    assert (len(taken.ranking.labels), len(taken.confirming.labels)) == (60, 120)


def test_the_same_seed_draws_the_same(faces, unhurt):
    def drawn(seed):
        return take_samples(faces, np.arange(240), unhurt, target=0.05, seed=seed).ranking.pixels

    assert np.array_equal(drawn(1), drawn(1))
    assert not np.array_equal(drawn(1), drawn(2))


@pytest.mark.parametrize(
    ("validation", "target"),
    [
        (np.arange(0), 0.05),  # nothing
        (np.arange(24), 0.05),  # one identity
        (np.arange(0, 240, 24), 0.05),  # one image of each
        (np.arange(0, 240, 6), 0.001),  # 180 non-mated comparisons, 2995 are needed
    ],
)
def test_what_is_too_small(faces, unhurt, validation, target):
    with pytest.raises(InvalidInputError, match=r"a sample of the validation .* larger validation"):
        take_samples(faces, validation, unhurt, target=target, seed=0)
