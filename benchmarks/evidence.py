"""Which calibration loses least: a logistic line, isotonic regression, or one leaning on the other.

Fits log-likelihood ratios on images of each run's calibration part, as few and as many as there
are, and measures Cllr on its validation part; the test part is not looked at. Writes
`benchmarks/results/evidence.json`.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from commandline import write_result
from numpy.typing import NDArray
from provenance import provenance

from twinlet.likelihood import Likelihood
from twinlet.metrics import (
    Comparisons,
    Independent,
    cllr,
    cllr_min,
    compare_all,
    disjoint_pairs,
    fit_log_ratios,
)
from twinlet.metrics.log_ratios import LINE
from twinlet_export.embedding import twin_templates
from twinlet_export.origin import from_run
from twinlet_train.comparing import compared
from twinlet_train.data import Selected

Labelled = tuple[NDArray[np.float32], NDArray[np.int64]]

SIZES = (60, 100, 300, 1000, 3000)  # images to fit on
TRIED = 1000  # images to measure on
DRAWS = 5  # of the images; one where all are taken
LINES = {"isotonic": 1e-9, "both": LINE, "logistic": 1e9}


class Unbounded(Independent):
    """What would be claimed without a bound."""

    def limits(self, confidence: float = 0.95) -> tuple[float, float]:
        """No rate is ruled out but what cannot be told from 0."""
        return 1e-12, 1e-12


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    args = parser.parse_args()
    names = [path.name for path in args.runs]
    result = {
        "command": f"python benchmarks/evidence.py {' '.join(names)}",
        **provenance(),
        "runs": {path.name: measured(path) for path in args.runs},
    }
    write_result("evidence", result)


def measured(path: Path) -> dict[str, Any]:
    """Cllr of each way and size, and the least there could be."""
    fitting, trying = parts(path)
    tested = compare_all(*trying)
    most = len(fitting[1])
    sizes = sorted({*(size for size in SIZES if size < most), min(most, SIZES[-1])})
    return {
        "cllr_min": cllr_min(tested),
        "cllr": {str(size): by_way(fitting, tested, size) for size in sizes},
    }


def parts(path: Path) -> tuple[Labelled, Labelled]:
    """Templates and identities of the calibration and the validation part."""
    origin = from_run(path, None)
    found = []
    limited = ((origin.splits.calibration, SIZES[-1]), (origin.splits.validation, TRIED))
    for part, most in limited:
        chosen = compared(origin.data.labels, part, most, seed=0)
        templates = twin_templates(origin.twin, Selected(origin.data.images, chosen))
        found.append((templates, origin.data.labels[chosen]))
    return found[0], found[1]


def by_way(fitting: Labelled, tested: Comparisons, size: int) -> dict[str, float]:
    """Mean Cllr over draws of so many images."""
    templates, labels = fitting
    rng = np.random.default_rng(0)
    costs: dict[str, list[float]] = {}
    for _ in range(DRAWS if size < len(labels) else 1):
        chosen = rng.permutation(len(labels))[:size]
        comparisons = compare_all(templates[chosen], labels[chosen])
        worth = disjoint_pairs(labels[chosen], "image")
        free = Unbounded(worth.mated, worth.non_mated)
        for way, line in LINES.items():
            costs.setdefault(way, []).append(cost(comparisons, tested, free, line))
        costs.setdefault("both, bounded", []).append(cost(comparisons, tested, worth, LINE))
    return {way: float(np.mean(each)) for way, each in costs.items()}


def cost(fitted: Comparisons, tested: Comparisons, worth: Independent, line: float) -> float:
    """Cllr on the one of ratios fitted on the other."""
    knots = fit_log_ratios(fitted, worth, line=line)
    return cllr(tested, Likelihood("", knots, 1, 1, 0.0, 0.0).log_ratios)


if __name__ == "__main__":
    main()
