"""From a configuration to a loss, and to the model that it trains."""

import inspect
from typing import Any

import keras

from twinlet.errors import InvalidInputError
from twinlet_train.heads import CosineHead
from twinlet_train.losses import EMBEDDING_LOSSES, PROXY_LOSSES, ImitationLoss
from twinlet_train.settings import LossConfig

# Runs of before there was a default of the loss's own have it in their configuration, whatever the
# loss.
ONCE_WRITTEN = "semi-hard"


def make_loss(config: LossConfig) -> keras.losses.Loss:
    """Make the loss a configuration names, with the settings that differ from its defaults.

    Raises:
        InvalidInputError: No such loss, or a setting that it does not take or cannot use.
    """
    kinds = {**EMBEDDING_LOSSES, **PROXY_LOSSES}
    if config.name not in kinds:
        raise InvalidInputError(
            f"unknown loss.name {config.name!r}; expected one of {', '.join(kinds)}"
        )
    kind = kinds[config.name]
    takes = set(inspect.signature(kind).parameters)
    settings: dict[str, Any] = {}
    for key, default in (("margin", 0.0), ("scale", 0.0), ("distance", ""), ("soft", False)):
        value = getattr(config, key)
        if value == default:
            continue
        if key not in takes:
            raise InvalidInputError(
                f"the {config.name} loss takes no loss.{key}, got {value}; leave it out"
            )
        settings[key] = value
    if {"soft", "margin"} <= settings.keys():
        raise InvalidInputError(
            f"a soft margin has no width, got loss.margin={config.margin:g} with loss.soft; leave "
            f"one of them out"
        )
    if "mining" in takes:
        settings |= {"mining": config.mining} if config.mining else {}
    elif config.mining not in ("", ONCE_WRITTEN):
        raise InvalidInputError(
            f"the {config.name} loss mines no triplets, got loss.mining={config.mining}; leave it "
            f"out"
        )
    return kind(**settings)


def trained_loss(config: LossConfig, embedding: int) -> keras.losses.Loss:
    """The loss that is compiled: the one named, with imitation where there is a teacher."""
    loss = make_loss(config)
    return ImitationLoss(loss, embedding, config.imitate) if config.teacher else loss


def trained_model(twin: keras.Model, config: LossConfig, *, classes: int, seed: int) -> keras.Model:
    """The twin itself, or the twin under a head of one proxy a class where the loss wants one.

    For imitation the head's cosines stand beside the embedding, see `losses.ImitationLoss`.
    """
    if config.name not in PROXY_LOSSES:
        return twin
    output = CosineHead(classes, seed=seed, name="proxies")(twin.output)
    if config.teacher:
        output = keras.layers.Concatenate(name="both", dtype="float32")([twin.output, output])
    return keras.Model(twin.input, output, name="twin_with_proxies")
