"""Who is on duty: an officer signs on, relieves another, signs off. Nothing unanswered is left behind.

Said on every line, so that each partner knows who is there; on each with what is open on that line alone.
"""

from openline.coordination.conversation import DutyAct, Shift
from openline.coordination.fact import Fact
from openline.coordination.fields import MAX_CITED, Officer
from openline.coordination.messages import Kind
from openline.coordination.owed import owed_by
from openline.errors import NotFound, Refused
from openline.node import speaking
from openline.node.desk import Desk
from openline.node.step import Step


def change(step: Step, act: DutyAct, officer: Officer) -> list[Fact]:
    """Raises Refused ``seat-taken``, ``nobody-to-relieve``, ``not-on-duty``, ``left-unanswered``; NotFound
    where there is no line. Nothing is said on any line then.
    """
    desks = step.all_desks()
    if not desks:
        raise NotFound("no-such-line", "there is no line to be on duty for", party=step.party)
    bodies = [(desk, _body(desk, act, officer)) for desk in desks]
    facts = [speaking.say(step, desk, Kind.SHIFT, body) for desk, body in bodies]
    step.record("shift", {"act": act.value, "position": officer.position, "officer": officer.pseudonym})
    return facts


def _body(desk: Desk, act: DutyAct, officer: Officer) -> Shift:
    manned = desk.line.picture.conversed.on_duty(desk.me)
    sitting = manned.get(officer.position)
    opened = tuple(dict.fromkeys(it.message for it in owed_by(desk.line, desk.me)))[:MAX_CITED]
    if act is DutyAct.OFF:
        _check_off(desk, officer, sitting, opened, others=len(manned) > 1)
        return Shift(act=act, officer=officer)
    if act is DutyAct.HANDOVER:
        if sitting is None:
            raise _refused("nobody-to-relieve", f"nobody is on duty at {officer.position}", desk)
        return Shift(act=act, officer=officer, relieved=sitting.pseudonym, taken_over=opened)
    if sitting is not None and sitting != officer:
        raise _refused(
            "seat-taken",
            f"{sitting.pseudonym} is on duty at {officer.position}",
            desk,
            remedy="take the seat over with a handover",
        )
    return Shift(act=act, officer=officer, taken_over=opened)


def _check_off(
    desk: Desk, officer: Officer, sitting: Officer | None, opened: tuple[str, ...], *, others: bool
) -> None:
    if sitting is None or sitting.pseudonym != officer.pseudonym:
        raise _refused("not-on-duty", f"{officer.pseudonym} is not on duty at {officer.position}", desk)
    if opened and not others:
        raise _refused(
            "left-unanswered",
            f"{len(opened)} message(s) of {desk.partner} wait for an answer, the first {opened[0][:12]}, and "
            "nobody else is on duty",
            desk,
            remedy="answer them, or hand the seat over: whoever takes it takes them over",
        )


def _refused(code: str, text: str, desk: Desk, *, remedy: str | None = None) -> Refused:
    return Refused(code, text, party=desk.me, field="officer", clause="duty", remedy=remedy)
