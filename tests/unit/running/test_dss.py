"""The thread of the DSS: batches, their failures, who is told, and how it ends."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from openline.errors import Invalid, LimitExceeded, NotFound, OpenlineError, Unavailable
from openline.running import dss
from openline.running.dss import MAX_BATCH, MAX_WAITING, TRIES, DssThread
from openline.utm.dss import requests

CALLER = requests.Caller("uss1")


def question(name: str) -> requests.Request:
    return requests.GetOperationalIntent(CALLER, name)


def change(name: str) -> requests.Request:
    return requests.DeleteOperationalIntent(CALLER, name, "ovn")


def contended() -> Unavailable:
    return Unavailable("store-contended", "somebody came in between")


Answering = Callable[[list[str]], list[Any]]


class Told:
    """A registry that answers as it is told, and remembers what it was asked together."""

    def __init__(self, answering: Answering = list) -> None:
        self.answering = answering
        self.batches: list[list[str]] = []
        self.sweeps = self.polls = 0
        self.gate = threading.Event()
        self.gate.set()
        self.begun = threading.Semaphore(0)

    def load(self) -> None: ...

    def catch_up(self) -> None:
        self.polls += 1

    def answer_all(self, asked: Sequence[requests.Request], now_ms: int) -> list[Any]:
        if isinstance(asked[0], requests.Sweep):
            self.sweeps += 1
            return [None]
        names = [it.id for it in asked]  # type: ignore[union-attr]
        self.batches.append(names)
        self.begun.release()
        self.gate.wait(10)
        return self.answering(names)


class NoStore:
    def __init__(self, is_shared: bool = False) -> None:
        self.is_shared = is_shared
        self.pruned: list[tuple[int, int]] = []

    def prune(self, before_ms: int, now_ms: int) -> None:
        self.pruned.append((before_ms, now_ms))


class Noon:
    def now_ms(self) -> int:
        return 12


def with_thread(
    registry: Any, work: Callable[[DssThread], Awaitable[None]], store: Any = None, **options: Any
) -> None:
    async def run() -> None:
        thread = DssThread(registry, store or NoStore(), Noon(), **options)
        await thread.start()
        try:
            await asyncio.wait_for(work(thread), 20)
        finally:
            thread.close()

    asyncio.run(run())


async def begun(registry: Told) -> None:
    assert await asyncio.to_thread(registry.begun.acquire, timeout=10)


async def asking(thread: DssThread, *asked: requests.Request) -> list[asyncio.Task[Any]]:
    tasks = [asyncio.create_task(thread(it)) for it in asked]
    await asyncio.sleep(0)
    return tasks


async def outcomes(tasks: Sequence[asyncio.Task[Any]]) -> list[Any]:
    return list(await asyncio.gather(*tasks, return_exceptions=True))


def names(count: int) -> list[str]:
    return [f"n{number}" for number in range(count)]


def test_what_gathers_while_a_batch_is_stored_is_the_next_one_with_questions_first() -> None:
    registry = Told()

    async def work(thread: DssThread) -> None:
        registry.gate.clear()
        first = await asking(thread, change("a"))
        await begun(registry)
        rest = await asking(thread, change("b"), question("q"), change("c"), question("r"))
        registry.gate.set()
        assert await outcomes(first + rest) == ["a", "b", "q", "c", "r"]

    with_thread(registry, work)
    assert registry.batches == [["a"], ["q", "r"], ["b", "c"]]


def test_a_batch_has_a_limit_and_so_has_what_waits() -> None:
    registry = Told()

    async def work(thread: DssThread) -> None:
        registry.gate.clear()
        first = await asking(thread, change("first"))
        await begun(registry)
        waiting = await asking(thread, *map(change, names(MAX_WAITING)))
        with pytest.raises(LimitExceeded, match="dss-full"):
            await thread(question("one more"))
        registry.gate.set()
        assert await outcomes(first + waiting) == ["first", *names(MAX_WAITING)]
        assert await thread(question("later")) == "later"

    with_thread(registry, work)
    assert max(map(len, registry.batches)) == MAX_BATCH


def test_an_error_of_one_is_told_to_that_one() -> None:
    refused = NotFound("no-such-intent", "it is not here")
    registry = Told(lambda asked: [refused if name == "n1" else name for name in asked])

    async def work(thread: DssThread) -> None:
        told = await outcomes(await asking(thread, *map(change, names(3))))
        assert told == ["n0", refused, "n2"]

    with_thread(registry, work)


def test_a_contended_batch_is_begun_again_and_those_with_an_answer_are_not() -> None:
    turns = iter([[contended(), "n1"], ["n0"]])
    registry = Told(lambda asked: next(turns) if len(registry.batches) > 1 else raising(contended()))

    async def work(thread: DssThread) -> None:
        registry.gate.clear()
        tasks = await asking(thread, change("n0"), change("n1"))
        registry.gate.set()
        assert await outcomes(tasks) == ["n0", "n1"]

    with_thread(registry, work)
    assert registry.batches[-3:] == [["n0", "n1"], ["n0", "n1"], ["n0"]]


def raising(fault: Exception) -> Any:
    raise fault


def test_a_batch_that_stays_contended_is_halved_and_at_last_given_up() -> None:
    registry = Told(
        lambda asked: list(asked) if len(asked) == 1 and asked != ["n0"] else raising(contended())
    )

    async def work(thread: DssThread) -> None:
        registry.gate.clear()
        first = await asking(thread, change("x"))
        await begun(registry)
        tasks = await asking(thread, *map(change, names(3)))
        registry.gate.set()
        told = await outcomes(first + tasks)
        assert told[0] == "x"
        assert told[1].code == "store-contended"
        assert told[2:] == ["n1", "n2"]

    with_thread(registry, work)
    assert registry.batches.count(["n0", "n1", "n2"]) == registry.batches.count(["n0"]) == TRIES


@pytest.mark.parametrize(
    "fault", [Invalid("not-storable", "no"), ZeroDivisionError()], ids=["invalid", "bug"]
)
def test_one_request_that_breaks_its_batch_breaks_it_for_nobody_else(fault: Exception) -> None:
    registry = Told(lambda asked: raising(fault) if "n5" in asked else list(asked))

    async def work(thread: DssThread) -> None:
        told = await outcomes(await asking(thread, *map(change, names(9))))
        assert [it for it in told if it is not fault] == [name for name in names(9) if name != "n5"]
        assert told[5] is fault
        assert await thread(change("after")) == "after"

    with_thread(registry, work)


def test_a_store_that_fails_is_not_asked_again_for_each() -> None:
    down = Unavailable("store-unreachable", "no database")
    registry = Told(lambda asked: raising(down))

    async def work(thread: DssThread) -> None:
        registry.gate.clear()
        first = await asking(thread, change("first"))
        await begun(registry)
        rest = await asking(thread, *map(change, names(20)))
        registry.gate.set()
        assert await outcomes(first + rest) == [down] * 21

    with_thread(registry, work)
    assert registry.batches == [["first"], names(20)]


def test_who_gives_up_before_its_batch_is_not_done_and_after_it_hurts_nobody() -> None:
    registry = Told()

    async def work(thread: DssThread) -> None:
        registry.gate.clear()
        first = await asking(thread, change("begun"))
        await begun(registry)
        rest = await asking(thread, change("not begun"), change("stays"))
        for task in (*first, rest[0]):
            task.cancel()
        await asyncio.sleep(0)
        registry.gate.set()
        assert await rest[1] == "stays"

    with_thread(registry, work)
    assert registry.batches == [["begun"], ["stays"]]


def test_closing_finishes_what_has_begun_and_tells_the_others() -> None:
    registry = Told()

    async def run() -> list[Any]:
        thread = DssThread(registry, NoStore(), Noon())  # type: ignore[arg-type]
        await thread.start()
        registry.gate.clear()
        tasks = await asking(thread, change("begun"))
        await begun(registry)
        tasks += await asking(thread, change("waits"), question("waits too"))
        closing = asyncio.create_task(asyncio.to_thread(thread.close))
        await asyncio.sleep(0.02)
        registry.gate.set()
        told = await outcomes(tasks)
        await closing
        return told + await outcomes(await asking(thread, change("late")))

    told = asyncio.run(run())
    assert told[0] == "begun"
    assert [getattr(it, "code", it) for it in told[1:]] == ["dss-closed"] * 3
    assert registry.batches == [["begun"]]


def test_what_cannot_be_loaded_is_raised_at_the_start() -> None:
    class Damaged(Told):
        def load(self) -> None:
            raise Unavailable("store-corrupt", "a row cannot be read")

    async def work(thread: DssThread) -> None: ...

    with pytest.raises(OpenlineError, match="store-corrupt"):
        with_thread(Damaged(), work)


@pytest.mark.parametrize("is_shared", [False, True])
def test_it_sweeps_and_prunes_and_polls_where_others_write_too(
    is_shared: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dss, "SWEEP_EVERY_S", 0.01)
    monkeypatch.setattr(dss, "POLL_EVERY_S", 0.01)
    registry, store = Told(), NoStore(is_shared)

    async def work(thread: DssThread) -> None:
        while registry.sweeps < 3 or len(store.pruned) < 3:
            await asyncio.sleep(0.01)

    with_thread(registry, work, store)
    assert (registry.polls > 0) == is_shared
    assert all(now - before == dss.KEEP_CHANGES_MS for before, now in store.pruned)


def test_only_the_replica_whose_duty_it_is_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dss, "SWEEP_EVERY_S", 0.005)
    asked = threading.Semaphore(0)

    def may_tend() -> bool:
        asked.release()
        return False

    registry, store = Told(), NoStore()

    async def work(thread: DssThread) -> None:
        for _ in range(3):
            assert await asyncio.to_thread(asked.acquire, timeout=10)

    with_thread(registry, work, store, may_tend=may_tend)
    assert (registry.sweeps, store.pruned) == (0, [])


def test_a_sweep_that_fails_is_tried_again_and_requests_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dss, "SWEEP_EVERY_S", 0.005)

    class Failing(NoStore):
        def prune(self, before_ms: int, now_ms: int) -> None:
            super().prune(before_ms, now_ms)
            raise ZeroDivisionError if len(self.pruned) % 2 else Unavailable("store-io", "no disk")

    registry, store = Told(), Failing()

    async def work(thread: DssThread) -> None:
        while len(store.pruned) < 4:
            assert await thread(change("a")) == "a"

    with_thread(registry, work, store)
