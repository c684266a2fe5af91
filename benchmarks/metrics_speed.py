"""Speed and memory of the metrics, for a million comparisons and many more.

Templates of made-up identities are compared with all others. Each step runs in a process of its
own, so that peaks of memory (RSS) can be told apart; where a step needs the result of another, as
areas need comparisons, that is made first and not timed, but held. On one thread, and in CPU
seconds, which another program on the machine changes little. Writes
`benchmarks/results/metrics-speed.json`.
"""

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from commandline import write_result
from numpy.typing import NDArray
from provenance import provenance, versions

from twinlet import metrics
from twinlet.calibrating import Source, fit
from twinlet.templates import normalise

COMPARISONS = (1_000_000, 10_000_000, 50_000_000)
DIMENSIONS = 128
IMAGES = 10  # of each identity
TARGETS = (0.01, 0.001)
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

Made = tuple[NDArray[np.float32], NDArray[np.int64]]
Step = Callable[[], object]


def main() -> None:
    """Read the command line and run; with a step's name, only run this and tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--one", nargs=2, metavar=("STEP", "COMPARISONS"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(alone(args.one[0], int(args.one[1]))))
        return
    result = {
        "command": "python benchmarks/metrics_speed.py",
        **provenance(),
        "scikit-learn": versions(["scikit-learn"])["scikit-learn"],
        "load": [round(value, 1) for value in os.getloadavg()],
        "dimensions": DIMENSIONS,
        "images_each": IMAGES,
        "sizes": {str(count): measured(count) for count in COMPARISONS},
    }
    write_result("metrics-speed", result)


def measured(count: int) -> dict[str, Any]:
    """Every step for one number of comparisons."""
    found = {}
    for step in STEPS:
        command = [sys.executable, __file__, "--one", step, str(count)]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, text=True, check=True, env=os.environ | ONE_THREAD
        )
        found[step] = json.loads(done.stdout)
        print(count, step, found[step], file=sys.stderr)
    return found


def alone(step: str, count: int) -> dict[str, float]:
    """Seconds of one step, and the peak of memory of this process in MiB."""
    templates, labels = made(count)
    run = STEPS[step](templates, labels)
    before = peak_mb()
    started, used = time.perf_counter(), time.process_time()
    run()
    return {
        "cpu_seconds": round(time.process_time() - used, 3),
        "seconds": round(time.perf_counter() - started, 3),
        "peak_rss_mb": peak_mb(),
        "before_mb": before,
    }


def peak_mb() -> float:
    """Peak RSS so far, in MiB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def made(count: int) -> Made:
    """Templates whose comparisons are about so many."""
    images = round((1 + math.sqrt(1 + 8 * count)) / 2)
    rng = np.random.default_rng(0)
    labels = rng.integers(0, max(2, images // IMAGES), images)
    own = rng.normal(size=(labels.max() + 1, DIMENSIONS))
    return normalise(own[labels] + rng.normal(size=(images, DIMENSIONS))), labels


def idle(templates: NDArray[np.float32], labels: NDArray[np.int64]) -> Step:
    """Nothing: what Python, numpy and the templates take."""
    return lambda: None


def compare(templates: NDArray[np.float32], labels: NDArray[np.int64]) -> Step:
    """Compare all and keep every similarity, sorted."""
    return lambda: metrics.compare_all(templates, labels)


def areas(templates: NDArray[np.float32], labels: NDArray[np.int64]) -> Step:
    """The area under the ROC and the equal error rate, of what was kept."""
    kept = metrics.compare_all(templates, labels)
    return lambda: (metrics.auc(kept), metrics.eer(kept))


def tally(templates: NDArray[np.float32], labels: NDArray[np.int64]) -> Step:
    """Compare all and only count, with area, equal error rate and thresholds."""

    def run() -> object:
        counted = metrics.tally_all(templates, labels)
        return counted.auc(), counted.eer(), counted.candidate_thresholds()

    return run


def clusters(templates: NDArray[np.float32], labels: NDArray[np.int64]) -> Step:
    """Count false matches by identity at every candidate threshold."""
    thresholds = metrics.tally_all(templates, labels).candidate_thresholds()
    return lambda: metrics.count_by_cluster(templates, labels, thresholds)


def calibrate(templates: NDArray[np.float32], labels: NDArray[np.int64]) -> Step:
    """Fit a whole calibration with clustered bounds."""
    source = Source(protocol="made up", data_fingerprint="")
    return lambda: fit(templates, labels, TARGETS, unit="identity", source=source)


def scikit_learn(templates: NDArray[np.float32], labels: NDArray[np.int64]) -> Step:
    """`sklearn.metrics.roc_curve` on the same similarities, which it is given."""
    from sklearn.metrics import roc_curve

    kept = metrics.compare_all(templates, labels)
    truth = np.repeat([True, False], [len(kept.mated), len(kept.non_mated)])
    values = np.concatenate([kept.mated, kept.non_mated])
    del kept
    return lambda: roc_curve(truth, values)


STEPS: dict[str, Callable[[NDArray[np.float32], NDArray[np.int64]], Step]] = {
    "idle": idle,
    "compare_all": compare,
    "auc and eer": areas,
    "tally_all": tally,
    "count_by_cluster": clusters,
    "fit": calibrate,
    "sklearn roc_curve": scikit_learn,
}


if __name__ == "__main__":
    main()
