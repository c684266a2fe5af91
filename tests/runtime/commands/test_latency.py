import time

from twinlet.commands import latency


def test_calls_take_turns_and_are_counted_after_the_warm_up():
    order = []
    latency.interleaved({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 20)
    # 1 + 20 // 10 unmeasured rounds, then 20 measured ones.
    assert order == ["a", "b"] * (3 + 20)


def test_quantiles_are_those_of_the_measured_calls(monkeypatch):
    """A clock of our own: the call takes 100 s in the warm-up, then 1, 2, ... 10 ms."""
    durations = iter([100.0, 100.0, *(0.001 * n for n in range(1, 11))])
    now = 0.0

    def call():
        nonlocal now
        now += next(durations)

    monkeypatch.setattr(time, "perf_counter", lambda: now)
    found = latency.interleaved({"call": call}, 10)["call"]
    # Linear interpolation between the sorted values: position 0.5 * 9 = 4.5, 0.95 * 9 = 8.55.
    assert abs(found.p50 - 5.5) < 1e-6
    assert abs(found.p95 - 9.55) < 1e-6
