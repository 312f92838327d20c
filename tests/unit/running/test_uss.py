"""Two USSs and a DSS: what may be planned, who is told, and what survives."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import httpx
import pytest

from openline.errors import Invalid, OpenlineError, Refused, Unavailable
from openline.running.uss import telling as uss_telling
from openline.utm.dss import requests as ask
from openline.utm.uss.intents import Own
from openline.utm.uss.notifying import Event
from openline.utm.uss.ports import LogKind
from openline.utm.wire.details import (
    GetOperationalIntentDetailsResponse,
    OperationalIntent,
    OperationalIntentDetails,
    Position,
    VehicleTelemetry,
    Velocity,
)
from openline.utm.wire.references import OperationalIntentState as State
from openline.utm.wire.volumes import Altitude
from unit.running.uss_world import MINUTE_MS, NOW_MS, HttpDss, World, flight, time_of, world


async def told(place: World, name: str) -> list[Event]:
    return [one.event for one in await place.uss[name].notifications(0, 2**62)]


async def refused(work: Any) -> OpenlineError:
    with pytest.raises(OpenlineError) as caught:
        await work
    return caught.value


def run(work: Any) -> None:
    asyncio.run(work)


def test_a_flight_is_planned_activated_changed_and_ended(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, "a", "b") as (place, _):
            a = place.uss["a"]
            planned = (await a.file("one", flight())).own
            assert planned.state is State.ACCEPTED
            assert place.dss.held[planned.intent_id][0].version == 1
            activated = (await a.file("one", flight(State.ACTIVATED))).own
            changed = (await a.file("one", flight(State.ACTIVATED, 50.0))).own
            assert activated.intent_id == changed.intent_id == planned.intent_id
            answer = await a.intent_details(planned.intent_id)
            assert answer.operational_intent.reference == place.dss.held[planned.intent_id][0]
            assert answer.operational_intent.details.volumes == flight(east_m=50.0).area
            await a.end("one")
            assert place.dss.held == {}
            assert (await refused(a.intent_details(planned.intent_id))).word == "not-found"

    run(story())


def test_a_flight_that_is_activated_at_once_is_accepted_on_the_way(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, "a") as (place, _):
            await place.uss["a"].file("one", flight(State.ACTIVATED))
            puts = [
                one.parameters.state for one in place.dss.asked if isinstance(one, ask.PutOperationalIntent)
            ]
            assert puts == [State.ACCEPTED, State.ACTIVATED]

    run(story())


@pytest.mark.parametrize(("priority", "clause"), [(0, "F3548-21 SCD0035"), (-1, "F3548-21 SCD0015")])
def test_a_conflict_with_an_equal_or_higher_priority_is_refused_and_not_shared(
    tmp_path: Path, priority: int, clause: str
) -> None:
    async def story() -> None:
        async with world(tmp_path, "a", "b") as (place, _):
            await place.uss["a"].file("one", flight())
            fault = await refused(place.uss["b"].file("two", flight(east_m=50.0, priority=priority)))
            assert isinstance(fault, Refused)
            assert (fault.code, fault.clause) == ("conflict", clause)
            assert len(place.dss.held) == 1
            assert await place.uss["b"].standing("two") is None

    run(story())


def test_a_higher_priority_goes_first_and_both_operators_are_told(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, "a", "b") as (place, _):
            a, b = place.uss["a"], place.uss["b"]
            await a.file("one", flight())
            filed = await b.file("two", flight(east_m=50.0, priority=100))
            assert len(filed.conflicts) == 1
            assert await told(place, "a") == [Event.CONFLICT]
            assert await told(place, "b") == [Event.CAUSED_CONFLICT]
            # who was planned over stays where he is, and may not be activated
            assert (await refused(a.file("one", flight(State.ACTIVATED)))).clause == "F3548-21 SCD0025"
            standing = await a.standing("one")
            assert standing is not None
            assert standing.state is State.ACCEPTED
            await b.end("two")
            assert (await a.file("one", flight(State.ACTIVATED))).own.state is State.ACTIVATED

    run(story())


def test_who_is_in_the_air_may_change_within_a_conflict_and_not_into_one(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, "a", "b") as (place, _):
            a, b = place.uss["a"], place.uss["b"]
            await a.file("one", flight(State.ACTIVATED))
            await b.file("two", flight(State.ACTIVATED, 50.0, priority=100))
            await a.file("one", flight(State.ACTIVATED, 10.0))
            await b.file("two", flight(State.ACTIVATED, 500.0, priority=100))
            fault = await refused(a.file("one", flight(State.ACTIVATED, 450.0)))
            assert fault.clause == "F3548-21 SCD0030"

    run(story())


def test_what_appears_between_the_look_and_the_filing_is_fetched_and_judged(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, "a", "b") as (place, _):
            a, b = place.uss["a"], place.uss["b"]
            await a.file("one", flight())

            async def b_is_faster() -> None:
                await b.file("two", flight(east_m=50.0, priority=5))

            def before(request: ask.Request) -> Any:
                if isinstance(request, ask.PutOperationalIntent) and request.caller.manager == "a":
                    place.dss.before = lambda request: None
                    return b_is_faster()
                return None

            place.dss.before = before
            filed = await a.file("one", flight(priority=9))
            assert len(filed.conflicts) == 1
            place.dss.before = lambda request: None
            assert len(place.dss.held) == 2

    run(story())


def test_airspace_that_never_stands_still_is_given_up_and_nothing_is_left_open(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, "a", "b") as (place, _):
            a, b = place.uss["a"], place.uss["b"]
            await b.file("two", flight(east_m=50.0))

            def before(request: ask.Request) -> Any:
                if isinstance(request, ask.PutOperationalIntent) and request.caller.manager == "a":
                    return b.file("two", flight(east_m=50.0))
                return None

            place.dss.before = before
            assert (await refused(a.file("one", flight(priority=9)))).code == "too-much-change"
            assert a.given.store.all() == []

    run(story())


def test_a_peer_that_does_not_answer_stops_the_plan_unless_it_is_known_to_be_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uss_telling, "WAIT_S", 0.01)

    async def story() -> None:
        async with world(tmp_path, "a", "b") as (place, wires):
            a, b = place.uss["a"], place.uss["b"]
            await b.file("two", flight(east_m=50.0, priority=7))
            wires.cut.add("b.test")
            fault = await refused(a.file("one", flight()))
            assert isinstance(fault, Unavailable)
            assert fault.party == "b.test"
            place.dss.down.add("b")
            # what a USS that is down has not activated is below everything
            assert (await a.file("one", flight())).own.state is State.ACCEPTED
            await a.end("one")
            wires.cut.clear()
            await b.file("two", flight(State.ACTIVATED, 50.0, priority=7))
            wires.cut.add("b.test")
            fault = await refused(a.file("one", flight(priority=100)))
            assert fault.code == "conflict"

    run(story())


def test_details_that_are_none_stop_the_plan_and_name_whose_they_are(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, "a", "b") as (place, wires):
            await place.uss["b"].file("two", flight(east_m=200.0, size_m=200.0))

            async def nonsense(scope: Any, receive: Any, send: Any) -> None:
                await send({"type": "http.response.start", "status": 200, "headers": []})
                body = b'{"operational_intent": {"reference": {"state": "Flying"}, "details": {}}}'
                await send({"type": "http.response.body", "body": body})

            wires.apps["b.test"] = httpx.ASGITransport(nonsense)
            fault = await refused(place.uss["a"].file("one", flight(east_m=150.0)))
            assert isinstance(fault, Invalid)
            assert (fault.code, fault.party) == ("bad-answer", "b.test")
            assert len(place.dss.held) == 1

    run(story())


def test_details_are_fetched_once_a_version(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, "a", "b") as (place, wires):
            a, b = place.uss["a"], place.uss["b"]
            await b.file("two", flight(east_m=50.0))
            for priority in (5, 6, 7):
                await a.file("one", flight(priority=priority))
            assert [method for method, url in wires.seen if "b.test" in url].count("GET") == 1

    run(story())


def test_a_notification_is_tried_again_and_one_that_is_never_taken_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uss_telling, "PAUSES_S", (0.01, 0.01))

    async def story() -> None:
        async with world(tmp_path, "a", "b") as (place, wires):
            a, b = place.uss["a"], place.uss["b"]
            await a.file("one", flight())
            await b.file("two", flight(east_m=50.0, priority=9))
            wires.faults["a.test"] = 1
            await b.file("two", flight(State.ACTIVATED, east_m=50.0, priority=9))
            assert await told(place, "a") == [Event.CONFLICT, Event.CONFLICT]
            wires.cut.add("a.test")
            await b.end("two")
            posts = [url for method, url in wires.seen if method == "POST" and "a.test" in url]
            assert len(posts) == 1 + 2 + 3
            assert len(b.given.store.logged(LogKind.UNTOLD, 0, 2**62)) == 1
            assert b.given.store.all() == []

    run(story())


def test_off_nominal_is_declared_whatever_is_around(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, "a", "b") as (place, _):
            a, b = place.uss["a"], place.uss["b"]
            await b.file("two", flight(State.ACTIVATED, 200.0, priority=9))
            await a.file("one", flight(State.ACTIVATED))
            own = (await a.file("one", flight(State.NONCONFORMING, 150.0))).own
            assert own.details.volumes == flight().area
            assert own.details.off_nominal_volumes == flight(east_m=150.0).area
            own = (await a.file("one", flight(State.CONTINGENT, 150.0))).own
            assert own.details.volumes == ()
            assert (await refused(a.file("one", flight(State.ACTIVATED)))).code == "transition-forbidden"
            assert await told(place, "b") == [Event.CONFLICT, Event.CONFLICT]

    run(story())


def seen(at_ms: int, longitude: float, latitude: float = 47.0005, height: float = 450.0) -> VehicleTelemetry:
    position = Position(longitude, latitude, altitude=Altitude(height, "W84", "M"))
    return VehicleTelemetry(time_of(at_ms), position, Velocity(10.0, "MetersPerSecond"))


def test_one_that_leaves_its_volumes_is_declared_nonconforming_back_and_contingent_by_itself(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with world(tmp_path, "a") as (place, _):
            a = place.uss["a"]
            await a.file("one", flight(State.ACTIVATED))

            async def at(second: int, longitude: float) -> State | None:
                place.now_ms = NOW_MS + second * 1_000
                await a.position("one", seen(place.now_ms, longitude))
                own = await a.standing("one")
                return None if own is None else own.state

            inside, outside = 8.0005, 8.002
            assert await at(0, inside) is State.ACTIVATED
            assert await at(1, outside) is State.ACTIVATED
            assert await at(11, outside) is State.ACTIVATED
            assert await at(12, outside) is State.NONCONFORMING
            own = await a.standing("one")
            assert own is not None
            telemetry = await a.intent_telemetry(own.intent_id)
            assert telemetry.telemetry == seen(place.now_ms, outside)
            assert await at(13, inside) is State.ACTIVATED
            assert (await refused(a.intent_telemetry(own.intent_id))).code == "not-off-nominal"
            for second in (14, 19, 25):
                await at(second, outside)
            assert await at(84, outside) is State.NONCONFORMING
            place.now_ms = NOW_MS + 86_000
            await a.watch.tick()
            own = await a.standing("one")
            assert own is not None
            assert own.state is State.CONTINGENT
            assert await told(place, "a") == [Event.STATE_CHANGED] * 4

    run(story())


def test_time_ends_a_flight_that_nobody_flies_and_declares_one_that_still_does(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, "a") as (place, _):
            a = place.uss["a"]
            await a.file("one", flight())
            await a.file("two", flight(State.ACTIVATED, 500.0))
            place.now_ms = NOW_MS + 30 * MINUTE_MS - 2_000
            await a.position("two", seen(place.now_ms, 8.0 + 550.0 / 76_000))
            place.now_ms += 2_500
            await a.watch.tick()
            assert await a.standing("one") is None
            two = await a.standing("two")
            assert two is not None
            assert two.state is State.NONCONFORMING

    run(story())


@pytest.mark.parametrize("lost", ["before", "after"])
def test_what_the_dss_did_while_we_fell_is_found_out_at_the_start(tmp_path: Path, lost: str) -> None:
    """The DSS's answer never came: it had not taken the change, or it had."""

    async def story() -> None:
        async with world(tmp_path, "a", "b") as (place, _):
            a = place.uss["a"]
            await a.file("one", flight())
            await place.uss["b"].file("two", flight(east_m=50.0, priority=9))

            def fall(request: ask.Request) -> None:
                if isinstance(request, ask.PutOperationalIntent):
                    raise Unavailable("no-answer", "fallen")

            setattr(place.dss, lost, fall)
            assert (await refused(a.file("one", flight(east_m=-300.0)))).code == "no-answer"
            place.dss.before = place.dss.after = lambda request: None
            await a.watch.settle_all()
            own = await a.standing("one")
            assert own is not None
            assert own.pending is None
            assert own.reference == place.dss.held[own.intent_id][0]
            moved = flight(east_m=-300.0).area if lost == "after" else flight().area
            assert own.details.volumes == moved

    run(story())


