"""Limits of the parity gate that a user sets, each with a reason."""

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from twinlet.errors import InvalidInputError
from twinlet_export.settings import PARITY_LIMITS, ParityLimits
from twinlet_train.config import read_toml

Limits = Mapping[str, ParityLimits]  # by precision

REASON = "reason"
# What each limit can be at all; the others are shares.
_RANGES = {"cosine_median": (-1.0, 1.0), "cosine_p01": (-1.0, 1.0), "more_misses": (-1.0, 1.0)}
_SHARE = (0.0, 1.0)


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
        if precision not in limits or not isinstance(table, Mapping):
            raise InvalidInputError(
                f"{path}: unknown table {precision!r}; expected a precision of files: "
                f"{', '.join(limits)}"
            )
        where = f"{path}, [{precision}]"
        limits[precision] = replace(limits[precision], **_checked(table, where))
    return MappingProxyType(limits)


def _checked(table: Mapping[str, Any], where: str) -> dict[str, Any]:
    known = [field.name for field in fields(ParityLimits)]
    for key, value in table.items():
        if key not in known:
            raise InvalidInputError(f"{where}: unknown key {key!r}; expected {', '.join(known)}")
        if key == REASON:
            continue
        low, high = _RANGES.get(key, _SHARE)
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
    return dict(table)
