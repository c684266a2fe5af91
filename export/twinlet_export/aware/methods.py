"""What tensorflow-model-optimization does to a network: quantize, prune, cluster."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import ParityError
from twinlet_export.aware.activations import activations_known
from twinlet_export.aware.kernels import is_depthwise, per_channel_scheme, rounded
from twinlet_export.aware.ranges import set_ranges
from twinlet_export.aware.sparsity import rising_sparsity

Prepare = Callable[[], Sequence[NDArray[np.float32]]]
Weights = Mapping[str, list[NDArray[np.float32]]]

SPARSITY = 0.5  # share of the weights of each layer that is pruned
# Share of all weights of convolutions and dense layers below which one is not pruned. MobileNetV2
# has a third of its layers there, the early ones, with 3 % of the weights together: their zeros
# gain next to nothing. Before any tuning, half of every layer cost a twin of CIFAR-10 15 points of
# FNMR at FMR 1 % on validation images, sparing the small ones 2.6: a short tuning recovers that.
SPARED_BELOW = 0.01
PRUNED_BY = 0.6  # share of the tuning after which it has; the rest is recovery
CLUSTERS = 32  # values that the weights of a layer may have: 5 bits
_TUNED = ("Conv2D", "Dense")  # layers that are pruned and clustered; depthwise ones are small
_UNWRAPPED = ("Multiply", "Activation", "Rescaling")  # layers without weights tfmot has no plan for


class Method(ABC):
    """One way to tune a network; makes it, accompanies its steps, and takes the wrapping off."""

    name: ClassVar[str]
    # The first, for Adam. Training ends at a hundredth of its own, so at 1e-5 by default: what
    # starts far above that undoes more than it mends (benchmarks/README.md, tuning).
    learning_rate: ClassVar[float] = 1e-5

    @abstractmethod
    def wrapped(self, network: Any) -> Any:
        """The tf_keras network to tune, with its weights.

        Raises:
            ParityError: A layer that the method cannot take, by name.
        """

    def begin(self, network: Any, prepare: Prepare) -> None:  # noqa: B027
        """What the method does before the very first step; most need nothing.

        A tuning that goes on has what came of it among its variables.

        Args:
            network: From `wrapped`.
            prepare: Makes batches (n, h, w, c) of what the network takes, of the training split.
        """

    def before_step(self, progress: float) -> None:  # noqa: B027
        """What the method does before each step; progress is 0 at the start, 1 at the end."""

    @abstractmethod
    def weights(self, network: Any) -> Weights:
        """Tuned weights of each layer in its own order, by the name it had before."""

    def facts(self, weights: Weights) -> dict[str, float]:
        """What can be said of the tuned weights."""
        return {}


class QuantizationAware(Method):
    """8 bits simulated in every step (Jacob et al. 2018, arXiv:1712.05877)."""

    name = "int8-qat"

    def __init__(self) -> None:
        """Begin without a network."""
        self._network: Any = None

    def wrapped(self, network: Any) -> Any:
        """See `Method`; weights per channel, as tfmot's 8-bit scheme has them."""
        import tensorflow_model_optimization as tfmot
        import tf_keras
        from tensorflow_model_optimization.python.core.quantization.keras.default_8bit import (
            default_8bit_quantize_configs as configs,
        )

        self._network = network
        annotate = tfmot.quantization.keras.quantize_annotate_layer

        def annotated(layer: Any) -> Any:
            if type(layer).__name__ in _UNWRAPPED:
                return annotate(layer, configs.Default8BitOutputQuantizeConfig())
            return annotate(layer)

        scope = tfmot.quantization.keras.quantize_scope(
            {"Default8BitOutputQuantizeConfig": configs.Default8BitOutputQuantizeConfig}
        )
        try:
            with scope, activations_known():
                marked = tf_keras.models.clone_model(network, clone_function=annotated)
                marked.set_weights(network.get_weights())
                return tfmot.quantization.keras.quantize_apply(marked, per_channel_scheme())
        except (RuntimeError, ValueError) as error:
            raise ParityError(
                f"quantization-aware training does not take this network: {error}"
            ) from error

    def begin(self, network: Any, prepare: Prepare) -> None:
        """Begin with the ranges of the network in float."""
        set_ranges(network, self._network, prepare())

    def weights(self, network: Any) -> Weights:
        """See `Method`; kernels rounded, as the network computes with them.

        Batch normalisation has come to know the rounded ones: where a whole channel of a depthwise
        kernel rounds to zero, its variance is nothing, and what was left of the channel would be
        made fifty times as large.
        """
        found = {}
        for wrapper in network.layers:
            if not hasattr(wrapper, "layer"):
                continue  # the input, and what rounds it
            own = wrapper.layer.weights
            known = {id(weight) for weight in own}
            kernels = [weight for weight in wrapper.trainable_weights if id(weight) not in known]
            depthwise = is_depthwise(type(wrapper.layer))
            found[wrapper.layer.name] = [
                *(np.asarray(rounded(kernel, depthwise=depthwise)) for kernel in kernels),
                *(np.asarray(weight) for weight in own),
            ]
        return found


