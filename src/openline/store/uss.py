"""Where the USS keeps its own operational intents and its log: over the node's own database."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Final

import msgspec
from sqlalchemy import Select, bindparam, delete, func, insert, select, update

from openline.errors import OpenlineError, Unavailable
from openline.store.failures import committing, translated
from openline.store.modes import READING, SHARING
from openline.store.rows import Rows, each
from openline.store.sqlite import checkpoint, log_is_long
from openline.store.store import SqlStore
from openline.store.uss_tables import intents, log
from openline.utm.uss.intents import Own
from openline.utm.uss.ports import Kept, Logged, LogKind

MAX_INTENTS: Final = 200_000
"""Flights of one USS that are not over."""
MAX_LOGGED: Final = 10_000
"""Rows of each kind in the log; the oldest go."""
PRUNE_EVERY: Final = 100
"""How many rows of a kind come in before the oldest are looked for."""
MAX_SUBSCRIPTIONS: Final = 500
"""Of one notification, by which our flights are looked up."""

_BY_FLIGHT = select(intents.c.revision, intents.c.value).where(intents.c.flight_id == bindparam("name"))
_BY_INTENT = select(intents.c.revision, intents.c.value).where(intents.c.intent_id == bindparam("name"))
_ALL = select(intents.c.revision, intents.c.value).order_by(intents.c.flight_id)
_DUE = (
    select(intents.c.revision, intents.c.value)
    .where(intents.c.due_ms <= bindparam("now_ms"))
    .order_by(intents.c.due_ms)
    .limit(bindparam("most"))
)
_BY_SUBSCRIPTIONS = select(intents.c.revision, intents.c.value).where(
    intents.c.subscription_id.in_(bindparam("ids", expanding=True))
)
_COUNT = select(func.count()).select_from(intents)
_NEW = insert(intents)
_SEEN = (intents.c.flight_id == bindparam("of_flight"), intents.c.revision == bindparam("of_revision"))
_CHANGED = (
    update(intents)
    .where(*_SEEN)
    .values(
        {name: bindparam(name) for name in ("intent_id", "subscription_id", "revision", "due_ms", "value")}
    )
)
_GONE = delete(intents).where(*_SEEN)

_NEW_LOG = insert(log)
_LOG = (
    select(log.c.id, log.c.at_ms, log.c.value)
    .where(log.c.kind == bindparam("of_kind"), log.c.at_ms.between(bindparam("after"), bindparam("before")))
    .order_by(log.c.at_ms.desc(), log.c.id)
    .limit(bindparam("most"))
)


def _oldest_kept(most: int) -> Select[tuple[int]]:
    """When the newest of those that are too many was logged."""
    return (
        select(log.c.at_ms)
        .where(log.c.kind == bindparam("of_kind"))
        .order_by(log.c.at_ms.desc())
        .offset(most)
        .limit(1)
    )


_OLDEST_KEPT = _oldest_kept(MAX_LOGGED)
_CUT = delete(log).where(log.c.kind == bindparam("of_kind"), log.c.at_ms <= bindparam("up_to"))

_own = msgspec.json.Decoder(Own)


@each
def _kept(revision: int, value: bytes) -> Kept:
    return Kept(_own.decode(value), int(revision))


@each
def _logged(name: str, at_ms: int, value: bytes) -> Logged:
    return Logged(str(name), int(at_ms), bytes(value))


_number = each(int)


class SqlUssStore:
    """The ``UssStore`` of `utm.uss.ports`. store: the node's, open; it stays open."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._came_in: dict[LogKind, int] = {}

    @property
    def is_shared(self) -> bool:
        return self._store.is_shared

    def by_flight(self, flight_id: str) -> Kept | None:
        with self._reading() as rows:
            return rows._one(_kept, _BY_FLIGHT, name=flight_id)

    def by_intent(self, intent_id: str) -> Kept | None:
        with self._reading() as rows:
            return rows._one(_kept, _BY_INTENT, name=intent_id)

    def by_subscriptions(self, subscription_ids: Collection[str]) -> list[Kept]:
        """At most MAX_SUBSCRIPTIONS are looked for."""
        ids = sorted(set(subscription_ids))[:MAX_SUBSCRIPTIONS]
        with self._reading() as rows:
            return rows._all(_kept, _BY_SUBSCRIPTIONS, ids=ids)

    def all(self) -> list[Kept]:
        with self._reading() as rows:
            return rows._all(_kept, _ALL)

    def due(self, now_ms: int, most: int) -> list[Kept]:
        """Those that time has something to do with, the most overdue first."""
        with self._reading() as rows:
            return rows._all(_kept, _DUE, now_ms=now_ms, most=most)

    def put(self, own: Own, seen: int | None, due_ms: int) -> Kept:
        """seen: the revision that it had (None: it is new). Raises Unavailable ``store-contended`` where
        another replica was faster, ``too-many-flights``.
        """
        revision = 1 if seen is None else seen + 1
        values = {
            "intent_id": own.intent_id,
            "subscription_id": own.subscription_id,
            "revision": revision,
            "due_ms": due_ms,
            "value": msgspec.json.encode(own),
        }
        with self._writing() as rows:
            if seen is None:
                _refuse_too_many(rows)
                rows._run(_NEW, values | {"flight_id": own.flight_id})
            elif (
                rows._run(_CHANGED, values | {"of_flight": own.flight_id, "of_revision": seen}).rowcount != 1
            ):
                raise _overtaken(own.flight_id)
        return Kept(own, revision)

    def remove(self, kept: Kept) -> None:
        with self._writing() as rows:
            rows._run(_GONE, {"of_flight": kept.own.flight_id, "of_revision": kept.revision})

    def log(self, kind: LogKind, name: str, at_ms: int, value: bytes) -> None:
        with self._writing() as rows:
            rows._run(_NEW_LOG, {"kind": kind.value, "id": name, "at_ms": at_ms, "value": value})
            self._came_in[kind] = self._came_in.get(kind, 0) + 1
            if self._came_in[kind] % PRUNE_EVERY == 1:
                _cut(rows, kind)

    def logged(self, kind: LogKind, after_ms: int, before_ms: int, most: int = MAX_LOGGED) -> list[Logged]:
        """The newest first, both ends included."""
        with self._reading() as rows:
            return rows._all(_logged, _LOG, of_kind=kind.value, after=after_ms, before=before_ms, most=most)

    # Blocks
    @contextmanager
    def _reading(self) -> Iterator[Rows]:
        with self._block(READING) as rows:
            yield rows

    @contextmanager
    def _writing(self) -> Iterator[Rows]:
        """Each row is changed only where it is as it was seen, so nobody waits for anybody's turn."""
        with self._block(SHARING) as rows:
            yield rows
            with committing():
                rows._connection.commit()
        if log_is_long(self._store.path):
            with suppress(OpenlineError), self._block(SHARING):
                checkpoint(self._store.engine)

    @contextmanager
    def _block(self, mode: Mapping[str, Any]) -> Iterator[Rows]:
        with self._store.turn(), ExitStack() as opened:
            with translated():
                connection = opened.enter_context(self._store.engine.connect().execution_options(**mode))
                connection.begin()
            rows = Rows(connection)
            yield rows
            rows.check_whole()


def _refuse_too_many(rows: Rows) -> None:
    if rows._all(_number, _COUNT)[0] >= MAX_INTENTS:
        text = f"{MAX_INTENTS:,} flights are not over yet"
        raise Unavailable("too-many-flights", text, remedy="end some of them")


def _cut(rows: Rows, kind: LogKind) -> None:
    oldest = rows._one(_number, _OLDEST_KEPT, of_kind=kind.value)
    if oldest is not None:
        rows._run(_CUT, {"of_kind": kind.value, "up_to": oldest})


def _overtaken(flight_id: str) -> Unavailable:
    return Unavailable(
        "store-contended",
        f"another replica has changed flight {flight_id} meanwhile",
        remedy="look how it stands, and try again",
    )
