"""How fast one line works: filing, hearing and verifying on SQLite with every commit synced.

Run by ``make bench``. Prints one figure a line; times are of this machine, on this day.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from openline.journal.verify import verify_lane
from openline.store.store import open_store
from simulation.war_room import NAMES, NOW_MS, WarRoom, flight


def timed(what: str, count: int, unit: str, act: Callable[[], object]) -> None:
    start = time.perf_counter()
    act()
    taken = time.perf_counter() - start
    print(f"{what:<58}{count / taken:>10,.0f} {unit}/s{taken / count * 1e3:>10.3f} ms each")


def room_on_disk(folder: Path) -> WarRoom:
    room = WarRoom()
    bundle = room.signed(room.draft(exercise=True))
    for name, party in room.parties.items():
        party.store = open_store(folder / f"{name}.db")
        party.restart()
        party.node.install_accord(bundle.data, NOW_MS)
    return room


def flights(room: WarRoom, count: int) -> list:  # type: ignore[type-arg]
    """Short straight flights over 400 by 400 NM and 20 levels in four hours: few of them meet."""
    chance = random.Random(7)
    operations = []
    for number in range(count):
        lat, lon = 46 + chance.uniform(-3.3, 3.3), 7 + chance.uniform(-4.8, 4.8)
        start, level = chance.uniform(30, 270), chance.randrange(200, 400, 10)
        points = [(lat + step * 0.2, lon + step * 0.2, level, start + step * 3) for step in range(4)]
        operations.append(flight(room.id(), points, callsign=f"FLT{number % 10_000}"))
    return operations


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--flights", type=int, default=400, help="flights filed by each side")
    count = arguments.parse_args().flights
    with tempfile.TemporaryDirectory() as folder:
        room = room_on_disk(Path(folder))
        room.open_session()
        operations = flights(room, 2 * count)
        one_by_one, together = operations[:count], operations[count:]
        alpha, bravo = room["alpha"], room["bravo"]
        timed(
            "file one by one (each committed and synced)",
            count,
            "filings",
            lambda: [alpha.file(it, NOW_MS) for it in one_by_one],
        )
        timed("file in one transaction", count, "filings", lambda: bravo.file_many(together, NOW_MS))
        said = sum(lane.said for name in NAMES for lane in room.status(name).lanes.values())
        timed("cross the line and settle into one picture, both ways", said, "messages", room.exchange)
        with alpha.looking() as (tx, desks, _own):
            desk = desks[room.accord_id]
            (sender, lane), head = max(desk.heads.items(), key=lambda item: item[1].number)
            entries = [
                (it.number, it.hash, it.sealed) for it in tx.entries(room.accord_id, sender, lane, 0, 10**6)
            ]
        keys = desk.keys_of(sender)
        timed(
            "verify a lane: signatures, chain, tree",
            len(entries),
            "messages",
            lambda: verify_lane(entries, head=head, keys=keys),
        )
        timed("start on what is stored", 1, "starts", lambda: room.parties["alpha"].new_node().status(NOW_MS))
        print(f"both pictures equal: {room.status('alpha').digest == room.status('bravo').digest}")


if __name__ == "__main__":
    main()
