"""The speaking end of a line: carries out what the pump wants, over HTTPS."""

import asyncio
import ssl
import time
from collections.abc import Callable, Sequence
from typing import Final

import httpx
import structlog

from openline.errors import Invalid, OpenlineError, Unavailable
from openline.link.batch import (
    MAX_BODY_BYTES,
    MEDIA_TYPE,
    Answer,
    body_too_large,
    decode_answer,
    encode_batch,
    split_batches,
)
from openline.link.pump import MAX_FOLLOW_UPS, Pump, Want
from openline.link.turn import Turn
from openline.node.node import Node
from openline.node.results import Heard

POLL_S: Final = 0.15
"""How often the database is asked whether another process (the CLI) has said something."""

CONNECT_TIMEOUT_S: Final = 5.0
ANSWER_TIMEOUT_S: Final = 60.0

_log = structlog.get_logger("openline.link")

NewestSaid = Callable[[], object]
"""Something that is different when the heads of our lanes are: cheap, and safe in the node's thread."""


class Client:
    """Speaks on one line until it is cancelled."""

    def __init__(
        self,
        accord_id: str,
        url: str,
        turn: Turn,
        newest_said: NewestSaid,
        *,
        heartbeat_s: float,
        tls_ca: str | None = None,
    ) -> None:
        """url: where the partner listens (http or https, without a path); tls_ca: the PEM file to trust
        instead of the system's. Raises Invalid ``bad-partner-url``, ``bad-tls-ca``.
        """
        self.accord_id = accord_id
        self.pump = Pump(heartbeat_s)
        self._url = f"{_checked(url)}/line/v1/{accord_id}"
        self._trust = _trust(tls_ca)
        self._turn = turn
        self._newest_said = newest_said
        self._wake = asyncio.Event()
        self._known: object = None
        self._last_fault: str | None = None

    def wake(self) -> None:
        """Somebody in this process may have said something."""
        self.pump.news()
        self._wake.set()

    def heard(self, taken: int) -> None:
        """The partner has just spoken to us, and so many of its messages were new."""
        self.pump.heard(time.monotonic(), messages=taken > 0)
        self._wake.set()

    async def run(self) -> None:
        """Never returns; a failure is a reason to wait, not to end. May be cancelled and run again: it begins
        with HEADS, for another replica may have spoken meanwhile.
        """
        self.pump.reopen()
        timeout = httpx.Timeout(ANSWER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
        # trust_env: no proxy that happens to be in the environment stands between two control centres.
        async with httpx.AsyncClient(verify=self._trust, timeout=timeout, trust_env=False) as http:
            while True:
                await self._step(http)
                await self._rest()

    async def _step(self, http: httpx.AsyncClient) -> None:
        want = self.pump.want(time.monotonic())
        if want is Want.WAIT:
            return
        try:
            await (self._heads(http) if want is Want.HEADS else self._outbound(http))
            self._note(None)
        except (OpenlineError, httpx.HTTPError, httpx.StreamError, OSError) as fault:
            self.pump.failed(time.monotonic())
            self._note(fault)
        except Exception as fault:
            self.pump.failed(time.monotonic())
            _log.exception("fault", accord=self.accord_id)
            self._note(fault)

    def _note(self, fault: Exception | None) -> None:
        """One line in the log for each change, not for each try."""
        word = None if fault is None else getattr(fault, "code", type(fault).__name__)
        if word != self._last_fault:
            self._last_fault = word
            if word is None:
                _log.info("reached", accord=self.accord_id)
            else:
                _log.warning("unreached", accord=self.accord_id, reason=word)

    async def _rest(self) -> None:
        """Until something is due, something happens here, or another process has said something."""
        wait_s = self.pump.wait_s(time.monotonic())
        if wait_s <= 0:
            return
        try:
            async with asyncio.timeout(min(wait_s, POLL_S)):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()
        if self.pump.open:
            await self._look_for_news()

    async def _look_for_news(self) -> None:
        try:
            newest = await self._turn(lambda node, now_ms: self._newest_said())
        except OpenlineError as fault:
            self._note(fault)
            return
        if newest != self._known:
            self._known = newest
            self.pump.news()

    # Exchanges

    async def _heads(self, http: httpx.AsyncClient) -> None:
        opening = await self._turn(lambda node, now_ms: node.opening(self.accord_id, now_ms))
        await self._exchange(http, opening)
        self.pump.heads_delivered(time.monotonic())

    async def _outbound(self, http: httpx.AsyncClient) -> None:
        batch = await self._turn(lambda node, now_ms: node.outbound(self.accord_id))
        if not batch:
            self.pump.nothing_to_say()
        elif self.pump.may_send(batch, time.monotonic()):
            await self._exchange(http, batch)
            self.pump.batch_delivered(time.monotonic())

    async def _exchange(self, http: httpx.AsyncClient, items: Sequence[bytes]) -> None:
        """Send, hear the answers, send what they call for, until they call for nothing more."""
        waiting = list(split_batches(items))
        for _ in range(MAX_FOLLOW_UPS):
            if not waiting:
                return
            answer = await self._post(http, encode_batch(waiting.pop(0)))
            heard = await self._hear(answer)
            waiting += split_batches(heard.answers)

    async def _hear(self, answer: Answer) -> Heard:
        for problem in answer.problems:
            _log.warning(
                "not taken", accord=self.accord_id, word=problem.error, code=problem.code, field=problem.field
            )
        if not answer.items:
            return Heard()
        heard, recovering = await self._turn(
            lambda node, now_ms: _receive(node, self.accord_id, answer, now_ms)
        )
        for problem in heard.problems:
            _log.warning(
                "refused", accord=self.accord_id, word=problem.error, code=problem.code, field=problem.field
            )
        if recovering and heard.taken:
            self.pump.reopen()
        return heard

    async def _post(self, http: httpx.AsyncClient, body: bytes) -> Answer:
        headers = {"content-type": MEDIA_TYPE, "accept": MEDIA_TYPE, "accept-encoding": "identity"}
        async with http.stream("POST", self._url, content=body, headers=headers) as response:
            media_type = response.headers.get("content-type", "")
            if response.status_code != 200 or media_type != MEDIA_TYPE:
                raise Unavailable(
                    f"partner-answered-{response.status_code}",
                    f"the partner's listener answered {response.status_code} {media_type[:60]}",
                    field="partners.url",
                )
            return decode_answer(await _bounded(response))


def _receive(node: Node, accord_id: str, answer: Answer, now_ms: int) -> tuple[Heard, bool]:
    heard = node.receive(accord_id, answer.items, now_ms)
    return heard, node.session_of(accord_id).recovering


async def _bounded(response: httpx.Response) -> bytes:
    body = bytearray()
    async for part in response.aiter_raw():
        body += part
        if len(body) > MAX_BODY_BYTES:
            raise body_too_large()
    return bytes(body)


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


def _trust(tls_ca: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=tls_ca)
    except (OSError, ssl.SSLError) as fault:
        raise Invalid(
            "bad-tls-ca", f"{tls_ca} holds no certificate to trust ({fault})", field="partners.tls_ca"
        ) from fault
