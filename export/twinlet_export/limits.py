"""Limits of the parity gate that a user sets, each with a reason."""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from twinlet.errors import InvalidInputError
from twinlet_export.settings import PARITY_LIMITS, ParityLimits
from twinlet_train.config import read_toml

Limits = Mapping[str, ParityLimits]  # by precision

REASON = "reason"
# What each limit can be at all.
RANGES = {
    "cosine_median": (-1.0, 1.0),
    "cosine_p01": (-1.0, 1.0),
    "similarity_max_error": (0.0, 1.0),
    "agreement": (0.0, 1.0),
    "mated_agreement": (0.0, 1.0),
    "more_misses": (-1.0, 1.0),
}


def read_limits(path: Path) -> Limits:
    """Read a TOML file with a table for each precision whose limits are others than usual.

    Args:
        path: Such as ``[int8]``, ``more_misses = 0.02``, ``reason = "..."``. What a table does
            not name stays as it is; the reason is required.

    Returns:
        Limits of every precision.

    Raises:
        InvalidInputError: No TOML, an unknown table or key, a value out of range, no reason.
    """
    limits = dict(PARITY_LIMITS)
    for precision, table in read_toml(path).items():
        if not isinstance(table, Mapping):
            raise InvalidInputError(
                f"{path}: {precision} = {table!r} stands under no table; write [PRECISION] above, "
                f"one of {', '.join(limits)}"
            )
        if precision not in limits:
            raise InvalidInputError(
                f"{path}: unknown table {precision!r}; expected a precision of files: "
                f"{', '.join(limits)}"
            )
        numbers, reason = _checked(table, f"{path}, [{precision}]")
        own = dict.fromkeys(numbers, reason)
        limits[precision] = replace(limits[precision], **numbers, own=own)
    return MappingProxyType(limits)


def set_by_user(limits: Limits) -> dict[str, dict[str, Any]]:
    """What is not as usual: precision -> limit -> its number and the user's reason."""
    return {
        precision: {
            key: {"value": getattr(of_files, key), REASON: reason}
            for key, reason in of_files.own.items()
        }
        for precision, of_files in limits.items()
        if of_files.own
    }


def _checked(table: Mapping[str, Any], where: str) -> tuple[dict[str, Any], str]:
    numbers = {key: value for key, value in table.items() if key != REASON}
    for key, value in numbers.items():
        if key not in RANGES:
            raise InvalidInputError(
                f"{where}: unknown key {key!r}; expected {', '.join([*RANGES, REASON])}"
            )
        low, high = RANGES[key]
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not math.isfinite(value) or not low <= value <= high:
            raise InvalidInputError(
                f"{where}: {key} must be a number from {low:g} to {high:g}, got {value!r}"
            )
    reason = table.get(REASON, "")
    if not isinstance(reason, str) or not reason.strip():
        raise InvalidInputError(
            f"{where}: other limits than usual need a {REASON}, a text that the bundle keeps "
            f"beside what was measured, got {reason!r}"
        )
    return numbers, reason.strip()
