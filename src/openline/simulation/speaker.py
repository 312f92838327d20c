"""One end of a line: carries out what the real pump wants, over a wire that loses and delays.

It is to the wire what ``openline.link.client`` is to HTTP: each lane and the HEADS by exchanges of their own,
answers are heard, what they call for is sent, and what brings no answer in time has failed.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from openline.journal.entry import Lane
from openline.link.batch import decode_answer, encode_answer, encode_batch, split_batches
from openline.link.pace import fitting
from openline.link.pump import MAX_FOLLOW_UPS, Marks, Pump, Sending, Want
from openline.node.reach import Failure, Report
from openline.simulation.wire import Packet
from openline.units import MS_PER_SECOND

if TYPE_CHECKING:
    from openline.simulation.centre import Centre
    from openline.simulation.founding import Line
    from openline.simulation.world import World

ANSWER_TIMEOUT_MS: Final = 20_000
AT_ONCE_MS: Final = 10
"""How long after news a node speaks."""
LANES: Final[Mapping[Want, Lane]] = {Want.URGENT: Lane.URGENT, Want.ROUTINE: Lane.ROUTINE}


class _Exchange:
    """One sending, and what its answers call for. asked_ms: when the question went out, by our own clock."""

    def __init__(self, sending: Sending, waiting: list[tuple[bytes, ...]], asked_ms: int) -> None:
        self.sending = sending
        self.waiting = waiting
        self.asked_ms: int | None = asked_ms
        self.posted = 0


class Speaker:
    """What one centre says and hears on one line."""

    def __init__(self, world: "World", centre: "Centre", line: "Line") -> None:
        self.world = world
        self.centre = centre
        self.line = line
        self.partner = line.other(centre.name)
        self._last = 0  # the number of the last question
        self._turn_ms: int | None = None
        self.restart()

    def restart(self) -> None:
        """A process begins: nothing of a session is left."""
        self.pump = Pump(self.line.newest.heartbeat_ms / MS_PER_SECOND)
        self._open: dict[int, _Exchange] = {}  # by the number of the question whose answer is awaited
        self.wake()

    @property
    def now_s(self) -> float:
        """True time: no leap of a wall clock moves a monotonic one."""
        return self.world.scheduler.now_ms / MS_PER_SECOND

    @property
    def is_urgent_on_its_way(self) -> bool:
        return any(it.sending.want is Want.URGENT for it in self._open.values())

    # When it is its turn

    def wake(self, delay_ms: int = AT_ONCE_MS) -> None:
        """Take a turn in ``delay_ms``, if none comes sooner."""
        at_ms = self.world.scheduler.now_ms + delay_ms
        if self._turn_ms is None or at_ms < self._turn_ms:
            self._turn_ms = at_ms
            self.world.scheduler.after(delay_ms, lambda: self._turn(at_ms))

    def news(self) -> None:
        self.pump.news(self.marks())
        self.wake()

    def marks(self) -> Marks:
        node = self.centre.node
        return {want: node.lane_mark(self.line.accord_id, lane) for want, lane in LANES.items()}

    def _turn(self, at_ms: int) -> bool:
        if at_ms != self._turn_ms:
            return False  # another turn has come before
        self._turn_ms = None
        if not self.world.has_line(self.centre, self.line):
            return False
        want = self.pump.want(self.now_s)
        if want is Want.WAIT:
            self.wake(max(AT_ONCE_MS, round(self.pump.wait_s(self.now_s) * MS_PER_SECOND)))
            return False
        sending = self.pump.begin(want, self.now_s)
        is_step = self._heads(sending) if want is Want.HEADS else self._outbound(sending)
        self.wake()
        return is_step

    def _heads(self, sending: Sending) -> bool:
        accord_id = self.line.accord_id
        outcome = self.world.call_itself(
            self.centre, "HEADS", lambda node, now_ms: node.opening(accord_id, now_ms)
        )
        if outcome.value is None:
            return self._fail(sending)
        self.pump.leaves(sending, sum(map(len, outcome.value)), self.now_s)
        self._begin(sending, outcome.value)
        return True

    def _outbound(self, sending: Sending) -> bool:
        accord_id, lanes = self.line.accord_id, [LANES[sending.want]]
        outcome = self.world.call_itself(
            self.centre,
            "looks what to send",
            lambda node, _: node.outbound(accord_id, lanes=lanes),
            quiet=True,
        )
        if outcome.value is None:
            return self._fail(sending)
        batch = fitting(outcome.value, self.pump.pace.budget_bytes)
        if not self.centre.node.session_of(accord_id).open:
            self.pump.no_session(sending, self.now_s)
        elif not batch:
            self.pump.nothing_to_say(sending, self.marks()[sending.want])
        elif self.pump.may_send(sending, batch, self.now_s):
            self.world.note(self.centre, f"sends {len(batch)} {lanes[0]} to {self.partner}")
            self._begin(sending, batch)
            return True
        return False

    # One exchange

    def _begin(self, sending: Sending, items: Sequence[bytes]) -> None:
        asked_ms = self.world.scheduler.now_ms + self.centre.clock_ms
        self._post(_Exchange(sending, list(split_batches(items)), asked_ms))

    def _post(self, exchange: _Exchange) -> None:
        items = exchange.waiting.pop(0)
        self.world.leaves(self.centre, self.line, items)
        exchange.posted += 1
        self._last += 1
        number = self._last
        self._open[number] = exchange
        self._send(encode_batch(items), number, is_answer=False)
        self.world.scheduler.after(ANSWER_TIMEOUT_MS, lambda: self._no_answer(number))

    def _send(self, body: bytes, exchange: int, *, is_answer: bool) -> None:
        way = self.line.accord_id, self.centre.name, self.partner
        self.world.wire.send(Packet(*way, exchange, is_answer, body))

    def _no_answer(self, number: int) -> bool:
        exchange = self._open.pop(number, None)
        return exchange is not None and self._fail(exchange.sending)

    def _fail(self, sending: Sending) -> bool:
        if self.pump.failed(sending, self.now_s) and self.world.has_line(self.centre, self.line):
            self._report(Report(failure=Failure.TIMED_OUT, detail="no answer"))
        self.wake()
        return True

    def _report(self, report: Report) -> None:
        accord_id = self.line.accord_id
        self.world.call_itself(
            self.centre, "reports", lambda node, now_ms: node.report(accord_id, report, now_ms), quiet=True
        )

    def hear_answer(self, packet: Packet) -> bool:
        """The answer to an open exchange; one that comes too late, or twice, meets nobody."""
        exchange = self._open.pop(packet.exchange, None)
        if exchange is None:
            return False
        if exchange.posted == 1:
            self.pump.answered(exchange.sending, self.now_s)
        items = decode_answer(packet.body).items
        if items:
            heard = self.world.receive(self.centre, self.line, items, exchange.asked_ms)
            exchange.asked_ms = None
            if heard is None:
                return self._fail(exchange.sending)
            exchange.waiting += split_batches(heard.answers, self.pump.pace.budget_bytes)
            if heard.taken and self.centre.node.session_of(self.line.accord_id).recovering:
                self.pump.reopen()
        if exchange.waiting and exchange.posted <= MAX_FOLLOW_UPS:
            self._post(exchange)
        else:
            self._delivered(exchange.sending)
        return True

    def _delivered(self, sending: Sending) -> None:
        if sending.want is Want.HEADS:
            self.pump.heads_delivered(sending, self.now_s)
            self._report(Report())
        else:
            self.pump.batch_delivered(sending, self.now_s)
        self.wake()

    def hear_question(self, packet: Packet, items: Sequence[bytes]) -> None:
        """What the partner (or whoever speaks for it) sends; the answer goes back once it is committed."""
        heard = self.world.receive(self.centre, self.line, items)
        if heard is None:
            return  # 503: the partner's patience counts it as a failure
        self.world.leaves(self.centre, self.line, heard.answers)
        self.pump.heard(self.now_s, messages=heard.taken > 0, marks=self.marks())
        self.wake()
        if packet.exchange:
            self._send(encode_answer(heard.answers, heard.problems), packet.exchange, is_answer=True)
