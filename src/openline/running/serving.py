"""A node at work: line, console, clients and clock in one process, until it is told to stop."""

import asyncio
import contextlib
import gc
import os
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final

import structlog

from openline.api.console_api import console_app
from openline.api.guard import check_loopback
from openline.api.services import Drawn, Served, Services
from openline.bootstrap import Opened, PersistedClock
from openline.console.page import page_routes
from openline.coordination.talk_view import TalkView
from openline.errors import OpenlineError
from openline.formats.geojson import read_operations
from openline.formats.geojson_text import geojson_of
from openline.link.https import LineApp
from openline.running.listening import listening
from openline.running.partners import Partners
from openline.running.patience import OfTheLine
from openline.running.presence import Bound, alone, announced
from openline.running.replicas import Replica
from openline.running.reporter import Reporter, log_to_stderr
from openline.running.thread import NodeThread

if TYPE_CHECKING:
    from openline.running.suppliers import Suppliers

TICK_S: Final = 1.0

_log = structlog.get_logger("openline")


def serve(opened: Opened, *, ready: Callable[[Bound], None] = lambda bound: None) -> None:
    """Serve until SIGTERM or SIGINT; the store stays open, for it is the caller's.

    ready: called once, when both listeners answer. Raises Refused ``console-not-loopback``,
    ``already-serving``; Unavailable ``port-taken``; Invalid ``bad-tls``, ``bad-host``,
    ``bad-partner-url``, ``bad-tls-ca``; NotFound ``no-such-line`` for a partner without an accord.
    """
    log_to_stderr()
    check_loopback(opened.settings.console.host)
    with alone(opened.home.directory), asyncio.Runner(loop_factory=_faster(opened)) as runner:
        runner.run(_until_signalled(opened, ready))


def _faster(opened: Opened) -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where suppliers are served: it takes a third off what each of their requests costs."""
    if opened.settings.f3548 is None:
        return None
    import uvloop

    return uvloop.new_event_loop


async def _until_signalled(opened: Opened, ready: Callable[[Bound], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(opened) as bound:
        gc.freeze()  # what was read stays: the collector need not look through 100,000 operations for cycles
        ready(bound)
        await stop.wait()


@contextlib.asynccontextmanager
async def running(opened: Opened) -> AsyncIterator[Bound]:
    """Everything at work; it stops, in order, when the block ends."""
    turn = NodeThread(opened.node, opened.clock)
    replica = Replica(opened.store)
    partners = Partners(opened, turn, replica)
    wake = partners.wake
    line = LineApp(turn, partners.heard)
    home = opened.home.directory
    served: list[Suppliers] = []
    console = console_app(_services(opened, turn, line, wake, served), page_routes())
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(turn.close)
        await partners.begin()
        line_port = await stack.enter_async_context(
            listening(line.asgi, opened.settings.line, "line", home, OfTheLine)
        )
        console_port = await stack.enter_async_context(
            listening(console, opened.settings.console, "console", home)
        )
        if opened.settings.f3548 is not None:
            from openline.running.suppliers import Lines, suppliers  # only here: the engine is slow to load

            at_work = suppliers(opened.settings.f3548, opened, replica, _version(), Lines(turn, wake))
            served.append(await stack.enter_async_context(at_work))
        bound = Bound(os.getpid(), line_port, console_port, served[0].port if served else None)
        stack.enter_context(announced(opened.home.directory, bound))
        tasks = [asyncio.create_task(replica.run()), asyncio.create_task(partners.watch())]
        tasks.append(asyncio.create_task(_tick(turn, wake, replica)))
        tasks.append(asyncio.create_task(_fill_indexes(turn)))
        stack.push_async_callback(_cancel, tasks)
        _log.info(
            "serving", party=opened.settings.party, line=line_port, console=console_port, f3548=bound.f3548
        )
        yield bound
        _log.info("stopping", party=opened.settings.party)


def _services(
    opened: Opened,
    turn: NodeThread,
    line: LineApp,
    wake: Callable[[], None],
    served: Sequence["Suppliers"],
) -> Services:
    clock = opened.clock
    return Services(
        turn=turn,
        party=opened.settings.party,
        title=opened.settings.title,
        version=_version(),
        clock=opened.settings.clock,
        read_filing=read_operations,
        as_geojson=geojson_of,
        as_calendar=_as_calendar,
        draw=_draw,
        step_clock=clock.step_to if isinstance(clock, PersistedClock) else None,
        wake=wake,
        line_refusals=lambda: line.refused,
        suppliers=lambda: Served(served[0].app.answered, served[0].app.busy_s) if served else Served(),
        reader=opened.settings.reader,
    )


def _as_calendar(talk: TalkView, parties: tuple[str, str], exercise: bool) -> bytes:
    from openline.formats.calendar import (
        calendar_of,  # what it is written with loads slowly, and few ask for it
    )

    return calendar_of(talk, parties, exercise=exercise)


def _draw(drawn: Drawn) -> str:
    # what it reckons with loads slowly, and serving begins without a picture
    from openline.console.picture import picture_svg

    return picture_svg(
        drawn.told,
        drawn.conflicts,
        us=drawn.us,
        title=drawn.title,
        exercise=drawn.exercise,
        now_ms=drawn.now_ms,
        width=drawn.width,
        height=drawn.height,
    )


def _version() -> str:
    try:
        return version("openline")
    except PackageNotFoundError:
        return "unknown"


async def _tick(turn: NodeThread, wake: Callable[[], None], replica: Replica) -> None:
    """What time brings about, each second of real time, in one replica; a failure is told and tried again."""
    reporter = Reporter()
    while True:
        try:
            said = await turn(reporter.tick if replica.holds() else reporter.look)
            if said:
                wake()
        except OpenlineError as fault:
            _log.error("tick failed", word=fault.word, code=fault.code)
        except Exception:
            _log.exception("tick failed")
        await asyncio.sleep(TICK_S)


async def _fill_indexes(turn: NodeThread) -> None:
    """Piece by piece after serving has begun, so that everything else comes in between. Only a question about
    a conflict that comes first waits for the rest.
    """
    try:
        if await turn(lambda node, _: node.is_indexed()):
            return
        await asyncio.to_thread(import_module, "openline.conflict.engine")  # compiled code loads slowly
        while not await turn(lambda node, _: node.fill_indexes()):
            pass
    except Exception:
        _log.exception("the conflict index is not filled")


async def _cancel(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
