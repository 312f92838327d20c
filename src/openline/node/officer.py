"""What a duty officer may say, put into messages: moves in a dialogue, line checks, accords in force."""

from collections.abc import Sequence

import msgspec

from openline.accord.document import Bundle
from openline.airspace.change import Change
from openline.airspace.change import apply as apply_change
from openline.airspace.operation import Operation
from openline.conflict.found import Conflict
from openline.coordination import decide
from openline.coordination.conflict_view import ConflictView
from openline.coordination.dialogue import MOVES, Dialogue, permits, role_in
from openline.coordination.messages import (
    Accept,
    Cancel,
    Check,
    Checked,
    Counter,
    InForce,
    Kind,
    Officer,
    Proposal,
    Reason,
    Reject,
    Standby,
)
from openline.errors import Invalid, NotFound, Refused
from openline.node import calling
from openline.node.desk import Desk


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """kind: one of MOVES. answers: the message meant, if the officer wants to be sure that it is still the
    last (None: whatever it is).

    proposal: for REQUEST (default: our operation as filed) and CDN. reason: for RJC. until_ms: for SBY.
    """

    kind: Kind
    answers: str | None = None
    proposal: Proposal | None = None
    reason: Reason = Reason.OTHER
    until_ms: int | None = None


def body_of(desk: Desk, conflict_id: str, move: Move) -> tuple[ConflictView, Kind, msgspec.Struct]:
    """The conflict, and the message that makes the move. Raises NotFound, Refused or Invalid."""
    view = find_conflict(desk, conflict_id)
    if not view.held:
        raise Refused(
            "conflict-gone", "the two operations are not in conflict any more", message=view.conflict_id
        )
    if move.kind not in MOVES or not permits(view.dialogue, desk.me, move.kind):
        raise _not_your_move(desk, view, move.kind)
    if move.answers is not None and move.answers != view.dialogue.tip:
        raise Refused(
            "superseded",
            "another message has come since",
            field="answers",
            message=view.dialogue.tip,
            clause="crossing",
        )
    if move.kind is Kind.ACP:
        _check_can_be_carried_out(desk, view)
    return view, move.kind, _build(desk, view, move)


def find_conflict(desk: Desk, conflict_id: str) -> ConflictView:
    """By its id, or by the start of it if that is enough."""
    view = desk.line.picture.conflict(conflict_id)
    if view is not None:
        return view
    alike = [view for view in desk.line.picture.conflicts() if view.conflict_id.startswith(conflict_id)]
    if len(alike) != 1 or len(conflict_id) < 4:
        raise NotFound(
            "no-such-conflict",
            f"{len(alike)} conflicts begin with {conflict_id!r}",
            party=desk.me,
            field="conflict_id",
            remedy="openline conflicts lists them",
        )
    return alike[0]


def _not_your_move(desk: Desk, view: ConflictView, kind: Kind) -> Refused:
    dialogue: Dialogue = view.dialogue
    waits = (
        f", and it waits for {desk.partner if dialogue.proposer == desk.me else desk.me}"
        if dialogue.on_the_table
        else ""
    )
    return Refused(
        "not-your-move",
        f"the dialogue is {dialogue.state}{waits}: {kind} by the {role_in(dialogue, desk.me)} is no move",
        party=desk.me,
        message=view.conflict_id,
        clause="dialogue",
        remedy="docs/spec/line-protocol.md has the table of moves",
    )


def _build(desk: Desk, view: ConflictView, move: Move) -> msgspec.Struct:
    tip = view.dialogue.tip or ""
    if move.kind is Kind.REQUEST:
        request = decide.request_as_filed(desk.line, view)
        if move.proposal is None:
            return request
        return msgspec.structs.replace(request, proposal=_proposal(desk, view, move))
    if move.kind is Kind.ACP:
        return Accept(conflict_id=view.conflict_id, answers=tip)
    if move.kind is Kind.RJC:
        return Reject(conflict_id=view.conflict_id, answers=tip, reason=move.reason)
    if move.kind is Kind.SBY:
        if move.until_ms is None:
            raise Invalid("until-missing", "a stand-by says until when the answer comes", field="until_ms")
        return Standby(conflict_id=view.conflict_id, answers=tip, until_ms=move.until_ms)
    if move.kind is Kind.CANCEL:
        return Cancel(conflict_id=view.conflict_id, answers=tip)
    return Counter(conflict_id=view.conflict_id, answers=tip, proposal=_proposal(desk, view, move))


