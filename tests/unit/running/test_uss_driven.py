"""A test driver plays our operators over HTTP, as InterUSS' qualifier does."""

import asyncio
import uuid
from pathlib import Path
from typing import Any

import jwt
import msgspec
import pytest
from uas_standards.interuss.automated_testing.flight_planning.v1 import api, constants

from openline.utm.wire.references import OperationalIntentState as State
from unit.running.uss_world import NOW_MS, PRIVATE_PEM, World, flight, square, world

PLAN, DIRECT = constants.Scope.Plan.value, constants.Scope.DirectAutomatedTest.value
VERSIONS = "interuss.versioning.read_system_versions"


class Driver:
    def __init__(self, place: World, name: str) -> None:
        self.place = place
        self.base = f"http://{name}.test"

    async def ask(self, method: str, path: str, scope: str = PLAN, **more: Any) -> Any:
        claims = {"sub": "driver", "scope": scope, "aud": self.base[7:], "exp": 4_000_000_000, "iss": "x"}
        token = jwt.encode(claims, PRIVATE_PEM, "ES256")
        headers = {"authorization": f"Bearer {token}"}
        answer = await self.place.http.request(method, self.base + path, headers=headers, **more)
        self.status = answer.status_code
        return answer.json() if answer.content else None

    async def put(self, name: str, usage: str, uas: str = "Nominal", east_m: float = 0.0, **more: Any) -> Any:
        wanted = flight(State.ACCEPTED, east_m, **more)
        body = {
            "flight_plan": {
                "basic_information": {
                    "usage_state": usage,
                    "uas_state": uas,
                    "area": msgspec.to_builtins(wanted.area),
                },
                "astm_f3548_21": {"priority": wanted.priority},
            },
            "execution_style": "IfAllowed",
            "request_id": str(uuid.uuid4()),
        }
        answer = await self.ask("PUT", f"/flight_planning/v1/flight_plans/{name}", json=body)
        assert self.status == 200
        return answer["planning_result"], answer["flight_plan_status"]


def test_a_driver_plans_flies_conflicts_and_ends(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, "a", "b") as (place, _):
            a, b = Driver(place, "a"), Driver(place, "b")
            one, two, three = (str(uuid.uuid4()) for _ in range(3))
            assert (await a.put(one, "Planned")) == ("Completed", "Planned")
            assert (await a.put(one, "InUse")) == ("Completed", "OkToFly")
            assert (await b.put(two, "Planned", east_m=50.0)) == ("Rejected", "NotPlanned")
            assert (await b.put(two, "Planned", east_m=300.0)) == ("Completed", "Planned")
            assert (await b.put(two, "Planned", east_m=50.0)) == ("Rejected", "Planned")
            assert (await b.put(three, "Planned", east_m=50.0, priority=100)) == ("Completed", "Planned")
            assert (await a.put(one, "InUse", "OffNominal", 20.0)) == ("Completed", "OffNominal")
            assert (await a.put(one, "InUse", "Contingent", 20.0)) == ("Completed", "OffNominal")
            assert (await a.put(one, "InUse")) == ("Rejected", "OffNominal")
            query = "/flight_planning/v1/user_notifications?after=2026-01-01T00:00:00%2B00:00"
            told = api.QueryUserNotificationsResponse(await a.ask("GET", query))
            assert [one["conflicts"] for one in told["user_notifications"]] == ["Single"]
            ended = await a.ask("DELETE", f"/flight_planning/v1/flight_plans/{one}")
            assert (ended["planning_result"], ended["flight_plan_status"]) == ("Completed", "Closed")
            await a.ask("DELETE", f"/flight_planning/v1/flight_plans/{one}")
            assert a.status == 404

    asyncio.run(story())


@pytest.mark.parametrize(
    ("start_ms", "minutes", "usage"),
    [
        (NOW_MS + 32 * 86_400_000, 45.0, "Planned"),
        (NOW_MS - 3_600_000, 59.9, "Planned"),
        (NOW_MS + 600_000, 45.0, "InUse"),
    ],
)
def test_a_flight_too_far_ahead_over_or_not_yet_in_force_is_rejected(
    tmp_path: Path, start_ms: int, minutes: float, usage: str
) -> None:
    async def story() -> None:
        async with world(tmp_path, "a") as (place, _):
            found = await Driver(place, "a").put("x", usage, start_ms=start_ms, minutes=minutes)
            assert found == ("Rejected", "NotPlanned")
            assert place.dss.held == {}

    asyncio.run(story())


def test_a_flight_that_another_party_stands_in_the_way_of_has_failed(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, "a", "b") as (place, wires):
            assert (await Driver(place, "b").put("two", "Planned"))[0] == "Completed"
            wires.cut.add("b.test")
            assert (await Driver(place, "a").put("one", "Planned")) == ("Failed", "NotPlanned")

    asyncio.run(story())


def test_a_driver_asks_for_readiness_a_clear_area_and_our_version(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, "a") as (place, _):
            a = Driver(place, "a")
            assert (await a.ask("GET", "/flight_planning/v1/status", DIRECT))["status"] == "Ready"
            await a.ask("GET", "/flight_planning/v1/status", PLAN)
            assert a.status == 403
            await a.put("one", "Planned")
            extent = msgspec.to_builtins(square(-20.0, 300.0, start_ms=NOW_MS))
            body = {"request_id": "r", "extent": extent}
            cleared = await a.ask("POST", "/flight_planning/v1/clear_area_requests", DIRECT, json=body)
            assert cleared["outcome"]["success"] is True
            assert place.dss.held == {}
            for path in ("/versions/org.example.utm", "/versioning/versions/org.example.utm"):
                found = await a.ask("GET", path, VERSIONS)
                assert found == {"system_identity": "org.example.utm", "system_version": "1"}

    asyncio.run(story())


def test_the_same_request_has_the_same_answer_and_is_not_done_twice(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, "a") as (place, _):
            a = Driver(place, "a")
            area = msgspec.to_builtins(flight().area)
            plan = {"basic_information": {"usage_state": "Planned", "uas_state": "Nominal", "area": area}}
            body = {"flight_plan": plan, "execution_style": "IfAllowed", "request_id": "same"}
            path = "/flight_planning/v1/flight_plans/one"
            assert await a.ask("PUT", path, json=body) == await a.ask("PUT", path, json=body)
            assert [reference.version for reference, _ in place.dss.held.values()] == [1]

    asyncio.run(story())


def test_heights_that_mean_nothing_here_are_not_supported(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, "a") as (place, _):
            a = Driver(place, "a")
            area = msgspec.to_builtins(flight().area)
            area[0]["volume"]["altitude_lower"]["reference"] = "SFC"
            plan = {"basic_information": {"usage_state": "Planned", "area": area}}
            body = {"flight_plan": plan, "execution_style": "IfAllowed", "request_id": "r"}
            answer = await a.ask("PUT", "/flight_planning/v1/flight_plans/one", json=body)
            assert answer["planning_result"] == "NotSupported"

    asyncio.run(story())
