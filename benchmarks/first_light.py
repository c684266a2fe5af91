"""The whole way through the command line, for real, with what it took and what it gave.

Trains each recipe, exports it, verifies two image files, enrols and identifies, evaluates and
times every file, and writes `benchmarks/results/NAME.json`. A run folder that is finished is
not trained again, an unfinished one is resumed.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from commandline import trained, twinlet, write_result
from provenance import provenance

ENROLLED_EACH = 3  # images of each identity in the gallery
FPIR = "0.1"  # the lowest that the calibrations of all recipes support for their galleries


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", help="of the result file")
    parser.add_argument("recipes", nargs="+", type=Path, metavar="RECIPE.toml")
    parser.add_argument("--out", type=Path, required=True, help="folder for runs and bundles")
    parser.add_argument("--minutes", type=float, help="limit of each training")
    parser.add_argument("--set", action="append", default=[], dest="settings", metavar="A.B=C")
    parser.add_argument(
        "--point-estimates", action="store_true", help="for data that supports no promise"
    )
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    result = {
        "command": "python benchmarks/first_light.py "
        + " ".join(
            [args.name, *(path.as_posix() for path in args.recipes), "--out", "DIR"]
            + (["--minutes", f"{args.minutes:g}"] if args.minutes else [])
            + ["--point-estimates"] * args.point_estimates
            + [f"--set {setting.partition('=')[0]}=..." for setting in args.settings]
        ),
        **provenance(),
        "recipes": {path.stem: walk(path, args) for path in args.recipes},
    }
    write_result(args.name, result)


def walk(recipe: Path, args: argparse.Namespace) -> dict[str, Any]:
    """Take one recipe from images to decisions."""
    run, bundle = args.out / recipe.stem, args.out / f"{recipe.stem}.twin"
    words = ["--config", str(recipe)]
    words += [word for setting in args.settings for word in ("--set", setting)]
    words += ["--minutes", f"{args.minutes:g}"] if args.minutes else []
    record = trained(run, *words)
    words = ["export", str(run), "--out", str(bundle)]
    words += ["--point-estimates"] * args.point_estimates
    export, export_seconds = twinlet(*words, allowed=(0, 1))
    spec = record["config"]["data"]["spec"]
    decisions = decide(run, bundle, args.out / f"{recipe.stem}-samples")
    evaluate, evaluate_seconds = twinlet("evaluate", str(bundle), "--data", spec, "--file", "all")
    bench, _ = twinlet("bench", str(bundle), "--file", "all")
    return {
        "train": {
            key: record[key]
            for key in (
                "config", "seed", "split", "weights", "epochs", "best_epoch", "stopped_by",
                "seconds", "cpu_seconds", "images_per_second", "history", "test",
            )
        },
        "export": {**export, "bundle": bundle.name, "seconds": round(export_seconds, 1)},
        "decisions": decisions,
        "evaluate": {**evaluate, "seconds": round(evaluate_seconds, 1)},
        "bench": bench,
        "unreadable": len(record["data"]["unreadable"]),
    }  # fmt: skip


def decide(run: Path, bundle: Path, samples: Path) -> dict[str, Any]:
    """Verify two image files, enrol all identities of the test split, identify one image."""
    files = write_samples(run, samples)
    names = list(files)
    gallery = samples / "gallery.db"
    gallery.unlink(missing_ok=True)
    same, _ = twinlet("verify", str(bundle), *files[names[0]][:2], allowed=(0, 1))
    other, _ = twinlet(
        "verify", str(bundle), files[names[0]][0], files[names[1]][0], allowed=(0, 1)
    )
    for name in names:
        twinlet("enroll", str(bundle), "--gallery", str(gallery), name, *files[name][1:])
    words = ["identify", str(bundle), "--gallery", str(gallery), "--fpir", FPIR]
    found, _ = twinlet(*words, files[names[0]][0], allowed=(0, 1))
    return {
        "verify_mated": {"classes": [names[0], names[0]], **same},
        "verify_non_mated": {"classes": names[:2], **other},
        "identify": {"class": names[0], "enrolled": len(names), **found},
    }


def write_samples(run: Path, folder: Path) -> dict[str, list[str]]:
    """Write a few images of each identity of the test split as PNG files, vectors as .npy."""
    from PIL import Image

    from twinlet_train import load_run

    opened = load_run(run)
    data = opened.data()
    test = opened.splits(data).test
    folder.mkdir(exist_ok=True)
    files: dict[str, list[str]] = {}
    for index in test:
        own = files.setdefault(data.class_names[int(data.labels[index])], [])
        if len(own) <= ENROLLED_EACH:
            path = folder / f"{data.class_names[int(data.labels[index])]}-{len(own)}.png"
            image = data.images[index]
            if data.contract.is_vector:
                path = path.with_suffix(".npy")
                np.save(path, image, allow_pickle=False)
            else:
                Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).save(path)
            own.append(str(path))
    return files


if __name__ == "__main__":
    main()
