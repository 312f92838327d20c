"""The line on a real network: two nodes in two network namespaces, and a bad way between them.

Run by ``make bench`` in a short form; ``make network`` runs it whole. Printed against "Figures to hold"
(docs/performance.md): machine acknowledgement over a way that loses 20 % of all packets in each direction,
with 600 ms round trip; what is urgent on a good one; the loss of the line; a cut, a cut in one direction
alone; bits that are turned over on the way; a clock that is ahead. Ends with 77 where namespaces are not
permitted, with 1 where a figure is not held.
"""

import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np

from bad_way import NotPermitted
from measuring import Report, parser
from openline.journal.entry import Lane
from two_sides import Side, Sides, until

NOT_PERMITTED: Final = 77
NOT_HELD: Final = 1

LOSS: Final = 0.2
ONE_WAY_S: Final = 0.3
GARBLED: Final = 0.02
AHEAD_MS: Final = 3_000
PAGE_POLL_S: Final = 1.0
"""How often the page of a duty position asks its node."""
LOOK_S: Final = 0.02


class Measured:
    """One table, and whether every figure was held."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.all_held = True

    def figure(self, what: str, found: float | int | str, bound: str, held: bool, of: str = "") -> None:
        self.all_held = self.all_held and held
        self.report.row(what=what, found=found, bound=bound, held="yes" if held else "NO", of=of)


class Acknowledgements:
    """Watches the LAMs that come in at one side. took_s: for each message, from said to its LAM."""

    def __init__(self, side: Side) -> None:
        self._side = side
        self._came_s: dict[tuple[Lane, int], float] = {}
        self._from = side.acknowledged()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        known = dict(self._from)
        while not self._ended.is_set():
            for lane, number in self._side.acknowledged().items():
                for one in range(known[lane] + 1, number + 1):
                    self._came_s[lane, one] = time.time()
                known[lane] = max(known[lane], number)
            time.sleep(LOOK_S)

    def took_s(self) -> list[float]:
        """Of every message said since; infinite where no LAM has come."""
        self._ended.set()
        self._thread.join()
        never = float("inf")
        return [
            self._came_s.get((lane, entry.number), never) - entry.at_ms / 1000
            for lane, after in self._from.items()
            for entry in self._side.entries(self._side.name, lane, after)
        ]


class Traffic:
    """Both sides say something every so often: every fifth message is urgent."""

    def __init__(self, sides: Sides, every_s: float) -> None:
        self._sides = sides
        self._every_s = every_s
        self._number = 0

    def run(self, for_s: float) -> None:
        end_s = time.monotonic() + for_s
        due_s = time.monotonic()
        while due_s < end_s:
            time.sleep(max(0.0, due_s - time.monotonic()))
            self.once()
            due_s += self._every_s

    def once(self) -> None:
        self._number += 1
        for side in self._sides:
            if self._number % 5 == 0:
                side.say_urgent()
            else:
                side.file_flight(self._number)


@contextmanager
def bad(sides: Sides) -> Iterator[None]:
    """The way as in "Figures to hold"."""
    sides.way.loss, sides.way.one_way_s = LOSS, ONE_WAY_S
    try:
        yield
    finally:
        sides.way.loss, sides.way.one_way_s = 0.0, 0.0


def at_rest(sides: Sides, why: str, patience_s: float = 600.0) -> float:
    return until(sides.is_at_rest, f"both at rest with one picture {why}", patience_s, every_s=0.25)


# The figures ------------------------------------------------------------------------------------------------


def urgent_on_a_good_way(sides: Sides, measured: Measured, count: int) -> None:
    """From the moment that somebody says it until the node of the other side shows it to whoever asks."""
    took_s = [shown_s(sides, side) for _ in range(count) for side in sides]
    slowest_s = max(took_s) + PAGE_POLL_S
    what = "urgent, good way: said to shown, and the page's second"
    measured.figure(what, slowest_s, "2 s", slowest_s <= 2, f"{len(took_s)}")


def shown_s(sides: Sides, side: Side) -> float:
    number = side.heads()[Lane.URGENT] + 1
    begin_s = time.monotonic()
    side.say_urgent()
    other = sides.other(side)
    until(lambda: bool(other.entries(side.name, Lane.URGENT, number - 1)), "an urgent message", 60, LOOK_S)
    return time.monotonic() - begin_s


def acknowledged_on_a_bad_way(sides: Sides, measured: Measured, for_s: float, every_s: float) -> None:
    with bad(sides):
        watching = [Acknowledgements(side) for side in sides]
        Traffic(sides, every_s).run(for_s)
        at_rest(sides, "on the bad way")
        took_s = np.array([it for one in watching for it in one.took_s()])
    within = [float(np.mean(took_s <= bound) * 100) for bound in (4, 10)]
    measured.figure("LAM within 4 s, bad way, %", within[0], "90 %", within[0] >= 90, f"{len(took_s)}")
    measured.figure("LAM within 10 s, bad way, %", within[1], "99.8 %", within[1] >= 99.8, f"{len(took_s)}")
    for name, share in (("median", 50), ("90 %", 90), ("99.8 %", 99.8), ("slowest", 100)):
        measured.report.row(what=f"LAM, bad way, {name}, s", found=float(np.percentile(took_s, share)))


def garbled(sides: Sides, measured: Measured, for_s: float, every_s: float) -> None:
    """No kernel sees these errors; the node has to."""
    before = refused(sides)
    sides.way.garbled = GARBLED
    with bad(sides):
        Traffic(sides, every_s).run(for_s)
        sides.way.garbled = 0.0
        at_rest(sides, "after garbled packets")
    turned = sides.way.counted["garbled"]
    measured.report.row(what="bits turned over on the way, unseen by TCP", found=turned)
    found = refused(sides) - before
    measured.report.row(what="items of them that the node refused (the rest hit HTTP)", found=found)


def refused(sides: Sides) -> int:
    total = 0
    for side in sides:
        assert side.opened is not None
        with side.opened.store.reading() as tx:
            total += sum(tx.counters().values())
    return total


def cut(sides: Sides, measured: Measured, directions: frozenset[int], for_s: float, name: str) -> None:
    """Nothing gets through; both go on saying things; then the bad way is back."""
    with bad(sides):
        before = {side.name: side.heads() for side in sides}
        sides.way.cut = directions
        begin_s = time.monotonic()
        watching = threading.Thread(target=_watch_states, args=(sides, measured, begin_s, for_s, name))
        watching.start()
        Traffic(sides, max(1.0, for_s / 200)).run(for_s)
        watching.join()
        for side in sides:
            side.say_urgent()
        sides.way.cut = frozenset()
        back_s = time.monotonic()
        until(lambda: urgent_is_there(sides), "what is urgent, after the cut", 600, LOOK_S)
        urgent_s = time.monotonic() - back_s
        at_rest(sides, "after the cut")
        measured.report.row(what=f"{name}: urgent there after, s", found=urgent_s)
        measured.report.row(what=f"{name}: all caught up after, s", found=time.monotonic() - back_s)
    late = sum(overtaken(sides, side, before[side.name]) for side in sides)
    measured.figure(f"{name}: routine heard before urgent", late, "0", late == 0)
    marked = [row["stale"] for side in sides for row in side.get("/api/notices?geometry=no")]
    found = sum(map(bool, marked))
    measured.figure(f"{name}: notices that came late, marked", found, "some", found > 0, f"{len(marked)}")


def _watch_states(sides: Sides, measured: Measured, begin_s: float, for_s: float, name: str) -> None:
    """When each side first shows that something is wrong, and when that nothing is heard any more."""
    first: dict[tuple[str, str], float] = {}
    lines = {}
    while time.monotonic() - begin_s < for_s:
        for side in sides:
            lines[side.name] = line = side.line()
            if line["fault"]:
                first.setdefault((side.name, "not reached"), time.monotonic() - begin_s)
            if line["link"] == "silent":
                first.setdefault((side.name, "silent"), time.monotonic() - begin_s)
        time.sleep(0.5)
    for word in ("not reached", "silent"):
        at_s = [first.get((side.name, word), float("inf")) for side in sides]
        if word == "not reached" or for_s > 60:
            measured.figure(f"{name}: shown as {word}, s", max(at_s), "60 s", max(at_s) <= 60, "both sides")
    for side in sides:
        line = lines[side.name]
        why = "; ".join(line["evidence"])
        measured.report.note(f"{name}, at {side.name}: {line['link']}, fault {line['fault']}: {why}")


def urgent_is_there(sides: Sides) -> bool:
    return all(side.acknowledged()[Lane.URGENT] == side.heads()[Lane.URGENT] for side in sides)


def overtaken(sides: Sides, side: Side, before: dict[Lane, int]) -> int:
    """How many routine messages of the cut the other side had stored before the last urgent one of it."""
    other = sides.other(side)
    urgent = [it.at_ms for it in other.entries(side.name, Lane.URGENT, before[Lane.URGENT])]
    routine = other.entries(side.name, Lane.ROUTINE, before[Lane.ROUTINE])
    known = {it.number: it.at_ms for it in side.entries(side.name, Lane.ROUTINE, before[Lane.ROUTINE])}
    waited = [it for it in routine if it.at_ms - known[it.number] > 10_000]  # said in the cut, not around it
    return sum(it.at_ms < max(urgent) for it in waited) if urgent else 0


def clock_ahead(sides: Sides, measured: Measured) -> None:
    """First that no clock was called wrong so far, for all the delays; then one is."""
    false = sum(row["kind"] == "CLOCKS DIFFER" for side in sides for row in side.cli("alarms", "--all"))
    measured.figure("CLOCKS DIFFER while both clocks were right", false, "0", false == 0)
    bravo = sides.sides["bravo"]
    bravo.stop()
    with bad(sides):
        begin_s = time.monotonic()
        bravo.start(ahead_ms=AHEAD_MS)
        until(lambda: all(_differ(side) for side in sides), "CLOCKS DIFFER at both", 120, every_s=0.25)
        took_s = time.monotonic() - begin_s
        found = [abs(side.line()["clock_difference_ms"]) / 1000 for side in sides]
    measured.figure("a clock 3 s ahead: shown at both after, s", took_s, "60 s", took_s <= 60)
    measured.report.row(what="a clock 3 s ahead: as both measure it, s", found=float(np.mean(found)))


def _differ(side: Side) -> bool:
    return any(alarm["kind"] == "CLOCKS DIFFER" for alarm in side.get("/api/status")["alarms"])


def nothing_undetected(sides: Sides, measured: Measured) -> None:
    """Every message is at both sides, once, byte for byte; both journals verify; both pictures are equal."""
    different = said = 0
    for side in sides:
        for lane in Lane:
            ours, theirs = (it.entries(side.name, lane) for it in (side, sides.other(side)))
            said += len(ours)
            pairs = zip(ours, theirs, strict=False)
            different += abs(len(ours) - len(theirs)) + sum(one.sealed != two.sealed for one, two in pairs)
    measured.figure("messages not the same at both sides", different, "0", different == 0, f"{said}")
    sound = all("failed" not in side.cli("journal", "verify") for side in sides)
    measured.figure("both journals verify", "yes" if sound else "no", "yes", sound)


# ------------------------------------------------------------------------------------------------------------


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--traffic-s", type=float, default=60, help="of traffic on the bad way")
    arguments.add_argument("--every-s", type=float, default=0.5, help="each side says something so often")
    arguments.add_argument("--cut-s", type=float, default=70, help="each of the two cuts")
    given = arguments.parse_args()
    measured = Measured(Report("The line on a real network", given))
    try:
        with tempfile.TemporaryDirectory() as folder, Sides(Path(folder), given.seed) as sides:
            measure(sides, measured, given.traffic_s, given.every_s, given.cut_s)
    except NotPermitted as fault:
        text = "not measured: network namespaces and TUN devices are not permitted here"
        print(f"{text} ({fault})", file=sys.stderr)
        sys.exit(NOT_PERMITTED)
    measured.report.print()
    sys.exit(0 if measured.all_held else NOT_HELD)


def measure(sides: Sides, measured: Measured, traffic_s: float, every_s: float, cut_s: float) -> None:
    for side in sides:
        side.file_flight(0)  # the conflict engine is loaded before anything is timed
    at_rest(sides, "at the start")
    urgent_on_a_good_way(sides, measured, count=20)
    acknowledged_on_a_bad_way(sides, measured, traffic_s, every_s)
    garbled(sides, measured, traffic_s / 2, every_s)
    cut(sides, measured, frozenset({0, 1}), cut_s, "cut")
    cut(sides, measured, frozenset({0}), cut_s, "one-way cut")
    nothing_undetected(sides, measured)
    clock_ahead(sides, measured)
    counted = sides.way.counted
    measured.report.note(
        f"{counted['packets']:,} packets, {counted['lost']:,} lost, {counted['garbled']:,} garbled; the way "
        "is a router over two TUN devices; 20 % are lost in each direction, each packet takes 300 ms"
    )


if __name__ == "__main__":
    main()
