"""Leases: what only one replica at a time does, kept in the shared store (ADR 0014).

No clock is compared with another. A holder moves its lease's ``beat`` on; whoever wants the lease watches,
and takes it when the beat has stood still for the lease's time by its own monotonic clock. The holder counts
from before it sent its last beat, so it has let go earlier than anybody can take. What is assumed: monotonic
clocks run at about the same rate, and all replicas use the same time.
"""

from contextlib import AbstractContextManager

from sqlalchemy import bindparam, insert, select, update

from openline.errors import OpenlineError
from openline.store import tables
from openline.store.modes import SHARING
from openline.store.rows import Rows, each
from openline.store.store import SqlStore

NOBODY = ""

_lease = tables.lease.c
_STANDING = select(_lease.holder, _lease.beat).where(_lease.name == bindparam("name"))
_FIRST = insert(tables.lease)
_MOVE = (
    update(tables.lease)
    .where(_lease.name == bindparam("of_name"), _lease.beat == bindparam("of_beat"))
    .values(holder=bindparam("to_holder"), beat=bindparam("to_beat"))
)
_made = each(lambda holder, beat: (str(holder), int(beat)))

Standing = tuple[str, int]
"""holder and beat, as a row says."""


class Leases:
    """The leases as one process sees them; for one thread at a time."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._watched: dict[str, tuple[Standing, int]] = {}  # since when each has stood still

    def take(self, name: str, holder: str, now_ms: int, for_ms: int) -> bool:
        """Take the lease, or renew it; True where ``holder`` has it now.

        holder: names this process alone, drawn anew at each start. now_ms: this process' monotonic clock,
        read before the call. for_ms: after so long without a beat the lease is anybody's; the holder itself
        must let go earlier, counted from ``now_ms``. Raises Unavailable as any block of the store: then
        nothing is known, and a holder goes on until its time is over.
        """
        with self._rows() as rows:
            standing = rows.standing(name)
            if not self._may_take(name, standing, holder, now_ms, for_ms):
                return False
            try:
                return rows.move(name, standing, holder)
            except OpenlineError as fault:
                if fault.code != "number-taken":  # two took a lease that was never held: the other was first
                    raise
                return False

    def _may_take(self, name: str, standing: Standing | None, holder: str, now_ms: int, for_ms: int) -> bool:
        if standing is None or standing[0] in (holder, NOBODY):
            return True
        watched, since_ms = self._watched.get(name, (None, now_ms))
        if watched != standing:
            self._watched[name] = (standing, now_ms)
            return False
        return now_ms - since_ms >= for_ms

    def give_back(self, name: str, holder: str) -> None:
        """So that the next one need not wait. What somebody else holds stays as it is."""
        with self._rows() as rows:
            standing = rows.standing(name)
            if standing is not None and standing[0] == holder:
                rows.move(name, standing, NOBODY)

    def _rows(self) -> AbstractContextManager["_LeaseRows"]:
        """Beside the node's turn: renewing must not wait for a long step."""
        return self._store.block(SHARING, _LeaseRows)


class _LeaseRows(Rows):
    def standing(self, name: str) -> Standing | None:
        return self._one(_made, _STANDING, name=name)

    def move(self, name: str, standing: Standing | None, holder: str) -> bool:
        """True where nobody has moved it since it was read."""
        if standing is None:
            self._run(_FIRST, {"name": name, "holder": holder, "beat": 1})
            return True
        beat = standing[1]
        values = {"of_name": name, "of_beat": beat, "to_holder": holder, "to_beat": beat + 1}
        return self._run(_MOVE, values).rowcount == 1
