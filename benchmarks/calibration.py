"""Do promised False Match Rates hold? Worlds of made-up identities whose true rates are known.

In each world every identity and every image has an effect of its own on the similarity of all
its comparisons (random effects on a probit scale), so comparisons that share one move together.
A threshold is chosen from the world's comparisons, as a calibration does, for a target; the true
rate of other identities at this threshold is known exactly. A method keeps its promise in a
world when the true rate is at most the target, or when it refuses. Writes
`benchmarks/results/calibration.json` and a plot. Kinds of worlds that the file holds already, as
many of each, are not simulated again.
"""

import argparse
import itertools
import math
from statistics import NormalDist
from typing import Any

import numpy as np
from commandline import RESULTS, earlier_result, write_result
from numpy.typing import NDArray
from provenance import provenance

from twinlet.metrics import ClusterCounts, clustered_upper, most_errors, threshold_letting
from twinlet.metrics.selection import candidate_thresholds, lowest_holding

SHAPES = ((5, 20), (10, 10), (30, 5), (30, 10), (100, 4))  # identities, images each
EFFECTS = ((0.0, 0.0), (0.05, 0.05), (0.1, 0.1), (0.2, 0.05))  # variance shares: identity, image
# Look-alikes: a third share for all comparisons of the same two identities.
ALIKE_SHAPES = ((10, 10), (10, 60), (30, 10), (100, 4))
ALIKE_EFFECTS = ((0.05, 0.05, 0.2), (0.05, 0.05, 0.5))
KINDS = (
    *itertools.product(SHAPES, EFFECTS),
    *itertools.product(ALIKE_SHAPES, ALIKE_EFFECTS),
)
TARGETS = (0.1, 0.01, 0.001)
CONFIDENCE = 0.95
NORMAL = NormalDist()
METHODS = ("clustered", "naive", "quantile")
EFFECT_KEYS = ("identity_effect", "image_effect", "pair_effect")


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--worlds", type=int, default=1000, help="of each kind (1000)")
    parser.add_argument("--name", default="calibration", help="of the result file")
    args = parser.parse_args()
    before = known(args.name, args.worlds)
    kinds = []
    for shape, effects in KINDS:
        kinds.append(before.get((shape, effects)) or simulated(shape, effects, args.worlds))
        print(kinds[-1])
    write_result(
        args.name,
        {
            "command": f"python benchmarks/calibration.py --worlds {args.worlds}"
            + ("" if args.name == "calibration" else f" --name {args.name}"),
            **provenance(),
            "confidence": CONFIDENCE,
            "worlds": args.worlds,
            "kinds": kinds,
        },
    )
    draw(kinds, args.worlds, args.name)


def known(name: str, worlds: int) -> dict[tuple[tuple[int, int], tuple[float, ...]], Any]:
    """Kinds that a result file holds of so many worlds."""
    result = earlier_result(name)
    if result.get("worlds") != worlds:
        return {}
    return {
        (
            (kind["identities"], kind["images"]),
            tuple(kind[key] for key in EFFECT_KEYS if key in kind),
        ): kind
        for kind in result["kinds"]
    }


def simulated(shape: tuple[int, int], effects: tuple[float, ...], worlds: int) -> dict[str, Any]:
    """Many worlds of one kind: how often each method held each target, and refused."""
    outcomes: dict[tuple[str, float], list[float | None]] = {
        (method, target): [] for method in METHODS for target in TARGETS
    }
    for seed in range(worlds):
        chosen = choose(*world(shape, effects, seed), identities=shape[0])
        for key, threshold in chosen.items():
            outcomes[key].append(None if threshold is None else true_rate(threshold))
    return {
        "identities": shape[0],
        "images": shape[1],
        **dict(zip(EFFECT_KEYS, effects, strict=False)),
        "methods": {
            method: {f"{target:g}": summary(outcomes[method, target], target) for target in TARGETS}
            for method in METHODS
        },
    }


