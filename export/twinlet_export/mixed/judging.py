"""What a file misses, measured on images that neither calibrate nor test it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twinlet.bundle import FILE_NAMES
from twinlet.calibrating import CONFIDENCE
from twinlet.calibration import comparisons_needed
from twinlet.errors import InvalidInputError, ParityError
from twinlet.metrics import compare_all, count_non_mated, fnmr, threshold_at_fmr
from twinlet.metrics.paired import Paired, more_misses, resampled
from twinlet_export.embedding import engine_templates, twin_templates
from twinlet_export.engines import Engines
from twinlet_export.settings import CONFIRMING_IMAGES, RANKING_IMAGES
from twinlet_train.comparing import compared

if TYPE_CHECKING:
    import keras

    from twinlet_train.data import LabelledImages


@dataclass(frozen=True)
class Verdict:
    """What a file makes of a sample's images, at the threshold that is its own there."""

    templates: NDArray[np.float32]  # (n, d), unit length
    threshold: float  # the lowest one that keeps the target on the sample itself; may be infinite
    fnmr: float  # there


class Sample:
    """Images on which files are compared with each other."""

    def __init__(
        self, pixels: NDArray[np.uint8], labels: NDArray[np.int64], target: float, *, seed: int
    ) -> None:
        """Keep uint8 images (n, h, w, c), identities (n,) and the target False Match Rate."""
        self.pixels, self.labels, self.target = pixels, labels, target
        self._weights = resampled(len(labels), seed=seed)

    def judge(self, name: str, model: bytes) -> Verdict:
        """Embed with a file; one that gives an image no direction recognises nobody.

        Raises:
            BundleError: Its engine does not accept it.
        """
        engines = Engines(FILE_NAMES[name].engine, model)
        try:
            return self.verdict(engine_templates(engines, self.pixels, file=name))
        except ParityError:  # all zeros or not finite: the most that rounding can do
            size = engines.output.shape[-1] or 1
            nothing = np.zeros((len(self.labels), size), dtype=np.float32)
            return Verdict(nothing, np.inf, 1.0)

    def verdict(self, templates: NDArray[np.float32]) -> Verdict:
        """Decide with templates (n, d)."""
        comparisons = compare_all(templates, self.labels)
        threshold = threshold_at_fmr(comparisons, self.target)
        return Verdict(templates, threshold, float(fnmr(comparisons, threshold)))

    def more_misses(self, less: Verdict, more: Verdict) -> Paired:
        """FNMR of the second minus that of the first, on the same resamples of the images."""
        return more_misses(
            (less.templates, less.threshold),
            (more.templates, more.threshold),
            self.labels,
            self._weights,
        )


@dataclass(frozen=True)
class Samples:
    """Two disjoint samples: what looks best on the one has to prove it on the other."""

    ranking: Sample
    confirming: Sample
    twin: Verdict  # of Keras, on the confirming images


def take_samples(
    data: "LabelledImages",
    validation: NDArray[np.int64],
    twin: "keras.Model",
    *,
    target: float,
    seed: int,
) -> Samples:
    """Draw both samples from the validation part and embed the second with Keras.

    The validation part, because what chooses a file must neither fit its threshold nor measure
    its error rates, and it is not trained on. (It chose the best epoch: of the twin, not of its
    files.)

    Args:
        data: Labelled images.
        validation: Indices of the validation part.
        twin: Keras'.
        target: False Match Rate.
        seed: Of the drawing.

    Raises:
        InvalidInputError: The part is too small for the target.
    """
    drawn = compared(data.labels, validation, RANKING_IMAGES + CONFIRMING_IMAGES, seed=seed)
    first = compared(data.labels, drawn, min(RANKING_IMAGES, len(drawn) // 2), seed=seed)
    samples = []
    for chosen in (first, np.setdiff1d(drawn, first)):
        labels = data.labels[chosen]
        _check(labels, target)
        samples.append(Sample(data.images[chosen], labels, target, seed=seed))
    ranking, confirming = samples
    return Samples(ranking, confirming, confirming.verdict(twin_templates(twin, confirming.pixels)))


def _check(labels: NDArray[np.int64], target: float) -> None:
    counts = np.unique(labels, return_counts=True)[1]
    non_mated = count_non_mated(labels) if len(labels) else 0
    needed = comparisons_needed(target, CONFIDENCE)
    if len(counts) < 2 or counts.max() < 2 or non_mated < needed:
        raise InvalidInputError(
            f"a sample of the validation part has {len(labels)} images of {len(counts)} identities "
            f"and {non_mated} non-mated comparisons, for FMR {target:g} {needed} are needed, and "
            f"two images of one identity; a larger validation part would do, or more images"
        )
