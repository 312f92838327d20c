"""What is special about operations that a supplier filed with our DSS: they fly whatever we say of them.

So nothing about them is refused: what cannot be told, is not agreed or has yet to be moved is an alarm.
"""

from collections.abc import Callable, Iterator

import msgspec

from openline.accord.notice import Notice
from openline.airspace.operation import OFF_NOMINAL, Operation, State
from openline.coordination import decide
from openline.coordination.conflict_view import ConflictStatus, ConflictView
from openline.coordination.decide import Alarm
from openline.coordination.messages import Proposal
from openline.errors import Invalid, Refused
from openline.node import speaking
from openline.node.desk import Desk
from openline.node.step import Step
from openline.units import feet_from_dmm

NOT_TOLD = "INTENT NOT TOLD"
NOT_AGREED = "INTENT NOT AGREED"
MUST_MOVE = "SUPPLIER MUST MOVE"


def draft(step: Step, desk: Desk, operation: Operation, *, agreed: str | None = None) -> Notice | None:
    """The notice of a supplier's operation; None, and an alarm, where the accord does not let it be told."""
    try:
        capped = _within_priority(operation, desk)
        notice = speaking.draft_notice(desk, capped, step.new_id, agreed=agreed)
        speaking.check_tellable(desk, notice, step.now_ms)
    except (Invalid, Refused) as fault:
        known = ", which knows an earlier version of it" if operation.id in desk.notices else ""
        text = f"{name_of(operation)} is not told to {desk.partner}{known}: {fault.text}"
        step.alarm(desk.accord_id, NOT_TOLD, operation.id, text)
        return None
    clear_not_told(step, desk, operation)
    return notice


def clear_not_told(step: Step, desk: Desk, operation: Operation) -> None:
    step.tx.clear_alarm(f"{desk.accord_id}/{NOT_TOLD}/{operation.id}", step.now_ms)


def _within_priority(operation: Operation, desk: Desk) -> Operation:
    """A priority above the accord's cap is told as the cap: better than not telling the flight."""
    most = desk.line.speaking_accord.caps.priority
    if operation.priority <= most or operation.state in OFF_NOMINAL:
        return operation
    return msgspec.structs.replace(operation, priority=most)


def name_of(operation: Operation) -> str:
    return f"{operation.supplier}'s intent {operation.id}"


# What people have to see to


def watch(desk: Desk, own: Callable[[str], Operation | None]) -> Iterator[Alarm | str]:
    """Alarms to raise, and the names (``kind/subject``) of those whose cause is gone, as `node.watch`.

    own: from one of our notice ids to the operation behind it.
    """
    for view in desk.line.picture.conflicts():
        yield from _not_agreed(desk, view, own)
        yield from _must_move(desk, view, own)


def _supplied(desk: Desk, view: ConflictView, own: Callable[[str], Operation | None]) -> Operation | None:
    operation = own(view.of(desk.me).notice_id)
    return operation if operation is not None and operation.supplier is not None else None


def _not_agreed(
    desk: Desk, view: ConflictView, own: Callable[[str], Operation | None]
) -> Iterator[Alarm | str]:
    is_asking = view.status is ConflictStatus.OPEN and view.mover == desk.me
    operation = _supplied(desk, view, own) if is_asking else None
    if operation is None:
        yield f"{NOT_AGREED}/{view.conflict_id}"
        return
    yield Alarm(
        NOT_AGREED,
        view.conflict_id,
        f"{name_of(operation)} stands at our DSS as {_as_filed(operation)}, and {desk.partner} has not "
        f"agreed to it: conflict {view.conflict_id[:12]}. Settle it, or ask {operation.supplier} to move",
    )


def _as_filed(operation: Operation) -> str:
    """A DSS has no word for Proposed."""
    return State.ACCEPTED if operation.state is State.PROPOSED else operation.state


def _must_move(
    desk: Desk, view: ConflictView, own: Callable[[str], Operation | None]
) -> Iterator[Alarm | str]:
    agreed = view.dialogue.agreed
    awaits = view.held and decide.awaits_our_move(desk.line, view)
    operation = _supplied(desk, view, own) if awaits else None
    if operation is None or agreed is None:
        yield f"{MUST_MOVE}/{view.conflict_id}"
        return
    yield Alarm(
        MUST_MOVE,
        view.conflict_id,
        f"agreed with {desk.partner}: {name_of(operation)} moves {_in_words(agreed)}. "
        f"Ask {operation.supplier} to file that; until it does, nothing has moved",
    )


def _in_words(agreed: Proposal) -> str:
    seconds, feet = round(agreed.delay_ms / 1000), round(feet_from_dmm(agreed.climb_dmm))
    words = [f"{abs(seconds)} s {'later' if seconds > 0 else 'earlier'}"] if seconds else []
    words += [f"{abs(feet)} ft {'up' if feet > 0 else 'down'}"] if feet else []
    return " and ".join(words)
