"""Are these two the same? A bundle's file, opened, at one operating point."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twinlet import scores
from twinlet.backends import Engine, how_to_install, installed, open_engine
from twinlet.bundle import Bundle, FileEntry, Manifest
from twinlet.bundle import self_test as golden_self_test
from twinlet.calibration import Basis, CurvePoint, check_fmr
from twinlet.contract import InputContract
from twinlet.encodings import Pairing, pairing
from twinlet.errors import BundleError, InvalidInputError, MissingExtraError
from twinlet.images import ImageSource, read_image
from twinlet.likelihood import probability
from twinlet.preprocessing import to_input
from twinlet.templates import Template, normalise

# The file that is taken when none is named: the exact ones first, then the bundle's order.
PREFERRED = ("litert-fp32", "onnx-fp32")


@dataclass(frozen=True)
class Verification:
    """The outcome of one comparison."""

    match: bool  # similarity >= threshold
    similarity: float  # angular, in [0, 1]; 1 is the same direction
    threshold: float  # angular similarity
    fmr: float  # the target False Match Rate the threshold holds
    file: str
    bundle_id: str
    basis: Basis = Basis.BOUND  # what stands behind the threshold; only a bound is a promise
    unit: str = "identity"  # whom a promise is about: see `twinlet.calibration.UNITS`


@dataclass(frozen=True)
class Verifier:
    """One file of a bundle, ready to compare. Made by `load`; safe to use from threads."""

    manifest: Manifest
    entry: FileEntry
    engine: Engine
    fmr: float  # target False Match Rate
    point: CurvePoint  # of the file's calibration, for `fmr`
    extrapolate: bool = False  # whether thresholds may come from a fitted tail

    @property
    def bundle_id(self) -> str:
        """Digest of the twin, 64 hex digits."""
        return self.manifest.bundle_id

    @property
    def file(self) -> str:
        """Name of the file in use, e.g. "litert-fp32"."""
        return self.entry.name

    @property
    def threshold(self) -> float:
        """Angular similarity from which two float32 templates match."""
        return self.point.threshold

    @property
    def embedding_size(self) -> int:
        """Dimensions of a template."""
        return self.manifest.embedding_size

    @property
    def input(self) -> InputContract:
        """The pixels the model takes; `template` brings any image into this form."""
        return self.manifest.input

    def threshold_for(self, pairing: Pairing) -> float:
        """Angular similarity from which two templates of these encodings match.

        Raises:
            CalibrationError: The bundle holds no thresholds for int8 templates, or none for
                this False Match Rate.
        """
        return self._point_for(pairing).threshold

    def at(self, fmr: float) -> "Verifier":
        """Give the same verifier at another target False Match Rate; the engine is shared.

        Raises:
            InvalidInputError: The target is not inside (0, 0.5].
            CalibrationError: The file's calibration does not support the target.
        """
        check_fmr(fmr)
        point = self.entry.calibration.point_for(fmr, extrapolate=self.extrapolate)
        return replace(self, fmr=fmr, point=point)

    def embed(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Embed images that already have the model's size.

        Args:
            pixels: Uint8 (n, h, w, c) as `input` says.

        Returns:
            Unit vectors, float32 (n, d).
        """
        size = self.input
        expected = (size.height, size.width, size.channels)
        if pixels.dtype != np.uint8 or pixels.ndim != 4 or pixels.shape[1:] != expected:
            raise InvalidInputError(
                f"cannot embed: expected uint8 pixels (n, {', '.join(map(str, expected))}), got "
                f"{pixels.dtype} {pixels.shape}; `template` takes images of any size"
            )
        return normalise(self.engine.embed(np.ascontiguousarray(pixels)))

    def template(self, image: ImageSource) -> Template:
        """Make an image's template.

        Args:
            image: A path, the bytes of an image file, a PIL image, or a uint8 array
                (h, w), (h, w, 1), (h, w, 3) or (h, w, 4); any size, but for vectors, images
                one pixel high or wide, which must have the model's.

        Raises:
            InvalidInputError: It is not a readable image.
            MissingExtraError: It needs Pillow, which is not installed.
        """
        return self.templates([image])[0]

    def templates(self, images: Iterable[ImageSource]) -> tuple[Template, ...]:
        """Make the templates of several images, in their order."""
        pixels = [to_input(read_image(image), self.input) for image in images]
        if not pixels:
            return ()
        vectors = self.embed(np.stack(pixels))
        return tuple(Template(vector, self.bundle_id, self.file) for vector in vectors)

    def verify(self, a: ImageSource | Template, b: ImageSource | Template) -> Verification:
        """Compare two images or templates, in any mixture of float32 and int8.

        The threshold is the one that was calibrated for the encodings of the two.

        Raises:
            InvalidInputError: One is no image, or a template of another bundle or file.
            CalibrationError: One is an int8 template, and the bundle holds no thresholds for
                these, or none for this False Match Rate.
        """
        first, second = self.as_template(a), self.as_template(b)
        encodings = pairing(first.encoding, second.encoding)
        point = self._point_for(encodings)
        similarity = float(scores.similarity(first.vector, second.vector))
        return Verification(
            match=bool(scores.is_match(similarity, point.threshold)),
            similarity=similarity,
            threshold=point.threshold,
            fmr=self.fmr,
            file=self.file,
            bundle_id=self.bundle_id,
            basis=point.basis,
            unit=self.entry.calibration_for(encodings).unit,
        )

    def likelihood(self, similarity: float, *, pairing: Pairing = Pairing.FLOAT32) -> float:
        """How much likelier a similarity is for two images of one identity than of two.

        Args:
            similarity: Of a comparison with this file, in [0, 1].
            pairing: The encodings of the two templates.

        Returns:
            The natural log-likelihood ratio: 0 says nothing, above it "the same". It is bounded by
            what the calibration comparisons support.

        Raises:
            InvalidInputError: The similarity is NaN or outside [0, 1].
            CalibrationError: The bundle holds no log-likelihood ratios.
        """
        return float(self.entry.likelihood_for(pairing).log_ratios(similarity))

    def probability(
        self, similarity: float, prior: float, *, pairing: Pairing = Pairing.FLOAT32
    ) -> float:
        """The probability that two images are of one identity.

        Args:
            similarity: Of a comparison with this file, in [0, 1].
            prior: The share of mated comparisons among those that are made in this use, in (0, 1).
                No file can know it.
            pairing: The encodings of the two templates.

        Raises:
            InvalidInputError: The similarity is NaN or outside [0, 1], or the prior not inside
                (0, 1).
            CalibrationError: The bundle holds no log-likelihood ratios.
        """
        return probability(self.likelihood(similarity, pairing=pairing), prior)

    def as_template(self, item: ImageSource | Template) -> Template:
        """Make an image's template, or check that a template may be compared here."""
        if not isinstance(item, Template):
            return self.template(item)
        if item.bundle_id != self.bundle_id:
            raise InvalidInputError(
                f"cannot compare: the template was made with bundle {item.bundle_id}, this is "
                f"bundle {self.bundle_id}; make the template again from its image"
            )
        if item.file != self.file:
            raise InvalidInputError(
                f"cannot compare: the template was made with the file {item.file}, this verifier "
                f"uses {self.file}; load the bundle with file={item.file!r}"
            )
        if item.vector.size != self.embedding_size:
            raise InvalidInputError(
                f"cannot compare: expected a template of {self.embedding_size} dimensions, got "
                f"{item.vector.size}"
            )
        return item

    def _point_for(self, pairing: Pairing) -> CurvePoint:
        if pairing is Pairing.FLOAT32:
            return self.point
        calibration = self.entry.calibration_for(pairing)
        return calibration.point_for(self.fmr, extrapolate=self.extrapolate)


