"""Every error a caller may want to catch.

A message says what happened, what was expected, what was received and what to do.
"""


class TwinletError(Exception):
    """Base of all errors raised on purpose; the command line turns it into exit code 2."""


class InvalidInputError(TwinletError, ValueError):
    """An argument, an image, a data set or a configuration is not usable."""


class MissingExtraError(TwinletError, ImportError):
    """An optional part is not installed; the message holds the `pip install` line."""


class BundleError(TwinletError, ValueError):
    """A bundle is damaged, incomplete, unsafe or of a schema this version does not know."""


class CalibrationError(TwinletError, ValueError):
    """A target error rate is outside what the calibration comparisons support."""


class ParityError(TwinletError, RuntimeError):
    """An exported file does not behave like the twin it was made from."""


class GalleryError(TwinletError, RuntimeError):
    """A gallery cannot be used: damaged, locked, or made with another bundle or file."""
