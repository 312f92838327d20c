"""Asking others in F3548-21's words: their DSS, and other USSs. Every call has an end, and every answer a
length.
"""

from typing import Any, Final, TypeVar
from urllib.parse import quote, urlsplit

import msgspec

from openline.errors import Invalid, Unavailable
from openline.link.f3548_calls import Calls as Calls
from openline.link.f3548_calls import Reply, read, refusal
from openline.utm.dss import requests as ask
from openline.utm.uss.intents import OFF_NOMINAL
from openline.utm.uss.limits import (
    CSTR_MAX_TIME_SEND_DETAILS_MS,
    MAX_RESPOND_TO_OI_DETAILS_REQUEST_MS,
    MAX_RESPOND_TO_SUBSCRIPTION_NOTIFICATION_MS,
    POS_INFO_REQUEST_MAX_RESPONSE_TIME_MS,
)
from openline.utm.wire import details as told
from openline.utm.wire import references as wire

MAX_ANSWER_BYTES: Final = 16 * 1024 * 1024
"""Of a DSS that answers for a crowded area: some 20,000 references."""
DSS_TIMEOUT_MS: Final = 10_000
SECOND_TRY_MS: Final = 3_000
"""MaxRespondToOIDetailsRequest holds in 95 % of cases: who missed it is asked once more, with more
patience.
"""

STRATEGIC_COORDINATION: Final = "utm.strategic_coordination"
CONFORMANCE_MONITORING: Final = "utm.conformance_monitoring_sa"
CONSTRAINT_PROCESSING: Final = "utm.constraint_processing"
CONSTRAINT_MANAGEMENT: Final = "utm.constraint_management"
AVAILABILITY_ARBITRATION: Final = "utm.availability_arbitration"


# The DSS ------------------------------------------------------------------------------------------
class _Call(msgspec.Struct, frozen=True):
    method: str
    path: str
    answer: Any
    scopes: tuple[str, ...] = (STRATEGIC_COORDINATION,)
    body: msgspec.Struct | None = None


_INTENTS: Final = "/dss/v1/operational_intent_references"
_CONSTRAINTS: Final = "/dss/v1/constraint_references"
_SUBSCRIPTIONS: Final = "/dss/v1/subscriptions"
_AVAILABILITY: Final = "/dss/v1/uss_availability"


class HttpDss:
    """The ``Dss`` port over HTTP: any DSS of the pool. Who asks is whose token it is, whatever a request
    says.
    """

    def __init__(self, base_url: str, calls: Calls) -> None:
        self._base_url = base_url.rstrip("/")
        self._calls = calls
        self._host = urlsplit(base_url).hostname or base_url

    async def __call__(self, request: ask.Request, /) -> Any:
        """Raises as the port says, and Unavailable where it does not answer or says so itself."""
        call = _call(request)
        if call is None:
            return None
        reply = await self._calls(
            call.method,
            self._base_url + call.path,
            call.scopes,
            call.body,
            within_ms=DSS_TIMEOUT_MS,
            at_most=MAX_ANSWER_BYTES,
        )
        if reply.status in (200, 201):
            return read(reply.body, call.answer, self._host)
        raise refusal(reply, self._host)


def _call(request: ask.Request) -> _Call | None:
    """How the request is put in HTTP; None where there is nothing to ask (a Sweep)."""
    for make in (_intent_call, _constraint_call, _subscription_call, _availability_call):
        call = make(request)
        if call is not None:
            return call
    return None


def _intent_call(request: ask.Request) -> _Call | None:
    match request:
        case ask.PutOperationalIntent(id=name, ovn=ovn, parameters=put):
            scope = CONFORMANCE_MONITORING if put.state in OFF_NOMINAL else STRATEGIC_COORDINATION
            wants_constraints = (
                put.new_subscription is not None and put.new_subscription.notify_for_constraints
            )
            scopes = (scope, CONSTRAINT_PROCESSING) if wants_constraints else (scope,)
            changed = wire.ChangeOperationalIntentReferenceResponse
            return _Call("PUT", _path(_INTENTS, name, ovn), changed, scopes, put)
        case ask.DeleteOperationalIntent(id=name, ovn=ovn):
            return _Call("DELETE", _path(_INTENTS, name, ovn), wire.ChangeOperationalIntentReferenceResponse)
        case ask.GetOperationalIntent(id=name):
            return _Call("GET", _path(_INTENTS, name), wire.GetOperationalIntentReferenceResponse)
        case ask.QueryOperationalIntents(parameters=area):
            found = wire.QueryOperationalIntentReferenceResponse
            return _Call("POST", f"{_INTENTS}/query", found, body=area)
        case _:
            return None


def _constraint_call(request: ask.Request) -> _Call | None:
    manages, processes = (CONSTRAINT_MANAGEMENT,), (CONSTRAINT_PROCESSING,)
    match request:
        case ask.PutConstraint(id=name, ovn=ovn, parameters=put):
            changed = wire.ChangeConstraintReferenceResponse
            return _Call("PUT", _path(_CONSTRAINTS, name, ovn), changed, manages, put)
        case ask.DeleteConstraint(id=name, ovn=ovn):
            changed = wire.ChangeConstraintReferenceResponse
            return _Call("DELETE", _path(_CONSTRAINTS, name, ovn), changed, manages)
        case ask.GetConstraint(id=name):
            return _Call("GET", _path(_CONSTRAINTS, name), wire.GetConstraintReferenceResponse, processes)
        case ask.QueryConstraints(parameters=area):
            found = wire.QueryConstraintReferencesResponse
            return _Call("POST", f"{_CONSTRAINTS}/query", found, processes, area)
        case _:
            return None


