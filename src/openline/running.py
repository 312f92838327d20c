"""A node at work: line, console, clients and clock in one process, until it is told to stop.

Everything that touches the node goes through one thread of its own (`NodeThread`): the node is not made for two at
once, and the store allows one writer. The event loop never waits for a disk.
"""

import asyncio
import contextlib
import fcntl
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import structlog
import uvicorn

from openline.api.console_api import console_app
from openline.api.guard import check_loopback
from openline.api.services import Drawn, Services
from openline.bootstrap import Clock, Listener, Opened, Partner, PersistedClock
from openline.console.page import page_routes
from openline.console.picture import picture_svg
from openline.errors import Invalid, NotFound, OpenlineError, Refused, Unavailable
from openline.formats.geojson import read_operations
from openline.formats.geojson_text import geojson_of
from openline.journal.entry import Lane
from openline.link.client import Client
from openline.link.https import LineApp
from openline.node.node import Node
from openline.reports import Reporter
from openline.units import MS_PER_SECOND

SERVING: Final = "serving.json"
LOCK: Final = "serving.lock"
TICK_S: Final = 1.0
LONGEST_HEARTBEAT_S: Final = 20.0
"""In real time, whatever the accord says of a simulated one."""
KEEP_ALIVE_S: Final = 75
"""Longer than a partner's heartbeat, so that a quiet line needs no new handshake."""
STOP_S: Final = 5
MAX_CONNECTIONS: Final = 200
BACKLOG: Final = 64

_log = structlog.get_logger("openline")
T = TypeVar("T")


class Bound(msgspec.Struct, frozen=True):
    """What runs where: the process, and the ports of line and console (chosen ones too). It is what serving.json
    holds.
    """

    pid: int
    line: int
    console: int


def serve(opened: Opened, *, ready: Callable[[Bound], None] = lambda bound: None) -> None:
    """Serve until SIGTERM or SIGINT; the store stays open, for it is the caller's.

    ready: called once, when both listeners answer. Raises Refused ``console-not-loopback``, ``already-serving``;
    Unavailable ``port-taken``; Invalid ``bad-tls``, ``bad-host``, ``bad-partner-url``, ``bad-tls-ca``; NotFound
    ``no-such-line`` for a partner without an accord.
    """
    _log_to_stderr()
    check_loopback(opened.settings.console.host)
    with _alone(opened.home.directory):
        asyncio.run(_until_signalled(opened, ready))


async def _until_signalled(opened: Opened, ready: Callable[[Bound], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(opened) as bound:
        ready(bound)
        await stop.wait()


# The node's thread


class NodeThread:
    """Runs work on the node, one at a time and in the order asked for."""

    def __init__(self, node: Node, clock: Clock) -> None:
        self._node = node
        self._clock = clock
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="node")

    async def __call__(self, work: Callable[[Node, int], T], /) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._do, work)

    def _do(self, work: Callable[[Node, int], T]) -> T:
        return work(self._node, self._clock.now_ms())

    def close(self) -> None:
        """After what has begun: a step is whole or never was."""
        self._threads.shutdown(wait=True, cancel_futures=True)


# The wiring


@contextlib.asynccontextmanager
async def running(opened: Opened) -> AsyncIterator[Bound]:
    """Everything at work; it stops, in order, when the block ends."""
    turn = NodeThread(opened.node, opened.clock)
    clients: dict[str, Client] = {}

    def on_heard(accord_id: str, taken: int) -> None:
        if accord_id in clients:
            clients[accord_id].heard(taken)

    def wake() -> None:
        for client in clients.values():
            client.wake()

    line = LineApp(turn, on_heard)
    console = console_app(_services(opened, turn, line, wake), page_routes())
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(turn.close)
        heartbeats = await turn(lambda node, _: _heartbeats(node))
        for partner in opened.settings.partners:
            clients[partner.accord] = _client(opened, turn, partner, heartbeats)
        line_port = await stack.enter_async_context(_listening(line.asgi, opened.settings.line, "line", opened))
        console_port = await stack.enter_async_context(
            _listening(console, opened.settings.console, "console", opened)
        )
        bound = Bound(os.getpid(), line_port, console_port)
        stack.enter_context(_announced(opened.home.directory, bound))
        tasks = [asyncio.create_task(client.run()) for client in clients.values()]
        tasks.append(asyncio.create_task(_tick(turn, wake)))
        stack.push_async_callback(_cancel, tasks)
        _log.info("serving", party=opened.settings.party, line=line_port, console=console_port)
        yield bound
        _log.info("stopping", party=opened.settings.party)


