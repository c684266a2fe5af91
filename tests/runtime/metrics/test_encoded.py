"""Comparisons in other encodings are those a verifier makes of the templates."""

import itertools

import numpy as np
import pytest

from twinlet import InvalidInputError, Template
from twinlet.encodings import Pairing
from twinlet.metrics import compare_all, compare_encoded
from twinlet.metrics.encoded import encode
from twinlet.scores import similarity
from twinlet.templates import normalise

LABELS = np.repeat(np.arange(4), 5)


@pytest.fixture(scope="module")
def vectors():
    return normalise(np.random.default_rng(6).normal(size=(20, 12)))


@pytest.mark.parametrize("pairing", list(Pairing))
def test_they_are_a_loop_over_templates(vectors, pairing):
    exact = [Template(vector, "0" * 64, "onnx-fp32") for vector in vectors]
    small = [template.to_int8() for template in exact]
    probes, enrolled = {
        Pairing.FLOAT32: (exact, exact),
        Pairing.CROSS: (exact, small),
        Pairing.INT8: (small, small),
    }[pairing]
    expected = {True: [], False: []}
    for i, j in itertools.combinations(range(20), 2):
        score = float(similarity(probes[i].vector, enrolled[j].vector))
        expected[LABELS[i] == LABELS[j]].append(score)
    found = compare_encoded(vectors, LABELS, pairing)
    np.testing.assert_allclose(found.mated, sorted(expected[True]), atol=1e-7)
    np.testing.assert_allclose(found.non_mated, sorted(expected[False]), atol=1e-7)
    assert (found.identities, found.images) == (4, 20)


def test_rounding_moves_scores_but_not_far(vectors):
    exact = compare_all(vectors, LABELS).non_mated
    for pairing in (Pairing.CROSS, Pairing.INT8):
        moved = np.abs(compare_encoded(vectors, LABELS, pairing).non_mated - exact)
        assert 0.0 < moved.max() < 0.005


@pytest.mark.parametrize("pairing", list(Pairing))
@pytest.mark.parametrize("broken", [0.0, np.nan, np.inf])
def test_templates_that_cannot_be_compared(vectors, pairing, broken):
    spoiled = vectors.copy()
    spoiled[3] = broken
    with pytest.raises(InvalidInputError, match=r"finite vectors of length 1, got .* in row 3"):
        compare_encoded(spoiled, LABELS, pairing)


def test_encodings_are_the_numbers_of_templates(vectors):
    small = np.stack([Template(one, "0" * 64, "onnx-fp32").to_int8().vector for one in vectors])
    exact = small / np.linalg.norm(small.astype(float), axis=1, keepdims=True)
    assert encode(vectors, Pairing.FLOAT32)[1] is encode(vectors, Pairing.INT8)[1] is None
    np.testing.assert_allclose(encode(vectors, Pairing.INT8)[0], exact, rtol=1e-12)
    probes, enrolled = encode(vectors, Pairing.CROSS)
    np.testing.assert_array_equal(probes, vectors)
    np.testing.assert_allclose(enrolled, exact, rtol=1e-12)
