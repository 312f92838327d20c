"""Which revision a store has, and bringing it to this program's. The migrations travel inside the package."""

from threading import Lock
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Engine, inspect, text

from openline.errors import Invalid, Refused
from openline.store.failures import corrupt, translated
from openline.store.sqlite import READING, WRITING

if TYPE_CHECKING:
    from alembic.config import Config

REVISION: Final = "0002"
"""The newest migration. Kept here so that opening a store in order does not load Alembic (a test compares).
"""
REVISION_TABLE: Final = "openline_revision"
"""Alembic's version table under our own name: it is also what marks a database as an Openline store."""

_migrating = Lock()  # Alembic's context is global to the process


def prepare(engine: Engine) -> None:
    """Create or migrate the store, whole or not at all; several processes may try at once, one does it.

    Raises Invalid ``not-a-store``, Refused ``store-newer``, and Unavailable as any transaction.
    """
    with translated(), engine.connect().execution_options(**READING) as connection:
        if revision_of(connection) == REVISION:
            return
    with _migrating, translated(), engine.connect().execution_options(**WRITING) as connection:
        # Under the write lock now: whoever was faster has finished, so look again.
        if revision_of(connection) != REVISION:
            _migrate(connection)
            connection.commit()


def revision_of(connection: Connection) -> str | None:
    """The revision; None where the database is still empty.

    Raises Invalid ``not-a-store`` for the tables of something else, Refused ``store-newer`` for a revision
    not known here.
    """
    with translated():
        tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if REVISION_TABLE not in tables:
        raise Invalid(
            "not-a-store",
            "the database is no Openline store",
            remedy="give the path of a store, or of a new file",
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
