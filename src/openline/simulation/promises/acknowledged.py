"""Is what was acknowledged still there? To the partner by a LAM, to an operator by an answer."""

import msgspec

from openline.simulation.centre import Centre
from openline.simulation.ledger import LaneKey, News
from openline.simulation.promises.promise import Promise


class Answered(msgspec.Struct, frozen=True):
    """What an operator was told to be done: an operation up to a version, and messages by their hash."""

    operation_id: str | None = None
    version: int = 0
    message: str | None = None


class AcknowledgedIsKept(Promise):
    """What a LAM covers is in the receiver's journal, byte for byte as it was said; what a store has held
    once it holds for ever; what an operator was told is in it at once.
    """

    name = "acknowledged-is-kept"

    def committed(self, centre: Centre, news: News) -> None:
        for lam in news.lams:
            line = self.world.lines[lam.accord]
            receiver = self.world.centres[line.other(lam.sender)]
            if self.world.is_honest(line):
                self._compare(centre, receiver, lam.lane_key, lam.number)

    def _compare(self, centre: Centre, receiver: Centre, lane: LaneKey, number: int) -> None:
        sender = self.world.centres[lane[1]]
        root = receiver.ledger.root_at(lane, number)
        if root is None or root != sender.ledger.root_at(lane, number):
            text = f"there is a LAM for {lane[2]} {number} of {lane[1]}, and {receiver.name} holds not that"
            self.broken(centre.name, text)

    def answered(self, centre: Centre, answer: Answered) -> None:
        """An operator of this centre has just been told that this is done."""
        ledger = centre.ledger
        if answer.operation_id and ledger.operation_version(answer.operation_id) < answer.version:
            text = (
                f"operation {answer.operation_id} version {answer.version} was confirmed, and is not stored"
            )
            self.broken(centre.name, text)
        if answer.message and not ledger.count("entry", f"hash = '{answer.message}'"):
            self.broken(centre.name, f"message {answer.message} was confirmed, and is not in the journal")

    def started(self, centre: Centre) -> None:
        """After a crash the store holds what it held."""
        if centre.ledger.counts() != centre.ledger.expected_counts():
            text = f"it held {centre.ledger.expected_counts()} rows, and now {centre.ledger.counts()}"
            self.broken(centre.name, text)

    def verified(self) -> None:
        for centre in self.world.centres.values():
            self.started(centre)
            for lane, hashes in centre.ledger.all_hashes():
                if hashes != centre.ledger.lane(lane).hashes:
                    self.broken(centre.name, f"lane {lane} is not what it was")
