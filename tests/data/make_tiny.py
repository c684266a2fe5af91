"""Make `tiny.twin` and `probes.npy`, on which the runtime's tests stand.

    python tests/data/make_tiny.py

A twin of 8 x 8 grey pixels and one dense layer of 8 outputs, as ONNX and as TFLite. Weights
and normalised pixels are multiples of powers of two and small, so every sum is exact in
float32: both engines give the same bits on every processor, and so does the generator.

The images are a made-up world: each identity is a random picture, each image of it the
picture plus noise. Half of the identities calibrate, half test.
"""

import hashlib
from pathlib import Path

import numpy as np

from twinlet.backends import open_engine
from twinlet.bundle import (
    FILE_NAMES,
    BundleContents,
    CompactEntry,
    FileEntry,
    Golden,
    InputContract,
    OperatingPoint,
    PackedFile,
    write_bundle,
)
from twinlet.calibration import Calibration, CurvePoint
from twinlet.encodings import COMPACT_PAIRINGS
from twinlet.evaluation import evaluate
from twinlet.measuring import measure_misses
from twinlet.metrics import clopper_pearson_upper, compare_all, compare_encoded, most_errors
from twinlet.templates import normalise

FOLDER = Path(__file__).parent
SEED = 20
SIDE = 8
DIMENSIONS = 8
IDENTITIES = 12  # in each half
IMAGES = 10  # of each identity
NOISE = 25.0  # grey levels; enough that both kinds of error occur
TARGETS = (0.01, 0.1, 0.001)  # the first is the default
CREATED = "2024-01-01T00:00:00Z"

README = """# tiny

A bundle for tests: a random dense layer over 8 x 8 grey pixels, calibrated and tested on a
made-up world of random pictures plus noise. It recognises nothing.
"""


def make_weights():
    """Integers over 8, float32 (64, 8)."""
    draw = np.random.default_rng(SEED).integers(-8, 9, size=(SIDE * SIDE, DIMENSIONS))
    return (draw / 8).astype(np.float32)


def make_world():
    """Images uint8 (n, 8, 8, 1) and labels (n,) of both halves."""
    generator = np.random.default_rng(SEED + 1)
    pictures = generator.uniform(0, 255, size=(2 * IDENTITIES, 1, SIDE, SIDE, 1))
    noise = generator.normal(0, NOISE, size=(2 * IDENTITIES, IMAGES, SIDE, SIDE, 1))
    images = np.clip(np.rint(pictures + noise), 0, 255).astype(np.uint8)
    return images.reshape(-1, SIDE, SIDE, 1), np.repeat(np.arange(2 * IDENTITIES), IMAGES)


