"""A flight becomes an operational intent: look, decide, store, say to the DSS, store what it said, tell
others.

What survives a crash at each point: before the DSS is asked, what is going to be asked is stored (`Pending`);
after it has answered, `settle` finds out from the DSS itself what came of it. Nobody is told before it is
stored.
"""

import asyncio
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import msgspec

from openline.airspace.operation import Operation
from openline.errors import NotFound, OpenlineError, Refused, Unavailable
from openline.running.uss.around import Around, Surroundings
from openline.running.uss.flights import NEW, Flights, telling
from openline.running.uss.given import Given
from openline.running.uss.telling import Telling
from openline.utm.dss.conflict import AirspaceConflict
from openline.utm.dss.requests import DeleteOperationalIntent, GetOperationalIntent, PutOperationalIntent
from openline.utm.space import time_of
from openline.utm.uss.area import areas_of
from openline.utm.uss.conformance import entered
from openline.utm.uss.intents import OFF_NOMINAL, Own, Pending, Wanted, details_of, extents_of
from openline.utm.uss.limits import MAX_TRIES_ON_CONFLICT
from openline.utm.uss.notifying import Event
from openline.utm.uss.planning import Before, check, judge
from openline.utm.uss.ports import Filed, Kept, LogKind
from openline.utm.uss.shapes import shape_of
from openline.utm.uss.timing import LEFT_OPEN_MS
from openline.utm.wire import details as wire
from openline.utm.wire.references import (
    ChangeOperationalIntentReferenceResponse,
    ConstraintReference,
    ImplicitSubscriptionParameters,
    OperationalIntentReference,
    OperationalIntentState,
    PutOperationalIntentReferenceParameters,
    SubscriberToNotify,
)
from openline.utm.wire.volumes import Volume4D

MAX_RACES: Final = 5
"""How often a row is read again because another replica changed it in between."""

_S = OperationalIntentState


