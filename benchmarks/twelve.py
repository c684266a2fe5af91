"""All twelve files of a bundle side by side: size, latency, error rates, likeness to the twin.

Trains each recipe (a finished run folder in `--out` is not trained again), exports every file
with one command, times all files against one another with one thread and with two, and writes
`benchmarks/results/twelve.json` with what was promised and whether it was kept. Recipes of an
earlier result are kept unless they are run again; `--time-again` only times their bundles.

Timed twice: in rows of calls of one file, as an app embeds and as `twinlet bench` times, the files
taking turns by rows; and in turn by single calls, where the weights of the other files push those
of each out of the processor's caches.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from commandline import earlier_result, named, trained, twinlet, write_result
from provenance import provenance

from twinlet import load
from twinlet.bundle import Bundle, Manifest
from twinlet.commands.latency import interleaved

FMRS = ("0.01", "0.001")
THREADS = (1, 2)
RUNS = 300  # timed calls of each file and number of threads, by single calls
ROWS, IN_A_ROW, FIRST = 12, 25, 5  # rows of a file, timed calls of a row, and others before them
MINUTES = 20.0  # for all files, promised for MobileNetV2 at 32 px


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("recipes", nargs="+", type=Path, metavar="RECIPE.toml")
    parser.add_argument("--out", type=Path, required=True, help="folder for runs and bundles")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--set", action="append", default=[], dest="settings", metavar="A.B=C")
    parser.add_argument(
        "--time-again", action="store_true", help="measure the latency of bundles that are there"
    )
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for path in args.recipes:
        if args.time_again:
            time_again(path, args)
        else:
            keep(path, args, walk(path, args))


def walk(recipe: Path, args: argparse.Namespace) -> dict[str, Any]:
    """Train, export, time."""
    run = args.out / f"{recipe.stem}-{args.seed}"
    settings = [*args.settings, f"fit.seed={args.seed}"]
    words = [word for setting in settings for word in ("--set", setting)]
    record = trained(run, "--config", str(recipe), *words)
    bundle = args.out / f"{run.name}.twin"
    exported, seconds = twinlet(
        "export", str(run), "--out", str(bundle), "--fmr", *FMRS, allowed=(0, 1)
    )
    manifest = Bundle.open(bundle).manifest
    latency = {str(threads): timed(bundle, threads) for threads in THREADS}
    files = {name: described(manifest, name, latency) for name in manifest.files}
    return {
        "seed": args.seed,
        "train": {"epochs": record["epochs"], "test": record["test"]},
        "seconds": round(seconds, 1),
        "files": files,
        "left_out": exported["left_out"],
        "tuning": exported["tuning"],
        "promises": promises(files, seconds),
    }


def time_again(recipe: Path, args: argparse.Namespace) -> None:
    """Measure the latency of a recipe's bundle anew, and what was set out for it."""
    recipes = earlier_result("twelve")["recipes"]
    bundle = args.out / f"{recipe.stem}-{args.seed}.twin"
    entry = recipes[recipe.stem]
    if set(Bundle.open(bundle).manifest.files) != set(entry["files"]):
        raise SystemExit(f"{bundle} is not the one of the result; run without --time-again")
    latency = {str(threads): timed(bundle, threads) for threads in THREADS}
    for name, file in entry["files"].items():
        file |= taken(name, latency)
    entry["promises"] = promises(entry["files"], entry["seconds"])
    entry["timed"] = provenance()
    write_result("twelve", {"recipes": recipes})


def timed(bundle: Path, threads: int) -> dict[str, dict[str, float]]:
    """Median milliseconds of embedding one image: in rows, and in turn by single calls."""
    opened = Bundle.open(bundle)
    probe = opened.golden().probes[:1]
    verifiers = {name: load(bundle, file=name, threads=threads) for name in opened.manifest.files}
    calls = {
        name: lambda verifier=verifier: verifier.embed(probe)
        for name, verifier in verifiers.items()
    }
    return {
        "embed_p50_ms": in_rows(calls),
        "in_turn_p50_ms": {name: times.p50 for name, times in interleaved(calls, RUNS).items()},
    }


