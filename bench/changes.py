"""What a change costs among many live volumes, and the longest pause of any. Run by ``make bench``.

    python bench/changes.py [--live 100000] [--changes 20000] [--seed 11] [--json]

Operations are added, replaced and removed one at a time, so many of each, and arrays are added a volume and a
thousand at a time; the index grows beyond --live on the way, so that growing is in the figures. The longest
pause is given by the wall clock, and by the processor's time of the thread: what other processes of a shared
machine took is in the first only. The Operations that the bench made beforehand are set aside from garbage
collection (gc.freeze): the index keeps none of them.
"""

import argparse
import gc
import time

import numpy as np

from filing import identifier, operations
from measuring import Act, Questions, Report, parser, progress
from openline.conflict import ConflictIndex, Minima
from volumes import Volumes, generate

MANY = 1_000


def timed(what: str, act: Act, asked: Questions, each: int, report: Report) -> None:
    """Add the row of one kind of change, of ``each`` volumes a call."""
    wall_s, thread_s = np.empty(len(asked)), np.empty(len(asked))
    for number, given in enumerate(asked):
        begin, worked = time.perf_counter(), time.thread_time()
        act(*given)
        thread_s[number] = time.thread_time() - worked
        wall_s[number] = time.perf_counter() - begin
    report.row(
        change=what,
        calls=len(asked),
        mean_us_a_volume=float(wall_s.mean() / each * 1e6),
        p50_us_a_call=float(np.median(wall_s) * 1e6),
        longest_wall_ms=float(wall_s.max() * 1e3),
        longest_thread_ms=float(thread_s.max() * 1e3),
    )


def arrays_of(volumes: Volumes, first_id: int, each: int) -> Questions:
    """What ``add_volumes`` takes, ``each`` volumes at a time."""
    rows = np.arange(len(volumes)).reshape(-1, each)
    return [
        (*volumes.take(some).arrays, [identifier(first_id + row) for row in some.tolist()]) for some in rows
    ]


def measure(given: argparse.Namespace, report: Report) -> None:
    count, live = given.changes, given.live
    _warm_up(given.seed)
    without_ms = _collection_ms()
    ids = [identifier(number) for number in range(live)]
    index = ConflictIndex.from_volumes(*generate(live, given.seed).arrays, ids=ids, minima=Minima.f3548)
    with_ms = _collection_ms()
    report.note(f"full garbage collection: {with_ms:.1f} ms with the index, {without_ms:.1f} ms without")
    filed = operations(generate(count, given.seed + 1), first_number=live)
    revised = operations(generate(count, given.seed + 2), first_number=live)
    gc.freeze()
    timed("add(operation)", index.add, [(one,) for one in filed], 1, report)
    timed("replace(operation)", index.replace, [(one,) for one in revised], 1, report)
    timed("remove(id)", index.remove, [(one.id,) for one in filed], 1, report)
    single = arrays_of(generate(count, given.seed + 3), live + count, 1)
    timed("add_volumes, 1 at a time", index.add_volumes, single, 1, report)
    bulk = arrays_of(generate(5 * MANY, given.seed + 4), live + 2 * count, MANY)
    timed(f"add_volumes, {MANY:,} at a time", index.add_volumes, bulk, MANY, report)


def _collection_ms() -> float:
    """The processor's time of a collection that finds nothing to do."""
    gc.collect()
    begin = time.thread_time()
    gc.collect()
    return (time.thread_time() - begin) * 1e3


def _warm_up(seed: int) -> None:
    """Compile what is measured."""
    (operation,) = operations(generate(1, seed))
    index = ConflictIndex(Minima.f3548)
    index.add(operation)
    index.replace(operation)
    index.remove(operation.id)
    index.add_volumes(*generate(10, seed).arrays)


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--live", type=int, default=100_000)
    arguments.add_argument("--changes", type=int, default=20_000)
    given = arguments.parse_args()
    report = Report(f"Changes among {given.live:,} live volumes", given)
    with progress() as shown:
        shown.add_task("filing and changing", total=None)
        measure(given, report)
    report.print()


if __name__ == "__main__":
    main()
