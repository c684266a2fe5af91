"""Parts of data that nobody trains on: what calibrates and tests a model from elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from twinlet.errors import InvalidInputError
from twinlet.metrics import Unit
from twinlet.metrics.clusters import UNITS
from twinlet_train.splits import Indices, Splits, check_parts, shipped_test

if TYPE_CHECKING:
    from twinlet_train.data.labelled import LabelledImages

# Ranges of static quantization need few images (`split.train`), choosing layers needs some
# (`split.validation`); halves of the rest calibrate and test.
REPRESENTATIVE = 0.1
VALIDATION = 0.2
FEWEST = 2  # images of an identity in a part, a mated comparison; or identities, a non-mated one


@dataclass(frozen=True)
class OwnModel:
    """A model from elsewhere, and how the data that calibrates it is parted."""

    name: str  # of its file
    unit: Unit  # image: each identity is in every part; identity: each is in one
    seed: int = 0

    def record(self) -> dict[str, Any]:
        """Tables for the provenance of a bundle, read by `of`."""
        return {
            "model": {"own": self.name},
            "split": {"unit": self.unit, "seed": self.seed},
        }

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "OwnModel | None":
        """The model that a bundle's provenance tells of; None for a run of twinlet.

        Raises:
            InvalidInputError: A twinlet that parted such data in another way made it.
        """
        name = config.get("model", {}).get("own")
        if name is None:
            return None
        split = config["split"]
        if split.get("unit") not in UNITS:
            raise InvalidInputError(
                f"the bundle of {name} was made by an older twinlet, which parted its data in "
                f"another way than this one, so calibration and test images would be mixed; "
                f"export {name} again, or name other data"
            )
        return cls(name, split["unit"], split["seed"])

    def parts(self, data: "LabelledImages") -> Splits:
        """Divide labelled images.

        Args:
            data: With or without a test part of its own, which then is the test part.

        Returns:
            Disjoint indices, the same for the same data, unit and seed. The training part trains
            nobody: it gives the representative images of static quantization.

        Raises:
            InvalidInputError: Too few images of an identity or too few identities, two parts with
                the very same image, or one image of two identities.
        """
        rng = np.random.default_rng([self.seed, 3])
        rest, test = shipped_test(data) or (np.arange(len(data.labels)), None)
        by = _by_images if self.unit == "image" else _by_identities
        train, validation, calibration, *drawn = by(data, rest, rng, test is None)
        tested = drawn[0] if test is None else test
        protocol = self._protocol(data, rest, test)
        splits = Splits(train, validation, calibration, tested, protocol, self.unit)
        return check_parts(data, splits)

    def _protocol(self, data: "LabelledImages", rest: Indices, test: Indices | None) -> str:
        identities = np.unique(data.labels[rest])
        shares = f"{REPRESENTATIVE:.0%} representative, {VALIDATION:.0%} validation"
        if self.unit == "image":
            how = f"all {len(identities)} identities in every part, with {shares} of the images of "
            how += "each"
        else:
            how = f"each of {len(identities)} identities in one part: {shares} of them"
        if test is None:
            return f"a model from elsewhere: {how}, the rest in halves for calibration and test"
        tested = np.unique(data.labels[test])
        shared = len(np.intersect1d(tested, identities))
        return (
            f"a model from elsewhere: {how}, the rest for calibration; test is the data's own test "
            f"part, of {len(tested)} identities, {shared} of which are in other parts too"
        )


def _by_images(
    data: "LabelledImages", indices: Indices, rng: np.random.Generator, with_test: bool
) -> list[Indices]:
    """Part the images of each identity."""
    fewest = FEWEST * (4 if with_test else 3)
    parts: list[list[Indices]] = [[] for _ in range(4 if with_test else 3)]
    for label in np.unique(data.labels[indices]):
        own = rng.permutation(indices[data.labels[indices] == label])
        if len(own) < fewest:
            raise InvalidInputError(
                f"{data.spec}: {data.class_names[label]!r} has {len(own)} images, at least "
                f"{fewest} are needed for other images of the same identities, {FEWEST} in each "
                f"part; give it more, leave it out, or promise other identities with --unit "
                f"identity, which needs no more than 2 of each"
            )
        for part, taken in zip(parts, _cut(own, with_test), strict=True):
            part.append(taken)
    return [np.sort(np.concatenate(part)) for part in parts]


def _by_identities(
    data: "LabelledImages", indices: Indices, rng: np.random.Generator, with_test: bool
) -> list[Indices]:
    """Part the identities, each with all its images."""
    labels = data.labels[indices]
    identities = rng.permutation(np.unique(labels))
    fewest = FEWEST * (4 if with_test else 3)
    if len(identities) < fewest:
        raise InvalidInputError(
            f"{data.spec}: {len(identities)} identities, at least {fewest} are needed to promise "
            f"something about others, {FEWEST} in each part; add identities, or promise other "
            f"images of these with --unit image"
        )
    return [indices[np.isin(labels, taken)] for taken in _cut(identities, with_test)]


def _cut(items: Indices, with_test: bool) -> list[Indices]:
    """Representative, validation, calibration and, where asked for, test."""
    representative = max(FEWEST, round(REPRESENTATIVE * len(items)))
    validation = max(FEWEST, round(VALIDATION * len(items)))
    ends = [representative, representative + validation]
    if with_test:
        ends.append(ends[1] + (len(items) - ends[1] + 1) // 2)
    return [np.asarray(part) for part in np.split(items, ends)]
