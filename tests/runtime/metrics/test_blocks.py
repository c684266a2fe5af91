import numpy as np
import pytest

from twinlet.metrics import blocks as module
from twinlet.metrics.blocks import later_pairs, pair_blocks
from twinlet.scores import similarity


@pytest.mark.parametrize("block", [1, 9, 1_000_000])
@pytest.mark.parametrize("stops", [[7], [2, 3, 7]])
def test_every_pair_comes_once_and_no_block_reaches_over_a_stop(monkeypatch, block, stops):
    monkeypatch.setattr(module, "BLOCK_ELEMENTS", block)
    rng = np.random.default_rng(0)
    probes, templates = (
        one / np.linalg.norm(one, axis=1, keepdims=True) for one in rng.normal(size=(2, 7, 4))
    )
    seen = {}
    for rows, similarities in pair_blocks(probes, templates, np.array(stops)):
        assert not any(rows.start < stop < rows.stop for stop in stops)
        assert similarities.dtype == np.float32
        for row, column in zip(*np.nonzero(later_pairs(similarities.shape)), strict=True):
            pair = (row + rows.start, column + rows.start)
            assert pair not in seen
            seen[pair] = similarities[row, column]
    assert set(seen) == {(i, j) for i in range(7) for j in range(i + 1, 7)}
    for (i, j), found in seen.items():
        assert found == pytest.approx(similarity(probes[i], templates[j]), abs=1e-6)
