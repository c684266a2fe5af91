"""How far a file is from the twin it was made from: the gate of the export."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twinlet.scores import is_match, similarity_matrix
from twinlet_export.settings import ParityLimits


@dataclass(frozen=True)
class Parity:
    """A file against Keras on the same images, the file deciding at its own threshold."""

    cosine_median: float  # of the file's embeddings to Keras'
    cosine_p01: float  # first percentile of the same
    similarity_max_error: float  # of all comparisons, angular similarity
    decision_agreement: float  # share of comparisons decided alike
    decision_agreement_mated: float  # the same among mated comparisons
    images: int
    comparisons: int  # all unordered pairs of the images
    mated: int  # how many of them are mated

    def failures(self, limits: ParityLimits) -> dict[str, str]:
        """What is wrong by each limit that is not kept; empty when the file passes."""
        lower = {
            "cosine_median": ("median cosine", self.cosine_median),
            "cosine_p01": ("first percentile of the cosine", self.cosine_p01),
            "agreement": ("decision agreement", self.decision_agreement),
            "mated_agreement": ("decision agreement of mated pairs", self.decision_agreement_mated),
        }
        # `not >=`, so that a NaN fails.
        failed = {
            key: f"{name} {value:.4f} is below {getattr(limits, key):g}"
            for key, (name, value) in lower.items()
            if not value >= getattr(limits, key)
        }
        if not self.similarity_max_error <= limits.similarity_max_error:
            failed["similarity_max_error"] = (
                f"largest similarity error {self.similarity_max_error:.4f} is above "
                f"{limits.similarity_max_error:g}"
            )
        return failed

    def to_json(self, limits: ParityLimits) -> Mapping[str, Any]:
        """For the manifest: what was measured, and what it was measured against."""
        return {**asdict(self), "limits": asdict(limits)}


@dataclass(frozen=True)
class Decider:
    """Templates of the images, and the threshold that belongs to what made them."""

    templates: NDArray[np.float32]  # (n, d), unit length
    threshold: float  # angular similarity


def measure(twin: Decider, file: Decider, labels: NDArray[np.int64]) -> Parity:
    """Compare a file with the twin.

    Args:
        twin: Keras' templates of n images, with the threshold fitted on Keras' comparisons.
        file: The file's templates of the same images, with the file's own threshold.
        labels: Of the images, (n,), at least two of them alike.

    Returns:
        The measurement, over the n images and their n (n - 1) / 2 comparisons.
    """
    cosines = np.sum(twin.templates.astype(np.float64) * file.templates, axis=1)
    upper = np.triu_indices(len(labels), k=1)
    expected = similarity_matrix(twin.templates, twin.templates)[upper]
    found = similarity_matrix(file.templates, file.templates)[upper]
    same = is_match(expected, twin.threshold) == is_match(found, file.threshold)
    mated = labels[upper[0]] == labels[upper[1]]
    return Parity(
        cosine_median=float(np.median(cosines)),
        cosine_p01=float(np.quantile(cosines, 0.01)),
        similarity_max_error=float(np.max(np.abs(found - expected))),
        decision_agreement=float(np.mean(same)),
        decision_agreement_mated=float(np.mean(same[mated])),
        images=len(labels),
        comparisons=len(same),
        mated=int(np.sum(mated)),
    )
