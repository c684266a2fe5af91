"""Open set: recipes and pytorch-metric-learning on classes that nobody trained on.

Six classes train, the other four test. Every contender starts from the same weights of the same
network and has the same images and the same minutes on the same threads; the online ones take
the very same batches, augmented alike. pytorch-metric-learning runs in an interpreter of its
own (`--peer-python`), in a network that is first proven to compute what Keras does. Writes
`benchmarks/results/open-set-DATASET.json`; what is finished in `--out` is not trained again.
"""

import argparse
import os
import statistics
import sys
import tomllib
from pathlib import Path
from typing import Any

from commandline import earlier_result, named, write_result
from peers.running import COST, limit_threads, run_nothing, run_peer, run_twinlet
from peers.task import OpenSet, measured, opened
from provenance import provenance

from twinlet_train.config import TrainConfig

SHARED = Path(__file__).parent / "recipes" / "open-set.toml"
BATCHES = ("classes_per_batch", "samples_per_class")  # of [fit], shared with the other tables
PEERS = {
    "pml-triplet": "pytorch-metric-learning, TripletMarginLoss (cosine, margin 0.2, mean of "
    "those above 0) with TripletMarginMiner (semi-hard), as in its MNIST example",
    "pml-multi-similarity": "pytorch-metric-learning, MultiSimilarityLoss with "
    "MultiSimilarityMiner, as they are by default",
}
RATES = ("auc", "eer", "fnmr_at_fmr_0.01", "recall_at_1")


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", choices=("cifar10", "fashion-mnist"))
    parser.add_argument("recipes", nargs="*", type=Path, metavar="RECIPE.toml")
    parser.add_argument("--out", type=Path, required=True, help="folder for the runs")
    parser.add_argument("--peer-python", type=Path, help="with pytorch-metric-learning; or none")
    parser.add_argument("--minutes", type=float, default=10.0, help="of each training")
    parser.add_argument(
        "--epochs", type=int, default=0, help="end the online contenders after so many, if sooner"
    )
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of each training")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2], metavar="S")
    parser.add_argument("--split-seed", type=int, default=0, help="which classes train")
    parser.add_argument("--result", help="name of the result file; default open-set-DATA")
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", help="these contenders; others' results are kept"
    )
    args = parser.parse_args()
    limit_threads(args.threads)
    task = opened(config_of(args, seed=0))
    limits = f"{args.minutes:g}min-{args.epochs}epochs-{args.threads}threads"
    folder = args.out / f"{args.data}-split{args.split_seed}-{limits}"
    folder.mkdir(parents=True, exist_ok=True)
    contenders = contenders_of(args)
    for seed in args.seeds:
        for name in args.only or contenders:
            measured_now = run(name, contenders[name], folder, task, args, seed)
            # After each run, so that hours of work do not hang on the last one.
            keep(args, task, name, {**contenders[name], "runs": {str(seed): measured_now}})


def config_of(args: argparse.Namespace, *, seed: int) -> TrainConfig:
    """What the online recipe and the peers are told."""
    return TrainConfig.from_options(
        args.data,
        toml=SHARED,
        settings={
            "split.seed": str(args.split_seed),
            "fit.seed": str(seed),
            "fit.epochs": str(args.epochs),
        },
        minutes=args.minutes,
    )


