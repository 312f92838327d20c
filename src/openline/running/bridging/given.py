"""What the bridge is given by the wiring, and what its parts share: what stands at our DSS, what is wrong."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import Final, Protocol, TypeVar

import msgspec

from openline.bridge.standing import Standing, standing_of
from openline.node.node import Node
from openline.utm.dss.ports import Dss
from openline.utm.dss.records import Kind, Record, Ref
from openline.utm.dss.values import intent_head
from openline.utm.wire.details import OperationalIntent
from openline.utm.wire.references import OperationalIntentReference, SubscriberToNotify

T = TypeVar("T")

BRIDGE: Final = "bridge"
"""Stands for an accord's id in alarms that concern none."""
NOT_SHOWN: Final = "NOTICE NOT SHOWN"
NOT_TAKEN: Final = "INTENT NOT TAKEN"


class Turn(Protocol):
    """Work on the node, one at a time (`running.thread.NodeThread`)."""

    async def __call__(self, work: Callable[[Node, int], T], /) -> T: ...


Listener = Callable[[Sequence[Record], Sequence[Ref]], None]


class Airspace(Protocol):
    """What stands at our DSS, beside asking it (`utm.dss.registry.Registry`)."""

    def standing(self, kind: Kind, /) -> Sequence[Record]:
        """All of a kind as last known, in any thread."""
        ...

    def on_change(self, listener: Listener, /) -> None:
        """listener: called with what was put and removed, by whichever replica, in any thread."""
        ...


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """base_url: where our USS answers. details_of: the details of an intent, from its supplier or from here.
    tell: subscribers of a change, through our USS; the intent is None where it has ended. wake: something
    was said on a line.
    """

    turn: Turn
    dss: Dss
    airspace: Airspace
    party: str
    base_url: str
    details_of: Callable[[OperationalIntentReference], Awaitable[OperationalIntent]]
    tell: Callable[[str, OperationalIntent | None, Sequence[SubscriberToNotify]], Awaitable[None]]
    wake: Callable[[], None]


class Stands:
    """The operational intents at our DSS: those that were told, and the records of what suppliers filed.

    told_changed: is set when something of the former has changed; filed_changed: when something of the latter
    has. Both by id in lower case.
    """

    def __init__(self) -> None:
        self.told: dict[str, Standing] = {}
        self.told_changed = asyncio.Event()
        self.filed_changed = asyncio.Event()
        self._filed: dict[str, Record] = {}
        self._changed: set[str] = set()
        self._follows = False

    def began(self, records: Iterable[Record]) -> None:
        """Everything as it stood after following began; what has come since is newer."""
        for record in records:
            if record.id.lower() not in self._filed and record.id not in self.told:
                self._put(record)
        self._announce()

    def follow(self) -> None:
        """From now on changes are taken in."""
        self.told, self._filed, self._changed = {}, {}, set()
        self._follows = True

    def rest(self) -> None:
        """Nothing is taken in, and nothing kept."""
        self.follow()
        self._follows = False

    def took(self, records: Sequence[Record], removed: Sequence[Ref]) -> None:
        """What has changed at the DSS; in the event loop."""
        if not self._follows:
            return
        for ref in removed:
            if ref.kind is Kind.OPERATIONAL_INTENT:
                self._remove(ref.id)
        for record in records:
            self._put(record)
        self._announce()

    def _put(self, record: Record) -> None:
        if record.kind is not Kind.OPERATIONAL_INTENT:
            return
        if intent_head(record).told:
            self.told[record.id] = standing_of(record)
            self.told_changed.set()
        else:
            self._filed[record.id.lower()] = record
            self._changed.add(record.id.lower())

    def _remove(self, name: str) -> None:
        if self.told.pop(name, None) is not None:
            self.told_changed.set()
        if self._filed.pop(name.lower(), None) is not None:
            self._changed.add(name.lower())

    def _announce(self) -> None:
        if self._changed:
            self.filed_changed.set()

    def filed(self, name: str) -> Standing | None:
        record = self._filed.get(name)
        return standing_of(record) if record is not None else None

    def all_filed(self) -> Iterator[str]:
        return iter(self._filed)

    def take_changed(self, most: int) -> list[str]:
        """Up to so many of the changed ids."""
        names = [self._changed.pop() for _ in range(min(most, len(self._changed)))]
        if not self._changed:
            self.filed_changed.clear()
        return names


class Problems:
    """What one direction of the bridge cannot bring over, as alarms of one kind that go when their cause has
    gone.
    """

    def __init__(self, turn: Turn, kind: str) -> None:
        self._turn = turn
        self._kind = kind
        self._found: dict[str, str] = {}
        self._shown: dict[str, str] | None = None  # None: what an earlier life has left is not known

    def begin(self) -> None:
        self._found, self._shown = {}, None

    def found(self, subject: str, text: str) -> None:
        self._found[subject] = text

    def gone(self, subject: str) -> None:
        self._found.pop(subject, None)

    async def show(self) -> None:
        """Raise and clear what has changed since; call it after a whole look."""
        found = dict(self._found)
        if found != self._shown:
            await self._turn(lambda node, now_ms: _show(node, now_ms, self._kind, found))
            self._shown = found


def _show(node: Node, now_ms: int, kind: str, found: dict[str, str]) -> None:
    names = {f"{BRIDGE}/{kind}/{subject}"[:250] for subject in found}
    with node.looking() as (tx, _, _own):
        raised = {it.alarm_id for it in tx.alarms() if (it.accord_id, it.kind) == (BRIDGE, kind)}
    if raised == names:
        return
    with node.step(now_ms) as step:
        for alarm_id in raised - names:
            step.tx.clear_alarm(alarm_id, now_ms)
        for subject, text in found.items():
            step.alarm(BRIDGE, kind, subject, text)
