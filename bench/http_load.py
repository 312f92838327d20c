"""A client that costs little: requests made before, over so many connections, one at a time on each.

It shares the machine with the server, so it parses no more of an answer than its status and its length.
"""

import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from measuring import Samples

END = b"\r\n\r\n"
RECEIVED = 65_536


@dataclass
class Driven:
    """What came of it: seconds for each request, in the order of the answers, and how many of each status."""

    taken_s: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    refused: list[bytes] = field(default_factory=list)
    lasted_s: float = 0.0

    @property
    def each_second(self) -> float:
        return len(self.taken_s) / self.lasted_s

    def percentile_ms(self, percent: float) -> float:
        return float(np.percentile(self.samples, percent)) * 1e3

    @property
    def samples(self) -> Samples:
        return np.array(self.taken_s)


class _Connection:
    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began = 0.0
        self.held = b""

    def send(self, request: bytes) -> None:
        self.held = b""
        self.began = time.perf_counter()
        self.socket.sendall(request)

    def answer(self) -> tuple[int, bytes] | None:
        """Status and body when it is whole."""
        received = self.socket.recv(RECEIVED)
        if not received:
            raise ConnectionError("the server closed a connection")
        self.held += received
        head, end, body = self.held.partition(END)
        if not end or len(body) < _length(head):
            return None
        return int(head[9:12]), body


def _length(head: bytes) -> int:
    low = head.lower()
    at = low.index(b"content-length:") + 15
    return int(low[at:].split(b"\r", 1)[0])


def drive(addresses: list[tuple[str, int]], requests: Iterable[bytes], connections: int) -> Driven:
    """The requests, in order, over so many connections (shared out over the addresses) until all are
    answered.
    """
    waiting: Iterator[bytes] = iter(requests)
    done = Driven()
    chosen = selectors.DefaultSelector()
    open_ = [_Connection(addresses[number % len(addresses)]) for number in range(connections)]
    begin = time.perf_counter()
    for connection in open_:
        _next(connection, waiting, chosen)
    while chosen.get_map():
        for ready, _ in chosen.select():
            connection = ready.data
            answer = connection.answer()
            if answer is None:
                continue
            done.taken_s.append(time.perf_counter() - connection.began)
            done.statuses[answer[0]] += 1
            if answer[0] >= 300 and len(done.refused) < 5:
                done.refused.append(answer[1][:500])
            chosen.unregister(connection.socket)
            _next(connection, waiting, chosen)
    done.lasted_s = time.perf_counter() - begin
    for connection in open_:
        connection.socket.close()
    return done


def _next(connection: _Connection, waiting: Iterator[bytes], chosen: selectors.BaseSelector) -> None:
    request = next(waiting, None)
    if request is not None:
        connection.send(request)
        chosen.register(connection.socket, selectors.EVENT_READ, connection)


def request(method: str, path: str, token: str, body: Any = None) -> bytes:
    """As bytes; body: JSON text as bytes, or None."""
    content = body or b""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode("ascii") + content
