from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from openline.store import SqlStore, open_store
from store.portable import refusals, watched

BUSY_TIMEOUT_MS = 100


@pytest.fixture(autouse=True)
def _only_portable_sql() -> Iterator[None]:
    """Whatever the tests of this folder make a store say to PostgreSQL is portable."""
    with watched() as said:
        yield
    assert [found for statement in said for found in refusals(statement)] == []


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "node.db"


@pytest.fixture
def file_store(path: Path) -> Iterator[SqlStore]:
    with open_store(path, busy_timeout_ms=BUSY_TIMEOUT_MS) as store:
        yield store


@pytest.fixture
def postgres_store(postgres_store_url: str) -> Iterator[SqlStore]:
    with open_store(postgres_store_url, busy_timeout_ms=BUSY_TIMEOUT_MS) as store:
        yield store


@pytest.fixture(params=["file", "memory"])
def sqlite_store(request: pytest.FixtureRequest, path: Path) -> Iterator[SqlStore]:
    url = "sqlite://" if request.param == "memory" else f"sqlite:///{path}"
    with open_store(url, busy_timeout_ms=BUSY_TIMEOUT_MS) as store:
        yield store


@pytest.fixture(params=["file", "memory", "postgres"])
def store(request: pytest.FixtureRequest, path: Path) -> Iterator[SqlStore]:
    """Every promise of the contract holds for all three."""
    url: Callable[[], str] = {
        "file": lambda: f"sqlite:///{path}",
        "memory": lambda: "sqlite://",
        "postgres": lambda: str(request.getfixturevalue("postgres_store_url")),
    }[request.param]
    with open_store(url(), busy_timeout_ms=BUSY_TIMEOUT_MS) as store:
        yield store
