"""The connections to one partner, against a server of which a test decides which connection answers."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from openline.link import channels as module
from openline.link.batch import MEDIA_TYPE
from openline.link.channels import WARM, Channels, GivenUp

ANSWER = f"HTTP/1.1 200 OK\r\ncontent-type: {MEDIA_TYPE}\r\ncontent-length: 0\r\n\r\n".encode()
HEALTH = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


class Server:
    """dumb: connections (counted from 0) on which nothing is answered. hasty: those that close after one."""

    def __init__(self) -> None:
        self.dumb: set[int] = set()
        self.hasty: set[int] = set()
        self.connections = 0
        self.posts: list[int] = []

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number, self.connections = self.connections, self.connections + 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                if head.startswith(b"POST"):
                    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                    await reader.readexactly(length)
                    self.posts.append(number)
                if number in self.dumb:
                    continue
                writer.write(ANSWER if head.startswith(b"POST") else HEALTH)
                await writer.drain()
                if number in self.hasty:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[Server, Channels]]:
    server = Server()
    listening = await asyncio.start_server(server.handle, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    channels = Channels(f"http://127.0.0.1:{port}", "/line/v1/x", ssl.create_default_context())
    try:
        yield server, channels
    finally:
        await channels.close()
        listening.close()


def run(work: Callable[[Server, Channels], Awaitable[None]]) -> None:
    async def course() -> None:
        async with asyncio.timeout(20), connected() as (server, channels):
            await work(server, channels)

    asyncio.run(course())


async def until(what: Callable[[], bool]) -> None:
    while not what():
        await asyncio.sleep(0.005)


def test_exchanges_one_after_the_other_share_a_connection_and_a_stalled_one_holds_up_none() -> None:
    async def work(server: Server, channels: Channels) -> None:
        server.dumb = {0}
        stalled = asyncio.create_task(channels.post(b"first\n"))
        await until(lambda: server.posts == [0])
        for _ in range(3):
            await channels.post(b"more\n")
        assert server.posts == [0, 1, 1, 1]
        stalled.cancel()
        await asyncio.gather(stalled, return_exceptions=True)

    run(work)


def test_warm_connections_stand_ready_before_they_are_needed() -> None:
    async def work(server: Server, channels: Channels) -> None:
        channels.keep_warm()
        channels.keep_warm()
        await until(lambda: len(channels._idle) == WARM)
        assert server.connections == WARM
        await asyncio.gather(*(channels.post(b"it\n") for _ in range(WARM)))
        assert server.connections == WARM

    run(work)


def test_a_connection_that_was_idle_for_long_is_used_once_so_that_it_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "WARM_AGAIN_S", 0.0)

    async def work(server: Server, channels: Channels) -> None:
        await channels.post(b"it\n")
        (before,) = channels._idle
        first = before.used_s
        channels.keep_warm()
        await until(lambda: before in channels._idle)
        assert before.used_s != first

    run(work)


def test_what_was_closed_while_it_was_idle_costs_no_failure() -> None:
    async def work(server: Server, channels: Channels) -> None:
        server.hasty = {0}
        await channels.post(b"it\n")
        await channels.post(b"it\n")
        assert server.posts[-1] == 1

    run(work)


def test_a_fresh_connection_is_a_new_one() -> None:
    async def work(server: Server, channels: Channels) -> None:
        await channels.post(b"it\n")
        await channels.post(b"it\n", fresh=True)
        assert server.posts == [0, 1]

    run(work)


def test_where_there_are_too_many_the_one_that_waited_longest_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_CONNECTIONS", 2)

    async def work(server: Server, channels: Channels) -> None:
        server.dumb = {0, 1}
        waiting = [asyncio.create_task(channels.post(b"it\n"))]
        await until(lambda: server.posts == [0])
        waiting.append(asyncio.create_task(channels.post(b"it\n")))
        await until(lambda: server.posts == [0, 1])
        await channels.post(b"it\n")
        assert server.posts == [0, 1, 2]
        with pytest.raises(GivenUp):
            await waiting[0]
        assert not waiting[1].done()
        waiting[1].cancel()
        await asyncio.gather(waiting[1], return_exceptions=True)

    run(work)


def test_an_exchange_without_an_answer_is_given_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "give_up_s", lambda size: 0.1)

    async def work(server: Server, channels: Channels) -> None:
        server.dumb = {0}
        with pytest.raises(TimeoutError):
            await channels.post(b"it\n")
        assert not channels._busy

    run(work)


def test_where_the_partner_was_not_reached_nothing_old_is_used_again() -> None:
    async def work(server: Server, channels: Channels) -> None:
        server.dumb = {1}
        await channels.post(b"it\n")
        await channels.post(b"it\n")
        first = asyncio.create_task(channels.post(b"it\n", fresh=True))
        await until(lambda: server.posts == [0, 0, 1])
        channels.drop()
        with pytest.raises(GivenUp):
            await first
        await channels.post(b"it\n")
        assert server.posts == [0, 0, 1, 2]

    run(work)
