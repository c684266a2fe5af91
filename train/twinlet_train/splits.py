"""Who trains, who calibrates, who tests: disjoint by construction, the same for one seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError
from twinlet.metrics import Unit
from twinlet_train.settings import at_least
from twinlet_train.split_checks import check_apart, check_comparable, check_labels

if TYPE_CHECKING:
    from twinlet_train.data.labelled import LabelledImages

Indices = NDArray[np.int64]
CLOSED_SET = "closed-set"
OPEN_SET = "open-set"
PARTS = ("train", "validation", "calibration", "test")


@dataclass(frozen=True)
class SplitConfig:
    """How a data set is divided."""

    protocol: str = CLOSED_SET  # closed-set: all classes everywhere; open-set: unseen ones
    seed: int = 0
    test: float = 0.2  # share of each class, when the data has no test part of its own
    calibration: float = 0.1  # closed-set: share of each class, of what is not test
    validation: float = 0.1  # share of each class that trains, of what is neither
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
        if self.train_classes and self.protocol == CLOSED_SET:
            raise InvalidInputError(
                f"split.protocol={CLOSED_SET} trains on all classes, got split.train_classes="
                f"{self.train_classes}; leave it out, or set split.protocol={OPEN_SET}"
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
    """Divide a data set to train on.

    Args:
        data: Labelled images, with or without train and test parts of their own.
        config: Protocol, seed and shares.

    Returns:
        Disjoint indices; the same for the same data and configuration.

    Raises:
        InvalidInputError: Too few classes, too few images of a class, shares or parts of its own
            that leave nothing to train on, two parts with the very same image, or one image in
            two classes.
    """
    config.check()
    check_labels(data)
    divide = _closed_set if config.protocol == CLOSED_SET else _open_set
    return check_parts(data, divide(data, config))


def check_parts(data: "LabelledImages", splits: Splits) -> Splits:
    """Give the parts back where each can be compared and none holds images of another.

    Raises:
        InvalidInputError: A part has too few images, or two have the very same one.
    """
    for part in ("validation", "calibration", "test"):
        check_comparable(data, part, getattr(splits, part))
    check_apart(data, {part: getattr(splits, part) for part in PARTS})
    return splits


def check_heeded(data: "LabelledImages", config: SplitConfig, splits: Splits) -> None:
    """Refuse shares that the split did not heed; not asked of runs that are there already.

    Raises:
        InvalidInputError: split.test or split.calibration is set, and nothing is drawn by it.
    """
    is_open = config.protocol == OPEN_SET
    why = ""
    if data.has_test:
        why = "the data have a test part of their own"
    elif is_open and not np.isin(data.labels[splits.test], data.labels[splits.calibration]).any():
        why = "classes of their own test with all of their images"
    if why and config.test != SplitConfig.test:
        raise InvalidInputError(f"{why}, got split.test={config.test:g}; leave it out")
    if is_open and config.calibration != SplitConfig.calibration:
        raise InvalidInputError(
            f"split.protocol={OPEN_SET} calibrates with all images that do not test, of classes "
            f"that nobody trains on, got split.calibration={config.calibration:g}; leave it out"
        )


def shipped_test(data: "LabelledImages") -> tuple[Indices, Indices] | None:
    """All else and the data's own test part; None where it has none.

    Raises:
        InvalidInputError: All images are in it.
    """
    if not data.has_test:
        return None
    is_test = data.split == "test"
    if is_test.all():
        raise InvalidInputError(
            f"{data.spec}: all {len(is_test)} images are in its test part, none is left for the "
            f"others; add a training part, or name the images without parts"
        )
    return np.flatnonzero(~is_test), np.flatnonzero(is_test)


def _closed_set(data: "LabelledImages", config: SplitConfig) -> Splits:
    rng = np.random.default_rng([config.seed, 1])
    shipped = shipped_test(data)
    rest, test = shipped or _divide(data, np.arange(len(data.labels)), config.test, rng)
    tested = np.unique(data.labels[test])
    classes = np.unique(data.labels[rest])
    if len(alien := np.setdiff1d(tested, classes)):
        raise InvalidInputError(
            f"{data.spec}: {len(alien)} of {len(tested)} classes are in the test part only, such "
            f"as {data.class_names[alien[0]]!r}; with split.protocol={CLOSED_SET} all of them are "
            f"trained on: give them images in the training part too (the same spelling, upper and "
            f"lower case included), or remove them from the test part"
        )
    rest, calibration = _divide(data, rest, config.calibration, rng)
    train, validation = _divide(data, rest, config.validation, rng)
    own = f"{config.test:.0%} of each class"
    if data.has_test:
        own = "the data's own test part"
        if not np.array_equal(tested, classes):
            own += f", which has {len(tested)} of them"
    return Splits(
        train,
        validation,
        calibration,
        test,
        protocol=f"closed-set: all {len(classes)} classes in every part; test is {own}; "
        f"calibration {config.calibration:.0%} and validation {config.validation:.0%} of each "
        f"class of the rest; no image in two parts",
        unit="image",
    )


def _open_set(data: "LabelledImages", config: SplitConfig) -> Splits:
    rng = np.random.default_rng([config.seed, 2])
    everything = np.arange(len(data.labels))
    shipped = shipped_test(data)
    rest, tests = shipped or (everything, everything)
    learnable, testable = np.unique(data.labels[rest]), np.unique(data.labels[tests])
    classes = len(data.class_names)
    seen_count = config.train_classes or round(0.6 * len(learnable))
    if seen_count < 2 or seen_count > len(learnable) or classes - seen_count < 2:
        most = f", {len(learnable)} outside the test part" if len(learnable) < classes else ""
        raise InvalidInputError(
            f"open-set needs at least 2 classes to train and 2 unseen ones, got {classes} "
            f"classes{most}, of which {seen_count} train; add classes, set split.train_classes, or "
            f"use split.protocol={CLOSED_SET}"
        )
    order = rng.permutation(classes)
    seen = np.sort(order[np.isin(order, learnable)][:seen_count])
    unseen = order[~np.isin(order, seen)]
    calibrating, testing = _parted(unseen, learnable, testable)
    if min(len(calibrating), len(testing)) < 2:
        raise InvalidInputError(
            f"open-set needs 2 unseen classes to calibrate on and 2 to test on, got "
            f"{len(calibrating)} and {len(testing)}, where {seen_count} of {classes} train; lower "
            f"split.train_classes, or add classes"
        )
    shares = np.isin(calibrating, testing).any()
    calibration, test = _of(data, rest, calibrating), _of(data, tests, testing)
    how = "identities disjoint between training, calibration and test"
    if shares:
        how = (
            f"the {len(unseen)} unseen classes are too few to part, so calibration and test "
            f"share them, with different images"
        )
        if shipped is None:
            calibration, test = _divide(data, test, config.test, rng)
    train, validation = _divide(data, _of(data, rest, seen), config.validation, rng)

    def names(group: Sequence[int] | Indices) -> str:
        return ", ".join(data.class_names[i] for i in group)

    return Splits(
        train,
        validation,
        calibration,
        test,
        protocol=f"open-set: trained on {names(seen)}; calibrated on {names(calibrating)}; "
        f"tested on {names(testing)}; {how}; validation is {config.validation:.0%} of the "
        f"images of each training class",
        unit="identity",
    )


def _parted(unseen: Indices, learnable: Indices, testable: Indices) -> tuple[Indices, Indices]:
    """Who of the unseen classes calibrates and who tests; both, as they can, where too few.

    A class that the data have in their own test part only, tests; one that they do not test with,
    calibrates; of the others half do either.
    """
    tests, calibrates = np.isin(unseen, testable), np.isin(unseen, learnable)
    ordered = unseen[np.argsort(tests.astype(int) - calibrates, kind="stable")]
    half = int(np.clip(len(unseen) // 2, np.count_nonzero(~tests), np.count_nonzero(calibrates)))
    if min(half, len(ordered) - half) < 2:
        return np.sort(unseen[calibrates]), np.sort(unseen[tests])
    return np.sort(ordered[:half]), np.sort(ordered[half:])


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
