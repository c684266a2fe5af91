import numpy as np
import pytest

from twinlet.errors import BundleError
from twinlet_train.data.sketch import KEPT, Sketch


def digests(count, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, 16), dtype=np.uint8)


def test_it_is_a_sample_that_everybody_draws_alike():
    drawn = digests(2000)
    sketch = Sketch.of(drawn)
    assert (len(sketch.digests), sketch.images) == (KEPT, 2000)
    assert Sketch.of(drawn[::-1]) == sketch
    assert Sketch.from_json(sketch.to_json()) == sketch
    assert sketch.digests[0] == min(row.tobytes() for row in drawn).hex()


def test_it_tells_the_share_that_is_there():
    seen, others = digests(2000), digests(500, seed=1)
    sketch = Sketch.of(seen)
    assert sketch.among(others) == 0.0
    assert not len(sketch.known(others))
    assert [int(i) for i in sketch.known(seen) if i < 100] == [
        i for i in range(100) if seen[i].tobytes().hex() in sketch.digests
    ]
    assert sketch.among(np.concatenate([others, seen])) == 1.0
    assert sketch.among(seen[:500]) == pytest.approx(0.25, abs=0.08)


def test_few_images_and_copies():
    few = digests(3)
    sketch = Sketch.of(np.concatenate([few, few]))
    assert (len(sketch.digests), sketch.images) == (3, 6)
    assert sketch.among(few[:1]) == pytest.approx(1 / 3)


@pytest.mark.parametrize("found", [None, [], {"smallest": ["00"]}, {"smallest": 1, "images": 2}])
def test_anything_else_is_refused(found):
    with pytest.raises(BundleError, match=r"provenance.seen must hold"):
        Sketch.from_json(found)
