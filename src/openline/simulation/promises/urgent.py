"""Does what is urgent overtake? Nothing of the routine lane leaves before what is urgent."""

from collections.abc import Sequence

from openline.simulation import oracle
from openline.simulation.centre import Centre
from openline.simulation.founding import Line
from openline.simulation.promises.promise import Promise


class UrgentFirst(Promise):
    """In each body what is urgent comes first; and a body of our own that has anything routine has everything
    urgent that the partner lacks.
    """

    name = "urgent-first"

    def left(self, centre: Centre, line: Line, items: Sequence[bytes]) -> None:
        places = [said.payload["place"] for it in items if (said := _message(it)) is not None]
        lanes = [place["lane"] for place in places]
        if "routine" not in lanes:
            return
        if "urgent" in lanes[lanes.index("routine") :]:
            self.broken(centre.name, f"{line.title}: something urgent leaves behind something routine")
        if places[0]["sender"] == centre.name:
            self._check_complete(centre, line, [it["number"] for it in places if it["lane"] == "urgent"])

    def _check_complete(self, centre: Centre, line: Line, leaving: list[int]) -> None:
        partner = self.world.centres[line.other(centre.name)]
        lane = line.accord_id, centre.name, "urgent"
        held = partner.ledger.number(*lane), centre.ledger.acknowledged.get(lane, 0)
        last = max((*leaving, *held))
        if last < centre.ledger.number(*lane):
            text = f"routine leaves, and urgent {last + 1} waits"
            self.broken(centre.name, f"{line.title}: {text}")


def _message(sealed: bytes) -> oracle.Read | None:
    said = oracle.read(sealed)
    return said if said is not None and said.payload_type == oracle.LINE_TYPE else None
