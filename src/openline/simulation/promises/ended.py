"""Does an operation end when its time is over?"""

from typing import Final

from openline.simulation.centre import Centre
from openline.simulation.promises.promise import Promise

ENDS_BY_ITSELF: Final = ("Proposed", "Accepted", "Activated")
"""Who is off nominal is ended by a person only (F3548-21, 4.4)."""


class OverIsEnded(Promise):
    """After each tick of a node that knows what it has said, none of its operations stands whose end is past,
    by its own clock.
    """

    name = "over-is-ended"

    def ticked(self, centre: Centre) -> None:
        if centre.is_recovering:
            return
        now_ms = self.world.scheduler.now_ms + centre.clock_ms
        states = ", ".join(f"'{state}'" for state in ENDS_BY_ITSELF)
        found = centre.ledger.rows(
            f"SELECT operation_id, state FROM operation WHERE end_ms < ? AND state IN ({states})", now_ms
        )
        for operation_id, state in found:
            self.broken(centre.name, f"operation {operation_id} is over, and {state}")
