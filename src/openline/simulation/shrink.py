"""What does a failure need? It is run again with one kind of act or trouble less, as long as it still fails.

Each kind has a stream of chance of its own, so leaving one out leaves the others as they were.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from openline.simulation.activities import KINDS
from openline.simulation.course import simulate
from openline.simulation.report import Report
from openline.simulation.world import Setup

SLACK: Final = 2
"""Without a kind of act the failure may come later: up to this many times as many steps."""


def shrink(setup: Setup, report: Report, tell: Callable[[str], None] = lambda line: None) -> Report:
    """The report of the smallest setup that was found to break the same promise; ``report`` where that is
    the one given. tell: is told what is tried.
    """
    if report.failure is None:
        return report
    smallest = report
    for smaller in _smaller(setup):
        setup, smallest = _tried(setup, smallest, smaller, tell)
    return smallest


def _smaller(setup: Setup) -> list[Callable[[Setup], Setup]]:
    fewer = [lambda it: msgspec.structs.replace(it, parties=2, liar=False)] if setup.parties > 2 else []
    return fewer + [_without(kind) for kind in sorted(KINDS - setup.without)]


def _without(kind: str) -> Callable[[Setup], Setup]:
    return lambda setup: msgspec.structs.replace(setup, without=setup.without | {kind})


def _tried(
    setup: Setup, smallest: Report, make: Callable[[Setup], Setup], tell: Callable[[str], None]
) -> tuple[Setup, Report]:
    assert smallest.failure is not None
    smaller = make(setup)
    again = simulate(smaller, SLACK * smallest.failure.step)
    fails = again.failure is not None and again.failure.promise == smallest.failure.promise
    left_out = sorted(smaller.without - setup.without) or [f"more than {smaller.parties} parties"]
    tell(f"without {left_out[0]}: {'breaks all the same' if fails else 'holds'}")
    return (smaller, again) if fails else (setup, smallest)
