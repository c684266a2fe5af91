"""Peak memory and speed of training from disk: CIFAR-10, and a folder of very many files.

Opens each data set once by itself and trains the backbone `tiny` on it through the command line
for an epoch, each in a process of its own. Writes
`benchmarks/results/memory.json`: peaks of memory (RSS), seconds to open, images a second.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from commandline import write_result
from provenance import provenance

CLASSES = 100
SIDE = 32
STREAMED_MB = 0  # of decoded images in memory: all of them stream
IN_MEMORY_MB = 1024  # the default
# A step of the online recipe takes 10 classes x 12 images.
BATCH = 120


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder for data and runs")
    parser.add_argument("--files", type=int, default=200_000, help="of the made-up folder")
    parser.add_argument("--epochs", type=int, default=1, help="of each training")
    parser.add_argument("--result", default="memory", help="name of the result file")
    parser.add_argument("--no-cifar10", action="store_true", help="only the made-up folder")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    folder = args.out / f"made-{args.files}"
    made = make_folder(folder, args.files)
    cases = {
        f"{args.files} files, streamed": (str(folder), STREAMED_MB),
        f"{args.files} files, in memory": (str(folder), IN_MEMORY_MB),
    }
    if not args.no_cifar10:
        cases |= {
            "cifar10, streamed": ("cifar10", STREAMED_MB),
            "cifar10, in memory": ("cifar10", IN_MEMORY_MB),
        }
    result = {
        "command": f"python benchmarks/memory.py --out DIR --files {args.files} "
        f"--epochs {args.epochs}"
        + (" --no-cifar10" if args.no_cifar10 else "")
        + (f" --result {args.result}" if args.result != "memory" else ""),
        **provenance(),
        "idle_peak_rss_mb": measured(IDLE)["peak_rss_mb"],
        "made_seconds": made,
        "cases": {name: train(spec, memory_mb, args) for name, (spec, memory_mb) in cases.items()},
    }
    write_result(args.result, result)


def make_folder(folder: Path, count: int) -> float:
    """Write so many JPEG files, each another image, in class folders; give the seconds.

    A class has a pattern, an image adds blobs of its own: distinct files, something to learn.
    """
    import numpy as np
    from PIL import Image

    started = time.perf_counter()
    done = folder / "done"  # outside of every class folder, so no image of anybody
    if done.exists():
        return float(done.read_text(encoding="utf-8"))
    for label in range(CLASSES):
        place = folder / f"class-{label:03d}"
        place.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng([label, count])
        pattern = rng.integers(0, 256, (4, 4, 3))
        for i in range(label, count, CLASSES):
            coarse = (pattern + rng.integers(-60, 60, (4, 4, 3))).clip(0, 255).astype(np.uint8)
            image = Image.fromarray(coarse).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
            image.save(place / f"{i:06d}.jpg", quality=85)
    seconds = round(time.perf_counter() - started, 1)
    done.write_text(str(seconds), encoding="utf-8")
    return seconds


def train(spec: str, memory_mb: int, args: argparse.Namespace) -> dict[str, Any]:
    """Open alone, then train, and look at what each took."""
    opened = measured(OPEN, spec, str(memory_mb))
    with tempfile.TemporaryDirectory(dir=args.out) as temporary:
        run = Path(temporary) / "run"
        words = ["train", "--data", spec, "--out", str(run), "--epochs", str(args.epochs)]
        for setting in ("model.backbone=tiny", f"data.memory_mb={memory_mb}"):
            words += ["--set", setting]
        peak, seconds = watched(words)
        record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    images = sum(record["data"]["counts"].values())
    contract = record["data"]["contract"]
    size = images * contract["height"] * contract["width"] * contract["channels"]
    return {
        "images": images,
        "decoded_mb": round(size / 2**20, 1),
        "memory_mb": memory_mb,
        "open": opened,
        "train": {
            "peak_rss_mb": peak,
            "seconds": seconds,
            "images_per_second": record["images_per_second"],
            "epochs": record["epochs"],
            "steps": record["epochs"] * (record["split"]["images"]["train"] // BATCH),
            "compared": record["split"]["compared"],
            "test_auc": record["test"]["all_pairs"]["auc"],
        },
    }


def watched(words: list[str]) -> tuple[float, float]:
    """Peak RSS in MiB, and seconds, of one command."""
    print("twinlet", *words, file=sys.stderr)
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "twinlet", *words, "--json"], stdout=subprocess.DEVNULL
    )
    # wait4 tells of this one child; getrusage(RUSAGE_CHILDREN) of the largest so far.
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"twinlet {words[0]} ended with exit code {process.returncode}")
    return round(usage.ru_maxrss / 1024, 1), round(time.perf_counter() - started, 1)


# What a process of its own does, before it tells its peak and its seconds.
IDLE = "from twinlet_train.quiet import start_keras; start_keras()"
OPEN = (
    "import sys; from twinlet_train.data import open_data; "
    "open_data(sys.argv[1], memory_mb=int(sys.argv[2])).fingerprint"
)
TELL = (
    "; import json, resource; print(json.dumps({'seconds': round(time.perf_counter() - started, "
    "1), 'peak_rss_mb': round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)}))"
)


def measured(code: str, *words: str) -> dict[str, float]:
    """Run code in a process of its own; give its seconds and its peak RSS in MiB."""
    code = "import time; started = time.perf_counter(); " + code + TELL
    done = subprocess.run(
        [sys.executable, "-c", code, *words], stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    main()
