"""Saying: a message gets its place and its seal inside the transaction that commits it, from lane heads
that live in the store.

What reckons with places (the accord's area, caps and disclosure) is imported when a notice is first told: a
line check, a suspension or a look at the picture needs none of it.
"""

import msgspec

from openline.accord.notice import Notice, as_operation
from openline.accord.schedule import is_short_notice
from openline.accord.states import MAY_BE_SAID, AccordState, check_may_be_said
from openline.airspace.operation import Operation, State
from openline.coordination.codec import check_fact, seal_message
from openline.coordination.fact import Fact
from openline.coordination.messages import Kind, lane_of, traffic_of
from openline.coordination.told import Told
from openline.errors import Refused
from openline.journal.entry import Lane, Place
from openline.node.desk import Desk
from openline.node.ports import NoticeRow, OperationRow, Signer
from openline.node.step import NewId, Step


def accord_state(desk: Desk, now_ms: int) -> AccordState:
    """Where the version that governs stands, by what was said and what time it is."""
    line, accord = desk.line.picture.line, desk.line.accord
    if line.ended or now_ms >= accord.valid_until_ms:
        return AccordState.ENDED
    if now_ms < accord.valid_from_ms:
        return AccordState.COUNTERSIGNED
    return AccordState.SUSPENDED if line.suspended_by else AccordState.IN_FORCE


def may_say(desk: Desk, kind: Kind, body: msgspec.Struct, now_ms: int) -> bool:
    return traffic_of(kind, body) in MAY_BE_SAID[accord_state(desk, now_ms)]


def in_force(desk: Desk, now_ms: int) -> bool:
    return accord_state(desk, now_ms) is AccordState.IN_FORCE


def runs(step: Step, desk: Desk) -> bool:
    """Whether what follows by itself can be said there: the accord is in force, and a key of ours counts.
    Otherwise it waits.
    """
    return in_force(desk, step.now_ms) and step.can_seal(desk)


def say(step: Step, desk: Desk, kind: Kind, body: msgspec.Struct, *, signer: Signer | None = None) -> Fact:
    """Seal a message as the next of its lane, put it into journal and picture, and return it as a fact.

    signer: in place of the key that counts, which is lost.

    It leaves the node only after the transaction has committed. Raises Refused where the accord's state does
    not let it be said now: ``accord-not-in-force``, ``accord-suspended``, ``accord-ended``.
    """
    try:
        check_may_be_said(accord_state(desk, step.now_ms), traffic_of(kind, body))
    except Refused as fault:
        raise fault.within(party=desk.partner, message=kind) from None
    step.check_proved(desk)
    place = _next_place(desk, lane_of(kind, body), step.now_ms)
    sealed, payload, fact = seal_message(place, kind, body, signer or step.sealer(desk))
    check_fact(fact, desk.line.accords[place.accord_version])
    desk.journal(step.tx, sealed, fact.hash, payload, step.now_ms)
    desk.line.apply(fact)
    return fact


def _next_place(desk: Desk, lane: Lane, now_ms: int) -> Place:
    head = desk.said(lane)
    return Place(
        accord=desk.accord_id,
        accord_version=desk.line.speaking_version,
        exercise=desk.line.exercise,
        sender=desk.me,
        receiver=desk.partner,
        lane=lane,
        number=head.number + 1,
        previous=head.hash,
        beside=desk.said(lane.other).number,
        seen=desk.seen(),
        at_ms=now_ms,
    )


# Telling an operation


def concerns(desk: Desk, operation: Operation) -> bool:
    """Whether this line's partner is told of the operation: it touches the accord's area, or was told
    before.
    """
    from openline.accord.area import touches_area

    return operation.id in desk.notices or touches_area(operation, desk.line.speaking_accord)


def draft_notice(desk: Desk, operation: Operation, new_id: NewId, *, agreed: str | None = None) -> Notice:
    """The next version of the operation's notice on this line, as it would be told."""
    row = desk.notices.get(operation.id)
    notice_id = row.notice_id if row else new_id()
    standing = desk.line.picture.told(notice_id)
    notice = _draft(desk, operation, notice_id, standing.version + 1 if standing else 1, agreed)
    keeps = standing is not None and keeps_place(desk, notice, standing)
    return msgspec.structs.replace(notice, keeps_place=keeps) if keeps else notice


def _draft(
    desk: Desk, operation: Operation, notice_id: str, version: int, agreed: str | None = None
) -> Notice:
    from openline.accord.disclosure import disclose

    return disclose(
        operation,
        desk.line.speaking_accord,
        desk.me,
        notice_id=notice_id,
        version=version,
        state=operation.state,
        agreed=agreed,
    )


def keeps_place(desk: Desk, notice: Notice, standing: Told) -> bool:
    """A revision keeps its place only inside its earlier notice. Both sides decide this by the same
    function, and the sender's word in the message is what counts for the picture.
    """
    from openline.accord.disclosure import covers

    earlier = standing.notice
    if (notice.volumes, notice.trajectory) == (earlier.volumes, earlier.trajectory):
        return True
    return covers(earlier, as_told(desk, notice), desk.line.accord.datum)


def as_told(desk: Desk, notice: Notice) -> Operation:
    """The notice as the picture will have it."""
    return as_operation(notice, desk.line.accord.datum)


def check_tellable(desk: Desk, notice: Notice, now_ms: int) -> None:
    """Raises Refused with the accord's cap that forbids it. Outside the accord's validity nothing is told,
    so nothing is capped.
    """
    from openline.accord.caps import check_caps

    accord = desk.line.speaking_accord
    if not accord.valid_at(now_ms):
        return
    try:
        check_caps(notice, accord, open_notices=open_notices(desk, desk.me, notice.notice_id), now_ms=now_ms)
    except Refused as fault:
        raise fault.within(party=desk.me) from None


def open_notices(desk: Desk, party: str, without: str) -> int:
    """How many notices of a party are open, not counting one."""
    excepted = desk.line.picture.told(without)
    counted = excepted is not None and excepted.live and excepted.party == party
    return desk.line.picture.live_count(party) - counted


def tell(step: Step, desk: Desk, operation: Operation, notice: Notice) -> Fact:
    """Say the notice, and remember under which id and up to which version the operation is told."""
    fact = say(step, desk, Kind.NOTICE, notice)
    remember(step, desk, operation, notice.notice_id)
    return fact


def remember(step: Step, desk: Desk, operation: Operation, notice_id: str) -> None:
    row = NoticeRow(desk.accord_id, operation.id, notice_id, operation.version)
    step.tx.save_notice_row(row)
    desk.remember(row)


def is_late(desk: Desk, notice: Notice, now_ms: int) -> bool:
    """Whether less notice is given than the accord asks for. It is not refused; both sides see it."""
    return notice.version == 1 and is_short_notice(notice, desk.line.accord, now_ms)


def untold(desk: Desk, operation: OperationRow) -> bool:
    row = desk.notices.get(operation.operation_id)
    told = row.told_version if row else 0
    return told < operation.version and not (told == 0 and operation.state == State.ENDED)
