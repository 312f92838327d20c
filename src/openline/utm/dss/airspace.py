"""The image of the airspace in memory: all records, who depends on whom, what ends when, what meets what.

It holds records as bytes and volumes as the index's arrays, and nothing decoded. A change is made whole, and
can be taken back while nobody else has seen it.
"""

import heapq
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from openline.conflict.index import ConflictIndex
from openline.conflict.minima import Minima
from openline.conflict.parts import Parts
from openline.units import dmm_from_metres
from openline.utm.dss.decision import Put
from openline.utm.dss.keys import ALL_KEYS
from openline.utm.dss.limits import VICINITY_M
from openline.utm.dss.records import Kind, Record, Ref
from openline.utm.dss.values import availability_of, extents_of, intent_head
from openline.utm.space import Zones, judged_zones_of
from openline.utm.wire.references import UssAvailabilityState

_NEAR: Final = Minima(dmm_from_metres(VICINITY_M), 0)
_AT_ONCE: Final = 2_000
"""Records that are made ready together while everything is loaded."""
_NUMBERS: Final = tuple(ALL_KEYS)
_IN_ORDER: Final = {Kind.OPERATIONAL_INTENT: 0, Kind.CONSTRAINT: 1, Kind.SUBSCRIPTION: 2}
"""Of those that end together: what depends on another goes first."""
_KINDS: Final = tuple(_IN_ORDER)
_SLACK: Final = 1_024

Undo = list[tuple[Ref, Record | None]]
"""What stood under each name, the latest change last."""


class Airspace:
    """indices: the notification index of each subscription, as last known."""

    def __init__(self) -> None:
        self.indices: dict[str, int] = {}
        self._records: dict[Kind, dict[str, Record]] = {kind: {} for kind in Kind}
        # The index takes what was made ready (`conflict.parts`) wherever it takes an operation.
        self._indexes: dict[Kind, Any] = {kind: ConflictIndex(_NEAR) for kind in _IN_ORDER}
        self._dependents: dict[str, set[str]] = {}
        self._ends: list[tuple[int, int, str]] = []

    def __len__(self) -> int:
        return sum(len(records) for records in self._records.values())

    # Questions -------------------------------------------------------------------------------------
    def find(self, kind: Kind, id: str) -> Record | None:
        return self._records[kind].get(id)

    def all(self, kind: Kind) -> list[Record]:
        return list(self._records[kind].values())

    def near(self, kind: Kind, zones: Zones, besides: str = "") -> list[Record]:
        """Those of a kind that come closer to the zones than VICINITY_M in plan, and meet them in height and
        time (closed sets), in the order of their ids, without the one called ``besides``.
        """
        records, asked = self._records[kind], Parts(besides, False, zones.heads, zones.boxes, zones.bodies)
        return [records[found.other(besides)] for found in self._indexes[kind].conflicts(asked)]

    def dependents(self, subscription_id: str) -> tuple[str, ...]:
        """The operational intents that a subscription serves, by id."""
        return tuple(sorted(self._dependents.get(subscription_id, ())))

    def availability(self, manager: str) -> UssAvailabilityState:
        record = self._records[Kind.AVAILABILITY].get(manager)
        return availability_of(record).availability if record is not None else UssAvailabilityState.UNKNOWN

    def ended_before(self, moment_ms: int, most: int) -> list[Record]:
        """The first to end, at most so many."""
        found: dict[tuple[int, int, str], Record] = {}
        while self._ends and self._ends[0][0] < moment_ms and len(found) < most:
            entry = heapq.heappop(self._ends)
            record = self._records[_KINDS[entry[1]]].get(entry[2])
            if record is not None and record.end_ms == entry[0]:  # else it has changed, or gone
                found[entry] = record
        for entry in found:
            heapq.heappush(self._ends, entry)
        return list(found.values())

    def beyond(self, other: "Airspace") -> tuple[list[Record], list[Ref]]:
        """What stands here and not there, or otherwise; and what stands there only."""
        records = [
            one for kind in Kind for one in self._records[kind].values() if other.find(kind, one.id) != one
        ]
        gone = [
            one.ref for kind in Kind for one in other._records[kind].values() if not self.find(kind, one.id)
        ]
        return records, gone

    # Changes ---------------------------------------------------------------------------------------
    def load(self, records: Iterable[Record], indices: Mapping[str, int]) -> None:
        """Into an empty image, what was judged before it was stored."""
        left = iter(records)
        while some := list(islice(left, _AT_ONCE)):
            for kind in _IN_ORDER:
                ready = [_parts(one.id, _zones(one)) for one in some if one.kind is kind]
                self._indexes[kind].add_many(ready)
            for one in some:
                self._keep(_compact(one))
        self.indices.update(indices)

    def apply(self, puts: Sequence[Put], removed: Iterable[Ref]) -> Undo:
        """Removals first, so that a record may begin anew. Gives what takes it back."""
        undo: Undo = []
        try:
            for ref in removed:
                undo.append((ref, self.find(ref.kind, ref.id)))
                self._remove(ref)
            for put in puts:
                ref = put.record.ref
                undo.append((ref, self.find(ref.kind, ref.id)))
                self._put(put.record, put.zones)
        except BaseException:
            self.take_back(undo)
            raise
        return undo

    def forget_indices(self, subscription_ids: Iterable[str]) -> None:
        """Of those that are gone."""
        for id in subscription_ids:
            if id not in self._records[Kind.SUBSCRIPTION]:
                self.indices.pop(id, None)

    def take_back(self, undo: Undo) -> None:
        for ref, record in reversed(undo):
            self._remove(ref)
            if record is not None:
                self._put(record, None)

    def _put(self, record: Record, zones: Zones | None) -> None:
        self._remove(record.ref)
        if record.kind in self._indexes:
            self._indexes[record.kind].add_many((_parts(record.id, zones or _zones(record)),))
        self._keep(record)

    def _keep(self, record: Record) -> None:
        self._records[record.kind][record.id] = record
        if record.kind is Kind.AVAILABILITY:
            return
        heapq.heappush(self._ends, (record.end_ms, _IN_ORDER[record.kind], record.id))
        if len(self._ends) > 2 * len(self) + _SLACK:
            self._ends = [
                (one.end_ms, order, one.id)
                for kind, order in _IN_ORDER.items()
                for one in self._records[kind].values()
            ]
            heapq.heapify(self._ends)
        if record.kind is Kind.OPERATIONAL_INTENT:
            served_by = intent_head(record).subscription_id
            if served_by is not None:
                self._dependents.setdefault(served_by, set()).add(record.id)

    def _remove(self, ref: Ref) -> None:
        record = self._records[ref.kind].pop(ref.id, None)
        if ref.kind in self._indexes and ref.id in self._indexes[ref.kind]:
            self._indexes[ref.kind].remove(ref.id)
        if record is not None and ref.kind is Kind.OPERATIONAL_INTENT:
            served_by = intent_head(record).subscription_id
            others = self._dependents.get(served_by or "")
            if others is not None:
                others.discard(ref.id)
                if not others:
                    del self._dependents[served_by or ""]


def _zones(record: Record) -> Zones:
    return judged_zones_of(extents_of(record))


def _parts(id: str, zones: Zones) -> Parts:
    return Parts(id, False, zones.heads, zones.boxes, zones.bodies)


def _compact(record: Record) -> Record:
    """One object for what hundreds of thousands of records share."""
    return Record(
        record.kind,
        record.id,
        sys.intern(record.manager),
        record.version,
        record.start_ms,
        record.end_ms,
        tuple(_NUMBERS[key] for key in record.keys),
        record.value,
    )
