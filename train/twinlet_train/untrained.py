"""Parts of data that nobody trains on: what calibrates and tests a model from elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from twinlet.errors import InvalidInputError
from twinlet.metrics import Unit
from twinlet.metrics.clustered import FEWEST_CLUSTERS
from twinlet.metrics.clusters import UNITS
from twinlet_train.split_checks import check_labels
from twinlet_train.splits import Indices, Splits, check_parts, shipped_test

if TYPE_CHECKING:
    from twinlet_train.data.labelled import LabelledImages

# Ranges of static quantization need few images (`Splits.train`), choosing layers needs some
# (`Splits.validation`); halves of the rest calibrate and test.
REPRESENTATIVE = 0.1
VALIDATION = 0.2
FEWEST = 2  # images of an identity in a part, a mated comparison; or identities, a non-mated one
# Images of each identity, or identities, that can be parted at all, with the test part drawn.
FEWEST_PARTED = 4 * FEWEST
FEWEST_CALIBRATING = 17  # identities that leave `FEWEST_CLUSTERS` of them to calibrate


@dataclass(frozen=True)
class OwnModel:
    """A model from elsewhere, and how the data that calibrates it is parted."""

    name: str  # of its file
    unit: Unit  # image: each identity is in every part; identity: each is in one
    pixels: tuple[float, float] | None = None  # what it takes 0 and 255 as; None: uint8 pixels
    seed: int = 0

    def record(self) -> dict[str, Any]:
        """Tables for the provenance of a bundle, read by `of`."""
        return {
            "model": {"own": self.name, "pixels": self.pixels and list(self.pixels)},
            "split": {"unit": self.unit, "seed": self.seed},
        }

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "OwnModel | None":
        """The model that a bundle's provenance tells of; None for a run of twinlet.

        Raises:
            InvalidInputError: A twinlet that parted such data in another way made it.
        """
        model = config.get("model", {})
        if (name := model.get("own")) is None:
            return None
        split = config["split"]
        if split.get("unit") not in UNITS:
            raise InvalidInputError(
                f"the bundle of {name} was made by an older twinlet, which parted its data in "
                f"another way than this one, so calibration and test images would be mixed; "
                f"export {name} again, or name other data"
            )
        pixels = tuple(model["pixels"]) if model["pixels"] else None
        return cls(name, split["unit"], pixels, split["seed"])

    def parts(self, data: "LabelledImages") -> Splits:
        """Divide labelled images.

        Args:
            data: With or without a test part of its own.

        Returns:
            Disjoint indices, the same for the same data, unit and seed. The training part trains
            nobody: it gives the representative images of static quantization. A test part of the
            data's own tests, as far as its identities are those that the unit speaks of.

        Raises:
            InvalidInputError: Too few images of an identity or too few identities, two parts with
                the very same image, or one image of two identities.
        """
        check_labels(data)
        rng = np.random.default_rng([self.seed, 3])
        divide = _by_images if self.unit == "image" else _by_identities
        return check_parts(data, divide(data, rng))


def _by_images(data: "LabelledImages", rng: np.random.Generator) -> Splits:
    """Part the images of each identity."""
    shipped = shipped_test(data)
    rest = np.arange(len(data.labels)) if shipped is None else shipped[0]
    identities = np.unique(data.labels[rest])
    fewest = FEWEST_PARTED if shipped is None else FEWEST_PARTED - FEWEST
    parts: list[list[Indices]] = [[] for _ in range(fewest // FEWEST)]
    for label in identities:
        own = rng.permutation(rest[data.labels[rest] == label])
        if len(own) < fewest:
            raise InvalidInputError(_too_few_images(data, label, len(own), fewest))
        for part, taken in zip(parts, _cut(own, draw_test=shipped is None), strict=True):
            part.append(taken)
    train, validation, calibration, *drawn = (np.sort(np.concatenate(part)) for part in parts)
    how = (
        f"a model from elsewhere: all {len(identities)} identities in every part, with "
        f"{REPRESENTATIVE:.0%} representative, {VALIDATION:.0%} validation of the images of each, "
    )
    if shipped is None:
        how += "the rest in halves for calibration and test"
        return Splits(train, validation, calibration, drawn[0], how, "image")
    test = shipped[1][np.isin(data.labels[shipped[1]], identities)]
    if not len(test):
        raise InvalidInputError(
            f"{data.spec}: none of the identities of its test part are in the other parts, so "
            f"nothing can be said of other images of the same ones; promise something about other "
            f"identities with --unit identity, or name the images without parts"
        )
    how += "the rest for calibration; test is the data's own test part"
    if strangers := len(shipped[1]) - len(test):
        how += f" without {strangers} images of identities that are nowhere else"
    return Splits(train, validation, calibration, test, how, "image")


def _by_identities(data: "LabelledImages", rng: np.random.Generator) -> Splits:
    """Part the identities, each with all its images."""
    shipped = shipped_test(data)
    if shipped is None:
        rest = tests = np.arange(len(data.labels))
        both = np.unique(data.labels)  # any of them may test
    else:
        rest, tests = shipped
        both = np.intersect1d(data.labels[rest], data.labels[tests])
    others = np.setdiff1d(data.labels[rest], both)
    alone = np.setdiff1d(data.labels[tests], both)
    # Identities of both parts go into one: their images in the other are left out.
    drawn = [both] * 4
    if len(both):
        drawn = _cut(rng.permutation(both), draw_test=True, calibrating=FEWEST_CLUSTERS)
    kept = _cut(rng.permutation(others), draw_test=False) if len(others) else [others] * 3
    chosen = [np.concatenate(pair) for pair in zip(drawn, [*kept, alone], strict=True)]
    fewest = min(len(part) for part in chosen)
    if fewest < FEWEST:
        raise InvalidInputError(_too_few_identities(data, len(np.unique(data.labels))))
    train, validation, calibration = (rest[np.isin(data.labels[rest], part)] for part in chosen[:3])
    test = tests[np.isin(data.labels[tests], chosen[3])]
    count = sum(len(part) for part in chosen)
    how = (
        f"a model from elsewhere: each of {count} identities in one part: "
        f"{REPRESENTATIVE:.0%} representative, {VALIDATION:.0%} validation, the rest "
        f"{'in halves for calibration and test' if len(both) else 'for calibration'}"
    )
    if shipped is not None:
        unused = len(data.labels) - sum(map(len, (train, validation, calibration, test)))
        how += (
            f"; test is of the data's own test part, {len(alone)} of its {len(chosen[3])} "
            f"identities are in it alone"
        )
        how += f"; {unused} images of identities of both parts are left out" if unused else ""
    return Splits(train, validation, calibration, test, how, "identity")


def _cut(items: Indices, *, draw_test: bool, calibrating: int = FEWEST) -> list[Indices]:
    """Representative, validation, calibration and, where asked for, test.

    Of few, so many calibrate: with fewer there is no threshold, with fewer that test only wider
    intervals.
    """
    representative = max(FEWEST, round(REPRESENTATIVE * len(items)))
    validation = max(FEWEST, round(VALIDATION * len(items)))
    ends = [representative, representative + validation]
    if draw_test:
        left = len(items) - ends[1]
        ends.append(ends[1] + max((left + 1) // 2, min(calibrating, left - FEWEST)))
    return [np.asarray(part) for part in np.split(items, ends)]


def _too_few_images(data: "LabelledImages", label: int, count: int, fewest: int) -> str:
    outside = " outside the test part" if data.has_test else ""
    said = (
        f"{data.spec}: {data.class_names[label]!r} has {count} images{outside}, at least {fewest} "
        f"are needed for other images of the same identities, {FEWEST} in each part; give it more, "
        f"or leave it out"
    )
    if len(np.unique(data.labels)) >= FEWEST_CALIBRATING:
        said += (
            "; or promise something about other identities with --unit identity, for which 2 "
            "images of each will do"
        )
    return said


def _too_few_identities(data: "LabelledImages", count: int) -> str:
    said = (
        f"{data.spec}: {count} identities are too few to promise something about others: {FEWEST} "
        f"are needed in each of four parts, and {FEWEST_CALIBRATING} leave the "
        f"{FEWEST_CLUSTERS} that calibrate; add identities"
    )
    if np.bincount(data.labels).min() >= FEWEST_PARTED:
        said += ", or promise something about other images of these with --unit image"
    return said
