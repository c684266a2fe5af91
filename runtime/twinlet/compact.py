"""int8 templates: a quarter of the bytes, and comparing them.

A unit vector becomes whole numbers of -127..127 and one scale: `vector` is about
`scale * numbers`. The scale cancels in a cosine, so comparing needs the numbers alone
(`twinlet.scores`); it is kept because it says what the numbers are worth.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.encodings import Encoding
from twinlet.errors import InvalidInputError

LARGEST = 127  # of the numbers; -128 is left out, so that a vector and its opposite are alike

Numbers = NDArray[np.float32] | NDArray[np.int8]  # of float32 and of int8 templates

# Numbers that are cast at once, 256 KiB of float32: more falls out of a core's cache, and less
# pays for the loop.
_BLOCK = 65_536


def encoding_of(numbers: Numbers) -> Encoding:
    """Tell the encoding of a template from the type of its numbers."""
    return Encoding.INT8 if numbers.dtype == np.int8 else Encoding.FLOAT32


@dataclass(frozen=True, eq=False)
class Quantised:
    """Vectors in eight bits."""

    numbers: NDArray[np.int8]  # (n, d), each row with a -127 or a 127
    scales: NDArray[np.float32]  # (n,), above 0


def quantise(vectors: ArrayLike) -> Quantised:
    """Round vectors to int8, each with a scale of its own.

    Args:
        vectors: Float32 (n, d); other numbers are rounded to float32 first.

    Returns:
        Scales `largest absolute / 127`, rounded to float32; numbers `vector / scale`, divided
        in float64 and rounded to the nearest, halves to even. No number of a row is off by
        more than half its scale.

    Raises:
        InvalidInputError: A row is all zeros or holds NaN or infinity.
    """
    rows = np.asarray(vectors, dtype=np.float32)
    if rows.ndim != 2:
        raise InvalidInputError(f"expected vectors of shape (n, d), got {rows.shape}")
    largest = np.abs(rows).max(axis=1, initial=0.0)
    usable = np.isfinite(largest) & (largest > 0.0)  # the maximum of a row with NaN is NaN
    if not usable.all():
        row = int(np.flatnonzero(~usable)[0])
        raise InvalidInputError(
            f"cannot make an int8 template of vector {row}: its largest number is "
            f"{largest[row]:g}; expected finite numbers that are not all zero"
        )
    scales = (largest / np.float32(LARGEST)).astype(np.float32)
    numbers = np.rint(rows.astype(np.float64) / scales[:, np.newaxis].astype(np.float64))
    return Quantised(numbers.astype(np.int8), scales)


def directions(numbers: NDArray[np.int8]) -> NDArray[np.float64]:
    """Give int8 templates as unit vectors, for what compares only these.

    Args:
        numbers: (n, d), no row all zeros.

    Returns:
        Float64 (n, d), every row of length 1.
    """
    return np.asarray(numbers / lengths(numbers)[:, np.newaxis], dtype=np.float64)


def lengths(numbers: NDArray[np.int8]) -> NDArray[np.float64]:
    """Euclidean lengths of the rows (n, d) of int8 templates; their squares are exact."""
    # 65,536 dimensions give 65,536 * 127 ** 2, which is less than 2 ** 31.
    squares = np.einsum("nd,nd->n", numbers, numbers, dtype=np.int32, casting="unsafe")
    return np.asarray(np.sqrt(squares), dtype=np.float64)


def dots(rows: Numbers, probe: Numbers) -> NDArray[np.float32]:
    """Multiply every row with a probe, fast, for a first pass over many templates.

    Args:
        rows: (n, d), float32 or int8.
        probe: (d,), float32 or int8.

    Returns:
        Float32 (n,). Of whole numbers it is exact up to 1,040 dimensions, where a sum of
        products of 127 stays below 2 ** 24.
    """
    wide = probe.astype(np.float32)
    if rows.dtype == np.float32:
        return np.asarray(rows @ wide, dtype=np.float32)
    # numpy multiplies whole numbers without BLAS: on 100,000 rows of 128 numbers int32 took 15
    # ms and an int32 einsum 6 ms where blocks cast to float32 took 3.5 ms and float32 2.5 ms.
    found = np.empty(len(rows), dtype=np.float32)
    step = max(1, _BLOCK // rows.shape[1])
    block = np.empty((step, rows.shape[1]), dtype=np.float32)
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        np.copyto(block[: len(part)], part)
        np.matmul(block[: len(part)], wide, out=found[start : start + len(part)])
    return found
