"""One conflict as both sides hold it: derived from its facts and from what stands of its two notices."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from openline.coordination.dialogue import Dialogue, evaluate
from openline.coordination.fact import Fact
from openline.coordination.messages import ConflictStated, FindingKind, Finer, Request, Revision
from openline.coordination.told import Told, places_of, versions_of


class ConflictStatus(StrEnum):
    """OPEN: held and not agreed. AGREED: held, and a proposal is accepted. GONE: no longer held at today's
    revision.
    """

    OPEN = "open"
    AGREED = "agreed"
    GONE = "gone"


class ConflictView(msgspec.Struct, frozen=True, kw_only=True):
    """A conflict as both sides hold it. ``first`` and ``second`` are in the order of their notice ids."""

    conflict_id: str
    first: Told
    second: Told
    revision: Revision
    places: Revision
    findings: dict[str, ConflictStated]  # by party, at today's revision
    held: bool
    possible: bool
    mover: str
    dialogue: Dialogue
    settled: Dialogue | None  # how the dialogue about the operations' earlier places ended
    stated: ConflictStated  # the finding that people are shown

    @property
    def status(self) -> ConflictStatus:
        if not self.held:
            return ConflictStatus.GONE
        return ConflictStatus.AGREED if self.dialogue.agreement else ConflictStatus.OPEN

    def of(self, party: str) -> Told:
        return self.first if self.first.party == party else self.second


def view_of(
    conflict_id: str, first: Told, second: Told, mover: str, accord_version: int, facts: list[Fact]
) -> ConflictView:
    """first, second: in the order of their notice ids. accord_version: the one that governs; what was
    found under an earlier one counts no more. facts: everything that was said of this conflict, in any
    order.
    """
    revision, places = versions_of(first, second), places_of(first, second)
    findings = _findings(facts, revision, accord_version)
    standing = [it for it in findings.values() if it.finding is not FindingKind.DISSOLVED]
    held = bool(standing) and first.live and second.live
    return ConflictView(
        conflict_id=conflict_id,
        first=first,
        second=second,
        revision=revision,
        places=places,
        findings=findings,
        held=held,
        possible=held and all(it.finding is FindingKind.POSSIBLE for it in standing),
        mover=mover,
        dialogue=evaluate(_dialogue_facts(facts, places), mover),
        settled=_settled(facts, places, mover),
        stated=_best(standing or [fact.body for fact in facts if isinstance(fact.body, ConflictStated)]),
    )


def _findings(facts: Iterable[Fact], revision: Revision, accord_version: int) -> dict[str, ConflictStated]:
    """Each party's latest finding at this revision under this version of the accord."""
    latest: dict[str, Fact] = {}
    for fact in facts:
        if not isinstance(fact.body, ConflictStated):
            continue
        if (fact.body.revision, fact.body.accord_version) == (revision, accord_version):
            known = latest.get(fact.stamp.sender)
            if known is None or known.stamp.number < fact.stamp.number:
                latest[fact.stamp.sender] = fact
    return {party: fact.body for party, fact in sorted(latest.items())}  # type: ignore[misc]


def _dialogue_facts(facts: list[Fact], places: Revision) -> list[Fact]:
    """The moves of the dialogue that belongs to these places: its requests, and all that cite on from
    them.
    """
    moves = [fact for fact in facts if not isinstance(fact.body, ConflictStated | Finer)]
    return [fact for fact in moves if not isinstance(fact.body, Request) or fact.body.places == places]


def _settled(facts: list[Fact], places: Revision, who: str) -> Dialogue | None:
    """The dialogue about the latest earlier places at which anything was asked."""
    asked = [
        fact.body.places for fact in facts if isinstance(fact.body, Request) and fact.body.places != places
    ]
    if not asked:
        return None
    latest = max(asked, key=lambda it: (it.first + it.second, it.first))
    return evaluate(_dialogue_facts(facts, latest), who)


def _best(stated: list[ConflictStated]) -> ConflictStated:
    """Of several findings the one that people are shown: the closest."""
    return min(
        stated,
        key=lambda it: (it.closest.lateral_dmm if it.closest else 2**53, it.start_ms, it.finding.value),
    )
