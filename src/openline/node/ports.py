"""What the node needs from outside: a place that commits, and a key that signs. Both are given by
bootstrap.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

import msgspec

from openline.journal.entry import Entry, Lane, LaneHead
from openline.journal.private import PrivateRecord


class Signer(Protocol):
    """The node key. It may live in a file, a module or a card; the core only asks it to sign."""

    @property
    def id(self) -> str: ...

    def sign(self, message: bytes, /) -> bytes: ...


class AccordRow(msgspec.Struct, frozen=True):
    """One version of an accord with both node certificates (``accord.document`` bundle), exactly as
    installed.
    """

    accord_id: str
    version: int
    state: str
    bundle: bytes


class PictureRow(msgspec.Struct, frozen=True):
    """One entity of the shared picture: its facts (``value``) and what a reader of the table wants to see."""

    kind: str  # notice, conflict, check, shown, line
    key: str
    party: str
    state: str
    value: bytes


class PartsRow(msgspec.Struct, frozen=True):
    """What the conflict engine made of one notice (``coordination.parts``): a cache."""

    notice_id: str
    value: bytes


class OperationRow(msgspec.Struct, frozen=True):
    """One of our own operations, whole, as filed; nothing of it crosses the line but what a notice says."""

    operation_id: str
    version: int
    state: str
    end_ms: int
    value: bytes


class NoticeRow(msgspec.Struct, frozen=True):
    """Under which id an operation is told on one line, and which version of it was told last (0: none
    yet).
    """

    accord_id: str
    operation_id: str
    notice_id: str
    told_version: int


class PassedRow(msgspec.Struct, frozen=True):
    """How one thing that a partner told on the line ``source_accord`` (``source``: its sort and id) goes on
    to the line ``accord_id``: under which id, up to which version (0: none yet), and for what that stands
    (``node.passing``).
    """

    accord_id: str
    source_accord: str
    source: str
    notice_id: str
    version: int
    said: str


class LamRow(msgspec.Struct, frozen=True):
    """A LAM, ours or the partner's: ``sender`` is whose lane it covers, up to ``number``; ``at_ms`` is
    what it says.
    """

    accord_id: str
    sender: str
    lane: Lane
    number: int
    at_ms: int
    sealed: bytes


class AlarmRow(msgspec.Struct, frozen=True):
    """Something that a duty officer must know. ``alarm_id`` names it, so that one cause raises one alarm."""

    alarm_id: str
    accord_id: str
    kind: str
    text: str
    raised_ms: int
    cleared_ms: int | None = None


class QuarantineRow(msgspec.Struct, frozen=True):
    """Bytes that nobody can vouch for: kept apart, bounded, never in the journal."""

    at_ms: int
    accord_id: str
    code: str
    data: bytes


class TelephonedRow(msgspec.Struct, frozen=True, kw_only=True):
    """What was read to us over the telephone. It is in no journal, no picture and no digest, and is never
    sent.

    number: ours, counted up. sender, lane, place: whose message it is said to be, and its number there.
    state: ``node.telephoned.CallState``. position, pseudonym: who has typed it. value: the call
    (``aloud.heard``).
    """

    number: int
    accord_id: str
    sender: str
    lane: Lane
    place: int
    kind: str
    state: str
    entered_ms: int
    position: str
    pseudonym: str
    value: bytes


MAX_LAMS = 2**31 - 1
"""All LAMs of a lane: whoever says no less wants them all."""
MAX_QUARANTINE_ROWS = 1_000
MAX_QUARANTINE_BYTES = 16_384

EVIDENCE = frozenset({"fork", "chain-broken"})
"""What the partner has signed against its own word: kept whole, and no stranger's garbage drives it out."""
MAX_EVIDENCE_ROWS = 100
"""The first ones stay; those after them are counted only."""


class Moment(msgspec.Struct, frozen=True):
    """Which state of the store a block has found. Two of one connection are equal where nobody has committed
    between them: no other connection, and none of this store's own blocks.
    """

    connection: int
    of_others: int
    ours: int

    @property
    def after_ours(self) -> "Moment":
        """What the next block finds if nobody else comes between."""
        return Moment(self.connection, self.of_others, self.ours + 1)


