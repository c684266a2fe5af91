import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.metrics import searches as module
from twinlet.metrics.searches import search_all
from twinlet.scores import similarity


def units(n, seed, d=4):
    vectors = np.random.default_rng(seed).normal(size=(n, d))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def searched_one_by_one(probes, own, templates, labels):
    mated, ranks, strangers = [], [], []
    for probe, name in zip(probes, own, strict=True):
        best = {}
        for template, label in zip(templates, labels, strict=True):
            best[label] = max(best.get(label, 0.0), float(similarity(probe, template)))
        if name in best:
            mated.append(best[name])
            ranks.append(sum(score >= best[name] for score in best.values()))
        else:
            strangers.append(max(best.values()))
    return mated, ranks, strangers


@pytest.mark.parametrize("block", [1, 50, 1_000_000])
def test_searches_are_those_of_a_loop(monkeypatch, block):
    monkeypatch.setattr(module, "BLOCK_ELEMENTS", block)
    rng = np.random.default_rng(5)
    own = np.array([f"p{i}" for i in rng.integers(0, 9, 40)])
    labels = np.array([f"p{i}" for i in rng.integers(0, 6, 25)])
    probes, templates = units(40, 1), units(25, 2)
    found = search_all(probes, own, templates, labels)
    mated, ranks, strangers = searched_one_by_one(probes, own, templates, labels)
    assert found.mated == pytest.approx(mated)
    assert found.ranks.tolist() == ranks
    assert found.non_mated == pytest.approx(strangers)
    assert found.identities == len(set(labels.tolist()))
    assert found.fpir(0.6) == np.mean(np.array(strangers) >= 0.6)
    hits = [rank <= 2 and score >= 0.6 for rank, score in zip(ranks, mated, strict=True)]
    assert found.fnir(0.6, rank=2) == pytest.approx(1 - np.mean(hits))
    assert found.identification_rate(3) == np.mean(np.array(ranks) <= 3)


def test_a_tie_counts_against_the_probe():
    found = search_all(np.eye(2)[:1], [7], np.eye(2)[[0, 0]], [7, 8])
    assert found.ranks.tolist() == [2]
    assert found.identification_rate() == 0.0
    assert found.fnir(0.0, rank=2) == 0.0


def test_sets_without_strangers_or_without_mates_have_no_such_rate():
    closed = search_all(np.eye(2), [1, 2], np.eye(2), [1, 2])
    with pytest.raises(InvalidInputError, match="not enrolled, got none"):
        closed.fpir(0.5)
    strangers = search_all(np.eye(2), [3, 4], np.eye(2), [1, 2])
    with pytest.raises(InvalidInputError, match="enrolled identities, got none"):
        strangers.fnir(0.5)
    with pytest.raises(InvalidInputError, match="at least 1, got 0"):
        closed.identification_rate(0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"own": [1]}, "probe_labels must be 2"),
        ({"labels": [1.5, 2.5]}, "labels must be 2"),
        ({"templates": np.eye(3)[:2]}, "same dimensions"),
        ({"probes": np.full((2, 2), np.nan)}, "length 1"),
    ],
)
def test_bad_inputs_are_refused(change, words):
    given = {"probes": np.eye(2), "own": [1, 2], "templates": np.eye(2), "labels": [1, 2], **change}
    with pytest.raises(InvalidInputError, match=words):
        search_all(*given.values())
