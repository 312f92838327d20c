"""A store is created, recognised and migrated; what is none, or newer, is left alone."""

import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.schema import CreateTable

from openline.errors import Invalid, NotFound, OpenlineError, Refused, Unavailable
from openline.store import SqlStore, open_store, schema
from openline.store.tables import metadata


def test_the_migrations_make_exactly_the_tables_that_the_code_uses(store: SqlStore) -> None:
    with store.engine.connect() as connection:
        options = {"version_table": schema.REVISION_TABLE, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == schema.REVISION


def test_the_migrated_schema_equals_the_metadata_to_the_letter_of_its_columns(
    sqlite_store: SqlStore,
) -> None:
    """Primary keys and their order, which Alembic's comparison does not look at."""

    def columns(connection: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
        return {name: connection.execute(f"PRAGMA table_info({name})").fetchall() for name in metadata.tables}

    with (
        closing(sqlite3.connect(":memory:")) as plain,
        closing(sqlite_store.engine.raw_connection()) as migrated,
    ):
        for table in metadata.sorted_tables:
            plain.execute(str(CreateTable(table).compile(sqlite_store.engine)))
        assert isinstance(migrated.driver_connection, sqlite3.Connection)
        assert columns(migrated.driver_connection) == columns(plain)


def test_the_revision_known_to_the_code_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(schema._config()).get_heads() == [schema.REVISION]
    assert schema.REVISION in schema.known_revisions()


def test_opening_twice_changes_nothing(path: Path) -> None:
    with open_store(path) as store, store.writing() as tx:
        tx.put_setting("party", "north")
    before = path.read_bytes()
    with open_store(f"sqlite:///{path}") as store, store.reading() as tx:
        assert tx.setting("party") == "north"
    assert path.read_bytes() == before


def test_a_new_store_is_readable_by_its_owner_alone(path: Path) -> None:
    with open_store(path) as store, store.writing() as tx:
        tx.put_setting("party", "north")
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert len(modes) == 3
    assert set(modes.values()) == {0o600}


def test_a_migration_that_breaks_off_leaves_an_empty_database(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(connection: object) -> None:
        whole(connection)  # type: ignore[arg-type]
        raise RuntimeError("power cut")

    whole = schema._migrate
    with monkeypatch.context() as patched:
        patched.setattr(schema, "_migrate", broken)
        with pytest.raises(RuntimeError):
            open_store(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    with open_store(path) as store, store.reading() as tx:
        assert tx.accords() == []


def newer(path: Path) -> None:
    open_store(path).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE {schema.REVISION_TABLE} SET version_num = '9999'")


def without_revision(path: Path) -> None:
    open_store(path).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"DELETE FROM {schema.REVISION_TABLE}")


def somebody_elses(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")


@pytest.mark.parametrize(
    ("make", "error", "code"),
    [
        (newer, Refused, "store-newer"),
        (without_revision, Unavailable, "store-corrupt"),
        (somebody_elses, Invalid, "not-a-store"),
        (lambda path: path.write_text("PK a text file, and no database"), Invalid, "not-a-store"),
        (
            lambda path: path.write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000),
            Unavailable,
            "store-corrupt",
        ),
        (lambda path: path.mkdir(), Invalid, "not-a-store"),
        (lambda path: path.symlink_to(path.parent / "nowhere" / "node.db"), Unavailable, "store-unreachable"),
    ],
)
def test_what_is_no_store_of_ours_is_named_and_not_touched(
    path: Path, make: Callable[[Path], object], error: type[OpenlineError], code: str
) -> None:
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(error) as caught:
        open_store(path)
    assert caught.value.code == code
    assert caught.value.remedy
    assert (path.read_bytes() if path.is_file() else None) == before


@pytest.mark.parametrize(
    ("url", "error", "code"),
    [
        ("", Invalid, "store-url"),
        ("a\0b", Invalid, "store-url"),
        ("://", Invalid, "store-url"),
        ("sqlite://host/node.db", Invalid, "store-url"),
        ("sqlite:///node.db?mode=memory", Invalid, "store-url"),
        ("postgresql+asyncpg://localhost/openline", Refused, "store-not-supported"),
        ("postgresql://user:secret@host:port/openline", Invalid, "store-url"),
        ("postgresql://127.0.0.1:9/openline", Unavailable, "store-unreachable"),
        ("mystery:///node.db", Refused, "store-not-supported"),
        ("/nowhere/at/all/node.db", Unavailable, "store-unreachable"),
    ],
)
def test_a_url_that_names_no_store_is_said_to(url: str, error: type[OpenlineError], code: str) -> None:
    with pytest.raises(error) as caught:
        open_store(url)
    assert caught.value.code == code


def test_a_mistyped_path_creates_nothing_where_a_store_is_expected(path: Path) -> None:
    with pytest.raises(NotFound) as caught:
        open_store(path, create=False)
    assert caught.value.code == "store-missing"
    assert not path.exists()


def test_an_empty_file_becomes_a_store(path: Path) -> None:
    path.touch()
    with open_store(path) as store, store.reading() as tx:
        assert tx.accords() == []
