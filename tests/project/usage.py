"""Legal calls of the public API, for the type checker: `test_usage.py` reads this, nobody runs it.

Each `type: ignore` marks a call that must be refused; the checker complains about one that
is not needed.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import twinlet
from twinlet import Gallery, Identification, Template, Verification, Verifier
from twinlet.encodings import Pairing

pixels: NDArray[np.uint8] = np.zeros((8, 8), dtype=np.uint8)


def load() -> Verifier:
    """Every way to load."""
    twinlet.load("x.twin")
    twinlet.load(Path("x.twin"), fmr=1e-3)
    twinlet.load("x.twin", file="onnx-int8", threads=2, self_test=False)
    twinlet.load("x.twin", 1e-3)  # type: ignore[call-arg]
    twinlet.load("x.twin", fmr="low")  # type: ignore[arg-type]
    return twinlet.load("x.twin")


def verify(verifier: Verifier) -> bool:
    """Images of every kind, and templates."""
    template: Template = verifier.template("a.png")
    several: tuple[Template, ...] = verifier.templates([Path("a.png"), b"...", pixels])
    result: Verification = verifier.verify("a.png", template)
    verifier.verify(pixels, several[0])
    verifier.at(1e-4).verify(b"...", Path("b.png"))
    numbers: tuple[float, float, float] = (result.similarity, result.threshold, result.fmr)
    names: tuple[str, str] = (result.file, result.bundle_id)
    result.match = True  # type: ignore[misc]
    vectors: NDArray[np.float32] = verifier.embed(np.zeros((1, 8, 8, 1), dtype=np.uint8))
    evidence: float = verifier.likelihood(result.similarity)
    chance: float = verifier.probability(result.similarity, prior=0.01)
    verifier.likelihood(result.similarity, pairing=Pairing.INT8)
    verifier.probability(result.similarity)  # type: ignore[call-arg]
    if not (evidence and chance):
        return False
    return result.match and bool(numbers) and bool(names) and bool(vectors.size)


def keep(template: Template) -> Template:
    """A template as bytes, and back."""
    small: Template = template.to_int8()
    data: bytes = small.to_bytes()
    scale: float = small.scale
    numbers: int = small.vector.size
    known: bool = small.encoding == "int8"
    return Template.from_bytes(data) if known and scale and numbers else template


def identify(verifier: Verifier) -> str:
    """A gallery from opening to closing."""
    loaded: str = Gallery.bound_file("people.db")
    Gallery.open("small.db", verifier, templates="int8").close()
    Gallery.open("small.db", verifier, "int8")  # type: ignore[call-arg]
    with Gallery.open("people.db", verifier) as gallery:
        count: int = gallery.enroll("ada", ["a.png", verifier.template("b.png")])
        found: Identification = gallery.identify("c.png", top=3, fpir=0.01)
        gallery.identify("c.png", 3)  # type: ignore[call-arg]
        people: tuple[str, ...] = gallery.ids()
        erased: int = gallery.remove("ada")
        size: int = len(gallery)
    if found.unknown or not (count and people and erased and size):
        return loaded
    similarity: float = found.candidates[0].similarity
    return f"{found.candidates[0].id} {similarity} {found.threshold} {found.fpir}"


def catch() -> str:
    """Every error is a TwinletError."""
    try:
        twinlet.load("x.twin")
    except (twinlet.BundleError, twinlet.InvalidInputError, twinlet.MissingExtraError) as error:
        return str(error)
    except twinlet.TwinletError as error:
        return str(error)
    return twinlet.__version__