def _proposal(desk: Desk, view: ConflictView, move: Move) -> Proposal:
    if move.proposal is None:
        raise Invalid("proposal-missing", f"{move.kind} needs a proposal", field="proposal")
    if move.proposal.notice_id not in (view.first.notice_id, view.second.notice_id):
        raise Invalid(
            "notice-not-in-conflict",
            "the proposal moves neither of the two operations",
            field="proposal.notice_id",
        )
    try:
        _as_proposed(desk, move.proposal)
    except Invalid as fault:
        raise fault.within(field="proposal") from None
    return move.proposal


def _as_proposed(desk: Desk, proposal: Proposal) -> Operation:
    """The operation as the proposal would have it fly. Raises Invalid where nothing can."""
    change = Change(delay_ms=proposal.delay_ms, climb_dmm=proposal.climb_dmm)
    return apply_change(desk.line.operation_of(proposal.notice_id), change)


def _check_can_be_carried_out(desk: Desk, view: ConflictView) -> None:
    """Accepting moves our operation: where that would break what is agreed with others, it is not to be
    promised.
    """
    proposal = view.dialogue.proposal
    ours = view.of(desk.me)
    if proposal is None or proposal.as_filed or proposal.notice_id != ours.notice_id:
        return
    candidate = _as_proposed(desk, proposal)
    broken = decide.breaks(desk.line, candidate, ours.notice_id)
    if broken:
        raise would_break(desk, candidate, broken)


def would_break(desk: Desk, candidate: Operation, broken: Sequence[Conflict]) -> Refused:
    """The refusal of a revision, with the conflict and a way out."""
    # only here: the resolver loads slowly, and a start needs none of it
    from openline.resolve import Limits, alternatives

    names = [it.second_id if it.first_id == candidate.id else it.first_id for it in broken]
    # Not before its own start: what the time is now need not be known then.
    later = msgspec.structs.replace(Limits.levels, earliest_ms=0)
    ways = alternatives(
        candidate, desk.line.index, desk.line.accord, candidate.start_ms, limit=1, limits=later
    )
    remedy = (
        f"a way out: {ways[0].sentence}"
        if ways
        else "no change of time or level within the usual limits is free"
    )
    return Refused(
        "would-break-agreed",
        f"it would come into conflict with {len(names)} agreed operation(s), the first {names[0]}",
        party=desk.partner,
        message=candidate.id,
        clause="precedence",
        remedy=remedy,
    )


def check_or_answer(desk: Desk, who: Officer) -> tuple[Kind, msgspec.Struct]:
    """The answer to the partner's oldest unanswered CHECK, else a CHECK of our own."""
    for asked, answer in desk.line.picture.checks():
        if asked.stamp.sender == desk.partner and answer is None:
            return Kind.CHECKED, Checked(answers=asked.hash, officer=who)
    return Kind.CHECK, Check(officer=who)


def check_sayable(desk: Desk, kind: Kind, body: msgspec.Struct) -> None:
    """Raises Refused where it would say what stands already, take back what does not stand, or be void."""
    calling.check(desk, kind, body)
    suspended = desk.me in desk.line.picture.line.suspended_by
    if kind is Kind.SUSPEND and suspended:
        raise Refused(
            "already-suspended", "we have suspended this line already", party=desk.me, clause="suspension"
        )
    if kind is Kind.RESUME and not suspended:
        raise Refused(
            "not-suspended",
            "we have not suspended this line; a suspension is taken back by the side that said it",
            party=desk.me,
            clause="suspension",
        )


def in_force(bundle: Bundle) -> InForce:
    return InForce(version=bundle.accord.version, document=bundle.document.decode())
