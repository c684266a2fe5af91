"""Which images of other sizes than the model's go into a bundle as golden data."""

from twinlet.bundle import Source
from twinlet.bundle.manifest import MAX_SOURCE_PIXELS
from twinlet.contract import InputContract


def choose_sources(contract: InputContract, *, probes: int) -> tuple[Source, ...]:
    """Choose sizes and colours that between them try all of the preprocessing.

    A landscape in RGB and a portrait of odd sides with transparency, both larger than the
    model's input; a grey image smaller than it; a strip, wide and low. A model of grey pixels
    turns the first two to grey, one of RGB the third to RGB.

    Args:
        contract: What the model takes.
        probes: How many golden probes there are to make them from, at least 1.

    Returns:
        Four sources; fewer for models so large that one would slow down loading; none for
        vectors, which are never resized.
    """
    if contract.is_vector:
        return ()
    h, w = contract.height, contract.width
    wanted = (
        (3 * h // 2 + 1, 2 * w + 2, 3),
        (2 * h | 1, 3 * w // 2 | 1, 4),
        (-(-h // 2), -(-2 * w // 3), 1),
        (-(-h // 4), 4 * w + 2, 3),
    )
    return tuple(
        Source(number % probes, height, width, channels)
        for number, (height, width, channels) in enumerate(wanted)
        if height * width <= MAX_SOURCE_PIXELS
    )
