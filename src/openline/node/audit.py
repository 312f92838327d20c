"""Is the store what the journal says, and the journal what was said?

Three questions, from the ground up: are the sealed bytes of all four lanes of every line whole, signed and in
their places; is the node's own journal whole; and is the picture that people are shown the fold of just these
messages. Nothing that the store derives is believed: everything is derived again and compared. A row that
cannot be read is itself a finding.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

import msgspec

from openline.accord.notice import Notice
from openline.coordination.fact import Fact
from openline.coordination.keychain import KeyChain, reigns_of
from openline.coordination.messages import Kind, Rejection
from openline.coordination.picture import Entity, Picture
from openline.errors import OpenlineError
from openline.journal.checkpoint import Lam, open_lam
from openline.journal.entry import Entry, Lane, LaneHead, open_line
from openline.journal.keys import VerifyKey
from openline.journal.private import PRIVATE_LANE, PrivateRecord, verify_chain
from openline.journal.verify import Finding, KeysAt, LaneName, OrderedMap, verify_lane
from openline.node import session
from openline.node.desk import Desk, open_desks
from openline.node.evidence import Checkpoint, open_checkpoint
from openline.node.ports import PictureRow, Transaction
from openline.node.refold import (
    Passing,
    compare_heads,
    compare_notices,
    compare_operations,
    compare_picture,
)
from openline.node.salvage import readable

Progress = Callable[[int], None]
"""Called with the number of records that were looked at since the last call."""


class LineAudit(msgspec.Struct, frozen=True, kw_only=True):
    """One line. root: over its four lane heads (``session.heads_root``). digest: of the picture folded
    anew.
    """

    accord_id: str
    partner: str
    entries: int
    root: str
    digest: str


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """findings: everything that is wrong, each with lane and number where it has them; empty if all is
    well.
    """

    entries: int
    private_records: int
    lines: tuple[LineAudit, ...]
    findings: tuple[Finding, ...]

    @property
    def verified(self) -> bool:
        return not self.findings

    @property
    def root(self) -> str:
        """Over the lane heads of the one line; of several, SHA-256 of their roots in order of accord."""
        if len(self.lines) == 1:
            return self.lines[0].root
        return hashlib.sha256("".join(line.root for line in self.lines).encode()).hexdigest()


def size(tx: Transaction, me: str) -> int:
    """About how many records an audit looks at, for a progress bar."""
    private = tx.private_head()
    heads = [head for desk in _desks(tx, me, []).values() for head in desk.heads.values()]
    return sum(head.number for head in heads) + (private.number if private else 0)


def audit(
    tx: Transaction,
    me: str,
    *,
    against: bytes | None = None,
    progress: Progress = lambda _: None,
    mapped: OrderedMap = map,
) -> Audit:
    """Look at everything in one consistent moment of the store.

    against: a partner's checkpoint (``evidence.make_checkpoint``) or a sealed LAM, against which an end that
    was cut off shows. mapped: as in ``verify_lane``. Raises Unverifiable where ``against`` itself cannot be
    believed.
    """
    findings: list[Finding] = []
    desks = _desks(tx, me, findings)
    checkpoint = open_checkpoint(against, desks) if against is not None else Checkpoint()
    private = _audit_private(tx, desks, findings, progress)
    lines = [_Line(tx, desk, checkpoint, findings, progress, mapped).audit() for desk in desks.values()]
    findings += compare_operations(tx)
    return Audit(
        entries=sum(line.entries for line in lines),
        private_records=private,
        lines=tuple(lines),
        findings=tuple(findings),
    )


def _desks(tx: Transaction, me: str, findings: list[Finding]) -> Mapping[str, Desk]:
    """A bare desk a line: the accords as they are in the store, and nothing that was derived."""
    desks: Mapping[str, Desk] = {}
    try:
        desks = open_desks(me, tx.accords())
    except OpenlineError as fault:
        findings.append(Finding(fault.code, "accord", 0, f"{fault.message or 'an accord'}: {fault.text}"))
    for desk in desks.values():
        for party in (desk.me, desk.partner):
            for lane in Lane:
                desk.heads[party, lane] = _head(tx, desk, party, lane, findings)
    return desks


def _head(tx: Transaction, desk: Desk, party: str, lane: Lane, findings: list[Finding]) -> LaneHead:
    try:
        return tx.lane_head(desk.accord_id, party, lane)
    except OpenlineError as fault:
        findings.append(Finding("head-unreadable", f"{desk.accord_id}/{party}/{lane}", 0, fault.text))
        return LaneHead.empty()


class _Line:
    """The audit of one line. The messages are read once: they are verified and folded in the same pass."""

    def __init__(
        self,
        tx: Transaction,
        desk: Desk,
        checkpoint: Checkpoint,
        findings: list[Finding],
        progress: Progress,
        mapped: OrderedMap,
    ) -> None:
        self._mapped = mapped
        self._tx = tx
        self._desk = desk
        self._checkpoint = checkpoint
        self._findings = findings
        self._progress = progress
        self._count = 0
        self._notice_of: dict[str, str] = {}  # message hash: notice id
        self._chains = {party: _chain(tx, desk, party) for party in (desk.me, desk.partner)}
        self._fresh = Picture(desk.line.accords, desk.line.base_version)
        self._stored = self._read_picture()
        self._passing = Passing(desk.accord_id, self._stored or ())

    def audit(self) -> LineAudit:
        desk = self._desk
        for sender in (desk.me, desk.partner):
            for lane in Lane:
                self._audit_lane(sender, lane)
        self._fresh.derive_all()
        self._findings += self._passing.left(self._fresh)
        for heads in self._checkpoint.heads:
            if heads.accord == desk.accord_id:
                self._findings += compare_heads(self._tx, desk, heads, self._fresh)
        self._findings += compare_picture(desk.accord_id, self._fresh, self._stored)
        self._findings += compare_notices(self._tx, desk, self._fresh, self._rejected())
        return LineAudit(
            accord_id=desk.accord_id,
            partner=desk.partner,
            entries=self._count,
            root=_root(desk),
            digest=self._fresh.digest(),
        )

    def _audit_lane(self, sender: str, lane: Lane) -> None:
        desk = self._desk
        receiver = desk.partner if sender == desk.me else desk.me
        name = LaneName(
            accord=desk.accord_id,
            exercise=desk.line.exercise,
            sender=sender,
            receiver=receiver,
            lane=lane.value,
        )
        self._findings += verify_lane(
            self._entries(name, sender, lane),
            head=desk.heads[sender, lane],
            keys=self._known_keys(sender),
            lam_keys=self._known_keys(receiver),
            keys_at=self._keys_at(sender, lane) if self._chains[sender].goes_on else None,
            lams=self._lams(name, sender, lane),
            against=self._against(sender, lane),
            name=name,
            mapped=self._mapped,
        )

    def _known_keys(self, party: str) -> Mapping[str, VerifyKey]:
        """Those of the accord and of every KEY that is in the journal."""
        return {name: it.key for name, it in self._chains[party].every.items()}

    def _keys_at(self, party: str, lane: Lane) -> KeysAt:
        chain = self._chains[party]
        return lambda number: {name: it.key for name, it in chain.at(lane, number).items()}

    def _entries(self, name: LaneName, sender: str, lane: Lane) -> Iterator[tuple[int, str, bytes]]:
        def read(after: int, limit: int) -> list[Entry]:
            return self._tx.entries(self._desk.accord_id, sender, lane, after, limit)

        for entry in readable(read, str(name), self._findings):
            self._count += 1
            self._progress(1)
            self._fold(name, entry)
            yield entry.number, entry.hash, entry.sealed

    def _fold(self, name: LaneName, entry: Entry) -> None:
        """What was answered LRM cannot be read and is no fact; what is no message at all shows in its
        lane.
        """
        try:
            payload = open_line(entry.sealed, None)
            fact = self._desk.fact_from(entry.hash, payload)
        except OpenlineError:
            return
        if payload.kind != entry.kind:
            text = f"the table says {entry.kind!r}, its sender sealed {payload.kind!r}"
            self._findings.append(Finding("kind-wrong", str(name), entry.number, text))
        if fact is not None:
            self._fresh.put(fact)
            self._findings += self._passing.compare(fact)
            if isinstance(fact.body, Notice):
                self._notice_of[fact.hash] = fact.body.notice_id

    def _rejected(self) -> set[str]:
        """Notices of which a version was answered LRM: what stands of them is no measure of the operation."""
        bodies = [fact.body for fact in self._fresh.facts(Entity.LINE, "line")]
        hashes = [body.message for body in bodies if isinstance(body, Rejection)]
        return {self._notice_of[name] for name in hashes if name in self._notice_of}

    def _lams(self, name: LaneName, sender: str, lane: Lane) -> Iterator[bytes]:
        try:
            for row in self._tx.lams(self._desk.accord_id, sender, lane):
                if not _fits(row.sealed, row.number, row.at_ms):
                    text = "the number or time in the table is not what was signed"
                    self._findings.append(Finding("lam-row-wrong", str(name), row.number, text))
                yield row.sealed
        except OpenlineError as fault:
            self._findings.append(Finding("lam-unreadable", str(name), 0, fault.text))

    def _against(self, sender: str, lane: Lane) -> Lam | None:
        ours = (self._desk.accord_id, sender, lane)
        lams = [lam for lam in self._checkpoint.lams if (lam.accord, lam.sender, lam.lane) == ours]
        return max(lams, key=lambda lam: lam.number, default=None)

    def _read_picture(self) -> list[PictureRow] | None:
        try:
            return list(self._tx.picture(self._desk.accord_id))
        except OpenlineError as fault:
            where = f"{self._desk.accord_id}/picture"
            self._findings.append(Finding("picture-unreadable", where, 0, fault.text))
            return None


def _chain(tx: Transaction, desk: Desk, party: str) -> KeyChain:
    """From the accord's bundles and the KEY messages as they stand in the journal; read before anything is
    verified, for LAMs on every lane need them. A KEY that was changed gives no key, and what it had begun
    shows as out of place.
    """

    def read(after: int, limit: int) -> list[Entry]:
        return tx.entries(desk.accord_id, party, Lane.URGENT, after, limit)

    said = [it for it in readable(read, "", []) if it.kind == Kind.KEY]  # found where the lane is verified
    facts: list[Fact] = []
    for entry in said:
        with suppress(OpenlineError):
            fact = desk.fact_of(entry)
            facts += [fact] if fact is not None else []
    return KeyChain(desk.keys.base(party), reigns_of(facts))


def _fits(sealed: bytes, number: int, at_ms: int) -> bool:
    try:
        lam = open_lam(sealed, None)
    except OpenlineError:
        return True  # what is wrong with it, verify_lane says
    return (lam.number, lam.at_ms) == (number, at_ms)


def _root(desk: Desk) -> str:
    try:
        return session.heads_root(desk)
    except OpenlineError:
        return ""  # a head that is broken has been found already


# The node's own journal


def _audit_private(
    tx: Transaction, desks: Mapping[str, Desk], findings: list[Finding], progress: Progress
) -> int:
    """The chain, and that every accord which it says was installed is still here."""
    count = 0
    installed: list[tuple[int, str, int]] = []

    def records() -> Iterator[PrivateRecord]:
        nonlocal count
        for record in readable(tx.private_records, PRIVATE_LANE, findings):
            count += 1
            progress(1)
            if record.kind == "accord":
                installed.append(_installed(record))
            yield record

    findings += verify_chain(records())
    for number, accord_id, version in installed:
        if accord_id and (accord_id not in desks or version not in desks[accord_id].bundles):
            text = f"accord {accord_id} version {version} was installed, and is not here any more"
            findings.append(Finding("accord-missing", PRIVATE_LANE, number, text))
    return count


class _Accord(msgspec.Struct, frozen=True):
    accord: str = ""
    version: int = 0


def _installed(record: PrivateRecord) -> tuple[int, str, int]:
    try:
        said = msgspec.json.decode(record.body, type=_Accord)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return record.number, "", 0  # changed: the chain says so
    return record.number, said.accord, said.version
