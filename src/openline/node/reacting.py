"""What follows by itself from what was said: conflicts are stated, requests made, agreements carried out."""

from typing import Final

from openline.airspace.operation import Operation, State, transition
from openline.coordination import decide
from openline.coordination.meeting import TRAFFIC, meet
from openline.errors import Invalid, Refused, Unavailable
from openline.node import filing, passing, speaking
from openline.node.desk import Desk
from openline.node.step import Step

MAX_ROUNDS: Final = 64
"""How often one step may react to its own words before it is an error (a round answers what the last one
changed).
"""


def react(step: Step) -> None:
    """Until nothing more follows. Raises Unavailable ``no-rest`` where that takes more than MAX_ROUNDS."""
    for _ in range(MAX_ROUNDS):
        reacted = [_react_on(step, desk) for desk in step.all_desks()]
        if not any(reacted) and not passing.pass_on(step) and not _promote(step):
            return
    raise Unavailable(
        "no-rest", f"the node still reacts to itself after {MAX_ROUNDS} rounds; nothing was stored"
    )


def follow(step: Step, desk: Desk, rested: bool) -> None:
    """React to new messages; where they made a line that rested run again, what rested is told first. Nothing
    follows where nothing waits to be judged or settled: every step has ended so. To a node back from a backup
    its own words come in parts: what follows of them, the tick after the last one says.
    """
    if step.is_recovering:
        return
    if rested and speaking.runs(step, desk):
        filing.tell_what_rested(step)
    elif not any(any(it.line.pending) for it in step.all_desks()):
        return
    react(step)


def _react_on(step: Step, desk: Desk) -> bool:
    """One round on one line. While it rests, what is not judged yet stays so."""
    _warn(step, desk)
    if not speaking.runs(step, desk):
        return False
    found = decide.judge(desk.line)
    found += decide.settle(desk.line, lambda notice_id: step.own_behind(desk, notice_id))
    for it in found:
        _perform(step, desk, it)
    return bool(found)


def _warn(step: Step, desk: Desk) -> None:
    """Alarms for our operations that meet traffic passed on to us, whether the line rests or not; those whose
    cause is gone are cleared.
    """
    looked = meet(desk.line, lambda notice_id: step.own_behind(desk, notice_id))
    for it in looked.alarms:
        step.alarm(desk.accord_id, it.kind, it.subject, it.text)
    if not looked.anew:
        return
    met, prefix = {it.subject for it in looked.alarms}, f"{desk.accord_id}/{TRAFFIC}/"
    for alarm in step.tx.alarms():
        about = alarm.alarm_id.removeprefix(prefix)
        if about != alarm.alarm_id and about not in met and looked.anew & set(about.split("/")):
            step.tx.clear_alarm(alarm.alarm_id, step.now_ms)


def _perform(step: Step, desk: Desk, it: decide.Step) -> None:
    if isinstance(it, decide.Say):
        speaking.say(step, desk, it.kind, it.body)
    elif isinstance(it, decide.Alarm):
        step.alarm(desk.accord_id, it.kind, it.subject, it.text)
    else:
        _carry_out(step, desk, it)


def _carry_out(step: Step, desk: Desk, agreed: decide.Revise) -> None:
    """What was agreed is done, and told with the agreement cited. A supplier's flight is moved by its
    supplier alone: that it has to be asked is an alarm (`supplied.watch`).
    """
    operation = step.own_behind(desk, agreed.notice_id)
    if operation is not None and operation.supplier is not None and operation.state is not State.ENDED:
        return
    if operation is None or operation.state is State.ENDED:
        _not_carried_out(step, desk, agreed, "its operation is not here any more")
        return
    try:
        changed = filing.changed_as_agreed(step, operation, agreed.change)
    except (Invalid, Refused) as fault:  # nothing is written yet, and the message that agreed to it stands
        _not_carried_out(step, desk, agreed, fault.text)
        return
    step.record("carried-out", {"operation": operation.id, "agreement": agreed.agreement})
    filing.bring(step, operation, changed, {desk.accord_id: agreed.agreement})


def _not_carried_out(step: Step, desk: Desk, agreed: decide.Revise, why: str) -> None:
    text = f"the agreed change of {agreed.notice_id} cannot be made: {why}"
    step.alarm(desk.accord_id, "AGREEMENT NOT CARRIED OUT", agreed.agreement, text)


def _promote(step: Step) -> bool:
    """Proposed operations that no open conflict holds back any more are Accepted."""
    free = [it for it in step.own.in_state(State.PROPOSED) if _is_unblocked(step, it)]
    for operation in free:
        filing.bring(step, operation, transition(operation, State.ACCEPTED))
    return bool(free)


def _is_unblocked(step: Step, operation: Operation) -> bool:
    return all(_is_unblocked_on(step, desk, operation) for desk in step.all_desks())


def _is_unblocked_on(step: Step, desk: Desk, operation: Operation) -> bool:
    row = desk.notices.get(operation.id)
    if row is None:
        return not speaking.concerns(desk, operation)  # a partner that has yet to be told has yet to agree
    return speaking.runs(step, desk) and not decide.blocking(desk.line, row.notice_id)
