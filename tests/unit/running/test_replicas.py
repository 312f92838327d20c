"""Duties run where their lease is held, and nowhere for longer than it is."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from openline.errors import Unavailable
from openline.node.session import Kept, Session, kept, setting_name
from openline.running import replicas
from openline.running.replicas import NODE, Replica


class Database:
    """The leases of a shared store, and what a test makes of it."""

    def __init__(self) -> None:
        self.holders: dict[str, str] = {}
        self.is_down = False

    def take(self, name: str, holder: str, now_ms: int, for_ms: int) -> bool:
        if self.is_down:
            raise Unavailable("store-unreachable", "it is down")
        return self.holders.setdefault(name, holder) == holder

    def give_back(self, name: str, holder: str) -> None:
        if self.holders.get(name) == holder:
            del self.holders[name]


class Shared:
    is_shared = True


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOOK_S", "RENEW_S"):
        monkeypatch.setattr(replicas, name, 0.01)
    monkeypatch.setattr(replicas, "LET_GO_S", 0.2)


def replica(database: Database, duty: Callable[[], Any]) -> Replica:
    made = Replica(Shared())  # type: ignore[arg-type]
    made._leases = database  # type: ignore[assignment]
    made.add("line", duty)
    return made


async def until(what: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not what():
            await asyncio.sleep(0.005)


def at_work(log: list[str], name: str) -> Callable[[], Any]:
    async def duty() -> None:
        log.append(f"{name} begins")
        try:
            await asyncio.Event().wait()
        finally:
            log.append(f"{name} ends")

    return duty


def test_one_of_two_works_and_the_other_goes_on_when_it_ends() -> None:
    log: list[str] = []

    async def course() -> None:
        database = Database()
        first, second = (replica(database, at_work(log, name)) for name in ("first", "second"))
        one = asyncio.create_task(first.run())
        await until(lambda: log == ["first begins"] and first.holds(NODE))
        two = asyncio.create_task(second.run())
        await asyncio.sleep(0.1)
        assert log == ["first begins"]
        assert not second.holds(NODE)
        one.cancel()
        await asyncio.gather(one, return_exceptions=True)
        await until(lambda: log[1:] == ["first ends", "second begins"] and second.holds(NODE))
        two.cancel()
        await asyncio.gather(two, return_exceptions=True)
        assert database.holders == {}

    asyncio.run(course())
    assert log == ["first begins", "first ends", "second begins", "second ends"]


def test_a_holder_without_its_database_stops_before_anybody_may_take_over() -> None:
    log: list[str] = []

    async def course() -> None:
        database = Database()
        only = replica(database, at_work(log, "it"))
        running = asyncio.create_task(only.run())
        await until(lambda: log == ["it begins"])
        database.is_down = True
        await until(lambda: log == ["it begins", "it ends"] and not only.holds(NODE))
        database.is_down = False
        await until(lambda: log[2:] == ["it begins"])
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(course())


def test_the_times_leave_room_between_letting_go_and_taking_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert replicas.RENEW_S + replicas.LOOK_S < replicas.LET_GO_S
    assert replicas.LET_GO_S + 2 * replicas.LOOK_S <= replicas.LEASE_S
    assert replicas.LEASE_S + 2 * replicas.LOOK_S < 10


def test_a_duty_that_breaks_off_is_begun_again() -> None:
    begun: list[int] = []

    async def duty() -> None:
        begun.append(1)
        raise RuntimeError("a fault of ours")

    async def course() -> None:
        running = asyncio.create_task(replica(Database(), duty).run())
        await until(lambda: len(begun) > 2)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(course())


def test_a_store_that_nobody_shares_has_one_process_with_all_duties() -> None:
    class Lone:
        is_shared = False

    async def course() -> None:
        log: list[str] = []
        only = Replica(Lone())  # type: ignore[arg-type]
        only.add("line", at_work(log, "it"))
        running = asyncio.create_task(only.run())
        await until(lambda: log == ["it begins"])
        assert only.holds(NODE)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert log == ["it begins", "it ends"]

    asyncio.run(course())


class Rows:
    """A transaction with settings alone."""

    def __init__(self, settings: dict[str, str]) -> None:
        self.setting = settings.get


@pytest.mark.parametrize(
    ("own_ms", "others_ms", "newest_ms"), [(5, 9, 9), (9, 5, 9), (None, 5, 5), (5, None, 5)]
)
def test_a_partner_heard_by_any_replica_is_heard(
    own_ms: int | None, others_ms: int | None, newest_ms: int
) -> None:
    others = Kept(True, False, others_ms, 0, True)
    rows = Rows({setting_name("x"): msgspec.json.encode(others).decode()})
    assert kept(rows, "x", Session(heard_ms=own_ms)).heard_ms == newest_ms  # type: ignore[arg-type]
