from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from openline.store import SqlStore, open_store
from openline.store.airspace import SqlAirspaceStore
from store.airspace.entities import AT_MS

Another = Callable[[], SqlAirspaceStore]


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/node.db"
    return str(request.getfixturevalue("postgres_store_url"))


@pytest.fixture
def opened(url: str) -> Iterator[Callable[[], SqlStore]]:
    """Each call opens the store as one more process would."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(open_store(url, busy_timeout_ms=2_000))


@pytest.fixture
def another(opened: Callable[[], SqlStore]) -> Another:
    return lambda: SqlAirspaceStore(opened(), lambda: AT_MS)


@pytest.fixture
def airspace(another: Another) -> SqlAirspaceStore:
    return another()
