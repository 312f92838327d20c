"""Suppliers that file at random at one replica: creates, changes, ends, questions and subscriptions."""

import random
import time
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from openline.utm.dss import requests
from openline.utm.dss.conflict import AirspaceConflict
from openline.utm.wire import references as wire
from openline.utm.wire import volumes
from store.airspace.history import Asked, Place

NOW_MS = 1_800_000_000_000
SLOT_MS, GAP_MS = 600_000, 60_000
SLOTS = 3
POINTS = ((46.95, 7.44), (46.97, 7.44), (46.97, 7.47), (46.95, 7.74))
"""Three of one neighbourhood, and one in another cell."""
RADIUS_M, WIDE_M = 300.0, 27_000.0
EVERYWHERE: Place = frozenset((point, slot) for point in range(len(POINTS)) for slot in range(SLOTS))
CALLER = requests.Caller("uss1", frozenset({"utm.strategic_coordination"}))
WATCHER = requests.Caller("uss2", frozenset({"utm.strategic_coordination"}))


def _time(at_ms: int) -> volumes.Time:
    return volumes.Time(datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "RFC3339")


def _volume(point: int, from_ms: int, to_ms: int, radius_m: float = RADIUS_M) -> volumes.Volume4D:
    lat, lng = POINTS[point]
    circle = volumes.Circle(volumes.LatLngPoint(lng=lng, lat=lat), volumes.Radius(radius_m, "M"))
    low, high = volumes.Altitude(550, "W84", "M"), volumes.Altitude(650, "W84", "M")
    outline = volumes.Volume3D(outline_circle=circle, altitude_lower=low, altitude_upper=high)
    return volumes.Volume4D(outline, _time(from_ms), _time(to_ms))


def begin_ms(slot: int) -> int:
    return NOW_MS + 600_000 + slot * SLOT_MS


def extents(place: Place) -> tuple[volumes.Volume4D, ...]:
    return tuple(
        _volume(point, begin_ms(slot), begin_ms(slot) + SLOT_MS - GAP_MS) for point, slot in sorted(place)
    )


def put_intent(id: str, ovn: str | None, place: Place, key: Iterable[str]) -> requests.PutOperationalIntent:
    parameters = wire.PutOperationalIntentReferenceParameters(
        extents=extents(place),
        state=wire.OperationalIntentState.ACCEPTED,
        uss_base_url="https://uss1.example",
        key=tuple(key),
    )
    return requests.PutOperationalIntent(CALLER, id, ovn, parameters)


def put_subscription(id: str, point: int | None) -> requests.PutSubscription:
    """At a point, or around all of them; at all times."""
    radius_m = WIDE_M if point is None else RADIUS_M
    parameters = wire.PutSubscriptionParameters(
        extents=_volume(point or 0, NOW_MS + 60_000, begin_ms(SLOTS), radius_m),
        uss_base_url="https://uss2.example",
        notify_for_operational_intents=True,
    )
    return requests.PutSubscription(WATCHER, id, None, parameters)


def question(place: Place) -> requests.QueryOperationalIntents:
    (volume,) = extents(place)
    return requests.QueryOperationalIntents(CALLER, wire.QueryOperationalIntentReferenceParameters(volume))


class Filer:
    """Knows what its own replica has told it. asked: what it has asked so far, and was told."""

    def __init__(self, registry: Any, seed: int, *, only_creates: bool = False) -> None:
        self._registry = registry
        self._chance = random.Random(seed)
        self._intents: dict[str, tuple[Place, str]] = {}
        self._subscriptions: dict[str, str] = {}
        self._only_creates = only_creates
        self.asked: list[Asked] = []

    def file(self) -> None:
        """One batch; an entity is in it once at most."""
        batch: dict[str, tuple[Any, Place]] = {}
        for _ in range(self._chance.randrange(1, 6)):
            request, place = self._request()
            batch[getattr(request, "id", str(len(batch)))] = (request, place)
        self._note(list(batch.values()))

    def _note(self, batch: Sequence[tuple[Any, Place]]) -> None:
        from_ns = time.monotonic_ns()
        answers = self._registry.answer_all([request for request, _ in batch], NOW_MS)
        to_ns = time.monotonic_ns()
        for index, ((request, place), answer) in enumerate(zip(batch, answers, strict=True)):
            told = answer.answer if isinstance(answer, AirspaceConflict) else answer
            self.asked.append(Asked(request, place, told, from_ns, to_ns, index))
            self._learn(request, place, told)

    def _learn(self, request: Any, place: Place, answer: Any) -> None:
        if isinstance(answer, wire.AirspaceConflictResponse):
            for reference in answer.missing_operational_intents:
                assert reference.ovn
                self._intents[reference.id] = (EVERYWHERE, reference.ovn)
        elif isinstance(answer, wire.ChangeOperationalIntentReferenceResponse):
            self._intents[request.id] = (place, answer.operational_intent_reference.ovn or "")
            if isinstance(request, requests.DeleteOperationalIntent):
                del self._intents[request.id]
        elif isinstance(answer, wire.PutSubscriptionResponse):
            self._subscriptions[request.id] = answer.subscription.version
        elif isinstance(answer, Exception) and getattr(request, "ovn", None):
            self._intents.pop(request.id, None)  # somebody else has changed or ended it

    def _request(self) -> tuple[Any, Place]:
        kind = self._chance.random()
        if self._only_creates:
            return self._created(self._place()) if kind < 0.95 else self._watched(None)
        if self._intents and kind < 0.25:
            return self._another_put()
        if self._intents and kind < 0.40:
            id = self._chance.choice(sorted(self._intents))
            return requests.DeleteOperationalIntent(CALLER, id, self._intents[id][1]), frozenset()
        if kind < 0.55:
            place = frozenset({self._spot()})
            return question(place), place
        if kind < 0.60:
            return self._subscription()
        return self._created(self._place())

    def _created(self, place: Place) -> tuple[Any, Place]:
        return put_intent(self._id(), None, place, self._key(place)), place

    def _another_put(self) -> tuple[Any, Place]:
        id = self._chance.choice(sorted(self._intents))
        place = self._place()
        return put_intent(id, self._intents[id][1], place, self._key(place)), place

    def _subscription(self) -> tuple[Any, Place]:
        if self._subscriptions and self._chance.random() < 0.5:
            id = self._chance.choice(sorted(self._subscriptions))
            return requests.DeleteSubscription(WATCHER, id, self._subscriptions.pop(id)), frozenset()
        return self._watched(self._chance.choice([None, *range(len(POINTS))]))

    def _watched(self, point: int | None) -> tuple[Any, Place]:
        place = EVERYWHERE if point is None else frozenset(it for it in EVERYWHERE if it[0] == point)
        return put_subscription(self._id(), point), place

    def _key(self, place: Place) -> list[str]:
        """All that is known there; sometimes not all."""
        known = [ovn for where, ovn in self._intents.values() if where & place]
        return known if self._chance.random() < 0.9 else known[1:]

    def _place(self) -> Place:
        return frozenset(self._spot() for _ in range(self._chance.choice([1, 1, 2])))

    def _spot(self) -> tuple[int, int]:
        return self._chance.randrange(len(POINTS)), self._chance.randrange(SLOTS)

    def _id(self) -> str:
        return str(uuid.UUID(int=self._chance.getrandbits(128), version=4))
