"""Tables of what trainings gave on validation images."""

import statistics

from tabulating import grid, load, share, source, spread


def choices(recipe: str) -> str:
    """A recipe with one thing changed at a time, the best first; seeds as mean and range."""
    result = load("choices")["recipes"][recipe]
    rows = []
    for change, runs in result["changes"].items():
        found = list(runs.values())
        auc, eer, fnmr = ([run[f"val_{name}"] for run in found] for name in ("auc", "eer", "fnmr"))
        misses = share(statistics.fmean(fnmr))
        if len(fnmr) > 1:
            misses += f" ({share(min(fnmr))} to {share(max(fnmr))})"
        rows.append(
            (
                -statistics.fmean(auc),
                [
                    change if change == "nothing" else f"`{change.replace(',', '`, `')}`",
                    f"{statistics.fmean(run['cpu_seconds'] for run in found) / 60:.1f}",
                    spread(auc, 4),
                    spread(eer, 4),
                    misses,
                ],
            )
        )
    head = ["changed", "CPU min", "AUC, validation", "EER", "FNMR at FMR 1 %"]
    return grid(head, [row for _, row in sorted(rows)]) + source(result, "choices")