def load(
    path: str | Path,
    *,
    fmr: float | None = None,
    file: str | None = None,
    threads: int = 1,
    self_test: bool = True,
    extrapolate: bool = False,
) -> Verifier:
    """Open a bundle, verify it, and make one of its files ready.

    Args:
        path: A bundle, packed or unpacked.
        fmr: Target False Match Rate in (0, 0.5]; the bundle's default if not given.
        file: Which of the bundle's files; if not given, litert-fp32, onnx-fp32 or the
            bundle's first, of those whose engine is installed.
        threads: How many threads one embedding may use.
        self_test: Whether to embed the golden images and refuse a device that gives other
            pixels or templates. It costs a few milliseconds; leave it on.
        extrapolate: Whether a target below what comparisons support may be taken from the
            tail that `twinlet export --extrapolate` fitted. Nothing is promised then.

    Raises:
        InvalidInputError: There is no such bundle or file, or the target is not in (0, 0.5].
        BundleError: The bundle is refused; the message says why.
        CalibrationError: The file's calibration does not support the target.
        MissingExtraError: The engine is not installed.
    """
    bundle = Bundle.open(path)
    entry = bundle.file(file) if file is not None else _default(bundle)
    target = bundle.manifest.default_fmr if fmr is None else fmr
    check_fmr(target)
    point = entry.calibration.point_for(target, extrapolate=extrapolate)
    engine = _open(bundle, entry, threads)
    if self_test:
        default = entry.calibration.point_for(bundle.manifest.default_fmr)
        golden_self_test(
            engine,
            bundle.golden(),
            entry.name,
            contract=bundle.manifest.input,
            min_cosine=entry.golden_min_cosine,
            threshold=default.threshold,
        )
    return Verifier(bundle.manifest, entry, engine, target, point, extrapolate)


def _default(bundle: Bundle) -> FileEntry:
    files = bundle.manifest.files
    here = installed()
    for name in dict.fromkeys((*PREFERRED, *files)):
        if name in files and files[name].engine in here:
            return files[name]
    needed = tuple(dict.fromkeys(entry.engine for entry in files.values()))
    raise MissingExtraError(
        f"none of the engines that {bundle.path} needs is installed; {how_to_install(*needed)}"
    )


def _open(bundle: Bundle, entry: FileEntry, threads: int) -> Engine:
    engine = open_engine(entry.engine, bundle.read(entry.path), threads=threads)
    for stated, found in ((entry.input, engine.input), (entry.output, engine.output)):
        if stated != found:
            raise BundleError(
                f"{bundle.path}: the file {entry.name!r} is not what the manifest says: it states "
                f"{stated}, the model has {found}; export the bundle again"
            )
    return engine
