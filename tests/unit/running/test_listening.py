"""The listeners themselves."""

import asyncio
import socket

from openline.bootstrap import Listener
from openline.running.listening import bind


def test_no_answer_waits_for_the_other_sides_delayed_acknowledgement() -> None:
    """Nagle's delay is off on what is accepted: with it, each answer of two packets takes 40 ms."""

    async def accepted_without_delay() -> int:
        seen: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def note(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            accepted = writer.get_extra_info("socket")
            seen.set_result(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        bound = bind(Listener(), "line")
        async with await asyncio.start_server(note, sock=bound):
            _, writer = await asyncio.open_connection(*bound.getsockname())
            without_delay = await asyncio.wait_for(seen, 10)
            writer.close()
            return without_delay

    assert asyncio.run(accepted_without_delay())
