"""What a node says and does by itself when the picture has changed. Pure: it reads a line and own operations,
and returns steps.

Nothing here is remembered: each rule looks at what was said and answers with what is missing, so it may be
asked again after a crash, or by another process on the same database, and says nothing twice.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import msgspec

from openline.airspace.change import Change
from openline.airspace.operation import Operation, State
from openline.coordination.conflict_view import ConflictStatus, ConflictView
from openline.coordination.dialogue import DialogueState
from openline.coordination.line import Line
from openline.coordination.messages import (
    Closest,
    ConflictStated,
    FindingKind,
    Finer,
    Kind,
    Proposal,
    Request,
)
from openline.coordination.told import Told, conflict_id, versions_of
from openline.units import dmm_from_metres, e9_from_degrees

if TYPE_CHECKING:
    from openline.conflict import Conflict

OwnOperation = Callable[[str], Operation | None]
"""From a notice id to our whole operation behind it; None where it is not ours or was lost and recovered
as notice only.
"""


class Say(msgspec.Struct, frozen=True):
    kind: Kind
    body: msgspec.Struct


class Revise(msgspec.Struct, frozen=True):
    """Carry out an agreement: change our operation and tell it, citing the agreement."""

    notice_id: str
    change: Change
    agreement: str


class Alarm(msgspec.Struct, frozen=True):
    """kind: a stable word; subject: what it is about, so that one cause raises one alarm; text: for the
    duty officer.
    """

    kind: str
    subject: str
    text: str


Step = Say | Revise | Alarm


def judge(line: Line) -> list[Step]:
    """State every conflict that our engine finds and nobody has stated, and alarm where the engines
    differ.
    """
    steps: list[Step] = []
    seen: set[str] = set()
    notices, line.unjudged = sorted(line.unjudged), set()
    for notice_id in notices:
        told = line.picture.told(notice_id)
        if told is None or not told.live:
            continue
        found = _found_with(line, told)
        for name, (other, conflict) in found.items():
            if name not in seen:
                seen.add(name)
                steps += _state(line, told, other, conflict)
        steps += _engines_differ(line, told, set(found))
    return steps


def _found_with(line: Line, told: Told) -> "dict[str, tuple[Told, Conflict]]":
    """The other party's live notices that our engine finds in conflict with this one, by conflict id."""
    found = {}
    for conflict in line.index.conflicts_of(
        told.notice_id, among=lambda name: line.belongs_to(name) not in (None, told.party)
    ):
        other_id = conflict.second_id if conflict.first_id == told.notice_id else conflict.first_id
        other = line.picture.told(other_id)
        if other is not None:
            found[conflict_id(line.accord_id, told.notice_id, other_id)] = (other, conflict)
    return dict(sorted(found.items()))


def _state(line: Line, told: Told, other: Told, conflict: "Conflict") -> Iterator[Step]:
    first, second = sorted((told, other), key=lambda it: it.notice_id)
    name = conflict_id(line.accord_id, first.notice_id, second.notice_id)
    view = line.picture.conflict(name)
    if view is not None and view.findings:
        return  # somebody has stated it, at this revision
    blurred = line.is_blurred(first.party) or line.is_blurred(second.party)
    yield Say(Kind.CONFLICT, _statement(line, first, second, conflict, _kind_of_finding(blurred)))


def _kind_of_finding(blurred: bool) -> FindingKind:
    return FindingKind.POSSIBLE if blurred else FindingKind.CERTAIN


