"""Passing on: what one partner told goes to another, where the accord with the first allows it, as the accord
with the second lets us tell it, and with its origin.

Nothing is remembered but under which id something goes on and for what that stands: each look says what is
missing, so a crash or another process repeats nothing.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from openline.accord.notice import Notice, as_operation
from openline.airspace.judged import judged_before
from openline.airspace.operation import Operation, State
from openline.coordination.messages import Kind
from openline.coordination.passed_view import WITHDRAWN, Passed
from openline.coordination.passing import MAX_FURTHER, PassedOn
from openline.coordination.picture import Entity
from openline.coordination.told import ENDED, Told
from openline.errors import Invalid, Refused
from openline.node import speaking
from openline.node.desk import Desk, SourceKey
from openline.node.ports import PassedRow
from openline.node.step import Step

NOT_PASSED_ON: Final = "NOT PASSED ON"
RETRY_MS: Final = 60_000
"""What the accord did not let us pass on is tried again so much later: a horizon comes nearer by itself."""


def pass_on(step: Step) -> bool:
    """Say what is missing on every line, of what was told on the others. True where something was said."""
    if len(step.desks) < 2 or step.is_recovering:
        return False
    anew = _circumstances(step) != step.own.passed_under
    said = [_from_line(step, source, anew) for source in step.all_desks()]
    if anew:
        said += [_withdraw_unknown(step, desk) for desk in step.all_desks()]
        step.own.passed_under = _circumstances(step)
    return any(said)


def _circumstances(step: Step) -> object:
    """While they stay as they are, only what changes has to be looked at."""
    return [
        (
            desk.accord_id,
            sorted(desk.line.picture.line.versions.items()),
            speaking.runs(step, desk),
            may_be_passed_on(desk, step.now_ms),
        )
        for desk in step.all_desks()
    ]


def may_be_passed_on(source: Desk, now_ms: int) -> bool:
    """Whether the accord lets us pass on what this partner tells. Its own last word counts as soon as it is
    heard; a suspension takes nothing back, the end of the accord does.
    """
    line = source.line
    spoken = line.accords[line.picture.line.versions[line.partner]]
    allowed = line.accord.pass_on[line.partner] and spoken.pass_on[line.partner]
    return allowed and not line.picture.line.ended and line.accord.valid_at(now_ms)


def _from_line(step: Step, source: Desk, anew: bool) -> bool:
    changed, source.line.unpassed = source.line.unpassed, set()
    permitted = may_be_passed_on(source, step.now_ms)
    said = False
    for target in step.all_desks():
        if target is source or not speaking.runs(step, target):
            continue
        keys = {key for key in target.passed if key[0] == source.accord_id} if anew else set()
        keys |= {_key(source, *it) for it in changed}
        keys |= {key for key, due_ms in target.unpassable.items() if due_ms <= step.now_ms}
        if anew and permitted:
            keys |= {_key(source, *it) for it in _told_by_partner(source)}
        for key in sorted(key for key in keys if key[0] == source.accord_id):
            if permitted or key in target.passed:
                said |= _bring_up(step, source, target, key)
    return said


def _told_by_partner(source: Desk) -> Iterator[tuple[Entity, str]]:
    picture = source.line.picture
    for told in picture.all_told():
        if told.live and told.party == source.partner:
            yield Entity.NOTICE, told.notice_id
    for passed in picture.passed.live_of(source.partner):
        yield Entity.PASSED, passed.notice_id


def _key(source: Desk, entity: Entity, notice_id: str) -> SourceKey:
    return source.accord_id, f"{entity.value} {notice_id}"


def _heard(source: Desk, key: SourceKey) -> Told | Passed | None:
    """What stands of it; None where it is not the partner's, or was taken out."""
    sort, _, notice_id = key[1].partition(" ")
    picture = source.line.picture
    heard = picture.passed.get(notice_id) if sort == Entity.PASSED else picture.told(notice_id)
    return heard if heard is not None and heard.party == source.partner else None


