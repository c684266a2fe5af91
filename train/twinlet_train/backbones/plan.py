"""Widths and strides of a network's layers, for the options chosen."""

from collections.abc import Sequence


def scaled(channels: float, width: float = 1.0) -> int:
    """Scale a number of channels to a multiple of 8, as MobileNets do.

    Never more than 10 % below the exact product (Sandler et al. 2018, reference
    implementation).

    Example:
        >>> scaled(32, 0.35), scaled(24, 0.5), scaled(64)
        (16, 16, 64)
    """
    exact = channels * width
    near = max(8, int(exact + 4) // 8 * 8)
    return near + 8 if near < 0.9 * exact else near


def remaining_strides(strides: Sequence[int], halvings: int) -> list[int]:
    """Keep so many of the strides of 2: the early ones become 1.

    The late ones are kept, since behind them lie the wide layers, which would cost four times
    as much. No weight depends on a stride, so trained ones still fit.

    Example:
        >>> remaining_strides([2, 1, 2, 2], halvings=1)
        [1, 1, 1, 2]
    """
    surplus = list(strides).count(2) - halvings
    kept = []
    for stride in strides:
        drop = stride == 2 and surplus > 0
        surplus -= drop
        kept.append(1 if drop else stride)
    return kept


def cells_left(side: int, halvings: int, *, rounds_down: bool = False) -> int:
    """Side of what is left of an image after so many halvings.

    Args:
        side: Of the image, in pixels.
        halvings: How often.
        rounds_down: Whether half of an odd side is rounded down, or up.

    Example:
        >>> cells_left(28, 3), cells_left(28, 3, rounds_down=True)
        (4, 3)
    """
    return side >> halvings if rounds_down else -(-side >> halvings)


def halvings_leaving(cells: int, side: int, designed: int, *, rounds_down: bool = False) -> int:
    """How often a network may halve an image so that enough is left of it.

    Args:
        cells: Least side of the last feature map.
        side: Of the image, in pixels.
        designed: How often it was made to halve.
        rounds_down: See `cells_left`.

    Returns:
        1 to `designed`; 1 also where the image has fewer pixels than asked for.

    Example:
        >>> [halvings_leaving(4, side, 5) for side in (8, 32, 96, 224)]
        [1, 3, 4, 5]
    """
    left = {h: cells_left(side, h, rounds_down=rounds_down) for h in range(1, designed + 1)}
    return max((h for h, rest in left.items() if rest >= cells), default=1)
