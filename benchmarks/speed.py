"""Where the time of a training epoch goes: steps, images, verification, saving.

Takes the parts of a CIFAR-10 training by the default recipe and times each by itself, beside bare
steps on one batch that lies ready. Needs idle cores. Writes `benchmarks/results/speed.json`.
"""

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from commandline import write_result
from provenance import provenance

NETWORKS = ("mobilenetv2", "small", "tiny")
STEPS = 60  # of a round


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--networks", nargs="+", default=list(NETWORKS), metavar="NAME")
    args = parser.parse_args()
    load = [round(value, 1) for value in os.getloadavg()]
    networks = {name: measured(name, args.rounds) for name in args.networks}
    result = {
        "command": f"python benchmarks/speed.py --rounds {args.rounds} --networks "
        + " ".join(args.networks),
        **provenance(),
        "load": load,
        "networks": networks,
    }
    write_result("speed", result)


def measured(name: str, rounds: int) -> dict[str, float]:
    """Milliseconds a step and seconds an epoch of the median round, after one to warm up.

    Many short rounds, since a busy host takes a core away for seconds at a time.
    """
    from twinlet_train.callbacks import Verification
    from twinlet_train.comparing import VALIDATION_IMAGES, compared
    from twinlet_train.config import TrainConfig
    from twinlet_train.data import Selected, open_data
    from twinlet_train.quicker import quicker
    from twinlet_train.recipes import prepare
    from twinlet_train.splits import make_splits
    from twinlet_train.twin import build_twin

    settings = {"model.backbone": name, "model.weights": "none"}
    settings |= {"augment.flip": "true", "augment.shift": "2"}
    config = TrainConfig.from_options("cifar10", settings=settings)
    data = open_data(config.data.spec, size=0, channels=3, memory_mb=config.data.memory_mb)
    splits = make_splits(data, config.split)
    twin = quicker(build_twin(config.model, data.contract, seed=0))
    recipe = prepare(config, twin, data, splits)
    steps = len(recipe.dataset)
    ready = recipe.dataset[0]
    held_out = compared(data.labels, splits.validation, VALIDATION_IMAGES, seed=0)
    verification = Verification(twin, Selected(data.images, held_out), data.labels[held_out])

    def bare() -> None:
        for _ in range(STEPS):
            recipe.model.train_on_batch(*ready)

    def images() -> None:
        for index in range(STEPS):
            recipe.dataset[index]

    def fit() -> None:
        recipe.model.fit(recipe.dataset, shuffle=False, verbose=0, callbacks=[cut_short()])

    with TemporaryDirectory() as folder:
        parts: dict[str, Callable[[], Any]] = {
            "bare": bare,
            "images": images,
            "fit": fit,
            "verification": lambda: verification.on_epoch_end(0, {"loss": 0.0}),
            "saving": lambda: recipe.model.save_weights(Path(folder) / "epoch.weights.h5"),
        }
        seconds: dict[str, list[float]] = {part: [] for part in parts}
        for _ in range(rounds + 1):
            for part, do in parts.items():
                started = time.perf_counter()
                do()
                seconds[part].append(time.perf_counter() - started)
    # The first round compiles.
    took = {part: median(times[1:]) for part, times in seconds.items()}
    images_a_step = recipe.dataset.images_per_epoch / steps
    trained = took["fit"] * steps / STEPS
    epoch = trained + took["verification"] + took["saving"]
    return {
        "steps": steps,
        "images_per_second": round(images_a_step * STEPS / took["fit"], 1),
        "bare_step_ms": round(1000.0 * took["bare"] / STEPS, 2),
        "batch_of_images_ms": round(1000.0 * took["images"] / STEPS, 2),
        "fitted_step_ms": round(1000.0 * took["fit"] / STEPS, 2),
        "epoch_s": round(epoch, 2),
        "verification_share": round(took["verification"] / epoch, 4),
        "saving_share": round(took["saving"] / epoch, 4),
        "beyond_bare_steps_share": round(1.0 - took["bare"] * steps / STEPS / epoch, 4),
    }


def cut_short() -> Any:
    """Make a callback that ends an epoch after as many steps as a round has.

    With `steps_per_epoch` instead, `fit` returns 5.12, 10.24, 20.48 ... seconds after its start,
    as if it waited for tf.data's autotuning; a training never ends an epoch that way.
    """
    import keras

    class CutShort(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.model.stop_training = batch + 1 >= STEPS

    return CutShort()


if __name__ == "__main__":
    main()
