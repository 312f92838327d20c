"""The bridge at work: what partners tell stands at our DSS, what suppliers file is told to partners.

It looks at what ought to be and at what is, and does what is missing (`openline.bridge`); so it may be killed
at any instruction, and begins again by looking. One replica does it at a time (the duty ``bridge``); every
replica answers for the details of what was told.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

import structlog

from openline.bridge.inbound import mark_of
from openline.errors import NotFound, OpenlineError, Unavailable
from openline.node.node import Node
from openline.running.bridging.availability import Availability
from openline.running.bridging.given import Given, Stands
from openline.running.bridging.inbound import LOOK_S, RETRY_S, Inbound, find
from openline.running.bridging.outbound import Outbound
from openline.utm.dss.records import Kind, Record, Ref
from openline.utm.dss.requests import Caller, GetOperationalIntent
from openline.utm.wire.details import GetOperationalIntentDetailsResponse, OperationalIntent

BRIDGE: Final = "bridge"
"""The duty's name (`running.replicas`)."""
BEHIND_TRIES: Final = 8
BEHIND_PAUSE_S: Final = 0.1
"""The DSS is told of a new notice within a moment: who asks for details in between waits for it."""
ACCORDS_S: Final = 2.0
"""How often it is asked whether there are other accords than before."""
AVAILABILITY_S: Final = 1.0
OUTBOUND_S: Final = 1.0

_log = structlog.get_logger("openline.bridge")


class Bridge:
    """Also the ``Answerer`` of `utm.uss.ports`."""

    def __init__(self, given: Given) -> None:
        self._given = given
        self._stands = Stands()
        self._inbound = Inbound(given, self._stands)
        self._outbound = Outbound(given, self._stands)
        self._availability = Availability(given)
        self._loop: asyncio.AbstractEventLoop | None = None
        given.airspace.on_change(self._changed)

    def _changed(self, records: Sequence[Record], removed: Sequence[Ref]) -> None:
        """In the DSS' own thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stands.took, records, removed)

    # For ever
    async def run(self) -> None:
        """Until it is cancelled; it may be begun again."""
        self._loop = asyncio.get_running_loop()
        try:
            while True:
                await self._live()
        finally:
            self._loop = None
            self._stands.rest()

    async def _live(self) -> None:
        """From looking at everything to another accord."""
        try:
            accords = await self._given.turn(_accords)
            if accords:
                await self._begin()
        except OpenlineError as fault:
            _log.warning("not begun", word=fault.word, code=fault.code)
            await asyncio.sleep(RETRY_S)
            return
        looks = [(self._availability.look, self._for_availability)]
        if accords:
            looks += [(self._look_in, self._for_inbound), (self._look_out, self._for_outbound)]
        loops = [asyncio.create_task(self._keep(look, wait)) for look, wait in looks]
        try:
            await self._until_other_accords(accords)
        finally:
            for task in loops:
                task.cancel()
            await asyncio.gather(*loops, return_exceptions=True)

    async def _begin(self) -> None:
        self._stands.follow()
        self._stands.began(self._given.airspace.standing(Kind.OPERATIONAL_INTENT))
        await self._inbound.begin()
        await self._outbound.begin()
        _log.info("bridging", told=len(self._stands.told))

    async def _until_other_accords(self, accords: frozenset[tuple[str, int]]) -> None:
        while True:
            await asyncio.sleep(ACCORDS_S)
            try:
                if await self._given.turn(_accords) != accords:
                    return
            except OpenlineError as fault:
                _log.warning("accords not read", word=fault.word, code=fault.code)

    async def _keep(
        self, look: Callable[[], Awaitable[bool]], wait: Callable[[bool], Awaitable[None]]
    ) -> None:
        """Look again and again; a failure is told, and looked at again."""
        while True:
            is_done = False
            try:
                is_done = await look()
            except OpenlineError as fault:
                _log.warning("not bridged", word=fault.word, code=fault.code)
            except Exception:
                _log.exception("not bridged")
            await wait(is_done)

    async def _look_in(self) -> bool:
        is_done = await self._inbound.look()
        await self._inbound.problems.show()
        return is_done

    async def _look_out(self) -> bool:
        is_done = await self._outbound.look()
        await self._outbound.problems.show()
        return is_done

    async def _for_inbound(self, is_done: bool) -> None:
        if not is_done:
            await asyncio.sleep(RETRY_S)
            return
        await _within(LOOK_S, self._stands.told_changed)

    async def _for_outbound(self, is_done: bool) -> None:
        if not is_done:
            await asyncio.sleep(RETRY_S)
        await _within(OUTBOUND_S, self._stands.filed_changed)

    async def _for_availability(self, is_done: bool) -> None:
        await asyncio.sleep(AVAILABILITY_S if is_done else RETRY_S)

    # Details of what was told
    async def intent_details(self, entity_id: str) -> GetOperationalIntentDetailsResponse | None:
        """None where no partner told of it. Raises Unavailable ``bridge-behind`` where the DSS has yet to be
        told what is newer here: details and OVN belong together.
        """
        for _ in range(BEHIND_TRIES):
            one = await self._given.turn(lambda node, _: find(node, entity_id.lower()))
            if one is None:
                return None
            try:
                asked = GetOperationalIntent(Caller(one.manager), one.id)
                reference = (await self._given.dss(asked)).operational_intent_reference
                if mark_of(reference.ovn or "") == one.mark:
                    return GetOperationalIntentDetailsResponse(OperationalIntent(reference, one.details))
            except NotFound:
                pass
            await asyncio.sleep(BEHIND_PAUSE_S)
        raise Unavailable("bridge-behind", "our DSS is being told of a newer version of it")


async def _within(seconds: float, event: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


def _accords(node: Node, _now_ms: int) -> frozenset[tuple[str, int]]:
    """Which lines there are, and under which versions they speak; an ended one is none."""
    with node.looking() as (_, desks, _own):
        return frozenset(
            (name, desk.line.accord.version)
            for name, desk in desks.items()
            if not desk.line.picture.line.ended
        )
