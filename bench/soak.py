"""How much can be thrown at it? Simulations over many seeds, on several processes, until a promise breaks.

Run by ``make soak`` (not by ``make bench``: it takes an hour). Every seed is a course of its own, so one that
was stopped goes on with the seed after the last one: it says how.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait

from openline.simulation import Report, Setup, simulate

COURSES = ((2, False), (2, False), (3, False), (2, True), (4, False), (3, True))
"""Parties, and whether the last one lies: seed after seed in turn."""


def setup_of(seed: int) -> Setup:
    parties, liar = COURSES[seed % len(COURSES)]
    return Setup(seed=seed, parties=parties, liar=liar)


def run(seed: int, steps: int) -> Report:
    return simulate(setup_of(seed), steps)


def reports(first: int, seeds: int, steps: int, processes: int) -> Iterator[Report]:
    """As they are finished; no more seeds are begun than are being run."""
    waiting = iter(range(first, first + seeds))
    with ProcessPoolExecutor(processes) as pool:
        running: set[Future[Report]] = set()
        while True:
            for seed in waiting:
                running.add(pool.submit(run, seed, steps))
                if len(running) >= processes:
                    break
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in sorted(done, key=lambda it: it.result().seed):
                yield future.result()


def show_failure(report: Report) -> None:
    failure = report.failure
    assert failure is not None
    print(f"BROKEN at seed {report.seed}, step {failure.step}: {failure.promise} ({failure.who})")
    print(f"  {failure.text}")
    print("\n".join(f"  {line}" for line in failure.trace[-20:]))
    print(f"again: {report.replay}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1_000_000, help="in all")
    parser.add_argument("--seeds", type=int, default=500, help="over how many seeds")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    each, began_s = max(1, given.steps // given.seeds), time.monotonic()
    steps = broken = done = 0
    try:
        for report in reports(given.first, given.seeds, each, given.processes):
            done, steps = done + 1, steps + report.steps
            if report.failure is not None:
                broken += 1
                show_failure(report)
            rate = steps / (time.monotonic() - began_s)
            print(
                f"{done:,} of {given.seeds:,} seeds, {steps:,} steps, {rate:,.0f}/s, {broken} broken "
                f"(seed {report.seed}: {report.parties} parties, {sum(report.said.values()):,} messages)",
                flush=True,
            )
    except KeyboardInterrupt:
        left = given.first + max(0, done - given.processes)
        print(f"stopped; go on with FIRST={left}")
        return 130
    print(f"{steps:,} steps over {done:,} seeds in {time.monotonic() - began_s:,.0f} s: {broken} broken")
    return 3 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
