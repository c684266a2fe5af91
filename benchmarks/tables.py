"""Write the tables of both READMEs from the result files; `--check` only compares."""

import argparse
import re
import statistics
import sys
from functools import partial
from pathlib import Path

from tables_bundle import brief, resizing, templates, tunings, twelve
from tables_intervals import intervals
from tables_metrics import galleries, metrics_speed, one_to_many
from tables_promises import promised_files, promises
from tables_training import choices, speed
from tabulating import grid, load, share, source, spread

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", ROOT / "benchmarks" / "README.md")


def main() -> int:
    """Write, or check; 1 when a page is not current."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    stale = 0
    for page in PAGES:
        old = page.read_text(encoding="utf-8")
        new = rewritten(old)
        if new == old:
            continue
        stale = 1
        if args.check:
            print(f"{page} is not what benchmarks/tables.py writes", file=sys.stderr)
        else:
            page.write_text(new, encoding="utf-8")
    return stale if args.check else 0


def rewritten(text: str) -> str:
    """Replace what stands between `<!-- table: NAME -->` and `<!-- end -->`."""

    def table(match: re.Match[str]) -> str:
        name = match.group(1)
        return f"<!-- table: {name} -->\n{TABLES[name]()}\n<!-- end -->"

    return re.sub(r"<!-- table: ([\w-]+) -->.*?<!-- end -->", table, text, flags=re.DOTALL)


def cifar10_recipes() -> str:
    """Both recipes in Keras, on the test split."""
    result = load("cifar10")
    rows = []
    for name, recipe in result["recipes"].items():
        train = recipe["train"]
        pairs, every = train["test"]["recipe_pairs"], train["test"]["all_pairs"]
        rows.append(
            [
                f"`{name}`",
                f"{train['epochs']} epochs, {train['seconds'] / 60:.0f} min "
                f"({train['cpu_seconds'] / 60:.0f} CPU min)",
                f"{pairs['auc']:.3f}",
                f"{pairs['eer']:.3f}",
                share(pairs["fnmr_at_fmr"]["0.01"]),
                share(pairs["fnmr_at_fmr"]["0.1"]),
                f"{every['auc']:.3f}",
                f"{every['eer']:.3f}",
                share(every["fnmr_at_fmr"]["0.01"]),
                share(every["fnmr_at_fmr"]["0.1"]),
                f"{every['recall_at_1']:.3f}",
            ]
        )
    head = ["recipe", "training", "AUC", "EER", "FNMR at FMR 1 %", "at 10 %", "AUC, all pairs"]
    head += ["EER", "FNMR at FMR 1 %", "at 10 %", "recall@1"]
    return grid(head, rows) + source(result, "cifar10")


def fashion_open_set() -> str:
    """Unseen classes of Fashion-MNIST."""
    result = load("fashion-mnist")
    rows = []
    for name, recipe in result["recipes"].items():
        files = recipe["evaluate"]["files"]
        file = files.get("litert-fp32") or files["onnx-fp32"]
        point = file["fmr"]["0.01"]
        rows.append(
            [
                f"`{name}`",
                recipe["train"]["split"]["protocol"],
                f"{file['auc']:.3f}",
                f"{file['eer']:.3f}",
                f"{100 * point['fmr']:.2f} %",
                share(point["fnmr"]),
                f"{file['recall_at_1']:.3f}",
            ]
        )
    head = ["recipe", "protocol", "AUC", "EER", "FMR measured at the threshold for 1 %"]
    return grid([*head, "FNMR there", "recall@1"], rows) + source(result, "fashion-mnist")


def tried(name: str) -> str:
    """One row a recipe of a `training.py` result, the best first; several seeds as mean and range.

    The first two rates are of the reference recipe's pairs, the others of all pairs.
    """
    result = load(name)
    rows = []
    for recipe, entry in result["recipes"].items():
        runs = list(entry["runs"].values())
        known = [run["cpu_seconds"] for run in runs if run["cpu_seconds"] is not None]
        pairs, every = (
            [run["test"][part] for run in runs] for part in ("recipe_pairs", "all_pairs")
        )
        rows.append(
            (
                -statistics.fmean(one["auc"] for one in every),
                [
                    f"`{recipe}`",
                    str(len(runs)),
                    f"{statistics.fmean(run['epochs'] for run in runs):.0f}",
                    f"{statistics.fmean(known) / 60:.1f}",
                    spread([one["auc"] for one in pairs], 3),
                    spread([one["eer"] for one in pairs], 3),
                    spread([one["auc"] for one in every], 4),
                    spread([one["eer"] for one in every], 4),
                    share(statistics.fmean(one["fnmr_at_fmr"]["0.01"] for one in every)),
                    spread([one["recall_at_1"] for one in every], 4),
                ],
            )
        )
    head = ["recipe", "seeds", "epochs", "CPU min", "AUC", "EER", "AUC, all pairs", "EER"]
    head += ["FNMR at FMR 1 %", "recall@1"]
    return grid(head, [row for _, row in sorted(rows)]) + source(result, name)


def accelerated(name: str) -> str:
    """One row a run of a `training.py` result that an accelerator took part in."""
    rows = []
    for recipe, entry in load(name)["recipes"].items():
        for seed, run in entry["runs"].items():
            machine, every = run["machine"], run["test"]["all_pairs"]
            rows.append(
                [
                    f"`{recipe}`, seed {seed}",
                    f"{', '.join(machine['accelerators'])} under {machine['backend']}",
                    f"{run['epochs']}, of which {run['best_epoch']} kept",
                    f"{run['seconds'] / 60:.1f}",
                    f"{statistics.median(run['history']['images_per_second']):.0f}",
                    f"{every['auc']:.4f}",
                    f"{every['eer']:.4f}",
                    share(every["fnmr_at_fmr"]["0.01"]),
                    f"{every['recall_at_1']:.4f}",
                ]
            )
    head = ["recipe", "on", "epochs", "minutes", "images/s", "AUC, all pairs", "EER"]
    return grid([*head, "FNMR at FMR 1 %", "recall@1"], rows) + (
        f"\n\n<sub>`benchmarks/results/{name}.json`; made by `{load(name)['command']}`</sub>"
    )


def open_set(name: str) -> str:
    """Recipes and pytorch-metric-learning on classes that nobody trained on."""
    result = load(name)
    rows = []
    for contender, entry in result["contenders"].items():
        runs = list(entry["runs"].values())
        mean = entry["mean"]
        rows.append(
            [
                f"`{contender}`",
                f"{mean['epochs']:.0f} epochs, {mean['seconds'] / 60:.1f} min "
                f"({mean['cpu_seconds'] / 60:.1f} CPU min)",
                *(
                    spread([run[key] for run in runs], digits)
                    for key, digits in (
                        ("images_per_second", 0),
                        ("auc", 3),
                        ("eer", 3),
                        ("recall_at_1", 3),
                    )
                ),
            ]
        )
    head = ["training", "took", "images/s", "AUC", "EER", "recall@1"]
    return grid(head, rows) + source(result, name)


def memory() -> str:
    """Peak memory of opening and training, streamed and not."""
    result = load("memory")
    idle = ["Keras alone", "", "", "", "", f"{result['idle_peak_rss_mb']:.0f} MiB", ""]
    rows = [idle] + [
        [
            name,
            f"{case['images']:,}",
            f"{case['decoded_mb']:.0f} MiB",
            f"{case['open']['seconds']:.0f} s",
            f"{case['open']['peak_rss_mb']:.0f} MiB",
            f"{case['train']['peak_rss_mb']:.0f} MiB",
            f"{case['train']['images_per_second']:.0f}",
        ]
        for name, case in result["cases"].items()
    ]
    head = ["data", "images", "decoded", "opening", "peak, opening", "peak, training", "images/s"]
    return grid(head, rows) + source(result, "memory")


def other_inputs() -> str:
    """Sound and text, the first file of each bundle."""
    rows = []
    sources = []
    for name in ("sound", "text"):
        result = load(name)
        sources.append(source(result, name))
        for recipe_name, recipe in result["recipes"].items():
            protocol = recipe["train"]["split"]["protocol"].partition(":")[0]
            file, int8 = (recipe["evaluate"]["files"][f"litert-{p}"] for p in ("fp32", "int8"))
            point = file["fmr"]["0.01"]
            rows.append(
                [
                    f"`{recipe_name}`, {protocol}",
                    f"{recipe['train']['seconds']:.0f} s",
                    f"{result['untrained_auc'][recipe_name]:.3f}",
                    f"{file['auc']:.3f}",
                    f"{int8['auc']:.3f}",
                    f"{file['eer']:.3f}",
                    f"{100 * point['fmr']:.2f} %",
                    share(point["fnmr"]),
                    f"{file['recall_at_1']:.3f}",
                ]
            )
    head = ["recipe", "training", "AUC of the inputs themselves", "AUC, `litert-fp32`"]
    head += ["`litert-int8`", "EER", "FMR measured at the threshold for 1 %", "FNMR there"]
    return grid([*head, "recall@1"], rows) + "".join(sources)


TABLES = {
    "cifar10-recipes": cifar10_recipes,
    "cifar10-files": partial(brief, "cifar10-balanced"),
    "twelve-cifar10": partial(twelve, "cifar10-balanced"),
    "twelve-best": partial(twelve, "cifar10-halved-3-cosface"),
    "twelve-fashion": partial(twelve, "fashion-small"),
    "tuning": partial(tunings, "cifar10-balanced-1"),
    "fashion-open-set": fashion_open_set,
    "tried-losses": partial(tried, "losses"),
    "choices": partial(choices, "cifar10-quick"),
    "speed": speed,
    "open-set-choice": partial(open_set, "open-set-choice"),
    "open-set-fashion-choice": partial(open_set, "open-set-fashion-choice"),
    "open-set-probes": partial(open_set, "open-set-probes"),
    "cifar10-training": partial(tried, "cifar10-training"),
    "cifar10-gpu": partial(accelerated, "cifar10-gpu"),
    "open-set-cifar10": partial(open_set, "open-set-cifar10"),
    "open-set-fashion-mnist": partial(open_set, "open-set-fashion-mnist"),
    "memory": memory,
    "resizing": resizing,
    "other-inputs": other_inputs,
    "templates": templates,
    "intervals": intervals,
    "promises": promises,
    "promised-files": promised_files,
    "metrics-speed": metrics_speed,
    "one-to-many": one_to_many,
    "galleries": galleries,
}


if __name__ == "__main__":
    sys.exit(main())
