"""All pairs in conflict, at 100,000 and at a million volumes. Run by ``make bench``.

    python bench/pairs.py [--live 100000] [--large 1000000] [--every 50] [--seed 11] [--rounds 5] [--json]

At --live the engine's `all_pairs` and the trees take turns, and every difference is explained. At --large the
engine runs in a fresh process that loads the set from .npy files; the tree's time there is that of one
block of rows in --every, so many times (--every 1: all of them, some minutes).
"""

import argparse
import sys

import numpy as np

from explaining import UNEXPLAINED, counted, reason
from loading import loaded
from measuring import Report, interleaved_s, parser, seconds
from openline.conflict import ConflictIndex, Minima
from peers import Pairs, PlaneTree, TimeTree
from volumes import Volumes, generate

ENGINE = "Openline"


def measure(given: argparse.Namespace, report: Report) -> bool:
    """Add the rows at --live. Whether every difference is explained."""
    volumes = generate(given.live, given.seed)
    index = ConflictIndex.from_volumes(*volumes.arrays, minima=Minima.f3548)
    rows = np.arange(len(volumes))
    trees = PlaneTree(volumes, rows), TimeTree(volumes, rows)
    sides = {ENGINE: (index.all_pairs, [()])}
    sides |= {
        f"{tree.name}, {threads} threads": (tree.pairs, [(threads,)]) for tree in trees for threads in (1, 2)
    }
    median_s = {name: float(np.median(it)) for name, it in interleaved_s(sides, given.rounds).items()}
    for name, taken_s in median_s.items():
        report.row(live=given.live, index=name, seconds=taken_s, times=taken_s / median_s[ENGINE])
    found = index.all_pairs()
    reasons = differences(volumes, found, trees[0].pairs(2))
    report.note(f"{given.live:,} live: {len(found[0]):,} pairs; {counted(reasons)}")
    return UNEXPLAINED not in reasons


def differences(volumes: Volumes, found: Pairs, flat: Pairs) -> list[str]:
    """Why each pair that only one side found is as the engine has it."""
    mine, theirs = _keys(found, len(volumes)), _keys(flat, len(volumes))
    only_mine = set(np.setdiff1d(mine, theirs).tolist())
    reasons = []
    for key in np.setxor1d(mine, theirs).tolist():
        one, other = volumes.take(np.array(divmod(key, len(volumes)))).each()
        reasons.append(reason(one, other, conflict=key in only_mine))
    return reasons


def _keys(pairs: Pairs, count: int) -> np.ndarray:
    """One number for each pair, whichever of the two is named first."""
    return np.unique(np.minimum(*pairs) * count + np.maximum(*pairs))


def measure_large(given: argparse.Namespace, report: Report) -> None:
    volumes = generate(given.large, given.seed)
    own = loaded(volumes, pairs=True)
    figures = {f"{name}_mib": own[f"{name}_mib"] for name in ("resident", "after_pairs", "peak")}
    report.row(live=given.large, index=ENGINE, seconds=own["pairs_s"], times=1.0, **figures)
    tree = TimeTree(volumes, np.arange(len(volumes)))
    taken_s = given.every * seconds(tree.pairs, 2, given.every)[0]
    report.row(
        live=given.large, index=f"{tree.name}, 2 threads", seconds=taken_s, times=taken_s / own["pairs_s"]
    )
    report.note(f"{given.large:,} live: {own['pairs']:,.0f} pairs; loaded in {own['load_s']:.2f} s")


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--live", type=int, default=100_000)
    arguments.add_argument("--large", type=int, default=1_000_000)
    arguments.add_argument(
        "--every", type=int, default=50, help="of how many blocks the tree does one at --large"
    )
    given = arguments.parse_args()
    report = Report("All pairs (all_pairs)", given)
    right = measure(given, report)
    measure_large(given, report)
    report.print()
    sys.exit(not right)


if __name__ == "__main__":
    main()
