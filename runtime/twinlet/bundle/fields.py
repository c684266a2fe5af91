"""Strict reading of one JSON object: every key has a type, and none is left over."""

import re
from collections.abc import Iterator
from typing import Any

from twinlet.errors import BundleError


class Fields:
    """The keys of one JSON object; messages name the key by its whole path."""

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, dict):
            raise wrong(where, "an object", value)
        self._values: dict[str, Any] = dict(value)
        self._where = where

    def path(self, key: str) -> str:
        """Name a key from the root, e.g. `files.onnx-fp32.bytes`."""
        return f"{self._where}.{key}" if self._where else key

    def text(self, key: str, pattern: str = r"(?s).*") -> str:
        """Take a string that matches `pattern` as a whole."""
        value = self._take(key)
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            like = "" if pattern == r"(?s).*" else f" like {pattern}"
            raise wrong(self.path(key), f"a string{like}", value)
        return value

    def integer(self, key: str, low: int = 0, high: int = 2**53) -> int:
        """Take an integer in [low, high]."""
        value = self._take(key)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise wrong(self.path(key), f"an integer in [{low}, {high}]", value)
        return value

    def number(self, key: str, low: float = 0.0, high: float = 1.0) -> float:
        """Take a number in [low, high]."""
        return as_number(self._take(key), self.path(key), low, high)

    def number_or_none(self, key: str, low: float = 0.0, high: float = 1.0) -> float | None:
        """Take a number in [low, high], or null."""
        value = self._take(key)
        return None if value is None else as_number(value, self.path(key), low, high)

    def items(self, key: str) -> list[Any]:
        """Take an array."""
        value = self._take(key)
        if not isinstance(value, list):
            raise wrong(self.path(key), "an array", value)
        return value

    def free(self, key: str) -> dict[str, Any]:
        """Take an object whose keys this schema does not fix."""
        return Fields(self._take(key), self.path(key))._values

    def child(self, key: str) -> "Fields":
        """Take an object to read strictly."""
        return Fields(self._take(key), self.path(key))

    def children(self) -> Iterator[tuple[str, "Fields"]]:
        """Take every key that is left as an object to read strictly."""
        for key in self.keys():
            yield key, self.child(key)

    def keys(self) -> tuple[str, ...]:
        """Name the keys that are left."""
        return tuple(self._values)

    def texts(self) -> dict[str, str]:
        """Take every key that is left as a string."""
        return {key: self.text(key) for key in self.keys()}

    def close(self) -> None:
        """Refuse what is left over: a new key means a new schema version."""
        for key in self._values:
            raise BundleError(
                f"the manifest holds an unknown key {self.path(key)!r}, which this version cannot "
                f"interpret; export the bundle again or update twinlet"
            )

    def _take(self, key: str) -> object:
        if key not in self._values:
            raise BundleError(
                f"the manifest lacks the key {self.path(key)!r}; export the bundle again"
            )
        return self._values.pop(key)


def as_number(value: object, where: str, low: float, high: float) -> float:
    """Refuse what is not a number in [low, high]; NaN is in no range."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise wrong(where, f"a number in [{low:g}, {high:g}]", value)
    return float(value)


def wrong(where: str, expected: str, received: object) -> BundleError:
    """Word the refusal of a value."""
    shown = repr(received)
    shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
    return BundleError(
        f"the manifest's {where or 'root'!r} is wrong: expected {expected}, got {shown}; "
        f"export the bundle again"
    )
