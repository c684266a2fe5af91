"""By the clock, not by steps."""

from twinlet_export.aware.pacing import Every


def test_it_is_due_once_in_so_many_seconds():
    now = [100.0]
    every = Every(10.0, clock=lambda: now[0])
    seen = []
    for now[0] in (100.0, 109.9, 110.0, 110.1, 119.9, 135.0, 144.9, 145.0):
        if every.due():
            seen.append(now[0])
    assert seen == [110.0, 135.0, 145.0]


def test_nothing_to_wait_for():
    every = Every(0.0, clock=lambda: 5.0)
    assert every.due()
    assert every.due()
