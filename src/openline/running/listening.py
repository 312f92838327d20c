"""A listener: an address, perhaps TLS, and an application behind it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

import uvicorn

from openline.bootstrap import F3548, Listener
from openline.errors import Invalid, Unavailable
from openline.link.sockets import OPTIONS
from openline.running.patience import Patient, watch

KEEP_ALIVE_S: Final = 75
"""Longer than a partner's heartbeat, so that a quiet line needs no new handshake."""
STOP_S: Final = 5
MAX_CONNECTIONS: Final = 200
BACKLOG: Final = 64


Address = Listener | F3548
"""Whatever names host, port and TLS files."""


class _Server(uvicorn.Server):
    """Signals are ours: two servers of one process must stop together."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def listening(
    app: Any, listener: Address, name: str, home: Path, protocol: type[Patient] = Patient
) -> AsyncIterator[int]:
    """A server on its listener's address, where nobody may be slow for long; gives the port."""
    with bind(listener, name) as bound:
        async with serving_on(bound, config_of(app, listener, name, home, protocol)) as server:
            watching = asyncio.create_task(watch(server))
            try:
                yield bound.getsockname()[1]
            finally:
                watching.cancel()


@contextlib.asynccontextmanager
async def serving_on(bound: socket.socket, config: uvicorn.Config) -> AsyncIterator[uvicorn.Server]:
    """The same on a socket that is bound already."""
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        while not server.started:
            if task.done():
                raise task.exception() or Unavailable("not-listening", "the listener did not start")
            await asyncio.sleep(0.005)
        yield server
    finally:
        server.should_exit = True
        await asyncio.gather(task, return_exceptions=True)


def bind(listener: Address, name: str) -> socket.socket:
    try:
        found = socket.getaddrinfo(
            listener.host, listener.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (OSError, OverflowError) as fault:
        raise Invalid(
            "bad-host", f"{listener.host!r} is no address ({fault})", field=f"{name}.host"
        ) from None
    family, _, _, _, address = found[0]
    try:
        return _named_tcp(socket.create_server(address[:2], family=family, backlog=BACKLOG))
    except (OSError, OverflowError) as fault:
        raise Unavailable(
            "port-taken",
            f"the {name} cannot listen on {listener.host} port {listener.port} ({fault})",
            field=f"{name}.port",
            remedy="stop what listens there, or choose another port (0: any) in openline.toml",
        ) from None


def config_of(
    app: Any,
    listener: Address,
    name: str,
    home: Path,
    protocol: type[Patient] = Patient,
    connections: int = MAX_CONNECTIONS,
) -> uvicorn.Config:
    """protocol: how long callers may be slow. Raises Invalid ``bad-tls``."""
    config = uvicorn.Config(
        app,
        http=protocol,
        ws="none",
        lifespan="off",
        loop="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=connections,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOP_S,
        ssl_certfile=in_home(home, listener.tls_certificate),
        ssl_keyfile=in_home(home, listener.tls_key),
    )
    try:
        config.load()
    except (OSError, ValueError, TypeError, AssertionError) as fault:
        raise Invalid(
            "bad-tls",
            f"the {name}'s certificate and key cannot be used ({fault})",
            field=f"{name}.tls_certificate",
            remedy="give both tls_certificate and tls_key, as PEM files that belong together",
        ) from None
    return config


def in_home(home: Path, path: str | None) -> str | None:
    """Paths of settings are seen from the node's directory."""
    return None if path is None else str(home / path)


def _named_tcp(bound: socket.socket) -> socket.socket:
    """The same socket under its protocol's name. asyncio turns Nagle's delay off only where it reads TCP
    there; without it every answer of two packets waits 40 ms for the other side's delayed acknowledgement.
    Connections have the options of the socket that accepts them.
    """
    named = socket.socket(bound.family, bound.type, socket.IPPROTO_TCP, fileno=bound.detach())
    for option in OPTIONS:
        named.setsockopt(*option)
    return named
