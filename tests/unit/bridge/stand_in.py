"""A DSS in a dict, as much of one as the bridge asks for, and a supplier that is asked for details."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from openline.errors import NotFound, Refused, Unavailable
from openline.utm.dss import requests as ask
from openline.utm.dss.records import Intent, Kind, Record, Ref
from openline.utm.space import time_of
from openline.utm.uss.shapes import ms_of
from openline.utm.wire import references as wire
from openline.utm.wire import volumes
from openline.utm.wire.details import OperationalIntent, OperationalIntentDetails

SUBSCRIBER = wire.SubscriberToNotify((wire.SubscriptionState("a-subscription", 1),), "http://supplier")


class StandInDss:
    """refuses: ids that it refuses; fails: raises Unavailable; asked: all changes, in order."""

    def __init__(self) -> None:
        self.held: dict[str, Record] = {}
        self.availability: dict[str, tuple[wire.UssAvailabilityState, int]] = {}
        self.asked: list[Any] = []
        self.refuses: set[str] = set()
        self.fails = False
        self._listeners: list[Callable[[Sequence[Record], Sequence[Ref]], None]] = []

    def standing(self, kind: Kind) -> Sequence[Record]:
        return [it for it in self.held.values() if it.kind is kind]

    def on_change(self, listener: Callable[[Sequence[Record], Sequence[Ref]], None]) -> None:
        self._listeners.append(listener)

    async def __call__(self, request: Any, /) -> Any:
        if self.fails:
            raise Unavailable("store-contended", "not now")
        if isinstance(request, ask.GetOperationalIntent):
            return wire.GetOperationalIntentReferenceResponse(self._reference(self._found(request.id)))
        if isinstance(request, ask.GetAvailability):
            return self._availability(request.uss_id)
        self.asked.append(request)
        if isinstance(request, ask.SetAvailability):
            _, version = self.availability.get(request.uss_id, (None, 0))
            assert request.parameters.old_version == (str(version) if version else "")
            state = wire.UssAvailabilityState(request.parameters.availability)
            self.availability[request.uss_id] = (state, version + 1)
            return self._availability(request.uss_id)
        assert request.told
        if request.id in self.refuses:
            raise Refused("not-here", "it is refused")
        if isinstance(request, ask.DeleteOperationalIntent):
            return self._deleted(request)
        return self._put(request)

    def _found(self, name: str) -> Record:
        if name not in self.held:
            raise NotFound("no-such-intent", "it is not here")
        return self.held[name]

    def _put(self, request: ask.PutOperationalIntent) -> wire.ChangeOperationalIntentReferenceResponse:
        before = self.held.get(request.id)
        standing = None if before is None else msgspec.json.decode(before.value, type=Intent).ovn
        if standing != request.ovn:
            raise Refused("wrong-ovn", "it is another version")
        put = request.parameters
        ovn = f"{request.id}_{put.requested_ovn_suffix}"
        record = record_of(
            request.id, request.caller.manager, ovn, put.extents, put.state, put.uss_base_url,
            version=1 if before is None else before.version + 1, told=True,
        )  # fmt: skip
        self.put(record)
        return wire.ChangeOperationalIntentReferenceResponse((SUBSCRIBER,), self._reference(record))

    def _deleted(self, request: ask.DeleteOperationalIntent) -> Any:
        record = self._found(request.id)
        self.remove(request.id)
        return wire.ChangeOperationalIntentReferenceResponse((SUBSCRIBER,), self._reference(record))

    def put(self, record: Record) -> None:
        self.held[record.id] = record
        for listener in self._listeners:
            listener([record], [])

    def remove(self, name: str) -> None:
        del self.held[name]
        for listener in self._listeners:
            listener([], [Ref(Kind.OPERATIONAL_INTENT, name)])

    def told(self) -> dict[str, tuple[str, Intent]]:
        """By id: manager and intent of what the bridge brought in."""
        intents = {
            it.id: (it.manager, msgspec.json.decode(it.value, type=Intent)) for it in self.held.values()
        }
        return {name: pair for name, pair in intents.items() if pair[1].told}

    def _availability(self, uss: str) -> wire.UssAvailabilityStatusResponse:
        state, version = self.availability.get(uss, (wire.UssAvailabilityState.UNKNOWN, 0))
        status = wire.UssAvailabilityStatus(uss, state)
        return wire.UssAvailabilityStatusResponse(str(version) if version else "", status)

    def _reference(self, record: Record) -> wire.OperationalIntentReference:
        intent = msgspec.json.decode(record.value, type=Intent)
        return wire.OperationalIntentReference(
            id=record.id,
            manager=record.manager,
            uss_availability=wire.UssAvailabilityState.UNKNOWN,
            version=record.version,
            state=intent.state,
            time_start=time_of(record.start_ms),
            time_end=time_of(record.end_ms),
            uss_base_url=intent.uss_base_url,
            subscription_id="",
            ovn=intent.ovn,
        )


def record_of(
    name: str,
    manager: str,
    ovn: str,
    extents: Sequence[volumes.Volume4D],
    state: wire.OperationalIntentState = wire.OperationalIntentState.ACCEPTED,
    base_url: str = "http://supplier",
    *,
    version: int = 1,
    told: bool = False,
) -> Record:
    starts = [ms_of(one.time_start) for one in extents if one.time_start]
    ends = [ms_of(one.time_end) for one in extents if one.time_end]
    intent = Intent(
        state=state,
        ovn=ovn,
        uss_base_url=base_url,
        subscription_id=None,
        time_start=time_of(min(starts)).value,
        time_end=time_of(max(ends)).value,
        told=told,
        extents=tuple(extents),
    )
    return Record(
        Kind.OPERATIONAL_INTENT,
        name,
        manager,
        version,
        min(starts),
        max(ends),
        (1,),
        msgspec.json.encode(intent),
    )


class Supplier:
    """answers: by entity id, the details that it gives; others are not answered. hangs: of these it lets wait
    for ever.
    """

    def __init__(self) -> None:
        self.hangs: set[str] = set()
        self.answers: dict[str, tuple[str, OperationalIntentDetails]] = {}
        self.was_asked: list[str] = []

    async def __call__(self, reference: wire.OperationalIntentReference) -> OperationalIntent:
        self.was_asked.append(reference.id)
        if reference.id in self.hangs:
            await asyncio.Event().wait()
        if reference.id not in self.answers:
            raise Unavailable("no-answer", "nobody there", party=reference.manager)
        ovn, details = self.answers[reference.id]
        return OperationalIntent(msgspec.structs.replace(reference, ovn=ovn), details)


def square(
    lat: float = 46.0,
    lng: float = 7.0,
    *,
    side: float = 0.01,
    band: tuple[float, float] = (1_000.0, 1_100.0),
    start_ms: int,
    end_ms: int,
) -> volumes.Volume4D:
    corners = ((lat, lng), (lat, lng + side), (lat + side, lng + side), (lat + side, lng))
    ring = volumes.Polygon(tuple(volumes.LatLngPoint(lng=b, lat=a) for a, b in corners))
    shape = volumes.Volume3D(
        outline_polygon=ring,
        altitude_lower=volumes.Altitude(band[0], "W84", "M"),
        altitude_upper=volumes.Altitude(band[1], "W84", "M"),
    )
    return volumes.Volume4D(shape, time_of(start_ms), time_of(end_ms))