def contenders_of(args: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """Who takes part: what it is, the words of its command line, its runs."""
    tables = tomllib.loads(SHARED.read_text(encoding="utf-8"))
    fit = {key: tables["fit"][key] for key in BATCHES}
    shared = {name: tables[name] for name in ("split", "model", "augment")}
    words = words_of({**shared, "fit": fit})
    found: dict[str, dict[str, Any]] = {
        "untrained": {"what": "the weights all others start from", "words": None},
        "reference": {
            "what": "the reference recipe: 30,000 triplets drawn once, not augmented, Adam 1e-4, "
            "stopped after 3 epochs without a lower validation loss",
            "words": ["--preset", "reference", *words_of(shared, without="augment")],
        },
        "online": {
            "what": "semi-hard triplets of each batch, cosine, margin 0.4",
            "words": ["--config", str(SHARED)],
        },
    }
    for path in args.recipes:
        if path.stem in {*found, *PEERS}:
            raise SystemExit(f"{path}: a contender is named {path.stem} already; rename the file")
        recipe = tomllib.loads(path.read_text(encoding="utf-8"))
        found[path.stem] = {
            "what": {key: recipe[key] for key in ("loss", "fit") if key in recipe},
            "path": named(path),
            "words": ["--config", str(path), *words],
        }
    if args.peer_python:
        found |= {name: {"what": what, "words": None} for name, what in PEERS.items()}
    unknown = sorted({*(args.only or ())} - {*found})
    if unknown:
        raise SystemExit(f"no contender named {unknown[0]}; expected of {', '.join(found)}")
    return found


def words_of(tables: dict[str, dict[str, Any]], without: str = "") -> list[str]:
    """Settings as words of a command line, but for one table."""
    return [
        word
        for table, keys in tables.items()
        if table != without
        for key, value in keys.items()
        for word in ("--set", f"{table}.{key}={str(value).lower()}")
    ]


def run(
    name: str,
    contender: dict[str, Any],
    folder: Path,
    task: OpenSet,
    args: argparse.Namespace,
    seed: int,
) -> dict[str, Any]:
    """Train one contender with one seed and measure it on the unseen classes."""
    config = config_of(args, seed=seed)
    out = folder / f"{name}-{seed}"
    if name in PEERS:
        record, raw = run_peer(name, out, task, config, args)
    elif contender["words"] is None:
        record, raw = run_nothing(task, config)
    else:
        words = [*contender["words"], "--data", args.data, "--minutes", f"{args.minutes:g}"]
        # An epoch of the reference recipe is not one of the others: only the clock ends it.
        epochs = 0 if name == "reference" else args.epochs
        settings = {"split.seed": args.split_seed, "fit.seed": seed, "fit.epochs": epochs}
        words += [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
        record, raw = run_twinlet(out, task, words)
    rates = measured(raw, task)
    print(f"{name}, seed {seed}: {rates}", file=sys.stderr)
    return {**rates, **record, "minutes": args.minutes, "machine": provenance()["machine"]}


def keep(args: argparse.Namespace, task: OpenSet, name: str, contender: dict[str, Any]) -> None:
    """Put one run into the result, beside what was run before under the same conditions."""
    result = args.result or f"open-set-{args.data}"
    conditions = {
        "split_seed": args.split_seed,
        "epochs": args.epochs,
        "threads": args.threads,
        # Where epochs end a training, each run says which limit of time it had besides.
        **({} if args.epochs else {"minutes": args.minutes}),
    }
    old = earlier_result(result)
    if any(old.get(key) != value for key, value in conditions.items()):
        old = {}
    contenders = old.get("contenders", {})
    runs = {**contenders.get(name, {}).get("runs", {}), **contender["runs"]}
    contenders[name] = {
        "what": contender["what"],
        "path": contender.get("path"),
        "mean": {
            key: round(statistics.fmean(one[key] for one in runs.values()), 5)
            for key in (*RATES, *COST)
        },
        "runs": runs,
    }
    seeds = sorted({int(seed) for one in contenders.values() for seed in one["runs"]})
    limits = {**conditions, "minutes": old.get("minutes", args.minutes), "seeds": seeds}
    content = {
        "command": commands(result, args.data, limits, contenders),
        **provenance(),
        **limits,
        "split": {
            "trained_on": task.seen,
            "tested_on": task.unseen,
            "images": {"train": len(task.splits.train), "validation": len(task.splits.validation)},
            "test": f"all pairs of {len(task.test)} images, drawn evenly from the "
            f"{task.unseen_images} of the unseen classes, none of which trained or chose an epoch",
        },
        "shared": tomllib.loads(SHARED.read_text(encoding="utf-8")),
        "contenders": contenders,
    }
    write_result(result, content)


def commands(result: str, data: str, content: dict[str, Any], contenders: dict[str, Any]) -> str:
    """What runs all of the contenders: a command for each limit of time that some had."""
    limits: dict[tuple[float, str], list[str]] = {}
    for name, one in contenders.items():
        seeds: dict[float, list[int]] = {}
        for seed, run in one["runs"].items():
            seeds.setdefault(run.get("minutes", content["minutes"]), []).append(int(seed))
        for limit, own in seeds.items():
            limits.setdefault((limit, " ".join(map(str, sorted(own)))), []).append(name)
    epochs = f" --epochs {content['epochs']}" if content["epochs"] else ""
    words = []
    for (limit, ran), names in sorted(limits.items()):
        paths = [contenders[name].get("path") for name in names]
        recipes = "".join(f" {path}" for path in paths if path)
        only = f" --only {' '.join(names)}" if len(limits) > 1 else ""
        words.append(
            f"python benchmarks/open_set.py {data}{recipes} --out DIR"
            + (" --peer-python PYTHON" if {*PEERS} & {*names} else "")
            + f" --minutes {limit:g}{epochs} --threads {content['threads']} "
            f"--seeds {ran} --split-seed {content['split_seed']}"
            + (f" --result {result}" if result != f"open-set-{data}" else "")
            + only
        )
    return "; ".join(words)


if __name__ == "__main__":
    main()
