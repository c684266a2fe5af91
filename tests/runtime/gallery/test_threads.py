"""A gallery that several threads share: a search sees every change that was made before it."""

import sys
from functools import partial
from threading import Thread

import pytest

import twinlet
from twinlet import Gallery
from twinlet.encodings import Encoding
from twinlet.gallery.store import Store

PATIENCE = 30.0  # seconds; whoever takes longer waits for somebody who waits for it


@pytest.fixture(scope="module")
def verifier(tiny):
    """One engine is enough here: what is stored does not depend on it."""
    return twinlet.load(tiny)


class Interrupted(Store):
    """A store during whose next read, once the rows are read, another thread makes a change."""

    change = None

    def rows(self):
        found = super().rows()
        if self.change is not None:
            in_another_thread(self.change)
            self.change = None
        return found


def in_another_thread(task):
    thread = Thread(target=task, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive()


@pytest.fixture
def shared(full, path, verifier):
    """The gallery `full`, through a store that can be interrupted."""
    full.close()
    with Gallery(Interrupted(path, 5.0), verifier, Encoding.FLOAT32) as gallery:
        yield gallery


def test_somebody_removed_while_another_thread_reads_is_not_found_again(shared, probes):
    shared._store.change = lambda: shared.remove("id-2")
    assert shared.identify(probes[4]).candidates[0].id == "id-2"  # it began before
    assert shared._store.change is None
    assert "id-2" not in shared.ids()
    assert "id-2" not in [candidate.id for candidate in shared.identify(probes[4]).candidates]


def test_somebody_enrolled_while_another_thread_reads_is_found_from_then_on(shared, probes):
    shared._store.change = lambda: shared.enroll("new", [probes[15]])
    assert "new" not in shared.ids()
    assert shared._store.change is None
    assert shared.identify(probes[15]).candidates[0].id == "new"


def before_line(number, change, task):
    """Do a task; before a line of `Gallery._read`, counted from 0, another thread makes a change.

    Returns:
        What the task gave, and whether there is such a line.
    """
    left = number

    def trace(frame, event, _):
        nonlocal left
        if frame.f_code is not Gallery._read.__code__:
            return None
        if event == "line":
            left -= 1
            if left == -1:
                in_another_thread(change)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        return task(), left < 0
    finally:
        sys.settrace(before)


def test_a_change_before_any_line_of_a_read_neither_stops_it_nor_is_missed(full, probes, verifier):
    template = verifier.template(probes[15])
    for number in range(50):
        known = full.ids()  # all there is: the read to be interrupted finds it unchanged
        change = partial(full.enroll, f"new-{number:02}", [template])
        seen, changed = before_line(number, change, full.ids)
        if not changed:
            break
        assert seen in (known, (*known, f"new-{number:02}"))
        assert full.ids() == (*known, f"new-{number:02}")
    assert not changed
    assert number > 1


def test_what_has_not_changed_is_read_once(shared, probes):
    index = shared._read()
    shared.identify(probes[0])
    in_another_thread(lambda: shared.identify(probes[0]))
    assert shared._read() is index


def test_every_change_makes_another_version(path, full, verifier, probes):
    versions = [full._store.version()]
    for change in (
        lambda: full.enroll("new", [probes[9]]),
        lambda: full.remove("new"),
        lambda: full.remove("id-0"),
    ):
        change()
        versions.append(full._store.version())
    with Gallery.open(path, verifier) as other:
        other.enroll("new", [probes[9]])
    versions.append(full._store.version())
    assert len(set(versions)) == len(versions)
    assert full._store.version() == versions[-1]