def test_clearing_an_area_ends_what_is_in_it_and_nothing_else(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, "a") as (place, _):
            a = place.uss["a"]
            await a.file("one", flight())
            await a.file("two", flight(east_m=1_000.0))
            cleared = await a.clear(flight(east_m=20.0).area[0])
            assert (cleared.flights, cleared.problems) == (("one",), ())
            assert await a.standing("two") is not None
            assert len(place.dss.held) == 1

    run(story())


def test_an_area_may_be_cleared_for_longer_than_a_flight_may_last(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, "a") as (place, _):
            a, month_ms = place.uss["a"], 30 * 86_400_000
            await a.file("one", flight())
            await a.file("two", flight(start_ms=NOW_MS + month_ms - 1_000))
            cleared = await a.clear(flight(minutes=40 * 24 * 60).area[0])
            assert (cleared.flights, cleared.problems) == (("one", "two"), ())
            assert place.dss.held == {}

    run(story())


def test_what_the_dss_has_lost_is_told_to_its_operator_and_forgotten(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, "a") as (place, _):
            a = place.uss["a"]
            await a.file("one", flight())
            place.dss.held.clear()
            await a.watch.settle_all()
            assert await told(place, "a") == [Event.LOST]
            assert await a.standing("one") is None

    run(story())


