"""Does what is urgent overtake? Nothing of the routine lane leaves before what is urgent."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from openline.simulation import oracle
from openline.simulation.centre import Centre
from openline.simulation.founding import Line
from openline.simulation.ledger import News
from openline.simulation.promises.promise import Promise

if TYPE_CHECKING:
    from openline.simulation.world import World


class UrgentFirst(Promise):
    """In each body what is urgent comes first. When anything routine of our own leaves, everything urgent
    that the partner lacks has left before, or waits for the answer to what is urgent and on its way. What is
    said in the very step that looks for the routine lane follows at once.
    """

    name = "urgent-first"

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._gone: dict[
            tuple[str, str], int
        ] = {}  # by party and accord, the highest urgent number that left

        self._just_said: dict[tuple[str, str], tuple[int, int]] = {}  # likewise: when, and the first of it

    def committed(self, centre: Centre, news: News) -> None:
        urgent = [it for it in news.entries if it.sender == centre.name and it.lane == "urgent"]
        for entry in reversed(urgent):
            self._just_said[centre.name, entry.accord] = self.world.scheduler.now_ms, entry.number

    def restored(self, centre: Centre, kept: News) -> None:
        self._gone = {key: number for key, number in self._gone.items() if key[0] != centre.name}

    def left(self, centre: Centre, line: Line, items: Sequence[bytes]) -> None:
        places = [said.payload["place"] for it in items if (said := _message(it)) is not None]
        places = [place for place in places if place["sender"] == centre.name]  # not what is given back
        lanes = [place["lane"] for place in places]
        if "routine" in lanes and "urgent" in lanes[lanes.index("routine") :]:
            self.broken(centre.name, f"{line.title}: something urgent leaves behind something routine")
        if not places:
            return
        key = centre.name, line.accord_id
        urgent = [place["number"] for place in places if place["lane"] == "urgent"]
        self._gone[key] = max(self._gone.get(key, 0), *urgent, 0)
        if "routine" in lanes:
            self._check_nothing_waits(centre, line, self._gone[key])

    def _check_nothing_waits(self, centre: Centre, line: Line, gone: int) -> None:
        lane = line.accord_id, centre.name, "urgent"
        held = self.world.centres[line.other(centre.name)].ledger.number(*lane)
        speaker = self.world.speakers[centre.name, line.accord_id]
        last = max(gone, held)
        at_ms, first = self._just_said.get((centre.name, line.accord_id), (0, 0))
        before = first - 1 if at_ms == self.world.scheduler.now_ms else centre.ledger.number(*lane)
        if last < before and not speaker.is_urgent_on_its_way:
            self.broken(centre.name, f"{line.title}: routine leaves, and urgent {last + 1} waits")


def _message(sealed: bytes) -> oracle.Read | None:
    said = oracle.read(sealed)
    return said if said is not None and said.payload_type == oracle.LINE_TYPE else None
