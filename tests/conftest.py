"""Which tests share a process when several run them (`pytest -n 2 --dist loadgroup`)."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
# Folders whose tests share what takes long to make; elsewhere each file is by itself.
TOGETHER = ("export/aware", "export/mixed", "pipeline", "project")


def pytest_collection_modifyitems(items):
    for item in items:
        place = item.path.relative_to(HERE)
        folder = place.parent.as_posix()
        group = folder if folder in TOGETHER else place.as_posix()
        item.add_marker(pytest.mark.xdist_group(group))
