"""One node of bench/line.py: a real one (its thread, its listener, its client), and who speaks through it.

It runs as a process of its own. The driver sits in the same process, for an HTTP client for every message
would take more of the two processors than the node: what falls due within a few milliseconds is one call to
``Node.say_many`` through the node's thread, and is answered after its commit. Each message has a number, a
signature and an entry of its own.
"""

import argparse
import asyncio
import contextlib
import gc
import json
import resource
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import uvloop

from openline.bootstrap import Opened, open_node
from openline.cli.run import YOUNG_OBJECTS
from openline.coordination.calls import Emergency, Nature, Wanted
from openline.coordination.conversation import FreeText
from openline.coordination.messages import Kind, Officer
from openline.errors import OpenlineError
from openline.journal.entry import Lane
from openline.link.client import Client
from openline.link.https import LineApp
from openline.node.node import Node
from openline.node.together import Joint
from openline.running.listening import listening
from openline.running.thread import NodeThread

WHO = Officer(position="desk-1", pseudonym="north-7", automaton=True)
WORDS = "two helicopters will cross the river at the northern bridge in half an hour, as agreed this morning"
TICK_S = 0.01
AT_ONCE = 50
"""Messages in one call at the most."""


class Acknowledged:
    """The node's thread as its client sees it; notes when a LAM was committed here, and for what."""

    def __init__(self, turn: NodeThread, accord_id: str, node: Node) -> None:
        self._turn, self._session = turn, node.session_of(accord_id)
        self.number = 0
        self.at_s: list[float] = []

    async def __call__(self, work: Callable[[Node, int], Any]) -> Any:
        done = await self._turn(work)
        now_s, held = time.perf_counter(), self._session.partner_received.get(Lane.ROUTINE, 0)
        self.at_s += [now_s] * (held - self.number)
        self.number = max(self.number, held)
        return done


class Running:
    def __init__(self, opened: Opened) -> None:
        self.opened, self.node = opened, opened.node
        (self.partner,) = opened.settings.partners
        self.accord_id = self.partner.accord
        self.turn = NodeThread(opened.node, opened.clock)
        self.acknowledged = Acknowledged(self.turn, self.accord_id, opened.node)
        self.client = Client(
            self.accord_id,
            self.partner.url,
            self.acknowledged,
            self._newest,
            lambda lane: self.node.lane_mark(self.accord_id, lane),
            heartbeat_s=10.0,
        )
        self.said_at_s: list[float] = []

    def _newest(self) -> tuple[int, ...]:
        with self.opened.store.reading() as tx:
            return tuple(
                tx.lane_head(self.accord_id, self.opened.settings.party, lane).number for lane in Lane
            )

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        app = LineApp(self.turn, lambda accord_id, taken: self.client.heard(taken))
        async with listening(app.asgi, self.opened.settings.line, "line", self.opened.home.directory):
            task = asyncio.create_task(self.client.run())
            yield
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self.turn.close()

    async def say(self, first: int, beyond: int) -> None:
        begun_s = time.perf_counter()
        numbers = range(first, beyond)
        texts = [(Kind.TEXT, FreeText(text=f"Number {it}: {WORDS}", officer=WHO)) for it in numbers]
        facts = await self.turn(Joint(lambda node, now_ms: node.say_many(self.accord_id, texts, now_ms)))
        for fact in facts:
            assert not isinstance(fact, OpenlineError), fact
            assert fact.stamp.number == len(self.said_at_s) + 1
            self.said_at_s.append(begun_s)
        self.client.wake()


async def until(what: Callable[[], Any]) -> None:
    while not what():
        await asyncio.sleep(0.02)


