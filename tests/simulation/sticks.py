"""A storm whose wire is a drawer full of files: what is put there may be copied, cut, spoilt or lost."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from openline.coordination.dialogue import permits
from openline.coordination.messages import Proposal
from openline.errors import OpenlineError
from openline.link.carry_in import carry_in
from openline.link.carry_out import carry_out
from openline.link.folder import ENDING
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


class Sticks:
    """A drawer full of files, and people on both sides, on nodes whose processes die now and then.
    ``answered`` holds every filing that a node has confirmed to its operator.
    """

    def __init__(self, seed: int, drawer: Path) -> None:
        self.drawer = drawer
        self.written = 0
        self.chance = random.Random(seed)
        self.room = WarRoom(seed)
        self.answered: dict[str, set[str]] = {name: set() for name in NAMES}
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

    def tick(self, name: str) -> None:
        self.room[name].tick(self.room.now_ms)

    def heads(self, name: str) -> None:
        """Export; a stick of its own for each."""
        self.written += 1
        carry_out(
            self.room[name], self.room.accord_id, self.drawer / f"{self.written}-{name}", self.room.now_ms
        )

    send = heads

    def deliver(self, name: str) -> None:
        """A handful of files from all sticks there ever were, each as time has treated it."""
        files = sorted(self.drawer.glob(f"*/*{ENDING}"))
        hand = self.drawer / "hand"
        hand.mkdir(exist_ok=True)
        for old in hand.iterdir():
            old.unlink()
        for number in range(self.chance.randrange(1, 4) if files else 0):
            data = self.spoilt(self.chance.choice(files).read_bytes())
            (hand / f"FILE{number}{ENDING.upper()}").write_bytes(data)
        if any(hand.iterdir()):
            carry_in(
                self.room[name], hand, self.room.now_ms, answer=self.drawer / f"{self.written}-back-{name}"
            )
            self.written += 1

    def spoilt(self, data: bytes) -> bytes:
        fate, at = self.chance.random(), self.chance.randrange(len(data))
        if fate < 0.15:
            return data[:at] or b"\n"
        if fate < 0.3:
            return data[:at] + bytes([data[at] ^ 1 << self.chance.randrange(8)]) + data[at + 1 :]
        return data


def assert_nothing_lost(sticks: Sticks) -> None:
    for name in NAMES:
        with sticks.room[name].looking() as (_, desks, own):
            known = {operation.id for operation in own.all()}
            told = desks[sticks.room.accord_id].notices
        assert sticks.answered[name] <= known
        partner = {line[1] for line in inventory(sticks.room, sticks.room.other(name)) if line[0] == "notice"}
        assert {told[identifier].notice_id for identifier in sticks.answered[name]} <= partner
