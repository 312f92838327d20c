"""What our own operators submit: a filing becomes an operation, and the operation a notice to every partner
concerned.

All that can be refused is refused before anything is written; what is invalid is never said.
"""

from collections.abc import Mapping, Sequence

import msgspec

from openline.accord.notice import Notice
from openline.airspace.change import Change
from openline.airspace.change import apply as apply_change
from openline.airspace.operation import OFF_NOMINAL, Operation, State, check_horizon, transition
from openline.coordination import decide
from openline.coordination.messages import Kind
from openline.errors import Invalid, Refused
from openline.node import speaking, supplied
from openline.node.desk import Desk
from openline.node.results import Filed, NoticeTold
from openline.node.step import Step

Drafts = Mapping[str, Notice]
"""By accord id, what a partner would be told."""


def file(step: Step, operation: Operation) -> list[str]:
    """Keep a new operation, or a revision of one that has this id, and tell it. Returns notes for the filer.

    Raises Invalid, Refused or Unavailable; nothing is written then.
    """
    step.check_recovered()
    check_horizon(operation, step.now_ms)
    standing = step.own.get(operation.id)
    _refuse_suppliers(standing)
    operation = _revision_of(operation, standing)
    drafts = _draft_everywhere(step, operation, standing)
    operation = _initial_state(step, operation, standing, drafts)
    step.save(operation)
    step.record(
        "filed", {"operation": operation.id, "version": operation.version, "state": operation.state.value}
    )
    return tell_everywhere(step, operation, drafts=drafts)


def _refuse_suppliers(standing: Operation | None) -> None:
    """Our own operator does not change what a supplier flies."""
    if standing is not None and standing.supplier is not None:
        raise Refused(
            "suppliers-operation",
            f"it is an operational intent of {standing.supplier}",
            field="id",
            message=standing.id,
            remedy=f"ask {standing.supplier} to change it; what it files with our DSS follows by itself",
        )


def _revision_of(operation: Operation, standing: Operation | None) -> Operation:
    """The filing with the version that follows, in the state that it takes on. Raises Refused for an ended
    one.
    """
    if standing is None:
        if operation.state is State.ENDED:
            raise Invalid("already-ended", "an operation cannot be filed as Ended", field="state")
        return msgspec.structs.replace(operation, version=1)
    if standing.state is State.ENDED:
        raise Refused("operation-ended", "it has ended; file a new one", field="id", message=operation.id)
    kept: State = standing.state
    if operation.state in OFF_NOMINAL:
        transition(standing, operation.state)
        kept = operation.state
    return msgspec.structs.replace(operation, version=standing.version + 1, state=kept)


def _draft_everywhere(step: Step, operation: Operation, standing: Operation | None) -> Drafts:
    """Raises where a partner may not be told, before anything is written."""
    drafts = {}
    for desk in step.all_desks():
        if not speaking.concerns(desk, operation):
            continue
        notice = speaking.draft_notice(desk, operation, step.new_id)
        _check_can_tell(step, desk)
        speaking.check_tellable(desk, notice, step.now_ms)
        if standing is not None and standing.state in decide.AGREED_STATES:
            _check_breaks_nothing(desk, operation, speaking.as_told(desk, notice))
        drafts[desk.accord_id] = notice
    return drafts


def _check_can_tell(step: Step, desk: Desk) -> None:
    """Raises Unavailable as ``Step.sealer``. What people ask for is refused then; what time brings waits."""
    if speaking.in_force(desk, step.now_ms):
        step.sealer(desk)


def _check_breaks_nothing(desk: Desk, operation: Operation, candidate: Operation) -> None:
    if operation.state in OFF_NOMINAL:
        return  # who is in the air is in the air
    broken = decide.breaks(desk.line, candidate, candidate.id)
    if broken:
        from openline.node import officer  # brings the resolver, for the way out

        raise officer.would_break(desk, candidate, broken)


def _initial_state(step: Step, operation: Operation, standing: Operation | None, drafts: Drafts) -> Operation:
    """A new filing that conflicts is kept and said, as Proposed; one that meets nothing is Accepted at
    once.
    """
    if standing is not None or operation.state in OFF_NOMINAL:
        return operation
    told = [(step.desk(name), notice) for name, notice in drafts.items()]
    if any(decide.meets_partner(desk.line, speaking.as_told(desk, notice)) for desk, notice in told):
        return msgspec.structs.replace(operation, state=State.PROPOSED)
    wanted = State.ACCEPTED if operation.state is State.PROPOSED else operation.state
    return msgspec.structs.replace(operation, state=wanted)


