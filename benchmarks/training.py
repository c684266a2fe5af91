"""What training gives: recipes side by side, several seeds each, measured in Keras.

Trains every recipe with every seed through the command line and writes
`benchmarks/results/NAME.json`. A finished run folder is not trained again, an unfinished one
goes on, and recipes of an earlier result of the same name are kept unless they are run again.
"""

import argparse
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from commandline import earlier_result, named, trained, write_result
from provenance import provenance

KEPT = (
    "weights", "epochs", "best_epoch", "stopped_by", "seconds", "cpu_seconds",
    "images_per_second", "history", "test",
)  # fmt: skip


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("name", help="of the result file")
    parser.add_argument("recipes", nargs="+", type=Path, metavar="RECIPE.toml")
    parser.add_argument("--out", type=Path, required=True, help="folder for the runs")
    parser.add_argument("--seeds", nargs="+", default=["0"], metavar="S")
    parser.add_argument("--set", action="append", default=[], dest="settings", metavar="A.B=C")
    parser.add_argument(
        "--at-once", type=int, default=1, metavar="N", help="trainings side by side"
    )
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    runs = [(path, seed) for path in args.recipes for seed in args.seeds]

    def train(run: tuple[Path, str]) -> dict[str, Any]:
        path, seed = run
        return trained(args.out / f"{path.stem}-{seed}", *words(path, seed, args.settings))

    with ThreadPoolExecutor(args.at_once) as pool:
        for (path, seed), record in zip(runs, pool.map(train, runs), strict=True):
            # After each run, so that hours of work do not hang on the last one.
            keep(args.name, path, seed, record, args)


def words(recipe: Path, seed: str, settings: list[str]) -> list[str]:
    """The command line of one training."""
    pairs = [*settings, f"fit.seed={seed}"]
    return ["--config", str(recipe), *(word for pair in pairs for word in ("--set", pair))]


def keep(
    name: str, recipe: Path, seed: str, record: dict[str, Any], args: argparse.Namespace
) -> None:
    """Put one run into the result file."""
    result = earlier_result(name)
    runs = result.get("recipes", {}).get(recipe.stem, {}).get("runs", {})
    runs[seed] = {
        **{key: record[key] for key in KEPT},
        "machine": record["machine"],
        "versions": record["versions"],
        "finished": record["finished"],
    }
    described = {
        "path": named(recipe),
        "set": sorted({setting.partition("=")[0] for setting in args.settings}),
        "at_once": args.at_once,
        "recipe": tomllib.loads(recipe.read_text(encoding="utf-8")),
        "runs": dict(sorted(runs.items())),
    }
    recipes = {**result.get("recipes", {}), recipe.stem: described}
    write_result(name, {"command": commands(name, recipes), **provenance(), "recipes": recipes})


def commands(name: str, recipes: dict[str, Any]) -> str:
    """What trains all of the recipes: a command for those with the same seeds and settings."""
    groups: dict[str, list[str]] = {}
    for entry in recipes.values():
        words = f"--out DIR --seeds {' '.join(entry['runs'])}"
        words += "".join(f" --set {key}=..." for key in entry["set"])
        at_once = entry.get("at_once", 1)
        words += f" --at-once {at_once}" if at_once > 1 else ""
        groups.setdefault(words, []).append(entry["path"])
    return "; ".join(
        f"python benchmarks/training.py {name} {' '.join(paths)} {words}"
        for words, paths in groups.items()
    )


if __name__ == "__main__":
    main()
