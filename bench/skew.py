"""Does it stay fast and small where the volumes are not spread evenly? Run by ``make bench``.

    python bench/skew.py [--live 100000] [--questions 1000] [--seed 11] [--rounds 5] [--json]

Two sets against the even one: 1 % of the largest legal volumes among the others (2,500 km2, 30 days), and all
within 10 km. More is in conflict there, so that each is compared with even volumes that are as many and as
crowded: all within one hour, in a square that is made smaller until a question has as many answers. Memory is
that of fresh processes that load the sets from .npy files, beyond what they held before.
"""

import argparse

import numpy as np

from loading import loaded
from measuring import Report, interleaved_s, p50_p99_us, parser, progress
from openline.conflict import ConflictIndex, Minima
from volumes import SIDE_M, Volumes, generate, with_giants

Set = tuple[Volumes, Volumes]
"""What is held, and what is asked."""
CROWDED_HOURS, CLUSTER_M = 1.0, 10_000.0


def answers(index: ConflictIndex, asked: Volumes) -> float:
    """Of a question, on average."""
    return float(np.mean([len(index.query_volume(*one)) for one in asked.each()]))


def index_of(volumes: Volumes) -> ConflictIndex:
    return ConflictIndex.from_volumes(*volumes.arrays, minima=Minima.f3548)


def crowded(given: argparse.Namespace, wanted: float) -> Set:
    """Even volumes with so many answers a question (to 5 %): their number falls with the square's area."""
    side_m = SIDE_M
    for _ in range(10):
        held, asked = (generate(n, seed, hours=CROWDED_HOURS, side_m=side_m) for n, seed in _sizes(given))
        found = answers(index_of(held), asked)
        if abs(found / wanted - 1) < 0.05:
            break
        side_m *= (found / wanted) ** 0.5
    return held, asked


def _sizes(given: argparse.Namespace) -> list[tuple[int, int]]:
    return [(given.live, given.seed), (given.questions, given.seed + 1)]


def measure(name: str, skewed: Set, even_mib: float, given: argparse.Namespace, report: Report) -> None:
    """Add the row of one skewed set."""
    index = index_of(skewed[0])
    wanted = answers(index, skewed[1])
    even = crowded(given, wanted)
    sides = {
        "skewed": (index.query_volume, list(skewed[1].each())),
        "even": (index_of(even[0]).query_volume, list(even[1].each())),
    }
    taken = interleaved_s(sides, given.rounds)
    p50, p99 = p50_p99_us(taken["skewed"])
    even_p50, _ = p50_p99_us(taken["even"])
    memory_mib = _grown_mib(skewed[0])
    report.row(
        set=name, answers=wanted, p50_us=p50, p99_us=p99, crowded_p50_us=even_p50, p50_times=p50 / even_p50,
        memory_mib=memory_mib, memory_times=memory_mib / even_mib,
    )  # fmt: skip


def _grown_mib(volumes: Volumes) -> float:
    figures = loaded(volumes)
    return figures["with_input_mib"] - figures["before_mib"]


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--live", type=int, default=100_000)
    arguments.add_argument("--questions", type=int, default=1_000)
    given = arguments.parse_args()
    report = Report(f"Skew: {given.live:,} volumes", given)
    held, asked = (generate(n, seed) for n, seed in _sizes(given))
    near, asked_near = (generate(n, seed, side_m=CLUSTER_M) for n, seed in _sizes(given))
    even, even_mib = index_of(held), _grown_mib(held)
    p50, p99 = p50_p99_us(
        interleaved_s({"even": (even.query_volume, list(asked.each()))}, given.rounds)["even"]
    )
    report.row(set="even", answers=answers(even, asked), p50_us=p50, p99_us=p99, memory_mib=even_mib)
    with progress() as shown:
        shown.add_task("skewed sets", total=None)
        measure("1 % giants", (with_giants(held, given.seed), asked), even_mib, given, report)
        measure("all within 10 km", (near, asked_near), even_mib, given, report)
    report.print()


if __name__ == "__main__":
    main()
