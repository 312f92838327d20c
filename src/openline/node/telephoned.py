"""What was read to us over the telephone, and is it what the sealed original says?

A call is information and nothing else: it is in no journal, no picture and no digest, it is never sent, and
nothing follows from it but an alarm, for whoever is on duty has to see it. When the sealed original with its
lane and number has come, call and original are compared line by line.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

import msgspec

from openline.aloud.heard import Call, Place, differences, place_of
from openline.aloud.lines import MARK, MAX_LINES, spoken
from openline.aloud.plainly import in_words
from openline.aloud.values import heard
from openline.coordination.messages import Officer
from openline.errors import Invalid, LimitExceeded, NotFound, Refused
from openline.journal.entry import Entry
from openline.node.desk import Desk
from openline.node.ports import TelephonedRow, Transaction
from openline.node.step import Step

UNVERIFIED_ALARM: Final = "TELEPHONED UNVERIFIED"
DIFFERS_ALARM: Final = "TELEPHONED DIFFERS"

MAX_TELEPHONED: Final = 1_000
"""Calls that are kept. The oldest that is verified or set aside goes for a new one."""

MAX_ALARM_CHARS: Final = 500
MAX_SHOWN: Final = 2 * MAX_LINES
"""Fields of one call and its original, side by side."""

_LAST: Final = "telephoned/last"


class CallState(StrEnum):
    """verified: as the sealed original. differs: not as it. set-aside: an officer has seen to it, whatever it
    was.
    """

    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    DIFFERS = "differs"
    SET_ASIDE = "set-aside"


_OPEN: Final = (CallState.UNVERIFIED, CallState.DIFFERS)


def enter(step: Step, call: Call, who: Officer) -> TelephonedRow:
    """Keep a call that was taken down, and raise the alarm; where the original is here already, compare at
    once.

    Raises Invalid ``not-theirs``; NotFound ``no-such-line``; Refused ``exercise-and-real``,
    ``entered-already``; LimitExceeded ``too-many-telephoned``.
    """
    place = place_of(call.lines)
    desk = _desk_of(step, place, call)
    _refuse_repeated(step.tx, desk, place, call)
    _make_room(step.tx)
    row = TelephonedRow(
        number=int(step.tx.setting(_LAST) or 0) + 1,
        accord_id=desk.accord_id,
        sender=desk.partner,
        lane=place.lane,
        place=place.number,
        kind=place.kind.value,
        state=CallState.UNVERIFIED,
        entered_ms=step.now_ms,
        position=who.position,
        pseudonym=who.pseudonym,
        value=msgspec.json.encode(call),
    )
    step.tx.put_setting(_LAST, str(row.number))
    step.tx.save_telephoned(row)
    step.record("telephoned", {"call": row.number, "message": _name(row), "position": who.position})
    step.alarm(desk.accord_id, UNVERIFIED_ALARM, _subject(row), _alarm_text(row, call))
    settle(step, desk)
    return _need(step.tx, row.number)


def _desk_of(step: Step, place: Place, call: Call) -> Desk:
    desks = [it for it in step.all_desks() if place.accord and it.accord_id.startswith(place.accord)]
    if not desks:
        text = f"no line here is under an accord that begins with {place.accord!r}"
        raise NotFound("no-such-line", text, field="the-accord")
    desk = next((it for it in desks if heard(it.partner) == place.sender), None)
    if desk is None:
        names = " or ".join(it.partner for it in desks)
        raise Invalid("not-theirs", f"on this line {names} calls, not {place.sender}", field="the-sender")
    mark = "EXERCISE" if desk.line.exercise else "REAL"
    if heard(call.lines.value(MARK) or "") != mark:
        raise Refused("exercise-and-real", f"this line is {mark}, and the call is not", field=MARK)
    return desk


def _refuse_repeated(tx: Transaction, desk: Desk, place: Place, call: Call) -> None:
    for row in tx.telephoned():
        same = (row.accord_id, row.lane, row.place) == (desk.accord_id, place.lane, place.number)
        if same and call_of(row) == call and row.state != CallState.SET_ASIDE:
            raise Refused(
                "entered-already",
                f"this call was typed by {row.pseudonym} at {row.position} already: {row.state}",
                message=_name(row),
                remedy="openline line telephoned shows it",
            )


def _make_room(tx: Transaction) -> None:
    rows = tx.telephoned()
    if len(rows) < MAX_TELEPHONED:
        return
    oldest = next((row for row in rows if row.state not in _OPEN), None)
    if oldest is None:
        raise LimitExceeded(
            "too-many-telephoned",
            f"{MAX_TELEPHONED:,} calls wait for their originals",
            clause="MAX_TELEPHONED",
            remedy="set aside those that are settled: openline line set-aside",
        )
    tx.forget_telephoned(oldest.number)


def settle(step: Step, desk: Desk) -> None:
    """Compare the calls whose originals are here now. Asked after everything that was heard."""
    for row in step.tx.telephoned(CallState.UNVERIFIED):
        if row.accord_id == desk.accord_id and row.place <= desk.received(row.lane).number:
            entry = step.tx.entry(desk.accord_id, row.sender, row.lane, row.place)
            if entry is not None:
                _compare(step, row, entry)


def _compare(step: Step, row: TelephonedRow, entry: Entry) -> None:
    found = differences(call_of(row), spoken(entry))
    state = CallState.DIFFERS if found else CallState.VERIFIED
    step.tx.save_telephoned(msgspec.structs.replace(row, state=state))
    step.record(f"telephoned-{state}", {"call": row.number, "message": _name(row), "hash": entry.hash})
    step.tx.clear_alarm(_alarm_id(row, UNVERIFIED_ALARM), step.now_ms)
    if found:
        labels = ", ".join(it.label for it in found)
        text = (
            f"{row.kind} by telephone from {row.sender}, {_name(row)}, typed by {row.pseudonym} at "
            f"{row.position}: the sealed original has other values on {labels}. The original counts; "
            "openline line telephoned shows both"
        )
        step.alarm(row.accord_id, DIFFERS_ALARM, _subject(row), text[:MAX_ALARM_CHARS])


def set_aside(step: Step, number: int, who: Officer) -> TelephonedRow:
    """An officer has seen to a call: its alarm ends. Raises NotFound ``no-such-call``."""
    row = msgspec.structs.replace(_need(step.tx, number), state=CallState.SET_ASIDE)
    step.tx.save_telephoned(row)
    step.record("telephoned-set-aside", {"call": number, "message": _name(row), "position": who.position})
    for kind in (UNVERIFIED_ALARM, DIFFERS_ALARM):
        step.tx.clear_alarm(_alarm_id(row, kind), step.now_ms)
    return row


def _need(tx: Transaction, number: int) -> TelephonedRow:
    row = next((it for it in tx.telephoned() if it.number == number), None)
    if row is None:
        remedy = "openline line telephoned lists them"
        raise NotFound("no-such-call", f"there is no call {number}", field="CALL", remedy=remedy)
    return row


def call_of(row: TelephonedRow) -> Call:
    return msgspec.json.decode(row.value, type=Call)


def _name(row: TelephonedRow) -> str:
    return f"{row.lane} {row.place}"


def _subject(row: TelephonedRow) -> str:
    return f"{row.lane}/{row.place}/{row.number}"


def _alarm_id(row: TelephonedRow, kind: str) -> str:
    return f"{row.accord_id}/{kind}/{_subject(row)}"


def _alarm_text(row: TelephonedRow, call: Call) -> str:
    """What was said comes first: it may be an emergency."""
    broken = "" if call.whole else " The call broke off."
    words = "; ".join(in_words(call.lines))
    end = f" Typed by {row.pseudonym} at {row.position}; not verified until the sealed original comes."
    start = f"{row.kind} by telephone from {row.sender}, {_name(row)}: {words}"
    return f"{start[: MAX_ALARM_CHARS - len(broken) - len(end) - 1]}.{broken}{end}"


# Showing


def telephoned_rows(tx: Transaction, desks: Mapping[str, Desk]) -> list[dict[str, Any]]:
    """All calls, the newest first, each side by side with its original where that is here."""
    return [_shown(tx, row) for row in reversed(tx.telephoned()) if row.accord_id in desks]


def _shown(tx: Transaction, row: TelephonedRow) -> dict[str, Any]:
    call = call_of(row)
    entry = tx.entry(row.accord_id, row.sender, row.lane, row.place)
    original = spoken(entry) if entry else None
    differing = {it.label for it in differences(call, original)} if original else set()
    told = {line.label: line.value for line in call.lines.lines}
    sealed = {line.label: line.value for line in original.lines} if original else {}
    return {
        "number": row.number,
        "accord_id": row.accord_id,
        "sender": row.sender,
        "lane": row.lane.value,
        "place": row.place,
        "kind": row.kind,
        "state": row.state,
        "whole": call.whole,
        "entered_ms": row.entered_ms,
        "position": row.position,
        "pseudonym": row.pseudonym,
        "words": in_words(call.lines),
        "original": entry.hash if entry else None,
        "fields": [
            {
                "label": label,
                "telephoned": told.get(label),
                "original": sealed.get(label),
                "differs": label in differing,
            }
            for label in list(dict.fromkeys([*told, *sealed]))[:MAX_SHOWN]
        ],
    }
