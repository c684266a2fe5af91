"""One copy of what a FlatBuffer holds several times."""

from typing import Any

import flatbuffers


class SharingBuilder(flatbuffers.Builder):
    """Writes equal arrays of numbers once; whoever holds them points at the same bytes.

    A quantized TFLite file has a zero point of 8 bytes for every channel of every kernel and bias,
    and all of them are 0. Arrays of single bytes, as weights are, may have to be aligned and are
    written as they come.
    """

    def __init__(self, size: int) -> None:
        """Start with so many bytes of room."""
        super().__init__(size)
        self._written: dict[tuple[str, bytes], int] = {}

    def CreateNumpyVector(self, x: Any) -> int:  # noqa: N802
        """Write a one-dimensional array, or find it; give its offset."""
        if x.itemsize == 1:
            return int(super().CreateNumpyVector(x))
        key = (x.dtype.str, x.tobytes())
        if key not in self._written:
            self._written[key] = int(super().CreateNumpyVector(x))
        return self._written[key]
