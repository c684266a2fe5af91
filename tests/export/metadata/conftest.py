"""A description with two thresholds."""

import pytest

from twinlet.calibration import Calibration, CurvePoint
from twinlet_export.metadata import Description


@pytest.fixture
def describe():
    def make(name, color="RGB"):
        points = [
            CurvePoint(fmr=0.01, threshold=0.7, fmr_measured=0.009, fmr_upper=0.0099),
            CurvePoint(fmr=0.1, threshold=0.6, fmr_measured=0.09, fmr_upper=0.099),
        ]
        calibration = Calibration(
            curve=tuple(points),
            method="m",
            confidence=0.95,
            comparisons=1000,
            identities=10,
            images=100,
            protocol="p",
            data_fingerprint="f" * 64,
        )
        return Description(name, "b" * 64, color, 24, calibration)

    return make
