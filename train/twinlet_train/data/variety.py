"""Images that hold nothing: every pixel the same."""

import logging

from twinlet.errors import InvalidInputError
from twinlet_train.data.labelled import LabelledImages

log = logging.getLogger("twinlet")


def check_variety(data: LabelledImages) -> int:
    """Count images of a single colour, warn of them, and refuse data of nothing else.

    Returns:
        How many there are.

    Raises:
        InvalidInputError: No image of the data has two different pixels.
    """
    plain = data.plain
    if plain == len(data.images):
        raise InvalidInputError(
            f"{data.spec}: each of the {plain} images is of a single colour; there is nothing to "
            f"learn from them: expected pictures, check how the files were made"
        )
    if plain:
        log.warning("%d images are of a single colour; what they show cannot be told", plain)
    return plain
