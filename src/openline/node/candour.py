"""Does the partner contradict itself about what it had received, and what of ours does it reject?

Who knew what is read from ``seen``, and nobody can look into the other's node: whoever understates it makes a
late word look as if it had crossed ours. But it has signed earlier words about the same thing. What it says
still counts, so that both sides read one picture; that it contradicts itself is an alarm, and can be proved.
"""

from collections.abc import Iterator

from openline.coordination.fact import Fact
from openline.coordination.messages import Rejection
from openline.journal.entry import Lane, Place, Seen, open_line
from openline.node.desk import Desk
from openline.node.ports import LamRow, Transaction

_NOTHING = Seen(0, 0)


class Candour:
    """Looks at the new messages of one batch, in their order."""

    def __init__(self, tx: Transaction, desk: Desk) -> None:
        self._tx = tx
        self._desk = desk
        self._before: dict[Lane, Seen] = {}
        self._covering: dict[tuple[Lane, int], LamRow | None] = {}

    def contradictions(self, place: Place) -> Iterator[str]:
        """What is wrong with the ``seen`` of the message that is next on its lane, in words for people."""
        before, said = self._seen_before(place), self._desk.seen_of(self._desk.me)
        self._before[place.lane] = place.seen
        for lane in Lane:
            now = place.seen.on(lane)
            if now < before.on(lane):
                yield _says(place, lane, f"the message before it said {before.on(lane)}")
            elif now > said.on(lane):
                yield _says(place, lane, f"we have said {said.on(lane)}")
            elif (covered := self._acknowledged_before(lane, now, place.at_ms)) is not None:
                yield _says(place, lane, f"an earlier LAM of it covers {covered}")

    def _seen_before(self, place: Place) -> Seen:
        """That of the message before it on its lane."""
        if place.lane not in self._before:
            desk = self._desk
            entry = self._tx.entry(desk.accord_id, desk.partner, place.lane, place.number - 1)
            self._before[place.lane] = open_line(entry.sealed, None).place.seen if entry else _NOTHING
        return self._before[place.lane]

    def _acknowledged_before(self, lane: Lane, seen: int, at_ms: int) -> int | None:
        """The number up to which the partner had signed for our lane before the time that its message states,
        where that is more than the message says.
        """
        desk = self._desk
        if seen >= self._tx.acknowledged(desk.accord_id, desk.me, lane):
            return None
        lam = self._lam_covering(lane, seen + 1)
        return lam.number if lam is not None and lam.at_ms < at_ms else None

    def _lam_covering(self, lane: Lane, number: int) -> LamRow | None:
        """Asked once in a batch for all messages that have seen as much. A LAM that comes between them counts
        for the next batch.
        """
        if (lane, number) not in self._covering:
            desk = self._desk
            self._covering[lane, number] = self._tx.lam_covering(desk.accord_id, desk.me, lane, number)
        return self._covering[lane, number]


def _says(place: Place, lane: Lane, but: str) -> str:
    what = f"{place.sender} says in its {place.lane} number {place.number} that it had received"
    return f"{what} {place.seen.on(lane)} of our {lane} lane; {but}"


def rejected(tx: Transaction, desk: Desk, fact: Fact | None) -> Iterator[tuple[str, str]]:
    """The message of ours that an LRM of the partner cites, and what comes of it, in words for people: what
    it says is out of both pictures, and the aircraft is still there.
    """
    if fact is None or not isinstance(fact.body, Rejection):
        return
    cited = fact.body
    ours = tx.entry(desk.accord_id, desk.me, cited.lane, cited.number)
    if ours is not None and ours.hash == cited.message:
        what = f"our {ours.kind}, {cited.lane} number {cited.number} ({cited.code})"
        stands = desk.line.picture.find(cited.message) is not None
        outcome = "it stands all the same" if stands else "it is in neither picture any more"
        yield cited.message, f"{desk.partner} rejects {what}: {outcome}"
