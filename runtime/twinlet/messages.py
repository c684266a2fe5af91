"""Messages of long work, shown as plain lines on standard error."""

import contextlib
import logging
import sys
from collections.abc import Iterator

LOGGER = "twinlet"  # every package of the project logs under this name


@contextlib.contextmanager
def messages_shown() -> Iterator[None]:
    """Show what the project logs inside the block; an app that embeds it decides for itself."""
    logger = logging.getLogger(LOGGER)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
