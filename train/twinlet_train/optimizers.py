"""Compiling a model for training: optimizer, loss, XLA."""

from typing import Any

import keras

from twinlet_train.backend import chosen_precision, compiles_with_xla
from twinlet_train.settings import FitConfig

MOMENTUM = 0.9
UNDECAYED = ("bias", "gamma", "beta", "proxies")  # only kernels are held small


def make_optimizer(fit: FitConfig) -> keras.optimizers.Optimizer:
    """The optimizer of a configuration; its rate is set by `schedules.LearningRate`."""
    decay = fit.weight_decay or None
    if fit.optimizer == "sgd":
        optimizer = keras.optimizers.SGD(
            fit.learning_rate, momentum=MOMENTUM, nesterov=True, weight_decay=decay
        )
    else:
        optimizer = keras.optimizers.Adam(fit.learning_rate, weight_decay=decay)
    optimizer.exclude_from_weight_decay(var_names=list(UNDECAYED))
    if chosen_precision(fit.precision) == "mixed_float16":
        return keras.optimizers.LossScaleOptimizer(optimizer)
    return optimizer


def compile_for(model: keras.Model, loss: Any, fit: FitConfig, *, optimizer: Any = None) -> None:
    """Compile a model; `optimizer` is that of a model with the same weights, to go on with."""
    model.compile(
        optimizer or make_optimizer(fit),
        loss=loss,
        jit_compile=compiles_with_xla(),
        auto_scale_loss=False,
    )
