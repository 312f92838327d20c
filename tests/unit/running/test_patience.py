"""Slow and endless callers of the F3548 listener, on real sockets: they are let go, and others are served."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from openline.api.f3548.interface import all_operations
from openline.api.f3548.operation import Given
from openline.bootstrap import F3548
from openline.running import f3548, patience
from openline.running.f3548 import placed, supplying
from unit.api.f3548.f3548_room import ID, RSA_KEY, ScriptedDss, ScriptedUss, public_pem, token

LARGE = 64_000_000
"""Bytes of an answer that no buffer of a socket takes in."""

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class LargeUss(ScriptedUss):
    async def log_set(self, log_set_id: str) -> Any:
        return "x" * LARGE


@asynccontextmanager
async def served(home: Path) -> AsyncIterator[Callable[[], Awaitable[Line]]]:
    """Gives what opens a connection."""
    (home / "issuer.pem").write_bytes(public_pem(RSA_KEY))
    settings = F3548(port=0, keys=("issuer.pem",), audiences=("dss.example.com",))
    given = Given(dss=ScriptedDss(), uss=LargeUss(), pool="p", version="0")
    with placed(settings, home) as place:
        async with supplying(place, all_operations(given)):
            yield lambda: asyncio.open_connection("127.0.0.1", place.port)


def run(home: Path, work: Callable[[Callable[[], Awaitable[Line]]], Awaitable[None]]) -> None:
    async def all_of_it() -> None:
        async with asyncio.timeout(20), served(home) as opened:
            await work(opened)

    asyncio.run(all_of_it())


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "REQUEST_S", 0.2)
    monkeypatch.setattr(patience, "ANSWER_S", 0.2)
    monkeypatch.setattr(patience, "WATCH_S", 0.02)


def request(path: str, method: str = "GET", more: str = "") -> bytes:
    return (
        f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token()}\r\n"
        f"Content-Type: application/json\r\n{more}\r\n"
    ).encode()


GOOD = request(f"/dss/v1/subscriptions/{ID}")
BEGUN = {
    "a silent one": b"",
    "half a request line": b"GET /dss/v1/subs",
    "half a header": GOOD[:60],
    "half a body": request(f"/dss/v1/subscriptions/{ID}", "PUT", "Content-Length: 100\r\n") + b'{"ext',
    "half a chunk": request("/uss/v1/reports", "POST", "Transfer-Encoding: chunked\r\n") + b"5\r\n{",
}


@pytest.mark.parametrize("begun", BEGUN.values(), ids=BEGUN)
def test_a_request_that_does_not_arrive_is_answered_408_and_let_go(tmp_path: Path, begun: bytes) -> None:
    async def work(opened: Callable[[], Awaitable[Line]]) -> None:
        reader, writer = await opened()
        writer.write(begun)
        told = await reader.read()
        assert told.startswith(b"HTTP/1.1 408 ")
        assert b'"code":"too-slow"' in told
        writer.close()

    run(tmp_path, work)


def test_one_byte_now_and_then_is_too_slow_too_and_others_are_served_meanwhile(tmp_path: Path) -> None:
    async def work(opened: Callable[[], Awaitable[Line]]) -> None:
        slow, drip = await opened()
        told = asyncio.create_task(slow.read())
        others = sent = 0
        for byte in GOOD:
            if told.done():
                break
            drip.write(bytes([byte]))
            sent += 1
            others += await answered(opened)
            await asyncio.sleep(0.01)
        await asyncio.gather(told, return_exceptions=True)  # a reset, where a byte has crossed the answer
        assert sent < len(GOOD)
        assert others > 1

    run(tmp_path, work)


async def answered(opened: Callable[[], Awaitable[Line]]) -> bool:
    reader, writer = await opened()
    writer.write(GOOD)
    head = await reader.readuntil(b"\r\n")
    writer.close()
    return head.startswith(b"HTTP/1.1 200 ")


def test_who_is_quiet_between_two_requests_keeps_his_connection(tmp_path: Path) -> None:
    async def work(opened: Callable[[], Awaitable[Line]]) -> None:
        reader, writer = await opened()
        for _ in range(2):
            writer.write(GOOD)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 ")
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            await reader.readexactly(length)
            await asyncio.sleep(0.4)
        writer.close()

    run(tmp_path, work)


def test_more_connections_than_the_limit_are_told_503(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f3548, "MAX_CONNECTIONS", 3)
    monkeypatch.setattr(patience, "REQUEST_S", 20)

    async def work(opened: Callable[[], Awaitable[Line]]) -> None:
        lines = [await opened() for _ in range(3)]
        assert not await answered(opened)
        for _, writer in lines:
            writer.close()
        while not await answered(opened):
            await asyncio.sleep(0.01)

    run(tmp_path, work)


def test_headers_without_end_are_cut_off(tmp_path: Path) -> None:
    async def work(opened: Callable[[], Awaitable[Line]]) -> None:
        reader, writer = await opened()
        writer.write(b"GET / HTTP/1.1\r\n")
        for number in range(200):
            if writer.is_closing():
                break
            writer.write(b"x-%d: %s\r\n" % (number, b"y" * 4_000))
        told = await reader.read(4_000)
        assert told.startswith(b"HTTP/1.1 431 ")

    run(tmp_path, work)


def test_an_answer_that_nobody_fetches_is_given_up(tmp_path: Path) -> None:
    async def work(opened: Callable[[], Awaitable[Line]]) -> None:
        reader, writer = await opened()
        writer.write(request("/uss/v1/log_sets/recent"))
        await asyncio.sleep(1.5)
        received = []
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await fetch(reader, received)
        assert sum(received) < LARGE
        writer.close()

    run(tmp_path, work)


async def fetch(reader: asyncio.StreamReader, received: list[int]) -> None:
    while True:
        received.append(len(await reader.readexactly(65_536)))
