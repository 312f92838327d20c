"""One HTTP call of F3548-21: its token, its time limit, its length, its record; and what the answer means."""

import asyncio
import base64
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec

from openline.errors import (
    Invalid,
    LimitExceeded,
    NotFound,
    OpenlineError,
    Refused,
    Unavailable,
    Unverifiable,
)
from openline.link.tokens import Tokens
from openline.utm.dss.conflict import AirspaceConflict
from openline.utm.space import time_of
from openline.utm.wire import references as wire

MAX_DETAILS_BYTES: Final = 4 * 1024 * 1024
"""Details of one entity: 10,000 vertices need 0.6 MB."""
MAX_RECORDED_BYTES: Final = 8 * 1024
"""Of a body, in the log of exchanges."""
T = TypeVar("T")
Record = Callable[[wire.ExchangeRecord], None]


class Reply(msgspec.Struct, frozen=True):
    status: int
    body: bytes


class Calls:
    """One HTTP call at a time limit, with its token; recorded."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        tokens: Tokens,
        *,
        allow_http: bool = False,
        record: Record = lambda exchange: None,
    ) -> None:
        self._http = http
        self._tokens = tokens
        self._allow_http = allow_http
        self._record = record

    async def __call__(
        self,
        method: str,
        url: str,
        scopes: Iterable[str],
        body: msgspec.Struct | None = None,
        *,
        within_ms: int,
        at_most: int = MAX_DETAILS_BYTES,
    ) -> Reply:
        """Raises Unavailable ``no-answer``, ``no-token``, Invalid ``answer-too-large``, Refused
        ``no-tls``, each with the host as party.
        """
        host = self._checked(url)
        content = None if body is None else msgspec.json.encode(body)
        headers = {"authorization": f"Bearer {await self._tokens.token(url, scopes)}"}
        if content is not None:
            headers["content-type"] = "application/json"
        began_ms = _now_ms()
        try:
            async with asyncio.timeout(within_ms / 1_000):
                reply = await self._sent(method, url, headers, content, at_most)
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError, TimeoutError) as fault:
            self._log(method, url, content, began_ms, None, type(fault).__name__)
            text = f"{method} {url[:200]} had no answer within {within_ms} ms ({type(fault).__name__})"
            raise Unavailable("no-answer", text, party=host) from None
        except OpenlineError as fault:
            self._log(method, url, content, began_ms, None, fault.code)
            raise fault.within(party=host) from None
        self._log(method, url, content, began_ms, reply, None)
        return reply

    async def _sent(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, at_most: int
    ) -> Reply:
        async with self._http.stream(method, url, headers=dict(headers), content=content) as answer:
            body = bytearray()
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > at_most:
                    raise LimitExceeded("answer-too-large", f"an answer has at most {at_most:,} bytes")
            return Reply(answer.status_code, bytes(body))

    def _checked(self, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise Invalid("bad-url", f"{url[:200]!r} is no address of a USS or DSS", field="uss_base_url")
        if parts.scheme == "http" and not self._allow_http:
            raise Refused(
                "no-tls",
                f"{parts.hostname} is reached without TLS, and that is not allowed here",
                party=parts.hostname,
                field="f3548.allow_http",
            )
        return parts.hostname

    def _log(
        self,
        method: str,
        url: str,
        content: bytes | None,
        began_ms: int,
        reply: Reply | None,
        problem: str | None,
    ) -> None:
        self._record(
            wire.ExchangeRecord(
                url=url,
                method=method,
                recorder_role="Client",
                request_time=time_of(began_ms),
                request_body=recorded(content or b""),
                response_time=time_of(_now_ms()),
                response_body=recorded(reply.body) if reply else "",
                response_code=reply.status if reply else 0,
                problem=problem,
            )
        )


def recorded(body: bytes) -> str:
    """As an exchange record holds a body: base64 of no more than MAX_RECORDED_BYTES."""
    return base64.b64encode(body[:MAX_RECORDED_BYTES]).decode()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


# Answers ------------------------------------------------------------------------------------------
def read(body: bytes, shape: type[T], whose: str) -> T:
    """Raises Invalid ``bad-answer`` with the party."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
        party = urlsplit(whose).hostname or whose
        text = f"the answer is no {getattr(shape, '__name__', 'answer')}: {str(fault)[:160]}"
        raise Invalid("bad-answer", text, party=party) from None


_BY_STATUS: Final[Mapping[int, tuple[type[OpenlineError], str]]] = {
    400: (Invalid, "they-say-invalid"),
    401: (Unverifiable, "they-do-not-know-us"),
    403: (Unverifiable, "they-do-not-let-us"),
    404: (NotFound, "they-have-it-not"),
    409: (Refused, "they-say-conflict"),
    412: (Refused, "they-say-precondition"),
    413: (LimitExceeded, "they-say-too-large"),
}


def refusal(reply: Reply, party: str) -> OpenlineError:
    """What a status other than 2xx means; a 409 of the DSS that names what is missing is AirspaceConflict."""
    if reply.status == 409:
        conflict = _conflict(reply.body)
        if conflict is not None:
            return AirspaceConflict(conflict).within(party=party)
    kind, code = _BY_STATUS.get(reply.status, (Unavailable, "they-failed"))
    return kind(code, f"answered {reply.status}: {_message(reply.body)}", party=party)


def _conflict(body: bytes) -> wire.AirspaceConflictResponse | None:
    try:
        answer = msgspec.json.decode(body, type=wire.AirspaceConflictResponse)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return answer if answer.missing_operational_intents or answer.missing_constraints else None


def _message(body: bytes) -> str:
    try:
        text = msgspec.json.decode(body, type=wire.ErrorResponse).message
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        text = body[:200].decode("utf-8", "replace")
    return (text or "no reason given")[:200]