def _origin(heard: Told | Passed) -> str:
    return heard.origin if isinstance(heard, Passed) else heard.party


# May it go there?


def further_on(step: Step, source: Desk, target: Desk, heard: Told | Passed) -> int | None:
    """How many more times it may be passed on from there; None where it may not go there at all.

    Not where the accord forbids it, not between exercise and real, and never back: neither to its origin nor
    to the party that it came from. Of whom we have a line with ourselves we pass on only what he told us.
    """
    line, origin = target.line, _origin(heard)
    if not may_be_passed_on(source, step.now_ms) or source.line.exercise is not line.exercise:
        return None
    if origin in line.accord.names or target.partner == source.partner:
        return None
    left = MAX_FURTHER
    if isinstance(heard, Passed):
        if heard.body.further == 0 or origin in {desk.partner for desk in step.all_desks()}:
            return None
        left = heard.body.further - 1
    return left if line.accord.pass_on[step.party] else 0


# What is missing


def _bring_up(step: Step, source: Desk, target: Desk, key: SourceKey) -> bool:
    """Say what is missing of one thing on one line, if anything is."""
    heard = _heard(source, key)
    further = further_on(step, source, target, heard) if heard is not None else None
    if heard is None or further is None:
        return _end(step, target, key, WITHDRAWN)
    if not heard.live:
        return _end(
            step, target, key, WITHDRAWN if isinstance(heard, Passed) and heard.body.withdrawn else ENDED
        )
    return _tell(step, source, target, key, heard, further)


def _tell(step: Step, source: Desk, target: Desk, key: SourceKey, heard: Told | Passed, further: int) -> bool:
    line = target.line
    said = f"{heard.hash} {further} {line.accord.version}"
    row = target.passed.get(key) or PassedRow(target.accord_id, *key, step.new_id(), 0, "")
    if row.said == said or line.accord.version != line.speaking_version:
        return (
            False  # said already; or between two versions of the accord, when nobody knows which terms hold
        )
    standing = line.picture.passed.get(row.notice_id)
    is_open = standing is not None and standing.live
    with judged_before():
        operation = as_operation(heard.notice, source.line.accord.datum)
    if not is_open and not _concerns(target, operation):
        return _remember(step, target, row, said)
    try:
        notice = _disclosed(step, target, heard.notice, operation, _next(row, standing))
    except (Invalid, Refused) as fault:
        return _cannot(step, target, key, heard, fault)
    _clear(step, target, key)
    body = PassedOn(origin=_origin(heard), notice=notice, further=further)
    if standing is not None and is_open and _same(standing.body, body):
        return _remember(step, target, row, said)
    return _say(step, target, row, body, said)


def _end(step: Step, target: Desk, key: SourceKey, word: str) -> bool:
    """It has ended, or may be told no more: what was told is told once more as that, and no field with it."""
    _clear(step, target, key)
    row = target.passed.get(key)
    standing = target.line.picture.passed.get(row.notice_id) if row else None
    if row is None or standing is None or not standing.live or row.said == word:
        return False
    return _say(step, target, row, _ending(row, standing, word), word)


def _withdraw_unknown(step: Step, target: Desk) -> bool:
    """What we have passed on and know no source of any more: a node back from a backup has lost some."""
    if not speaking.runs(step, target):
        return False
    known = {row.notice_id for row in target.passed.values()}
    lost = [it for it in target.line.picture.passed.live_of(target.me) if it.notice_id not in known]
    for standing in lost:
        row = PassedRow(target.accord_id, "", f"lost {standing.notice_id}", standing.notice_id, 0, "")
        _say(step, target, row, _ending(row, standing, WITHDRAWN), WITHDRAWN)
    return bool(lost)


