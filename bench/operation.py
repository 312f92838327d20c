"""One question with objects in and out: `conflicts(operation)` among many volumes. Run by ``make bench``.

    python bench/operation.py [--live 100000] [--questions 1000] [--seed 11] [--rounds 5] [--json]

The engine is asked with validated Operations of one volume each and answers Conflicts, with window and
closest approach. The tree gets the same volumes as coordinates, makes polygons of them, and answers row
numbers.
"""

from collections.abc import Callable

import numpy as np
import shapely

from filing import identifier, operations
from measuring import Report, interleaved_s, p50_p99_us, parser
from openline.conflict import ConflictIndex, Minima
from peers import PlaneTree
from volumes import Floats, Ints, generate

ENGINE = "Openline, conflicts(operation)"
CLEAR = "Openline, is_clear(operation)"


def from_coordinates(tree: PlaneTree) -> Callable[..., Ints]:
    """The tree's question where the outline is given as coordinates (k, 2)."""

    def query(lonlat: Floats, lower: float, upper: float, start: float, end: float) -> Ints:
        outline = shapely.polygons(lonlat)
        shapely.prepare(outline)  # pays for itself, and is the faster way
        return tree.query(outline, lower, upper, start, end)

    return query


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--live", type=int, default=100_000)
    arguments.add_argument("--questions", type=int, default=1_000)
    given = arguments.parse_args()
    volumes, asked = generate(given.live, given.seed), generate(given.questions, given.seed + 1)
    ids = [identifier(number) for number in range(given.live)]
    index = ConflictIndex.from_volumes(*volumes.arrays, ids=ids, minima=Minima.f3548)
    tree = PlaneTree(volumes, np.arange(given.live))
    filed = [(operation,) for operation in operations(asked, first_number=given.live)]
    sides = {
        ENGINE: (index.conflicts, filed),
        CLEAR: (index.is_clear, filed),
        f"{tree.name}, polygon from coordinates": (from_coordinates(tree), list(asked.each())),
    }
    taken = interleaved_s(sides, given.rounds)
    report = Report(f"One question with objects, {given.live:,} live", given)
    own_p50, own_p99 = p50_p99_us(taken[ENGINE])
    for name, samples in taken.items():
        p50, p99 = p50_p99_us(samples)
        report.row(what=name, p50_us=p50, p99_us=p99, p50_times=p50 / own_p50, p99_times=p99 / own_p99)
    answers = sum(len(index.conflicts(*one)) for one in filed)
    report.note(f"{answers / given.questions:.3g} conflicts a question")
    report.print()


if __name__ == "__main__":
    main()
