"""What the steps of a tuning cost by themselves, and what eight bits cost besides.

Tunes the twin of a finished run, with and without rounding, at several learning rates, and
measures on the run's *validation* part how many more mated comparisons it misses than the twin
where both let the same share of non-mated ones in. The choice of `Schedule` follows from it; the
test part is not looked at. Adds to `benchmarks/results/tuning.json`.
"""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import numpy as np
from commandline import earlier_result, write_result
from numpy.typing import NDArray
from provenance import provenance

from twinlet.metrics import compare_all, threshold_letting
from twinlet.metrics.paired import METHOD, more_misses, resampled
from twinlet.templates import normalise
from twinlet_export.aware.methods import METHODS, Method, Weights
from twinlet_export.aware.mirror import poured_back
from twinlet_export.aware.objective import objective
from twinlet_export.aware.tuning import Schedule, Tuned, tune
from twinlet_export.embedding import twin_templates
from twinlet_export.origin import Origin, from_run
from twinlet_train import Run
from twinlet_train.data import Selected

RATES = (0.01, 0.001)
AVERAGED = 30  # steps, at the beginning and at the end, whose mean loss is told


class Untouched(Method):
    """No rounding, no zeros: the steps alone."""

    name: ClassVar[str] = "float32"

    def wrapped(self, network: Any) -> Any:
        """See `Method`."""
        return network

    def weights(self, network: Any) -> Weights:
        """See `Method`."""
        return {layer.name: layer.get_weights() for layer in network.layers}


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("run", type=Path, help="a finished run folder")
    parser.add_argument(
        "tunings",
        nargs="+",
        metavar="METHOD:RATE:SETTLED",
        help="such as int8-qat:2e-5:0.7; float32 rounds nothing, a rate of 0 learns nothing",
    )
    parser.add_argument("--steps", type=int, default=300)
    args = parser.parse_args()
    METHODS[Untouched.name] = Untouched
    origin = from_run(args.run, None)
    run = origin.run
    assert run is not None
    part = origin.splits.validation
    pixels = Selected(origin.data.images, part)
    labels = np.asarray(origin.data.labels[part], dtype=np.int64)
    before = twin_templates(origin.twin, pixels)
    rows = {}
    for text in args.tunings:
        name, rate, settled = text.split(":")
        schedule = Schedule(args.steps, 60.0, float(rate), float(settled))
        tuned, losses = tuned_by(name, origin, run, schedule)
        after = embedded(tuned, origin, pixels, quantized=name == "int8-qat")
        rows[text] = {
            "more_misses": {f"{rate:g}": lost(before, after, labels, rate) for rate in RATES},
            "loss": [float(np.mean(losses[:AVERAGED])), float(np.mean(losses[-AVERAGED:]))],
            **tuned.facts,
        }
        keep(args, rows, seed=run.config.fit.seed, images=len(labels))


def tuned_by(name: str, origin: Origin, run: Run, schedule: Schedule) -> tuple[Tuned, list[float]]:
    """Tune once, from the start; give the losses of all steps too."""
    task = objective(run.config, origin.twin, origin.data, origin.splits.train)
    losses: list[float] = []
    with TemporaryDirectory() as folder:
        tuned = tune(
            name,
            origin.twin,
            task,
            schedule=schedule,
            state=Path(folder) / "state.npz",
            report=lambda done, of, loss: losses.append(loss),
        )
    return tuned, losses


def embedded(
    tuned: Tuned, origin: Origin, pixels: Selected, *, quantized: bool
) -> NDArray[np.float32]:
    """Templates of what tuning gave, with simulated rounding where there is some."""
    if not quantized:
        return twin_templates(poured_back(origin.twin, tuned.weights), pixels)
    raw = [
        np.asarray(tuned.network(np.asarray(tuned.before(pixels[at : at + 500])), training=False))
        for at in range(0, len(pixels), 500)
    ]
    return normalise(np.concatenate(raw))


def lost(
    before: NDArray[np.float32], after: NDArray[np.float32], labels: NDArray[np.int64], rate: float
) -> dict[str, Any]:
    """FNMR of the tuned network less that of the twin, each where `rate` of strangers match."""
    sides = []
    for templates in (before, after):
        scores = compare_all(templates, labels, mates=False).non_mated
        sides.append((templates, float(threshold_letting(scores, int(rate * len(scores))))))
    found = more_misses(sides[0], sides[1], labels, resampled(len(labels), seed=0))
    return found.to_json()


def keep(args: argparse.Namespace, rows: dict[str, Any], *, seed: int, images: int) -> None:
    """Put the tunings of one run into the result file."""
    old = earlier_result("tuning")
    entry = {
        "command": f"python benchmarks/tuning.py DIR/{args.run.name} {' '.join(args.tunings)} "
        f"--steps {args.steps}",
        **provenance(),
        "seed": seed,
        "images": images,
        "intervals": METHOD,
        "tunings": rows,
    }
    write_result("tuning", {"runs": {**old.get("runs", {}), args.run.name: entry}})


if __name__ == "__main__":
    main()
