"""Tests that start processes or a browser run one after another on one worker, and begin first."""

import pytest
from hypothesis import settings

from postgres import _made_store, new_database, postgres_server, postgres_store_url, postgres_url

__all__ = ["_made_store", "new_database", "postgres_server", "postgres_store_url", "postgres_url"]

# No test depends on how fast the machine is.
settings.register_profile("openline", deadline=None)
settings.load_profile("openline")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """``slow`` without a group of its own joins that of real processes (pytest-xdist, --dist loadgroup)."""
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group("processes"))
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
