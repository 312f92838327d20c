"""USSs in one process, that speak F3548 with one another over ASGI, and a DSS between them."""

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any

import httpx
import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from openline.api.f3548.application import F3548App
from openline.api.f3548.auth import Tokens as Judge
from openline.api.f3548.flight_planning import driver_operations
from openline.api.f3548.interface import all_operations
from openline.api.f3548.keys import Keys, read_keys
from openline.api.f3548.operation import Given as Behind
from openline.conflict.between import conflict_between
from openline.conflict.minima import Minima
from openline.errors import NotFound, Refused
from openline.link.f3548 import Calls, HttpDss, Peers
from openline.link.tokens import SelfMade, Tokens
from openline.running.uss.given import Given
from openline.running.uss.node_uss import Exchanges, NodeUss
from openline.store import open_store
from openline.store.uss import SqlUssStore
from openline.utm.dss import requests as ask
from openline.utm.dss.conflict import AirspaceConflict
from openline.utm.space import time_of
from openline.utm.uss.intents import OFF_NOMINAL, Wanted
from openline.utm.uss.shapes import shape_of
from openline.utm.wire import references as wire
from openline.utm.wire import volumes
from openline.utm.wire.references import OperationalIntentState as State

NOW_MS = 1_770_000_000_000
MINUTE_MS = 60_000

KEY = ec.generate_private_key(ec.SECP256R1())
PRIVATE_PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)
PUBLIC_PEM = KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)


def square(
    east_m: float = 0.0, size_m: float = 100.0, *, start_ms: int = NOW_MS - 1_000, minutes: float = 30.0
) -> volumes.Volume4D:
    """A square near 47 N 8 E, from the ground to 100 m."""
    lng, side = 8.0 + east_m / 76_000, size_m / 76_000
    corners = ((lng, 47.0), (lng + side, 47.0), (lng + side, 47.001), (lng, 47.001))
    return volumes.Volume4D(
        volumes.Volume3D(
            outline_polygon=volumes.Polygon(tuple(volumes.LatLngPoint(lng=x, lat=y) for x, y in corners)),
            altitude_lower=volumes.Altitude(400.0, "W84", "M"),
            altitude_upper=volumes.Altitude(500.0, "W84", "M"),
        ),
        time_of(start_ms),
        time_of(start_ms + round(minutes * MINUTE_MS)),
    )


def flight(
    state: State = State.ACCEPTED, east_m: float = 0.0, priority: int = 0, size_m: float = 100.0, **when: Any
) -> Wanted:
    return Wanted(state=state, area=(square(east_m, size_m, **when),), priority=priority)


class LittleDss:
    """References, keys, implicit subscriptions and subscribers, by exact shapes; all of it in memory."""

    def __init__(self) -> None:
        self.held: dict[str, tuple[wire.OperationalIntentReference, Any]] = {}
        self.down: set[str] = set()
        self.asked: list[ask.Request] = []
        self.before: Callable[[ask.Request], Any] = lambda request: None
        self.after: Callable[[ask.Request], Any] = lambda request: None
        self._indices: dict[str, int] = {}

    async def __call__(self, request: ask.Request, /) -> Any:
        self.asked.append(request)
        outcome = self.before(request)
        if asyncio.iscoroutine(outcome):
            await outcome
        answer = self._answer(request)
        self.after(request)
        return answer

    def _answer(self, request: ask.Request) -> Any:
        match request:
            case ask.QueryOperationalIntents(caller=caller, parameters=asked):
                found = self._around((asked.area_of_interest,))
                return wire.QueryOperationalIntentReferenceResponse(
                    tuple(self._shown(one, caller.manager) for one in found)
                )
            case ask.GetOperationalIntent(caller=caller, id=name):
                if name not in self.held:
                    raise NotFound("no-such-entity", name)
                return wire.GetOperationalIntentReferenceResponse(
                    self._shown(self.held[name][0], caller.manager)
                )
            case ask.PutOperationalIntent():
                return self._put(request)
            case ask.DeleteOperationalIntent(id=name, ovn=ovn):
                if name not in self.held:
                    raise NotFound("no-such-entity", name)
                self._refuse_old(name, ovn)
                reference, shape = self.held.pop(name)
                told = self._subscribers(shape, name)
                return wire.ChangeOperationalIntentReferenceResponse(told, reference)
        raise AssertionError(request)

    def _put(self, request: ask.PutOperationalIntent) -> wire.ChangeOperationalIntentReferenceResponse:
        name, put = request.id, request.parameters
        if (name in self.held) != (request.ovn is not None):
            raise Refused("exists", name)
        if request.ovn is not None:
            self._refuse_old(name, request.ovn)
        around = [one for one in self._around(put.extents) if one.id != name]
        missing = [one for one in around if one.ovn not in (put.key or ()) and one.manager not in self.down]
        if missing and put.state not in OFF_NOMINAL:
            raise AirspaceConflict(
                wire.AirspaceConflictResponse(
                    "key", tuple(self._shown(one, request.caller.manager) for one in missing)
                )
            )
        version = self.held[name][0].version + 1 if name in self.held else 1
        shape = shape_of(name, put.extents)
        reference = wire.OperationalIntentReference(
            id=name,
            manager=request.caller.manager,
            uss_availability=wire.UssAvailabilityState.UNKNOWN,
            version=version,
            state=put.state,
            time_start=time_of(shape.start_ms),
            time_end=time_of(shape.end_ms),
            uss_base_url=put.uss_base_url,
            subscription_id=str(uuid.uuid4()),
            ovn=f"{name}_{uuid.uuid4()}",
        )
        old = self.held.get(name)
        told = self._subscribers(shape, name, old[1] if old else None)
        self.held[name] = (reference, shape)
        return wire.ChangeOperationalIntentReferenceResponse(told, reference)

    def _refuse_old(self, name: str, ovn: str) -> None:
        if self.held[name][0].ovn != ovn:
            raise Refused("ovn-old", name)

    def _around(self, extents: Iterable[volumes.Volume4D]) -> list[wire.OperationalIntentReference]:
        area = shape_of(str(uuid.uuid4()), extents)
        return [it for it, shape in self.held.values() if conflict_between(area, shape, Minima.f3548)]

    def _shown(self, one: wire.OperationalIntentReference, manager: str) -> wire.OperationalIntentReference:
        if one.manager in self.down:
            one = msgspec.structs.replace(one, uss_availability=wire.UssAvailabilityState.DOWN)
        return one if one.manager == manager else msgspec.structs.replace(one, ovn="Available from USS")

    def _subscribers(self, shape: Any, but: str, old: Any = None) -> tuple[wire.SubscriberToNotify, ...]:
        by_url: dict[str, list[wire.SubscriptionState]] = {}
        for one, other in self.held.values():
            met = [it for it in (shape, old) if it is not None and conflict_between(it, other, Minima.f3548)]
            if one.id != but and met:
                index = self._indices[one.subscription_id] = self._indices.get(one.subscription_id, 0) + 1
                by_url.setdefault(one.uss_base_url, []).append(
                    wire.SubscriptionState(one.subscription_id, index)
                )
        return tuple(wire.SubscriberToNotify(tuple(states), url) for url, states in by_url.items())


