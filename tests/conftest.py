"""Tests that start processes or a browser run one after another on one worker, and begin first."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """``slow`` without a group of its own joins that of real processes (pytest-xdist, --dist loadgroup)."""
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group("processes"))
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
