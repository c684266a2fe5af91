"""Golden data and the self-test that refuses a device which computes otherwise."""

import numpy as np
import pytest

from twinlet import BundleError, InvalidInputError
from twinlet.bundle import Golden, self_test
from twinlet.bundle.golden import DECISION_MARGIN
from twinlet.contract import InputContract

# Three probes of one pixel; their templates lie in a plane, at 0, 60 and 180 degrees.
PROBES = np.array([10, 20, 30], dtype=np.uint8).reshape(3, 1, 1, 1)
ANGLES = {10: 0, 20: 60, 30: 180}
PAIRS = [(0, 1, True), (0, 2, False)]  # similarities 1 - 60/180 = 2/3 and 1 - 180/180 = 0
THRESHOLD = 0.6
CONTRACT = InputContract(height=1, width=1, channels=1, color="L")


class Plane:
    """An engine that turns a pixel into a vector of its angle, twice as long as a unit."""

    def __init__(self, angles):
        self.angles = angles

    def embed(self, pixels):
        radians = np.radians([self.angles[int(pixel)] for pixel in pixels.ravel()])
        return (2 * np.stack([np.cos(radians), np.sin(radians)], axis=1)).astype(np.float32)


@pytest.fixture
def golden():
    return Golden.measure(
        PROBES,
        ["a", "a", "b"],
        pairs=PAIRS,
        templates={"onnx-fp32": Plane(ANGLES).embed(PROBES) / 2},
        thresholds={"onnx-fp32": THRESHOLD},
    )


def test_measure(golden):
    assert golden.similarities["onnx-fp32"] == pytest.approx((2 / 3, 0.0), abs=1e-6)
    assert golden.decisions["onnx-fp32"] == (True, False)
    assert golden.index().probes == 3


def run(golden, angles, min_cosine=0.9):
    engine = Plane({**ANGLES, **angles})
    return self_test(
        engine,
        golden,
        "onnx-fp32",
        contract=CONTRACT,
        min_cosine=min_cosine,
        threshold=THRESHOLD,
    )


def test_the_same_device_passes(golden):
    assert run(golden, {}, min_cosine=0.999999) == pytest.approx(1.0)


def test_a_template_that_is_off_is_refused_with_its_cosine(golden):
    # 10 degrees off: cos(10 degrees) = 0.984808
    assert run(golden, {20: 70}, min_cosine=0.98) == pytest.approx(0.984808, abs=1e-6)
    with pytest.raises(BundleError) as caught:
        run(golden, {20: 70}, min_cosine=0.99)
    assert "self-test of onnx-fp32 failed: probe 1 gave a template of cosine 0.984808" in str(
        caught.value
    )
    assert "at least 0.99 is required" in str(caught.value)


def test_a_decision_that_flips_is_refused(golden):
    # Pair 0 at 75 degrees has similarity 1 - 75/180 = 0.5833, below 0.6; cos(15 degrees) = 0.966
    with pytest.raises(BundleError, match=r"pair 0 has similarity 0\.5833, expected 0\.6667"):
        run(golden, {20: 75})


def test_a_pair_beside_the_threshold_may_fall_on_either_side(golden):
    # 72.5 degrees: similarity 0.59722, within 0.005 of 0.6
    assert 0.6 - (1 - 72.5 / 180) < DECISION_MARGIN
    run(golden, {20: 72.5})


def test_an_engine_that_gives_nonsense_is_refused(golden):
    class Broken:
        def embed(self, pixels):
            return np.full((len(pixels), 2), np.nan, dtype=np.float32)

    with pytest.raises(InvalidInputError, match="embedding 0 has length nan"):
        self_test(
            Broken(),
            golden,
            "onnx-fp32",
            contract=CONTRACT,
            min_cosine=0.9,
            threshold=THRESHOLD,
        )


def test_entries_are_raw_little_endian_numbers(bundle):
    golden, size = bundle.golden(), bundle.manifest.embedding_size
    entries = golden.to_entries()
    assert entries["golden/probes.bin"] == golden.probes.tobytes()
    stored = np.frombuffer(entries["golden/onnx-fp32.templates.bin"], "<f4").reshape(-1, size)
    np.testing.assert_array_equal(stored, golden.templates["onnx-fp32"])
    assert all(bundle.read(name) == data for name, data in entries.items())


def test_both_kinds_of_pair_are_there(bundle):
    golden = bundle.golden()
    assert {mated for _, _, mated in golden.pairs} == {True, False}