def test_subscribers_that_were_not_told_before_a_crash_are_told_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        async with world(tmp_path, "a", "b") as (place, wires):
            a, b = place.uss["a"], place.uss["b"]
            await a.file("one", flight())
            await b.file("two", flight(east_m=50.0, priority=9))
            wires.cut.add("a.test")
            monkeypatch.setattr(uss_telling, "WAIT_S", 0.05)
            await b.file("two", flight(east_m=60.0, priority=9))
            await b._telling.close()
            assert [len(kept.own.to_tell) for kept in b.given.store.all()] == [1]
            wires.cut.clear()
            await b.watch.settle_all()
            assert await told(place, "a") == [Event.CONFLICT] * 2
            assert [kept.own.to_tell for kept in b.given.store.all()] == [()]

    run(story())


def test_what_the_bridge_answers_for_is_known_to_others_and_to_our_own_planning(tmp_path: Path) -> None:
    """A partner's operation stands at the DSS under his name and our base URL; it is planned around."""

    async def story() -> None:
        async with world(tmp_path, "a", "b") as (place, wires):
            a, b = place.uss["a"], place.uss["b"]
            told_of = ask.PutOperationalIntent(
                ask.Caller("partner"),
                PARTNERS,
                None,
                a._filing._request(OWN, State.ACCEPTED, DETAILS, ()).parameters,
            )
            reference = place.dss._put(told_of).operational_intent_reference

            class Bridge:
                async def intent_details(self, entity_id: str) -> Any:
                    found = OperationalIntent(reference, DETAILS)
                    return GetOperationalIntentDetailsResponse(found) if entity_id == PARTNERS else None

            a.also_answers(Bridge())
            assert (await a.details_of(reference)).details == DETAILS
            for uss in (a, b):
                assert (await refused(uss.file("one", flight()))).code == "conflict"
            await b.file("two", flight(priority=9))
            await a.tell(PARTNERS, None, place.dss._subscribers(place.dss.held[PARTNERS][1], PARTNERS))
            assert ("POST", "http://b.test/uss/v1/operational_intents") in wires.seen

    run(story())


