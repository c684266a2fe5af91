"""Prove one file: parity with the twin, thresholds of its own, error rates of its own."""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twinlet.backends import open_engine
from twinlet.bundle import FILE_NAMES, FileEntry, OperatingPoint, PackedFile
from twinlet.calibration import Calibration
from twinlet.errors import CalibrationError, ParityError
from twinlet.evaluation import Evaluation, evaluate
from twinlet.metrics import compare_all
from twinlet_export.calibration import fit
from twinlet_export.embedding import engine_templates, twin_templates
from twinlet_export.ground import Ground
from twinlet_export.metadata import Description, labelled
from twinlet_export.parity import Decider, Parity, measure
from twinlet_export.settings import GOLDEN_MIN_COSINE, PARITY_LIMITS, SPREAD

if TYPE_CHECKING:
    import keras

COLOURS = {1: "L", 3: "RGB"}
THREADS = 1  # as most devices run it; more would only change the order of float sums


@dataclass(frozen=True)
class Proven:
    """A file that may go into the bundle."""

    packed: PackedFile
    golden: NDArray[np.float32]  # templates of the probes, (n, d), unit length
    threshold: float  # at the default False Match Rate


def reference(twin: "keras.Model", ground: Ground) -> Decider:
    """Embed the calibration images with Keras and fit Keras' own threshold.

    Raises:
        ParityError: An embedding is all zeros or not finite.
        CalibrationError: All embeddings are nearly the same.
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
    calibration = fit(comparisons, ground.targets, source=ground.source)
    return Decider(templates, calibration.point_for(ground.targets[0]).threshold)


def prove(name: str, model: bytes, *, ground: Ground, twin: Decider, bundle_id: str) -> Proven:
    """Measure a file on the ground, and write into it what it is.

    Args:
        name: Of the file, one of `FILE_NAMES`.
        model: Its bytes.
        ground: Images and targets.
        twin: Keras' templates of the calibration images, and its threshold.
        bundle_id: Of the twin.

    Raises:
        ParityError: It is farther from the twin than the limits of its precision allow.
        CalibrationError: Its similarities do not support a target.
        BundleError: Its engine does not accept it.
    """
    kind = FILE_NAMES[name]
    engine = open_engine(kind.engine, model, threads=THREADS)
    templates = engine_templates(engine, ground.calibration.pixels, file=name)
    comparisons = compare_all(templates, ground.calibration.labels)
    calibration = fit(comparisons, ground.targets, source=ground.source)
    threshold = calibration.point_for(ground.targets[0]).threshold
    limits = PARITY_LIMITS[kind.precision]
    parity = _parity(twin, Decider(templates, threshold), ground)
    failures = parity.failures(limits)
    if failures:
        raise ParityError(
            f"{name} does not behave like the twin: {'; '.join(failures)} (over {parity.images} "
            f"images of the calibration part)"
        )
    evaluation = evaluate(
        engine_templates(engine, ground.test.pixels, file=name),
        ground.test.labels,
        {target: calibration.point_for(target).threshold for target in ground.targets},
    )
    channels, size = ground.calibration.pixels.shape[3], templates.shape[1]
    model = labelled(
        model,
        Description(name, bundle_id, COLOURS[channels], size, calibration),
    )
    engine = open_engine(kind.engine, model, threads=THREADS)  # what is packed is what is tried
    entry = FileEntry(
        name=name,
        format=kind.format,
        precision=kind.precision,
        engine=kind.engine,
        path=kind.path,
        bytes=len(model),
        sha256=hashlib.sha256(model).hexdigest(),
        input=engine.input,
        output=engine.output,
        calibration=calibration,
        operating_points=_operating_points(calibration, evaluation),
        parity=parity.to_json(limits),
        evaluation=evaluation.to_json(),
        curves=evaluation.curves_json(),
        golden_min_cosine=GOLDEN_MIN_COSINE[kind.precision],
    )
    golden = engine_templates(engine, ground.probes.pixels, file=name)
    return Proven(PackedFile(entry, model), golden, threshold)


def _parity(twin: Decider, file: Decider, ground: Ground) -> Parity:
    chosen = ground.parity
    return measure(
        Decider(twin.templates[chosen], twin.threshold),
        Decider(file.templates[chosen], file.threshold),
        ground.calibration.labels[chosen],
    )


def _operating_points(
    calibration: Calibration, evaluation: Evaluation
) -> tuple[OperatingPoint, ...]:
    """Join what was promised on the calibration part with what was missed on the test part."""
    return tuple(
        OperatingPoint(
            target=measured.target,
            threshold=measured.threshold,
            fmr=calibration.point_for(measured.target).fmr_measured,
            fmr_upper=calibration.point_for(measured.target).fmr_upper,
            fnmr=measured.fnmr,
            fnmr_interval=measured.fnmr_interval,
        )
        for measured in evaluation.fmr
    )
