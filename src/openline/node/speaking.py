"""Saying: a message gets its place and its seal inside the transaction that commits it, from lane heads
that live in the store.

What reckons with places (the accord's area, caps and disclosure) is imported when a notice is first told: a
line check, a suspension or a look at the picture needs none of it.
"""

import msgspec

from openline.accord.notice import Notice, as_operation
from openline.airspace.operation import Operation, State
from openline.coordination.codec import check_fact, decode_message, encode_message
from openline.coordination.fact import Fact
from openline.coordination.messages import Kind, is_safety_of_life, lane_of
from openline.coordination.told import Told
from openline.errors import Refused
from openline.journal.entry import Lane, Place, seal_line
from openline.node.desk import Desk
from openline.node.ports import NoticeRow, OperationRow, Signer
from openline.node.step import NewId, Step


def may_say(desk: Desk, kind: Kind, body: msgspec.Struct, now_ms: int) -> bool:
    """Safety-of-life traffic always; everything else while the accord is in force and nobody has suspended
    it.
    """
    return is_safety_of_life(kind, body) or in_force(desk, now_ms)


def in_force(desk: Desk, now_ms: int) -> bool:
    line = desk.line.picture.line
    return not line.ended and not line.suspended_by and desk.line.accord.valid_at(now_ms)


def say(step: Step, desk: Desk, kind: Kind, body: msgspec.Struct, *, signer: Signer | None = None) -> Fact:
    """Seal a message as the next of its lane, put it into journal and picture, and return it as a fact.

    signer: in place of the key that counts, which is lost.

    It leaves the node only after the transaction has committed. Raises Refused ``line-rests`` where it may
    not be said now.
    """
    if not may_say(desk, kind, body, step.now_ms):
        raise Refused(
            "line-rests",
            f"only safety-of-life traffic runs on this line now, and {kind} is none",
            party=desk.partner,
            message=kind,
            clause="suspension",
            remedy="wait for RESUME, or agree on a new version of the accord",
        )
    place = _next_place(desk, lane_of(kind, body), step.now_ms)
    payload = encode_message(place, kind, body)
    sealed = seal_line(payload, signer or step.sealer(desk))
    fact = decode_message(sealed, payload)
    check_fact(fact, desk.line.accords[place.accord_version])
    desk.journal(step.tx, sealed, payload, step.now_ms)
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

    return operation.id in desk.notices or touches_area(operation, desk.line.accord)


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
        desk.line.accord,
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

    accord = desk.line.accord
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
    return notice.version == 1 and notice.start_ms - now_ms < desk.line.accord.minimum_notice_ms


def untold(desk: Desk, operation: OperationRow) -> bool:
    row = desk.notices.get(operation.operation_id)
    told = row.told_version if row else 0
    return told < operation.version and not (told == 0 and operation.state == State.ENDED)
