"""Do intervals hold the true value as often as they say? Made-up worlds of known true values.

In each world identities differ: some look like many others, some vary more from image to image,
and single images are better or worse. Of its templates all pairs are compared, and each method
gives two-sided 95 % intervals. With unit "identity" the true value is that of other identities,
the mean over many fresh worlds of the same kind (the EER that of all their comparisons pooled);
with unit "image" that of many fresh images of the very same identities, for each world anew.
The naive method takes comparisons for independent: Wilson for rates, Hanley and McNeil (1982) for
the AUC, and Wilson on the mated comparisons for the EER. Writes
`benchmarks/results/intervals.json`.
"""

import argparse
import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from commandline import write_result
from numpy.typing import NDArray
from provenance import provenance

from twinlet.metrics import (
    Comparisons,
    Unit,
    auc,
    compare_all,
    draw_resamples,
    dyadic_wilson,
    eer,
    fmr,
    fnmr,
    fnmr_at_fmr,
    mated_dyads,
    non_mated_dyads,
    recall_at_k,
    replicate,
    threshold_at_fmr,
)
from twinlet.metrics.bootstrap import Replicates
from twinlet.metrics.intervals import score_interval
from twinlet.metrics.resampled import count_resampled
from twinlet.metrics.resampled_rates import rates_resampled

DIMENSIONS = 8
TARGET = 0.01  # the threshold is that of this FMR among fresh identities
NORMAL = 1.959963984540054
FRESH = 60  # images of each identity that tell the true value for other images of it
FIGURES = ("fnmr", "fmr", "auc", "eer", "fnmr_at_fmr_0.01", "recall_at_1")

UNITS: tuple[Unit, ...] = ("identity", "image")

Vectors = NDArray[np.float64]


@dataclass(frozen=True)
class Kind:
    """Of world."""

    unit: Unit
    identities: int
    images: int  # of each
    effects: float  # how much identities and images differ; 0: not at all


KINDS = (
    *(
        Kind("identity", *shape, effects)
        for shape in ((10, 8), (20, 6), (40, 5), (100, 4))
        for effects in (0.0, 0.5, 1.0)
    ),
    *(Kind("image", *shape, effects) for shape in ((5, 20), (10, 20)) for effects in (0.0, 1.0)),
)


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--worlds", type=int, default=300, help="of each kind (300)")
    parser.add_argument("--name", default="intervals", help="of the result file")
    args = parser.parse_args()
    kinds = []
    for kind in KINDS:
        kinds.append(simulated(kind, args.worlds))
        print(kinds[-1], flush=True)
    write_result(
        args.name,
        {
            "command": f"python benchmarks/intervals.py --worlds {args.worlds}"
            + ("" if args.name == "intervals" else f" --name {args.name}"),
            **provenance(),
            "confidence": 0.95,
            "worlds": args.worlds,
            "kinds": kinds,
            "speed": [timed(images, unit) for images in (1500, 4500, 10_000) for unit in UNITS],
        },
    )


def people(kind: Kind, count: int, rng: np.random.Generator) -> tuple[Vectors, Vectors]:
    """Where identities lie (n, d), and how much each varies (n, 1)."""
    centres = rng.normal(size=(count, DIMENSIONS))
    # Along one direction identities differ more: those far out on one side are alike.
    centres[:, 0] += 1.5 * kind.effects * rng.normal(size=count)
    spread = 0.55 * np.exp(0.4 * kind.effects * rng.normal(size=(count, 1)))
    return centres, spread


def photographed(
    kind: Kind, who: tuple[Vectors, Vectors], images: int, rng: np.random.Generator
) -> tuple[Vectors, NDArray[np.int64]]:
    """Templates of so many images of each identity, and whose they are."""
    centres, spread = who
    labels = np.repeat(np.arange(len(centres)), images)
    quality = np.exp(0.3 * kind.effects * rng.normal(size=(len(labels), 1)))
    noise = rng.normal(size=(len(labels), DIMENSIONS)) * spread[labels] * quality
    vectors = centres[labels] + noise
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), labels


