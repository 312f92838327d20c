"""What the DSS should do, said plainly: a world of a few places, heights and hours, and dictionaries.

Two boxes meet where they are of one place and share a height and an hour. Nothing here knows of locks,
batches, bytes or indexes.
"""

from dataclasses import dataclass, field
from typing import Any

from openline.utm.dss.limits import OVER_KEPT_MS
from openline.utm.dss.requests import Sweep
from openline.utm.wire.volumes import Volume4D
from unit.utm.dss import dss_room as room
from unit.utm.dss.dss_room import HOUR_MS, circle, volume


@dataclass(frozen=True)
class Box:
    place: int
    low: int
    high: int
    start: int
    end: int

    def meets(self, other: "Box") -> bool:
        return (
            self.place == other.place
            and self.low <= other.high
            and other.low <= self.high
            and self.start <= other.end
            and other.start <= self.end
        )

    def volume(self) -> Volume4D:
        """Places lie 80 km apart, heights 100 m, times an hour."""
        shape = circle(8.0 + self.place, 47.0, 150.0)
        return volume(shape, 100.0 * self.low, 100.0 * self.high, self.start * HOUR_MS, self.end * HOUR_MS)


Boxes = tuple[Box, ...]


def meet(some: Boxes, others: Boxes) -> bool:
    return any(one.meets(other) for one in some for other in others)


@dataclass(frozen=True)
class Intent:
    manager: str
    boxes: Boxes
    version: int
    served_by: str | None


@dataclass(frozen=True)
class Subscription:
    manager: str
    boxes: Boxes
    version: int
    implicit: bool


@dataclass(frozen=True)
class PutIntent:
    """serving: None, "implicit", or the id of a subscription. known: whose OVNs are in the key."""

    id: str
    manager: str
    boxes: Boxes
    is_new: bool
    serving: str | None
    known: frozenset[str]


@dataclass(frozen=True)
class DeleteIntent:
    id: str
    manager: str


@dataclass(frozen=True)
class PutSubscription:
    id: str
    manager: str
    box: Box
    is_new: bool


@dataclass(frozen=True)
class DeleteSubscription:
    id: str
    manager: str


Step = PutIntent | DeleteIntent | PutSubscription | DeleteSubscription | Sweep


class Refused(Exception):
    pass