class Transaction(Protocol):
    """One atomic step. What is written here is there after the block ends, whole, or not at all."""

    @property
    def began(self) -> Moment | None:
        """None where the database cannot tell."""
        ...

    @property
    def changes(self) -> int:
        """How often something was written in this block."""
        ...

    def setting(self, name: str) -> str | None: ...
    def put_setting(self, name: str, value: str) -> None: ...

    def save_accord(self, row: AccordRow) -> None: ...
    def accords(self) -> list[AccordRow]: ...
    def accord_versions(self) -> list[tuple[str, int]]:
        """Accord id and version of each, without its bundle."""
        ...

    def lane_head(self, accord_id: str, sender: str, lane: Lane) -> LaneHead: ...
    def append(self, entry: Entry, head: LaneHead) -> None:
        """Add the entry and move its lane's head to ``head``. Raises Unavailable when the number is taken."""
        ...

    def entry(self, accord_id: str, sender: str, lane: Lane, number: int) -> Entry | None: ...
    def kind_of(self, entry_hash: str) -> str | None:
        """The kind of a message that is in the journal."""
        ...

    def entry_by_hash(self, entry_hash: str) -> Entry | None: ...
    def hashes_alike(self, start: str, limit: int) -> list[str]:
        """The hashes of entries, of any line, that begin with ``start`` (hex digits), at most ``limit``."""
        ...

    def entries(self, accord_id: str, sender: str, lane: Lane, after: int, limit: int) -> list[Entry]:
        """The entries with numbers above ``after``, in order, at most ``limit``."""
        ...

    def receipts(self, accord_id: str, sender: str, lane: Lane, after: int) -> Mapping[int, int]:
        """When each entry with a number above ``after`` came into this journal (ms), by number."""
        ...

    def leaf_hashes(
        self, accord_id: str, sender: str, lane: Lane, up_to: int, after: int = 0
    ) -> list[str]: ...

    def save_lam(self, row: LamRow) -> None: ...
    def acknowledged(self, accord_id: str, sender: str, lane: Lane) -> int:
        """The highest number that a LAM covers on that lane (0: none)."""
        ...

    def lam_covering(self, accord_id: str, sender: str, lane: Lane, number: int) -> LamRow | None:
        """The LAM with the lowest number that is at least ``number``."""
        ...

    def lams(
        self, accord_id: str, sender: str, lane: Lane, after: int = 0, limit: int = MAX_LAMS
    ) -> Iterator[LamRow]:
        """Those with numbers above ``after``, in order, at most ``limit``."""
        ...

    def save_picture(self, accord_id: str, rows: Iterable[PictureRow]) -> None: ...
    def picture(self, accord_id: str) -> Iterator[PictureRow]: ...

    def save_parts(self, accord_id: str, rows: Iterable[PartsRow]) -> None: ...
    def parts(self, accord_id: str, notice_ids: Iterable[str]) -> list[PartsRow]:
        """Those of them that are kept, in any order."""
        ...

    def save_operation(self, row: OperationRow) -> None: ...
    def operation(self, operation_id: str) -> OperationRow | None: ...
    def note_change(self, serial: int, operation_id: str) -> None:
        """Remember which operation the change ``serial`` was of; of old ones it is forgotten."""
        ...

    def operations_changed(self, after: int, up_to: int) -> list[str]:
        """The operations of the changes above ``after`` and up to ``up_to`` that are remembered, in order."""
        ...

    def operations(self, states: Iterable[str] | None = None) -> Iterator[OperationRow]: ...

    def save_notice_row(self, row: NoticeRow) -> None: ...
    def notice_rows(self, accord_id: str) -> Mapping[str, NoticeRow]:
        """By operation id."""
        ...

    def save_passed_row(self, row: PassedRow) -> None: ...
    def passed_rows(self, accord_id: str) -> list[PassedRow]:
        """Of what goes on to this line."""
        ...

    def private_head(self) -> PrivateRecord | None:
        """The last record of the node's own journal."""
        ...

    def append_private(self, record: PrivateRecord) -> None: ...
    def private_records(self, after: int, limit: int) -> list[PrivateRecord]: ...

    def raise_alarm(self, row: AlarmRow) -> bool:
        """True if this alarm was not standing already."""
        ...

    def clear_alarm(self, alarm_id: str, at_ms: int) -> bool: ...
    def alarms(self, standing_only: bool = True) -> list[AlarmRow]: ...

    def save_telephoned(self, row: TelephonedRow) -> None:
        """Replaces the row of this number."""
        ...

    def telephoned(self, state: str | None = None) -> list[TelephonedRow]:
        """All, or those in this state, by number."""
        ...

    def forget_telephoned(self, number: int) -> None: ...

    def quarantine(self, row: QuarantineRow) -> None:
        """Keep at most MAX_QUARANTINE_ROWS, the oldest go; data is cut at MAX_QUARANTINE_BYTES. EVIDENCE
        stays, whole, up to MAX_EVIDENCE_ROWS.
        """
        ...

    def quarantined(self) -> list[QuarantineRow]: ...
    def count(self, name: str, by: int = 1) -> None: ...
    def counters(self) -> Mapping[str, int]: ...


class Store(Protocol):
    """Where the node's state lives. One writer at a time; a block that raises leaves no trace."""

    def writing(self) -> AbstractContextManager[Transaction]: ...
    def reading(self) -> AbstractContextManager[Transaction]: ...
