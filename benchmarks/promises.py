"""Do promises hold on real images? Every file of a bundle, on random splits of unseen images.

What the twin was neither trained nor chosen on, its calibration and test part, is divided anew,
five times: a quarter fits thresholds, the rest measures, which therefore has an error of its own
that is smaller than what the bound allows for, but not nothing. Beside twinlet's bound, on the very
same parts: Clopper and Pearson's bound of all comparisons as if they were independent, the
quantile of the non-mated scores, and the threshold that scikit-learn's `roc_curve` gives for the
rate. Adds one data set to `benchmarks/results/promises.json`.
"""

import argparse
import statistics
from pathlib import Path
from typing import Any

import numpy as np
from commandline import earlier_result, write_result
from numpy.typing import NDArray
from provenance import provenance

from twinlet import load
from twinlet.bundle import Bundle, Manifest
from twinlet.calibrating import Source, fit, fit_independent
from twinlet.errors import CalibrationError
from twinlet.metrics import Comparisons, compare_all, count_at_least, threshold_letting
from twinlet_train.comparing import compared
from twinlet_train.config import TrainConfig
from twinlet_train.data import Selected, blocks, open_data
from twinlet_train.splits import make_splits

TARGETS = (0.1, 0.01, 0.001)
METHODS = ("twinlet", "independent", "quantile", "roc_curve")
SHARE = 0.25  # of the images fits
FITTING, MEASURING = 2000, 6000  # images, at most: 2 and 18 million comparisons
Templates = NDArray[np.float32]
Labels = NDArray[np.int64]


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--data", required=True, metavar="SPEC", help="that made the bundle")
    parser.add_argument("--splits", type=int, default=5, help="random divisions (5)")
    args = parser.parse_args()
    manifest = Bundle.open(args.bundle).manifest
    pixels, labels = untouched(args.data, manifest)
    files = {}
    for name in manifest.files:
        verifier = load(args.bundle, file=name)
        templates = np.concatenate([verifier.embed(block) for block in blocks(pixels)])
        files[name] = tried(templates, labels, args.splits)
        print(name, {target: row["held"] for target, row in files[name].items()})
    before = earlier_result("promises")
    entry = {
        "bundle_id": manifest.bundle_id,
        "images": len(labels),
        "identities": len(np.unique(labels)),
        "splits": args.splits,
        "unit": "image",
        "files": files,
        "summary": summed(files),
    }
    write_result(
        "promises",
        {
            "command": "python benchmarks/promises.py BUNDLE --data SPEC",
            **provenance(),
            "seeds": list(range(args.splits)),
            "data": {**before.get("data", {}), args.data: entry},
        },
    )


def untouched(spec: str, manifest: Manifest) -> tuple[Selected, Labels]:
    """Images of the calibration and the test part, of the split the bundle was made with."""
    made = manifest.provenance
    data = open_data(spec, size=manifest.input.height, channels=manifest.input.channels)
    if data.fingerprint != made["data_fingerprint"]:
        raise SystemExit(f"{spec} is not the data that the bundle was made from")
    splits = make_splits(data, TrainConfig.from_tables(made["config"]).split)
    chosen = np.concatenate([splits.calibration, splits.test])
    return Selected(data.images, chosen), data.labels[chosen]


def tried(templates: Templates, labels: Labels, splits: int) -> dict[str, Any]:
    """One file: each target on each split."""
    outcomes: dict[float, list[dict[str, Any]]] = {target: [] for target in TARGETS}
    for seed in range(splits):
        order = np.random.default_rng([seed, 11]).permutation(len(labels))
        fitting, measuring = (
            part[compared(labels[part], np.arange(len(part)), limit, seed=seed)]
            for part, limit in zip(
                np.split(order, [round(SHARE * len(order))]), (FITTING, MEASURING), strict=True
            )
        )
        measured = compare_all(templates[measuring], labels[measuring])
        chosen = thresholds(templates[fitting], labels[fitting])
        for target in TARGETS:
            outcomes[target].append(
                {
                    method: rates(measured, *chosen[method].get(target, (None, None)))
                    for method in METHODS
                }
            )
    return {f"{target:g}": row(target, outcomes[target]) for target in TARGETS}


Chosen = dict[float, tuple[float, float | None]]  # target -> threshold, promised bound


def thresholds(templates: Templates, labels: Labels) -> dict[str, Chosen]:
    """What each method chooses from one part."""
    source = Source("a quarter of what was not trained on", "")
    comparisons = compare_all(templates, labels)
    count = len(comparisons.non_mated)
    clustered = fit(templates, labels, (), unit="image", source=source, hoped=TARGETS)
    independent = fit_independent(comparisons, (), source=source)
    bounded: dict[str, Chosen] = {"twinlet": {}, "independent": {}}
    for method, curve in (("twinlet", clustered), ("independent", independent)):
        for target in TARGETS:
            try:
                point = curve.point_for(target)
            except CalibrationError:
                continue  # refused: no row
            bounded[method][target] = (point.threshold, point.fmr_upper)
    quantiles: Chosen = {
        target: (float(threshold_letting(comparisons.non_mated, int(target * count))), None)
        for target in TARGETS
    }
    return {**bounded, "quantile": quantiles, "roc_curve": by_roc_curve(comparisons)}


def by_roc_curve(comparisons: Comparisons) -> Chosen:
    """The last threshold whose false positive rate is at most the target."""
    from sklearn.metrics import roc_curve

    scores = np.concatenate([comparisons.mated, comparisons.non_mated])
    mated = np.arange(len(scores)) < len(comparisons.mated)
    fpr, _, limits = roc_curve(mated, scores)
    return {
        target: (float(limits[np.searchsorted(fpr, target, side="right") - 1]), None)
        for target in TARGETS
    }


def rates(
    measured: Comparisons, threshold: float | None, bound: float | None
) -> dict[str, float | None]:
    """What a threshold does on the other part; all None where it was refused."""
    if threshold is None:
        return {"threshold": None, "bound": None, "fmr": None, "fnmr": None}
    matches = int(count_at_least(measured.non_mated, threshold))
    found = int(count_at_least(measured.mated, threshold))
    return {
        "threshold": threshold,
        "bound": bound,
        "fmr": matches / len(measured.non_mated),
        "fnmr": 1.0 - found / len(measured.mated),
    }


def row(target: float, outcomes: list[dict[str, Any]]) -> dict[str, Any]:
    """How often each method held a target, and the splits one by one for twinlet's bound."""
    given = {m: [one[m] for one in outcomes if one[m]["fmr"] is not None] for m in METHODS}
    return {
        "given": {method: len(given[method]) for method in METHODS},
        "held": {method: sum(one["fmr"] <= target for one in given[method]) for method in METHODS},
        "mean": {
            method: {
                key: statistics.fmean(one[key] for one in given[method])
                for key in ("threshold", "fmr", "fnmr")
            }
            for method in METHODS
            if given[method]
        },
        "splits": [{"twinlet": one["twinlet"]} for one in outcomes],
    }


def summed(files: dict[str, Any]) -> dict[str, Any]:
    """Over all files: how often each method held each target."""
    return {
        f"{target:g}": {
            method: {
                key: sum(file[f"{target:g}"][key][method] for file in files.values())
                for key in ("held", "given")
            }
            for method in METHODS
        }
        for target in TARGETS
    }


if __name__ == "__main__":
    main()
