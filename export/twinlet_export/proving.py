"""Prove one file: parity with the twin, thresholds of its own, error rates of its own."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twinlet.bundle import FILE_NAMES, FileEntry, PackedFile
from twinlet.calibration import Calibration
from twinlet.compacting import Measured, operating_point, prove_compact
from twinlet.encodings import Pairing
from twinlet.errors import CalibrationError, ParityError
from twinlet.evaluation import evaluate
from twinlet.metrics import Comparisons, compare_all, threshold_letting
from twinlet.metrics.paired import METHOD
from twinlet_export.aims import Aims, Targets, choose_targets
from twinlet_export.embedding import engine_templates, twin_templates
from twinlet_export.engines import Engines
from twinlet_export.evidence import Evidence
from twinlet_export.ground import Ground
from twinlet_export.metadata import Description, labelled
from twinlet_export.parity import Decider, Parity, measure
from twinlet_export.parity_points import ParityPoint, compare_points
from twinlet_export.settings import GOLDEN_MIN_COSINE, SPREAD, ParityLimits

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Reference:
    """What Keras makes of the same images: the twin that every file is compared with."""

    calibration: NDArray[np.float32]  # templates (n, d), unit length
    test: NDArray[np.float32]
    # By target: where just this share of the calibration's non-mated comparisons match. What is
    # promised is stricter, by as much as chance has it, and by more for one file than another.
    thresholds: Mapping[float, float]


@dataclass(frozen=True)
class Proven:
    """A file that may go into the bundle."""

    packed: PackedFile
    golden: NDArray[np.float32]  # templates of the probes, (n, d), unit length
    others: NDArray[np.float32]  # of the golden images of other sizes, (m, d), unit length
    threshold: float  # at the default False Match Rate


def reference(twin: "keras.Model", ground: Ground, aims: Aims) -> tuple[Reference, Targets]:
    """Embed calibration and test images with Keras, and see which rates its own curve holds.

    Raises:
        ParityError: An embedding is all zeros or not finite.
        CalibrationError: All embeddings are nearly the same, or the comparisons do not support
            a rate that was asked for, or none of the usual ones.
    """
    templates = twin_templates(twin, ground.calibration.pixels)
    comparisons = compare_all(templates, ground.calibration.labels)
    low, middle, high = np.quantile(comparisons.non_mated, (0.01, 0.5, 0.99))
    if high - low < SPREAD:
        raise CalibrationError(
            f"the twin has collapsed: images of different identities have similarities of "
            f"{middle:.4f}, nearly all within {high - low:.5f}, where at least {SPREAD:g} is "
            f"expected; train longer, or with another learning rate or margin"
        )
    calibration = aims.fit(templates, ground.calibration.labels)
    targets = choose_targets(calibration, aims.fmrs)
    found = Reference(
        templates, twin_templates(twin, ground.test.pixels), _equal(comparisons, targets.rates)
    )
    return found, targets


def prove(
    name: str,
    model: bytes,
    *,
    ground: Ground,
    aims: Aims,
    targets: Targets,
    twin: Reference,
    bundle_id: str,
    mixed: Mapping[str, Any] = MappingProxyType({}),
) -> Proven:
    """Measure a file on the ground, and write into it what it is.

    Args:
        name: Of the file, one of `FILE_NAMES`.
        model: Its bytes.
        ground: Images.
        aims: What its curve is fitted for, and how far it may be from the twin.
        targets: For which there are operating points, as far as its curve holds them.
        twin: Keras' templates and thresholds.
        bundle_id: Of the twin.
        mixed: How its layers in float were found; see `twinlet_export.mixed`.

    Raises:
        ParityError: It is farther from the twin than the limits of its precision allow.
        CalibrationError: Its similarities do not support a target.
        BundleError: Its engine does not accept it.
    """
    kind = FILE_NAMES[name]
    engines = Engines(kind.engine, model)
    templates = engine_templates(engines, ground.calibration.pixels, file=name)
    calibration = aims.fit(templates, ground.calibration.labels, default=targets.default)
    held = targets.held_by(calibration)
    tested = engine_templates(engines, ground.test.pixels, file=name)
    del engines  # copies of the file in memory, which what follows needs for itself
    limits = aims.limits[kind.precision]
    comparisons = compare_all(templates, ground.calibration.labels)
    file = Reference(templates, tested, _equal(comparisons, held))
    parity, points = _parity(twin, file, ground, held[0]), _points(twin, file, ground, held)
    failures = _over(parity.images, "calibration", parity.failures(limits))
    failures |= _over(len(ground.test.labels), "test", _lost(points[0], limits))
    if failures:
        reasons = dict.fromkeys(limits.reason_for(key) for key in failures)
        raise ParityError(
            f"{name} does not behave like the twin: {'; '.join(failures.values())}. Why the "
            f"limits are what they are: {'; '.join(reasons)}"
        )
    on_test = compare_all(tested, ground.test.labels)
    evaluation = evaluate(
        tested,
        ground.test.labels,
        _thresholds(calibration, held),
        unit=aims.unit,
        comparisons=on_test,
    )
    operating_points = tuple(operating_point(calibration, point) for point in evaluation.fmr)
    evidence = Evidence.measure(
        comparisons,
        on_test,
        calibration,
        labels=ground.calibration.labels,
        unit=aims.unit,
    )
    compact = prove_compact(
        Measured(templates, tested, calibration, operating_points, evidence.independent),
        ground.calibration.labels,
        ground.test.labels,
        unit=aims.unit,
    )
    size = templates.shape[1]
    model = labelled(
        model,
        Description(name, bundle_id, ground.contract.color, size, calibration),
    )
    engines = Engines(kind.engine, model)  # what is packed is what is tried
    entry = FileEntry(
        name=name,
        format=kind.format,
        precision=kind.precision,
        engine=kind.engine,
        path=kind.path,
        bytes=len(model),
        sha256=hashlib.sha256(model).hexdigest(),
        input=engines.input,
        output=engines.output,
        calibration=calibration,
        operating_points=operating_points,
        parity={
            **parity.to_json(limits),
            "points": {f"{point.target:g}": point.to_json() for point in points},
            "intervals": METHOD,
        },
        evaluation=evaluation.to_json(),
        curves={**evaluation.curves_json(), "reliability": evidence.reliability.to_json()},
        golden_min_cosine=GOLDEN_MIN_COSINE[kind.precision],
        mixed=dict(mixed),
        compact=compact.entries,
        likelihood={Pairing.FLOAT32: evidence.likelihood, **compact.likelihoods},
    )
    golden = engine_templates(engines, ground.probes.pixels, file=name)
    others = np.empty((0, size), np.float32)
    if ground.sources:
        others = engine_templates(engines, ground.inputs, file=name)
    return Proven(PackedFile(entry, model), golden, others, operating_points[0].threshold)


def _thresholds(calibration: Calibration, held: tuple[float, ...]) -> dict[float, float]:
    return {target: calibration.point_for(target).threshold for target in held}


def _equal(comparisons: Comparisons, rates: Iterable[float]) -> dict[float, float]:
    """Thresholds at which twin and file let as many strangers in, so that misses compare."""
    scores = comparisons.non_mated
    return {rate: float(threshold_letting(scores, int(rate * len(scores)))) for rate in rates}


def _parity(twin: Reference, file: Reference, ground: Ground, default: float) -> Parity:
    chosen = ground.parity
    return measure(
        Decider(twin.calibration[chosen], twin.thresholds[default]),
        Decider(file.calibration[chosen], file.thresholds[default]),
        ground.calibration.labels[chosen],
    )


def _points(
    twin: Reference, file: Reference, ground: Ground, held: tuple[float, ...]
) -> list[ParityPoint]:
    """Both at each operating point: decisions on the parity images, misses on the test part."""
    return compare_points(
        (twin.calibration[ground.parity], file.calibration[ground.parity]),
        (twin.test, file.test),
        ground.test.labels,
        {target: (twin.thresholds[target], file.thresholds[target]) for target in held},
    )


def _over(images: int, part: str, failures: Mapping[str, str]) -> dict[str, str]:
    """Say of each failure on how many images of which part it was measured."""
    return {
        key: f"{what} (over {images} images of the {part} part)" for key, what in failures.items()
    }


def _lost(point: ParityPoint, limits: ParityLimits) -> dict[str, str]:
    """Whether the file misses more than the twin on the test part, by more than is allowed."""
    low, high = point.more_misses.interval
    if low <= limits.more_misses:
        return {}
    return {
        "more_misses": f"FNMR at FMR {point.target:g} is {100 * point.more_misses.value:.1f} "
        f"points above the twin's ({100 * low:.1f} to {100 * high:.1f}), at most "
        f"{100 * limits.more_misses:g} is allowed"
    }
