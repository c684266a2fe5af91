"""What each setting of a recipe gives: the recipe as it is, and with one thing changed at a time.

Trains through the command line and measures on the *validation* part, at the epoch that training
kept, so that nothing is chosen by the test part. The recipe as it is runs with several seeds: what
a change gives is to be seen beside what chance gives. Adds to `benchmarks/results/choices.json`.
"""

import argparse
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from commandline import earlier_result, named, trained, write_result
from provenance import provenance
from training import words

NOTHING = "nothing"  # the change of the recipe as it is
MEASURED = ("val_auc", "val_eer", "val_fnmr")  # of the recipe's own monitor's best epoch


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("recipe", type=Path, metavar="RECIPE.toml")
    parser.add_argument(
        "changes",
        nargs="*",
        metavar="A.B=C,...",
        help="one training each, with seed 0; commas between what is changed together",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the runs")
    parser.add_argument("--seeds", nargs="+", default=["0", "1"], help="of the recipe as it is")
    parser.add_argument(
        "--at-once", type=int, default=1, metavar="N", help="trainings side by side"
    )
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    tries = [(NOTHING, seed) for seed in args.seeds] + [(change, "0") for change in args.changes]

    def train(one: tuple[str, str]) -> dict[str, Any]:
        change, seed = one
        settings = change.split(",") if change != NOTHING else []
        slug = "" if change == NOTHING else "-" + re.sub(r"[^\w.=-]+", "_", change)
        folder = args.out / f"{args.recipe.stem}-{seed}{slug}"
        return trained(folder, *words(args.recipe, seed, settings))

    with ThreadPoolExecutor(args.at_once) as pool:
        for (change, seed), record in zip(tries, pool.map(train, tries), strict=True):
            keep(args.recipe, change, seed, record)


def keep(recipe: Path, change: str, seed: str, record: dict[str, Any]) -> None:
    """Put one training into the result file, beside those that are there."""
    old = earlier_result("choices")
    changes = old.get("recipes", {}).get(recipe.stem, {}).get("changes", {})
    history, best = record["history"], record["best_epoch"] - 1
    changes.setdefault(change, {})[seed] = {
        "epochs": record["epochs"],
        "best_epoch": record["best_epoch"],
        "cpu_seconds": record["cpu_seconds"],
        **{name: history[name][best] for name in MEASURED},
    }
    others = " ".join(one for one in changes if one != NOTHING)
    seeds = sorted(changes.get(NOTHING, {}), key=int)
    entry = {
        "command": f"python benchmarks/choices.py {named(recipe)} {others} --out DIR --seeds "
        f"{' '.join(seeds)}",
        **provenance(),
        "seeds": [int(one) for one in seeds],
        "changes": changes,
    }
    write_result("choices", {"recipes": {**old.get("recipes", {}), recipe.stem: entry}})


if __name__ == "__main__":
    main()
