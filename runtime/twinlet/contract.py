"""The input contract of a twin: which pixels it takes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class InputContract:
    """Size and colour of the model's input; pixels are uint8, NHWC."""

    height: int  # pixels
    width: int  # pixels
    channels: int  # 1 (grey) or 3 (RGB)
    color: str = "RGB"  # "RGB" or "L"
    dtype: str = "uint8"
    layout: str = "NHWC"
    resize: str = "triangle-q16"  # see `twinlet.preprocessing`

    @property
    def is_vector(self) -> bool:
        """Whether it takes vectors, as images one pixel high or wide, which no resize fits."""
        return 1 in (self.height, self.width)


@dataclass(frozen=True)
class TensorSpec:
    """One tensor at the border of a model file, as its engine names it."""

    name: str
    dtype: str  # numpy's name, e.g. "uint8"
    shape: tuple[int | None, ...]  # None: any size (the batch)
