"""The USS at work: what other USSs ask of it (`Uss`), and what our own operators do (`Planner`)."""

import asyncio
import contextlib
import uuid
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final, TypeVar

import msgspec
import structlog

from openline.airspace.operation import Operation
from openline.errors import Invalid, NotFound, OpenlineError, Refused
from openline.running.uss.around import Surroundings
from openline.running.uss.filing import Filing
from openline.running.uss.given import Given
from openline.running.uss.telling import Telling
from openline.running.uss.watch import Watch
from openline.utm.dss.requests import DeleteOperationalIntent, QueryOperationalIntents
from openline.utm.uss.area import pieces_of
from openline.utm.uss.intents import OFF_NOMINAL, Own, Wanted, extents_of
from openline.utm.uss.known import Known
from openline.utm.uss.notifying import Event, UserNotification, met_by
from openline.utm.uss.ports import Answerer, Cleared, Filed, LogKind
from openline.utm.uss.shapes import shape_of
from openline.utm.wire import details as wire
from openline.utm.wire.references import (
    ErrorReport,
    ExchangeRecord,
    OperationalIntentReference,
    QueryOperationalIntentReferenceParameters,
    SubscriberToNotify,
    SubscriptionState,
)
from openline.utm.wire.volumes import Volume4D

MAX_EXCHANGES: Final = 2_000
"""Requests to others and their answers that are remembered, for log sets; the oldest go."""
MAX_NOTIFICATIONS: Final = 1_000
"""User notifications in one answer, the newest."""
EVERYTHING: Final = "recent"
"""The log set of all that is kept; an operational intent's id is that of what concerns it."""
FOREVER_MS: Final = 2**62

T = TypeVar("T")

_log = structlog.get_logger("openline.uss")


class Exchanges:
    """The last exchanges with others, as `link.f3548.Calls` records them."""

    def __init__(self) -> None:
        self._ring: deque[ExchangeRecord] = deque(maxlen=MAX_EXCHANGES)

    def __call__(self, exchange: ExchangeRecord) -> None:
        self._ring.append(exchange)

    def about(self, name: str | None) -> tuple[ExchangeRecord, ...]:
        """All, or those whose URL names something."""
        return tuple(one for one in self._ring if name is None or name in one.url)


