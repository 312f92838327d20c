"""How cost grows from a thousand volumes to a million. Run by ``make bench``.

    python bench/growth.py [--live 1000 3000 ... 1000000] [--questions 500] [--seed 11] [--json]
    python bench/growth.py --json > growth.json; python bench/growth.py --draw growth.json

Twice: in one square, where each question has more answers as more is in it, and in a square that grows with
the set, where it has as many. --draw makes docs/images/conflict-growth.png of what was printed, and needs
matplotlib.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from measuring import Report, interleaved_s, median_s, p50_p99_us, parser, progress
from openline.conflict import ConflictIndex
from peers import PlaneTree
from volumes import SIDE_M, generate

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "conflict-growth.png"
SIZES = [1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000]
SAME_DENSITY = 100_000
"""The size at which the growing square is as large as the one that does not grow."""
SAME, GROWING = "100 km", "growing"


def measure(count: int, square: str, given: argparse.Namespace, report: Report) -> None:
    """Add the row of one size."""
    side_m = SIDE_M if square == SAME else SIDE_M * (count / SAME_DENSITY) ** 0.5
    volumes = generate(count, given.seed, side_m=side_m)
    asked = generate(given.questions, given.seed + 1, side_m=side_m)
    rounds = given.rounds if count <= SAME_DENSITY else 1
    load_s = median_s(ConflictIndex.from_volumes, volumes.arrays, rounds)
    index = ConflictIndex.from_volumes(*volumes.arrays)
    tree = PlaneTree(volumes, np.arange(count))
    sides = {
        "own": (index.query_volume, list(asked.each())),
        "tree": (tree.query, tree.questions(asked)),
    }
    taken = interleaved_s(sides, given.rounds)
    pairs_s = median_s(index.all_pairs, (), rounds)
    answers = float(np.mean([len(index.query_volume(*one)) for one in asked.each()]))
    p50_us, p99_us = p50_p99_us(taken["own"])
    tree_p50_us, tree_p99_us = p50_p99_us(taken["tree"])
    report.row(
        square=square,
        live=count,
        answers=answers,
        p50_us=p50_us,
        p99_us=p99_us,
        tree_p50_us=tree_p50_us,
        tree_p99_us=tree_p99_us,
        load_us_each=load_s / count * 1e6,
        pairs_us_each=pairs_s / count * 1e6,
    )


def draw(printed: Path) -> None:
    """The picture of what ``--json`` printed."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = json.loads(printed.read_text("utf-8"))["rows"]
    figure, panels = pyplot.subplots(1, 2, figsize=(11, 4.2), sharex=True, sharey=True)
    titles = {SAME: "one square of 100 km: more answers", GROWING: "the square grows with the set"}
    curves = {
        "p50_us": ("one check, p50", "C0", "-"), "p99_us": ("one check, p99", "C0", ":"),
        "tree_p50_us": ("STRtree, p50", "C1", "-"), "tree_p99_us": ("STRtree, p99", "C1", ":"),
        "pairs_us_each": ("all pairs, a volume", "C2", "-"),
        "load_us_each": ("bulk load, a volume", "C3", "-"),
    }  # fmt: skip
    for panel, (square, title) in zip(panels, titles.items(), strict=True):
        chosen = [row for row in rows if row["square"] == square]
        for field, (label, colour, line) in curves.items():
            sizes, costs = ([row[name] for row in chosen] for name in ("live", field))
            panel.loglog(sizes, costs, line, color=colour, label=label, marker=".")
        panel.set(title=title, xlabel="live volumes")
        panel.grid(visible=True, alpha=0.3)
    panels[0].set_ylabel("microseconds")
    panels[0].legend(fontsize="small")
    figure.tight_layout()
    figure.savefig(PICTURE, dpi=110, metadata={"Software": None})
    print(f"wrote {PICTURE}")


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--live", type=int, nargs="+", default=SIZES)
    arguments.add_argument("--questions", type=int, default=500)
    arguments.add_argument("--draw", type=Path, metavar="FILE", help="draw what --json printed")
    given = arguments.parse_args()
    if given.draw:
        draw(given.draw)
        return
    measure(SIZES[0], SAME, given, Report("to warm up", given))
    report = Report("Growth", given)
    with progress() as shown:
        for count in shown.track(given.live, description="sizes"):
            for square in (SAME, GROWING):
                measure(count, square, given, report)
    report.print()


if __name__ == "__main__":
    main()
