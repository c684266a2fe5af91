"""Strict reading of one file's calibration: the promise must hold in itself."""

from itertools import pairwise

from twinlet.bundle.fields import Fields, as_number, wrong
from twinlet.calibration import UNITS, Basis, Calibration, CurvePoint

_ROUNDING = 1e-9  # relative; a bound computed elsewhere may differ in its last digits


def parse_calibration(fields: Fields) -> Calibration:
    """Build a calibration from its JSON.

    Raises:
        BundleError: A key is wrong, the curve is empty or not monotone, or a point's upper
            bound exceeds the rate it promises.
    """
    where = fields.path("curve")
    calibration = Calibration(
        curve=tuple(
            _point(Fields(point, f"{where}[{index}]"))
            for index, point in enumerate(fields.items("curve"))
        ),
        method=fields.text("method"),
        confidence=fields.number("confidence"),
        comparisons=fields.integer("comparisons", 1),
        identities=fields.integer("identities", 2),
        images=fields.integer("images", 2),
        protocol=fields.text("protocol"),
        data_fingerprint=fields.text("data_fingerprint"),
        # Older bundles took all comparisons as independent, and have no such key.
        unit=fields.text("unit", "|".join(UNITS)) if "unit" in fields.keys() else UNITS[-1],
    )
    fields.close()
    curve = calibration.curve
    if not curve:
        raise wrong(where, "at least one point", [])
    for index, (low, high) in enumerate(pairwise(curve), start=1):
        if not (low.fmr < high.fmr and low.threshold >= high.threshold):
            raise wrong(f"{where}[{index}]", "rising fmr and a threshold that does not rise", high)
    _check_bases(calibration, where)
    return calibration


def parse_thresholds(fields: Fields, key: str, calibration: Calibration) -> Calibration:
    """Take thresholds for the highest rates of a calibration, and give it with these.

    Raises:
        BundleError: They are no numbers in [0, 1], rise, or are none or more than the rates.
    """
    where = fields.path(key)
    thresholds = [
        as_number(value, f"{where}[{index}]", 0.0, 1.0)
        for index, value in enumerate(fields.items(key))
    ]
    if not 1 <= len(thresholds) <= len(calibration.curve):
        raise wrong(where, f"1 to {len(calibration.curve)} thresholds", thresholds)
    for index, (low, high) in enumerate(pairwise(thresholds), start=1):
        if low < high:
            raise wrong(f"{where}[{index}]", f"a threshold that does not rise above {low}", high)
    return calibration.with_thresholds(thresholds)


def _check_bases(calibration: Calibration, where: str) -> None:
    """What was extrapolated lies below all that was measured, which has one basis."""
    supported = calibration.supported
    if not supported:
        raise wrong(where, "a point that comparisons support", [])
    if calibration.curve[-len(supported) :] != supported:
        raise wrong(where, "extrapolated points below all others", calibration.curve)
    if len({point.basis for point in supported}) > 1:
        raise wrong(where, "points of one basis above the extrapolated ones", supported)


def _point(fields: Fields) -> CurvePoint:
    basis = Basis.BOUND
    if "basis" in fields.keys():
        basis = Basis(fields.text("basis", f"{Basis.ESTIMATE}|{Basis.EXTRAPOLATED}"))
    point = CurvePoint(
        fmr=fields.number("fmr"),
        threshold=fields.number("threshold"),
        fmr_measured=fields.number("fmr_measured"),
        fmr_upper=fields.number("fmr_upper") if basis is Basis.BOUND else None,
        basis=basis,
    )
    if not 0.0 < point.fmr < 1.0:
        raise wrong(fields.path("fmr"), "a number strictly between 0 and 1", point.fmr)
    if point.fmr_upper is not None and point.fmr_upper > point.fmr * (1 + _ROUNDING):
        promise = f"at most the promised {point.fmr:g}"
        raise wrong(fields.path("fmr_upper"), promise, point.fmr_upper)
    fields.close()
    return point
