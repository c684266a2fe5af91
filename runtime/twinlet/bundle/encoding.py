"""The manifest's JSON bytes and the digest they carry of themselves.

`manifest_sha256` is the SHA-256 of the manifest's bytes with its own 64 hex digits replaced
by zeros. So one flipped byte is noticed in an unpacked bundle too, where no ZIP checks it.
"""

import hashlib
import json
import re
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from twinlet.bundle.manifest import SCHEMA, Manifest
from twinlet.bundle.parsing import parse_manifest
from twinlet.calibration import UNITS, Basis
from twinlet.errors import BundleError, InvalidInputError

_ZEROS = "0" * 64
_DIGEST = re.compile(rb'"manifest_sha256"\s*:\s*"([0-9a-f]{64})"')


def encode(manifest: Manifest) -> bytes:
    """Turn a manifest into its bytes, digest included.

    Raises:
        InvalidInputError: It holds NaN, infinity or something JSON has no form for.
    """
    values = asdict(replace(manifest, manifest_sha256=_ZEROS))
    head = {key: values.pop(key) for key in ("schema", "manifest_sha256")}
    for entry in values["files"].values():
        del entry["name"]
        if not entry["mixed"]:
            del entry["mixed"]
        compact = {
            pairing: _compact(part, entry["calibration"])
            for pairing, part in entry.pop("compact").items()
        }
        entry |= {"compact": compact} if compact else {}
        if not entry["likelihood"]:
            del entry["likelihood"]
        _slim(entry)
    if not values["golden"]["sources"]:
        del values["golden"]["sources"]  # optional, and never empty
    try:
        text = json.dumps(head | values, indent=1, allow_nan=False, default=_plain)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(f"the manifest cannot be written as JSON: {error}") from error
    raw = (text + "\n").encode("ascii")
    start, end = _digits(raw)
    return raw[:start] + hashlib.sha256(raw).hexdigest().encode("ascii") + raw[end:]


def decode(raw: bytes) -> Manifest:
    """Read a manifest, checking schema version, digest and structure in this order.

    Raises:
        BundleError: One of them is wrong; the message says which.
    """
    try:
        values = json.loads(raw, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"manifest.json is damaged, it is not JSON: {error}") from error
    if not isinstance(values, dict) or "schema" not in values:
        raise BundleError("manifest.json has no schema version, so this is no twinlet bundle")
    schema = values["schema"]
    if type(schema) is not int or schema != SCHEMA:
        raise BundleError(
            f"the bundle has schema version {schema!r}, this twinlet reads version {SCHEMA}; "
            f"update twinlet, or export the bundle again with this version"
        )
    start, end = _digits(raw)
    digest = hashlib.sha256(raw[:start] + _ZEROS.encode() + raw[end:]).hexdigest()
    stated = raw[start:end].decode()
    if digest != stated:
        raise BundleError(
            f"manifest.json is damaged or was changed: its digest is {digest}, "
            f"it states {stated}; fetch the bundle again"
        )
    return parse_manifest(values)


def _digits(raw: bytes) -> tuple[int, int]:
    found = list(_DIGEST.finditer(raw))
    if len(found) != 1:
        raise BundleError(
            f"manifest.json must state manifest_sha256 once, as 64 hex digits; "
            f"found it {len(found)} times; fetch the bundle again"
        )
    return found[0].span(1)


def _compact(part: dict[str, Any], calibration: dict[str, Any]) -> dict[str, Any]:
    """Thresholds alone: their rates, and the rest of the calibration, are the file's own."""
    curve = part.pop("calibration")["curve"]
    rates = [point["fmr"] for point in curve]
    if rates != [point["fmr"] for point in calibration["curve"]][-len(rates) :]:
        raise InvalidInputError(
            "the curve for int8 templates must hold the highest rates of the file's own, got "
            f"{len(rates)} rates that are not these; make it with `Calibration.with_thresholds`"
        )
    return {"thresholds": [point["threshold"] for point in curve], **part}


def _slim(entry: dict[str, Any]) -> None:
    """Leave out what reads the same when it is missing: promises are the rule."""
    if entry["calibration"]["unit"] == UNITS[-1]:
        del entry["calibration"]["unit"]
    for point in entry["calibration"]["curve"]:
        if point["basis"] is Basis.BOUND:
            del point["basis"]
        else:
            del point["fmr_upper"]


def _plain(value: object) -> object:
    if isinstance(value, np.generic):  # a measured number that was left in numpy's type
        return value.item()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("an object names a key twice")
    return values


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not allowed")
