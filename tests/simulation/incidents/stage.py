"""A stage for replays: two control centres, their officers, and a clock that is read as people wrote it down.

``alpha`` and ``bravo`` are the two sides, whoever they were. Time passes on both nodes second by second only
where something hangs on it.
"""

import msgspec

from openline.airspace.operation import Operation, State
from openline.coordination.fields import Officer
from openline.coordination.messages import Kind
from openline.node.results import Filed
from openline.units import ms_from_rfc3339
from simulation.war_room import HOUR_MS, NAMES, NOW_MS, WarRoom, box


def officer(position: str, pseudonym: str) -> Officer:
    return Officer(position=position, pseudonym=pseudonym, automaton=False)


class Stage:
    """day: the date of the incident. The room opens at its first hour with the line at rest."""

    def __init__(self, day: str, opens: str, **terms: object) -> None:
        self.day = day
        now_ms = ms_from_rfc3339(f"{day}T{opens}Z")
        year_ms = 365 * 24 * 3_600_000
        valid = {"valid_from_ms": now_ms - year_ms, "valid_until_ms": now_ms + year_ms}
        self.room = WarRoom(15, now_ms=now_ms, **valid, **terms)
        self.cut = False
        self.carry()

    @property
    def now_ms(self) -> int:
        return self.room.now_ms

    def carry(self) -> None:
        """The line carries everything, unless it is cut."""
        if not self.cut:
            self.room.exchange()

    def at(self, time: str, step_s: int = 10) -> None:
        """Let time pass until then: both nodes look at the clock every ``step_s`` seconds, and speak."""
        until_ms = ms_from_rfc3339(f"{self.day}T{time}Z")
        while self.room.now_ms < until_ms:
            self.room.now_ms = min(until_ms, self.room.now_ms + step_s * 1_000)
            for name in NAMES:
                self.room[name].tick(self.room.now_ms)
            self.carry()

    def box(
        self,
        corner: tuple[float, float],
        side_deg: float,
        hours: tuple[float, float],
        *,
        state: State = State.ACCEPTED,
    ) -> Operation:
        """Up to 9,000 m, so many hours from now."""
        now_h = (self.now_ms - NOW_MS) / HOUR_MS
        span = (now_h + hours[0], now_h + hours[1])
        return box(self.room.id(), corner, side_deg, (0.0, 9_000.0), span, state=state)

    def say(self, name: str, kind: Kind, body: msgspec.Struct) -> str:
        fact = self.room[name].say(self.room.accord_id, kind, body, self.room.now_ms)
        self.carry()
        return fact.hash

    def file(self, name: str, operation: Operation) -> Filed:
        filed = self.room[name].file(operation, self.room.now_ms)
        self.carry()
        return filed

    def alarms(self, name: str) -> dict[str, str]:
        """The alarms that stand there, by kind (of several of one kind the last)."""
        with self.room[name].looking() as (tx, _, _own):
            return {row.kind: row.text for row in tx.alarms()}

    def alarm_raised_ms(self, name: str, kind: str) -> int:
        with self.room[name].looking() as (tx, _, _own):
            return min(row.raised_ms for row in tx.alarms(standing_only=False) if row.kind == kind)

    def state(self, name: str) -> str:
        return self.room.status(name).state

    def first_said(self, name: str, kind: Kind) -> int:
        """When that side first said such a message."""
        with self.room[name].looking() as (_, desks, _own):
            facts = desks[self.room.accord_id].line.picture.all_facts()
            return min(it.at_ms for it in facts if it.kind is kind and it.stamp.sender == name)