def _statement(
    line: Line, first: Told, second: Told, conflict: "Conflict", finding: FindingKind
) -> ConflictStated:
    closest = conflict.closest
    return ConflictStated(
        conflict_id=conflict_id(line.accord_id, first.notice_id, second.notice_id),
        first=first.notice_id,
        second=second.notice_id,
        revision=versions_of(first, second),
        accord_version=line.accord.version,
        finding=finding,
        start_ms=max(0, conflict.start_ms),
        end_ms=max(0, conflict.end_ms),
        closest=Closest(
            latitude_e9=e9_from_degrees(closest.position.latitude_deg),
            longitude_e9=e9_from_degrees(closest.position.longitude_deg),
            time_ms=max(0, closest.time_ms),
            lateral_dmm=dmm_from_metres(closest.lateral_m),
            vertical_dmm=closest.vertical_dmm,
        ),
    )


def _engines_differ(line: Line, told: Told, found: set[str]) -> Iterator[Step]:
    """The partner states a conflict between exactly these notices, and our engine finds none. Both hold it
    all the same.
    """
    for view in line.picture.conflicts_of(told.notice_id):
        theirs = view.findings.get(line.partner)
        if (
            theirs
            and theirs.finding is not FindingKind.DISSOLVED
            and view.held
            and view.conflict_id not in found
        ):
            yield _alarm_engines_differ(line, view)


def _alarm_engines_differ(line: Line, view: ConflictView) -> Alarm:
    return Alarm(
        "ENGINES DIFFER",
        f"{view.conflict_id}/{view.revision.first}.{view.revision.second}",
        f"{line.partner} finds a conflict between {view.first.notice_id} and {view.second.notice_id}, "
        "and this node does not, from equal notices. Both sides hold it. Compare the versions of both nodes",
    )


def settle(line: Line, own: OwnOperation) -> list[Step]:
    """What the conflicts that changed ask of us: a finer notice, a finding anew, a request, or to carry
    out an agreement.
    """
    steps: list[Step] = []
    names, line.unsettled = sorted(line.unsettled), set()
    for name in names:
        view = line.picture.conflict(name)
        if view is not None and view.held:
            steps += _settle_one(line, view, own)
    return steps


def _settle_one(line: Line, view: ConflictView, own: OwnOperation) -> Iterator[Step]:
    if view.possible and any(map(line.may_be_finer, line.accord.names)):
        if line.may_be_finer(line.me) and line.finer_of(view, line.me) is None:
            if line.speaking_accord.terms_of(line.me).finer:
                yield _tell_finer(line, view, own)
            return
        if line.awaits_finer(view) or not _still_possible(line, view):
            yield from _dissolve(line, view)
            return
        if all(not line.is_blurred(name) or line.may_be_finer(name) for name in line.accord.names):
            yield _confirm(line, view)
            return
    if view.mover == line.me and view.dialogue.state is DialogueState.NOTIFIED:
        yield Say(Kind.REQUEST, request_as_filed(line, view))
    yield from _carry_out(line, view)


def request_as_filed(line: Line, view: ConflictView) -> Request:
    """The request that opens a dialogue: may our operation fly as filed?"""
    return Request(
        conflict_id=view.conflict_id,
        places=view.places,
        proposal=Proposal(notice_id=view.of(line.me).notice_id),
        follows=view.dialogue.tip,
    )


def _tell_finer(line: Line, view: ConflictView, own: OwnOperation) -> Say:
    """Our part of the conflict in full detail. Where only the notice is left of an operation, that is all
    there is to tell.
    """
    from openline.accord.finer import finer_parts

    ours = view.of(line.me)
    operation = own(ours.notice_id)
    if operation is None:
        volumes, trajectory = (*ours.notice.volumes, *ours.notice.off_nominal_volumes), ours.notice.trajectory
    else:
        volumes, trajectory = finer_parts(
            operation, line.speaking_accord, line.me, view.stated.start_ms, view.stated.end_ms
        )
    finer = Finer(
        conflict_id=view.conflict_id,
        notice_id=ours.notice_id,
        revision=view.revision,
        volumes=volumes,
        trajectory=trajectory,
    )
    return Say(Kind.FINER, finer)


def _still_possible(line: Line, view: ConflictView) -> bool:
    return _finer_conflict(line, view) is not None