def _services(opened: Opened, turn: NodeThread, line: LineApp, wake: Callable[[], None]) -> Services:
    clock = opened.clock
    return Services(
        turn=turn,
        party=opened.settings.party,
        title=opened.settings.title,
        version=_version(),
        clock=opened.settings.clock,
        read_filing=read_operations,
        as_geojson=geojson_of,
        draw=_draw,
        step_clock=clock.step_to if isinstance(clock, PersistedClock) else None,
        wake=wake,
        line_refusals=lambda: line.refused,
    )


def _draw(drawn: Drawn) -> str:
    return picture_svg(
        drawn.told,
        drawn.conflicts,
        us=drawn.us,
        title=drawn.title,
        exercise=drawn.exercise,
        now_ms=drawn.now_ms,
    )


def _version() -> str:
    try:
        return version("openline")
    except PackageNotFoundError:
        return "unknown"


def _heartbeats(node: Node) -> dict[str, float]:
    with node.looking() as (_, desks, _own):
        return {name: desk.line.accord.heartbeat_ms / MS_PER_SECOND for name, desk in desks.items()}


def _client(opened: Opened, turn: NodeThread, partner: Partner, heartbeats: dict[str, float]) -> Client:
    if partner.accord not in heartbeats:
        raise NotFound(
            "no-such-line",
            f"a partner is configured for accord {partner.accord}, and this accord is not installed",
            field="partners.accord",
            remedy="install it with openline accord sign, or take the partner out of openline.toml",
        )
    return Client(
        partner.accord,
        partner.url,
        turn,
        lambda: _newest_said(opened, partner.accord),
        heartbeat_s=min(heartbeats[partner.accord], LONGEST_HEARTBEAT_S),
        tls_ca=_in_home(opened, partner.tls_ca),
    )


def _newest_said(opened: Opened, accord_id: str) -> tuple[int, ...]:
    """The heads of our own lanes, straight from the store: another process may have moved them."""
    with opened.store.reading() as tx:
        return tuple(tx.lane_head(accord_id, opened.settings.party, lane).number for lane in Lane)


async def _tick(turn: NodeThread, wake: Callable[[], None]) -> None:
    """What time brings about, each second of real time; a failure is told and tried again."""
    reporter = Reporter()
    while True:
        try:
            said = await turn(reporter.tick)
            if said:
                wake()
        except OpenlineError as fault:
            _log.error("tick failed", word=fault.word, code=fault.code)
        except Exception:
            _log.exception("tick failed")
        await asyncio.sleep(TICK_S)


async def _cancel(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


# Listeners


class _Server(uvicorn.Server):
    """Signals are ours: two servers of one process must stop together."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def _listening(app: Any, listener: Listener, name: str, opened: Opened) -> AsyncIterator[int]:
    """A server on its listener's address; gives the port."""
    with _bind(listener, name) as bound:
        server = _Server(_config(app, listener, name, opened))
        task = asyncio.create_task(server.serve(sockets=[bound]))
        try:
            while not server.started:
                if task.done():
                    raise task.exception() or Unavailable("not-listening", f"the {name} did not start")
                await asyncio.sleep(0.005)
            yield bound.getsockname()[1]
        finally:
            server.should_exit = True
            await asyncio.gather(task, return_exceptions=True)


def _bind(listener: Listener, name: str) -> socket.socket:
    try:
        found = socket.getaddrinfo(
            listener.host, listener.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (OSError, OverflowError) as fault:
        raise Invalid("bad-host", f"{listener.host!r} is no address ({fault})", field=f"{name}.host") from None
    family, _, _, _, address = found[0]
    try:
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as fault:
        raise Unavailable(
            "port-taken",
            f"the {name} cannot listen on {listener.host} port {listener.port} ({fault})",
            field=f"{name}.port",
            remedy="stop what listens there, or choose another port (0: any) in openline.toml",
        ) from None


def _config(app: Any, listener: Listener, name: str, opened: Opened) -> uvicorn.Config:
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",
        loop="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOP_S,
        ssl_certfile=_in_home(opened, listener.tls_certificate),
        ssl_keyfile=_in_home(opened, listener.tls_key),
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


def _in_home(opened: Opened, path: str | None) -> str | None:
    """Paths of settings are seen from the node's directory."""
    return None if path is None else str(opened.home.directory / path)


# What others see of it


@contextlib.contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """One serving process a node: the kernel takes the lock back from one that was killed."""
    with (directory / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refused(
                "already-serving",
                "another process serves this node",
                field="directory",
                remedy=f"{SERVING} beside it says which",
            ) from None
        yield


@contextlib.contextmanager
def _announced(directory: Path, bound: Bound) -> Iterator[None]:
    """serving.json while it runs. After a kill -9 a stale one stays, and the next start writes over it."""
    path = directory / SERVING
    beside = path.with_name(SERVING + ".new")
    beside.write_bytes(msgspec.json.encode(bound))
    beside.replace(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _log_to_stderr() -> None:
    """One line an event, no payloads: what was refused, what alarms, what changed."""
    import sys

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
