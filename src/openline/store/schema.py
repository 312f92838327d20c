"""Which revision a store has, and bringing it to this program's. The migrations travel inside the package."""

from threading import Lock
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Engine, inspect, text

from openline.errors import Invalid, NotFound, OpenlineError, Refused
from openline.store.failures import corrupt, translated
from openline.store.modes import READING, SHARING

if TYPE_CHECKING:
    from alembic.config import Config

REVISION: Final = "0007"
"""The newest migration. Kept here so that opening a store in order does not load Alembic (a test compares).
"""
REVISION_TABLE: Final = "openline_revision"
"""Alembic's version table under our own name: it is also what marks a database as an Openline store."""

ATTEMPTS: Final = 20
"""Of several processes that make one store at once, one is first and the others look again."""
_OVERTAKEN: Final = ("store-contended", "number-taken")

_TABLES: Final = (
    "SELECT table_name FROM information_schema.tables"
    " WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
)

_migrating = Lock()  # Alembic's context is global to the process


def prepare(engine: Engine, *, create: bool = True) -> None:
    """Create or migrate the store, whole or not at all; several processes may try at once, one does it.

    create: make the tables where there are none. Raises Invalid ``not-a-store``, NotFound ``store-missing``,
    Refused ``store-newer``, and Unavailable as any transaction.
    """
    for attempt in range(1, ATTEMPTS + 1):
        with translated(), engine.connect().execution_options(**READING) as connection:
            found = revision_of(connection)
        if found == REVISION:
            return
        if found is None and not create:
            raise NotFound(
                "store-missing", "the database is empty", remedy="make the store: openline init --database"
            )
        try:
            _bring_up(engine)
        except OpenlineError as fault:
            # On PostgreSQL two may begin to make the same tables: the second hears of it when it is too late.
            if fault.code not in _OVERTAKEN or attempt == ATTEMPTS:
                raise


def _bring_up(engine: Engine) -> None:
    with _migrating, translated(), engine.connect().execution_options(**SHARING) as connection:
        # Under the lock now: whoever was faster has finished, so look again.
        if _locked_revision(connection) != REVISION:
            _migrate(connection)
            connection.commit()


def _locked_revision(connection: Connection) -> str | None:
    """On SQLite the transaction has the write lock already; elsewhere the row of the revision is the lock."""
    if connection.dialect.name != "sqlite" and REVISION_TABLE in _table_names(connection):
        connection.execute(text(f"SELECT version_num FROM {REVISION_TABLE} FOR UPDATE")).all()
    return revision_of(connection)


def _table_names(connection: Connection) -> list[str]:
    if connection.dialect.name == "sqlite":
        return inspect(connection).get_table_names()
    return list(connection.scalars(text(_TABLES)))


def revision_of(connection: Connection) -> str | None:
    """The revision; None where the database is still empty.

    Raises Invalid ``not-a-store`` for the tables of something else, Refused ``store-newer`` for a revision
    not known here.
    """
    with translated():
        tables = _table_names(connection)
    if not tables:
        return None
    if REVISION_TABLE not in tables:
        raise Invalid(
            "not-a-store",
            "the database is no Openline store",
            remedy="give the path of a store or of a new file, or an empty database",
        )
    with translated():
        revision = connection.scalar(text(f"SELECT version_num FROM {REVISION_TABLE}"))
    if revision is None:
        raise corrupt("it does not say its revision")
    if revision != REVISION and revision not in known_revisions():
        raise Refused(
            "store-newer",
            f"the store has revision {revision!r}, and this version of Openline knows {REVISION!r} at most",
            remedy="install the newer version of Openline, or restore a backup that this one made",
        )
    return str(revision)


def known_revisions() -> frozenset[str]:
    from alembic.script import ScriptDirectory

    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def _migrate(connection: Connection) -> None:
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, REVISION)


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "openline.store:migrations")
    config.set_main_option("path_separator", "os")
    return config