def _dissolve(line: Line, view: ConflictView) -> Iterator[Step]:
    """Take our own finding back when the finer notices show none; what the partner still states stays
    held.
    """
    if line.awaits_finer(view):
        return
    ours = view.findings.get(line.me)
    if ours and ours.finding is not FindingKind.DISSOLVED:
        yield Say(Kind.CONFLICT, msgspec.structs.replace(ours, finding=FindingKind.DISSOLVED))


def _confirm(line: Line, view: ConflictView) -> Say:
    conflict = _finer_conflict(line, view)
    assert conflict is not None
    statement = _statement(line, view.first, view.second, conflict, FindingKind.CERTAIN)
    return Say(Kind.CONFLICT, statement)


def _finer_conflict(line: Line, view: ConflictView) -> "Conflict | None":
    from openline.conflict import conflict_between

    first, second = (_finest(line, view, told) for told in (view.first, view.second))
    if first is None or second is None:
        return None  # one of them is not there at all while the blurred notices overlap
    return conflict_between(first, second, line.index.minima)


def _finest(line: Line, view: ConflictView, told: Told) -> Operation | None:
    from openline.accord.finer import finer_operation

    finer = line.finer_of(view, told.party)
    if finer is None:
        return line.operation_of(told.notice_id)
    return finer_operation(told.notice, finer.volumes, finer.trajectory, line.accord.datum)


def _carry_out(line: Line, view: ConflictView) -> Iterator[Step]:
    agreed, agreement = view.dialogue.agreed, view.dialogue.agreement
    if awaits_our_move(line, view) and agreed is not None and agreement is not None:
        change = Change(delay_ms=agreed.delay_ms, climb_dmm=agreed.climb_dmm)
        yield Revise(view.of(line.me).notice_id, change, agreement)


def awaits_our_move(line: Line, view: ConflictView) -> bool:
    """Whether there is an agreed change to our operation that its notice does not yet carry."""
    agreed, agreement = view.dialogue.agreed, view.dialogue.agreement
    ours = view.of(line.me)
    if agreed is None or agreement is None or agreed.as_filed or agreed.notice_id != ours.notice_id:
        return False
    return ours.notice.agreed != agreement


def blocking(line: Line, notice_id: str) -> list[ConflictView]:
    """The open conflicts in which this operation has to move, and those in which its move is agreed and not
    made: while there are any, it stays Proposed.
    """
    views = line.picture.conflicts_of(notice_id)
    told = line.picture.told(notice_id)
    if told is None:
        return []
    return [view for view in views if _is_blocking(line, view, told.party)]


def _is_blocking(line: Line, view: ConflictView, party: str) -> bool:
    if view.status is ConflictStatus.AGREED:
        return party == line.me and awaits_our_move(line, view)
    return view.status is ConflictStatus.OPEN and view.mover == party


def meets_partner(line: Line, candidate: Operation) -> bool:
    """Whether a notice that is not told yet would conflict with anything that the partner has told."""
    return not line.index.is_clear(candidate, among=lambda name: line.belongs_to(name) == line.partner)


AGREED_STATES = frozenset({State.ACCEPTED, State.ACTIVATED, State.NONCONFORMING, State.CONTINGENT})


def breaks(line: Line, candidate: Operation, notice_id: str) -> "list[Conflict]":
    """The conflicts that a revision would newly have with what the partner's agreed operations claim.

    candidate: the revised notice as an operation, under ``notice_id``. Conflicts that the standing version
    has already are no new ones.
    """
    standing = {
        told.notice_id
        for view in line.picture.conflicts_of(notice_id)
        if view.held
        for told in (view.first, view.second)
    }

    def is_agreed_and_new(name: str) -> bool:
        told = line.picture.told(name)
        return (
            told is not None
            and told.party != line.me
            and told.state in AGREED_STATES
            and name not in standing
        )

    return line.index.conflicts(candidate, among=is_agreed_and_new)
