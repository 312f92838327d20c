"""/flight_planning/v1: a test driver plays the operators of this USS (InterUSS' interface 0.7.0).

It is served only where ``f3548.automated_testing`` is on: never in operation. A flight that may not be is
``Rejected``; one that somebody's fault kept from being is ``Failed``.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal
from urllib.parse import parse_qs

import msgspec

from openline.api.f3548 import versioning
from openline.api.f3548.ids import text_of
from openline.api.f3548.operation import Asked, Operation, all_of
from openline.api.f3548.plans import ClearAreaRequest, UpsertFlightPlanRequest, area_of, wanted_of
from openline.errors import Invalid, OpenlineError
from openline.utm.space import time_of
from openline.utm.uss.intents import Own
from openline.utm.uss.notifying import Event, UserNotification
from openline.utm.uss.ports import Planner
from openline.utm.uss.shapes import ms_of
from openline.utm.wire.references import OperationalIntentState
from openline.utm.wire.volumes import Time

PATH: Final = "/flight_planning/v1"
API_NAME: Final = "Flight Planning Automated Testing Interface"
API_VERSION: Final = "v0.7.0"
DIRECT_AUTOMATED_TEST: Final = "interuss.flight_planning.direct_automated_test"
PLAN: Final = "interuss.flight_planning.plan"
MAX_ANSWERS: Final = 1_000
"""Answers that are kept by request_id, so that the same request has the same answer; the oldest go."""

Result = Literal["Completed", "Rejected", "Failed", "NotSupported"]
Status = Literal["NotPlanned", "Planned", "OkToFly", "OffNominal", "Closed"]
Advisories = Literal["AtLeastOneAdvisoryOrCondition", "NoAdvisoriesOrConditions"]
Conflicts = Literal["Unknown", "None", "Single", "Multiple"]

_S = OperationalIntentState
STATUS: Final[Mapping[OperationalIntentState | None, Status]] = {
    None: "NotPlanned",
    _S.ACCEPTED: "Planned",
    _S.ACTIVATED: "OkToFly",
    _S.NONCONFORMING: "OffNominal",
    _S.CONTINGENT: "OffNominal",
}


class StatusResponse(msgspec.Struct, frozen=True):
    status: Literal["Ready"] = "Ready"
    api_name: str = API_NAME
    api_version: str = API_VERSION


class FlightPlanResponse(msgspec.Struct, frozen=True, omit_defaults=True):
    """Of an upsert and of a deletion. A flight is planned as it is wanted, or not at all."""

    planning_result: Result
    flight_plan_status: Status
    notes: str | None = None
    includes_advisories: Advisories | None = None


class ClearAreaOutcome(msgspec.Struct, frozen=True):
    success: bool
    message: str
    details: dict[str, Any]


class ClearAreaResponse(msgspec.Struct, frozen=True):
    outcome: ClearAreaOutcome


class ToldNotification(msgspec.Struct, frozen=True):
    observed_at: Time
    message: str
    conflicts: Conflicts


class QueryUserNotificationsResponse(msgspec.Struct, frozen=True):
    user_notifications: tuple[ToldNotification, ...]


def driver_operations(planner: Planner, version: str, now_ms: Callable[[], int]) -> tuple[Operation, ...]:
    """Both interfaces of test drivers; the listener has them where ``f3548.automated_testing`` is on."""
    return (*operations(planner, now_ms), *versioning.operations(version))


def operations(planner: Planner, now_ms: Callable[[], int]) -> tuple[Operation, ...]:
    driven = _Driven(planner, now_ms)
    plans, status = all_of(PLAN), all_of(DIRECT_AUTOMATED_TEST)
    plan = f"{PATH}/flight_plans/{{flight_plan_id}}"
    cleared, told = ClearAreaResponse, QueryUserNotificationsResponse
    return (
        _operation("GetStatus", "GET", f"{PATH}/status", driven.status, status, StatusResponse),
        _operation(
            "ClearArea",
            "POST",
            f"{PATH}/clear_area_requests",
            driven.clear,
            status,
            cleared,
            body=ClearAreaRequest,
        ),
        _operation(
            "UpsertFlightPlan",
            "PUT",
            plan,
            driven.upsert,
            plans,
            FlightPlanResponse,
            body=UpsertFlightPlanRequest,
            also=(409,),
        ),
        _operation("DeleteFlightPlan", "DELETE", plan, driven.delete, plans, FlightPlanResponse, also=(404,)),
        _operation(
            "QueryUserNotifications",
            "GET",
            f"{PATH}/user_notifications",
            driven.notifications,
            plans,
            told,
            query=("after", "before"),
        ),
    )


def _operation(
    name: str, method: str, path: str, handler: Any, scopes: Any, answer: Any, **more: Any
) -> Operation:
    return Operation(id=name, method=method, path=path, handler=handler, scopes=scopes, answer=answer, **more)


class _Driven:
    """The handlers, and the answers that they gave."""

    def __init__(self, planner: Planner, now_ms: Callable[[], int]) -> None:
        self._planner = planner
        self._now_ms = now_ms
        self._answers: OrderedDict[str, FlightPlanResponse] = OrderedDict()

    async def status(self, asked: Asked) -> StatusResponse:
        return StatusResponse()

    async def upsert(self, asked: Asked) -> FlightPlanResponse:
        request: UpsertFlightPlanRequest = asked.body
        given_before = self._answers.get(request.request_id)
        if given_before is not None:
            return given_before
        answer = await self._upsert(text_of(asked, "flight_plan_id"), request)
        self._answers[request.request_id] = answer
        while len(self._answers) > MAX_ANSWERS:
            self._answers.popitem(last=False)
        return answer

    async def _upsert(self, flight_id: str, request: UpsertFlightPlanRequest) -> FlightPlanResponse:
        if request.execution_style == "Hypothetical":
            return await self._not_done(flight_id, "NotSupported", "nothing is tried out here")
        if request.flight_plan.basic_information.usage_state == "Closed":
            return await self._closed(flight_id)
        try:
            wanted = wanted_of(request.flight_plan)
            if isinstance(wanted, str):
                return await self._not_done(flight_id, "NotSupported", wanted)
            filed = await self._planner.file(flight_id, wanted)
        except OpenlineError as fault:
            return await self._not_done(flight_id, result_of(fault), str(fault))
        advised: Advisories = (
            "AtLeastOneAdvisoryOrCondition" if filed.conflicts else "NoAdvisoriesOrConditions"
        )
        notes = f"conflicts, as it may, with {', '.join(filed.conflicts)}" if filed.conflicts else None
        return FlightPlanResponse("Completed", status_of(filed.own), notes, advised)

    async def _not_done(self, flight_id: str, result: Result, notes: str) -> FlightPlanResponse:
        """The flight stands as it stood."""
        return FlightPlanResponse(result, status_of(await self._planner.standing(flight_id)), notes[:1_000])

    async def delete(self, asked: Asked) -> FlightPlanResponse:
        return await self._closed(text_of(asked, "flight_plan_id"))

    async def _closed(self, flight_id: str) -> FlightPlanResponse:
        """Raises NotFound ``no-such-flight``."""
        try:
            await self._planner.end(flight_id)
        except OpenlineError as fault:
            if fault.code == "no-such-flight":
                raise
            return await self._not_done(flight_id, "Failed", str(fault))
        return FlightPlanResponse("Completed", "Closed")

    async def clear(self, asked: Asked) -> ClearAreaResponse:
        request: ClearAreaRequest = asked.body
        try:
            cleared = await self._planner.clear(area_of(request.extent, self._now_ms()))
        except OpenlineError as fault:
            return ClearAreaResponse(ClearAreaOutcome(False, str(fault)[:1_000], {}))
        problems = dict(cleared.problems)
        text = (
            "; ".join(f"{name}: {problem}" for name, problem in problems.items()) or "all flights have ended"
        )
        details = {"flights_deleted": cleared.flights, "flight_deletion_errors": problems}
        return ClearAreaResponse(ClearAreaOutcome(not problems, text[:1_000], details))

    async def notifications(self, asked: Asked) -> QueryUserNotificationsResponse:
        now_ms = self._now_ms()
        after_ms = _moment(asked, "after")
        if after_ms is None:
            raise Invalid("missing-query", "say after when", field="after")
        before_ms = _moment(asked, "before")
        before_ms = now_ms if before_ms is None else min(before_ms, now_ms)
        if before_ms < after_ms:
            raise Invalid("bad-query", "before lies before after", field="before")
        found = await self._planner.notifications(after_ms, before_ms)
        return QueryUserNotificationsResponse(tuple(_told(one) for one in found))


def status_of(own: Own | None) -> Status:
    return STATUS[None if own is None else own.state]


def result_of(fault: OpenlineError) -> Result:
    """What may not be is Rejected; where another party or this node itself failed, it is Failed."""
    if fault.word in ("unavailable", "unverifiable") or fault.party is not None:
        return "Failed"
    return "Rejected"


def _moment(asked: Asked, name: str) -> int | None:
    values = parse_qs(asked.query.decode("ascii", "replace")).get(name)
    if not values:
        return None
    # a plus that nobody has encoded came as a space
    return ms_of(Time(values[-1].replace(" ", "+"), "RFC3339"))


def _told(one: UserNotification) -> ToldNotification:
    conflicts: Conflicts = "Unknown"
    if one.event in (Event.CONFLICT, Event.CAUSED_CONFLICT):
        conflicts = "Multiple" if len(one.conflicts) > 1 else "Single"
    message = f"{one.event}: flight {one.flight_id} {' '.join(one.conflicts)} {one.text}".strip()
    return ToldNotification(time_of(one.at_ms), message[:1_000], conflicts)
