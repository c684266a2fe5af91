"""One file against the twin, on its own thresholds."""

import dataclasses
import functools

import keras
import numpy as np
import onnx
import pytest
from ai_edge_litert.interpreter import Interpreter as LiteRt

from twinlet.backends import open_engine
from twinlet.bundle import FILE_NAMES
from twinlet.errors import CalibrationError, ParityError
from twinlet.metrics import compare_all
from twinlet.templates import normalise
from twinlet_export.aims import Aims, Targets
from twinlet_export.aware.methods import METHODS
from twinlet_export.building import Builder
from twinlet_export.embedding import twin_templates
from twinlet_export.ground import lay_ground
from twinlet_export.proving import prove, reference
from twinlet_export.settings import BUILT, PARITY_LIMITS

TARGETS = Targets((0.2, 0.4))


@pytest.fixture(scope="module")
def ground(data, splits):
    return lay_ground(data, splits, seed=3)


@pytest.fixture(scope="module")
def aims(ground):
    return Aims("image", ground.source, fmrs=(0.2, 0.4))


@pytest.fixture(scope="module")
def expected(twin, ground, aims):
    return reference(twin, ground, aims)[0]


@pytest.fixture
def prover(ground, aims):
    return functools.partial(prove, ground=ground, aims=aims, targets=TARGETS, bundle_id="b" * 64)


@pytest.fixture(scope="module")
def builder(twin, ground):
    return Builder(twin, ground.representative.pixels[:])


def check_readable_anywhere(model, form):
    """No operator of anybody's own, and a shape for everything: what viewers and engines need."""
    if form == "tflite":
        used = LiteRt(model_content=model)._get_ops_details()
        assert used
        assert not [one["op_name"] for one in used if one["op_name"].startswith(("Flex", "CUSTOM"))]
        return
    graph = onnx.load_from_string(model)
    onnx.checker.check_model(graph, full_check=True)
    assert {one.domain for one in graph.graph.node} <= {"", "ai.onnx"}
    inferred = onnx.shape_inference.infer_shapes(graph, strict_mode=True).graph
    known = {
        one.name: len(one.type.tensor_type.shape.dim)
        for one in (*inferred.value_info, *inferred.output)
        if one.type.tensor_type.HasField("shape")
    }
    assert {name for node in inferred.node for name in node.output} <= set(known)


@pytest.mark.parametrize("name", [n for n in BUILT if FILE_NAMES[n].precision not in METHODS])
def test_every_file_passes_with_what_its_name_says(name, builder, ground, prover, expected):
    model = builder.build(name)
    proven = prover(name, model, twin=expected)
    entry = proven.packed.entry
    assert (entry.name, entry.bytes) == (name, len(proven.packed.model))
    assert entry.bytes > len(model)  # what it says of itself is in it
    assert entry.path == FILE_NAMES[name].path
    check_readable_anywhere(proven.packed.model, entry.format)
    assert [point.target for point in entry.operating_points] == [0.2, 0.4]
    assert proven.threshold == entry.operating_points[0].threshold
    assert proven.golden.shape == (16, 24)
    assert set(entry.compact) == {"float32-int8", "int8"}
    for part in entry.compact.values():
        assert [point.target for point in part.operating_points] == [0.2, 0.4]
        # A part of a hundred templates in eight bits: hardly a decision changes.
        assert max(map(abs, part.more_misses)) < 0.1
    assert list(entry.likelihood) == ["float32", "float32-int8", "int8"]
    for ratios in entry.likelihood.values():
        # As calibration and test images are alike, most of what can be told is told.
        assert ratios.cllr_min < ratios.cllr < ratios.cllr_min + 0.35
        assert ratios.knots[-1][1] <= -np.log(entry.calibration.lowest) + 1e-4
    groups = entry.curves["reliability"]
    assert sum(groups["mated"]) == entry.evaluation["mated"]
    assert sum(groups["non_mated"]) == entry.evaluation["non_mated"]
    assert np.allclose(np.linalg.norm(proven.golden, axis=1), 1.0, atol=1e-6)
    engine = open_engine(entry.engine, proven.packed.model)
    assert np.allclose(proven.others, normalise(engine.embed(ground.inputs)), atol=1e-6)


def test_a_threshold_holds_on_the_file_s_own_comparisons(builder, ground, prover, expected):
    model = builder.build("onnx-int8")
    entry = prover("onnx-int8", model, twin=expected).packed.entry
    engine = open_engine("onnxruntime", model)
    own = compare_all(
        normalise(engine.embed(ground.calibration.pixels[:])), ground.calibration.labels
    )
    for point in entry.operating_points:
        assert point.fmr == np.mean(own.non_mated >= point.threshold)
        assert point.fmr <= point.fmr_upper <= point.target