def tell_everywhere(
    step: Step,
    operation: Operation,
    agreed: Mapping[str, str] | None = None,
    drafts: Drafts | None = None,
) -> list[str]:
    """Tell every partner concerned that may be told now; the others are told when their line runs again.

    agreed: by accord id, the agreement that this version carries out. drafts: notices of this very version,
    made before its state was known. Returns notes for the filer.
    """
    notes = []
    for desk in step.all_desks():
        if not speaking.concerns(desk, operation) or not speaking.untold(desk, step.own.row(operation.id)):
            continue
        draft = (drafts or {}).get(desk.accord_id)
        if draft is None:
            draft = _draft_now(step, desk, operation, (agreed or {}).get(desk.accord_id))
        if draft is None:
            notes.append(f"{desk.partner} cannot be told: see the alarms")
            continue
        notice = msgspec.structs.replace(draft, state=operation.state)
        if not speaking.may_say(desk, Kind.NOTICE, notice, step.now_ms) or not step.can_seal(desk):
            notes.append(f"{desk.partner} is told when the line runs again")
            continue
        speaking.tell(step, desk, operation, notice)
        if speaking.is_late(desk, notice, step.now_ms):
            notes.append(f"{desk.partner} gets shorter notice than the accord asks for")
    return notes


def _draft_now(step: Step, desk: Desk, operation: Operation, agreed: str | None) -> Notice | None:
    """What our own operator filed was tellable when it was filed; of a supplier's that is not sure."""
    if operation.supplier is None:
        return speaking.draft_notice(desk, operation, step.new_id, agreed=agreed)
    return supplied.draft(step, desk, operation, agreed=agreed)


def tell_what_rested(step: Step) -> None:
    """Tell what could not be told while a line rested. Nothing is looked at again before an operation, an
    accord or a line has changed.
    """
    running = [(desk.accord_id, desk.line.accord.version, speaking.runs(step, desk))
               for desk in step.all_desks()]  # fmt: skip
    if not any(in_force for *_, in_force in running) or step.own.told_under == (step.own.serial, running):
        return
    for row in tuple(step.own.rows()):
        if any(speaking.untold(desk, row) for desk in step.all_desks()):
            tell_everywhere(step, step.own.need(row.operation_id))
    step.own.told_under = (step.own.serial, running)


# States


def transit(step: Step, operation_id: str, state: State) -> list[str]:
    """Bring an operation into another state. Raises Refused where the table or an open conflict forbids
    it.
    """
    step.check_recovered()
    operation = step.own.need(operation_id)
    _refuse_suppliers(operation)
    if state is State.ACCEPTED and operation.state is State.PROPOSED:
        _check_unblocked(step, operation)
    changed = transition(operation, state)
    if changed is operation:
        return []
    for desk in step.all_desks():
        if operation.id in desk.notices:
            _check_can_tell(step, desk)
    step.record("state", {"operation": operation.id, "state": state.value})
    return bring(step, operation, changed)


def bring(
    step: Step, operation: Operation, changed: Operation, agreed: Mapping[str, str] | None = None
) -> list[str]:
    """Save and tell the next version of an operation."""
    changed = msgspec.structs.replace(changed, version=operation.version + 1)
    step.save(changed)
    if changed.supplier is not None and changed.state is State.ENDED:
        for desk in step.all_desks():
            supplied.clear_not_told(step, desk, changed)
    return tell_everywhere(step, changed, agreed)


def changed_as_agreed(step: Step, operation: Operation, change: Change) -> Operation:
    """The operation with an agreed change; nothing is written yet.

    Raises Invalid or Refused where it cannot be so, or not be told so.
    """
    changed = apply_change(operation, change)
    for desk in step.all_desks():
        if operation.id in desk.notices:
            speaking.draft_notice(desk, changed, step.new_id)
    return changed


def end_what_is_over(step: Step) -> None:
    for operation in step.own.over_at(step.now_ms):
        bring(step, operation, transition(operation, State.ENDED))


def _check_unblocked(step: Step, operation: Operation) -> None:
    for desk in step.all_desks():
        row = desk.notices.get(operation.id)
        views = decide.blocking(desk.line, row.notice_id) if row else []
        if views:
            raise Refused(
                "conflict-open",
                f"it stands in {len(views)} open conflict(s), the first {views[0].conflict_id[:12]}",
                party=desk.partner,
                clause="precedence",
                remedy="settle them first: openline conflicts",
            )


# What the filer is told


def result(step: Step, operation_id: str, notes: Sequence[str]) -> Filed:
    operation = step.own.need(operation_id)
    told, conflicts = [], []
    for desk in step.all_desks():
        row = desk.notices.get(operation_id)
        standing = desk.line.picture.told(row.notice_id) if row else None
        if standing is None:
            continue
        told.append(
            NoticeTold(accord_id=desk.accord_id, notice_id=standing.notice_id, version=standing.version)
        )
        views = desk.line.picture.conflicts_of(standing.notice_id)
        conflicts += [view.conflict_id for view in views if view.held]
    return Filed(
        operation_id=operation.id,
        version=operation.version,
        state=operation.state.value,
        told=tuple(told),
        conflicts=tuple(conflicts),
        notes=tuple(notes),
    )
