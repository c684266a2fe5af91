"""A file beside its twin at each operating point, each deciding at its own threshold."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twinlet.metrics.paired import Paired, agreement, more_misses, resampled
from twinlet.scores import is_match, similarity_matrix

Templates = NDArray[np.float32]


@dataclass(frozen=True)
class ParityPoint:
    """Twin and file at their thresholds for one False Match Rate."""

    target: float
    agreement: Paired  # share of comparisons decided alike
    more_misses: Paired  # FNMR of the file minus that of the twin

    def to_json(self) -> dict[str, Any]:
        """JSON types."""
        return {
            "agreement": self.agreement.to_json(),
            "more_misses": self.more_misses.to_json(),
        }


def compare_points(
    decided: tuple[Templates, Templates],
    tested: tuple[Templates, Templates],
    labels: NDArray[np.int64],
    thresholds: Mapping[float, tuple[float, float]],
) -> list[ParityPoint]:
    """Compare the twin (first of each pair) with a file (second).

    Args:
        decided: Templates (n, d) of the same images, all of whose comparisons are decided.
        tested: Templates (m, d) of the same images, whose mated comparisons are counted.
        labels: Identities (m,) of the latter.
        thresholds: By target.

    Returns:
        In the order of the thresholds.
    """
    similarities = [similarity_matrix(templates, templates) for templates in decided]
    drawn = resampled(len(decided[0]), seed=0)
    drawn_tested = resampled(len(labels), seed=0)
    points = []
    for target, limits in thresholds.items():
        decisions = [
            is_match(matrix, threshold)
            for matrix, threshold in zip(similarities, limits, strict=True)
        ]
        points.append(
            ParityPoint(
                target,
                agreement(decisions[0], decisions[1], drawn),
                more_misses((tested[0], limits[0]), (tested[1], limits[1]), labels, drawn_tested),
            )
        )
    return points
