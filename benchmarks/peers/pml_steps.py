"""The training steps with pytorch-metric-learning's losses and miners."""

import time
from typing import Any

import numpy as np
from peers.torch_small import TorchSmall

from twinlet_train.augmentation import augmented
from twinlet_train.settings import AugmentConfig

EVERY = 10  # steps between two settings of the learning rate, as in twinlet


def triplet() -> tuple[Any, Any]:
    """Semi-hard triplets as in the project's MNIST example: cosine, margin 0.2."""
    from pytorch_metric_learning import distances, losses, miners, reducers

    cosine = distances.CosineSimilarity()
    loss = losses.TripletMarginLoss(
        margin=0.2, distance=cosine, reducer=reducers.ThresholdReducer(low=0)
    )
    return loss, miners.TripletMarginMiner(margin=0.2, distance=cosine, type_of_triplets="semihard")


def multi_similarity() -> tuple[Any, Any]:
    """Multi-similarity loss with its miner, both as they are by default."""
    from pytorch_metric_learning import losses, miners

    return losses.MultiSimilarityLoss(), miners.MultiSimilarityMiner()


CONTENDERS = {"pml-triplet": triplet, "pml-multi-similarity": multi_similarity}


class Steps:
    """The training steps of a network, with what they carry from one to the next."""

    def __init__(
        self, network: TorchSmall, arrays: dict[str, Any], settings: dict[str, Any], contender: str
    ) -> None:
        """Take what `peers.task` wrote; see there."""
        import torch

        self.network, self.arrays = network, arrays
        self.loss, self.miner = CONTENDERS[contender]()
        # Keras' Adam has this epsilon; `epoch` sets the rate.
        self.optimizer = torch.optim.Adam(network.layers.parameters(), lr=0.0, eps=1e-7)
        self.changes, self.seed = AugmentConfig(**settings["augment"]), settings["seed"]
        self.labels = torch.from_numpy(arrays["train_labels"])
        self.points = np.linspace(0.0, 1.0, len(arrays["rates"]))
        self.limit = 60.0 * settings["minutes"]
        self.planned = settings["epochs"] * arrays["batches"].shape[1]  # 0: the clock ends it
        self.done = 0  # steps

    def epoch(self, number: int, *, spent: float) -> tuple[float, float]:
        """Train one epoch, or until the time is over.

        Args:
            number: Of the epoch, from 0.
            spent: Seconds of all epochs before it, validation included.

        Returns:
            The mean loss, and images a second.
        """
        started = time.perf_counter()
        batches = self.arrays["batches"][number % len(self.arrays["batches"])]
        self.network.layers.train()
        losses: list[float] = []
        reached = 0.0
        for step, rows in enumerate(batches):
            if step % EVERY == 0:
                reached = (spent + time.perf_counter() - started) / self.limit
                if self.planned:
                    reached = max(reached, self.done / self.planned)
                reached = min(reached, 1.0)
                for group in self.optimizer.param_groups:
                    group["lr"] = float(np.interp(reached, self.points, self.arrays["rates"]))
            losses.append(self.step(rows, [self.seed, 6, number, step]))
            self.done += 1
            if reached >= 1.0:
                break
        seconds = time.perf_counter() - started
        return float(np.mean(losses)), len(losses) * batches.shape[1] / seconds

    def step(self, rows: Any, seed: list[int]) -> float:
        """Train on one batch, augmented by the same draws as twinlet's."""
        import torch

        images = self.arrays["train_images"][rows]
        images = augmented(images, self.changes, np.random.default_rng(seed))
        if seed[2:] == [0, 0] and not np.array_equal(images, self.arrays["first_batch"]):
            raise SystemExit("the first batch is not the one twinlet trains on")
        self.optimizer.zero_grad(set_to_none=True)
        embeddings, labels = self.network(torch.from_numpy(images)), self.labels[rows]
        loss = self.loss(embeddings, labels, self.miner(embeddings, labels))
        loss.backward()
        self.optimizer.step()
        return float(loss.detach())
