"""1:N: a gallery of enrolled identities in one file, and searching it."""

from twinlet.gallery.gallery import Gallery
from twinlet.gallery.identification import DEFAULT_FPIR, Candidate, Identification

__all__ = ["DEFAULT_FPIR", "Candidate", "Gallery", "Identification"]
