"""From our DSS to the line: what suppliers filed there is an operation of the node, told to partners."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec
import structlog

from openline.accord.terms import Accord
from openline.airspace.operation import Operation, State
from openline.bridge.outbound import Due, concerns, due, is_far, is_of_this_version, operation_of
from openline.bridge.standing import Standing
from openline.errors import OpenlineError, Unavailable
from openline.node.node import Node
from openline.node.supplied import NOT_TOLD
from openline.running.bridging.given import NOT_TAKEN, Given, Problems, Stands
from openline.utm.wire.details import OperationalIntentDetails

AT_ONCE: Final = 64
"""Intents that are looked at together: their details are fetched at the same time."""
TAKEN_AT_ONCE: Final = 8
"""Of them in one step of the node: what else writes into the store waits for a step to end."""
PATIENCE_S: Final = 1.5
"""For details: a little more than MaxRespondToOIDetailsRequest. Our USS goes on asking, and knows what it was
answered when it is asked again; meanwhile the extents stand.
"""
DEAF_S: Final = 5.0
"""So long nobody waits for a supplier that has not answered."""
ASK_AGAIN_S: Final = (2.0, 5.0, 15.0, 60.0)
"""After how long a supplier that did not answer is asked again; then each minute."""
OVER: Final = "already-over"
"""What is refused with this code ended while it was looked at."""
TELL_AGAIN_S: Final = 30.0
"""How often what an accord did not let be told is tried again: a horizon comes nearer."""

_log = structlog.get_logger("openline.bridge")


class Look(msgspec.Struct, frozen=True):
    """An intent that partners have to know of. before: how the node holds it now."""

    standing: Standing
    before: Operation | None


class Outbound:
    """One life of it begins with `begin`."""

    def __init__(
        self,
        given: Given,
        stands: Stands,
        steady_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._given = given
        self._stands = stands
        self.problems = Problems(given.turn, NOT_TAKEN)
        self._steady_s = steady_s
        self._again_at_s: dict[str, float] = {}
        self._tries: dict[str, int] = {}  # how often it was in vain
        self._deaf_until_s: dict[str, float] = {}  # by base URL: who did not answer is not waited for
        self._tell_again_s = 0.0

    async def begin(self) -> None:
        """What the node holds of suppliers and the DSS has not is over."""
        self.problems.begin()
        self._again_at_s, self._tries, self._deaf_until_s = {}, {}, {}
        held = await self._given.turn(lambda node, _: _held(node))
        standing = set(self._stands.all_filed())
        await self._take([], [name for name in held if name not in standing])

    async def look(self) -> bool:
        """Everything that has changed, and what it is time to ask for again. Raises as the node does; what
        was not done then is looked at again.
        """
        while names := self._next():
            try:
                await self._look_at(names)
            except BaseException:
                self._again_at_s.update(dict.fromkeys(names, self._steady_s() + ASK_AGAIN_S[0]))
                raise
        if self._steady_s() >= self._tell_again_s:
            self._tell_again_s = self._steady_s() + TELL_AGAIN_S
            if await self._given.turn(_tell_again):
                self._given.wake()
        return True

    def _next(self) -> list[str]:
        names = self._stands.take_changed(AT_ONCE)
        now_s = self._steady_s()
        ripe = [name for name, at_s in self._again_at_s.items() if at_s <= now_s and name not in names]
        names += ripe[: AT_ONCE - len(names)]
        for name in names:
            self._again_at_s.pop(name, None)
        return names

    async def _look_at(self, names: Sequence[str]) -> None:
        pairs = [(name, self._stands.filed(name)) for name in names]
        looks, over = await self._given.turn(lambda node, now_ms: self._sorted(node, now_ms, pairs))
        for name in names:
            if name not in looks and self._stands.filed(name) is None:
                self._forget(name)
        details = await asyncio.gather(*(self._details(look.standing) for look in looks.values()))
        pairs_of = list(zip(looks.values(), details, strict=True))
        made = await asyncio.to_thread(lambda: [operation_or_fault(*pair) for pair in pairs_of])
        for look, it in zip(looks.values(), made, strict=True):
            if isinstance(it, OpenlineError):
                self._not_taken(look.standing, it)
        await self._take([it for it in made if isinstance(it, Operation)], over)

    def _sorted(
        self, node: Node, now_ms: int, pairs: Iterable[tuple[str, Standing | None]]
    ) -> tuple[dict[str, Look], list[str]]:
        """Those whose details are wanted, and the ids of operations that are over."""
        looks: dict[str, Look] = {}
        over = []
        with node.looking() as (_, desks, own):
            accords = [desk.line.accord for desk in desks.values() if not desk.line.picture.line.ended]
            for name, standing in pairs:
                before = own.get(name)
                what = due(standing, before, now_ms)
                if what is Due.END:
                    over.append(name)
                elif what is Due.LOOK and standing is not None and self._concerns(standing, before, accords):
                    looks[name] = Look(standing, before)
        return looks, over

    def _concerns(self, standing: Standing, before: Operation | None, accords: Sequence[Accord]) -> bool:
        """Also what concerned somebody before: that it has left the area has to be told."""
        if before is not None and before.state is not State.ENDED:
            return True
        if is_far(standing, accords):
            self.problems.gone(standing.id.lower())
            return False
        try:
            told = bool(accords) and concerns(operation_of(standing, None, None), accords)
        except OpenlineError as fault:
            self._not_taken(standing, fault)
            return False
        self.problems.gone(standing.id.lower())
        return told

    # Details
    async def _details(self, standing: Standing) -> OperationalIntentDetails | None:
        """None where its supplier does not answer now; then it is asked again later."""
        now_s, name = self._steady_s(), standing.id.lower()
        deaf_until_s = self._deaf_until_s.get(standing.uss_base_url, 0.0)
        if deaf_until_s > now_s and name not in self._tries:
            self._again_at_s[name] = deaf_until_s
            return None
        try:
            async with asyncio.timeout(PATIENCE_S):
                intent = await self._given.details_of(standing.reference())
        except (OpenlineError, TimeoutError) as fault:
            code = getattr(fault, "code", "no-answer")
            _log.info("no details", intent=standing.id, supplier=standing.manager, code=code)
            if isinstance(fault, Unavailable | TimeoutError):
                self._deaf_until_s[standing.uss_base_url] = now_s + DEAF_S
            self._ask_again(name, now_s)
            return None
        self._deaf_until_s.pop(standing.uss_base_url, None)
        if not is_of_this_version(standing, intent):
            self._ask_again(name, now_s)
            return None
        self._tries.pop(name, None)
        return intent.details

    def _ask_again(self, name: str, now_s: float) -> None:
        tries = self._tries.get(name, 0)
        self._tries[name] = tries + 1
        self._again_at_s[name] = now_s + ASK_AGAIN_S[min(tries, len(ASK_AGAIN_S) - 1)]

    def _forget(self, name: str) -> None:
        self._again_at_s.pop(name, None)
        self._tries.pop(name, None)
        self.problems.gone(name)

    # Taking
    def _not_taken(self, standing: Standing, fault: OpenlineError) -> None:
        text = f"{standing.manager}'s intent {standing.id} is told to no partner: {fault.text}. Call them"
        self.problems.found(standing.id.lower(), text)

    async def _take(self, operations: Sequence[Operation], over: Sequence[str]) -> None:
        """Raises as the node does while it cannot say anything."""
        left: list[Operation | str] = [*operations, *over]
        for at in range(0, len(left), TAKEN_AT_ONCE):
            await self._take_some(left[at : at + TAKEN_AT_ONCE])
            self._given.wake()

    async def _take_some(self, some: Sequence[Operation | str]) -> None:
        """One step of the node: operations, and behind them the ids of those that are over."""
        operations = [it for it in some if isinstance(it, Operation)]
        over = [it for it in some if isinstance(it, str)]
        answers = await self._given.turn(lambda node, now_ms: node.take(operations, over, now_ms))
        for operation, answer in zip(operations, answers, strict=False):
            standing = self._stands.filed(operation.id)
            if standing is not None and isinstance(answer, OpenlineError) and answer.code != OVER:
                self._not_taken(standing, answer)
            else:
                self.problems.gone(operation.id)


def operation_or_fault(look: Look, details: OperationalIntentDetails | None) -> Operation | OpenlineError:
    """What is filed at the DSS holds where the details are none that can be read."""
    try:
        return operation_of(look.standing, details, look.before)
    except OpenlineError as fault:
        return fault if details is None else operation_or_fault(look, None)


def _held(node: Node) -> list[str]:
    """The ids of suppliers' operations that have not ended."""
    with node.looking() as (_, _desks, own):
        rows = [row.operation_id for row in own.rows() if row.state != State.ENDED]
        return [name for name in rows if own.need(name).supplier is not None]


def _tell_again(node: Node, now_ms: int) -> bool:
    with node.looking() as (tx, _, own):
        names = {alarm.alarm_id.rsplit("/", 1)[-1] for alarm in tx.alarms() if alarm.kind == NOT_TOLD}
        found = [own.get(name) for name in sorted(names)]
        waiting = [one for one in found if one is not None and one.state is not State.ENDED]
    if waiting:
        node.take([as_filed(one) for one in waiting], [], now_ms)
    return bool(waiting)


def as_filed(operation: Operation) -> Operation:
    """As its supplier has it: Proposed is our word."""
    if operation.state is not State.PROPOSED:
        return operation
    return msgspec.structs.replace(operation, state=State.ACCEPTED)
