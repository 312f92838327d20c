"""Do our own operations meet traffic that was passed on to us? Found privately, and said to nobody.

Neither side of the line can move that traffic, so there is no dialogue about it: our people are told, and
whom to speak with. Our own operations are compared as they are, not as they are told.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

import msgspec

from openline.accord.notice import as_operation
from openline.airspace.judged import judged_before
from openline.airspace.operation import Operation
from openline.coordination.decide import Alarm, OwnOperation
from openline.coordination.line import Line
from openline.coordination.passed_view import Passed
from openline.coordination.picture import Entity
from openline.errors import LimitExceeded
from openline.units import rfc3339_from_ms

if TYPE_CHECKING:
    from openline.conflict import Conflict, ConflictIndex

TRAFFIC: Final = "TRAFFIC PASSED ON"


class Looked(msgspec.Struct, frozen=True):
    """alarms: what is met. anew: the ids of the notices that were compared; an alarm about one of them that
    is not among these has lost its cause.
    """

    alarms: tuple[Alarm, ...] = ()
    anew: frozenset[str] = frozenset()


def meet(line: Line, own: OwnOperation) -> Looked:
    """Compare what has changed since this was last asked: our own operations, and what was passed on."""
    changed, line.unmet = line.unmet, set()
    passed = {name for entity, name in changed if entity is Entity.PASSED}
    if not passed and not line.picture.passed.live_count(line.partner):
        return Looked()
    _bring_up(line, passed)
    alarms = [_alarm(line, *it) for name in sorted(passed) for it in _met_by(line, name, own)]
    for name in sorted({name for _, name in changed} - passed):
        alarms += [_alarm(line, *it) for it in _meets(line, name, own)]
    return Looked(tuple(alarms), frozenset(name for _, name in changed))


def _bring_up(line: Line, names: Iterable[str]) -> "ConflictIndex":
    """The index of what was passed on to us, with these as they stand now; the first time with all."""
    from openline.conflict import ConflictIndex

    if line.passed_index is None:
        line.passed_index = ConflictIndex(line.accord.minima.as_minima())
        names = [it.notice_id for it in line.picture.passed.live_of(line.partner)]
    index: ConflictIndex = line.passed_index
    for name in names:
        if name in index:
            index.remove(name)
    index.add_many([_operation(line, it) for it in map(line.picture.passed.get, names) if _counts(line, it)])
    return index


def _counts(line: Line, passed: Passed | None) -> bool:
    return passed is not None and passed.live and passed.party == line.partner


def _operation(line: Line, passed: Passed | None) -> Operation:
    assert passed is not None
    with judged_before():
        return as_operation(passed.notice, line.accord.datum)


def _met_by(line: Line, name: str, own: OwnOperation) -> "Iterator[tuple[Passed, str, Conflict]]":
    """Our operations that this traffic meets: found by their notices, which cover them, and then looked at as
    they are.
    """
    passed = line.picture.passed.get(name)
    if passed is None or not _counts(line, passed):
        return
    traffic = _operation(line, passed)
    for found in line.index.conflicts(traffic, among=lambda it: line.belongs_to(it) == line.me):
        notice_id = found.other(name)
        exact = _exactly(line, traffic, own(notice_id), found)
        if exact is not None:
            yield passed, notice_id, exact


def _exactly(line: Line, traffic: Operation, ours: Operation | None, found: "Conflict") -> "Conflict | None":
    from openline.conflict import conflict_between

    if ours is None:
        return found  # only its notice is left
    try:
        return conflict_between(ours, traffic, line.index.minima)
    except LimitExceeded:
        return found


def _meets(line: Line, notice_id: str, own: OwnOperation) -> "Iterator[tuple[Passed, str, Conflict]]":
    """The traffic that an operation of ours meets."""
    told = line.picture.told(notice_id)
    if told is None or not told.live or told.party != line.me or line.passed_index is None:
        return
    index: ConflictIndex = line.passed_index
    for found in index.conflicts(line.operation_of(notice_id)):
        passed = line.picture.passed.get(found.other(notice_id))
        assert passed is not None
        exact = _exactly(line, _operation(line, passed), own(notice_id), found)
        if exact is not None:
            yield passed, notice_id, exact


def _alarm(line: Line, passed: Passed, notice_id: str, conflict: "Conflict") -> Alarm:
    told = line.picture.told(notice_id)
    ours = told.notice.callsign if told is not None else None
    theirs = passed.notice.callsign or passed.notice_id[:8]
    start, end = rfc3339_from_ms(max(0, conflict.start_ms)), rfc3339_from_ms(max(0, conflict.end_ms))
    return Alarm(
        TRAFFIC,
        subject(passed.notice_id, notice_id),
        f"our {ours or notice_id[:8]} meets {theirs} of {passed.origin}, of which {line.partner} told, "
        f"{start} to {end}. Nobody on this line can move it: speak with {passed.origin}, or through "
        f"{line.partner}, or move ours",
    )


def subject(passed_id: str, notice_id: str) -> str:
    """What the alarm is about: the traffic, and our operation by its notice."""
    return f"{passed_id}/{notice_id}"
