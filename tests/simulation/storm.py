"""A storm between two nodes: loss, duplication, reordering, and processes that die at any commit, under a
seed.

The simulation (`openline.simulation`) does more, with more; this is for what hangs on one thing alone, such
as the way that messages take, or keys that change meanwhile.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager

from openline.coordination.dialogue import permits
from openline.coordination.messages import Proposal
from openline.errors import OpenlineError
from openline.node.officer import MOVES, Move
from openline.node.ports import Transaction
from openline.store.store import SqlStore
from simulation.test_two_nodes_one_line import EASTBOUND, WESTBOUND, inventory, views
from simulation.war_room import NAMES, WarRoom, flight


class Crash(BaseException):
    """The process is gone. No code of the node may catch this and go on."""


class CrashingStore:
    """A store whose process dies now and then: before a commit (all undone) or just after it (done, and
    nobody was told).
    """

    def __init__(self, store: SqlStore, chance: random.Random) -> None:
        self.store = store
        self.chance = chance
        self.rate = 0.0

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        fate = self.chance.random()
        with self.store.writing() as tx:
            yield tx
            if fate < self.rate:
                raise Crash
        if fate > 1 - self.rate:
            raise Crash

    def reading(self):  # type: ignore[no-untyped-def]
        return self.store.reading()


class Storm:
    """A war room with bad weather. ``answered`` holds every filing that a node has confirmed to its
    operator.
    """

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.room = WarRoom(seed)
        self.answered: dict[str, set[str]] = {name: set() for name in NAMES}
        self.wire: list[tuple[str, bytes]] = []
        for party in self.room.parties.values():
            party.store = CrashingStore(party.store, self.chance)  # type: ignore[assignment]
            party.restart()

    def run(self, steps: int, crash_rate: float) -> None:
        for party in self.room.parties.values():
            party.store.rate = crash_rate  # type: ignore[attr-defined]
        acts = (
            self.file,
            self.dialogue,
            self.send,
            self.send,
            self.deliver,
            self.deliver,
            self.deliver,
            self.heads,
            self.tick,
        )
        for _ in range(steps):
            name = self.chance.choice(NAMES)
            try:
                self.chance.choice(acts)(name)
            except Crash:
                self.room.parties[name].restart()
            self.room.now_ms += self.chance.randrange(0, 20_000)

    def file(self, name: str) -> None:
        base = self.chance.choice((EASTBOUND, WESTBOUND))
        shift, level = self.chance.uniform(-0.4, 0.4), self.chance.choice((330, 350, 370))
        points = [(lat + shift, lon, level, minutes) for lat, lon, _, minutes in base]
        known = sorted(self.answered[name])
        identifier = self.chance.choice(known) if known and self.chance.random() < 0.3 else self.room.id()
        try:
            filed = self.room[name].file(flight(identifier, points), self.room.now_ms)
        except OpenlineError:
            return
        self.answered[name].add(filed.operation_id)

    def dialogue(self, name: str) -> None:
        held = [view for view in views(self.room, name) if view.held]
        if not held:
            return
        view = self.chance.choice(held)
        kinds = [kind for kind in MOVES if permits(view.dialogue, name, kind)]
        if not kinds:
            return
        kind = self.chance.choice(kinds)
        proposal = Proposal(
            notice_id=view.of(self.chance.choice(NAMES)).notice_id,
            climb_dmm=self.chance.choice((0, 6_096_000)),
        )
        move = Move(kind=kind, proposal=proposal, until_ms=self.room.now_ms + 60_000)
        try:
            self.room[name].move(self.room.accord_id, view.conflict_id, move, self.room.now_ms)
        except OpenlineError:
            return

    def heads(self, name: str) -> None:
        self.put(name, [self.room[name].heads(self.room.accord_id, self.room.now_ms)])

    def send(self, name: str) -> None:
        self.put(name, self.room[name].outbound(self.room.accord_id, self.chance.randrange(1, 8)))

    def tick(self, name: str) -> None:
        self.room[name].tick(self.room.now_ms)

    def put(self, sender: str, batch: list[bytes] | tuple[bytes, ...]) -> None:
        """Onto the wire: lost, doubled, or somewhere among the others."""
        for sealed in batch:
            for _ in range(self.chance.choice((0, 1, 1, 1, 2))):
                self.wire.insert(self.chance.randrange(len(self.wire) + 1), (sender, sealed))
        del self.wire[200:]

    def deliver(self, name: str) -> None:
        mine = [item for item in self.wire if item[0] != name][: self.chance.randrange(1, 6)]
        for item in mine:
            self.wire.remove(item)
        if mine:
            heard = self.room[name].receive(
                self.room.accord_id, [sealed for _, sealed in mine], self.room.now_ms
            )
            self.put(name, heard.answers)

    def heal(self) -> None:
        for party in self.room.parties.values():
            party.store.rate = 0.0  # type: ignore[attr-defined]
            party.restart()
        for _ in range(3):
            self.room.now_ms += 1_000
            self.room.exchange(rounds=400)
            for name in NAMES:
                self.room[name].tick(self.room.now_ms)
        self.room.exchange(rounds=400)


def assert_nothing_lost(storm: Storm) -> None:
    for name in NAMES:
        with storm.room[name].looking() as (_, desks, own):
            known = {operation.id for operation in own.all()}
            told = desks[storm.room.accord_id].notices
        assert storm.answered[name] <= known
        partner = {line[1] for line in inventory(storm.room, storm.room.other(name)) if line[0] == "notice"}
        assert {told[identifier].notice_id for identifier in storm.answered[name]} <= partner