def test_misses_are_counted_on_the_test_part(twin, builder, ground, prover, expected):
    entry = prover("litert-fp32", builder.build("litert-fp32"), twin=expected)
    entry = entry.packed.entry
    tested = compare_all(twin_templates(twin, ground.test.pixels), ground.test.labels)
    for point in entry.operating_points:
        # Keras and LiteRT differ in the seventh digit; no comparison is that near.
        assert point.fnmr == pytest.approx(np.mean(tested.mated < point.threshold), abs=1e-9)


def test_another_twin_s_file_does_not_pass(builder, ground, prover, expected):
    turned = dataclasses.replace(expected, calibration=expected.calibration[:, ::-1])
    with pytest.raises(ParityError, match="litert-fp32 does not behave like the twin: median cos"):
        prover("litert-fp32", builder.build("litert-fp32"), twin=turned)


def test_a_refusal_names_the_part_of_each_failure(builder, ground, aims, prover, expected):
    turned = dataclasses.replace(expected, calibration=expected.calibration[:, ::-1])
    limits = dataclasses.replace(PARITY_LIMITS["fp32"], more_misses=-1.0)
    strict = dataclasses.replace(aims, limits={"fp32": limits})
    with pytest.raises(ParityError) as caught:
        prover("litert-fp32", builder.build("litert-fp32"), twin=turned, aims=strict)
    said = str(caught.value).partition(". Why the limits")[0].split("; ")
    parity = f"(over {len(ground.parity)} images of the calibration part)"
    tested = f"(over {len(ground.test.labels)} images of the test part)"
    assert len(said) > 2
    assert all(failure.endswith(parity) for failure in said[:-1])
    assert said[-1].startswith("FNMR at FMR 0.2 is ")
    assert said[-1].endswith(tested)


def test_a_file_that_misses_more_than_it_may_does_not_pass(builder, aims, prover, expected):
    # A limit of -1: no file may miss as much as the twin does.
    limits = dataclasses.replace(PARITY_LIMITS["fp32"], more_misses=-1.0)
    strict = dataclasses.replace(aims, limits={"fp32": limits})
    with pytest.raises(ParityError, match=r"FNMR at FMR 0.2 is -?0.0 points above the twin's"):
        prover("litert-fp32", builder.build("litert-fp32"), twin=expected, aims=strict)


def test_every_point_is_compared_with_the_twin(builder, ground, prover, expected):
    model = builder.build("onnx-int8")
    entry = prover("onnx-int8", model, twin=expected).packed.entry
    engine = open_engine("onnxruntime", model)
    assert list(entry.parity["points"]) == ["0.2", "0.4"]
    for point, operating in zip(
        entry.parity["points"].values(), entry.operating_points, strict=True
    ):
        low, high = point["agreement"]["interval"]
        assert low <= point["agreement"]["value"] <= high <= 1.0
        mated = compare_all(expected.test, ground.test.labels).mated
        own = np.mean(mated < expected.thresholds[operating.target])
        templates = [
            normalise(engine.embed(part.pixels[:])) for part in (ground.calibration, ground.test)
        ]
        strangers = compare_all(templates[0], ground.calibration.labels).non_mated
        let_in = int(operating.target * len(strangers))
        above = strangers[len(strangers) - let_in - 1]  # the first that is one too many
        missed = np.mean(compare_all(templates[1], ground.test.labels).mated <= above)
        assert point["more_misses"]["value"] == pytest.approx(missed - own, abs=1e-6)
    assert "bootstrap of images" in entry.parity["intervals"]


def weighted(twin, change):
    """Copy a twin with another last layer."""
    copy = keras.models.clone_model(twin)
    copy.set_weights(twin.get_weights())
    layer = copy.get_layer("embedding")
    layer.set_weights([change(value) for value in layer.get_weights()])
    return copy


def test_a_dead_twin_is_refused(twin, ground, aims):
    dead = weighted(twin, np.zeros_like)
    with pytest.raises(ParityError, match=r"the twin gives 24 of 24 images an embedding .* zeros"):
        reference(dead, ground, aims)


def test_a_twin_that_is_not_finite_is_refused(twin, ground, aims):
    broken = weighted(twin, lambda value: np.full_like(value, np.nan))
    with pytest.raises(ParityError, match="24 of 24 images"):
        reference(broken, ground, aims)


def test_a_collapsed_twin_is_refused(twin, ground, aims):
    # A large bias gives every image nearly the same direction.
    same = weighted(twin, lambda value: value if value.ndim == 2 else value + 1e4)
    with pytest.raises(CalibrationError, match="the twin has collapsed"):
        reference(same, ground, aims)
