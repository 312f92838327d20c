"""One simulation from begin to end: storms, and after each of them everything has to come right again."""

from collections.abc import Callable
from typing import Final

from openline.errors import Invalid
from openline.simulation.activities import KINDS
from openline.simulation.promises import Broken
from openline.simulation.report import Failure, Report, report_of
from openline.simulation.world import Setup, World

SHORTEST_STORM: Final = 200
LONGEST_STORM: Final = 900
"""Steps of one storm. After it all heals, and both sides are compared."""

Progress = Callable[[int], None]
"""Called with how many steps were done since the last call."""


def simulate(
    setup: Setup,
    steps: int,
    *,
    until: int | None = None,
    listen: Callable[[str], None] = lambda line: None,
    progress: Progress = lambda done: None,
) -> Report:
    """Run about ``steps`` steps (healing takes some more), or up to the first promise that breaks.

    until: stop after this step as things are then, without healing. listen: is told each line of the trace.
    Raises Invalid ``no-such-kind`` for a kind of act that there is not.
    """
    _check_kinds(setup)
    world = World(setup, listen)
    course = _Course(world, progress)
    try:
        world.begin()
        course.run(steps, until)
    except Broken as broken:
        failure = Failure(
            promise=broken.promise,
            who=broken.who,
            text=broken.text,
            step=world.steps + 1,
            trace=tuple(world.trace),
        )
        return report_of(world, steps, course.storms, failure)
    return report_of(world, steps, course.storms, None)


class _Course:
    def __init__(self, world: World, progress: Progress) -> None:
        self.storms = 0
        self._world = world
        self._progress = progress
        self._shown = 0

    def run(self, steps: int, until: int | None) -> None:
        end = min(steps, until) if until is not None else steps
        chance = self._world.chances.of("storms")
        while self._world.steps < end:
            self._storm(min(end, self._world.steps + chance.randrange(SHORTEST_STORM, LONGEST_STORM)))
            if until is None or self._world.steps < until:
                self._world.heal()
                self.storms += 1

    def _storm(self, to_step: int) -> None:
        while self._world.steps < to_step:
            self._world.step()
            self._progress(self._world.steps - self._shown)
            self._shown = self._world.steps


def _check_kinds(setup: Setup) -> None:
    unknown = sorted(setup.without - KINDS)
    if unknown:
        raise Invalid(
            "no-such-kind",
            f"there is no act or trouble {unknown[0]!r} to leave out",
            field="without",
            remedy=f"choose among {', '.join(sorted(KINDS))}",
        )
