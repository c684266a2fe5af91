"""What a backbone is: how it is built, what it asks for, and what can be chosen about it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twinlet.errors import InvalidInputError
from twinlet_train.weights import ReadyWeights

# Below this a 3x3 kernel sees more padding than image.
SMALLEST = 8


@dataclass(frozen=True)
class BackboneOptions:
    """What can be chosen about a network."""

    width: float = 1.0  # multiplies the channels of its layers
    halvings: int = 0  # how often it halves the image; 0: as often as it was designed to


@dataclass(frozen=True)
class Backbone:
    """A feature extractor and what it asks for."""

    # Normalised float32 pixels (n, h, w, c) in [-1, 1] -> features (n, h', w', d) or (n, d). The
    # width and the halvings are resolved: neither is left at "as designed".
    build: Callable[[Any, BackboneOptions], Any]
    halvings: int  # as designed; 0: it knows no neighbourhood, and takes images of any size
    ready: ReadyWeights | None = None  # where trained weights come from
    own: bool = False  # the user's, by import path: without options
    rounds_down: bool = False  # whether half of an odd number of pixels is rounded down

    @property
    def channels(self) -> int | None:
        """Channels of the images it is meant for; None takes any."""
        return self.ready.channels if self.ready else None

    def resolved(self, name: str, options: BackboneOptions) -> BackboneOptions:
        """Put in what was left to the network.

        Raises:
            InvalidInputError: It halves less often than asked for, or has no options at all.
        """
        if self.own and options != BackboneOptions():
            raise InvalidInputError(
                f"{name} is your own network and takes neither model.width nor model.halvings, "
                f"got {options.width:g} and {options.halvings}; set such things in your function"
            )
        if options.halvings and not self.halvings:
            raise InvalidInputError(
                f"{name} never halves the image, got model.halvings={options.halvings}; leave it "
                f"at 0"
            )
        if options.halvings > self.halvings:
            raise InvalidInputError(
                f"{name} halves the image {self.halvings} times, got "
                f"model.halvings={options.halvings}; expected 1 to {self.halvings}, or 0 for all"
            )
        return BackboneOptions(options.width, options.halvings or self.halvings)

    def smallest(self, options: BackboneOptions) -> int:
        """Return the smallest side in pixels that leaves a whole cell, for resolved options."""
        return max(SMALLEST, 2**options.halvings) if self.halvings else 1
