"""What the parts of a transaction share: running a statement, and what holds after one has failed.

SQLAlchemy writes the SQL; where the driver is SQLite's, the values then go to it straight. To look at each
value again on the way there and back costs ten times what SQLite takes for an answer, and a step of the node
asks a dozen times.
"""

import sqlite3
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, CursorResult, Dialect, Executable, UpdateBase

from openline.errors import Invalid, OpenlineError
from openline.store.failures import DATABASE_ERRORS, corrupt, failure
from openline.store.sqlite import driver_of

Row = TypeVar("Row")
Struct = TypeVar("Struct", bound=msgspec.Struct)
Value = TypeVar("Value")
Make = Callable[[Sequence[Sequence[Any]]], list[Row]]
"""Makes values of all rows of an answer at once."""
Answer = CursorResult[Any] | sqlite3.Cursor


def made(kind: type[Struct]) -> Make[Struct]:
    """A maker of ``kind`` from rows whose columns are in the order of its fields, with the types checked."""
    fields = msgspec.structs.fields(kind)
    names = [field.name for field in fields]
    shape: Any = list[tuple[tuple(field.type for field in fields)]]  # type: ignore[misc]

    def make(rows: Sequence[Sequence[Any]]) -> list[Struct]:
        checked = msgspec.convert([tuple(row) for row in rows], shape, builtin_types=(bytes,))
        return [kind(**dict(zip(names, row, strict=True))) for row in checked]

    return make


def each(make: Callable[..., Row]) -> Make[Row]:
    """A maker from the columns of each row."""
    return lambda rows: [make(*row) for row in rows]


Values = Callable[[Mapping[str, Any]], Any]


@lru_cache(256)
def _compiled(statement: Executable, dialect: Dialect) -> tuple[str, Values] | None:
    """The text for the driver, and what it wants of values by name: all of them, or those of its places.
    None where only the values tell how the text goes on (``IN`` a list of them).
    """
    compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
    if compiled.post_compile_params or compiled.literal_execute_params:
        return None
    wanted = _wanted(compiled.positiontup)
    constants = {name: value for name, value in compiled.params.items() if value is not None}
    return str(compiled), (lambda values: wanted({**constants, **values})) if constants else wanted


def _wanted(places: Sequence[str] | None) -> Values:
    if places is None:
        return dict
    if len(places) < 2:  # itemgetter makes tuples of two and more only
        return lambda values: tuple(values[name] for name in places)
    return itemgetter(*places)


class Rows:
    """One open transaction. After a database error nothing more can be done in it: SQLite may have rolled it
    back already (as it does on a full disk), and whatever ran next would be stored on its own, without what
    came before.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._driver = driver_of(connection)
        self._failure: OpenlineError | None = None
        self._known: dict[Hashable, Any] = {}
        self.changes = 0
        """How often something was written in this block, or waits to be written at its end."""

    def finish(self) -> None:
        """The block's end: write what still waits for others of its table, and ``check_whole``."""
        self.check_whole()

    def committed(self, ours: int) -> None:
        """It is on the disk, as one of so many blocks of its store."""

    def check_whole(self) -> None:
        """Raise the first failure, if there was one: also where the block swallowed it."""
        if self._failure is not None:
            raise self._failure

    def _once(self, name: Hashable, ask: Callable[[], Value]) -> Value:
        """What ``ask`` finds in the store, asked for once: whoever changes that takes ``name`` out of
        ``_known``.
        """
        self.check_whole()
        if name not in self._known:
            self._known[name] = ask()
        found: Value = self._known[name]
        return found

    def _run(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Answer:
        self.check_whole()
        self.changes += statement.is_dml
        try:
            return self._asked(statement, parameters or {})
        except DATABASE_ERRORS as error:
            self._failure = failure(error)
            raise self._failure from error

    def _asked(self, statement: Executable, parameters: Mapping[str, Any]) -> Answer:
        compiled = _compiled(statement, self._connection.dialect)
        if compiled is None:
            return self._connection.execute(statement, parameters)
        text, values = compiled
        if self._driver is None:
            return self._connection.exec_driver_sql(text, values(parameters))
        return self._driver.execute(text, values(parameters))

    def _run_many(self, statement: UpdateBase, rows: Sequence[Mapping[str, Any]]) -> None:
        """The statement for each of the rows: psycopg sends them all before it waits."""
        self.check_whole()
        if not rows:
            return
        self.changes += 1
        compiled = _compiled(statement, self._connection.dialect)
        assert compiled is not None, "a list of values has no place in a statement for many rows"
        text, values = compiled
        try:
            if self._driver is None:
                self._connection.exec_driver_sql(text, list(map(values, rows)))
            else:
                self._driver.executemany(text, map(values, rows))
        except DATABASE_ERRORS as error:
            self._failure = failure(error)
            raise self._failure from error

    def _all(self, make: Make[Row], statement: Executable, **parameters: Any) -> list[Row]:
        """All rows, made by ``make``. Raises Unavailable ``store-corrupt``
        for a row that is none.
        """
        result = self._run(statement, parameters)
        try:
            rows = result.fetchall()
        except DATABASE_ERRORS as error:
            self._failure = failure(error)
            raise self._failure from error
        return self._made(make, rows)

    def _made(self, make: Make[Row], rows: Sequence[Sequence[Any]]) -> list[Row]:
        try:
            return make(rows)
        except (TypeError, ValueError, msgspec.MsgspecError, Invalid) as error:
            # SQLite keeps any type in any column, and values check themselves: somebody has written into the
            # file.
            raise corrupt(f"a row cannot be read ({error})") from error

    def _one(self, make: Make[Row], statement: Executable, **parameters: Any) -> Row | None:
        rows = self._all(make, statement, **parameters)
        return rows[0] if rows else None

    def _put(self, update: Executable, insert: Executable, values: Mapping[str, Any], *keys: str) -> None:
        """Update the row of ``keys`` (bound as ``of_<key>``), or insert it where there is none. In plain SQL:
        the write lock keeps the two together.
        """
        of = {f"of_{key}": values[key] for key in keys}
        changed = {name: value for name, value in values.items() if name not in keys}
        if self._run(update, of | changed).rowcount == 0:
            self._run(insert, values)
