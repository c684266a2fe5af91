"""An unmodified MediaPipe loads a TFLite file and gives its embeddings.

MediaPipe needs an environment of its own: TWINLET_MEDIAPIPE_PYTHON names its interpreter (`python
-m venv DIR; DIR/bin/pip install mediapipe`). `.ci/run` makes one.
"""

import json
import os
import subprocess

import numpy as np
import pytest

from twinlet.backends import open_engine
from twinlet_export.aware.methods import QuantizationAware
from twinlet_export.aware.mirror import mirror
from twinlet_export.aware.ranges import set_ranges
from twinlet_export.metadata import labelled
from twinlet_export.to_tflite import PRECISIONS, aware_to_tflite, to_tflite

PYTHON = os.environ.get("TWINLET_MEDIAPIPE_PYTHON")

pytestmark = pytest.mark.skipif(
    not PYTHON, reason="TWINLET_MEDIAPIPE_PYTHON names no interpreter that has mediapipe"
)

CLIENT = """
import json, sys
import mediapipe, numpy
from mediapipe.tasks import python
from mediapipe.tasks.python import vision

options = vision.ImageEmbedderOptions(
    base_options=python.BaseOptions(model_asset_path=sys.argv[1])
)
images = numpy.load(sys.argv[2], allow_pickle=False)
answers = []
with vision.ImageEmbedder.create_from_options(options) as embedder:
    for image in images:
        pixels = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=image.copy())
        (found,) = embedder.embed(pixels).embeddings
        answers.append([found.head_name, numpy.asarray(found.embedding).tolist()])
print(json.dumps(answers))
"""


def tuned_file(twin, pixels):
    """What the tuner's last step gives the converter: a network that rounds by itself."""
    mirrored = mirror(twin)
    network = QuantizationAware().wrapped(mirrored.network)
    set_ranges(network, mirrored.network, [np.asarray(mirrored.before(pixels))])

    def embed(images):
        return network(mirrored.before(images, training=False), training=False)

    return aware_to_tflite(embed, tuple(twin.input_shape[1:]))


# Pruned and clustered files are float32 ones of other weights.
@pytest.mark.parametrize("precision", [*PRECISIONS, "int8-qat"])
def test_it_gives_the_same_embeddings(precision, twin, pixels, describe, tmp_path):
    name = f"litert-{precision}"
    tuned = precision == QuantizationAware.name
    plain = None if tuned else to_tflite(twin, precision, representative=pixels)
    model = labelled(plain or tuned_file(twin, pixels), describe(name))
    (tmp_path / "model.tflite").write_bytes(model)
    np.save(tmp_path / "images.npy", pixels[:8], allow_pickle=False)
    done = subprocess.run(
        [str(PYTHON), "-c", CLIENT, "model.tflite", "images.npy"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout.splitlines()[-1])
    assert {head for head, _ in answers} == {"embedding"}  # which only metadata tells it
    found = np.array([numbers for _, numbers in answers])
    expected = open_engine("litert", model).embed(pixels[:8])
    scale = np.abs(expected).max()
    # Another build of the same kernels: float sums in another order, integers to a step.
    np.testing.assert_allclose(found / scale, expected / scale, atol=0.02 if "8" in name else 1e-3)