def world(
    shape: tuple[int, int], effects: tuple[float, ...], seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Identities of both sides, and similarities in (0, 1), of all non-mated comparisons.

    A third effect, where there is one, is shared by all comparisons of the same two identities.
    """
    rng = np.random.default_rng([seed, *shape, *(round(1000 * one) for one in effects)])
    identities, images = shape
    labels = np.repeat(np.arange(identities), images)
    own = rng.normal(size=identities)[labels] * math.sqrt(effects[0])
    own += rng.normal(size=len(labels)) * math.sqrt(effects[1])
    first, second = np.triu_indices(len(labels), 1)
    apart = labels[first] != labels[second]
    first, second = first[apart], second[apart]
    alike = effects[2] if len(effects) > 2 else 0.0
    noise = rng.normal(size=len(first)) * math.sqrt(1.0 - 2.0 * sum(effects[:2]) - alike)
    scores = own[first] + own[second] + noise  # standard normal, whatever the effects
    if alike:
        of_two = rng.normal(size=(identities, identities)) * math.sqrt(alike)
        scores += of_two[labels[first], labels[second]]  # the first has the lower number
    return labels[first], labels[second], similarity_of(scores)


def similarity_of(scores: NDArray[np.float64]) -> NDArray[np.float32]:
    """A rising map of all numbers into (0, 1), as similarities are."""
    return (1.0 / (1.0 + np.exp(-scores))).astype(np.float32)


def true_rate(threshold: float) -> float:
    """The False Match Rate of identities and images never seen, at a threshold."""
    if threshold >= 1.0:
        return 0.0
    return 1.0 - NORMAL.cdf(math.log(threshold / (1.0 - threshold)))


def choose(
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    scores: NDArray[np.float32],
    *,
    identities: int,
) -> dict[tuple[str, float], float | None]:
    """Each method's threshold for each target; None is a refusal."""
    rising = np.sort(scores)
    thresholds, bounds = bounded(first, second, scores, identities=identities)
    chosen: dict[tuple[str, float], float | None] = {}
    for target in TARGETS:
        place = lowest_holding(bounds, target)
        chosen["clustered", target] = None if place is None else float(thresholds[place])
        chosen["naive", target] = above(rising, most_errors(len(rising), target, CONFIDENCE))
        chosen["quantile", target] = above(rising, math.floor(target * len(rising)))
    return chosen


def bounded(
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    scores: NDArray[np.float32],
    *,
    identities: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Thresholds worth a bound, and the clustered bound of the False Match Rate at each."""
    thresholds = candidate_thresholds(np.sort(scores))
    bins = np.searchsorted(thresholds, scores, side="right")
    points = len(thresholds) + 1
    counts = sum(
        np.bincount(side * points + bins, minlength=identities * points).reshape(-1, points)
        for side in (first, second)
    )
    matches = np.asarray(counts)[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
    return thresholds, clustered_upper(
        ClusterCounts("identity", thresholds, matches, np.asarray(counts).sum(axis=1)), CONFIDENCE
    )


def above(rising: NDArray[np.float32], allowed: int) -> float | None:
    """The threshold that lets so many comparisons match; None for -1."""
    if allowed < 0:
        return None
    return float(threshold_letting(rising, allowed))


def summary(rates: list[float | None], target: float) -> dict[str, float]:
    """Shares of worlds, and how far below the target the true rate lies in the middle."""
    given = [rate for rate in rates if rate is not None]
    held = sum(rate <= target for rate in given)
    return {
        "kept": (held + len(rates) - len(given)) / len(rates),
        "refused": 1.0 - len(given) / len(rates),
        "kept_when_given": held / len(given) if given else 1.0,
        "median_rate_of_target": float(np.median(given)) / target if given else 0.0,
    }


def draw(kinds: list[dict[str, Any]], worlds: int, name: str) -> None:
    """One mark a method and kind of world: how often its promise held."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 3.4), layout="constrained")
    panels = figure.subplots(1, len(TARGETS), sharey=True)
    marks = {"clustered": ("o", "#1b6ca8"), "naive": ("x", "#c0392b"), "quantile": ("+", "#888888")}
    for panel, target in zip(panels, TARGETS, strict=True):
        for method, (mark, colour) in marks.items():
            kept = [kind["methods"][method][f"{target:g}"]["kept"] for kind in kinds]
            panel.plot(range(len(kinds)), kept, mark, color=colour, label=method)
        panel.axhline(CONFIDENCE, color="black", linewidth=0.8, linestyle="--")
        panel.set_title(f"target FMR {target:g}")
        panel.set_xlabel("kind of world; right of the line, look-alikes")
        panel.axvline(len(SHAPES) * len(EFFECTS) - 0.5, color="#bbbbbb", linewidth=0.8)
    panels[0].set_ylabel(f"promise kept, share of {worlds} worlds")
    panels[0].legend()
    figure.savefig(RESULTS / f"{name}.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