class NodeUss:
    """The ``Uss`` and the ``Planner`` of `utm.uss.ports`. One a process; replicas share the store."""

    def __init__(self, given: Given, exchanges: Exchanges | None = None) -> None:
        self.given = given
        self.exchanges = exchanges or Exchanges()
        self.surroundings = Surroundings(given)
        self.constraints: Known[wire.Constraint] = Known()
        self._telling = Telling(given, self._told_by_ourselves)
        self._filing = Filing(given, self.surroundings, self._telling)
        self.watch = Watch(given, self._filing)

    @contextlib.asynccontextmanager
    async def at_work(self, may_tend: Callable[[], bool] = lambda: True) -> AsyncIterator[None]:
        """Time goes on for our flights as long as the block lasts. may_tend: whether this replica is the one
        that sees to what time brings (`running.replicas`).
        """
        task = asyncio.create_task(self.watch.run(may_tend))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._telling.close()

    async def details_of(self, reference: OperationalIntentReference) -> wire.OperationalIntent:
        """The details of anybody's operational intent, by its reference at the DSS; kept by version.

        Raises NotFound, Unavailable, Unverifiable, Invalid, each with the party.
        """
        return await self.surroundings.details_of(reference)

    def also_answers(self, answerer: Answerer) -> None:
        """Who else knows of intents under our base URL (the bridge)."""
        self.given.answerers.append(answerer)

    async def tell(
        self,
        entity_id: str,
        intent: wire.OperationalIntent | None,
        subscribers: Sequence[SubscriberToNotify],
    ) -> None:
        """Tell subscribers of a change of an intent that bears our base URL and is not a flight of ours (the
        bridge's). Returns when all have taken it, or after `telling.WAIT_S`; it goes on by itself.
        """
        await self._telling.tell(entity_id, intent, subscribers, _nothing_more)

    # What other USSs ask
    async def intent_details(self, entity_id: str) -> wire.GetOperationalIntentDetailsResponse:
        return wire.GetOperationalIntentDetailsResponse(await self.given.answer(entity_id))

    async def intent_telemetry(self, entity_id: str) -> wire.GetOperationalIntentTelemetryResponse:
        kept = await self.given.stored(self.given.store.by_intent, entity_id)
        own = None if kept is None or kept.own.ended_ms is not None else kept.own
        if own is None or own.state is None:
            raise NotFound("no-such-intent", f"this USS manages no operational intent {entity_id}")
        if own.state not in OFF_NOMINAL:
            text = f"it is {own.state}: telemetry is told of Nonconforming and Contingent ones"
            raise Refused("not-off-nominal", text, field="state", clause="F3548-21 CMSA")
        if own.telemetry is None:
            raise Refused("no-telemetry", "its position was never reported", clause="F3548-21 CMSA")
        return wire.GetOperationalIntentTelemetryResponse(entity_id, own.telemetry)

    async def intent_notified(self, manager: str, told: wire.PutOperationalIntentDetailsParameters) -> None:
        intent = told.operational_intent
        if intent is not None and intent.reference.id.lower() != told.operational_intent_id.lower():
            raise Invalid("wrong-entity", "the intent is of another id", field="operational_intent_id")
        _manager_only(manager, intent.reference.manager if intent is not None else manager)
        shape = None
        if intent is not None:
            shape = await asyncio.to_thread(shape_of, intent.reference.id, extents_of(intent.details))
        self.surroundings.known.notified(manager, told.operational_intent_id, intent)
        if shape is not None:
            await self._warn(Event.CONFLICT, shape.id, told.subscriptions, shape)

    async def _told_by_ourselves(self, told: wire.PutOperationalIntentDetailsParameters) -> None:
        """One flight of ours concerns another: no HTTP, and the same consequences."""
        intent = told.operational_intent
        if intent is not None:
            shape = await asyncio.to_thread(shape_of, intent.reference.id, extents_of(intent.details))
            await self._warn(Event.CONFLICT, shape.id, told.subscriptions, shape)

    async def _warn(
        self, event: Event, entity_id: str, because: tuple[SubscriptionState, ...], shape: Operation
    ) -> None:
        """Our operators whose flights it conflicts with know of it within
        ConflictingOIMaxUserNotificationTime.
        """
        since_ms, given = self.given.now_ms(), self.given
        kept = await given.stored(given.store.by_subscriptions, [one.subscription_id for one in because])
        flying = [
            one.own for one in kept if one.own.ended_ms is None and one.own.intent_id != entity_id.lower()
        ]
        for own in flying:
            if await asyncio.to_thread(_meets, own, shape):
                await given.tell_user(event, own.flight_id, own.intent_id, since_ms, (entity_id,))

    async def constraint_details(self, entity_id: str) -> wire.GetConstraintDetailsResponse:
        raise NotFound("no-such-constraint", f"this USS manages no constraint {entity_id}", field="entityid")

    async def constraint_notified(self, manager: str, told: wire.PutConstraintDetailsParameters) -> None:
        constraint = told.constraint
        if constraint is not None and constraint.reference.id.lower() != told.constraint_id.lower():
            raise Invalid("wrong-entity", "the constraint is of another id", field="constraint_id")
        _manager_only(manager, constraint.reference.manager if constraint is not None else manager)
        shape = None
        if constraint is not None:
            shape = await asyncio.to_thread(shape_of, told.constraint_id, constraint.details.volumes)
        self.constraints.notified(manager, told.constraint_id, constraint)
        if shape is not None:
            await self._warn(Event.CONSTRAINT, shape.id, told.subscriptions, shape)

    async def report(self, manager: str, report: ErrorReport) -> ErrorReport:
        name, given = str(uuid.uuid4()), self.given
        kept = ErrorReport(report.exchange, name)
        await given.stored(given.store.log, LogKind.REPORT, name, given.now_ms(), msgspec.json.encode(kept))
        _log.warning("reported", uss=manager, report=name)
        return kept

    async def log_set(self, log_set_id: str) -> wire.USSLogSet:
        """`recent`, or what concerns one operational intent of ours."""
        name = None if log_set_id == EVERYTHING else log_set_id
        own = None if name is None else await self._own_of(name)
        told = await self._logged(LogKind.NOTIFICATION, UserNotification)
        attempts = await self._logged(LogKind.PLANNING, wire.PlanningRecord)
        return wire.USSLogSet(
            messages=self.exchanges.about(name),
            operator_notifications=tuple(it.as_record() for it in told if name in (None, it.intent_id)),
            operator_associations=()
            if own is None
            else (wire.OperatorAssociation(own.intent_id, own.operator or own.flight_id),),
            planning_attempts=tuple(it for it in attempts if name in (None, it.operational_intent_id)),
        )

    async def _own_of(self, intent_id: str) -> Own:
        kept = await self.given.stored(self.given.store.by_intent, intent_id)
        if kept is None:
            raise NotFound("no-such-log-set", f"there is no log set {intent_id[:64]}", field="log_set_id")
        return kept.own

    async def _logged(self, kind: LogKind, shape: type[T]) -> list[T]:
        rows = await self.given.stored(self.given.store.logged, kind, 0, FOREVER_MS, MAX_NOTIFICATIONS)
        return [msgspec.json.decode(row.value, type=shape) for row in rows]

    # What our operators ask
    async def file(self, flight_id: str, wanted: Wanted) -> Filed:
        return await self._filing.file(flight_id, wanted)

    async def end(self, flight_id: str) -> Own:
        return await self.watch.end(flight_id)

    async def standing(self, flight_id: str) -> Own | None:
        return await self._filing.standing(flight_id)

    async def position(self, flight_id: str, telemetry: wire.VehicleTelemetry) -> None:
        await self.watch.position(flight_id, telemetry)

    async def notifications(self, after_ms: int, before_ms: int) -> list[UserNotification]:
        """The oldest first."""
        store = self.given.store
        rows = await self.given.stored(
            store.logged, LogKind.NOTIFICATION, after_ms, before_ms, MAX_NOTIFICATIONS
        )
        return [msgspec.json.decode(row.value, type=UserNotification) for row in reversed(rows)]

    async def clear(self, area: Volume4D) -> Cleared:
        """End all flights of ours that touch the area, and take out of the DSS what bears our name there and
        is nobody's.
        """
        pieces = pieces_of(area)
        shapes = [await asyncio.to_thread(shape_of, str(uuid.uuid4()), (one,)) for one in pieces]
        ended, problems = [], []
        for kept in await self.given.stored(self.given.store.all):
            if kept.own.ended_ms is None and await asyncio.to_thread(_meets_any, kept.own, shapes):
                try:
                    await self.end(kept.own.flight_id)
                    ended.append(kept.own.flight_id)
                except NotFound:
                    continue
                except OpenlineError as fault:
                    problems.append((kept.own.flight_id, str(fault)))
        for one in pieces:
            problems += await self._clear_strays(one)
        return Cleared(tuple(ended), tuple(problems))

    async def _clear_strays(self, area: Volume4D) -> list[tuple[str, str]]:
        given, problems = self.given, []
        asked = QueryOperationalIntentReferenceParameters(area_of_interest=area)
        answer = await given.dss(QueryOperationalIntents(given.caller, asked))
        for one in answer.operational_intent_references:
            if one.manager != given.manager or one.ovn is None:
                continue
            if await given.stored(given.store.by_intent, one.id) is not None:
                continue
            try:
                await given.dss(DeleteOperationalIntent(given.caller, one.id, one.ovn))
            except OpenlineError as fault:
                problems.append((one.id, str(fault)))
        return problems


async def _nothing_more() -> None:
    """Whoever asked keeps his own account of it."""


def _manager_only(caller: str, manager: str) -> None:
    if caller != manager:
        text = f"{caller[:64]} does not manage it"
        raise Refused("not-the-manager", text, field="reference.manager", clause="F3548-21 Annex A4")


def _meets_any(own: Own, shapes: Sequence[Operation]) -> bool:
    return any(_meets(own, shape) for shape in shapes)


def _meets(own: Own, shape: Operation) -> bool:
    if own.reference is None:
        return False
    return bool(met_by(shape, (shape_of(own.intent_id, extents_of(own.details)),)))
