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


def speed() -> str:
    """Where the time of an epoch goes, one row a network."""
    result = load("speed")
    rows = [
        [
            f"`{name}`",
            f"{found['images_per_second']:.0f}",
            f"{found['bare_step_ms']:.0f} ms",
            f"{found['fitted_step_ms']:.0f} ms",
            f"{found['batch_of_images_ms']:.1f} ms",
            f"{found['epoch_s']:.1f} s",
            share(found["verification_share"]),
            share(found["saving_share"]),
            share(found["beyond_bare_steps_share"]),
        ]
        for name, found in result["networks"].items()
    ]
    head = ["network", "images/s", "bare step", "step of `fit`", "a batch of images, by itself"]
    head += ["epoch", "of it verification", "saving", "all but bare steps"]
    return grid(head, rows) + source(result, "speed")
