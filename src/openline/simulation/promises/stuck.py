"""Does the node go on by itself? What nobody asked for is never refused."""

from typing import Any

from openline.simulation.centre import Centre, Outcome
from openline.simulation.promises.promise import Promise


class NeverStuck(Promise):
    """A tick, a batch from the partner, HEADS and outbound fail only where the disk does; whatever is wrong
    in a batch is told of the one item.
    """

    name = "never-stuck"

    def by_itself(self, centre: Centre, what: str, outcome: Outcome[Any]) -> None:
        """The node was called by its own loop, or by what came over the line."""
        fault = outcome.fault
        if fault is not None and fault.code != "disk-full":
            self.broken(centre.name, f"{what}: {fault}")
