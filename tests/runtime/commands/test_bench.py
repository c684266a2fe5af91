import pytest

import twinlet
from twinlet.commands import bench
from twinlet.commands.cold_start import ColdStart


@pytest.fixture
def starts(monkeypatch):
    """Cold starts of a known cost, without the processes."""
    costs = iter([9.0, 1.0, 3.0, 2.0, 8.0] * 2)
    calls = []

    def measure(path, file, images, *, threads):
        assert [twinlet.load(path, file=file).template(image) for image in images]
        calls.append((file, threads))
        cost = next(costs)
        return ColdStart(cost, 10.0 * cost)

    monkeypatch.setattr(bench, "measure", measure)
    return calls


def test_every_file_whose_engine_is_here_is_measured(run, tiny, bundle, starts):
    files = run(bench.COMMAND, tiny, "--runs", 3).payload["files"]
    here = [name for name, entry in bundle.manifest.files.items() if entry.engine in engines()]
    assert list(files) == here
    assert starts == [(name, 1) for name in here for _ in range(5)]
    for name, cost in files.items():
        assert cost["cold_start_ms"] == 3.0  # the median of 9, 1, 3, 2, 8
        assert cost["peak_rss_mb"] == 90.0  # the highest
        assert cost["bytes"] == bundle.file(name).bytes
        assert 0 < cost["embed_ms"]["p50"] <= cost["embed_ms"]["p95"]
        assert 0 < cost["verify_ms"]["p50"] <= cost["verify_ms"]["p95"]
        assert cost["bare_engine_ms"]["p50"] > 0


def engines():
    from twinlet.backends import installed

    return installed()


def test_one_file_alone(run, tiny, verifier, starts):
    payload = run(bench.COMMAND, tiny, "--file", verifier.file, "--runs", 1).payload
    assert list(payload["files"]) == [verifier.file]


def test_a_cold_start_has_the_threads_that_are_asked_for(run, tiny, verifier, starts):
    run(bench.COMMAND, tiny, "--file", verifier.file, "--runs", 1, "--threads", 2)
    assert starts == [(verifier.file, 2)] * 5


def test_without_an_engine_the_way_out_is_named(run, tiny, monkeypatch):
    monkeypatch.setattr(bench, "installed", lambda: ())
    with pytest.raises(twinlet.MissingExtraError, match=r"pip install 'twinlet\[litert\]'"):
        run(bench.COMMAND, tiny)


def test_the_table_is_aligned_and_says_what_it_does_not_know(run, tiny, verifier, monkeypatch):
    monkeypatch.setattr(bench, "measure", lambda *_, **__: ColdStart(1234.4, None))
    text = run(bench.COMMAND, tiny, "--file", verifier.file, "--runs", 1).text
    heading, row = text.splitlines()
    assert len(heading) == len(row)
    assert row.split()[-3:-1] == ["1234", "unknown"]
