"""How does a talk stand? Read off the signed words by docs/spec/line-protocol.md (section 16), beside the
node's own reading.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from openline.simulation.words import Word, Words, standing

BEATS: Final = ("cancel", "move", "confirm", "propose")
"""Of two acts that cross, which stands."""


class TalkStand(msgspec.Struct, frozen=True, kw_only=True):
    """tip: what the next act has to cite. proposer: whose time it is, start_ms. minutes: each side's last
    version.
    """

    state: str = "NONE"
    tip: Word | None = None
    proposer: str | None = None
    start_ms: int | None = None
    minutes: dict[str, Word] = {}

    def permits(self, word: Word) -> bool:
        act = word.body["act"]
        if self.state == "NONE":
            return bool(act == "propose")
        if self.state == "CANCELLED" or act == "propose":
            return False
        return act != "confirm" or (self.state == "PROPOSED" and word.sender != self.proposer)

    def after(self, word: Word) -> "TalkStand":
        act = word.body["act"]
        if act in ("propose", "move"):
            timed = {"proposer": word.sender, "start_ms": word.body["start_ms"]}
            return msgspec.structs.replace(self, state="PROPOSED", tip=word, **timed)
        return msgspec.structs.replace(self, state={"confirm": "CONFIRMED"}.get(act, "CANCELLED"), tip=word)


def read(talk_id: str, words: Words, names: Sequence[str]) -> TalkStand:
    """names: of the parties, as the accord has them."""
    stand = TalkStand()
    acts = words.named(talk_id, "TALK")
    while True:
        tip = stand.tip.hash if stand.tip else None
        word = _next(stand, [it for it in acts if it.body.get("follows") == tip], names)
        if word is None:
            break
        stand = stand.after(word)
    minutes: dict[str, Word] = {}
    for word in sorted(words.named(talk_id, "MINUTES"), key=lambda it: it.number):
        minutes[word.sender] = word
    return msgspec.structs.replace(stand, minutes=minutes)


def _next(stand: TalkStand, citing: Iterable[Word], names: Sequence[str]) -> Word | None:
    def rank(word: Word) -> tuple[int, int]:
        return BEATS.index(word.body["act"]), names.index(word.sender)

    return standing(citing, stand.permits, lambda one, other: min(one, other, key=rank))
