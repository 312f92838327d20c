"""Run as a process: exports and imports that are killed (SIGKILL) at one line of theirs after the other.

Prints one JSON object: how many were killed, and what each kind of them left behind.
"""

import hashlib
import json
import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from openline.journal.entry import Lane
from openline.link import carry_out as going_out
from openline.link.carry_in import carry_in
from openline.link.carry_out import carry_out
from openline.link.folder import ENDING
from openline.node.node import Node
from openline.store import open_store
from simulation.test_restores import room_on_disk
from simulation.test_two_nodes_one_line import EASTBOUND
from simulation.war_room import NOW_MS, WarRoom, flight

MESSAGES = 6
POINTS = 26
WATCHED = ("openline/link/", "openline/node/carr", "openline/store/store.py")


def killed_at(line: int, work: Callable[[], None]) -> bool:
    """Do it in a process of its own that is killed before its ``line``-th watched line. True if it was."""
    child = os.fork()
    if child == 0:
        try:
            sys.settrace(Fuse(line).trace)
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


class Fuse:
    """Counts the watched lines that are run, and kills its own process when they have been too many."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.run = 0

    def trace(self, frame: FrameType, event: str, _: Any) -> Any:
        return self.line if any(part in frame.f_code.co_filename for part in WATCHED) else None

    def line(self, frame: FrameType, event: str, _: Any) -> Any:
        self.run += event == "line"
        if self.run > self.most:
            os.kill(os.getpid(), signal.SIGKILL)
        return self.line


def lines_of(work: Callable[[], None]) -> int:
    fuse = Fuse(sys.maxsize)
    sys.settrace(fuse.trace)
    work()
    sys.settrace(None)
    return fuse.run


def is_whole(path: Path) -> bool:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] == path.stem.rsplit("-", 1)[1]


def batches(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{ENDING}"))


class Trial:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.room: WarRoom = room_on_disk(root, 51)
        for number in range(MESSAGES):
            points = [(lat - number, *rest) for lat, *rest in EASTBOUND]
            self.room["alpha"].file(flight(self.room.id(), points), NOW_MS)
        for party in self.room.parties.values():
            party.store.close()

    def on_copy(self, name: str, work: Callable[[Node], None]) -> Callable[[], None]:
        """A node that works on the copy of its store that is there now."""

        def done() -> None:
            with open_store(self.copy(name)) as store:
                party = self.room.parties[name]
                work(Node(store, party.node_key, name, party.node._new_id))

        return done

    def copy(self, name: str) -> Path:
        return self.root / "tried" / f"{name}.db"

    def fresh(self, name: str, *written: Path) -> None:
        """The store as it was at first, and nothing written yet."""
        for folder in (self.root / "tried", *written):
            shutil.rmtree(folder, ignore_errors=True)
        (self.root / "tried").mkdir()
        shutil.copy(self.root / f"{name}.db", self.copy(name))

    def kills(self, name: str, work: Callable[[], None], written: Path) -> Iterator[bool]:
        """Killed at POINTS lines, evenly over the whole course of it."""
        self.fresh(name, written)
        total = lines_of(work)
        for point in range(POINTS):
            self.fresh(name, written)
            yield killed_at(total * point // POINTS, work)

    def exports(self) -> Counter[str]:
        found: Counter[str] = Counter()
        stick = self.root / "stick"
        work = self.on_copy("alpha", lambda node: _export(node, self.room.accord_id, stick))
        for killed in self.kills("alpha", work, stick):
            files = batches(stick)
            found["killed"] += killed
            found["half files"] += sum(not is_whole(it) for it in files)
            found[f"{len(files)} files"] += 1
            work()
            found["whole after all"] += len(batches(stick)) == MESSAGES // 2
        return found

    def imports(self) -> Counter[str]:
        found: Counter[str] = Counter()
        stick, back = self.root / "one", self.root / "back"
        self.fresh("alpha")
        going_out.MAX_FILE_MESSAGES = MESSAGES
        self.on_copy("alpha", lambda node: _export(node, self.room.accord_id, stick))()
        work = self.on_copy("bravo", lambda node: _import(node, stick, back))
        for killed in self.kills("bravo", work, back):
            found["killed"] += killed
            found["half files"] += sum(not is_whole(it) for it in batches(back))
            found[f"{self.received()} messages"] += 1
            work()
            found["whole after all"] += self.received() == MESSAGES
        return found

    def received(self) -> int:
        with open_store(self.copy("bravo")) as store, store.reading() as tx:
            return tx.lane_head(self.room.accord_id, "alpha", Lane.ROUTINE).number


def _export(node: Node, accord_id: str, stick: Path) -> None:
    carry_out(node, accord_id, stick, NOW_MS)


def _import(node: Node, stick: Path, back: Path) -> None:
    carry_in(node, stick, NOW_MS, answer=back)


if __name__ == "__main__":
    going_out.MAX_FILE_MESSAGES = 2
    trial = Trial(Path(sys.argv[1]))
    print(json.dumps({"exports": trial.exports(), "imports": trial.imports()}))
