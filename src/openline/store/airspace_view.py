"""The DSS's part of the database as one transaction sees it: what changed, and what it says now."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any, Final, TypeVar

from sqlalchemy import and_, bindparam, select

from openline.errors import Unavailable
from openline.store.airspace_tables import changes, indices, keys, records
from openline.store.rows import Rows, each
from openline.utm.dss.ports import Changed
from openline.utm.dss.records import Kind, Record, Ref

MAX_KEYS_NAMED: Final = 500
"""Asked about more keys than this, the counts of all are read."""
KNOWN_CHANGES: Final = 16
"""How many known changes of a key may be read again, so that one statement asks for many keys."""
ROWS_A_STATEMENT: Final = 500
"""How many rows one statement names; SQLite takes some 32,000 parameters, PostgreSQL 65,000."""
ROWS_A_PAGE: Final = 2_000
"""How many records are fetched at once while everything is loaded."""

Item = TypeVar("Item")

_ALL_COUNTS = select(keys.c.key, keys.c.count)
_COUNTS = _ALL_COUNTS.where(keys.c.key.in_(bindparam("keys", expanding=True)))
# Both ends, and no join: a planner that does not know the numbers yet must still see that this is little.
_CHANGES = select(changes.c.key, changes.c.count, changes.c.kind, changes.c.id).where(
    changes.c.key.in_(bindparam("keys", expanding=True)),
    changes.c.count > bindparam("after"),
    changes.c.count <= bindparam("up_to"),
)
_NAMED = and_(
    records.c.kind.in_(bindparam("kinds", expanding=True)), records.c.id.in_(bindparam("ids", expanding=True))
)
_RECORDS = select(records).where(_NAMED)
KEYS_OF_RECORDS: Final = select(records.c.kind, records.c.id, records.c["keys"]).where(_NAMED)
# The order of texts is the database's own, and only it compares them.
_PAGE = (
    select(records)
    .where(records.c.kind == bindparam("kind"), records.c.id > bindparam("after"))
    .order_by(records.c.id)
    .limit(ROWS_A_PAGE)
)
_ALL_INDICES = select(indices.c.subscription_id, indices.c.value)
INDICES: Final = select(indices.c.subscription_id, indices.c.value).where(
    indices.c.subscription_id.in_(bindparam("ids", expanding=True))
)


class View(Rows):
    """The ``AirspaceView`` of ``utm.dss.ports`` over one transaction that sees one moment."""

    def changed_since(self, seen: Mapping[int, int]) -> Changed:
        counts = self._counts(seen)
        behind = {key: seen[key] for key, count in counts.items() if count > seen[key]}
        if not behind:
            return Changed(counts)
        refs = self._changed(behind, counts)
        found = {record.ref: record for record in self._records(refs)}
        return Changed(counts, tuple(found.values()), tuple(ref for ref in refs if ref not in found))

    def indices(self, subscription_ids: Collection[str]) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for ids in portions(sorted(subscription_ids), ROWS_A_STATEMENT):
            found.update(self._all(pairs, INDICES, ids=ids))
        return found

    # Everything --------------------------------------------------------------------------------------
    def all_records(self) -> Iterator[Record]:
        """Page by page, so that memory holds what is made of the rows and not the rows."""
        for kind in Kind:
            after = ""
            while page := self._all(made_records, _PAGE, kind=kind.value, after=after):
                yield from page
                after = page[-1].id

    def all_counts(self) -> dict[int, int]:
        """Of keys that were ever changed."""
        return {key: count for key, count in self._all(pairs, _ALL_COUNTS) if count}

    def all_indices(self) -> dict[str, int]:
        return dict(self._all(pairs, _ALL_INDICES))

    # -----------------------------------------------------------------------------------------------
    def _counts(self, wanted: Collection[int]) -> dict[int, int]:
        if not wanted:
            return {}
        if len(wanted) > MAX_KEYS_NAMED:
            counts = self._all(pairs, _ALL_COUNTS)
        else:
            counts = self._all(pairs, _COUNTS, keys=sorted(wanted))
        return {key: count for key, count in counts if key in wanted}

    def _changed(self, behind: Mapping[int, int], counts: Mapping[int, int]) -> list[Ref]:
        """What the log names, each once. Numbers of a key follow on one another, so that a gap shows."""
        refs: dict[Ref, None] = {}
        missing = sum(counts[key] - after for key, after in behind.items())
        for some in _alike(behind):
            after, up_to = min(some.values()), max(counts[key] for key in some)
            for key, count, ref in self._all(_log, _CHANGES, keys=sorted(some), after=after, up_to=up_to):
                if some[key] < count <= counts[key]:
                    refs[ref] = None
                    missing -= 1
        if missing:
            raise Unavailable(
                "airspace-log-cut",
                "the log of changes does not reach back to what is known here",
                remedy="load everything again",
            )
        return list(refs)

    def _records(self, refs: Iterable[Ref]) -> Iterator[Record]:
        for some in portions(refs, ROWS_A_STATEMENT):
            wanted = set(some)
            for record in self._all(made_records, _RECORDS, **named(some)):
                if record.ref in wanted:
                    yield record


def _alike(behind: Mapping[int, int]) -> Iterator[dict[int, int]]:
    """Keys that one statement asks for, though it brings some changes of theirs that are known."""
    some: dict[int, int] = {}
    first = 0
    for key, after in sorted(behind.items(), key=itemgetter(1)):
        if some and (len(some) == ROWS_A_STATEMENT or after - first > KNOWN_CHANGES):
            yield some
            some = {}
        first = first if some else after
        some[key] = after
    if some:
        yield some


def named(refs: Collection[Ref]) -> dict[str, list[str]]:
    """Two lists name a few rows too many where one id bears entities of several kinds: look at what came."""
    return {"kinds": sorted({ref.kind.value for ref in refs}), "ids": sorted({ref.id for ref in refs})}


def portions(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    left = iter(items)
    while some := list(islice(left, size)):
        yield some


def pairs(rows: Sequence[Sequence[Any]]) -> list[tuple[Any, int]]:
    return [(name, number) for name, number in rows]


_log = each(lambda key, count, kind, id: (key, count, Ref(Kind(kind), id)))


def made_records(rows: Sequence[Sequence[Any]]) -> list[Record]:
    return [
        Record(Kind(kind), id, manager, version, start_ms, end_ms, numbers(text), value)
        for kind, id, manager, version, start_ms, end_ms, text, value in rows
    ]


def numbers(text: str) -> tuple[int, ...]:
    """The keys of a row."""
    return tuple(map(int, text.split()))
