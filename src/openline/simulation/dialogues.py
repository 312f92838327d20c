"""How does the dialogue of a conflict stand? Read off the signed words by docs/spec/line-protocol.md (section
9), beside the node's own reading: said in a few rules here, where the node has tables.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from openline.simulation.words import MOVES, Word, Words, standing


class Stand(msgspec.Struct, frozen=True, kw_only=True):
    """tip: what the next move has to cite. proposer: whose proposal lies on the table, if any does.
    countered: whether the other side has changed it since it was requested. agreement: the ACP that stands,
    under a new proposal too. closed: how the last one ended without an agreement.
    """

    tip: str | None = None
    requester: str | None = None
    proposer: str | None = None
    proposal: dict[str, Any] | None = None
    countered: bool = False
    agreement: str | None = None
    agreed: dict[str, Any] | None = None
    closed: str = "NOTIFIED"
    until_ms: int | None = None

    @property
    def state(self) -> str:
        if self.proposer is None:
            return "ACCEPTED" if self.agreement else self.closed
        if self.agreement:
            return "REVISED_COUNTERED" if self.countered else "REVISED"
        return "COUNTERED" if self.countered else "REQUESTED"

    def permits(self, word: Word) -> bool:
        if self.proposer is None:
            return word.kind == "REQUEST" or (word.kind == "CANCEL" and self.agreement is not None)
        if word.sender == self.proposer:
            return word.kind in ("CDN", "CANCEL")
        return word.kind in ("ACP", "RJC", "SBY", "CDN") or (word.kind == "CANCEL" and self.countered)

    def after(self, move: Word) -> "Stand":
        cleared = msgspec.structs.replace(self, tip=move.hash, proposer=None, proposal=None)
        match move.kind:
            case "REQUEST":
                fresh = msgspec.structs.replace(cleared, requester=move.sender, countered=False)
                return _proposed(fresh, move)
            case "CDN":
                is_theirs = move.sender != self.proposer
                return _proposed(
                    msgspec.structs.replace(cleared, countered=self.countered or is_theirs), move
                )
            case "ACP":
                return msgspec.structs.replace(cleared, agreement=move.hash, agreed=self.proposal)
            case "RJC":
                return msgspec.structs.replace(cleared, closed="REJECTED")
        if self.proposer is not None and self.agreement is not None:
            return cleared  # it falls back on what is agreed
        return msgspec.structs.replace(cleared, agreement=None, agreed=None, closed="CANCELLED")


def read(conflict_id: str, places: dict[str, int], words: Words, who_moves: Callable[[], str]) -> Stand:
    """places: at which the dialogue is read. who_moves: asked only where two moves cross for whom it
    matters.
    """
    citing: dict[str | None, list[Word]] = {}
    for word in words.named(conflict_id, *MOVES, "SBY"):
        if word.kind != "REQUEST" or word.body["places"] == places:
            citing.setdefault(word.body.get("answers") or word.body.get("follows"), []).append(word)
    stand = Stand()
    while (move := _next(stand, citing, who_moves)) is not None:
        stand = stand.after(move)
    said = (it for it in citing.get(stand.tip, ()) if it.kind == "SBY" and stand.permits(it))
    return msgspec.structs.replace(stand, until_ms=max((it.body["until_ms"] for it in said), default=None))


def _proposed(stand: Stand, move: Word) -> Stand:
    return msgspec.structs.replace(stand, proposer=move.sender, proposal=move.body["proposal"])


def _next(stand: Stand, citing: Mapping[str | None, list[Word]], who_moves: Callable[[], str]) -> Word | None:
    return standing(
        citing.get(stand.tip, ()),
        lambda it: it.kind != "SBY" and stand.permits(it),
        lambda one, other: _beats(stand, one, other, who_moves),
    )


def _beats(stand: Stand, one: Word, other: Word, who_moves: Callable[[], str]) -> Word:
    """Whose move stands where they cross: a CANCEL before all else, and else the proposer's; of two that are
    alike the requester's. Where nothing lies on the table, it is the mover's.
    """
    cancels = [it for it in (one, other) if it.kind == "CANCEL"]
    if len(cancels) == 1:
        return cancels[0]
    is_alike = one.kind == other.kind
    whose = (stand.requester if is_alike else stand.proposer) if stand.proposer else who_moves()
    return one if one.sender == whose else other
