"""Is every queue bounded, and does nothing grow but what has to?"""

from collections.abc import Sequence
from typing import Final

from openline.coordination.session import MAX_RESENT
from openline.link.batch import MAX_BODY_BYTES
from openline.node.ports import MAX_QUARANTINE_ROWS
from openline.simulation.centre import Centre
from openline.simulation.founding import Line
from openline.simulation.promises.promise import Promise

LOOKED_EVERY: Final = 25
"""Steps of a centre between two looks at the sizes of its tables."""
ALARMS_OF_A_LINE: Final = 16
"""Standing alarms that a line may have by itself."""
ALARMS_OF_A_QUESTION: Final = 8
"""And each conflict, call, check, readback, talk and thing passed on: a call has one, one for each rung of
the ladder, and one for each answer that is missing.
"""
ALARMS_OF_A_KEY: Final = 3
"""And each key of a partner, on each line: that it is revoked, and what is said under it all the same."""
MAX_LEFT: Final = 4 * MAX_RESENT + 16
"""Items of one body: what a RESEND for each lane brings back, and what is signed beside the lanes."""
SETTINGS: Final = 20
SETTINGS_OF_A_LINE: Final = 10
PRIVATE_A_COMMIT: Final = 4
"""Records that a commit adds to the node's own journal, on average."""


class QueuesAreBounded(Promise):
    """Batches, quarantine, alarms, settings, the node's own journal and the picture's rows."""

    name = "queues-bounded"

    def stepped(self, centre: Centre) -> None:
        if centre.store.commits % LOOKED_EVERY == 0:
            self._look(centre)

    def _look(self, centre: Centre) -> None:
        ledger = centre.ledger
        entries, _, private = ledger.expected_counts()
        lines = len(self.world.lines_of(centre.name))
        asked = ledger.count("picture", "kind IN ('conflict', 'check', 'call', 'talk', 'readback', 'passed')")
        most = {
            "quarantine": MAX_QUARANTINE_ROWS,
            "picture": entries + lines,
            "parts": ledger.count("picture", "kind = 'notice'"),
            "setting": SETTINGS + SETTINGS_OF_A_LINE * lines,
        }
        found = {table: ledger.count(table) for table in most}
        most["alarm"], found["alarm"] = (
            ALARMS_OF_A_LINE * lines + ALARMS_OF_A_QUESTION * asked + ALARMS_OF_A_KEY * self._keys(centre),
            ledger.count("alarm", _STANDING),
        )
        most["private_journal"], found["private_journal"] = (
            PRIVATE_A_COMMIT * centre.store.commits + 20,
            private,
        )
        for table, count in found.items():
            if count > most[table]:
                self.broken(centre.name, f"{table} has {count} rows, at most {most[table]} are explained")

    def _keys(self, centre: Centre) -> int:
        """How many keys of partners have been followed, on all lines together."""
        lines = self.world.lines_of(centre.name)
        return sum(len(self.world.identities[line.other(centre.name)].followed) for line in lines)

    def left(self, centre: Centre, line: Line, items: Sequence[bytes]) -> None:
        size = sum(map(len, items))
        if len(items) > MAX_LEFT or size > MAX_BODY_BYTES:
            self.broken(centre.name, f"{line.title}: a body of {len(items)} items and {size} bytes leaves")

    def healed(self) -> None:
        for centre in self.world.centres.values():
            self._look(centre)


_STANDING: Final = "cleared_ms IS NULL"
