"""A change of the DSS's airspace under locks: gathered in memory, written at the end in few statements."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Executable, bindparam, delete, insert, select, update

from openline.errors import Invalid, OpenlineError, Unavailable
from openline.store.airspace_tables import changes, indices, keys, records
from openline.store.airspace_view import (
    INDICES,
    KEYS_OF_RECORDS,
    ROWS_A_STATEMENT,
    View,
    named,
    numbers,
    pairs,
    portions,
)
from openline.store.failures import failure
from openline.store.rows import each
from openline.utm.dss.records import Kind, Record, Ref

_OF_RECORD: Final = (records.c.kind == bindparam("of_kind"), records.c.id == bindparam("of_id"))
_OF_SUBSCRIPTION: Final = indices.c.subscription_id == bindparam("of_subscription")

# The rows are locked in the order in which they are sorted, so that two who want the same never hold one and
# wait for the other. SQLite knows no such lock and needs none: its writer is alone.
_LOCK_KEYS = (
    select(keys.c.key, keys.c.count)
    .where(keys.c.key.in_(bindparam("keys", expanding=True)))
    .order_by(keys.c.key)
    .with_for_update()
)
_LOCK_INDICES = INDICES.order_by(indices.c.subscription_id).with_for_update()

_NEW_RECORD = insert(records)
_CHANGED_RECORD = (
    update(records)
    .where(*_OF_RECORD)
    .values({name: bindparam(name) for name in ("manager", "version", "start_ms", "end_ms", "keys", "value")})
)
_NO_RECORD = delete(records).where(*_OF_RECORD)
_NEW_CHANGE = insert(changes)
_COUNTED = (
    update(keys)
    .where(keys.c.key.in_(bindparam("of_keys", expanding=True)))
    .values(count=keys.c.count + bindparam("times"))
)
_NEW_INDEX = insert(indices)
_RAISED_INDEX = update(indices).where(_OF_SUBSCRIPTION).values(value=bindparam("to_value"))
_NO_INDEX = delete(indices).where(_OF_SUBSCRIPTION)


class Turn(View):
    """The ``AirspaceTurn`` of ``utm.dss.ports``.

    What is put and removed is written when the block ends: until then `changed_since` tells of others only.
    A subscription that is removed and put in one turn is a new one.
    """

    def __init__(self, connection: Connection, wanted: Collection[int], at_ms: int) -> None:
        super().__init__(connection)
        self._at_ms = at_ms
        self._held: dict[int, int] = dict(self._all(pairs, _LOCK_KEYS, keys=sorted(wanted)))
        if len(self._held) != len(set(wanted)):
            raise Invalid("no-such-key", f"there is no key {min(set(wanted) - self._held.keys())}")
        self._given: dict[Ref, Record] = {}
        self._taken: dict[Ref, Record] = {}
        self._raised: dict[str, int] = {}

    def put(self, records: Iterable[Record]) -> None:
        for record in records:
            self._given[record.ref] = record

    def remove(self, records: Iterable[Record]) -> None:
        for record in records:
            self._given.pop(record.ref, None)
            self._taken[record.ref] = record
            if record.kind is Kind.SUBSCRIPTION:
                self._raised.pop(record.id, None)

    def notify(self, times: Mapping[str, int]) -> Mapping[str, int]:
        """One call a turn is best: a second one may meet, in the other order, somebody who waits for it, and
        then the database ends one of the two (``store-contended``).
        """
        now = self._indices(times, _LOCK_INDICES)
        self._raised |= {name: value + times[name] for name, value in now.items()}
        return {name: self._raised[name] for name in now}

    def indices(self, subscription_ids: Collection[str]) -> Mapping[str, int]:
        return self._indices(subscription_ids, INDICES)

    def _indices(self, subscription_ids: Collection[str], statement: Executable) -> dict[str, int]:
        """As they stand in this turn; none for a subscription that is not there."""
        wanted = set(subscription_ids)
        known = {name: self._raised[name] for name in wanted & self._raised.keys()}
        stored = [name for name in wanted - known.keys() if _subscription(name) not in self._taken]
        for ids in portions(sorted(stored), ROWS_A_STATEMENT):
            known.update(self._all(pairs, statement, ids=ids))
        new = {name: 0 for name in wanted - known.keys() if _subscription(name) in self._given}
        return known | new

    def _counts(self, wanted: Collection[int]) -> dict[int, int]:
        """Read under the lock: nobody counts on before this turn ends."""
        counts = {key: self._held[key] for key in wanted if key in self._held}
        return counts | super()._counts([key for key in wanted if key not in counts])

    # What is written when the block ends -----------------------------------------------------------
    def write(self) -> None:
        """Write what was gathered, in the same order for everybody."""
        standing = self._standing()
        with _together(self._connection):
            self._write_log(standing)
            self._write_records(standing)
            self._write_indices(standing)

    def _standing(self) -> dict[Ref, tuple[int, ...]]:
        """The keys of the rows that are there already: a record that has moved is a change of both places."""
        found: dict[Ref, tuple[int, ...]] = {}
        touched = self._given.keys() | self._taken.keys()
        for refs in portions(touched, ROWS_A_STATEMENT):
            found.update(self._all(_keys_of_records, KEYS_OF_RECORDS, **named(refs)))
        return {ref: found[ref] for ref in touched & found.keys()}

    def _write_log(self, standing: Mapping[Ref, tuple[int, ...]]) -> None:
        """In the order in which it was done, as far as that is known here."""
        counts: dict[int, int] = {}
        rows: list[dict[str, Any]] = []
        for ref in self._taken | self._given:
            for key in sorted(self._keys_of(ref, standing)):
                counts[key] = counts.get(key, self._held[key]) + 1
                rows.append(_change(key, counts[key], ref, self._at_ms))
        together: dict[int, list[int]] = {}
        for key in sorted(counts):
            together.setdefault(counts[key] - self._held[key], []).append(key)
        for times, of_keys in together.items():
            self._run(_COUNTED, {"times": times, "of_keys": of_keys})
        self._run_many(_NEW_CHANGE, rows)

    def _keys_of(self, ref: Ref, standing: Mapping[Ref, tuple[int, ...]]) -> set[int]:
        """All keys under which this is a change. Raises Unavailable ``store-contended`` where one of them is
        not held: the asker did not know where the record stands.
        """
        found = set(standing.get(ref, ()))
        for side in (self._given, self._taken):
            found.update(side[ref].keys if ref in side else ())
        if not found <= self._held.keys():
            raise Unavailable(
                "store-contended",
                f"{ref.kind} {ref.id} stands under a key that is not held",
                remedy="try again with what is there now",
            )
        return found

    def _write_records(self, standing: Collection[Ref]) -> None:
        put = sorted(self._given.values(), key=lambda record: _place(record.ref))
        gone = sorted((ref for ref in self._taken if ref in standing and ref not in self._given), key=_place)
        self._run_many(_NO_RECORD, [_of(ref) for ref in gone])
        self._run_many(_CHANGED_RECORD, [_of(it.ref) | _rest(it) for it in put if it.ref in standing])
        self._run_many(_NEW_RECORD, [_row(it) for it in put if it.ref not in standing])

    def _write_indices(self, standing: Collection[Ref]) -> None:
        put = {ref for ref in self._given if ref.kind is Kind.SUBSCRIPTION}
        gone = {ref for ref in self._taken if ref.kind is Kind.SUBSCRIPTION and ref in standing} - put
        new = {ref.id for ref in put if ref not in standing}
        again = {ref.id for ref in put if ref in standing and ref in self._taken}
        raised = dict.fromkeys(again, 0) | self._raised
        self._run_many(_NO_INDEX, [{"of_subscription": ref.id} for ref in sorted(gone, key=_place)])
        self._run_many(
            _NEW_INDEX, [{"subscription_id": name, "value": raised.pop(name, 0)} for name in sorted(new)]
        )
        self._run_many(
            _RAISED_INDEX, [{"of_subscription": name, "to_value": raised[name]} for name in sorted(raised)]
        )


@contextmanager
def _together(connection: Connection) -> Iterator[None]:
    """psycopg sends all statements of the block before it waits for what they come to; SQLite waits for
    nobody.
    """
    pipeline = getattr(connection.connection.driver_connection, "pipeline", None)
    if pipeline is None:
        yield
        return
    try:
        with pipeline():
            yield
    except OpenlineError:
        raise
    except Exception as error:
        if not hasattr(error, "sqlstate"):
            raise
        raise failure(error) from error


def _subscription(subscription_id: str) -> Ref:
    return Ref(Kind.SUBSCRIPTION, subscription_id)


def _place(ref: Ref) -> tuple[str, str]:
    return (ref.kind.value, ref.id)


def _of(ref: Ref) -> dict[str, Any]:
    return {"of_kind": ref.kind.value, "of_id": ref.id}


def _row(record: Record) -> dict[str, Any]:
    return {"kind": record.kind.value, "id": record.id} | _rest(record)


def _rest(record: Record) -> dict[str, Any]:
    return {
        "manager": record.manager,
        "version": record.version,
        "start_ms": record.start_ms,
        "end_ms": record.end_ms,
        "keys": " ".join(map(str, record.keys)),
        "value": record.value,
    }


def _change(key: int, count: int, ref: Ref, at_ms: int) -> dict[str, Any]:
    return {"key": key, "count": count, "kind": ref.kind.value, "id": ref.id, "at_ms": at_ms}


_keys_of_records = each(lambda kind, id, text: (Ref(Kind(kind), id), numbers(text)))
