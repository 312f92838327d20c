"""Tests that start processes or a browser begin first; those of tests/e2e go to a worker file by file."""

from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from postgres import _made_store, new_database, postgres_server, postgres_store_url, postgres_url

__all__ = ["_made_store", "new_database", "postgres_server", "postgres_store_url", "postgres_url"]

# No test depends on how fast the machine is.
settings.register_profile("openline", deadline=None)
settings.load_profile("openline")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


class ByFileWherePeopleWait(LoadScopeScheduling):
    """Tests of whole processes go to a worker file by file, so that what a file makes once is made once; all
    others one by one. (``--dist loadgroup`` would do, but pytest 9.2 lets nobody add to a test's id.)
    """

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.partition("::")[0] if nodeid.startswith("tests/e2e/") else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFileWherePeopleWait:
    return ByFileWherePeopleWait(config, log)
