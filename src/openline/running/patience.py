"""How long, and with how much, a caller may keep a connection busy: of the line, and of the F3548 listener.

uvicorn closes a connection that is idle between requests, and waits for ever within one. Here a watch looks
at all connections each second: a request that has not arrived whole in time is answered 408, and an answer
that nobody fetches is given up.
"""

import asyncio
from http import HTTPStatus
from typing import Any, ClassVar, Final

import msgspec
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from openline.errors import Invalid, LimitExceeded, OpenlineError

REQUEST_S: Final = 20.0
"""From the first byte (or from connecting) to the last byte of one request."""
LINE_REQUEST_S: Final = 120.0
"""The same on the line, once its headers have come: a large batch on a bad way takes its time."""
ANSWER_S: Final = 30.0
"""How long nothing of an answer may be fetched."""
MAX_HEAD_BYTES: Final = 64 * 1024
"""Request line and headers together; what has come with the last piece is not counted."""
WATCH_S: Final = 1.0

_TOO_SLOW: Final = Invalid("too-slow", "the request took too long to arrive", clause="REQUEST_S")
_TOO_LARGE: Final = LimitExceeded("head-too-large", "the headers are too large", clause="MAX_HEAD_BYTES")


class Patient(HttpToolsProtocol):
    """One connection, with what the watch needs to know of it."""

    whole_s: ClassVar[float] = 0.0
    """How long a request may take whose headers have come, where that is longer than REQUEST_S."""

    @staticmethod
    def body_of(fault: OpenlineError) -> bytes:
        """The answer to a request that did not arrive, as this listener's callers read it."""
        return msgspec.json.encode(fault.as_dict())

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._since_s: float | None = self.loop.time()
        self._head_bytes: int | None = 0
        self._unfetched = (0, 0.0)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._head_bytes is not None:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._end(431, _TOO_LARGE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._since_s = self.loop.time()
        self._head_bytes = 0

    def on_headers_complete(self) -> None:
        self._head_bytes = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._since_s = None
        super().on_message_complete()

    def check(self, now_s: float) -> None:
        """Called by the watch."""
        longest_s = REQUEST_S if self._head_bytes is not None else max(REQUEST_S, self.whole_s)
        if self._since_s is not None and now_s - self._since_s > longest_s:
            self._end(408, _TOO_SLOW)
        waiting = self.transport.get_write_buffer_size()
        size, since_s = self._unfetched
        if not waiting or waiting != size:
            self._unfetched = (waiting, now_s)
        elif now_s - since_s > ANSWER_S:
            self.transport.abort()

    def _end(self, status: int, fault: OpenlineError) -> None:
        """An answer where none has begun, and the end of the connection."""
        self._since_s = self._head_bytes = None
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(_answer(status, self.body_of(fault)))
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()


class OfTheLine(Patient):
    whole_s = LINE_REQUEST_S


def _answer(status: int, body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body


async def watch(server: uvicorn.Server) -> None:
    """Until it is cancelled."""
    while True:
        await asyncio.sleep(WATCH_S)
        now_s = asyncio.get_running_loop().time()
        connections: list[Any] = list(server.server_state.connections)
        for connection in connections:
            connection.check(now_s)
