"""What happens to our flights by themselves: positions, conformance, ends, and what was left open."""

import asyncio
import uuid
from collections.abc import Callable, Coroutine
from typing import Any, Final

import msgspec
import structlog

from openline.errors import NotFound, OpenlineError
from openline.running.uss.filing import Filing
from openline.running.uss.given import Given
from openline.utm.uss.aggregate import Flown, assess, flown
from openline.utm.uss.conformance import Conformity, watched
from openline.utm.uss.inside import is_inside
from openline.utm.uss.intents import OFF_NOMINAL, Own, Wanted
from openline.utm.uss.limits import AGG_CONF_MON_EVALUATION_PERIOD_MS
from openline.utm.uss.notifying import Event
from openline.utm.uss.ports import LogKind
from openline.utm.uss.shapes import shape_of
from openline.utm.uss.timing import Errand, errand
from openline.utm.uss.whereabouts import anticipated, prolonged, sample_of
from openline.utm.wire.details import VehicleTelemetry
from openline.utm.wire.references import OperationalIntentState
from openline.utm.wire.volumes import Volume4D

TICK_S: Final = 1.0
MOST_A_TICK: Final = 200
"""Flights that one look at the clock sees to; the others wait for the next."""

_S = OperationalIntentState
_log = structlog.get_logger("openline.uss")


class _OfOperator(msgspec.Struct, frozen=True):
    operator: str
    flown: Flown