async def flow(given: argparse.Namespace, running: Running) -> dict[str, Any]:
    """Speak at a rate (0: as fast as a window of unacknowledged messages lets) for some seconds, until all is
    acknowledged.
    """
    running.client.wake()
    await until(lambda: running.client.pump.open)
    await asyncio.sleep(max(0.0, given.at - time.time()))
    begun_s, cpu_s = time.perf_counter(), time.process_time()
    tasks: set[asyncio.Task[None]] = set()
    spoken = 0
    while (past_s := time.perf_counter() - begun_s) < given.seconds:
        due = int(past_s * given.rate) if given.rate else running.acknowledged.number + given.window
        while spoken < due:
            beyond = min(due, spoken + AT_ONCE)
            task = asyncio.create_task(running.say(spoken + 1, beyond + 1))
            spoken = beyond
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.sleep(TICK_S)
    within = running.acknowledged.number
    cpu_s = time.process_time() - cpu_s
    await until(lambda: running.acknowledged.number >= spoken)
    took = sorted(
        acknowledged - said
        for said, acknowledged in zip(running.said_at_s, running.acknowledged.at_s, strict=False)
    )
    return {
        "said": spoken,
        "acknowledged": within,
        "seconds": given.seconds,
        "p50_ms": took[len(took) // 2] * 1e3,
        "p99_ms": took[len(took) * 99 // 100] * 1e3,
        "longest_ms": took[-1] * 1e3,
        "cpu_s": cpu_s,
        "memory_mib": memory_mib(),
    }


async def catch_up(given: argparse.Namespace, running: Running) -> dict[str, Any]:
    """Send what the partner lacks after an outage; some seconds after it is reached, say an EMERGENCY."""
    with running.opened.store.reading() as tx:
        backlog = tx.lane_head(running.accord_id, running.opened.settings.party, Lane.ROUTINE).number
    await until(lambda: running.client.pump.open)
    begun_s = time.perf_counter()
    await asyncio.sleep(given.after)
    body = Emergency(nature=Nature.DISTRESS, wanted=Wanted.TAKE_NOTE, officer=WHO)
    said_at_s = time.time()
    await running.turn(Joint(lambda node, now_ms: node.say(running.accord_id, Kind.EMERGENCY, body, now_ms)))
    running.client.wake()
    held = running.acknowledged.number
    await until(lambda: running.acknowledged.number >= backlog)
    return {
        "backlog": backlog,
        "seconds": time.perf_counter() - begun_s,
        "held_when_said": held,
        "said_at_s": said_at_s,
        "memory_mib": memory_mib(),
    }


async def hear(given: argparse.Namespace, running: Running) -> dict[str, Any]:
    """Until so many messages and the emergency are here; when was that in the picture?"""

    def look(node: Node, now_ms: int) -> tuple[int, int]:
        with node.looking() as (_, desks, _own):
            desk = desks[running.accord_id]
            return len(list(desk.line.picture.conversed.calls())), desk.received(Lane.ROUTINE).number

    shown_at_s = None
    while True:
        calls, received = await running.turn(look)
        if calls and shown_at_s is None:
            shown_at_s = time.time()
        if received >= given.until and shown_at_s is not None:
            break
        await asyncio.sleep(0.02)
    return {"shown_at_s": shown_at_s, "memory_mib": memory_mib()}


def memory_mib() -> float:
    """The most that was resident at a time."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


WORK = {"flow": flow, "catch-up": catch_up, "hear": hear}


async def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("work", choices=WORK)
    arguments.add_argument("directory", type=Path)
    arguments.add_argument("--rate", type=float, default=0, help="messages a second; 0: all it takes")
    arguments.add_argument("--window", type=int, default=3_000, help="said and not acknowledged, at rate 0")
    arguments.add_argument("--seconds", type=float, default=10)
    arguments.add_argument("--at", type=float, default=0.0, help="when to begin, seconds since 1970")
    arguments.add_argument("--after", type=float, default=2.0, help="when to say the emergency")
    arguments.add_argument("--until", type=int, default=0, help="how many messages to wait for")
    given = arguments.parse_args()
    opened = open_node(given.directory)
    gc.set_threshold(YOUNG_OBJECTS)  # both as `openline serve` does
    gc.freeze()
    with opened.store:
        running = Running(opened)
        async with running.at_work():
            print(json.dumps(await WORK[given.work](given, running)), flush=True)
            await asyncio.to_thread(sys.stdin.read)  # the partner still speaks


if __name__ == "__main__":
    uvloop.run(main())
