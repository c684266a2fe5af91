"""Every backbone comes through the converters whole, also in 8 bits."""

from collections import Counter

import keras
import numpy as np
import onnx
import pytest
from ai_edge_litert.interpreter import Interpreter

from twinlet.backends import open_engine
from twinlet.bundle import FILE_NAMES
from twinlet.contract import InputContract
from twinlet_export.building import Builder
from twinlet_train.backbones import BACKBONES
from twinlet_train.settings import ModelConfig
from twinlet_train.twin import build_twin

# Lowest cosine to Keras over 16 images of noise, with random weights. Plain ReLU and few layers
# lose nothing; the deep mobile networks came out at 0.86 to 0.98.
LOWEST_INT8 = {"tiny": 0.999, "small": 0.999, "resnet-small": 0.999, "dense": 0.999}
DEEP = 0.8
DEEP_ONES = [name for name in BACKBONES if name not in LOWEST_INT8]

# What one convolution and its batch normalisation leave behind besides themselves.
HARD_SWISHES = {"mobilenetv3-small": 18, "mobilenetv3-large": 20}
SQUEEZES = {"mobilenetv3-small": 9, "mobilenetv3-large": 8}


def made(name, **options):
    """Make a twin with statistics as training leaves them, and images."""
    config = ModelConfig(backbone=name, weights="none", embedding=24, **options)
    twin = build_twin(config, InputContract(32, 32, 3), seed=0)
    rng = np.random.default_rng(0)
    for layer in twin.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            channels = layer.gamma.shape[0]
            layer.gamma.assign(rng.uniform(0.5, 1.5, channels))
            layer.beta.assign(rng.normal(0.0, 0.2, channels))
    images = rng.integers(0, 256, (16, 32, 32, 3), dtype=np.uint8)
    for _ in range(40):  # 0.9 of the statistics stay each time
        twin(images, training=True)
    return twin, images


def lowest_cosine(twin, images, name, model):
    found = open_engine(FILE_NAMES[name].engine, model).embed(images)
    expected = np.asarray(twin(images, training=False))
    lengths = np.linalg.norm(found, axis=1) * np.linalg.norm(expected, axis=1)
    return float(np.min(np.sum(found * expected, axis=1) / lengths))


def check(name, files, **options):
    twin, images = made(name, **options)
    builder = Builder(twin, images)
    for file in files:
        model = builder.build(file)
        lowest = LOWEST_INT8.get(name, DEEP) if "int8" in file else 0.99999
        assert lowest_cosine(twin, images, file, model) > lowest, file
        if file == "onnx-fp32":
            check_folded(name, model)
        if file == "litert-int8":
            check_whole_numbers(name, model)


def check_folded(name, model):
    """No batch normalisation is left, and nothing moves the channels around."""
    kinds = Counter(node.op_type for node in onnx.load_from_string(model).graph.node)
    swishes, squeezes = HARD_SWISHES.get(name, 0), SQUEEZES.get(name, 0)
    assert kinds["BatchNormalization"] == 0
    assert kinds["Transpose"] <= 1, "only that of the pixels"
    assert kinds["Mul"] == 1 + 2 * swishes + 2 * squeezes, "the pixels, and what is no scale"


def check_whole_numbers(name, model):
    """Between the two ends everything runs on integers."""
    kinds = Counter(
        operator["op_name"] for operator in Interpreter(model_content=model)._get_ops_details()
    )
    assert kinds["DEQUANTIZE"] == 1
    assert kinds["QUANTIZE"] <= 2
    assert kinds["HARD_SWISH"] == HARD_SWISHES.get(name, 0)


@pytest.mark.parametrize("name", LOWEST_INT8)
def test_small_ones(name):
    check(name, ("litert-fp32", "litert-int8", "onnx-fp32", "onnx-int8"))


@pytest.mark.slow
@pytest.mark.parametrize("name", DEEP_ONES)
@pytest.mark.parametrize("kind", ["litert", "onnx"])
def test_deep_ones(name, kind):
    check(name, (f"{kind}-fp32", f"{kind}-int8"), width=0.5, halvings=3)
