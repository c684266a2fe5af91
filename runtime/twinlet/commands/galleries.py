"""Loading the very file of a bundle that a gallery is made with."""

from twinlet.errors import InvalidInputError
from twinlet.gallery import Gallery
from twinlet.verifier import Verifier, load


def load_for(gallery: str, bundle: str, *, file: str | None, extrapolate: bool = False) -> Verifier:
    """Load a bundle for a gallery, which may not be there yet.

    Args:
        gallery: Path of the gallery.
        bundle: Path of the bundle.
        file: The file asked for; None for the one the gallery is made with or, where there is
            no gallery yet, the bundle's default.
        extrapolate: As `twinlet.load` takes it.

    Returns:
        A verifier; `Gallery.open` still checks that the gallery belongs to its bundle.
    """
    bound = None if file is not None else Gallery.bound_file(gallery) or None
    try:
        return load(bundle, file=bound or file, extrapolate=extrapolate)
    except InvalidInputError:
        if bound is None:
            raise
        # This bundle lacks the gallery's file, so the gallery is another bundle's. Opening it
        # says that better than "no such file" would.
        return load(bundle, extrapolate=extrapolate)