def _cannot(step: Step, target: Desk, key: SourceKey, heard: Told | Passed, fault: Invalid | Refused) -> bool:
    """The accord does not let it be told there. What stands of it there is not true any more."""
    withdrawn = _end(step, target, key, WITHDRAWN)
    text = f"{heard.notice.callsign or heard.notice_id[:8]} of {_origin(heard)} is not passed on to "
    step.alarm(target.accord_id, NOT_PASSED_ON, key[1], f"{text}{target.partner}: {fault.text}")
    target.unpassable[key] = step.now_ms + RETRY_MS
    return withdrawn


def _clear(step: Step, target: Desk, key: SourceKey) -> None:
    target.unpassable.pop(key, None)
    step.tx.clear_alarm(f"{target.accord_id}/{NOT_PASSED_ON}/{key[1]}", step.now_ms)


def came_back(step: Step, target: Desk, notice_id: str) -> None:
    """To a node back from a backup: what we had said of it since. Whatever its row says it stands for is out
    of date, and is looked at once more.
    """
    standing = target.line.picture.passed.get(notice_id)
    for row in [it for it in target.passed.values() if it.notice_id == notice_id]:
        version = max(row.version, standing.version if standing else 0)
        _remember(step, target, msgspec.structs.replace(row, version=version), "")


# The words


def _concerns(target: Desk, operation: Operation) -> bool:
    from openline.accord.area import touches_area

    return touches_area(operation, target.line.accord)


def _disclosed(step: Step, target: Desk, told: Notice, operation: Operation, into: tuple[str, int]) -> Notice:
    """As our own terms on that line tell it, from what we were told and nothing else. Raises Invalid or
    Refused.
    """
    from openline.accord.caps import check_caps
    from openline.accord.disclosure import disclose

    line, (notice_id, version) = target.line, into
    notice = disclose(
        operation, line.accord, step.party, notice_id=notice_id, version=version, state=told.state
    )
    notice = msgspec.structs.replace(notice, priority=_priority(told, notice, line.accord.caps.priority))
    standing = line.picture.passed.get(notice_id)
    others = line.picture.passed.live_count(step.party) - (standing is not None and standing.live)
    check_caps(notice, line.accord, open_notices=others, now_ms=step.now_ms)
    return notice


def _priority(told: Notice, notice: Notice, most: int) -> int | None:
    """None where we were told none, or one that is above the cap: better than not telling the flight."""
    return notice.priority if told.priority is not None and told.priority <= most else None


def _ending(row: PassedRow, standing: Passed, word: str) -> PassedOn:
    notice_id, version = _next(row, standing)
    is_withdrawn = word == WITHDRAWN
    state = standing.notice.state if is_withdrawn else State.ENDED
    nothing_more = dict.fromkeys(("callsign", "aircraft_type", "priority"))
    notice = msgspec.structs.replace(
        standing.notice, notice_id=notice_id, version=version, state=state, **nothing_more
    )
    return PassedOn(origin=standing.origin, notice=notice, withdrawn=is_withdrawn)


def _next(row: PassedRow, standing: Passed | None) -> tuple[str, int]:
    """Under which id and version it is said next: never again under one that was used, LRM or not."""
    return row.notice_id, max(row.version, standing.version if standing else 0) + 1


def _same(standing: PassedOn, body: PassedOn) -> bool:
    version = standing.notice.version
    return standing == msgspec.structs.replace(
        body, notice=msgspec.structs.replace(body.notice, version=version)
    )


def _say(step: Step, target: Desk, row: PassedRow, body: PassedOn, said: str) -> bool:
    speaking.say(step, target, Kind.PASSED_ON, body)
    _remember(step, target, msgspec.structs.replace(row, version=body.notice.version), said)
    return True


def _remember(step: Step, target: Desk, row: PassedRow, said: str) -> bool:
    row = msgspec.structs.replace(row, said=said)
    step.tx.save_passed_row(row)
    target.remember_passed([row])
    return False
