# SPDX-License-Identifier: GPL-2.0
"""The differences to the in-tree driver that tests rest on.

    @pytest.mark.differs("whole-writes")          fails with the in-tree module
    @pytest.mark.differs("lost-control", run=False)   ... by hanging: not tried

Each key is a row of docs/differences.md or docs/differences-ftdi.md. With `--driver in-tree` such a test has
to fail: one that passes shows a difference that is none."""

import re
from pathlib import Path

import pytest

TABLES = "docs/differences*.md"
TOP = Path(__file__).resolve().parents[3]


def documented():
    """Keys of the rows of the tables."""
    return {key for table in sorted(TOP.glob(TABLES))
            for key in re.findall(r"^\| `([a-z0-9-]+)` \|", table.read_text(), re.M)}


def pytest_configure(config):
    config.addinivalue_line("markers", "differs(key, run=True): the in-tree driver behaves otherwise")


def pytest_collection_modifyitems(config, items):
    keys = documented()
    for item in items:
        for mark in item.iter_markers("differs"):
            assert mark.args[0] in keys, f"{item.nodeid}: '{mark.args[0]}' is not in {TABLES}"
            if config.getoption("--driver") == "in-tree":
                item.add_marker(pytest.mark.xfail(
                    reason=mark.args[0], strict=True, run=mark.kwargs.get("run", True)))
