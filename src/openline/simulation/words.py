"""What was said on one line, as plain JSON values: the promises judge by these, and not by what the node has
made of them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import msgspec

from openline.simulation import oracle

MOVES: Final = ("REQUEST", "ACP", "RJC", "CDN", "CANCEL")
NAMES: Final = ("notice_id", "conflict_id", "talk_id")
"""The fields by which a body says what it is about."""


class Word(msgspec.Struct, frozen=True):
    """One message: its leaf hash, its place in the line and its body."""

    hash: str
    kind: str
    sender: str
    lane: str
    number: int
    at_ms: int
    beside: int
    seen: dict[str, int]
    body: dict[str, Any]

    def knew(self, other: "Word") -> bool:
        """Whether its sender had said or heard the other before (docs/spec/line-protocol.md, section 5)."""
        if self.sender != other.sender:
            return self.seen[other.lane] >= other.number
        return other.number < self.number if self.lane == other.lane else other.number <= self.beside


class Words:
    """All of a line that one store holds, by hash, by kind, and by what it is about."""

    def __init__(self) -> None:
        self.by_hash: dict[str, Word] = {}
        self._by_kind: dict[str, list[Word]] = defaultdict(list)
        self._about: dict[str, list[Word]] = defaultdict(list)
        self._named: dict[str, list[Word]] = defaultdict(list)

    def __len__(self) -> int:
        return len(self.by_hash)

    def add(self, message_hash: str, sealed: bytes) -> None:
        word = _word(message_hash, sealed)
        if word is not None:
            self.put(word)

    def known_to(self, later: Word) -> "Words":
        """What the sender of a message had said or heard before it."""
        known = Words()
        for word in filter(later.knew, self.by_hash.values()):
            known.put(word)
        return known

    def put(self, word: Word) -> None:
        self.by_hash[word.hash] = word
        self._by_kind[word.kind].append(word)
        for cited in filter(None, (word.body.get("answers"), word.body.get("follows"))):
            self._about[cited].append(word)
        for shown in word.body.get("messages", ()):
            self._about[shown].append(word)
        for name in filter(None, map(word.body.get, NAMES)):
            self._named[name].append(word)

    def of(self, *kinds: str) -> Iterator[Word]:
        return (word for kind in kinds for word in self._by_kind[kind])

    def about(self, message: str, *kinds: str) -> list[Word]:
        """What cites it."""
        return [word for word in self._about[message] if word.kind in kinds]

    def named(self, name: str, *kinds: str) -> list[Word]:
        """What names this notice, conflict or talk as what it is about."""
        return [word for word in self._named.get(name, ()) if word.kind in kinds]

    def governing(self) -> int:
        """The version of the accord that governs: the newest that both have said."""
        last: dict[str, int] = defaultdict(lambda: 1)
        for word in self.of("IN_FORCE"):
            last[word.sender] = max(last[word.sender], word.body["version"])
        return min(last.values()) if len(last) > 1 else 1

    def place_of(self, notice_id: str) -> Word:
        """The version of a notice from which its standing counts: the last that did not keep its place."""
        told = self.named(notice_id, "NOTICE")
        first, *later = sorted(told, key=lambda it: int(it.body["version"]))
        return next((it for it in reversed(later) if not it.body.get("keeps_place")), first)

    def newest(self, notice_id: str) -> Word:
        told = self.named(notice_id, "NOTICE")
        return max(told, key=lambda it: int(it.body["version"]))


def standing(
    citing: Iterable[Word], permits: Callable[[Word], bool], beats: Callable[[Word, Word], Word]
) -> Word | None:
    """Of what cites one message the move that stands: of each side the first that is permitted, and of two
    the one that the other knew. beats: which does where they cross.
    """
    first: dict[str, Word] = {}
    for word in sorted(citing, key=lambda it: (it.lane, it.number)):
        if permits(word):
            first.setdefault(word.sender, word)
    if len(first) < 2:
        return next(iter(first.values()), None)
    one, other = first.values()
    if one.knew(other) or other.knew(one):
        return other if one.knew(other) else one
    return beats(one, other)


def _word(message_hash: str, sealed: bytes) -> Word | None:
    said = oracle.read(bytes(sealed))
    if said is None:
        return None
    place = said.payload["place"]
    return Word(
        message_hash,
        said.payload["kind"],
        place["sender"],
        place["lane"],
        place["number"],
        place["at_ms"],
        place["beside"],
        place["seen"],
        said.payload["body"],
    )
