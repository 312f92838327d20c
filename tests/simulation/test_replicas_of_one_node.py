"""One node as two replicas over one store: the partner reaches either, one of them speaks at a time, and
nobody can tell.
"""

from collections.abc import Iterable

import pytest

from openline.airspace.operation import State
from openline.journal.entry import Lane
from openline.node import own as own_module
from openline.node.node import Node
from openline.node.own import Own
from openline.node.ports import Transaction
from openline.store import known
from simulation.war_room import NAMES, NOW_MS, WarRoom, flight

STEPS = 60


class Replicated(WarRoom):
    """alpha is two nodes on one store. What bravo posts reaches either; what alpha's speaker posts is
    answered to the speaker.
    """

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.replicas = [self.parties["alpha"].node, self.parties["alpha"].new_node()]
        self.speaker = self.replicas[0]

    def any_replica(self) -> Node:
        return self.chance.choice(self.replicas)

    def takes_over(self) -> None:
        """The other replica begins as a client does: with HEADS. What it knew of an earlier turn is old."""
        self.speaker = next(it for it in self.replicas if it is not self.speaker)
        self.post("alpha", [self.speaker.heads(self.accord_id, self.now_ms)])

    def dies(self) -> None:
        """kill -9 of the speaker: another takes over, and a new process comes in its place."""
        dead = self.speaker
        self.takes_over()
        self.replicas = [self.parties["alpha"].new_node() if it is dead else it for it in self.replicas]

    def post(self, sender: str, batch: Iterable[bytes]) -> None:
        while batch:
            receiver = self["bravo"] if sender == "alpha" else self.any_replica()
            answers = receiver.receive(self.accord_id, list(batch), self.now_ms).answers
            if not answers or self.chance.random() < 0.1:  # the answer is lost: all of it comes again
                return
            back = self.speaker if sender == "alpha" else self["bravo"]
            batch = back.receive(self.accord_id, answers, self.now_ms).answers

    def exchange_some(self) -> None:
        self.post("alpha", self.speaker.outbound(self.accord_id))
        self.post("bravo", self["bravo"].outbound(self.accord_id))

    def rest(self) -> None:
        for _ in range(100):
            self.now_ms += 1_000
            for name, node in (("alpha", self.speaker), ("bravo", self["bravo"])):
                self.post(name, [node.heads(self.accord_id, self.now_ms)])
            self.exchange_some()
            lines = [self["bravo"].status(self.now_ms)[0], self.speaker.status(self.now_ms)[0]]
            if all(it.quiet for it in lines) and lines[0].root == lines[1].root:
                return
        raise AssertionError("the line does not come to rest")


def crossing(room: Replicated, step: int) -> list[tuple[float, float, int, float]]:
    start, sense = 60.0 + step % 7, room.chance.choice((1, -1))
    return [(46.0, 7.0, 350, start), (46.0 + sense, 8.0, 350, start + 15.0)]


@pytest.mark.parametrize("seed", range(4))
def test_either_replica_hears_one_speaks_and_all_hold_one_picture(seed: int) -> None:
    room = Replicated(seed)
    room.open_session()
    room.post("alpha", [room.speaker.heads(room.accord_id, NOW_MS)])
    filed = {name: set() for name in NAMES}  # type: dict[str, set[str]]
    for step in range(STEPS):
        what = room.chance.random()
        if what < 0.5:
            name = room.chance.choice(NAMES)
            node = room["bravo"] if name == "bravo" else room.any_replica()
            filed[name].add(node.file(flight(room.id(), crossing(room, step)), room.now_ms).operation_id)
        elif what < 0.6:
            room.takes_over()
        elif what < 0.7:
            room.dies()
        else:
            room.exchange_some()
        room.now_ms += 100
        room.speaker.tick(room.now_ms)
        room["bravo"].tick(room.now_ms)
    room.rest()
    nodes = [*room.replicas, room["bravo"]]
    assert len({pictured(room, node) for node in nodes}) == 1
    assert len({lanes(room, node) for node in nodes}) == 1
    for name, node in zip(("alpha", "alpha", "bravo"), nodes, strict=True):
        with node.looking() as (tx, desks, own):
            assert {it.id for it in own.all()} == filed[name]
            assert filed[name] == set(desks[room.accord_id].notices)
            assert [alarm.kind for alarm in tx.alarms() if alarm.kind != "ANSWER MISSING"] == []
        assert node.status(room.now_ms)[0].state == "open"


def pictured(room: Replicated, node: Node) -> str:
    with node.looking() as (_, desks, _own):
        return desks[room.accord_id].line.picture.digest()


def lanes(room: Replicated, node: Node) -> tuple[bytes, ...]:
    """All that was said, by both, in order; numbered without gaps."""
    said: list[bytes] = []
    with node.looking() as (tx, _, _own):
        for name in NAMES:
            for lane in Lane:
                entries = tx.entries(room.accord_id, name, lane, 0, 10_000)
                assert [it.number for it in entries] == list(range(1, len(entries) + 1))
                said += [it.sealed for it in entries]
    return tuple(said)


def test_a_replica_that_has_not_heard_the_partner_itself_does_not_call_the_line_silent() -> None:
    """The partner spoke to this replica once, and to the other one ever since."""
    room = Replicated(0)
    once, often = room.replicas
    for node in (once, often):
        node.receive(room.accord_id, [room["bravo"].heads(room.accord_id, room.now_ms)], room.now_ms)
        room.now_ms += 1_000
    for _ in range(10):
        room.now_ms += 60_000
        often.receive(room.accord_id, [room["bravo"].heads(room.accord_id, room.now_ms)], room.now_ms)
        once.tick(room.now_ms)
        assert once.status(room.now_ms)[0].state == "open"
    with once.looking() as (tx, _, _own):
        assert [alarm.kind for alarm in tx.alarms()] == []


def test_operations_that_another_replica_changed_are_taken_in_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Against reading all of them: whatever was filed, revised and ended by whom, in whatever order."""
    room = Replicated(1)
    whole: list[int] = []
    read_all = Own._read_all
    monkeypatch.setattr(Own, "_read_all", lambda *all: (whole.append(1), read_all(*all)))
    ids = [room.id() for _ in range(30)]
    for node in room.replicas:
        node.status(NOW_MS)
    assert len(whole) == 2
    for step in range(150):
        room.any_replica().file(flight(room.chance.choice(ids), crossing(room, step)), NOW_MS)
        if step % 10 == 0:
            with room.any_replica().looking() as (tx, _, own):
                assert contents(own) == contents(fresh(tx))
    assert len(whole) == 2 + 15  # the fresh ones alone


def test_a_replica_that_missed_too_much_reads_all_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    for kept, followed in ((100, 100), (2, 100), (100, 2)):
        monkeypatch.setattr(known, "CHANGES_KEPT", kept)
        monkeypatch.setattr(own_module, "MOST_FOLLOWED", followed)
        room = Replicated(2)
        one, other = room.replicas
        other.status(NOW_MS)
        one.file_many([flight(room.id(), crossing(room, step)) for step in range(9)], NOW_MS)
        with other.looking() as (tx, _, own):
            assert len(own.all()) == 9
            assert contents(own) == contents(fresh(tx))


def fresh(tx: Transaction) -> Own:
    own = Own()
    own.refresh(tx)
    return own


def contents(own: Own) -> tuple[object, ...]:
    in_states = {state: [it.id for it in own.in_state(state)] for state in State}
    return sorted(own.all(), key=lambda it: it.id), in_states, own.count_by_state(), own.serial