def large_layers(network: Any) -> set[str]:
    """Names of the convolutions and dense layers that have enough of all weights to be pruned."""
    sizes = {
        layer.name: int(np.prod(layer.kernel.shape))
        for layer in network.layers
        if type(layer).__name__ in _TUNED
    }
    least = SPARED_BELOW * sum(sizes.values())
    return {name for name, size in sizes.items() if size >= least}


class Pruning(Method):
    """The smallest weights of each large layer to zero, more of them from step to step.

    Zhu and Gupta 2017, arXiv:1710.01878; see `sparsity`.
    """

    name = "pruned"
    learning_rate = 1e-4  # half of the weights go, the others have to move

    def __init__(self) -> None:
        """Begin without a schedule."""
        self._schedule: Any = None

    def wrapped(self, network: Any) -> Any:
        """See `Method`."""
        import tensorflow_model_optimization as tfmot

        self._schedule = rising_sparsity(SPARSITY, done_by=PRUNED_BY)
        chosen = large_layers(network)

        def pruned(layer: Any) -> Any:
            if layer.name not in chosen:
                return layer
            return tfmot.sparsity.keras.prune_low_magnitude(layer, pruning_schedule=self._schedule)

        return _rebuilt(network, pruned)

    def begin(self, network: Any, prepare: Prepare) -> None:
        """Set the counters that tfmot asks for; those of a tuning that goes on are set."""
        self._callback(network).on_train_begin()

    def before_step(self, progress: float) -> None:
        """Move the schedule."""
        self._schedule.progress.assign(progress)

    def weights(self, network: Any) -> Weights:
        """See `Method`."""
        import tensorflow_model_optimization as tfmot

        # The optimizer moves masked weights as well: mask them once more.
        callback = self._callback(network)
        callback.on_train_begin()
        callback.on_epoch_end(batch=-1)
        stripped = tfmot.sparsity.keras.strip_pruning(network)
        return {layer.name: layer.get_weights() for layer in stripped.layers}

    def _callback(self, network: Any) -> Any:
        import tensorflow_model_optimization as tfmot

        callback = tfmot.sparsity.keras.UpdatePruningStep()
        callback.set_model(network)
        return callback

    def facts(self, weights: Weights) -> dict[str, float]:
        """Share of zeros among the weights of kernels."""
        kernels = _kernels(weights)
        zeros = sum(int(np.count_nonzero(kernel == 0.0)) for kernel in kernels)
        return {"zeros": round(zeros / sum(kernel.size for kernel in kernels), 4)}


class Clustering(Method):
    """Few values for the weights of a layer (Han et al. 2016, arXiv:1510.00149, section 3)."""

    name = "clustered"
    learning_rate = 1e-4  # few values for all weights: they have to move

    def wrapped(self, network: Any) -> Any:
        """See `Method`."""
        import tensorflow_model_optimization as tfmot

        start = tfmot.clustering.keras.CentroidInitialization.KMEANS_PLUS_PLUS

        def clustered(layer: Any) -> Any:
            if type(layer).__name__ not in _TUNED:
                return layer
            return tfmot.clustering.keras.cluster_weights(
                layer, number_of_clusters=CLUSTERS, cluster_centroids_init=start
            )

        return _rebuilt(network, clustered)

    def weights(self, network: Any) -> Weights:
        """See `Method`."""
        import tensorflow_model_optimization as tfmot

        stripped = tfmot.clustering.keras.strip_clustering(network)
        return {layer.name: layer.get_weights() for layer in stripped.layers}

    def facts(self, weights: Weights) -> dict[str, float]:
        """Different values in a layer's kernel, in the median layer."""
        values = [len(np.unique(kernel)) for kernel in _kernels(weights)]
        return {"values": float(np.median(values))}


def _rebuilt(network: Any, wrap: Callable[[Any], Any]) -> Any:
    """The same layers, some of them wrapped, as one new model."""
    import tf_keras

    with activations_known():
        return tf_keras.models.clone_model(network, clone_function=wrap)


def _kernels(weights: Weights) -> list[NDArray[np.float32]]:
    """Kernels of convolutions and dense layers; those of depthwise ones are left alone."""
    return [
        array
        for arrays in weights.values()
        for array in arrays
        if array.ndim >= 2 and array.shape[-1] > 1
    ]


METHODS: dict[str, type[Method]] = {
    method.name: method for method in (QuantizationAware, Pruning, Clustering)
}