def test_a_dss_over_http_is_filed_with_as_our_own_is(tmp_path: Path) -> None:
    """With what it refuses, what is missing from a key, and a change that comes in between."""

    async def story() -> None:
        async with world(tmp_path, "a", "b") as (place, _), contextlib.AsyncExitStack() as stack:
            a = place.uss["a"]
            c = place.add(stack, "c", dss=HttpDss("http://b.test", place.calls("c")))
            await a.file("one", flight())
            assert (await refused(c.file("two", flight()))).code == "conflict"

            def before(request: ask.Request) -> Any:
                if isinstance(request, ask.PutOperationalIntent) and request.caller.manager == "c":
                    place.dss.before = lambda request: None
                    return a.file("late", flight(east_m=120.0))
                return None

            place.dss.before = before
            filed = await c.file("two", flight(priority=9, size_m=200.0))
            assert len(filed.conflicts) == 2
            assert filed.own.reference == place.dss.held[filed.own.intent_id][0]
            await c.file("two", flight(State.ACTIVATED, priority=9, size_m=200.0))
            await c.end("two")
            assert len(place.dss.held) == 2

    run(story())


PARTNERS = "33333333-3333-4333-8333-333333333333"
OWN = Own(flight_id="x", intent_id=PARTNERS)
DETAILS = OperationalIntentDetails(flight().area)
