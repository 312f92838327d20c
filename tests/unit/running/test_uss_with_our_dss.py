"""The same stories with the DSS that a node has."""

import asyncio
import contextlib
import uuid
from pathlib import Path
from typing import Any

import pytest

from openline.errors import OpenlineError
from openline.running.dss import DssThread
from openline.store import open_store
from openline.store.airspace import SqlAirspaceStore
from openline.utm.dss.registry import Registry
from openline.utm.dss.requests import Caller, QueryOperationalIntents
from openline.utm.dss.settings import Settings
from openline.utm.uss.notifying import Event
from openline.utm.wire.references import (
    OperationalIntentState,
    QueryOperationalIntentReferenceParameters,
)
from unit.running.uss_world import World, flight, square, world

A, V = OperationalIntentState.ACCEPTED, OperationalIntentState.ACTIVATED
N, C = OperationalIntentState.NONCONFORMING, OperationalIntentState.CONTINGENT


class Clock:
    def __init__(self, place: World) -> None:
        self._place = place

    def now_ms(self) -> int:
        return self._place.now_ms


@contextlib.asynccontextmanager
async def with_our_dss(tmp_path: Path) -> Any:
    async with world(tmp_path) as (place, _), contextlib.AsyncExitStack() as stack:
        store = SqlAirspaceStore(stack.enter_context(open_store(tmp_path / "dss.db")))
        dss = DssThread(
            Registry(store, Settings(allow_http=True), lambda: str(uuid.uuid4())), store, Clock(place)
        )
        stack.callback(dss.close)
        await dss.start()
        place.dss = dss
        yield place.add(stack, "a"), place.add(stack, "b"), place


async def code_of(work: Any) -> str:
    with pytest.raises(OpenlineError) as caught:
        await work
    return caught.value.code


async def states(place: World) -> list[str]:
    asked = QueryOperationalIntentReferenceParameters(area_of_interest=square(-500.0, 3_000.0, minutes=60.0))
    found = await place.dss(QueryOperationalIntents(Caller("who"), asked))
    return sorted(one.state.value for one in found.operational_intent_references)


def test_priorities_pre_emption_and_notifications_hold_with_our_dss(tmp_path: Path) -> None:
    async def story() -> None:
        async with with_our_dss(tmp_path) as (a, b, place):
            await a.file("one", flight(A))
            assert await code_of(b.file("two", flight(A, 50.0))) == "conflict"
            assert await states(place) == ["Accepted"]
            filed = await b.file("two", flight(A, 50.0, priority=100))
            assert len(filed.conflicts) == 1
            assert [one.event for one in await a.notifications(0, 2**62)] == [Event.CONFLICT]
            assert await code_of(a.file("one", flight(V))) == "conflict"
            await b.end("two")
            await a.file("one", flight(V))
            await a.file("one", flight(V, 10.0))
            await a.file("one", flight(N, 50.0))
            await a.file("one", flight(C, 80.0))
            assert await states(place) == ["Contingent"]
            await a.end("one")
            assert await states(place) == []

    asyncio.run(story())


def test_filings_that_cross_never_share_the_air_unknown_to_one_another(tmp_path: Path) -> None:
    async def story() -> None:
        async with with_our_dss(tmp_path) as (a, b, place):
            works = [uss.file(f"{n}", flight(A, 10.0 * n)) for n in range(4) for uss in (a, b)]
            done = await asyncio.gather(*works, return_exceptions=True)
            filed = [one for one in done if not isinstance(one, BaseException)]
            assert len(filed) == 1
            assert await states(place) == ["Accepted"]

    asyncio.run(story())