def make_onnx(weights):
    """Cast, scale to [-1, 1), flatten, multiply."""
    from onnx import TensorProto, helper, numpy_helper

    pixels = helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", SIDE, SIDE, 1])
    embedding = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", DIMENSIONS])
    constants = {
        "scale": np.float32(1 / 128),
        "one": np.float32(1),
        "weights": weights,
    }
    nodes = [
        helper.make_node("Cast", ["pixels"], ["cast"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["cast", "scale"], ["scaled"]),
        helper.make_node("Sub", ["scaled", "one"], ["centred"]),
        helper.make_node("Flatten", ["centred"], ["flat"], axis=1),
        helper.make_node("MatMul", ["flat", "weights"], ["embedding"]),
    ]
    initializers = [
        numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()
    ]
    graph = helper.make_graph(nodes, "tiny", [pixels], [embedding], initializers)
    # Fixed, and old enough for every onnxruntime that the extra allows.
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()


def make_tflite(weights):
    """Build the same in Keras and convert."""
    import keras
    import tensorflow as tf

    pixels = keras.Input((SIDE, SIDE, 1), dtype="uint8", name="pixels")
    centred = keras.layers.Rescaling(1 / 128, offset=-1.0)(pixels)
    dense = keras.layers.Dense(DIMENSIONS, use_bias=False, name="embedding")
    model = keras.Model(pixels, dense(keras.layers.Flatten()(centred)))
    dense.set_weights([weights])
    return tf.lite.TFLiteConverter.from_keras_model(model).convert()


def calibrate(comparisons, fingerprint):
    """For each rate of a grid, the lowest threshold whose upper bound does not exceed it."""
    scores = np.sort(comparisons.non_mated)[::-1]
    curve = []
    for fmr in sorted({*TARGETS, *(0.5 * 10 ** (-step / 20) for step in range(60))}):
        allowed = most_errors(len(scores), fmr)
        if allowed < 0:
            continue
        threshold = float(np.nextafter(scores[allowed], np.float32(2)))
        false = int(np.count_nonzero(scores >= threshold))
        upper = clopper_pearson_upper(false, len(scores))
        curve.append(CurvePoint(fmr, threshold, false / len(scores), upper))
    return Calibration(
        curve=tuple(curve),
        method="clopper-pearson (comparisons treated as independent)",
        confidence=0.95,
        comparisons=len(scores),
        identities=comparisons.identities,
        images=comparisons.images,
        protocol="all comparisons among the first half of the identities",
        data_fingerprint=fingerprint,
    )


def make_file(name, model, world):
    """Run, calibrate and test one file; give it with all its templates."""
    images, labels = world
    kind = FILE_NAMES[name]
    engine = open_engine(kind.engine, model)
    templates = normalise(engine.embed(images))
    first = labels < IDENTITIES
    fingerprint = hashlib.sha256(images.tobytes()).hexdigest()
    calibration = calibrate(compare_all(templates[first], labels[first]), fingerprint)
    tested = evaluate(
        templates[~first], labels[~first], make_thresholds(calibration), unit="identity"
    )
    points = make_operating_points(tested.fmr, calibration)
    entry = FileEntry(
        name=name,
        format=kind.format,
        precision=kind.precision,
        engine=kind.engine,
        path=kind.path,
        bytes=0,
        sha256="",
        input=engine.input,
        output=engine.output,
        calibration=calibration,
        operating_points=points,
        parity={},
        evaluation=tested.to_json(),
        curves=tested.curves_json(),
        golden_min_cosine=0.9999,
        compact=make_compact(templates, labels, points, calibration),
    )
    return PackedFile(entry, model), templates


def make_compact(templates, labels, points, calibration):
    """Calibrate and test int8 templates, compared with float32 ones and with each other."""
    first = labels < IDENTITIES
    entries = {}
    for pairing in COMPACT_PAIRINGS:
        scores = compare_encoded(templates[first], labels[first], pairing)
        own = calibration.with_thresholds(
            [refit(scores.non_mated, point) for point in calibration.curve]
        )
        tested = measure_misses(
            templates[~first],
            labels[~first],
            make_thresholds(own),
            unit="identity",
            comparisons=compare_encoded(templates[~first], labels[~first], pairing),
            pairing=pairing,
        )
        measured = make_operating_points(tested, own)
        more = [mine.fnmr - theirs.fnmr for mine, theirs in zip(measured, points, strict=True)]
        entries[pairing] = CompactEntry(own, measured, tuple(more))
    return entries


def refit(scores, point):
    """Find the lowest threshold at which as many match as at the point's own."""
    allowed = round(point.fmr_measured * len(scores))
    return float(np.nextafter(scores[len(scores) - allowed - 1], np.float32(2)))


def make_thresholds(calibration):
    """Look up every target."""
    return {target: calibration.point_for(target).threshold for target in TARGETS}


def make_operating_points(measured_points, calibration):
    """Join what calibration promises and what the test found."""
    points = []
    for measured in measured_points:
        point = calibration.point_for(measured.target)
        points.append(
            OperatingPoint(
                target=measured.target,
                threshold=point.threshold,
                fmr=point.fmr_measured,
                fmr_upper=point.fmr_upper,
                fnmr=measured.fnmr,
                fnmr_interval=tuple(measured.fnmr_interval),
            )
        )
    return tuple(points)


def make_golden(files, world):
    """Take two images each of eight tested identities: 8 mated pairs, 8 non-mated ones."""
    images, labels = world
    chosen = [
        identity * IMAGES + image
        for identity in range(IDENTITIES, IDENTITIES + 8)
        for image in (0, 1)
    ]
    mated = [(2 * pair, 2 * pair + 1, True) for pair in range(8)]
    non_mated = [(2 * pair, (2 * pair + 3) % 16, False) for pair in range(8)]
    return Golden.measure(
        images[chosen],
        [f"identity-{labels[image]}" for image in chosen],
        pairs=mated + non_mated,
        templates={file.entry.name: templates[chosen] for file, templates in files},
        thresholds={
            file.entry.name: file.entry.calibration.point_for(TARGETS[0]).threshold
            for file, _ in files
        },
    )


def make_contents():
    """Make all that goes into the bundle."""
    weights, world = make_weights(), make_world()
    files = [
        make_file("litert-fp32", make_tflite(weights), world),
        make_file("onnx-fp32", make_onnx(weights), world),
    ]
    return BundleContents(
        bundle_id=hashlib.sha256(weights.tobytes()).hexdigest(),
        embedding_size=DIMENSIONS,
        default_fmr=TARGETS[0],
        input=InputContract(height=SIDE, width=SIDE, channels=1, color="L"),
        files=tuple(file for file, _ in files),
        golden=make_golden(files, world),
        readme=README,
        left_out={"litert-int8": "not made: this bundle is for tests"},
        refused={"1e-06": "not tried: this bundle is for tests"},
        provenance={"generator": "tests/data/make_tiny.py", "seed": SEED},
        created=CREATED,
    )


def main():
    """Write both files beside this one."""
    contents = make_contents()
    write_bundle(contents, FOLDER / "tiny.twin")
    np.save(FOLDER / "probes.npy", contents.golden.probes, allow_pickle=False)


if __name__ == "__main__":
    main()
