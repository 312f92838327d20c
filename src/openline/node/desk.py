"""One line inside a node's process: the line itself, the keys that count on it (`keys`), and the heads of its
four lanes.

A desk is a cache of what is committed. Whenever a step fails it is thrown away and read anew, and at the
start of every step it takes in what other processes on the same database have committed since.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from openline.accord.document import Bundle, open_bundle
from openline.coordination.codec import check_fact, decode_message
from openline.coordination.conversed import HasPassed
from openline.coordination.fact import Fact
from openline.coordination.line import Judged, Line
from openline.coordination.messages import Kind
from openline.coordination.picture import LINE_KEY, PASSING, Entity, Picture
from openline.errors import Invalid, OpenlineError
from openline.journal.entry import Entry, Lane, LaneHead, Payload, Seen, open_line
from openline.journal.keys import VerifyKey
from openline.journal.merkle import Frontier
from openline.node.keys import LineKeys
from openline.node.ports import AccordRow, NoticeRow, PartsRow, PassedRow, PictureRow, Transaction

FOLD_BATCH = 500
PARTS_AT_ONCE = 5_000
LEAVES_AT_ONCE = 5_000
SourceKey = tuple[str, str]
"""Something that was told on another line: its accord, and the sort and id of what was told."""
UNREADABLE = (msgspec.MsgspecError, ValueError)


def unproved_setting(accord_id: str) -> str:
    """A node that was once back from a backup has this accord since: it may be one that it had, and lost."""
    return f"unproved/{accord_id}"


class Desk:
    """said: the heads of our lanes. received: the heads of the partner's.

    What belongs to the session and is not kept: whether it is open, when the partner was last heard, what it
    last claimed.
    """

    def __init__(self, me: str, bundles: Mapping[int, Bundle]) -> None:
        self.bundles = dict(bundles)
        self.line = Line(me, {version: bundle.accord for version, bundle in bundles.items()})
        self.keys = LineKeys(self.bundles, lambda: self.line.picture.line)
        self.heads: dict[tuple[str, Lane], LaneHead] = {}
        self.notices: dict[str, NoticeRow] = {}  # by operation id: how each of ours is told here
        self.passed: dict[SourceKey, PassedRow] = {}  # what was told elsewhere, and goes on to here
        self.unpassable: dict[SourceKey, int] = {}  # what may not, and when to try again
        self.is_unproved = False  # until the partner has said what it holds of ours, nothing is said here
        self._operation_of: dict[str, str] = {}
        self._acknowledged: dict[Lane, tuple[int, Frontier]] = {}
        self._late: dict[Lane, tuple[int, Frontier]] = {}  # of LAMs that come after later ones
        self._judged: Judged | None = None  # as it is kept
        self._is_to_judge = True  # since then the picture has changed, or not all was judged
        self._hashes_alike: Callable[[str, int], list[str]] = lambda start, most: []
        self._entry_of: Callable[[str], Entry | None] = lambda message_hash: None
        self._is_damaged = False  # the picture's rows could not be read, and are to be written anew

    @property
    def me(self) -> str:
        return self.line.me

    @property
    def partner(self) -> str:
        return self.line.partner

    @property
    def accord_id(self) -> str:
        return self.line.accord_id

    def keys_of(self, party: str) -> dict[str, VerifyKey]:
        """The node keys of a party that ever counted here, by key id: for what is in the journal."""
        return self.keys.of(party)

    def facts_of_line(self, body: type[msgspec.Struct], sender: str) -> list[Fact]:
        """What this party has said of the line itself, of one sort."""
        facts = self.line.picture.facts(*LINE_KEY)
        return [fact for fact in facts if fact.stamp.sender == sender and isinstance(fact.body, body)]

    def said(self, lane: Lane) -> LaneHead:
        return self.heads[self.me, lane]

    def received(self, lane: Lane) -> LaneHead:
        return self.heads[self.partner, lane]

    def seen(self) -> Seen:
        return self.seen_of(self.partner)

    def seen_of(self, sender: str) -> Seen:
        """How far a party's two lanes are here."""
        urgent, routine = self.heads[sender, Lane.URGENT], self.heads[sender, Lane.ROUTINE]
        return Seen(urgent=urgent.number, routine=routine.number)

    def operation_id_of(self, notice_id: str) -> str | None:
        """Our operation behind a notice id; None where it is not ours."""
        return self._operation_of.get(notice_id)

    def facts_alike(self, start: str) -> list[Fact]:
        """The messages of this line whose hash begins so, two at most: from the journal, which has all."""
        entries = filter(None, map(self._entry_of, self._hashes_alike(start, 2)))
        facts = [self.fact_of(entry) for entry in entries if entry.accord == self.accord_id]
        rejected = self.line.picture.is_rejected
        return [fact for fact in facts if fact is not None and not rejected(fact.hash, fact.stamp.sender)]

    def remember(self, row: NoticeRow) -> None:
        self.notices[row.operation_id] = row
        self._operation_of[row.notice_id] = row.operation_id

    def remember_passed(self, rows: Iterable[PassedRow]) -> None:
        self.passed.update(((row.source_accord, row.source), row) for row in rows)

    # What is committed

    def read(self, tx: Transaction) -> None:
        """Read the whole line from the store."""
        self.recall_from(tx)
        self._read_heads(tx)
        self.is_unproved = self._is_unproved(tx)
        self._read_notices(tx)
        self.remember_passed(tx.passed_rows(self.accord_id))
        self._judged = _judged(tx.setting(self._judged_setting))
        try:
            rows = tx.picture(self.accord_id)
            self.line.load(((Entity(row.kind), row.key, row.value) for row in rows), self._judged)
        except UNREADABLE:  # somebody has written into the table; the journal is what counts
            self.line.replace_picture(self.refolded(tx))
            self._is_damaged = True

    def refresh(self, tx: Transaction) -> bool:
        """Take in what other processes have committed. False where the store is not ahead but elsewhere:
        read anew then.
        """
        self.recall_from(tx)
        self.is_unproved = self.is_unproved and self._is_unproved(tx)
        for (sender, lane), head in list(self.heads.items()):
            stored = tx.lane_head(self.accord_id, sender, lane)
            if stored.number < head.number or (stored.number == head.number and stored.hash != head.hash):
                return False
            if stored.number > head.number:
                for entry in self._entries(tx, sender, lane, head.number):
                    self.fold(entry)
                    if entry.kind == Kind.PASSED_ON and sender == self.me:
                        self.remember_passed(tx.passed_rows(self.accord_id))
                self.heads[sender, lane] = stored
                self._read_notices(tx)  # each is written with a message
        self.line.take_dirty()  # who said it has written it
        return True

    def _is_unproved(self, tx: Transaction) -> bool:
        return tx.setting(unproved_setting(self.accord_id)) == "1"

    def recall_from(self, tx: Transaction) -> None:
        """Until the transaction ends: each step and each look refreshes first."""
        self.line.recall_parts = lambda notice_ids: {
            row.notice_id: row.value for row in tx.parts(self.accord_id, notice_ids)
        }
        self.line.picture.conversed.has_passed = _passing_in(tx)
        self._hashes_alike, self._entry_of = tx.hashes_alike, tx.entry_by_hash

    def _read_notices(self, tx: Transaction) -> None:
        for row in tx.notice_rows(self.accord_id).values():
            self.remember(row)

    def _read_heads(self, tx: Transaction) -> None:
        for sender in (self.me, self.partner):
            for lane in Lane:
                self.heads[sender, lane] = tx.lane_head(self.accord_id, sender, lane)

    def _entries(self, tx: Transaction, sender: str, lane: Lane, after: int) -> Iterator[Entry]:
        while batch := tx.entries(self.accord_id, sender, lane, after, FOLD_BATCH):
            yield from batch
            after = batch[-1].number

    def fold(self, entry: Entry) -> None:
        """Apply a message that is in the journal. What cannot be read was answered LRM when it came, and
        is no fact.
        """
        fact = self.fact_of(entry)
        if fact is not None:
            self.line.apply(fact)

    def fact_of(self, entry: Entry) -> Fact | None:
        return self.fact_from(entry.hash, open_line(entry.sealed, None))

    def fact_from(self, message_hash: str, payload: Payload) -> Fact | None:
        """What a message of the journal states, once it is opened."""
        try:
            fact = decode_message(message_hash, payload)
            check_fact(fact, self.line.accords[payload.place.accord_version])
        except (Invalid, KeyError):
            return None
        return fact

    def all_facts(self, tx: Transaction) -> Iterator[Fact]:
        """Every fact in the journal of this line: what the picture has to be the fold of."""
        for sender, lane in self.heads:
            yield from filter(None, map(self.fact_of, self._entries(tx, sender, lane, 0)))

    def _passing_facts(self, tx: Transaction) -> Iterator[Fact]:
        for sender, lane in self.heads:
            passing = (entry for entry in self._entries(tx, sender, lane, 0) if entry.kind in PASSING)
            yield from filter(None, map(self.fact_of, passing))

    def refolded(self, tx: Transaction) -> Picture:
        """The picture folded anew from the journal."""
        fresh = Picture(self.line.accords, self.line.base_version)
        fresh.conversed.has_passed = _passing_in(tx)
        for fact in self.all_facts(tx):
            fresh.put(fact)
        fresh.derive_all()
        for fact in self._passing_facts(tx):
            fresh.apply(fact)
        return fresh

    def journal(
        self, tx: Transaction, sealed: bytes, message_hash: str, payload: Payload, now_ms: int
    ) -> Entry:
        """Put a sealed message into the journal as the next of its lane, exactly as it is."""
        place = payload.place
        entry = Entry(
            accord=place.accord,
            sender=place.sender,
            lane=place.lane,
            number=place.number,
            hash=message_hash,
            kind=payload.kind,
            sealed=sealed,
            at_ms=now_ms,
        )
        self.append(tx, entry)
        return entry

    def append(self, tx: Transaction, entry: Entry) -> None:
        head = self.heads[entry.sender, entry.lane].extended(entry.hash)
        tx.append(entry, head)
        self.heads[entry.sender, entry.lane] = head

    def write_picture(self, tx: Transaction) -> None:
        rows = []
        dirty = self.line.take_dirty()
        self._is_to_judge = self._is_to_judge or bool(dirty)
        if self._is_damaged:
            dirty, self._is_damaged = self.line.picture.all_keys(), False
        for key in sorted(dirty):
            party, state, value = self.line.picture.row(key)
            rows.append(PictureRow(key[0].value, key[1], party, state, value))
        if rows:
            tx.save_picture(self.accord_id, rows)

    def write_parts(self, tx: Transaction) -> None:
        """What the engine has made of notices since; the rest of many with the next step."""
        made = self.line.take_parts(PARTS_AT_ONCE)
        tx.save_parts(self.accord_id, [PartsRow(name, value) for name, value in made.items()])

    def write_judged(self, tx: Transaction) -> None:
        """In the transaction of the messages that were judged, and of what was said of them. While the
        picture does not change, what was kept says all there is to say.
        """
        if not self._is_to_judge:
            return
        judged = self.line.judged({place: head.number for place, head in self.heads.items()})
        self._is_to_judge = judged is None
        if judged is not None and judged != self._judged:
            tx.put_setting(self._judged_setting, msgspec.json.encode(judged).decode())
            self._judged = judged

    @property
    def _judged_setting(self) -> str:
        return f"judged/{self.accord_id}"

    # What the partner has acknowledged

    def root_at(self, tx: Transaction, lane: Lane, number: int) -> str:
        """The Merkle root of our lane up to ``number``, continued from the last one that was asked for."""
        if number < self._acknowledged.get(lane, (0,))[0]:
            return self._continued(tx, self._late, lane, number)
        return self._continued(tx, self._acknowledged, lane, number)

    def _continued(
        self, tx: Transaction, reached: dict[Lane, tuple[int, Frontier]], lane: Lane, number: int
    ) -> str:
        """Where a start asks for the end of a long lane, its head has the answer."""
        head = self.said(lane)
        done, frontier = reached.get(lane, (0, Frontier()))
        if number < done:
            done, frontier = 0, Frontier()
        if number == head.number:
            done, frontier = number, Frontier.from_bytes(head.frontier)
        while done < number:
            up_to = min(number, done + LEAVES_AT_ONCE)
            for leaf in tx.leaf_hashes(self.accord_id, self.me, lane, up_to, done):
                frontier = frontier.append(bytes.fromhex(leaf))
            done = up_to
        reached[lane] = (number, frontier)
        return frontier.root.hex()


def _judged(kept: str | None) -> Judged | None:
    """One that cannot be read is as good as none: everything is judged once more."""
    try:
        return msgspec.json.decode(kept, type=Judged) if kept else None
    except msgspec.MsgspecError:
        return None


def open_desks(me: str, rows: list[AccordRow]) -> dict[str, Desk]:
    """One desk a line. A bundle that does not open any more (changed on disk) is an error, not a line
    less.
    """
    bundles: dict[str, dict[int, Bundle]] = {}
    for row in rows:
        try:
            bundles.setdefault(row.accord_id, {})[row.version] = open_bundle(row.bundle)
        except OpenlineError as fault:
            raise fault.within(
                message=f"accord {row.accord_id} version {row.version} in the store"
            ) from fault
    return {accord_id: Desk(me, versions) for accord_id, versions in bundles.items()}


def _passing_in(tx: Transaction) -> HasPassed:
    return lambda message_hash: tx.kind_of(message_hash) in PASSING
