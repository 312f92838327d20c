"""The speaking end of a line: carries out what the pump wants, over HTTPS."""

import asyncio
import ssl
import time
from collections.abc import Callable, Sequence
from typing import Final

import httpx
import structlog

from openline.errors import Invalid, OpenlineError
from openline.journal.entry import Lane
from openline.link.batch import Answer, encode_batch, split_batches
from openline.link.channels import Channels, GivenUp
from openline.link.failures import detail_of, failure_of
from openline.link.pace import fitting
from openline.link.pump import MAX_FOLLOW_UPS, Marks, Pump, Sending, Want
from openline.link.turn import Turn
from openline.node.node import Node
from openline.node.reach import Report
from openline.node.results import Heard
from openline.node.together import Joint
from openline.units import MS_PER_SECOND

POLL_S: Final = 0.15
"""How often the database is asked whether another process (the CLI) has said something."""
LEAST_REST_S: Final = 0.005

REPORT_EVERY_S: Final = 5.0
"""So often the node is told at the most how exchanges go that go well."""

FRESH_EVERY: Final = 3
"""Every third sending of one thing goes over a new connection: those that stood open may all be dead."""

_LANES: Final = {Want.URGENT: Lane.URGENT, Want.ROUTINE: Lane.ROUTINE}
_log = structlog.get_logger("openline.link")

NewestSaid = Callable[[], object]
"""Something that is different when the heads of our lanes are: cheap, and safe in the node's thread."""
LaneMark = Callable[[Lane], object]
"""As ``Node.lane_mark``: from memory, and safe in every thread."""