class Watch:
    """Sees to flights that move, and to those whose time has come."""

    def __init__(self, given: Given, filing: Filing) -> None:
        self._given = given
        self._filing = filing

    async def run(self, may_tend: Callable[[], bool]) -> None:
        """Until it is cancelled. may_tend: whether this replica is the one that sees to it now."""
        if not self._given.store.is_shared:
            await self._tried(self.settle_all())
        while True:
            if may_tend():
                await self._tried(self.tick())
            await asyncio.sleep(TICK_S)

    async def _tried(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except OpenlineError as fault:
            _log.warning("flights not seen to", code=fault.code)
        except Exception:
            _log.exception("flights not seen to")

    async def settle_all(self) -> None:
        """After a crash or a restore, where nobody else can be at it: what was left open is settled now, and
        what stands is compared with what the DSS says. Among replicas the tick sees to the former.
        """
        for kept in await self._given.stored(self._given.store.all):
            await self._guarded(kept.own, self._compared(kept.own))

    async def _compared(self, own: Own) -> None:
        if own.pending is not None or own.to_tell or own.ended_ms is not None:
            await self._filing.settle(own.flight_id)
        elif not await self._filing.is_as_told(own.flight_id):
            now_ms = self._given.now_ms()
            await self._given.tell_user(Event.LOST, own.flight_id, own.intent_id, now_ms)

    async def tick(self) -> None:
        now_ms = self._given.now_ms()
        due = await self._given.stored(self._given.store.due, now_ms, MOST_A_TICK)
        await asyncio.gather(*(self._guarded(kept.own, self._see_to(kept.own, now_ms)) for kept in due))

    async def _guarded(self, own: Own, work: Coroutine[Any, Any, None]) -> None:
        """One flight's trouble is no other's; it is tried again with the next tick."""
        try:
            await work
        except OpenlineError as fault:
            _log.warning("not seen to", flight=own.flight_id, code=fault.code)
        except Exception:
            _log.exception("not seen to", flight=own.flight_id)

    async def _see_to(self, own: Own, now_ms: int) -> None:
        what = errand(own, now_ms)
        if what is None:
            await self._filing.changed(own.flight_id, lambda it: it)  # when to look next is reckoned anew
            return
        match what:
            case (Errand.SETTLE, _):
                await self._filing.settle(own.flight_id)
            case (Errand.END, _):
                await self.end(own.flight_id)
                await self._tell_of_state(own, "Ended")
            case (Errand.DECLARE, state) if state is not None:
                await self._declare(own, state, now_ms)

    # Positions
    async def position(self, flight_id: str, telemetry: VehicleTelemetry) -> None:
        """Raises NotFound ``no-such-flight``, Invalid ``no-position``."""
        sample = sample_of(telemetry)

        def seen(own: Own) -> Own:
            return msgspec.structs.replace(own, telemetry=telemetry, conformity=self._watched(own, telemetry))

        own = await self._filing.changed(flight_id, seen)
        if own is None or own.state is None or own.ended_ms is not None:
            raise NotFound("no-such-flight", f"there is no flight {flight_id[:64]}", field="flight_id")
        now_ms = max(self._given.now_ms(), sample.time_ms)
        what = errand(own, now_ms)
        if what is not None and what[0] is Errand.DECLARE and what[1] is not None:
            await self._declare(own, what[1], now_ms)
        elif own.state in OFF_NOMINAL and not _is_in(own, telemetry, own.details.off_nominal_volumes):
            await self._declare(own, own.state, now_ms)

    def _watched(self, own: Own, telemetry: VehicleTelemetry) -> Conformity:
        """On the ground before it is activated: that counts for nothing."""
        if own.state not in (_S.ACTIVATED, _S.NONCONFORMING, _S.CONTINGENT):
            return own.conformity
        inside = _is_in(own, telemetry, own.details.volumes)
        return watched(own.conformity, sample_of(telemetry), inside)

    # What is declared by itself
    async def _declare(self, own: Own, state: OperationalIntentState, now_ms: int) -> None:
        area = own.details.volumes if state is _S.ACTIVATED else _whereabouts(own, now_ms)
        wanted = Wanted(state=state, area=area, priority=own.details.priority, operator=own.operator)
        await self._filing.file(own.flight_id, wanted)
        if state is not own.state:
            await self._tell_of_state(own, state.value)

    async def _tell_of_state(self, own: Own, state: str) -> None:
        now_ms = self._given.now_ms()
        text = f"{own.state} before, {state} now"
        await self._given.tell_user(Event.STATE_CHANGED, own.flight_id, own.intent_id, now_ms, (), text)

    # Ends
    async def end(self, flight_id: str) -> Own:
        """With it, its operator's flights of the last days are looked at together (F3548-21 ACM)."""
        own = await self._filing.end(flight_id)
        if own.conformity.flown_ms:
            await self._add_up(own)
        return own

    async def _add_up(self, own: Own) -> None:
        given, now_ms = self._given, self._given.now_ms()
        value = msgspec.json.encode(_OfOperator(own.operator, flown(own.conformity, now_ms)))
        await given.stored(given.store.log, LogKind.FLOWN, str(uuid.uuid4()), now_ms, value)
        since_ms = now_ms - AGG_CONF_MON_EVALUATION_PERIOD_MS
        logged = await given.stored(given.store.logged, LogKind.FLOWN, since_ms, now_ms)
        flights = [msgspec.json.decode(one.value, type=_OfOperator) for one in logged]
        found = assess((one.flown for one in flights if one.operator == own.operator), now_ms)
        if found.shortcomings:
            text = f"{', '.join(found.shortcomings)}: {found.inside_percent:.1f} % of the time inside"
            await given.tell_user(Event.NOT_PERFORMING, own.flight_id, own.intent_id, now_ms, (), text)


def _is_in(own: Own, telemetry: VehicleTelemetry, volumes: tuple[Volume4D, ...]) -> bool:
    return bool(volumes) and is_inside(sample_of(telemetry), shape_of(own.intent_id, volumes).volumes)


def _whereabouts(own: Own, now_ms: int) -> tuple[Volume4D, ...]:
    if own.telemetry is not None and own.telemetry.position is not None:
        return (anticipated(own.telemetry, now_ms),)
    return prolonged(own.details.off_nominal_volumes or own.details.volumes, now_ms)
