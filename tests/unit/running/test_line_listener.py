"""Slow callers of the line's listener, on real sockets: they are let go, and others are served."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from openline.bootstrap import Listener
from openline.link.batch import MEDIA_TYPE
from openline.link.https import LineApp
from openline.node.node import Node
from openline.running import patience
from openline.running.listening import listening
from openline.running.patience import OfTheLine
from simulation.war_room import WarRoom

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Open = Callable[[], Awaitable[Line]]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "REQUEST_S", 0.2)
    monkeypatch.setattr(patience, "WATCH_S", 0.02)


def run(home: Path, work: Callable[[WarRoom, Open], Awaitable[None]]) -> None:
    room = WarRoom()

    async def turn(act: Callable[[Node, int], Any]) -> Any:
        return act(room["alpha"], room.now_ms)

    async def course() -> None:
        app = LineApp(turn, lambda accord_id, taken: None)
        async with (
            asyncio.timeout(20),
            listening(app.asgi, Listener(port=0), "line", home, OfTheLine) as port,
        ):
            await work(room, lambda: asyncio.open_connection("127.0.0.1", port))

    asyncio.run(course())


def head(room: WarRoom, length: int) -> bytes:
    return (
        f"POST /line/v1/{room.accord_id} HTTP/1.1\r\nHost: x\r\nContent-Type: {MEDIA_TYPE}\r\n"
        f"Content-Length: {length}\r\n\r\n"
    ).encode()


@pytest.mark.parametrize("begun", [b"", b"POST /line", b"POST /line/v1/x HTTP/1.1\r\nHost: x\r\nConte"])
def test_headers_that_do_not_arrive_are_answered_408_and_let_go(tmp_path: Path, begun: bytes) -> None:
    async def work(room: WarRoom, opened: Open) -> None:
        reader, writer = await opened()
        writer.write(begun)
        told = await reader.read()
        assert told.startswith(b"HTTP/1.1 408 ")
        assert b'"code":"too-slow"' in told
        writer.close()

    run(tmp_path, work)


def test_headers_that_drip_are_let_go_while_others_are_heard(tmp_path: Path) -> None:
    async def work(room: WarRoom, opened: Open) -> None:
        slow, drip = await opened()
        told = asyncio.create_task(slow.read())
        heard = 0
        for byte in head(room, 10):
            if told.done():
                break
            drip.write(bytes([byte]))
            heard += await is_heard(room, opened)
            await asyncio.sleep(0.01)
        await asyncio.gather(told, return_exceptions=True)
        assert heard > 1

    run(tmp_path, work)


async def is_heard(room: WarRoom, opened: Open) -> bool:
    reader, writer = await opened()
    item = room["bravo"].heads(room.accord_id, room.now_ms) + b"\n"
    writer.write(head(room, len(item)) + item)
    answer = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    return answer.startswith(b"HTTP/1.1 200 ")


def test_a_batch_whose_headers_have_come_may_take_longer_than_they(tmp_path: Path) -> None:
    """On a bad way a large notice takes a minute."""

    async def work(room: WarRoom, opened: Open) -> None:
        reader, writer = await opened()
        item = room["bravo"].heads(room.accord_id, room.now_ms) + b"\n"
        writer.write(head(room, len(item)) + item[:10])
        others = 0
        begun_s = asyncio.get_running_loop().time()
        while asyncio.get_running_loop().time() - begun_s < 3 * patience.REQUEST_S:
            others += await is_heard(room, opened)
        writer.write(item[10:])
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert others
        writer.close()

    run(tmp_path, work)