def _subscription_call(request: ask.Request) -> _Call | None:
    match request:
        case ask.PutSubscription(id=name, version=version, parameters=put):
            scopes: tuple[str, ...] = (STRATEGIC_COORDINATION,) if put.notify_for_operational_intents else ()
            scopes += (CONSTRAINT_PROCESSING,) if put.notify_for_constraints else ()
            changed = wire.PutSubscriptionResponse
            return _Call("PUT", _path(_SUBSCRIPTIONS, name, version), changed, scopes, put)
        case ask.DeleteSubscription(id=name, version=version):
            return _Call("DELETE", _path(_SUBSCRIPTIONS, name, version), wire.DeleteSubscriptionResponse)
        case ask.GetSubscription(id=name):
            return _Call("GET", _path(_SUBSCRIPTIONS, name), wire.GetSubscriptionResponse)
        case ask.QuerySubscriptions(parameters=area):
            return _Call("POST", f"{_SUBSCRIPTIONS}/query", wire.QuerySubscriptionsResponse, body=area)
        case _:
            return None


def _availability_call(request: ask.Request) -> _Call | None:
    answer, arbitrates = wire.UssAvailabilityStatusResponse, (AVAILABILITY_ARBITRATION,)
    match request:
        case ask.SetAvailability(uss_id=name, parameters=put):
            return _Call("PUT", _path(_AVAILABILITY, name), answer, arbitrates, put)
        case ask.GetAvailability(uss_id=name):
            return _Call("GET", _path(_AVAILABILITY, name), answer)
        case _:
            return None


def _path(resource: str, *names: str | None) -> str:
    return "/".join((resource, *(quote(name, safe="") for name in names if name is not None)))


# Other USSs ---------------------------------------------------------------------------------------
class Peers:
    """What is asked of and told to other USSs, each by its base URL."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def intent(self, base_url: str, entity_id: str) -> told.OperationalIntent:
        """Its details, asked twice where the first answer takes longer than the standard allows.

        Raises NotFound, Unavailable, Invalid (its answer is none), Unverifiable (it does not take our token).
        """
        url = f"{base_url}{_path('/uss/v1/operational_intents', entity_id)}"
        tries = (MAX_RESPOND_TO_OI_DETAILS_REQUEST_MS, SECOND_TRY_MS)
        reply = await self._asked(url, STRATEGIC_COORDINATION, tries)
        answer: told.GetOperationalIntentDetailsResponse = read(
            reply.body, told.GetOperationalIntentDetailsResponse, url
        )
        return _of_that_id(answer.operational_intent, entity_id, url)

    async def constraint(self, base_url: str, entity_id: str) -> told.Constraint:
        """As intent."""
        url = f"{base_url}{_path('/uss/v1/constraints', entity_id)}"
        reply = await self._asked(url, CONSTRAINT_PROCESSING, (CSTR_MAX_TIME_SEND_DETAILS_MS,))
        answer: told.GetConstraintDetailsResponse = read(reply.body, told.GetConstraintDetailsResponse, url)
        return _of_that_id(answer.constraint, entity_id, url)

    async def telemetry(self, base_url: str, entity_id: str) -> told.GetOperationalIntentTelemetryResponse:
        url = f"{base_url}{_path('/uss/v1/operational_intents', entity_id)}/telemetry"
        reply = await self._asked(url, CONFORMANCE_MONITORING, (POS_INFO_REQUEST_MAX_RESPONSE_TIME_MS,))
        answer: told.GetOperationalIntentTelemetryResponse = read(
            reply.body, told.GetOperationalIntentTelemetryResponse, url
        )
        return answer

    async def notify_of_intent(
        self, base_url: str, told_of: told.PutOperationalIntentDetailsParameters
    ) -> None:
        """Raises as intent where it did not take it."""
        await self._post(f"{base_url}/uss/v1/operational_intents", STRATEGIC_COORDINATION, told_of)

    async def notify_of_constraint(self, base_url: str, told_of: told.PutConstraintDetailsParameters) -> None:
        await self._post(f"{base_url}/uss/v1/constraints", CONSTRAINT_MANAGEMENT, told_of)

    async def _post(self, url: str, scope: str, body: msgspec.Struct) -> None:
        within_ms = MAX_RESPOND_TO_SUBSCRIPTION_NOTIFICATION_MS
        reply = await self._calls("POST", url, (scope,), body, within_ms=within_ms)
        if reply.status not in (200, 201, 204):
            raise refusal(reply, urlsplit(url).hostname or url)

    async def _asked(self, url: str, scope: str, tries_ms: tuple[int, ...]) -> Reply:
        for within_ms in tries_ms[:-1]:
            try:
                return _taken(await self._calls("GET", url, (scope,), within_ms=within_ms), url)
            except Unavailable:
                continue
        return _taken(await self._calls("GET", url, (scope,), within_ms=tries_ms[-1]), url)


def _taken(reply: Reply, url: str) -> Reply:
    if reply.status != 200:
        raise refusal(reply, urlsplit(url).hostname or url)
    return reply


Entity = TypeVar("Entity", told.OperationalIntent, told.Constraint)


def _of_that_id(entity: Entity, entity_id: str, url: str) -> Entity:
    if entity.reference.id.lower() != entity_id.lower():
        text = f"asked for {entity_id}, it answered of {entity.reference.id[:64]}"
        raise Invalid("wrong-entity", text, party=urlsplit(url).hostname, field="reference.id")
    return entity
