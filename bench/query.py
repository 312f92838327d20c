"""One exact check against many live volumes, after a tenth of them was exchanged. Run by ``make bench``.

    python bench/query.py [--live 100000 1000000] [--questions 1000] [--seed 11] [--rounds 5] [--json]

The same questions go to the engine's `query_volume` and to each peer in turn, on the same volumes; the peers
were built anew from what was left. The engine gets plain arrays and begins from those; the peers' outlines,
and those of the questions, were made and prepared before. Every answer is compared, and each that differs is
explained by an oracle; the run fails where one is not.
"""

import argparse
import sys

import numpy as np

from churning import churned
from explaining import UNEXPLAINED, counted, reason
from measuring import Report, interleaved_s, p50_p99_us, parser, progress
from openline.conflict import ConflictIndex
from peers import PlaneTree, SpaceTimeTree, TimeTree
from volumes import Ints, Volumes, generate

ENGINE = "Openline"
PEERS = (PlaneTree, TimeTree, SpaceTimeTree)


def measure(count: int, given: argparse.Namespace, report: Report) -> bool:
    """Add the rows of one size. Whether every difference is explained."""
    index, held, ids = churned(count, given.seed)
    asked = generate(given.questions, given.seed + 1)
    trees = [peer(held, ids) for peer in PEERS]
    sides = {ENGINE: (index.query_volume, list(asked.each()))}
    sides |= {tree.name: (tree.query, tree.questions(asked)) for tree in trees}
    taken = interleaved_s(sides, given.rounds)
    own_p50, own_p99 = p50_p99_us(taken[ENGINE])
    for name, samples in taken.items():
        p50, p99 = p50_p99_us(samples)
        figures = {"p50_us": p50, "p99_us": p99, "longest_us": float(samples.max() * 1e6)}
        report.row(live=count, index=name, **figures, p50_times=p50 / own_p50, p99_times=p99 / own_p99)
    answers, reasons = compared(index, trees[0], held, ids, asked)
    report.note(f"{count:,} live: {answers / len(asked):.3g} answers a question; {counted(reasons)}")
    return UNEXPLAINED not in reasons


def compared(
    index: ConflictIndex, tree: PlaneTree, held: Volumes, ids: Ints, asked: Volumes
) -> tuple[int, list[str]]:
    """How many answers the engine gives in all, and why each that differs from the tree's does."""
    answers, reasons = 0, []
    for one, question in zip(asked.each(), tree.questions(asked), strict=True):
        found = index.query_volume(*one)
        answers += len(found)
        for identifier in np.setxor1d(found, tree.query(*question)):
            row = np.searchsorted(ids, [identifier])
            other = next(held.take(row).each())
            reasons.append(reason(one, other, conflict=identifier in found))
    return answers, reasons


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--live", type=int, nargs="+", default=[100_000, 1_000_000])
    arguments.add_argument("--questions", type=int, default=1_000)
    given = arguments.parse_args()
    report = Report("One exact check (query_volume) after churn of a tenth", given)
    with progress() as shown:
        right = [measure(count, given, report) for count in shown.track(given.live, description="sizes")]
    report.print()
    sys.exit(not all(right))


if __name__ == "__main__":
    main()
