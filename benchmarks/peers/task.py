"""What all contenders share, and the files through which a peer without Keras gets it.

task.json     time limit, learning rates, augmentation, seed, size of the network
task.npz      images, labels, the batches of every epoch, the network's first weights
proof.npz     other weights, a few images, and what Keras makes of them
"""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twinlet.metrics import auc, compare_all, eer, fnmr_at_fmr, recall_at_k
from twinlet.templates import normalise
from twinlet_train.backbones import chosen_backbone
from twinlet_train.comparing import TEST_IMAGES, VALIDATION_IMAGES, compared
from twinlet_train.config import TrainConfig
from twinlet_train.data import LabelledImages, Selected, open_data
from twinlet_train.splits import Indices, Splits, make_splits

if TYPE_CHECKING:
    import keras
    from numpy.typing import NDArray

RATES = 1001  # points of the learning rate's curve
EPOCHS_A_MINUTE = 30  # of batches written out; a faster peer starts over
PROBES = 64  # images of the proof


@dataclass(frozen=True)
class OpenSet:
    """A data set with classes that train and classes that nobody trains on."""

    data: LabelledImages
    splits: Splits
    test: Indices  # of the unseen classes, those that are compared
    unseen: tuple[str, ...]  # names of the unseen classes
    seen: tuple[str, ...]
    unseen_images: int  # how many there are

    @property
    def test_labels(self) -> "NDArray[np.int64]":
        """Identities of the test images."""
        return self.data.labels[self.test]


def opened(config: TrainConfig) -> OpenSet:
    """Open the data and part it; the test is on all classes that do not train.

    twinlet's own open set keeps some of them for calibration. Here no threshold is wanted, and
    no image of them has a part in training or in choosing an epoch.
    """
    data = open_data(
        config.data.spec,
        size=config.data.size,
        channels=config.data.channels or chosen_backbone(config.model.backbone).channels,
    )
    splits = make_splits(data, config.split)
    seen = np.unique(data.labels[splits.train])
    rest = np.flatnonzero(~np.isin(data.labels, seen))
    return OpenSet(
        data=data,
        splits=splits,
        test=compared(data.labels, rest, TEST_IMAGES, seed=config.split.seed),
        unseen=tuple(data.class_names[i] for i in np.unique(data.labels[rest])),
        seen=tuple(data.class_names[i] for i in seen),
        unseen_images=len(rest),
    )


def measured(raw: "NDArray[np.float32]", task: OpenSet) -> dict[str, float]:
    """Error rates of embeddings (n, d) of the test images, over all their pairs."""
    templates = normalise(raw)
    comparisons = compare_all(templates, task.test_labels)
    return {
        "auc": round(auc(comparisons), 5),
        "eer": round(eer(comparisons), 5),
        "fnmr_at_fmr_0.01": round(fnmr_at_fmr(comparisons, 0.01), 5),
        "recall_at_1": round(recall_at_k(templates, task.test_labels), 5),
    }


def write_task(folder: Path, task: OpenSet, config: TrainConfig, *, threads: int) -> None:
    """Write what a peer needs, with the batches and the weights `twinlet train` starts from."""
    from twinlet_train.datasets import BalancedData
    from twinlet_train.schedules import rate_at
    from twinlet_train.twin import build_twin

    folder.mkdir(parents=True, exist_ok=True)
    data, fit, train = task.data, config.fit, task.splits.train
    validation = compared(data.labels, task.splits.validation, VALIDATION_IMAGES, seed=fit.seed)
    _, numbers = np.unique(data.labels[train], return_inverse=True)
    dataset = BalancedData(Selected(data.images, train), numbers, fit, config.augment)
    first, _ = dataset[0]
    orders = []
    for epoch in range(fit.epochs or max(2, round(EPOCHS_A_MINUTE * fit.minutes))):
        dataset.start(epoch)
        orders.append(dataset.order.astype(np.int32))
    twin = build_twin(config.model, data.contract, seed=fit.seed)
    points = np.linspace(0.0, 1.0, RATES)
    arrays: dict[str, Any] = {
        "train_images": data.images[train],
        "train_labels": numbers,
        "validation_images": data.images[validation],
        "validation_labels": data.labels[validation],
        "test_images": data.images[task.test],
        "batches": np.stack(orders),  # (epochs, steps, P * K) indices into train_images
        "first_batch": first,  # as augmented here
        "rates": fit.learning_rate
        * np.array([rate_at(p, schedule=fit.schedule, warmup=fit.warmup) for p in points]),
    }
    np.savez(folder / "task.npz", **arrays, **named_weights(twin))
    settings = {
        "minutes": fit.minutes,
        "epochs": fit.epochs,
        "threads": threads,
        "seed": fit.seed,
        "augment": dataclasses.asdict(config.augment),
        "channels": data.contract.channels,
        "embedding": config.model.embedding,
        "weights": twin.count_params(),
    }
    (folder / "task.json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
    write_proof(folder / "proof.npz", twin, data.images[task.test[:PROBES]])


def named_weights(twin: "keras.Model") -> dict[str, "NDArray[np.float32]"]:
    """All weights of a twin as `{"weight:LAYER/VARIABLE": array}`."""
    return {
        f"weight:{layer.name}/{variable.name}": np.array(variable)
        for layer in twin.layers
        for variable in layer.weights
        if "seed" not in variable.name
    }


def write_proof(path: Path, twin: "keras.Model", images: "NDArray[np.uint8]") -> None:
    """Write what the network gives for weights that leave no part of it idle.

    Fresh weights would not do: normalisations start as ones that do nothing.
    """
    rng = np.random.default_rng(0)
    for layer in twin.layers:
        for variable in layer.weights:
            if variable.name in ("gamma", "moving_variance"):
                variable.assign(rng.uniform(0.5, 1.5, variable.shape))
            elif variable.name in ("beta", "moving_mean", "bias"):
                variable.assign(rng.normal(0.0, 0.2, variable.shape))
    arrays: dict[str, Any] = {
        **named_weights(twin),
        "images": images,
        "embeddings": np.asarray(twin(images, training=False)),
    }
    arrays["embeddings_in_training"] = np.asarray(twin(images, training=True))
    np.savez(path, **arrays)