class Filing:
    """Changes our own operational intents, each flight by one at a time."""

    def __init__(self, given: Given, surroundings: Surroundings, telling: Telling) -> None:
        self._given = given
        self._around = surroundings
        self._telling = telling
        self._flights = Flights(given)

    # What may be asked
    async def file(self, flight_id: str, wanted: Wanted) -> Filed:
        """Plan, activate or change a flight, or declare that it is off nominal.

        Raises Refused and Invalid where it may not be (`utm.uss.planning`), and where a peer's or the DSS's
        answer stands in the way, with the party; Unavailable where they do not answer.
        """
        async with self._flights.alone(flight_id):
            return await self._file(flight_id, wanted)

    async def end(self, flight_id: str) -> Own:
        """Raises NotFound ``no-such-flight``; Unavailable where the DSS does not answer."""
        async with self._flights.alone(flight_id):
            kept = await self._settled(flight_id)
            if kept is None or kept.own.ended_ms is not None:
                raise NotFound("no-such-flight", f"there is no flight {flight_id[:64]}", field="flight_id")
            return await self._end(kept)

    async def standing(self, flight_id: str) -> Own | None:
        """The flight as it is kept; None where there is none, or it is over."""
        kept = await self._flights.get(flight_id)
        return None if kept is None or kept.own.ended_ms is not None or kept.own.state is None else kept.own

    async def changed(self, flight_id: str, change: Callable[[Own], Own]) -> Own | None:
        """Store something of a flight that the DSS need not know; None where it is gone."""
        async with self._flights.alone(flight_id):
            kept = await self._flights.get(flight_id)
            return None if kept is None else (await self._flights.put(kept, change)).own

    async def settle(self, flight_id: str) -> None:
        """Find out what came of what was pending, and tell whoever was not told. For the start, and for later
        where the DSS or our store failed in the middle.
        """
        async with self._flights.alone(flight_id):
            kept = await self._settled(flight_id)
            if kept is not None and (kept.own.to_tell or kept.own.ended_ms is not None):
                kept = await self._flights.put(
                    kept, lambda own: telling(own, own.to_tell, self._given.now_ms())
                )
                await self._tell(kept.own, kept.own.to_tell)

    async def is_as_told(self, flight_id: str) -> bool:
        """Whether the DSS still has a flight that stands; what it says of it is taken over. False: it is
        lost, and forgotten here too.
        """
        async with self._flights.alone(flight_id):
            kept = await self._settled(flight_id)
            if kept is None or kept.own.reference is None or kept.own.ended_ms is not None:
                return True
            try:
                answer = await self._given.dss(GetOperationalIntent(self._given.caller, kept.own.intent_id))
            except NotFound:
                await self._flights.remove(kept)
                return False
            found: OperationalIntentReference = answer.operational_intent_reference
            if found.ovn != kept.own.reference.ovn:
                await self._flights.put(kept, lambda own: msgspec.structs.replace(own, reference=found))
            return True

    # Filing
    async def _file(self, flight_id: str, wanted: Wanted) -> Filed:
        given = self._given
        kept = await self._settled(flight_id)
        state = None if kept is None or kept.own.ended_ms is not None else kept.own.state
        if state is None:
            if wanted.state is not _S.ACTIVATED:
                return await self._say(await self._new(kept, flight_id, wanted), wanted)
            # F3548-21 4.4: an operational intent begins as Accepted
            shape = await asyncio.to_thread(shape_of, str(uuid.uuid4()), wanted.area)
            check(wanted, shape, None, given.now_ms())
            accepted = msgspec.structs.replace(wanted, state=_S.ACCEPTED)
            filed = await self._say(await self._new(kept, flight_id, accepted), accepted)
            kept = await self._flights.get(flight_id)
            if kept is None:
                return filed
        if kept is None:
            raise Unavailable("store-contended", "another replica ends it at this moment")
        return await self._say(kept, wanted)

    async def _new(self, kept: Kept | None, flight_id: str, wanted: Wanted) -> Kept:
        """Not stored yet. A flight that is over lends its row, not its intent's id."""
        own = Own(flight_id=flight_id, intent_id=str(uuid.uuid4()), operator=wanted.operator)
        return Kept(own, NEW if kept is None else kept.revision)

    async def _say(self, kept: Kept, wanted: Wanted) -> Filed:
        own, given = kept.own, self._given
        shape = await asyncio.to_thread(shape_of, own.intent_id, wanted.area)
        check(wanted, shape, own.state, given.now_ms())
        before = await asyncio.to_thread(_before, own)
        details = details_of(wanted, own.details if own.state is not None else None)
        areas = await asyncio.to_thread(areas_of, wanted.area, shape)
        also: dict[str, OperationalIntentReference] = {}
        constraints: tuple[str, ...] = ()
        for _ in range(MAX_TRIES_ON_CONFLICT):
            try:
                around = await self._look(wanted, areas, own.intent_id, also)
                conflicts = await self._judged(own, wanted, shape, before, around)
            except OpenlineError:
                await self._flights.drop_pending(kept)  # the DSS has said no before, so nothing is under way
                raise
            kept = await self._flights.pend(kept, wanted.state, details)
            try:
                answer = await given.dss(self._request(own, wanted.state, details, around.key + constraints))
            except AirspaceConflict as fault:
                constraints = await self._constraint_ovns(kept, fault.answer.missing_constraints)
                missing = fault.answer.missing_operational_intents
                self._around.forget([one.id for one in missing])
                also |= {one.id: one for one in missing}
                continue
            except OpenlineError as fault:
                await self._not_said(kept, fault)
                raise
            return await self._said(kept, wanted, answer, conflicts)
        await self._flights.drop_pending(kept)
        raise Unavailable(
            "too-much-change",
            f"what is around changed {MAX_TRIES_ON_CONFLICT} times while it was looked at",
            remedy="try again",
        )

    async def _look(
        self,
        wanted: Wanted,
        areas: tuple[Volume4D, ...],
        own_id: str,
        also: dict[str, OperationalIntentReference],
    ) -> Around:
        """An aircraft off nominal is told of without delay: it needs no key (F3548-21 Annex A4)."""
        if wanted.state in OFF_NOMINAL:
            return Around((), ())
        return await self._around.look(areas, own_id, also.values())

    async def _constraint_ovns(self, kept: Kept, missing: tuple[ConstraintReference, ...]) -> tuple[str, ...]:
        """A DSS may ask for the OVNs of constraints too; who manages them has to be asked."""
        try:
            found = [await self._given.peers.constraint(one.uss_base_url, one.id) for one in missing]
        except OpenlineError:
            await self._flights.drop_pending(kept)
            raise
        return tuple(one.reference.ovn for one in found if one.reference.ovn is not None)

    async def _judged(
        self, own: Own, wanted: Wanted, shape: Operation, before: Before | None, around: Around
    ) -> tuple[str, ...]:
        """Raises Refused ``conflict``; what was found either way is logged (F3548-21 LOG)."""
        try:
            conflicts = await asyncio.to_thread(judge, wanted, shape, before, around.others)
        except OpenlineError as fault:
            await self._log_attempt(own, around, fault.text)
            raise
        await self._log_attempt(own, around, None)
        return conflicts

    async def _log_attempt(self, own: Own, around: Around, problem: str | None) -> None:
        at_ms = self._given.now_ms()
        attempt = wire.PlanningRecord(
            time=time_of(at_ms),
            ovns=around.key[:100],
            operational_intent_id=own.intent_id,
            problem=problem,
        )
        log, value = self._given.store.log, msgspec.json.encode(attempt)
        await self._given.stored(log, LogKind.PLANNING, str(uuid.uuid4()), at_ms, value)

    def _request(
        self,
        own: Own,
        state: OperationalIntentState,
        details: wire.OperationalIntentDetails,
        key: tuple[str, ...],
    ) -> PutOperationalIntent:
        base_url = self._given.base_url
        parameters = PutOperationalIntentReferenceParameters(
            extents=extents_of(details),
            state=state,
            uss_base_url=base_url,
            key=key,
            new_subscription=ImplicitSubscriptionParameters(base_url),
        )
        ovn = None if own.reference is None else own.reference.ovn
        return PutOperationalIntent(self._given.caller, own.intent_id, ovn, parameters)

    # Before and after the DSS was asked
    async def _not_said(self, kept: Kept, fault: OpenlineError) -> None:
        """A clear no leaves things as they were; where nobody knows, `settle` will ask."""
        if fault.word != "unavailable":
            await self._flights.drop_pending(kept)

    async def _said(
        self,
        kept: Kept,
        wanted: Wanted,
        answer: ChangeOperationalIntentReferenceResponse,
        conflicts: tuple[str, ...],
    ) -> Filed:
        """Stored first, told then. Whoever asks in between is answered the version before."""
        now_ms = self._given.now_ms()

        def settled(own: Own) -> Own:
            assert own.pending is not None
            return msgspec.structs.replace(
                telling(own, answer.subscribers, now_ms),
                reference=answer.operational_intent_reference,
                details=own.pending.details,
                pending=None,
                conformity=entered(own.conformity, wanted.state, now_ms),
                operator=wanted.operator or own.operator,
            )

        own = (await self._flights.put(kept, settled)).own
        await self._tell(own, answer.subscribers)
        if conflicts:
            await self._given.tell_user(
                Event.CAUSED_CONFLICT, own.flight_id, own.intent_id, now_ms, conflicts
            )
        return Filed(own, conflicts)

    async def _tell(self, own: Own, subscribers: tuple[SubscriberToNotify, ...]) -> None:
        if not subscribers and own.ended_ms is None:
            return

        async def done() -> None:
            await self._told(own)

        intent = own.intent if own.ended_ms is None else None
        await self._telling.tell(own.intent_id, intent, subscribers, done)

    async def _told(self, own: Own) -> None:
        """Nobody is left to be told of this version; of one that is over nothing is left to keep."""
        for _ in range(MAX_RACES):
            kept = await self._flights.get(own.flight_id)
            if kept is None or kept.own.intent_id != own.intent_id or kept.own.reference != own.reference:
                return
            try:
                if kept.own.ended_ms is not None:
                    await self._flights.remove(kept)
                elif kept.own.to_tell:
                    await self._flights.put(kept, lambda it: telling(it, (), 0))
                return
            except Unavailable as fault:
                if fault.code != "store-contended":
                    return  # it is told once more after the next start: nothing is lost by that

    # Ending
    async def _end(self, kept: Kept) -> Own:
        own, given = kept.own, self._given
        if own.reference is None:
            await self._flights.remove(kept)
            return own
        kept = await self._flights.pend(kept, None, own.details)
        try:
            asked = DeleteOperationalIntent(given.caller, own.intent_id, own.reference.ovn or "")
            answer = await given.dss(asked)
            subscribers: tuple[SubscriberToNotify, ...] = answer.subscribers
        except NotFound:
            subscribers = ()  # the DSS had removed it already
        except OpenlineError as fault:
            await self._not_said(kept, fault)
            raise
        return await self._ended(kept, subscribers)

    async def _ended(self, kept: Kept, subscribers: tuple[SubscriberToNotify, ...]) -> Own:
        ended_ms = self._given.now_ms()

        def over(own: Own) -> Own:
            told = telling(own, subscribers, ended_ms)
            return msgspec.structs.replace(told, pending=None, ended_ms=ended_ms)

        kept = await self._flights.put(kept, over)
        await self._tell(kept.own, subscribers)
        return kept.own

    # What was left open
    async def _settled(self, flight_id: str) -> Kept | None:
        """The flight with nothing pending: the DSS says what came of it."""
        given = self._given
        kept = await self._flights.get(flight_id)
        if kept is None or kept.own.pending is None:
            return kept
        own, pending = kept.own, kept.own.pending
        if given.store.is_shared and given.now_ms() < pending.since_ms + LEFT_OPEN_MS:
            text = f"another replica is changing flight {flight_id[:64]}"
            raise Unavailable("store-contended", text, remedy="try again in a moment")
        try:
            answer = await given.dss(GetOperationalIntent(given.caller, own.intent_id))
            found: OperationalIntentReference = answer.operational_intent_reference
        except NotFound:
            await self._flights.remove(kept)  # it never came, or it is over
            return None
        if pending.state is None:
            kept = await self._flights.put(kept, lambda it: msgspec.structs.replace(it, reference=found))
            await self._end(kept)
            return await self._flights.get(flight_id)
        if own.reference is not None and found.ovn == own.reference.ovn:
            return await self._flights.put(kept, lambda it: msgspec.structs.replace(it, pending=None))
        return await self._taken_over(kept, pending, found)

    async def _taken_over(self, kept: Kept, pending: Pending, found: OperationalIntentReference) -> Kept:
        """The DSS took it, and its answer, with the subscribers, was lost: said again, it names them
        again.
        """
        kept = await self._flights.put(
            kept,
            lambda own: msgspec.structs.replace(own, reference=found, details=pending.details, pending=None),
        )
        details = pending.details
        areas = details.off_nominal_volumes if found.state in OFF_NOMINAL else details.volumes
        again = Wanted(state=found.state, area=areas, priority=details.priority, operator=kept.own.operator)
        with suppress(Refused):  # it stands at the DSS, whatever has come around it since
            await self._say(kept, again)
        return await self._flights.get(kept.own.flight_id) or kept


def _before(own: Own) -> Before | None:
    if own.state is None or own.reference is None:
        return None
    return Before(own.intent_id, own.state, shape_of(own.intent_id, extents_of(own.details)))
