"""Do searches hold their False Positive Identification Rate, whatever the size of the gallery?

In worlds of made-up identities (`calibration.py`), with effects of identities, of images and of
pairs of identities that look alike, a calibration bounds the False Match Rate, and the threshold
of a search among N templates is the one that holds the target divided by N (Boole's inequality).
The true rate at which strangers find somebody is computed, for galleries of other identities with
several templates each. A promise is kept when this rate, in the mean over galleries, is at most
the target, or when the search is refused. Writes `benchmarks/results/one-to-many.json` and a plot.
"""

import argparse
import math
from functools import cache
from typing import Any

import numpy as np
from calibration import above, bounded, world
from commandline import RESULTS, write_result
from numpy.typing import NDArray
from provenance import provenance

from twinlet.gallery.identification import fmr_for
from twinlet.metrics import lowest_holding, most_errors

SHAPES = ((30, 10), (100, 10), (300, 10))  # of the calibration: identities, images each
SHARES = (1.0, 0.3, 0.05)  # of the worlds: the larger ones take longer
EFFECTS = ((0.0, 0.0, 0.0), (0.05, 0.05, 0.1), (0.1, 0.05, 0.2))  # identity, image, two identities
SIZES = (10, 100, 1000, 10_000)  # templates
EACH = 5  # templates of an identity
FPIRS = (0.3, 0.1, 0.01)
CONFIDENCE = 0.95
METHODS = ("clustered", "naive", "quantile")
GALLERIES = {10: 200, 100: 100, 1000: 40, 10_000: 8}  # of each size
RATES = np.geomspace(3e-8, 0.5, 22)
NODES = 20  # of each integral over a normal distribution

Floats = NDArray[np.float64]


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--worlds", type=int, default=1000, help="of the smallest shape (1000)")
    parser.add_argument("--name", default="one-to-many", help="of the result file")
    args = parser.parse_args()
    kinds = []
    for shape, share in zip(SHAPES, SHARES, strict=True):
        for effects in EFFECTS:
            kinds += simulated(shape, effects, max(1, round(share * args.worlds)))
            print(*kinds[-len(SIZES) :], sep="\n", flush=True)
    write_result(
        args.name,
        {
            "command": f"python benchmarks/one_to_many.py --worlds {args.worlds}"
            + ("" if args.name == "one-to-many" else f" --name {args.name}"),
            **provenance(),
            "confidence": CONFIDENCE,
            "templates_each": EACH,
            "kinds": kinds,
        },
    )
    draw(kinds, args.name)


def simulated(
    shape: tuple[int, int], effects: tuple[float, float, float], worlds: int
) -> list[dict[str, Any]]:
    """Calibrate in many worlds of one kind, and search galleries of each size."""
    chosen = [thresholds(shape, effects, seed) for seed in range(worlds)]
    return [
        {
            "identities": shape[0],
            "images": shape[1],
            "identity_effect": effects[0],
            "image_effect": effects[1],
            "pair_effect": effects[2],
            "templates": size,
            "worlds": worlds,
            "methods": {
                method: {
                    f"{fpir:g}": summary(
                        [one[method, size, fpir] for one in chosen], size, fpir, effects
                    )
                    for fpir in FPIRS
                }
                for method in METHODS
            },
        }
        for size in SIZES
    ]


def thresholds(
    shape: tuple[int, int], effects: tuple[float, float, float], seed: int
) -> dict[tuple[str, int, float], float | None]:
    """Each method's threshold for each search in one world; None is a refusal."""
    first, second, scores = world(shape, effects, seed)
    rising = np.sort(scores)
    candidates, bounds = bounded(first, second, scores, identities=shape[0])
    found: dict[tuple[str, int, float], float | None] = {}
    for size in SIZES:
        for fpir in FPIRS:
            target = fmr_for(fpir, size)
            place = lowest_holding(bounds, target)
            found["clustered", size, fpir] = None if place is None else float(candidates[place])
            allowed = most_errors(len(rising), target, CONFIDENCE)
            found["naive", size, fpir] = above(rising, allowed)
            found["quantile", size, fpir] = above(rising, math.floor(target * len(rising)))
    return found


