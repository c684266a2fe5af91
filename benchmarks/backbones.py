"""Every backbone at 32 pixels: weights, multiplications and how fast it trains.

All train in one process, one after the other in several rounds, so that whatever else the
machine does falls on all of them; compare them with MobileNetV2 of the same round. Each also
trains with Keras' own layers, beside those that twinlet trains it with: under TensorFlow a fused
batch normalisation, under JAX (KERAS_BACKEND=jax) convolutions as sums and products. Writes
`benchmarks/results/backbones.json`, under JAX `backbones-jax.json`.
"""

import argparse
import os
import statistics
import time
from typing import Any

import numpy as np
from commandline import write_result
from provenance import provenance

SIDE = 32
BATCH = 120  # 10 classes x 12 samples, as the online recipe takes them
REFERENCE = "mobilenetv2"
PLAIN = ", plain"
CLOSER = (("mobilenetv2", 4), ("mobilenetv2", 3), ("mobilenetv3-small", 3))  # with fewer halvings


def main() -> None:
    """Read the command line and run."""
    import keras

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=4, help="training steps a round")
    parser.add_argument("--only", nargs="+", default=[], metavar="BACKBONE", help="beside it")
    args = parser.parse_args()
    networks = {
        name: network
        for name, network in built().items()
        if not args.only or name in (REFERENCE, *args.only)
    }
    quick = {name: compiled(twin, plain=False) for name, (twin, _) in networks.items()}
    plain = {f"{name}{PLAIN}": compiled(twin, plain=True) for name, (twin, _) in networks.items()}
    seconds = measured({**quick, **plain}, args)
    images = BATCH * args.steps
    jax = keras.backend.backend() == "jax"
    words = f"python benchmarks/backbones.py --rounds {args.rounds} --steps {args.steps}"
    words += f" --only {' '.join(args.only)}" if args.only else ""
    result = {
        "command": f"KERAS_BACKEND=jax {words}" if jax else words,
        **provenance(),
        "load": [round(value, 1) for value in os.getloadavg()],
        "batch": BATCH,
        "image": [SIDE, SIDE, 3],
        "backbones": {
            name: {
                "weights": network.count_params(),
                "multiplications": multiplications(network),
                "cells": cells(network),
                "images_per_second": round(images / statistics.median(w for w, _ in times), 1),
                "images_per_cpu_second": round(images / statistics.median(c for _, c in times), 1),
                "times_mobilenetv2": ratio(seconds[REFERENCE], times),
                "times_plain": ratio(seconds[f"{name}{PLAIN}"], times),
            }
            for name, (_, network) in networks.items()
            for times in [seconds[name]]
        },
    }
    write_result("backbones-jax" if jax else "backbones", result)


def ratio(theirs: list[tuple[float, float]], ours: list[tuple[float, float]]) -> float:
    """How many times as fast ours is, by CPU seconds of the same round, in the median round."""
    each = [their / our for (_, our), (_, their) in zip(ours, theirs, strict=True)]
    return round(statistics.median(each), 2)


def built() -> dict[str, tuple[Any, Any]]:
    """Build each twin, and its part before the embedding."""
    import keras

    from twinlet.contract import InputContract
    from twinlet_train.backbones import BACKBONES
    from twinlet_train.settings import ModelConfig
    from twinlet_train.twin import build_twin

    networks = {}
    for name, halvings in [*((name, 0) for name in BACKBONES), *CLOSER]:
        config = ModelConfig(backbone=name, halvings=halvings, weights="none")
        twin = build_twin(config, InputContract(SIDE, SIDE, 3), seed=0)
        features = keras.Model(twin.input, twin.get_layer("embedding").input)
        networks[f"{name}, halvings {halvings}" if halvings else name] = twin, features
    return networks


def compiled(twin: Any, *, plain: bool) -> Any:
    """Compile a twin for the online recipe, as it trains or as Keras itself would train it."""
    import keras

    from twinlet_train.backend import compiles_with_xla
    from twinlet_train.losses import OnlineTripletLoss
    from twinlet_train.quicker import quicker

    model = twin if plain else quicker(twin)
    model.compile(keras.optimizers.Adam(1e-3), OnlineTripletLoss(), jit_compile=compiles_with_xla())
    return model


def measured(
    twins: dict[str, Any], args: argparse.Namespace
) -> dict[str, list[tuple[float, float]]]:
    """Wall and CPU seconds of each round, after two steps to warm up."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (BATCH, SIDE, SIDE, 3), dtype=np.uint8)
    labels = np.repeat(np.arange(10), BATCH // 10).astype(np.float32)
    for twin in twins.values():
        for _ in range(2):
            twin.train_on_batch(images, labels)
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in twins}
    for _ in range(args.rounds):
        for name, twin in twins.items():
            wall, cpu = time.perf_counter(), time.process_time()
            for _ in range(args.steps):
                twin.train_on_batch(images, labels)
            seconds[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    return seconds


def cells(network: Any) -> list[int]:
    """Height and width of the last feature map."""
    maps = [layer.output.shape[1:3] for layer in network.layers if len(layer.output.shape) == 4]
    return list(maps[-1])


def multiplications(network: Any) -> int:
    """Multiply-accumulates of all convolutions for one image, padding counted as pixels."""
    import keras

    count = 0
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D):
            places = int(np.prod(layer.output.shape[1:3]))
            count += places * int(np.prod(layer.kernel.shape))
    return count


if __name__ == "__main__":
    main()
