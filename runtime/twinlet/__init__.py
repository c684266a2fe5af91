"""Are these two the same? Load a bundle, compare, enrol and identify."""

from twinlet._version import __version__
from twinlet.errors import (
    BundleError,
    CalibrationError,
    GalleryError,
    InvalidInputError,
    MissingExtraError,
    ParityError,
    TwinletError,
)
from twinlet.gallery import Candidate, Gallery, Identification
from twinlet.templates import Template
from twinlet.verifier import Verification, Verifier, load

__all__ = [
    "BundleError",
    "CalibrationError",
    "Candidate",
    "Gallery",
    "GalleryError",
    "Identification",
    "InvalidInputError",
    "MissingExtraError",
    "ParityError",
    "Template",
    "TwinletError",
    "Verification",
    "Verifier",
    "__version__",
    "load",
]
