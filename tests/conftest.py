"""Tests that start processes or a browser begin first; those of one file run one after another."""

import pytest
from hypothesis import settings

from postgres import _made_store, new_database, postgres_server, postgres_store_url, postgres_url

__all__ = ["_made_store", "new_database", "postgres_server", "postgres_store_url", "postgres_url"]

# No test depends on how fast the machine is.
settings.register_profile("openline", deadline=None)
settings.load_profile("openline")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """``slow`` without a group of its own joins that of its file (pytest-xdist, --dist loadgroup): what such
    tests mostly do is wait, so two files at a time are no burden to each other.
    """
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(f"processes {item.path.stem}"))
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