def simulated(kind: Kind, worlds: int) -> dict[str, Any]:
    """Many worlds of one kind: how often each method's interval held the true value."""
    rng = np.random.default_rng([kind.identities, kind.images, round(10 * kind.effects)])
    threshold, truth = fresh(kind, max(4000, 2 * worlds) // (kind.identities // 5), rng)
    inside: dict[str, dict[str, list[bool]]] = {}
    widths: dict[str, dict[str, list[float]]] = {}
    for seed in range(worlds):
        rng = np.random.default_rng([seed, kind.identities, kind.images, round(10 * kind.effects)])
        who = people(kind, kind.identities, rng)
        templates, labels = photographed(kind, who, kind.images, rng)
        if kind.unit == "image":
            more = photographed(kind, who, FRESH, rng)
            truth = figures(compare_all(*more), threshold)
        for method, found in intervals(templates, labels, kind.unit, threshold).items():
            for figure, (low, high) in found.items():
                if figure in truth:
                    held = low - 1e-12 <= truth[figure] <= high + 1e-12
                    inside.setdefault(figure, {}).setdefault(method, []).append(held)
                    widths.setdefault(figure, {}).setdefault(method, []).append(high - low)
    return {
        "unit": kind.unit,
        "identities": kind.identities,
        "images": kind.images,
        "effects": kind.effects,
        "threshold": threshold,
        "true": truth if kind.unit == "identity" else None,
        "figures": {
            figure: {
                method: {
                    "coverage": float(np.mean(held)),
                    "median_width": float(np.median(widths[figure][method])),
                }
                for method, held in methods.items()
            }
            for figure, methods in inside.items()
        },
    }


def fresh(kind: Kind, worlds: int, rng: np.random.Generator) -> tuple[float, dict[str, float]]:
    """The threshold, and the true values for other identities."""
    compared, recalls = [], []
    for _ in range(worlds):
        who = people(kind, kind.identities, rng)
        templates, labels = photographed(kind, who, kind.images, rng)
        compared.append(compare_all(templates, labels))
        recalls.append(recall_at_k(templates, labels))
    pooled = Comparisons.from_scores(
        np.concatenate([one.mated for one in compared]),
        np.concatenate([one.non_mated for one in compared]),
    )
    threshold = threshold_at_fmr(pooled, TARGET)
    truth = figures(pooled, threshold)
    truth["recall_at_1"] = float(np.mean(recalls))
    return threshold, truth


def figures(comparisons: Comparisons, threshold: float) -> dict[str, float]:
    """All but recall, which depends on how many images there are."""
    return {
        "fnmr": float(fnmr(comparisons, threshold)),
        "fmr": float(fmr(comparisons, threshold)),
        "auc": auc(comparisons),
        "eer": eer(comparisons),
        f"fnmr_at_fmr_{TARGET:g}": fnmr_at_fmr(comparisons, TARGET),
    }


def intervals(
    templates: Vectors, labels: NDArray[np.int64], unit: Unit, threshold: float
) -> dict[str, dict[str, tuple[float, float]]]:
    """Of each method, of each figure."""
    comparisons = compare_all(templates, labels)
    mated, non_mated = len(comparisons.mated), len(comparisons.non_mated)
    # Beside the threshold, those that tell where errors fall when there are few at it.
    grid = np.unique([threshold, *np.quantile(comparisons.mated, (0.1, 0.2, 0.4))])
    misses = mated_dyads(templates, labels, grid, unit=unit)
    place = int(np.searchsorted(grid, threshold))
    fnmr_dyadic = dyadic_wilson(misses)[place]
    grid = np.unique([threshold, *np.quantile(comparisons.non_mated, (0.9, 0.97, 0.99))])
    matches = non_mated_dyads(templates, labels, grid, unit=unit)
    fmr_dyadic = dyadic_wilson(matches)[int(np.searchsorted(grid, threshold))]
    resamples = draw_resamples(labels, unit=unit)
    replicates = replicate(templates, labels, resamples, fmrs=(TARGET,), comparisons=comparisons)
    # Two bins are enough for rates at one threshold.
    lowest = min(comparisons.mated[0], comparisons.non_mated[0])
    edges = np.unique(np.array([lowest, threshold], dtype=np.float32))
    counts = count_resampled(templates, labels, resamples, edges)
    fmrs, fnmrs = rates_resampled(counts, [threshold])
    values = {**replicates.values, "fmr": fmrs[:, 0], "fnmr": fnmrs[:, 0]}
    estimates = Replicates(resamples, values).estimates()
    area, error = auc(comparisons), eer(comparisons)
    spread = NORMAL * hanley(area, mated, non_mated)
    return {
        "dyadic-wilson": {"fnmr": tuple(fnmr_dyadic), "fmr": tuple(fmr_dyadic)},
        "bootstrap": {name: one.interval or (0.0, 1.0) for name, one in estimates.items()},
        "naive": {
            "fnmr": score_interval(float(fnmr(comparisons, threshold)), mated, NORMAL),
            "fmr": score_interval(float(fmr(comparisons, threshold)), non_mated, NORMAL),
            "auc": (area - spread, area + spread),
            "eer": score_interval(error, mated, NORMAL),
        },
    }


def hanley(area: float, mated: int, non_mated: int) -> float:
    """Standard error of an area under the ROC of independent comparisons."""
    first, second = area / (2.0 - area), 2.0 * area**2 / (1.0 + area)
    variance = area * (1.0 - area) + (mated - 1) * (first - area**2)
    variance += (non_mated - 1) * (second - area**2)
    return math.sqrt(variance / (mated * non_mated))


def timed(images: int, unit: Unit) -> dict[str, Any]:
    """Processor seconds of 200 resamples of all comparisons, with FNMR at FMR 0.001."""
    rng = np.random.default_rng(images)
    kind = Kind(unit, images // 10, 10, 1.0)
    templates, labels = photographed(kind, people(kind, kind.identities, rng), 10, rng)
    comparisons = compare_all(templates, labels)
    resamples = draw_resamples(labels, unit=unit)
    started = time.process_time()
    replicate(templates, labels, resamples, fmrs=(1e-3,), comparisons=comparisons)
    return {
        "unit": unit,
        "images": images,
        "comparisons": len(comparisons.mated) + len(comparisons.non_mated),
        "cpu_seconds": time.process_time() - started,
    }


if __name__ == "__main__":
    main()