@dataclass
class Model:
    """hours: since the beginning. implicit ids are told to it after the fact: it cannot guess them."""

    hours: float = 0.0
    intents: dict[str, Intent] = field(default_factory=dict)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    indices: dict[str, int] = field(default_factory=dict)

    def take(self, step: Step, fresh_id: str) -> dict[str, int] | str:
        """Who is told with which number; or the code that it is refused with, and nothing is changed."""
        before = (dict(self.intents), dict(self.subscriptions), dict(self.indices))
        try:
            told = self._take(step, fresh_id)
        except Refused as refused:
            self.intents, self.subscriptions, self.indices = before
            return str(refused)
        return {id: self.indices[id] for id in told}

    def _take(self, step: Step, fresh_id: str) -> list[str]:
        if isinstance(step, PutIntent):
            return self._put_intent(step, fresh_id)
        if isinstance(step, DeleteIntent):
            return self._delete_intent(step)
        if isinstance(step, PutSubscription):
            return self._put_subscription(step)
        if isinstance(step, DeleteSubscription):
            return self._delete_subscription(step)
        return self._sweep()

    def is_over(self, boxes: Boxes) -> bool:
        return max(one.end for one in boxes) < self.hours

    def dependents(self, id: str) -> list[str]:
        return sorted(name for name, one in self.intents.items() if one.served_by == id)

    def standing(self, id: str) -> Subscription | None:
        one = self.subscriptions.get(id)
        return None if one and self.is_over(one.boxes) and not self.dependents(id) else one

    def _refuse(self, standing: Any, manager: str, is_new: bool) -> None:
        if standing is None:
            if not is_new:
                raise Refused("unknown-entity")
        elif standing.manager != manager:
            raise Refused("not-the-manager")
        elif is_new:
            raise Refused("already-exists")

    def _put_intent(self, step: PutIntent, fresh_id: str) -> list[str]:
        if self.is_over(step.boxes):
            raise Refused("already-over")
        old = self.intents.get(step.id)
        self._refuse(old, step.manager, step.is_new)
        given = step.serving if step.serving not in (None, "implicit") else None
        if given is not None:
            self._refuse_subscription(given, step)
        missing = [
            id
            for id, one in self.intents.items()
            if id != step.id
            and not self.is_over(one.boxes)
            and meet(one.boxes, step.boxes)
            and id not in step.known
        ]
        if missing:
            raise Refused("key-incomplete")
        served_by = fresh_id if step.serving == "implicit" else given
        if step.serving == "implicit":
            self.subscriptions[fresh_id] = Subscription(
                step.manager, tuple(dict.fromkeys(step.boxes)), 1, True
            )
            self.indices[fresh_id] = 0
        places = step.boxes + (old.boxes if old else ())
        met = self._met(places)
        self.intents[step.id] = Intent(step.manager, step.boxes, old.version + 1 if old else 1, served_by)
        for id in {served_by, old.served_by if old else None} - {None}:
            self._fit(str(id))
        return self._tell(met | self._met(step.boxes))

    def _refuse_subscription(self, id: str, step: PutIntent) -> None:
        one = self.standing(id)
        if one is None:
            raise Refused("unknown-subscription")
        if one.manager != step.manager:
            raise Refused("not-the-owner")
        if not one.implicit and not all(_covers_plan(one.boxes[0], box) for box in step.boxes):
            raise Refused("subscription-too-small")

    def _delete_intent(self, step: DeleteIntent) -> list[str]:
        old = self.intents.get(step.id)
        self._refuse(old, step.manager, False)
        assert old is not None
        met = self._met(old.boxes)
        del self.intents[step.id]
        self._fit(old.served_by or "")
        return self._tell(met)

    def _put_subscription(self, step: PutSubscription) -> list[str]:
        old = self.standing(step.id)
        self._refuse(old, step.manager, step.is_new)
        if self.is_over((step.box,)):
            raise Refused("already-over")
        if step.box.start < self.hours - 1 / 12 and (
            old is None or step.box.start < min(b.start for b in old.boxes)
        ):
            raise Refused("starts-in-the-past")
        for id in self.dependents(step.id):
            if not all(_covers(step.box, box) for box in self.intents[id].boxes):
                raise Refused("subscription-too-small")
        self.subscriptions[step.id] = Subscription(
            step.manager, (step.box,), old.version + 1 if old else 1, False
        )
        if old is None:
            self.indices[step.id] = 0
        return []

    def _delete_subscription(self, step: DeleteSubscription) -> list[str]:
        self._refuse(self.standing(step.id), step.manager, False)
        if self.dependents(step.id):
            raise Refused("has-dependents")
        self._forget(step.id)
        return []

    def _sweep(self) -> list[str]:
        def due(boxes: Boxes) -> bool:
            return max(one.end for one in boxes) < self.hours - OVER_KEPT_MS / HOUR_MS

        for id in [id for id, one in self.intents.items() if due(one.boxes)]:
            self._fit(self.intents.pop(id).served_by or "")
        for id in [
            id for id, one in self.subscriptions.items() if due(one.boxes) and not self.dependents(id)
        ]:
            self._forget(id)
        return []

    def _fit(self, id: str) -> None:
        one = self.subscriptions.get(id)
        if one is None or not one.implicit:
            return
        boxes = tuple(dict.fromkeys(box for name in self.dependents(id) for box in self.intents[name].boxes))
        if not boxes:
            self._forget(id)
        elif boxes != one.boxes:
            self.subscriptions[id] = Subscription(one.manager, boxes, one.version + 1, True)

    def _forget(self, id: str) -> None:
        del self.subscriptions[id]
        del self.indices[id]

    def _met(self, boxes: Boxes) -> set[str]:
        return {
            id
            for id, one in self.subscriptions.items()
            if meet(one.boxes, boxes) and not self.is_over(one.boxes)
        }

    def _tell(self, ids: set[str]) -> list[str]:
        told = sorted(
            id for id in ids if id in self.subscriptions and not self.is_over(self.subscriptions[id].boxes)
        )
        for id in told:
            self.indices[id] += 1
        return told


def _covers(outer: Box, inner: Box) -> bool:
    return _covers_plan(outer, inner) and outer.low <= inner.low and outer.high >= inner.high


def _covers_plan(outer: Box, inner: Box) -> bool:
    """Area and times, as an intent needs it that names a subscription."""
    return outer.place == inner.place and outer.start <= inner.start and outer.end >= inner.end


def request_of(step: Step, ovns: dict[str, str], versions: dict[str, str]) -> Any:
    """As the supplier asks it, who knows these OVNs and versions."""
    if isinstance(step, PutIntent):
        more: dict[str, Any] = {}
        if step.serving not in (None, "implicit"):
            more["subscription_id"] = step.serving
        return room.put_intent(
            step.id,
            step.manager,
            *(one.volume() for one in step.boxes),
            ovn=None if step.is_new else ovns.get(step.id, "no-such-ovn-at-all"),
            key=tuple(ovns[id] for id in sorted(step.known) if id in ovns),
            implicit=step.serving == "implicit",
            **more,
        )
    if isinstance(step, DeleteIntent):
        return room.delete_intent(step.id, ovns.get(step.id, "no-such-ovn-at-all"), step.manager)
    if isinstance(step, PutSubscription):
        version = None if step.is_new else versions.get(step.id, "no-version")
        return room.put_subscription(step.id, step.manager, step.box.volume(), version=version)
    if isinstance(step, DeleteSubscription):
        return room.delete_subscription(step.id, versions.get(step.id, "no-version"), step.manager)
    return step
