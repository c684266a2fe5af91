"""Where quantization-aware training begins: with the ranges that activations really have.

tfmot's moving averages begin at -6 and 6 and go a thousandth of the way in each step: after 400
steps two thirds of that is still there, half of a ReLU's 8 bits stand for numbers it never gives,
and what lies beyond 6 is cut off.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Range = tuple[float, float]
ANY = (0.0, 1.0)  # of a layer that gives zeros only: a range without width has no steps

BATCHES = 4  # whose smallest and largest numbers are taken
# What tfmot calls the ranges of what a layer gives; those of weights are found in every step.
_GIVEN = ("output", "post_activation")
_ENDS = ("min", "max")

INPUT = ""  # what the network takes, which no layer gives


def set_ranges(wrapped: Any, network: Any, prepared: Sequence[Floats]) -> None:
    """Set the ranges of a network that simulates 8 bits to those of the network it was made of.

    Args:
        wrapped: tf_keras network as `quantize_apply` gives it; its ranges are changed.
        network: tf_keras network in float, whose layers it wraps.
        prepared: Batches (n, h, w, c) of what the network takes, at least one.
    """
    found = measured(network, prepared)
    for wrapper in wrapped.layers:
        inside = getattr(wrapper, "layer", None)
        name = inside.name if inside else INPUT
        for variable in wrapper.variables if name in found else ():
            quantity, _, end = variable.name.partition(":")[0].rpartition("/")[2].rpartition("_")
            if end in _ENDS and (inside is None or quantity in _GIVEN):
                variable.assign(found[name][_ENDS.index(end)])


def measured(network: Any, prepared: Sequence[Floats]) -> Mapping[str, Range]:
    """Smallest and largest number that each layer gives, 0 among them; `INPUT` for the input.

    Normalised as in inference, whose activations the file will have.
    """
    import tf_keras

    layers = network.layers
    every = tf_keras.Model(network.input, [layer.output for layer in layers])
    lows, highs = np.zeros(len(layers)), np.zeros(len(layers))
    low = high = 0.0
    for batch in prepared:
        low, high = min(low, float(np.min(batch))), max(high, float(np.max(batch)))
        given = every(batch, training=False)
        lows = np.minimum(lows, [float(np.min(one)) for one in given])
        highs = np.maximum(highs, [float(np.max(one)) for one in given])
    ranges = zip(lows.tolist(), highs.tolist(), strict=True)
    found = {
        INPUT: (low, high),
        **{layer.name: one for layer, one in zip(layers, ranges, strict=True)},
    }
    return {name: one if one[0] < one[1] else ANY for name, one in found.items()}
