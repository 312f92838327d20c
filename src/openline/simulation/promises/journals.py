"""Are both journals whole, and do they agree on what was signed? Entry by entry, as each is committed."""

import hashlib
import json
from typing import TYPE_CHECKING, Any

from openline.node.audit import audit
from openline.simulation import oracle
from openline.simulation.centre import Centre
from openline.simulation.founding import Line
from openline.simulation.ledger import LamRow, LaneKey, News, PrivateRow, Row
from openline.simulation.promises.promise import Promise

if TYPE_CHECKING:
    from openline.simulation.world import World


class JournalsVerify(Promise):
    """Every entry is the next of its lane, follows the one before it, says how far its sender had come and
    what it had heard by then, and is signed with its sender's key
    that counts for its place, from KEY to KEY, each of which carries its party's word; the LAMs are signed
    too, over the roots of these very lanes, and under no key that was seen to be followed; and the node's own
    journal is one chain.
    """

    name = "journals-verify"

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._ends: dict[str, tuple[int, str]] = {}  # of the nodes' own journals
        self._come: dict[tuple[str, LaneKey], int] = {}  # by centre and lane: how far it has come there

    def committed(self, centre: Centre, news: News) -> None:
        for entry in news.entries:
            self._check_entry(centre, entry)
        for lam in news.lams:
            self._check_lam(centre, lam, news)
        for record in news.private:
            self._check_private(centre, record)
        for key in dict.fromkeys(entry.lane_key for entry in news.entries):
            hashes = centre.ledger.lane(key).hashes
            if centre.ledger.head(key) != (len(hashes), hashes[-1]):
                self.broken(centre.name, f"the head of lane {key} is not its last entry")

    def _check_entry(self, centre: Centre, entry: Row) -> None:
        line = self.world.lines[entry.accord]
        where = f"{line.title}, {entry.lane} lane of {entry.sender}, number {entry.number}"
        said = oracle.read(entry.sealed)
        if said is None:
            self.broken(centre.name, f"{where}: what is kept is no envelope")
        place = said.payload["place"]
        wanted = {
            "accord": entry.accord,
            "sender": entry.sender,
            "receiver": line.other(entry.sender),
            "lane": entry.lane,
            "number": entry.number,
            "exercise": True,
            "previous": centre.ledger.hash_at(entry.lane_key, entry.number - 1),
        }
        wrong = [name for name, value in wanted.items() if place[name] != value]
        if wrong or entry.hash != centre.ledger.hash_at(entry.lane_key, entry.number):
            self.broken(centre.name, f"{where}: {wrong or ['hash']} is not what it has to be")
        self._check_known(centre, line, entry, place, where)
        self._check_sealed(centre, line, entry, where)

    def _check_known(self, centre: Centre, line: Line, entry: Row, place: dict[str, Any], where: str) -> None:
        """What it claims to have said and heard stood before it in its own journal, and nothing else did."""
        self._come[centre.name, entry.lane_key] = entry.number
        if not centre.says_now(entry) or not self.world.is_honest(line):
            return
        beside = {"urgent": "routine", "routine": "urgent"}[entry.lane]
        partner = line.other(centre.name)
        claims = {(centre.name, beside): place["beside"]}
        claims |= {(partner, lane): number for lane, number in place["seen"].items()}
        for (party, lane), number in claims.items():
            come = self._come.get((centre.name, (entry.accord, party, lane)), 0)
            if number != come:
                text = f"it claims {lane} {number} of {party}, and holds {come}"
                self.broken(centre.name, f"{where}: {text}")

    def _check_sealed(self, centre: Centre, line: Line, entry: Row, where: str) -> None:
        """By the sender's own KEY messages: they stand in its journal before anything under the new key."""
        sender = self.world.centres[entry.sender]
        key = sender.ledger.key_at(entry.lane_key, entry.number, line.first_keys[entry.sender])
        if not oracle.is_signed_by(entry.sealed, key):
            self.broken(
                centre.name, f"{where}: {entry.sender} has never signed this with the key that counts there"
            )
        if entry.kind == "KEY":
            reign = oracle.reign(entry.sealed)
            party = bytes.fromhex(self.world.identities[entry.sender].party_key.public.hex)
            if reign is None or not oracle.is_signed_by(reign.certificate, party):
                self.broken(centre.name, f"{where}: a key follows without its party's word")

    def _check_lam(self, centre: Centre, lam: LamRow, news: News) -> None:
        line = self.world.lines[lam.accord]
        where = f"{line.title}, LAM {lam.number} of the {lam.lane} lane of {lam.sender}"
        said = oracle.read(lam.sealed)
        if said is None or said.payload["root"] != centre.ledger.root_at(lam.lane_key, lam.number):
            self.broken(centre.name, f"{where}: its root is not that of the lane")
        if not any(
            oracle.is_signed_by(lam.sealed, key) for key in self._may_acknowledge(centre, line, lam, news)
        ):
            self.broken(centre.name, f"{where}: no key that counts has signed it")

    def _may_acknowledge(self, centre: Centre, line: Line, lam: LamRow, news: News) -> list[bytes]:
        """What counted for the receiver's next words as this journal knew before, and what followed since.
        Who was brought back is given those under any key that it had.
        """
        signer = line.other(lam.sender)
        first, accord = line.first_keys[signer], line.accord_id
        if signer == centre.name and centre.is_brought_back:
            return centre.ledger.keys_of(accord, signer, first)
        fresh = sum(1 for it in news.entries if (it.accord, it.sender, it.kind) == (accord, signer, "KEY"))
        known = centre.ledger.keys_of(accord, signer, first)[-1 - fresh]
        every = self.world.centres[signer].ledger.keys_of(accord, signer, first)
        return every[every.index(known) :] if known in every else [known]

    def _check_private(self, centre: Centre, record: PrivateRow) -> None:
        number, last = self._ends.get(centre.name, (0, oracle.NO_HASH))
        content = (
            f'{{"at_ms":{record.at_ms},"body":{record.body.decode()},"kind":{json.dumps(record.kind)},'
            f'"number":{record.number},"previous":"{record.previous}"}}'
        )
        digest = hashlib.sha256(b"openline-private-v1\n" + content.encode()).hexdigest()
        if (record.number, record.previous, record.hash) != (number + 1, last, digest):
            self.broken(centre.name, f"its own journal: record {record.number} does not follow {number}")
        self._ends[centre.name] = record.number, record.hash

    def restored(self, centre: Centre, kept: News) -> None:
        self._ends.pop(centre.name, None)
        self._come = {key: number for key, number in self._come.items() if key[0] != centre.name}
        self._come |= {(centre.name, entry.lane_key): entry.number for entry in kept.entries}
        for record in kept.private:
            self._check_private(centre, record)

    def verified(self) -> None:
        """The node's own audit, which derives everything anew: chains, trees, signatures, picture."""
        for centre in self.world.centres.values():
            with centre.store.reading() as tx:
                findings = audit(tx, centre.name).findings
            if findings:
                self.broken(centre.name, f"openline journal verify finds {findings[0]}")