def summary(
    chosen: list[float | None], size: int, fpir: float, effects: tuple[float, float, float]
) -> dict[str, float]:
    """Shares of worlds, and the true rates beside the target; one gallery for each world."""
    given = [(seed, one) for seed, one in enumerate(chosen) if one is not None]
    result = {"refused": 1.0 - len(given) / len(chosen)}
    if not given:
        return {"kept": 1.0, **result}
    logits = np.array([score_of(threshold) for _, threshold in given])
    table = deviates(size, effects)
    places = np.array([score_of_rate(rate) for rate in rates(size)])[::-1]
    mean = rate_at(np.interp(logits, places, mean_deviates(size, effects)[::-1]))
    own = np.array(
        [
            float(rate_at(np.interp(logit, places, table[seed % len(table)][::-1])))
            for (seed, _), logit in zip(given, logits, strict=True)
        ]
    )
    held = int((mean <= fpir).sum())
    return {
        "kept": (held + len(chosen) - len(given)) / len(chosen),
        **result,
        "kept_when_given": held / len(given),
        "galleries_within": float(np.mean(own <= fpir)),
        "median_rate_of_target": float(np.median(mean)) / fpir,
        "worst_of_20_galleries_of_target": float(np.quantile(own, 0.95)) / fpir,
    }


def rates(size: int) -> Floats:
    """False Match Rates at whose thresholds galleries are looked at: near FPIRs of interest."""
    return RATES[(RATES * size > 1e-3) & (RATES * size < 30.0)]


@cache
def deviates(size: int, effects: tuple[float, float, float]) -> Floats:
    """Normal deviates of the true FPIR (galleries, rates): nearly straight along thresholds."""
    rng = np.random.default_rng([size, *(round(1000 * one) for one in effects)])
    galleries = []
    for _ in range(GALLERIES[size]):
        own = np.repeat(rng.normal(size=size // EACH), EACH) * math.sqrt(effects[0])
        own += rng.normal(size=size) * math.sqrt(effects[1])
        galleries.append([found(own, score_of_rate(rate), effects) for rate in rates(size)])
    return deviate(np.array(galleries))


@cache
def mean_deviates(size: int, effects: tuple[float, float, float]) -> Floats:
    """Normal deviates (rates,) of the true FPIR in the mean over galleries."""
    return deviate(rate_at(deviates(size, effects)).mean(axis=0))


def found(own: Floats, threshold: float, effects: tuple[float, float, float]) -> float:
    """How often strangers find somebody in a gallery whose templates have such effects.

    Given the stranger's own effect and its likeness to an identity, comparisons are independent;
    both are integrated out (Gauss and Hermite), the likeness for each identity by itself.
    """
    from scipy.special import log_ndtr

    identity, image, alike = effects
    noise = math.sqrt(1.0 - 2.0 * (identity + image) - alike)
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    weights = weights / weights.sum()
    likenesses, shares = (nodes, weights) if alike else (np.zeros(1), np.ones(1))
    nobody = 0.0
    for node, weight in zip(nodes, weights, strict=True):
        stranger = node * math.sqrt(identity + image)
        room = threshold - stranger - own[:, None] - likenesses * math.sqrt(alike)
        silent = log_ndtr(room / noise).reshape(-1, EACH, len(likenesses)).sum(axis=1)
        nobody += weight * math.exp(float(np.log(np.exp(silent) @ shares).sum()))
    return 1.0 - nobody


def score_of(threshold: float) -> float:
    """The standard normal score behind a similarity."""
    return math.log(threshold / (1.0 - threshold)) if threshold < 1.0 else math.inf


def score_of_rate(rate: float) -> float:
    """The score that a share of non-mated comparisons reaches."""
    from scipy.special import ndtri

    return -float(ndtri(rate))


def deviate(rates: Floats) -> Floats:
    """Normal deviates of rates, which may be too near 0 or 1 to tell."""
    from scipy.special import ndtri

    return np.asarray(ndtri(np.clip(rates, 1e-12, 1.0 - 1e-12)))


def rate_at(deviates: Floats) -> Floats:
    """Rates of normal deviates."""
    from scipy.special import ndtr

    return np.asarray(ndtr(deviates))


def draw(kinds: list[dict[str, Any]], name: str) -> None:
    """One mark a method and kind: how often its promise held, by the size of the gallery."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 3.4), layout="constrained")
    panels = figure.subplots(1, len(FPIRS), sharey=True)
    marks = {"clustered": ("o", "#1b6ca8"), "naive": ("x", "#c0392b"), "quantile": ("+", "#888888")}
    shifts = {"clustered": 0.87, "naive": 1.0, "quantile": 1.15}
    for panel, fpir in zip(panels, FPIRS, strict=True):
        for method, (mark, colour) in marks.items():
            points = [(k["templates"], k["methods"][method][f"{fpir:g}"]["kept"]) for k in kinds]
            sizes = [shifts[method] * size for size, _ in points]
            panel.plot(sizes, [kept for _, kept in points], mark, color=colour, label=method)
        panel.axhline(CONFIDENCE, color="black", linewidth=0.8, linestyle="--")
        panel.set_xscale("log")
        panel.set_title(f"target FPIR {fpir:g}")
        panel.set_xlabel("templates in the gallery")
    panels[0].set_ylabel("promise kept, share of worlds")
    panels[0].legend()
    figure.savefig(RESULTS / f"{name}.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
