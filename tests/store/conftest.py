from collections.abc import Iterator
from pathlib import Path

import pytest

from openline.store import SqlStore, open_store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "node.db"


@pytest.fixture
def file_store(path: Path) -> Iterator[SqlStore]:
    with open_store(path, busy_timeout_ms=100) as store:
        yield store


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, path: Path) -> Iterator[SqlStore]:
    """Every promise of the contract holds for both."""
    url = "sqlite://" if request.param == "memory" else f"sqlite:///{path}"
    with open_store(url, busy_timeout_ms=100) as store:
        yield store