class JournalsAgree(Promise):
    """What one side holds of the other's lane is a beginning of that lane, byte for byte; and no party uses a
    number that its partner holds for other words, also when it has lost them.
    """

    name = "journals-agree"

    def committed(self, centre: Centre, news: News) -> None:
        for entry in news.entries:
            line = self.world.lines[entry.accord]
            if entry.sender != centre.name and not self.world.centres[entry.sender].is_liar:
                self._compare(centre, line, entry)
            elif entry.sender == centre.name and self.world.is_honest(line):
                self._check_number(centre, line, entry)

    def _check_number(self, centre: Centre, line: Line, entry: Row) -> None:
        partner = self.world.centres[line.other(centre.name)]
        if partner.ledger.hash_at(entry.lane_key, entry.number) not in (None, entry.hash):
            text = f"{line.title}, {entry.lane} {entry.number}: {partner.name} holds other words of it there"
            self.broken(centre.name, text)

    def _compare(self, centre: Centre, line: Line, entry: Row) -> None:
        theirs = self.world.centres[entry.sender].ledger.hash_at(entry.lane_key, entry.number)
        if theirs != centre.ledger.hash_at(entry.lane_key, entry.number):
            said = "another message" if theirs else "nothing"
            text = f"{line.title}, {entry.lane} {entry.number}: {entry.sender} has committed {said} there"
            self.broken(centre.name, text)
