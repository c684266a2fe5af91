"""TFLite files compute what the twin computes; each tolerance with its reason."""

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from twinlet.errors import InvalidInputError
from twinlet_export.to_tflite import PRECISIONS, to_tflite

# Lowest cosine to Keras over 64 images. fp32 differs in the order of sums only; fp16 rounds
# weights to 11 bits; the others round weights, or weights and activations, to 8.
LOWEST_COSINE = {"fp32": 0.999999, "fp16": 0.9999, "dynamic": 0.99, "int8": 0.99}


@pytest.fixture(scope="module")
def models(twin, pixels):
    return {name: to_tflite(twin, name, representative=pixels) for name in PRECISIONS}


def run(model, pixels):
    """Call the file directly, one image at a time, as a client without twinlet does."""
    interpreter = Interpreter(model_content=model, num_threads=1)
    serve = interpreter.get_signature_runner("serving_default")
    return np.concatenate([serve(pixels=image[None])["embedding"] for image in pixels])


@pytest.mark.parametrize("precision", PRECISIONS)
def test_every_precision_computes_the_twin(models, precision, pixels, reference, cosines):
    assert cosines(run(models[precision], pixels), reference).min() > LOWEST_COSINE[precision]


@pytest.mark.parametrize("precision", PRECISIONS)
def test_every_precision_takes_bytes_and_gives_floats(models, precision):
    interpreter = Interpreter(model_content=models[precision])
    (source,), (sink,) = interpreter.get_input_details(), interpreter.get_output_details()
    assert (source["dtype"], sink["dtype"]) == (np.uint8, np.float32)
    assert source["shape"].tolist() == [1, 16, 16, 3]
    assert sink["shape"].tolist() == [1, 24]


def test_the_embedding_is_not_normalised(models, pixels, reference):
    raw = run(models["fp32"], pixels)
    assert np.allclose(np.linalg.norm(raw, axis=1), np.linalg.norm(reference, axis=1), rtol=1e-4)
    assert np.ptp(np.linalg.norm(raw, axis=1)) > 0.1


def test_int8_holds_weights_as_integers_with_a_scale_for_each_channel(models):
    interpreter = Interpreter(model_content=models["int8"])
    filters = [
        tensor
        for tensor in interpreter.get_tensor_details()
        if tensor["dtype"] == np.int8 and len(tensor["quantization_parameters"]["scales"]) > 1
    ]
    # A convolution of 16 channels, a depthwise one of 16, a pointwise one of 32, a dense of 24.
    assert sorted(len(t["quantization_parameters"]["scales"]) for t in filters) == [16, 16, 24, 32]


def test_the_number_of_images_can_be_resized(models, pixels):
    interpreter = Interpreter(model_content=models["int8"], num_threads=1)
    index = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(index, [5, 16, 16, 3])
    interpreter.allocate_tensors()
    interpreter.set_tensor(index, pixels[:5])
    interpreter.invoke()
    together = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    assert np.array_equal(together, run(models["int8"], pixels[:5]))


def test_quantized_files_are_smaller(models):
    assert len(models["fp16"]) < len(models["fp32"])
    assert len(models["int8"]) < len(models["fp32"])


def test_the_same_twin_gives_the_same_bytes(models, twin, pixels):
    assert to_tflite(twin, "int8", representative=pixels) == models["int8"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"precision": "int4"}, "unknown TFLite precision 'int4'; expected one of fp32, fp16"),
        ({"precision": "int8"}, "int8 needs representative images .* got none"),
        (
            {"precision": "int8", "representative": np.zeros((0, 16, 16, 3), np.uint8)},
            "int8 needs representative images .* got none",
        ),
    ],
)
def test_bad_arguments(twin, arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        to_tflite(twin, **arguments)
