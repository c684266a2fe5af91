"""Who trains, who calibrates, who tests: disjoint by construction, the same for one seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError
from twinlet.metrics import Unit
from twinlet_train.settings import at_least

if TYPE_CHECKING:
    from twinlet_train.data.labelled import LabelledImages

Indices = NDArray[np.int64]
CLOSED_SET = "closed-set"
OPEN_SET = "open-set"


@dataclass(frozen=True)
class SplitConfig:
    """How a data set is divided."""

    protocol: str = CLOSED_SET  # closed-set: all classes everywhere; open-set: unseen ones
    seed: int = 0
    test: float = 0.2  # share of each class, when the data has no test part of its own
    calibration: float = 0.1  # share of each class, of what is not test
    validation: float = 0.1  # share of each class, of what is not test
    train_classes: int = 0  # open-set: how many classes train; 0: six of ten

    def check(self) -> None:
        """Refuse values no run can use."""
        at_least("split", self, 0, "seed")
        shares = (self.test, self.calibration, self.validation)
        if min(shares) <= 0.0 or self.calibration + self.validation >= 0.9 or self.test >= 0.9:
            raise InvalidInputError(
                f"split shares must be above 0 and leave images to train on, got test="
                f"{self.test:g}, calibration={self.calibration:g}, validation={self.validation:g}"
            )
        if self.protocol not in (CLOSED_SET, OPEN_SET):
            raise InvalidInputError(
                f"unknown split.protocol {self.protocol!r}; expected {CLOSED_SET} or {OPEN_SET}"
            )


@dataclass(frozen=True)
class Splits:
    """Image indices of each part; no index is in two parts."""

    train: Indices
    validation: Indices
    calibration: Indices
    test: Indices
    protocol: str  # what was done, in one sentence
    # Who a promise can be made about: with classes in every part, other images of these classes;
    # with unseen ones, other classes.
    unit: Unit


def make_splits(data: "LabelledImages", config: SplitConfig) -> Splits:
    """Divide a data set.

    Args:
        data: Labelled images, with or without train and test parts of their own.
        config: Protocol, seed and shares.

    Returns:
        Disjoint indices; the same for the same data and configuration.

    Raises:
        InvalidInputError: Too few classes, too few images of a class, shares that leave
            nothing to train on, or two parts with the very same image.
    """
    config.check()
    splits = _closed_set(data, config) if config.protocol == CLOSED_SET else _open_set(data, config)
    for part in ("validation", "calibration", "test"):
        _check_comparable(data, part, getattr(splits, part))
    _check_apart(data, splits)
    return splits


def _check_comparable(data: "LabelledImages", part: str, indices: Indices) -> None:
    """Refuse a part without a mated or without a non-mated comparison, before any training."""
    counts = np.bincount(data.labels[indices], minlength=1)
    if np.count_nonzero(counts) < 2 or counts.max() < 2:
        raise InvalidInputError(
            f"the {part} part has {len(indices)} images of {np.count_nonzero(counts)} classes, at "
            f"most {counts.max()} of one; comparisons need 2 classes and 2 images of one: add "
            f"images" + (" to the data's own test part" if part == "test" and data.has_test else "")
        )


def _check_apart(data: "LabelledImages", splits: Splits) -> None:
    """Refuse copies of one image in two parts: what fits a threshold must not measure it."""
    names = ("train", "validation", "calibration", "test")
    part = np.full(len(data.labels), -1)
    for number, name in enumerate(names):
        part[getattr(splits, name)] = number
    used = np.flatnonzero(part >= 0)
    order = used[np.argsort(data.originals[used], kind="stable")]
    before, after = order[:-1], order[1:]
    copies = np.flatnonzero(
        (data.originals[before] == data.originals[after]) & (part[before] != part[after])
    )
    if not len(copies):
        return
    first, second = int(before[copies[0]]), int(after[copies[0]])
    shown = " and ".join(
        f"image {index} ({data.class_names[data.labels[index]]}, {names[part[index]]} part)"
        for index in (first, second)
    )
    raise InvalidInputError(
        f"{data.spec}: {len(copies)} images are copies, pixel for pixel, of images in another "
        f"part, so what is measured would be known before: {shown}, counted from 0; remove one of "
        f"each"
    )


def _closed_set(data: "LabelledImages", config: SplitConfig) -> Splits:
    rng = np.random.default_rng([config.seed, 1])
    rest, test = _shipped_or_drawn(data, config, rng)
    rest, calibration = _divide(data, rest, config.calibration, rng)
    train, validation = _divide(data, rest, config.validation, rng)
    own = "the data's own test part" if data.has_test else f"{config.test:.0%} of each class"
    return Splits(
        train,
        validation,
        calibration,
        test,
        protocol=f"closed-set: all {len(data.class_names)} classes in every part; test is {own}; "
        f"calibration {config.calibration:.0%} and validation {config.validation:.0%} of each "
        f"class of the rest; no image in two parts",
        unit="image",
    )


def _open_set(data: "LabelledImages", config: SplitConfig) -> Splits:
    rng = np.random.default_rng([config.seed, 2])
    classes = len(data.class_names)
    seen_count = config.train_classes or round(0.6 * classes)
    if seen_count < 2 or classes - seen_count < 2:
        raise InvalidInputError(
            f"open-set needs at least 2 classes to train and 2 unseen ones, got {classes} "
            f"classes of which {seen_count} train; add classes, set split.train_classes, or use "
            f"split.protocol={CLOSED_SET}"
        )
    order = rng.permutation(classes)
    seen, unseen = np.sort(order[:seen_count]), order[seen_count:]
    rest, test = _shipped_or_drawn(data, config, rng)
    train, validation = _divide(data, _of(data, rest, seen), config.validation, rng)
    if len(unseen) >= 4:
        half = len(unseen) // 2
        calibrating, testing = np.sort(unseen[:half]), np.sort(unseen[half:])
        how = "identities disjoint between training, calibration and test"
    else:
        calibrating = testing = np.sort(unseen)
        how = (
            f"the {len(unseen)} unseen classes are too few to part, so calibration and test "
            f"share them, with different images"
        )

    def names(group: Sequence[int] | Indices) -> str:
        return ", ".join(data.class_names[i] for i in group)

    return Splits(
        train,
        validation,
        # An unseen class trains nobody, so all of what is not test may calibrate.
        calibration=_of(data, rest, calibrating),
        test=_of(data, test, testing)
        if data.has_test or len(unseen) < 4
        else _of(data, np.arange(len(data.labels)), testing),
        protocol=f"open-set: trained on {names(seen)}; calibrated on {names(calibrating)}; "
        f"tested on {names(testing)}; {how}; validation is {config.validation:.0%} of the "
        f"images of each training class",
        unit="identity",
    )


def _shipped_or_drawn(
    data: "LabelledImages", config: SplitConfig, rng: np.random.Generator
) -> tuple[Indices, Indices]:
    """Part off the test images: the data's own where it has some."""
    if data.has_test:
        is_test = data.split == "test"
        return np.flatnonzero(~is_test), np.flatnonzero(is_test)
    return _divide(data, np.arange(len(data.labels)), config.test, rng)


def _divide(
    data: "LabelledImages", indices: Indices, share: float, rng: np.random.Generator
) -> tuple[Indices, Indices]:
    """Part off a share of each class, at least two images, a mated comparison; two or more stay."""
    stay, leave = [], []
    for label in np.unique(data.labels[indices]):
        own = rng.permutation(indices[data.labels[indices] == label])
        taken = max(2, round(share * len(own)))
        if len(own) - taken < 2:
            raise InvalidInputError(
                f"class {data.class_names[label]!r} has too few images: {len(own)} left where "
                f"{taken} go to another part and 2 must stay to train; give every class at "
                f"least 8 images"
            )
        leave.append(own[:taken])
        stay.append(own[taken:])
    return np.sort(np.concatenate(stay)), np.sort(np.concatenate(leave))


def _of(data: "LabelledImages", indices: Indices, classes: Indices) -> Indices:
    return indices[np.isin(data.labels[indices], classes)]
