"""The token issuer for trying it alone, as a server on this machine."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

from openline.api.f3548.issuing import IssuerKey, issuer_app
from openline.api.guard import check_loopback
from openline.bootstrap import Listener
from openline.errors import Refused
from openline.running.listening import listening


def serve_tokens(key: IssuerKey, listener: Listener, ready: Callable[[int], None]) -> None:
    """Until SIGTERM or SIGINT. ready: called with the port. Raises Refused ``issuer-not-loopback``."""
    try:
        check_loopback(listener.host)
    except Refused:
        raise Refused(
            "issuer-not-loopback",
            f"the issuer does not listen on {listener.host}: it gives a token to whoever asks",
            field="--listen",
            remedy="use 127.0.0.1; in operation an authority issues the tokens",
        ) from None
    asyncio.run(_serve(key, listener, ready))


async def _serve(key: IssuerKey, listener: Listener, ready: Callable[[int], None]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with listening(issuer_app(key), listener, "issuer", Path()) as port:
        ready(port)
        await stop.wait()
