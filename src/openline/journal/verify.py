"""Does a lane's journal still say what was said? Every byte, in its place, to the partner's signature.

One pass, in order of number, with the memory of a tree's frontier. What was cut off the end cannot show from
the lane itself: it shows against the head, against the LAMs that are kept, or against a checkpoint that the
partner gives.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any, Final

import msgspec

from openline.errors import OpenlineError
from openline.journal.bounds import NO_HASH
from openline.journal.checkpoint import Lam, open_lam
from openline.journal.entry import LaneHead, Place, leaf_hash, open_line
from openline.journal.envelope import open_envelope
from openline.journal.keys import VerifyKey
from openline.journal.merkle import Frontier, extended

KeysAt = Callable[[int], Mapping[str, VerifyKey]]
"""From a number of the lane to the keys, by key id, of which one may have sealed it."""

MAX_FINDINGS: Final = 1_000
"""A journal that is wrong throughout is reported so far, and no further."""


OrderedMap = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]


class Finding(msgspec.Struct, frozen=True):
    """One thing that is wrong. code: a stable word. number: where in the lane. text: one sentence for
    people.
    """

    code: str
    lane: str
    number: int
    text: str


class LaneName(msgspec.Struct, frozen=True, kw_only=True):
    """Which lane: what all its messages and LAMs have in common."""

    accord: str
    exercise: bool
    sender: str
    receiver: str
    lane: str

    @classmethod
    def of(cls, source: Place | Lam) -> "LaneName":
        return cls(
            accord=source.accord,
            exercise=source.exercise,
            sender=source.sender,
            receiver=source.receiver,
            lane=str(source.lane),
        )

    def __str__(self) -> str:
        return f"{self.accord}/{self.sender}/{self.lane}"


def verify_lane(
    entries: Iterable[tuple[int, str, bytes]],
    *,
    head: LaneHead | None,
    keys: Mapping[str, VerifyKey],
    lams: Iterable[bytes] = (),
    against: Lam | None = None,
    name: LaneName | None = None,
    lam_keys: Mapping[str, VerifyKey] | None = None,
    keys_at: KeysAt | None = None,
    signatures: bool = True,
    mapped: OrderedMap = map,
) -> list[Finding]:
    """Everything that is wrong with a lane, at most MAX_FINDINGS; empty if it is whole.

    entries: (number, hash as stored, sealed bytes) in ascending order of number, from 1. head: the head as
    stored; None leaves it out. keys: the sender's node keys by key id. lam_keys: the receiver's; None for the
    same mapping. keys_at: which of ``keys`` may have sealed a number (asked in order, when all before it have
    been read); None for any of them. lams: sealed LAMs for this lane in ascending order of number. against: a
    LAM from the partner, opened with its key. name: which lane it should be; None takes it from the first
    entry. signatures: False skips Ed25519, which is nearly all of the time; hashes and chain are always
    checked. mapped: as ``map``, by which messages are opened; one that uses several processors takes less
    time.

    Codes: ``hash-wrong``, ``number-wrong``, ``gap``, ``out-of-order``, ``repeated``, ``forked``,
    ``previous-wrong``, ``lane-mixed``, ``head-wrong``, ``cut-off``, ``root-wrong``, ``lam-elsewhere``,
    ``lam-out-of-order``, ``key-out-of-place``, ``too-many-findings``, and the codes of ``open_line`` and
    ``open_lam``.
    """
    lane = _Lane(
        name,
        keys if signatures else None,
        (keys if lam_keys is None else lam_keys) if signatures else None,
        keys_at if signatures else None,
        mapped,
    )
    findings = list(islice(lane.check(entries, iter(lams), head, against), MAX_FINDINGS + 1))
    if len(findings) <= MAX_FINDINGS:
        return findings
    last = findings[MAX_FINDINGS]
    more = Finding("too-many-findings", last.lane, last.number, f"there are more than {MAX_FINDINGS}")
    return [*findings[:MAX_FINDINGS], more]


class _Opened(msgspec.Struct, frozen=True):
    """An entry as it is stored, and what its bytes are: hash, and place or what is wrong with them; the key
    that sealed it, where somebody asks.
    """

    number: int
    stored_hash: str
    hash: str
    place: Place | None
    fault: OpenlineError | None
    key_id: str


def _opened(keys: Mapping[str, VerifyKey] | None, names_key: bool, entry: tuple[int, str, bytes]) -> _Opened:
    number, stored_hash, sealed = entry
    key_id = ""
    try:
        place, fault = open_line(sealed, keys).place, None
        key_id = open_envelope(sealed).signatures[0].key_id if names_key else ""
    except OpenlineError as error:
        place, fault = None, error
    return _Opened(number, stored_hash, leaf_hash(sealed), place, fault, key_id)


class _Lane:
    """The pass over one lane: what came before, and the next LAM to compare with."""

    def __init__(
        self,
        name: LaneName | None,
        keys: Mapping[str, VerifyKey] | None,
        lam_keys: Mapping[str, VerifyKey] | None,
        keys_at: KeysAt | None,
        mapped: OrderedMap,
    ) -> None:
        self._keys_at = keys_at
        self._mapped = mapped
        self._name = name
        self._keys = keys
        self._lam_keys = lam_keys
        self._number = 0
        self._hash = NO_HASH
        self._tree = Frontier().to_bytes()
        self._size = 0
        self._pending: Lam | None = None

    def check(
        self,
        entries: Iterable[tuple[int, str, bytes]],
        lams: Iterator[bytes],
        head: LaneHead | None,
        against: Lam | None,
    ) -> Iterator[Finding]:
        yield from self._next_lam(lams)
        for entry in self._mapped(partial(_opened, self._keys, self._keys_at is not None), entries):
            yield from self._entry(entry)
            yield from self._lams_here(lams)
            if against is not None and against.number == self._number:
                yield from self._compare(against, "the partner's checkpoint")
        yield from self._end(lams, head, against)

    def _entry(self, entry: _Opened) -> Iterator[Finding]:
        number, actual_hash = entry.number, entry.hash
        if actual_hash != entry.stored_hash:
            yield self._finding(
                "hash-wrong", number, f"the bytes hash to {actual_hash}, kept is {entry.stored_hash}"
            )
        if number <= self._number:
            yield self._backwards(number, actual_hash)
            return  # the lane goes on behind the entry that stood here first
        if number > self._number + 1:
            yield self._finding("gap", self._number + 1, f"{self._number + 1} to {number - 1} are missing")
        yield from self._message(number, entry)
        self._number, self._hash = number, actual_hash
        self._tree = extended(self._tree, bytes.fromhex(actual_hash))
        self._size += 1

    def _backwards(self, number: int, actual_hash: str) -> Finding:
        if number == self._number and actual_hash != self._hash:
            return self._finding("forked", number, "two messages with different content bear this number")
        if number == self._number:
            return self._finding("repeated", number, "the same message stands here twice")
        return self._finding("out-of-order", number, f"it stands behind number {self._number}")

    def _message(self, number: int, entry: _Opened) -> Iterator[Finding]:
        place = entry.place
        if place is None:
            fault = entry.fault
            yield self._finding(fault.code if fault else "", number, fault.text if fault else "")
            return
        if self._keys_at is not None and entry.key_id not in self._keys_at(number):
            text = f"the key {entry.key_id} does not count for this number"
            yield self._finding("key-out-of-place", number, text)
        if place.number != number:
            yield self._finding("number-wrong", number, f"its sender numbered it {place.number}")
        if number == self._number + 1 and place.previous != self._hash:
            yield self._finding(
                "previous-wrong", number, f"it follows {place.previous}, before it stands {self._hash}"
            )
        name = LaneName.of(place)
        self._name = self._name or name
        if name != self._name:
            yield self._finding("lane-mixed", number, f"it belongs to {name}")

    def _next_lam(self, lams: Iterator[bytes]) -> Iterator[Finding]:
        """Moves on to the next LAM that can be read and is of this lane."""
        for sealed in lams:
            try:
                self._pending = open_lam(sealed, self._lam_keys)
            except OpenlineError as error:
                yield self._finding(error.code, self._number, f"a LAM: {error.text}")
                continue
            return
        self._pending = None

    def _lams_here(self, lams: Iterator[bytes]) -> Iterator[Finding]:
        while self._pending is not None and self._pending.number <= self._number:
            if self._pending.number < self._number:
                text = (
                    "a LAM stands behind a later one, or for a number that is missing, and cannot be compared"
                )
                yield self._finding("lam-out-of-order", self._pending.number, text)
            else:
                yield from self._compare(self._pending, "a LAM")
            yield from self._next_lam(lams)

    def _compare(self, lam: Lam, what: str) -> Iterator[Finding]:
        """At the LAM's own number: is this the lane that the partner acknowledged?"""
        if self._name is not None and LaneName.of(lam) != self._name:
            yield self._finding("lam-elsewhere", lam.number, f"{what} is of {LaneName.of(lam)}")
        elif not self._broken and self._root != lam.root:
            yield self._finding(
                "root-wrong", lam.number, f"{what} has the root {lam.root}, here {self._root}"
            )

    def _end(self, lams: Iterator[bytes], head: LaneHead | None, against: Lam | None) -> Iterator[Finding]:
        while self._pending is not None:
            yield from self._beyond(self._pending, "a LAM")
            yield from self._next_lam(lams)
        if against is not None and against.number > self._number:
            yield from self._beyond(against, "the partner's checkpoint")
        if head is not None:
            yield from self._head(head)

    def _beyond(self, lam: Lam, what: str) -> Iterator[Finding]:
        self._name = self._name or LaneName.of(lam)
        if LaneName.of(lam) != self._name:
            yield self._finding("lam-elsewhere", lam.number, f"{what} is of {LaneName.of(lam)}")
        else:
            text = f"{what} acknowledges up to {lam.number}, the journal ends at {self._number}"
            yield self._finding("cut-off", self._number + 1, text)

    def _head(self, head: LaneHead) -> Iterator[Finding]:
        if head.number > self._number:
            yield self._finding(
                "cut-off", self._number + 1, f"the head is {head.number}, the journal ends at {self._number}"
            )
        elif (head.number, head.hash) != (self._number, self._hash):
            yield self._finding("head-wrong", head.number, "the head is not the last entry")
        elif not self._broken and head.frontier != self._tree:
            yield self._finding("head-wrong", head.number, "the head's frontier is not that of the entries")

    @property
    def _broken(self) -> bool:
        """After a gap no root can be compared: the tree lacks leaves."""
        return self._size != self._number

    @property
    def _root(self) -> str:
        return Frontier.from_bytes(self._tree).root.hex()

    def _finding(self, code: str, number: int, text: str) -> Finding:
        return Finding(code, str(self._name or ""), number, text)
