"""What suppliers filed with our DSS, taken as operations of this node: facts, which nobody can refuse now.

What our own operator files may be refused (`filing`). Here the airspace is taken already: a DSS that is shown
all OVNs has to store a revision, and an aircraft in the air is in the air. So a revision that would break
what is agreed is kept and told as Proposed, asks for its place like a new filing, and is an alarm
(`supplied`).
"""

from collections.abc import Mapping

import msgspec

from openline.accord.notice import Notice
from openline.airspace.operation import Operation, State, check_horizon
from openline.coordination import decide
from openline.errors import Refused
from openline.node import filing, speaking, supplied
from openline.node.desk import Desk
from openline.node.step import Step

IN_THE_AIR = frozenset({State.ACTIVATED, State.NONCONFORMING, State.CONTINGENT})
"""Told as they are, agreed or not: nobody is helped by hearing of an aircraft in the air as Proposed."""


def take(step: Step, operation: Operation) -> list[str]:
    """Keep what a supplier filed (a new operation, a revision, or one that has come back after its end), and
    tell it. The same once more changes nothing. Returns notes.

    operation: with its supplier and, where its details are known, its OVN. Raises Invalid ``already-over``,
    LimitExceeded ``beyond-horizon``, Refused ``id-taken``, Unavailable ``recovering``; nothing is written
    then. Where an accord does not let it be told, that is an alarm.
    """
    step.check_recovered()
    standing = step.own.get(operation.id)
    _check_is_theirs(standing, operation)
    check_horizon(operation, step.now_ms)
    if standing is not None and is_same(standing, operation):
        _note_ovn(step, standing, operation)
        return filing.tell_everywhere(step, standing)  # whom it could not be told before
    version = standing.version + 1 if standing is not None else 1
    operation = msgspec.structs.replace(operation, version=version)
    drafts = _drafts(step, operation, standing)
    operation = msgspec.structs.replace(operation, state=_state(step, operation, standing, drafts))
    step.save(operation)
    step.record(
        "taken", {"operation": operation.id, "version": operation.version, "state": operation.state.value}
    )
    return filing.tell_everywhere(step, operation, drafts=drafts)


def end(step: Step, operation_id: str) -> list[str]:
    """The supplier has taken it back, or it is over. Raises NotFound, Refused ``id-taken``."""
    step.check_recovered()
    standing = step.own.need(operation_id)
    _check_is_theirs(standing, standing)
    if standing.state is State.ENDED:
        return []
    step.record("state", {"operation": operation_id, "state": State.ENDED.value})
    return filing.bring(step, standing, msgspec.structs.replace(standing, state=State.ENDED))


def is_same(standing: Operation, operation: Operation) -> bool:
    """Whether the supplier says nothing new: only OVN and version may differ, and Proposed is our word for
    what it has as Accepted.
    """
    state = State.ACCEPTED if standing.state is State.PROPOSED else standing.state
    return operation == msgspec.structs.replace(
        standing, state=state, version=operation.version, ovn=operation.ovn
    )


def _note_ovn(step: Step, standing: Operation, operation: Operation) -> None:
    """An OVN is told to nobody: the version stays, and with it what was told."""
    if standing.ovn != operation.ovn:
        step.save(msgspec.structs.replace(standing, ovn=operation.ovn))


def _check_is_theirs(standing: Operation | None, operation: Operation) -> None:
    if operation.supplier is None or (standing is not None and standing.supplier is None):
        raise Refused(
            "id-taken", "an operation of our own operator bears this id", field="id", message=operation.id
        )


def _drafts(step: Step, operation: Operation, standing: Operation | None) -> Mapping[str, Notice]:
    drafts = {}
    for desk in step.all_desks():
        if speaking.concerns(desk, operation):
            notice = supplied.draft(step, desk, operation)
            if notice is not None:
                drafts[desk.accord_id] = _placed(desk, notice, standing)
    return drafts


def _placed(desk: Desk, notice: Notice, standing: Operation | None) -> Notice:
    """What comes back after its end begins anew; a move that was agreed is told as such."""
    if standing is not None and standing.state is State.ENDED:
        return msgspec.structs.replace(notice, keeps_place=False)
    return msgspec.structs.replace(notice, agreed=_agreement_kept(desk, notice))


def _agreement_kept(desk: Desk, notice: Notice) -> str | None:
    """The agreement whose move this is: the supplier chose how, and the conflict is gone."""
    candidate = None
    for view in desk.line.picture.conflicts_of(notice.notice_id):
        if view.held and decide.awaits_our_move(desk.line, view):
            candidate = candidate or speaking.as_told(desk, notice)
            if desk.line.index.is_clear(candidate, among=view.of(desk.partner).notice_id.__eq__):
                return view.dialogue.agreement
    return None


def _state(
    step: Step, operation: Operation, standing: Operation | None, drafts: Mapping[str, Notice]
) -> State:
    if operation.state in IN_THE_AIR:
        return operation.state
    if standing is not None and standing.state is State.PROPOSED:
        return State.PROPOSED  # until nothing holds it back any more: `reacting`
    told = [(step.desk(name), speaking.as_told(step.desk(name), notice)) for name, notice in drafts.items()]
    if standing is not None and standing.state is not State.ENDED:
        is_free = not any(decide.breaks(desk.line, candidate, candidate.id) for desk, candidate in told)
    else:
        is_free = not any(decide.meets_partner(desk.line, candidate) for desk, candidate in told)
    return State.ACCEPTED if is_free else State.PROPOSED
