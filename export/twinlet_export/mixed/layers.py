"""The layers of a converted network, and who reads what they give."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Operator:
    """One operator of a converted network, in the order of computation."""

    name: str  # as the quantizer calls it, unique
    kind: str
    inputs: tuple[str, ...]  # tensors; constants may be among them
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Layer:
    """An operator that computes, with those behind it that only clip or move what it gives."""

    name: str  # for people, unique in the network
    operators: tuple[str, ...]  # names
    readers: tuple[str, ...]  # names of the layers that read its result


def layers_of(
    operators: Sequence[Operator], *, moving: Collection[str], idle: Collection[str]
) -> tuple[Layer, ...]:
    """Group operators into layers.

    Args:
        operators: In the order of computation.
        moving: Kinds that only clip or move numbers. They belong to the layer before them when
            nobody else reads it: their input and result are rounded alike.
        idle: Kinds that there is nothing to quantize in; they are in no layer.

    Returns:
        The layers in the order of computation.
    """
    consumers: dict[str, list[int]] = {}
    for place, operator in enumerate(operators):
        for tensor in operator.inputs:
            consumers.setdefault(tensor, []).append(place)
    members: list[list[int]] = []
    layer_of: dict[int, int] = {}
    for place, operator in enumerate(operators):
        if place in layer_of or operator.kind in idle:
            continue
        layer_of[place] = len(members)
        members.append([place])
        while len(found := _readers(operators[members[-1][-1]], consumers)) == 1 and (
            operators[found[0]].kind in moving
        ):
            layer_of[found[0]] = layer_of[place]
            members[-1].append(found[0])
    names = _names([operators[places[0]].name for places in members])
    return tuple(
        Layer(
            names[number],
            tuple(operators[place].name for place in places),
            tuple(
                names[layer_of[reader]]
                for reader in _readers(operators[places[-1]], consumers)
                if reader in layer_of
            ),
        )
        for number, places in enumerate(members)
    )


def _readers(operator: Operator, consumers: dict[str, list[int]]) -> list[int]:
    return sorted({place for tensor in operator.outputs for place in consumers.get(tensor, ())})


def _names(names: list[str]) -> list[str]:
    """TFLite joins the names of all that it fused with semicolons; the first one tells enough."""
    short = [name.partition(";")[0] for name in names]
    return [
        few if short.count(few) == 1 else whole for few, whole in zip(short, names, strict=True)
    ]
