"""Works that share a transaction: each stands or falls by itself; nobody hears of it before it is kept."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from openline.coordination.fact import Fact
from openline.coordination.messages import Check, Kind, Officer, Reason, Resume, Suspend
from openline.errors import Refused, Unavailable
from openline.journal.entry import Lane
from openline.node import speaking
from openline.node.node import Node
from openline.node.ports import Store, Transaction
from openline.node.together import Joint
from openline.running.thread import NodeThread
from openline.store.store import open_store
from simulation.war_room import NOW_MS, WarRoom

WHO = Officer(position="desk-1", pseudonym="north-7", automaton=False)


class Counted:
    """A store that counts its transactions, holds a commit back, or fails at it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.begun = 0
        self.may_commit = threading.Event()
        self.may_commit.set()
        self.fails: Exception | None = None

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        self.begun += 1
        with self._store.writing() as tx:
            yield tx
            self.may_commit.wait()
            if self.fails is not None:
                raise self.fails

    def reading(self):  # type: ignore[no-untyped-def]
        return self._store.reading()


@pytest.fixture
def room(tmp_path: Path) -> WarRoom:
    """Stores on the disk: what is committed there can be read while a transaction is open."""
    room = WarRoom()
    bundle = room.signed(room.draft(exercise=True))
    for name, party in room.parties.items():
        party.store = open_store(tmp_path / f"{name}.db")
        party.restart()
        party.node.install_accord(bundle.data, NOW_MS)
    room.exchange()
    return room


def said(room: WarRoom, name: str = "alpha") -> list[str]:
    """The kinds on the urgent lane, straight from the store, in order."""
    with room.parties[name].store.reading() as tx:
        entries = tx.entries(room.accord_id, name, Lane.URGENT, 0, 1_000)
        assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
        return [entry.kind for entry in entries]


def records(room: WarRoom) -> int:
    with room.parties["alpha"].store.reading() as tx:
        return len(tx.private_records(0, 1_000))


def say(room: WarRoom, node: Node, kind: Kind = Kind.CHECK) -> Fact:
    body = Check(officer=WHO) if kind is Kind.CHECK else Resume()
    return node.say(room.accord_id, kind, body, NOW_MS)


def say_and_break(room: WarRoom, node: Node) -> Fact:
    with node.step(NOW_MS) as step:
        speaking.say(step, step.desk(room.accord_id), Kind.CHECK, Check(officer=WHO))
        raise KeyError("a fault after something was said")


def test_what_may_not_be_said_stops_none_of_the_others_and_leaves_no_trace(room: WarRoom) -> None:
    before = records(room)
    check, suspend = (Kind.CHECK, Check(officer=WHO)), (Kind.SUSPEND, Suspend(reason=Reason.TECHNICAL))
    outcomes = room["alpha"].say_many(
        room.accord_id, [check, (Kind.RESUME, Resume()), suspend, suspend, check], NOW_MS
    )
    assert [getattr(it, "code", "said") for it in outcomes] == [
        "said", "not-suspended", "said", "already-suspended", "said",
    ]  # fmt: skip
    assert said(room) == ["CHECK", "SUSPEND", "CHECK"]
    assert records(room) == before
    room.exchange()
    assert room.status("alpha").digest == room.status("bravo").digest


def test_a_work_that_fails_after_it_has_changed_something_leaves_no_trace(room: WarRoom) -> None:
    node = room["alpha"]
    works = [partial(say, room, node), partial(say_and_break, room, node), partial(say, room, node)]
    outcomes = node.together(works, NOW_MS)
    assert [type(it.fault) for it in outcomes] == [type(None), KeyError, type(None)]
    assert [it.value.stamp.number for it in outcomes if it.value] == [1, 2]
    assert said(room) == ["CHECK", "CHECK"]
    room.exchange()
    assert said(room, "alpha") == ["CHECK", "CHECK"]
    assert room.status("alpha").digest == room.status("bravo").digest


def test_a_refusal_costs_no_new_reading_of_the_picture(room: WarRoom) -> None:
    node = room["alpha"]
    with node.looking() as (_, desks, _own):
        desk = desks[room.accord_id]
    with pytest.raises(Refused):
        say(room, node, Kind.RESUME)
    with node.looking() as (_, desks, _own):
        assert desks[room.accord_id] is desk


def test_a_commit_that_fails_is_told_to_all_and_nothing_is_kept_anywhere(room: WarRoom) -> None:
    party = room.parties["alpha"]
    store = Counted(party.store)
    node = Node(store, party.node_key, "alpha", room.id)
    say(room, node)
    store.fails = Unavailable("disk-full", "there is no room left to store it")
    with pytest.raises(Unavailable):
        node.together([partial(say, room, node), partial(say, room, node)], NOW_MS)
    store.fails = None
    assert said(room) == ["CHECK"]
    assert say(room, node).stamp.number == 2


class Clock:
    def now_ms(self) -> int:
        return NOW_MS


def test_what_waits_is_committed_together_and_answered_only_then(room: WarRoom) -> None:
    party = room.parties["alpha"]
    store = Counted(party.store)
    node = Node(store, party.node_key, "alpha", room.id)
    turn = NodeThread(node, Clock())
    busy, go = threading.Event(), threading.Event()

    def first(node: Node, now_ms: int) -> None:
        busy.set()
        go.wait()

    async def story() -> None:
        alone = asyncio.create_task(turn(first))
        await asyncio.to_thread(busy.wait)
        works = [Joint(lambda node, _: say(room, node)) for _ in range(5)]
        works.insert(2, Joint(lambda node, _: say(room, node, Kind.RESUME)))
        waiting = [asyncio.ensure_future(turn(work)) for work in works]
        await asyncio.sleep(0)
        store.may_commit.clear()
        go.set()
        await alone
        while not store.begun:
            await asyncio.sleep(0)
        assert not any(it.done() for it in waiting)
        assert said(room) == []
        store.may_commit.set()
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert [getattr(it, "code", "said") for it in answers].count("said") == 5
        assert isinstance(answers[2], Refused)
        assert store.begun == 1
        assert said(room) == ["CHECK"] * 5

    asyncio.run(story())
    turn.close()


def test_a_store_that_cannot_be_written_is_told_to_everybody_who_waits(room: WarRoom) -> None:
    party = room.parties["alpha"]
    store = Counted(party.store)
    turn = NodeThread(Node(store, party.node_key, "alpha", room.id), Clock())

    async def story() -> None:
        store.fails = Unavailable("disk-full", "there is no room left to store it")
        asked = [turn(Joint(lambda node, _: say(room, node))) for _ in range(3)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert {type(it) for it in answers} == {Unavailable}
        store.fails = None
        assert (await turn(Joint(lambda node, _: say(room, node)))).stamp.number == 1

    asyncio.run(story())
    turn.close()
