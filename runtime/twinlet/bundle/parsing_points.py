"""Strict reading of what one file's decisions are worth: operating points, and int8 templates."""

from twinlet.bundle.fields import Fields, as_number, wrong
from twinlet.bundle.manifest import CompactEntry, OperatingPoint
from twinlet.bundle.parsing_calibration import parse_thresholds
from twinlet.calibration import Calibration
from twinlet.encodings import COMPACT_PAIRINGS, Pairing


def parse_operating_points(fields: Fields) -> tuple[OperatingPoint, ...]:
    """Take the key `operating_points`.

    Raises:
        BundleError: A key is missing, unknown or wrong; the message names it.
    """
    where = fields.path("operating_points")
    return tuple(
        _operating_point(Fields(point, f"{where}[{index}]"))
        for index, point in enumerate(fields.items("operating_points"))
    )


def parse_compact(fields: Fields, calibration: Calibration) -> dict[Pairing, CompactEntry]:
    """Take what a file states of int8 templates, for every pairing in which one takes part.

    Args:
        fields: The object.
        calibration: Of the file, for float32 templates.

    Raises:
        BundleError: A pairing or a key is missing, unknown or wrong; the message names it.
    """
    entries = {pairing: _entry(fields.child(pairing), calibration) for pairing in COMPACT_PAIRINGS}
    fields.close()
    return entries


def _entry(fields: Fields, calibration: Calibration) -> CompactEntry:
    entry = CompactEntry(
        calibration=parse_thresholds(fields, "thresholds", calibration),
        operating_points=parse_operating_points(fields),
        more_misses=tuple(
            as_number(value, f"{fields.path('more_misses')}[{index}]", -1.0, 1.0)
            for index, value in enumerate(fields.items("more_misses"))
        ),
    )
    fields.close()
    if len(entry.more_misses) != len(entry.operating_points):
        points = f"{len(entry.operating_points)} numbers, one an operating point"
        raise wrong(fields.path("more_misses"), points, list(entry.more_misses))
    return entry


def _operating_point(fields: Fields) -> OperatingPoint:
    interval = fields.items("fnmr_interval")
    if len(interval) != 2:
        raise wrong(fields.path("fnmr_interval"), "two numbers", interval)
    bounds = Fields({"low": interval[0], "high": interval[1]}, fields.path("fnmr_interval"))
    point = OperatingPoint(
        target=fields.number("target"),
        threshold=fields.number("threshold"),
        fmr=fields.number("fmr"),
        fmr_upper=fields.number_or_none("fmr_upper"),
        fnmr=fields.number("fnmr"),
        fnmr_interval=(bounds.number("low"), bounds.number("high")),
    )
    fields.close()
    return point