class World:
    """One DSS, USSs by name (each at http://NAME.test), and one clock."""

    def __init__(self, directory: Path, http: httpx.AsyncClient) -> None:
        self.now_ms = NOW_MS
        self.dss = LittleDss()
        self.uss: dict[str, NodeUss] = {}
        self.silent: set[str] = set()
        self._directory = directory
        self.http = http

    def calls(self, name: str, exchanges: Exchanges | None = None) -> Calls:
        tokens = Tokens(SelfMade(PRIVATE_PEM, name))
        return Calls(self.http, tokens, allow_http=True, record=exchanges or Exchanges())

    def given(self, name: str, calls: Calls, store: Any, **more: Any) -> Given:
        return Given(
            dss=more.pop("dss", self.dss),
            peers=Peers(calls),
            store=store,
            manager=name,
            base_url=f"http://{name}.test",
            now_ms=lambda: self.now_ms,
            **more,
        )

    def add(self, stack: contextlib.AsyncExitStack, name: str, **more: Any) -> NodeUss:
        store = stack.enter_context(open_store(self._directory / f"{name}.db"))
        exchanges = Exchanges()
        given = self.given(name, self.calls(name, exchanges), SqlUssStore(store), **more)
        self.uss[name] = NodeUss(given, exchanges)
        judge = Judge(Keys(read_keys(PUBLIC_PEM)), (f"{name}.test",), time.time)
        operations = all_operations(Behind(dss=self.dss, uss=self.uss[name], pool="p", version="1"))
        driven = driver_operations(self.uss[name], "1", lambda: self.now_ms)
        app = F3548App((*operations, *driven), judge, 10_000)
        self.http._transport.apps[f"{name}.test"] = httpx.ASGITransport(app)  # type: ignore[attr-defined]
        return self.uss[name]


class Wires(httpx.AsyncBaseTransport):
    """To each host its application; who is cut off does not answer."""

    def __init__(self) -> None:
        self.apps: dict[str, httpx.ASGITransport] = {}
        self.cut: set[str] = set()
        self.faults: dict[str, int] = {}
        self.seen: list[tuple[str, str]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append((request.method, str(request.url)))
        if self.faults.get(request.url.host, 0) > 0:
            self.faults[request.url.host] -= 1
            raise httpx.ReadTimeout("too slow, this once")
        if request.url.host in self.cut or request.url.host not in self.apps:
            raise httpx.ConnectError("cut off")
        return await self.apps[request.url.host].handle_async_request(request)


@contextlib.asynccontextmanager
async def world(directory: Path, *names: str) -> AsyncIterator[tuple[World, Wires]]:
    wires = Wires()
    async with contextlib.AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(transport=wires))
        made = World(directory, http)
        for name in names:
            made.add(stack, name)
        yield made, wires
        for uss in made.uss.values():
            await uss._telling.close()


__all__ = ["HttpDss", "World", "flight", "square", "world"]