class Client:
    """Speaks on one line until it is cancelled."""

    def __init__(
        self,
        accord_id: str,
        url: str,
        turn: Turn,
        newest_said: NewestSaid,
        lane_mark: LaneMark,
        *,
        heartbeat_s: float,
        tls_ca: str | None = None,
    ) -> None:
        """url: where the partner listens (http or https, without a path); tls_ca: the PEM file to trust
        instead of the system's. Raises Invalid ``bad-partner-url``, ``bad-tls-ca``.
        """
        self.accord_id = accord_id
        self.pump = Pump(heartbeat_s)
        self._base_url = _checked(url)
        self._trust = _trust(self._base_url, tls_ca)
        self._channels = self._new_channels()
        self._turn = turn
        self._newest_said = newest_said
        self._lane_mark = lane_mark
        self._wake = asyncio.Event()
        self._at_work: set[asyncio.Task[None]] = set()
        self._known: object = None
        self._looked_s = 0.0
        self._reported_s = 0.0
        self._is_failing: bool | None = None
        self._last_fault: str | None = None

    def wake(self) -> None:
        """Somebody in this process may have said something."""
        self.pump.news(self._marks())
        self._wake.set()

    def _marks(self) -> Marks:
        return {want: self._lane_mark(lane) for want, lane in _LANES.items()}

    def heard(self, taken: int) -> None:
        """The partner has just spoken to us, and so many of its messages were new."""
        self.pump.heard(time.monotonic(), messages=taken > 0, marks=self._marks())
        self._wake.set()

    async def run(self) -> None:
        """Never returns; a failure is a reason to wait, not to end. May be cancelled and run again: it begins
        with HEADS, for another replica may have spoken meanwhile.
        """
        self.pump = self.pump.anew()
        self._channels = self._new_channels()
        try:
            while True:
                self._begin()
                await self._rest()
        finally:
            await self._end()

    def _new_channels(self) -> Channels:
        return Channels(self._base_url, f"/line/v1/{self.accord_id}", self._trust)

    def _begin(self) -> None:
        """Whatever is due now, each by itself."""
        now_s = time.monotonic()
        while (want := self.pump.want(now_s)) is not Want.WAIT:
            task = asyncio.create_task(self._send(self.pump.begin(want, now_s)))
            self._at_work.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._at_work.discard(task)
        self._wake.set()

    async def _end(self) -> None:
        for task in self._at_work:
            task.cancel()
        await asyncio.gather(*self._at_work, return_exceptions=True)
        await self._channels.close()

    async def _rest(self) -> None:
        """Until something is due, something happens here, or another process has said something."""
        wait_s = self.pump.wait_s(time.monotonic())
        try:
            async with asyncio.timeout(min(max(wait_s, LEAST_REST_S), POLL_S)):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()
        if self.pump.open and time.monotonic() - self._looked_s >= POLL_S:
            await self._look_for_news()

    async def _look_for_news(self) -> None:
        try:
            newest = await self._turn(lambda node, now_ms: self._newest_said())
        except OpenlineError as fault:
            self._note(fault)
            return
        self._looked_s = time.monotonic()
        if newest != self._known:
            self._known = newest
            self.pump.news()

    # One sending

    async def _send(self, sending: Sending) -> None:
        try:
            await (self._heads(sending) if sending.want is Want.HEADS else self._outbound(sending))
            self._note(None)
        except GivenUp:
            self.pump.abandon(sending)
        except (OpenlineError, httpx.HTTPError, httpx.StreamError, OSError) as fault:
            await self._failed(sending, fault)
        except Exception as fault:
            _log.exception("fault", accord=self.accord_id)
            await self._failed(sending, fault)

    async def _heads(self, sending: Sending) -> None:
        opening, asked_ms = await self._turn(
            lambda node, now_ms: (node.opening(self.accord_id, now_ms), now_ms)
        )
        self.pump.leaves(sending, sum(map(len, opening)), time.monotonic())
        await self._exchange(sending, opening, asked_ms)
        self.pump.heads_delivered(sending, time.monotonic())
        self._channels.keep_warm()
        await self._report_well()

    async def _outbound(self, sending: Sending) -> None:
        lane = _LANES[sending.want]
        waiting, is_open, mark, asked_ms = await self._turn(
            Joint(lambda node, now_ms: (*_outbound(node, self.accord_id, lane), now_ms))
        )
        batch = fitting(waiting, self.pump.pace.budget_bytes)
        if not is_open:
            self.pump.no_session(sending, time.monotonic())
        elif not batch:
            self.pump.nothing_to_say(sending, mark)
        elif self.pump.may_send(sending, batch, time.monotonic()):
            await self._exchange(sending, batch, asked_ms)
            self.pump.batch_delivered(sending, time.monotonic())

    async def _exchange(self, sending: Sending, items: Sequence[bytes], asked_ms: int) -> None:
        """Send, hear the answers, send what they call for, until they call for nothing more."""
        fresh = sending.sent_before % FRESH_EVERY == FRESH_EVERY - 1
        answer = await self._channels.post(encode_batch(items), fresh=fresh)
        self.pump.answered(sending, time.monotonic())
        heard = await self._hear(answer, asked_ms)
        waiting = list(split_batches(heard.answers, self.pump.pace.budget_bytes))
        for _ in range(MAX_FOLLOW_UPS):
            if not waiting:
                return
            heard = await self._hear(await self._channels.post(encode_batch(waiting.pop(0))), None)
            waiting += split_batches(heard.answers, self.pump.pace.budget_bytes)

    async def _hear(self, answer: Answer, asked_ms: int | None) -> Heard:
        for problem in answer.problems:
            _log.warning(
                "not taken", accord=self.accord_id, word=problem.error, code=problem.code, field=problem.field
            )
        if not answer.items:
            return Heard()
        heard, recovering = await self._turn(
            Joint(lambda node, now_ms: _receive(node, self.accord_id, answer, now_ms, asked_ms))
        )
        for problem in heard.problems:
            _log.warning(
                "refused", accord=self.accord_id, word=problem.error, code=problem.code, field=problem.field
            )
        if recovering and heard.taken:
            self.pump.reopen()
        return heard

    # How it went

    async def _failed(self, sending: Sending, fault: Exception) -> None:
        if not self.pump.failed(sending, time.monotonic()):
            return
        self._note(fault)
        if not isinstance(fault, OpenlineError):
            self._channels.drop()
        await self._report(Report(failure=failure_of(fault), detail=detail_of(fault)))

    async def _report_well(self) -> None:
        if self._is_failing is False and time.monotonic() - self._reported_s < REPORT_EVERY_S:
            return
        pace = self.pump.pace
        round_trip_ms = None if pace.round_trip_s is None else round(pace.round_trip_s * MS_PER_SECOND)
        await self._report(Report(round_trip_ms=round_trip_ms, repeated=pace.repeated, of=pace.of))

    async def _report(self, report: Report) -> None:
        """Evidence for people; that it cannot be kept is no reason to stop."""
        self._reported_s, self._is_failing = time.monotonic(), report.failure is not None
        try:
            await self._turn(Joint(lambda node, now_ms: node.report(self.accord_id, report, now_ms)))
        except OpenlineError as fault:
            _log.warning("not reported", accord=self.accord_id, reason=fault.code)

    def _note(self, fault: Exception | None) -> None:
        """One line in the log for each change, not for each try."""
        word = None if fault is None else getattr(fault, "code", type(fault).__name__)
        if word != self._last_fault:
            self._last_fault = word
            if word is None:
                _log.info("reached", accord=self.accord_id)
            else:
                _log.warning("unreached", accord=self.accord_id, reason=word)


def _outbound(node: Node, accord_id: str, lane: Lane) -> tuple[list[bytes], bool, object]:
    """What waits, whether there is a session at all (without one nothing is to be seen of what waits), and
    the mark of the lane.
    """
    waiting = node.outbound(accord_id, lanes=[lane])
    return waiting, node.session_of(accord_id).open, node.lane_mark(accord_id, lane)


def _receive(
    node: Node, accord_id: str, answer: Answer, now_ms: int, asked_ms: int | None
) -> tuple[Heard, bool]:
    heard = node.receive(accord_id, answer.items, now_ms, asked_ms=asked_ms)
    return heard, node.session_of(accord_id).recovering


def _checked(url: str) -> str:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError):
        parsed = httpx.URL("")
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.path not in ("", "/"):
        raise Invalid(
            "bad-partner-url",
            f"{url!r} is no address of a line",
            field="partners.url",
            remedy="write it as https://host:port",
        )
    return str(parsed).rstrip("/")


def _trust(url: str, tls_ca: str | None) -> ssl.SSLContext:
    if tls_ca is None and not url.startswith("https:"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody: the system's certificates load slowly
    try:
        return ssl.create_default_context(cafile=tls_ca)
    except (OSError, ssl.SSLError) as fault:
        raise Invalid(
            "bad-tls-ca", f"{tls_ca} holds no certificate to trust ({fault})", field="partners.tls_ca"
        ) from fault
