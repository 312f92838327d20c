"""One end of a line: carries out what the real pump wants, over a wire that loses and delays.

It is to the wire what ``openline.link.client`` is to HTTP: one exchange at a time, answers are heard, what
they call for is sent, and what brings no answer in time has failed.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from openline.link.batch import decode_answer, encode_answer, encode_batch, split_batches
from openline.link.pump import MAX_FOLLOW_UPS, Pump, Want
from openline.simulation.wire import Packet
from openline.units import MS_PER_SECOND

if TYPE_CHECKING:
    from openline.simulation.centre import Centre
    from openline.simulation.founding import Line
    from openline.simulation.world import World

ANSWER_TIMEOUT_MS: Final = 20_000
AT_ONCE_MS: Final = 10
"""How long after news a node speaks."""


class Speaker:
    """What one centre says and hears on one line."""

    def __init__(self, world: "World", centre: "Centre", line: "Line") -> None:
        self.world = world
        self.centre = centre
        self.line = line
        self.partner = line.other(centre.name)
        self._exchange = 0
        self._turn_ms: int | None = None
        self.restart()

    def restart(self) -> None:
        """A process begins: nothing of a session is left."""
        self.pump = Pump(self.line.newest.heartbeat_ms / MS_PER_SECOND)
        self._end_exchange()
        self.wake()

    def _end_exchange(self) -> None:
        self._open = 0  # the exchange whose answer is awaited
        self._is_heads = False
        self._waiting: list[tuple[bytes, ...]] = []
        self._posted = 0

    @property
    def now_s(self) -> float:
        """True time: no leap of a wall clock moves a monotonic one."""
        return self.world.scheduler.now_ms / MS_PER_SECOND

    # When it is its turn

    def wake(self, delay_ms: int = AT_ONCE_MS) -> None:
        """Take a turn in ``delay_ms``, if none comes sooner."""
        at_ms = self.world.scheduler.now_ms + delay_ms
        if self._turn_ms is None or at_ms < self._turn_ms:
            self._turn_ms = at_ms
            self.world.scheduler.after(delay_ms, lambda: self._turn(at_ms))

    def news(self) -> None:
        self.pump.news()
        self.wake()

    def _turn(self, at_ms: int) -> bool:
        if at_ms != self._turn_ms:
            return False  # another turn has come before
        self._turn_ms = None
        if not self.centre.is_up or self._open:
            return False
        want = self.pump.want(self.now_s)
        if want is Want.WAIT:
            self.wake(max(AT_ONCE_MS, round(self.pump.wait_s(self.now_s) * MS_PER_SECOND)))
            return False
        return self._heads() if want is Want.HEADS else self._outbound()

    def _heads(self) -> bool:
        accord_id = self.line.accord_id
        outcome = self.world.call_itself(
            self.centre, "HEADS", lambda node, now_ms: node.heads(accord_id, now_ms)
        )
        if outcome.value is None:
            return self._fail()
        self._begin([outcome.value], is_heads=True)
        return True

    def _outbound(self) -> bool:
        accord_id = self.line.accord_id
        outcome = self.world.call_itself(
            self.centre, "looks what to send", lambda node, _: node.outbound(accord_id), quiet=True
        )
        if outcome.value is None:
            return self._fail()
        batch = outcome.value
        if not batch:
            self.pump.nothing_to_say()
        elif self.pump.may_send(batch, self.now_s):
            self.world.note(self.centre, f"sends {len(batch)} to {self.partner}")
            self._begin(batch, is_heads=False)
            return True
        self.wake()
        return False

    # One exchange

    def _begin(self, items: Sequence[bytes], *, is_heads: bool) -> None:
        self._waiting = list(split_batches(items))
        self._is_heads, self._posted = is_heads, 0
        self._post()

    def _post(self) -> None:
        items = self._waiting.pop(0)
        self.world.leaves(self.centre, self.line, items)
        self._exchange += 1
        self._posted += 1
        self._open = self._exchange
        self._send(encode_batch(items), self._exchange, is_answer=False)
        number = self._exchange
        self.world.scheduler.after(ANSWER_TIMEOUT_MS, lambda: self._no_answer(number))

    def _send(self, body: bytes, exchange: int, *, is_answer: bool) -> None:
        way = self.line.accord_id, self.centre.name, self.partner
        self.world.wire.send(Packet(*way, exchange, is_answer, body))

    def _no_answer(self, number: int) -> bool:
        return number == self._open and self._fail()

    def _fail(self) -> bool:
        self._end_exchange()
        self.pump.failed(self.now_s)
        self.wake()
        return True

    def hear_answer(self, packet: Packet) -> bool:
        """The answer to the open exchange; one that comes too late, or twice, meets nobody."""
        if packet.exchange != self._open or not self.centre.is_up:
            return False
        self._open = 0
        items = decode_answer(packet.body).items
        if items:
            heard = self.world.receive(self.centre, self.line, items)
            if heard is None:
                return self._fail()
            self._waiting += split_batches(heard.answers)
            if heard.taken and self.centre.node.session_of(self.line.accord_id).recovering:
                self.pump.reopen()
        if self._waiting and self._posted < MAX_FOLLOW_UPS:
            self._post()
        else:
            self._delivered()
        return True

    def _delivered(self) -> None:
        is_heads = self._is_heads
        self._end_exchange()
        if is_heads:
            self.pump.heads_delivered(self.now_s)
        else:
            self.pump.batch_delivered(self.now_s)
        self.wake()

    def hear_question(self, packet: Packet, items: Sequence[bytes]) -> None:
        """What the partner (or whoever speaks for it) sends; the answer goes back once it is committed."""
        heard = self.world.receive(self.centre, self.line, items)
        if heard is None:
            return  # 503: the partner's patience counts it as a failure
        self.world.leaves(self.centre, self.line, heard.answers)
        self.pump.heard(self.now_s, messages=heard.taken > 0)
        self.wake()
        if packet.exchange:
            self._send(encode_answer(heard.answers, heard.problems), packet.exchange, is_answer=True)