def in_rows(calls: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median milliseconds of each call, many times in a row, the rows of all in turn."""
    elapsed: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROWS):
        for name, call in calls.items():
            for run in range(-FIRST, IN_A_ROW):
                start = time.perf_counter()
                call()
                duration = time.perf_counter() - start
                if run >= 0:
                    elapsed[name].append(1e3 * duration)
    return {name: median(times) for name, times in elapsed.items()}


def taken(name: str, latency: dict[str, dict[str, dict[str, float]]]) -> dict[str, Any]:
    """The times of one file, by number of threads."""
    return {
        way: {threads: ways[way][name] for threads, ways in latency.items()}
        for way in ("embed_p50_ms", "in_turn_p50_ms")
    }


def described(
    manifest: Manifest, name: str, latency: dict[str, dict[str, dict[str, float]]]
) -> dict[str, Any]:
    """What the table shows of one file."""
    entry = manifest.files[name]
    return {
        "bytes": entry.bytes,
        # Of pruned and clustered files, whose zeros and repeats only a compressor makes use of.
        "compressed_bytes": manifest.provenance["compressed_bytes"].get(name),
        **taken(name, latency),
        "auc": entry.evaluation["auc"],
        "eer": entry.evaluation["eer"],
        "fnmr": {
            f"{point.target:g}": {"value": point.fnmr, "interval": list(point.fnmr_interval)}
            for point in entry.operating_points
        },
        "parity": dict(entry.parity["points"]),
    }


def promises(files: dict[str, Any], seconds: float) -> dict[str, Any]:
    """What was set out for the files, and what came of it, at the first False Match Rate."""
    first = FMRS[0]
    kept: dict[str, Any] = {
        f"{name} decides as the twin in at least 99.9 %": likeness(files[name], first)
        for name in ("litert-fp16", "onnx-fp16")
        if name in files
    }
    for engine in ("litert", "onnx"):
        whole = files.get(f"{engine}-fp32")
        for name in (f"{engine}-int8", f"{engine}-int8-qat"):
            if whole and name in files:
                kept |= eight_bits(name, files[name], whole, first)
        plain, tuned = (files.get(f"{engine}-int8{end}") for end in ("", "-qat"))
        if plain and tuned:
            kept[f"{engine}-int8-qat recovers half of what int8 loses"] = recovery(
                plain, tuned, first
            )
    kept["all files within 20 minutes"] = {
        "value": round(seconds / 60, 1),
        "kept": seconds <= 60 * MINUTES,
    }
    return kept


def likeness(file: dict[str, Any], rate: str) -> dict[str, Any]:
    """Agreement of decisions with the twin."""
    agreement = file["parity"][rate]["agreement"]
    return {**agreement, "kept": agreement["value"] >= 0.999}


def eight_bits(name: str, file: dict[str, Any], whole: dict[str, Any], rate: str) -> dict[str, Any]:
    """Misses, bytes and latency of a file in 8 bits beside the float32 file."""
    lost = file["parity"][rate]["more_misses"]
    low, high = lost["interval"]
    bytes_ratio = file["bytes"] / whole["bytes"]
    times, in_turn = (
        file[way]["1"] / whole[way]["1"] for way in ("embed_p50_ms", "in_turn_p50_ms")
    )
    found = {
        f"{name} misses no more than the twin beyond the interval, or at most 1 point": {
            **lost,
            "kept": low <= 0.0 <= high or lost["value"] <= 0.01,
        },
        f"{name} has at most 0.30 of the bytes": {
            "value": round(bytes_ratio, 3),
            "kept": bytes_ratio <= 0.30,
        },
    }
    if name.startswith("litert"):
        found[f"{name} takes at most half the time"] = {
            "value": round(times, 3),
            "in_turn": round(in_turn, 3),
            "kept": times <= 0.5,
        }
    return found


def recovery(plain: dict[str, Any], tuned: dict[str, Any], rate: str) -> dict[str, Any]:
    """How much of the misses that quantization added tuning takes back."""
    lost, after = (file["parity"][rate]["more_misses"] for file in (plain, tuned))
    if lost["interval"][0] <= 0.0:
        return {"value": None, "kept": True, "why": "int8 loses nothing beyond its interval"}
    share = (lost["value"] - after["value"]) / lost["value"]
    return {"value": round(share, 3), "kept": share >= 0.5}


def keep(recipe: Path, args: argparse.Namespace, walked: dict[str, Any]) -> None:
    """Put one recipe into the result file."""
    old = earlier_result("twelve")
    keys = sorted({setting.partition("=")[0] for setting in args.settings})
    recipes = {
        **old.get("recipes", {}),
        recipe.stem: {
            "command": f"python benchmarks/twelve.py {named(recipe)} --out DIR --seed {args.seed}"
            + "".join(f" --set {key}=..." for key in keys),
            **provenance(),
            **walked,
        },
    }
    write_result("twelve", {"recipes": recipes})


if __name__ == "__main__":
    main()
