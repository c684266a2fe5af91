"""What int8 templates cost and save: bytes, error rates, similarities, comparisons a second.

Embeds the test images of each bundle with each of its files and compares all of them with each
other as float32, as int8, and float32 with int8. Rates do not depend on the machine; comparisons a
second do, so compare within one result. Writes `benchmarks/results/templates.json`.
"""

import argparse
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from commandline import write_result
from numpy.typing import NDArray
from provenance import provenance

from twinlet import Verifier, load
from twinlet.bundle import Bundle
from twinlet.compact import quantise
from twinlet.encodings import Encoding, Pairing, stored_bytes
from twinlet.errors import CalibrationError
from twinlet.gallery.identification import Index
from twinlet.metrics import Comparisons, auc, compare_encoded, eer, fmr, fnmr, fnmr_at_fmr
from twinlet.scores import similarity_matrix
from twinlet.templates import normalise
from twinlet_train.data import blocks
from twinlet_train.unseen import Unseen, unseen

TARGETS = (0.01, 0.001)
GALLERY = 100_000  # templates that a probe is compared with
ROUNDS = 31
ROWS = 500  # images whose similarities to all are differenced at once


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("bundles", nargs="+", type=Path, metavar="BUNDLE")
    parser.add_argument("--data", required=True, metavar="SPEC", help="as `twinlet evaluate` has")
    parser.add_argument("--name", default="templates", help="of the result file (templates)")
    args = parser.parse_args()
    names = [path.name for path in args.bundles]
    if len(set(names)) != len(names):
        parser.error(f"bundles are told apart by their file names, got {', '.join(names)}")
    known = not Path(args.data).exists()  # else a path, which is nobody else's business
    result = {
        "command": f"python benchmarks/templates.py {' '.join(names)} --data "
        f"{args.data if known else 'SPEC'}" + f" --name {args.name}" * (args.name != "templates"),
        **provenance(),
        "load": [round(value, 1) for value in os.getloadavg()],
        "bundles": {path.name: measured_bundle(path, args.data) for path in args.bundles},
    }
    write_result(args.name, result)


def measured_bundle(path: Path, spec: str) -> dict[str, Any]:
    """Measure every file, and once how fast templates of its size are compared."""
    manifest = Bundle.open(path).manifest
    chosen = unseen(spec, manifest)
    size = manifest.embedding_size
    return {
        "bundle_id": manifest.bundle_id,
        "protocol": chosen.protocol,
        "images": len(chosen.images),
        "dimensions": size,
        "bytes": {encoding.value: stored_bytes(encoding, size) for encoding in Encoding},
        "files": {name: measured_file(load(path, file=name), chosen) for name in manifest.files},
        "speed": speed(size),
    }


def measured_file(verifier: Verifier, chosen: Unseen) -> dict[str, Any]:
    """Error rates of one file in each pairing, and how far similarities move."""
    templates = np.concatenate([verifier.embed(block) for block in blocks(chosen.images)])
    pairings = {}
    for pairing in Pairing:
        comparisons = compare_encoded(templates, chosen.labels, pairing)
        pairings[pairing.value] = {
            "auc": auc(comparisons),
            "eer": eer(comparisons),
            # Where each pairing may choose its threshold on these comparisons: what is lost.
            "fnmr_at_fmr": {f"{t:g}": fnmr_at_fmr(comparisons, t) for t in TARGETS},
            # What a device does: at the pairing's own thresholds, and at those of float32.
            "calibrated": points(comparisons, verifier, pairing),
            "at_float32_thresholds": points(comparisons, verifier, Pairing.FLOAT32),
        }
    return {"pairings": pairings, "largest_difference": differences(templates)}


def points(comparisons: Comparisons, verifier: Verifier, pairing: Pairing) -> dict[str, Any]:
    """Measured rates at a pairing's thresholds, without targets that have none."""
    thresholds = {}
    for target in TARGETS:
        try:
            thresholds[target] = verifier.at(target).threshold_for(pairing)
        except CalibrationError as error:
            print(f"{verifier.file}, {pairing}: left out: {error}")
    return {
        f"{target:g}": {
            "threshold": threshold,
            "fmr": float(fmr(comparisons, threshold)),
            "fnmr": float(fnmr(comparisons, threshold)),
        }
        for target, threshold in thresholds.items()
    }


def differences(templates: NDArray[np.float32]) -> dict[str, float]:
    """The largest difference of any comparison's similarity from that of float32 templates."""
    numbers = quantise(templates).numbers
    largest = dict.fromkeys((Pairing.CROSS.value, Pairing.INT8.value), 0.0)
    for start in range(0, len(templates), ROWS):
        part = slice(start, start + ROWS)
        exact = similarity_matrix(templates[part], templates)
        for pairing, probes in ((Pairing.CROSS, templates), (Pairing.INT8, numbers)):
            moved = np.abs(similarity_matrix(probes[part], numbers) - exact)
            # An image is not compared with itself.
            moved[np.arange(len(moved)), np.arange(start, start + len(moved))] = 0.0
            largest[pairing.value] = max(largest[pairing.value], float(moved.max()))
    return largest


def speed(size: int) -> dict[str, Any]:
    """Compare one probe with a gallery of made-up templates, the pairings in turn."""
    vectors = normalise(np.random.default_rng(0).normal(size=(GALLERY, size)))
    numbers = quantise(vectors).numbers
    ids, starts = tuple(map(str, range(GALLERY))), np.arange(GALLERY)
    exact, small = Index(ids, starts, vectors), Index(ids, starts, numbers)
    calls: Mapping[Pairing, Callable[[], object]] = {
        Pairing.FLOAT32: lambda: exact.cosines(vectors[0]),
        Pairing.CROSS: lambda: small.cosines(vectors[0]),
        Pairing.INT8: lambda: small.cosines(numbers[0]),
    }
    times: dict[Pairing, list[float]] = {pairing: [] for pairing in calls}
    for _ in range(ROUNDS + 1):
        for pairing, call in calls.items():
            started = time.perf_counter()
            call()
            times[pairing].append(time.perf_counter() - started)
    rates = {pairing.value: GALLERY / median(taken[1:]) for pairing, taken in times.items()}
    return {
        "templates": GALLERY,
        "comparisons_per_second": {pairing: round(rate) for pairing, rate in rates.items()},
        "times_float32": {
            pairing: round(rate / rates["float32"], 3) for pairing, rate in rates.items()
        },
    }


if __name__ == "__main__":
    main()
