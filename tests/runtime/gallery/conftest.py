"""Galleries of the tiny bundle's probes."""

import pytest

from twinlet import Gallery


@pytest.fixture
def path(tmp_path):
    return tmp_path / "people.db"


@pytest.fixture
def gallery(path, verifier):
    with Gallery.open(path, verifier) as opened:
        yield opened


@pytest.fixture
def full(gallery, probes):
    """Probes 2i and 2i + 1 show the same; the first of each of six is enrolled."""
    for number in range(6):
        gallery.enroll(f"id-{number}", [probes[2 * number]])
    return gallery
