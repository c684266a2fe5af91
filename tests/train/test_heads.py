import keras
import numpy as np

from twinlet_train.heads import CosineHead


def test_gives_the_cosine_with_every_class():
    head = CosineHead(3, seed=1)
    x = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    got = np.asarray(head(x))
    proxies = np.asarray(head.proxies)
    for i in range(5):
        for c in range(3):
            lengths = np.linalg.norm(x[i]) * np.linalg.norm(proxies[c])
            np.testing.assert_allclose(got[i, c], x[i] @ proxies[c] / lengths, atol=1e-6)


def test_same_seed_same_directions_and_settings_survive():
    first, again, other = (CosineHead(3, seed=s) for s in (1, 1, 2))
    for head in (first, again, other):
        head.build((None, 4))
    np.testing.assert_array_equal(first.proxies, again.proxies)
    assert not np.array_equal(first.proxies, other.proxies)
    copy = CosineHead.from_config(first.get_config())
    assert (copy.classes, copy.seed) == (3, 1)


def test_answers_in_float32_on_top_of_half_precision():
    embeddings = keras.Input((4,), dtype="float16")
    assert CosineHead(3)(embeddings).dtype == "float32"
