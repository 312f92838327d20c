"""The listener's application: every request goes one way, and every error becomes an answer.

Route, known token or flood, verify, flood, scope, body, decide, answer. What is refused is refused before
more of it is read.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any, Final

import msgspec
import structlog

from openline.api.f3548 import body as bodies
from openline.api.f3548.auth import Tokens, check_scopes
from openline.api.f3548.flood import Buckets
from openline.api.f3548.operation import Asked, Operation
from openline.api.f3548.refusals import Headers, TooManyRequests, nothing_here, refusal
from openline.api.f3548.routing import Found, Router
from openline.errors import OpenlineError, Unavailable
from openline.utm.dss.requests import Caller

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

JSON: Final = (b"content-type", b"application/json")
NO_STORE: Final = (b"cache-control", b"no-store")
NO_MORE: Final[Headers] = []
NOBODY: Final = Caller("")
GONE: Final = 499
"""Counted where the caller has gone before he was answered."""
_encode: Final = msgspec.json.Encoder().encode
_log = structlog.get_logger("openline.f3548")


class F3548App:
    """The ASGI application. answered: how often an operation was answered with a status; busy_s: for how
    long it was at it, in seconds.
    """

    def __init__(
        self,
        operations: Sequence[Operation],
        tokens: Tokens,
        requests_per_second: float,
        steady_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._router = Router(operations)
        self._decoders = {
            operation.id: msgspec.json.Decoder(operation.body) for operation in operations if operation.body
        }
        self._tokens = tokens
        self._callers = Buckets(requests_per_second)
        self._strangers = Buckets(requests_per_second)
        self._held = bodies.Held()
        self._steady_s = steady_s
        self.answered: Counter[tuple[str, int]] = Counter()
        self.busy_s: defaultdict[str, float] = defaultdict(float)

    async def __call__(self, scope: Scope, receive: bodies.Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        began_s = self._steady_s()
        operation: Operation | None = None
        try:
            found = self._found(scope)
            operation = found.operation
            answer = await operation.handler(await self._asked(found, scope, receive, began_s))
            status, body, headers = operation.status, b"" if answer is None else _encode(answer), NO_MORE
        except bodies.Disconnected:
            self.answered[_name(operation), GONE] += 1
            return
        except Exception as fault:
            status, body, headers = refusal(_known(fault, operation), operation)
        self.answered[_name(operation), status] += 1
        self.busy_s[_name(operation)] += self._steady_s() - began_s
        await _send(send, status, body, headers)

    def _found(self, scope: Scope) -> Found:
        """Raises NotFound ``no-such-path``, Invalid ``method-not-allowed``, ``bad-path``."""
        found = self._router.find(scope["method"], scope.get("raw_path") or scope["path"].encode())
        if found is None:
            raise nothing_here(scope["path"])
        return found

    async def _asked(self, found: Found, scope: Scope, receive: bodies.Receive, now_s: float) -> Asked:
        operation = found.operation
        headers: dict[bytes, bytes] = dict(scope["headers"])
        caller = NOBODY
        if operation.scopes is not None:
            caller = await self._caller(headers.get(b"authorization"), scope, now_s)
            check_scopes(caller, operation.scopes)
        body = None
        if operation.body is not None:
            length = headers.get(b"content-length")
            bodies.check_type(headers.get(b"content-type"), length)
            data = await bodies.read(receive, length, self._held)
            body = bodies.decode(data, self._decoders[operation.id])
        return Asked(caller, found.path, body, scope["query_string"])

    async def _caller(self, authorization: bytes | None, scope: Scope, now_s: float) -> Caller:
        """Strangers are counted by address, for checking a signature costs more than most requests."""
        caller = self._tokens.known(authorization)
        if caller is None:
            address = (scope.get("client") or ("",))[0]
            _take(self._strangers, address, now_s, "this address")
            caller = await self._tokens.verify(authorization)
        _take(self._callers, caller.manager, now_s, caller.manager)
        return caller


def _known(fault: Exception, operation: Operation | None) -> OpenlineError:
    """Ours, as it is; what nobody foresaw is logged. Of refusals only the metrics tell: a flood must not fill
    the log as well.
    """
    if not isinstance(fault, OpenlineError):
        _log.error("fault", operation=_name(operation), exc_info=fault)
        return Unavailable("fault", "this node failed on it", remedy="see its log, and try again")
    if isinstance(fault, Unavailable):
        _log.warning("unavailable", operation=_name(operation), code=fault.code)
    return fault


def _take(buckets: Buckets, who: str, now_s: float, name: str) -> None:
    wait_s = buckets.take(who, now_s)
    if wait_s:
        raise TooManyRequests(wait_s, name)


def _name(operation: Operation | None) -> str:
    return operation.id if operation is not None else "none"


async def _send(send: Send, status: int, body: bytes, more: Headers) -> None:
    headers = [NO_STORE, *more]
    if status != 204:
        headers += [JSON, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
