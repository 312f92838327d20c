"""One atomic step of a node: the open transaction, the desks, our operations, and the time that it is.

Everything that a step writes goes through here, so that a file of decisions never has to know where rows
live.
"""

from collections.abc import Callable, Mapping

import msgspec

from openline.airspace.operation import Operation
from openline.errors import NotFound, Unavailable
from openline.node.desk import Desk
from openline.node.keyring import Ring
from openline.node.own import Own
from openline.node.party_words import decode_words, kept_words
from openline.node.ports import AlarmRow, Signer, Transaction
from openline.node.record import record

NewId = Callable[[], str]
"""A fresh random UUID4 text. Given by bootstrap (or by a seeded simulation): the core itself knows no
chance.
"""

RESTORED = "restored"
"""The setting that ``openline restore`` leaves: this node may have said more than it remembers."""


class Step(msgspec.Struct, frozen=True):
    """tx: the open transaction. desks: by accord id. own: our operations. now_ms: the node's clock."""

    party: str
    tx: Transaction
    desks: Mapping[str, Desk]
    own: Own
    ring: Ring
    new_id: NewId
    now_ms: int

    def mark(self) -> object:
        """Equal to an earlier mark of this step if nothing has changed since: no row, and nothing that is
        derived from rows.
        """
        return self.tx.changes, [desk.line.pending for desk in self.desks.values()]

    def all_desks(self) -> list[Desk]:
        return list(self.desks.values())

    def desk(self, accord_id: str) -> Desk:
        desk = self.desks.get(accord_id)
        if desk is None:
            raise NotFound(
                "no-such-line",
                f"there is no line under accord {accord_id}",
                party=self.party,
                field="accord_id",
                remedy="openline accord show lists the accords of this node",
            )
        return desk

    @property
    def is_recovering(self) -> bool:
        return self.tx.setting(RESTORED) == "1"

    def check_recovered(self) -> None:
        """A node back from a backup does not know what it has said since: it asks its partner before it
        speaks.
        """
        if self.is_recovering:
            raise Unavailable(
                "recovering",
                "restored from a backup, and the partner has not given back yet what this node said since",
                party=self.party,
                remedy="let `openline serve` open a session with the partner, then file again",
            )

    def asks_first(self, desk: Desk) -> bool:
        """Whether we may have said more there than we remember."""
        return self.is_recovering or desk.is_unproved

    def check_proved(self, desk: Desk) -> None:
        """A whole line may have been lost with a store, and its accord installed again since."""
        if desk.is_unproved:
            raise Unavailable(
                "recovering",
                f"this node was restored once, and {desk.partner} has not said yet what it holds of ours",
                party=self.party,
                message=desk.accord_id,
                remedy="let `openline serve` open a session with the partner, then try again",
            )

    def take_words(self) -> None:
        """What was kept of the parties' words counts from here on."""
        words = decode_words(kept_words(self.tx))
        for desk in self.all_desks():
            desk.keys.take_words(words)

    # Which key of ours seals

    def sealer(self, desk: Desk) -> Signer:
        """For the next message of a lane: the key that counts there. Raises Unavailable ``node-key-missing``,
        ``node-key-revoked``.
        """
        counting = desk.keys.chain(self.party).current
        signer = next(filter(None, map(self.ring.find, reversed(list(counting)))), None)
        if signer is None:
            raise Unavailable(
                "node-key-missing",
                f"the node key that counts on the line with {desk.partner} is not at hand",
                message=next(iter(counting)),
                party=self.party,
                field="keys",
                remedy="put it into keys/ (no restart is needed), or: openline key rotate --lost",
            )
        if desk.keys.is_revoked(self.party, signer.id, self.now_ms):
            raise Unavailable(
                "node-key-revoked",
                f"the node key that counts on the line with {desk.partner} is revoked",
                party=self.party,
                message=signer.id,
                field="keys",
                remedy="openline key request, certify it, then: openline key rotate --lost",
            )
        return signer

    def can_seal(self, desk: Desk) -> bool:
        """Whether anything new can be said there now. A line on which we cannot speak is heard all the
        same.
        """
        try:
            self.check_proved(desk)
            self.sealer(desk)
        except Unavailable:
            return False
        return True

    def speaker(self, desk: Desk) -> Signer:
        """For LAMs and controls: the same; where it is not to be had, the newest that is here, whose
        certificate people have brought to the partner.
        """
        try:
            return self.sealer(desk)
        except Unavailable:
            return self.ring.newest()

    def save(self, operation: Operation) -> None:
        self.own.save(self.tx, operation)

    def own_behind(self, desk: Desk, notice_id: str) -> Operation | None:
        """Our operation behind one of our notices."""
        operation_id = desk.operation_id_of(notice_id)
        return self.own.get(operation_id) if operation_id else None

    def record(self, kind: str, body: Mapping[str, str | int]) -> None:
        """A line in the node's own journal."""
        record(self.tx, self.now_ms, kind, body)

    @staticmethod
    def alarm_id(accord_id: str, kind: str, subject: str) -> str:
        return f"{accord_id}/{kind}/{subject}"[:250]

    def alarm(self, accord_id: str, kind: str, subject: str, text: str) -> None:
        """Raise an alarm once for one cause, and note it in the node's own journal."""
        alarm_id = self.alarm_id(accord_id, kind, subject)
        if self.tx.raise_alarm(AlarmRow(alarm_id, accord_id, kind, text, self.now_ms)):
            body = {"accord": accord_id, "kind": kind, "subject": subject, "text": text[:500]}
            self.record("alarm", body)
