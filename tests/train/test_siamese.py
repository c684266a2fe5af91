import numpy as np
import pytest

from twinlet.contract import InputContract
from twinlet_train.distances import DISTANCES, unit
from twinlet_train.settings import ModelConfig
from twinlet_train.siamese import PAIR, TRIPLET, pair_network, triplet_network
from twinlet_train.twin import build_twin


@pytest.fixture
def twin():
    config = ModelConfig(backbone="tiny", embedding=6)
    twin = build_twin(config, InputContract(8, 8, 1, color="L"), seed=3)
    # Untrained batch normalisation lets the signal fade to 1e-7: bring it to a trained length.
    head = twin.get_layer("embedding")
    head.kernel.assign(1e7 * head.kernel)
    return twin


def test_output_is_the_hinge_of_the_three_embeddings(twin):
    rng = np.random.default_rng(0)
    images = {name: rng.integers(0, 256, (5, 8, 8, 1), dtype=np.uint8) for name in TRIPLET}
    anchor, positive, negative = (np.asarray(twin(images[name])) for name in TRIPLET)

    def distance(a, b):
        return 1 - (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)

    expected = np.maximum(0, distance(anchor, positive) - distance(anchor, negative) + 0.4)
    got = np.asarray(triplet_network(twin, margin=0.4)(images))
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_three_named_inputs_share_one_twin(twin):
    network = triplet_network(twin, margin=0.4)
    assert sorted(tensor.name for tensor in network.inputs) == sorted(TRIPLET)
    assert network.count_params() == twin.count_params()
    assert network.get_layer("twin") is twin


def test_pairs_end_in_their_distance(twin):
    rng = np.random.default_rng(0)
    images = {name: rng.integers(0, 256, (5, 8, 8, 1), dtype=np.uint8) for name in PAIR}
    a, b = (np.asarray(twin(images[name])) for name in PAIR)
    a, b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (a, b))
    network = pair_network(twin)
    got = np.asarray(network(images))
    np.testing.assert_allclose(got, np.linalg.norm(a - b, axis=1), atol=1e-4)
    assert network.get_layer("twin") is twin


@pytest.mark.parametrize("distance", DISTANCES)
def test_triplets_take_every_distance(twin, distance):
    images = {name: np.full((2, 8, 8, 1), 40 * i, np.uint8) for i, name in enumerate(TRIPLET)}
    anchor, positive, negative = (unit(twin(images[name])) for name in TRIPLET)
    of = DISTANCES[distance].pair
    expected = np.maximum(0, np.asarray(of(anchor, positive) - of(anchor, negative)) + 0.4)
    got = np.asarray(triplet_network(twin, margin=0.4, distance=distance)(images))
    np.testing.assert_allclose(got, expected, atol=1e-5)
