"""What is owed an answer, by whom, and until when: the same on both sides, from what was said and the
accord's answer times. A handover passes it on, and what is overdue raises an alarm.
"""

from collections.abc import Iterator

import msgspec

from openline.coordination.call_view import ESCALATED, CallState, CallView
from openline.coordination.calls import Assistance, Emergency
from openline.coordination.line import Line
from openline.coordination.messages import Kind
from openline.coordination.talk_view import MinutesState, TalkState


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """by: the party that has to answer. message: what waits. subject: the conflict, the talk, or the message
    itself. answer: the kind of message that would do. since_ms, due_ms: by the clock of whoever said it.
    """

    by: str
    message: str
    kind: Kind
    answer: Kind
    subject: str
    since_ms: int
    due_ms: int


def owed(line: Line) -> list[Owed]:
    """Everything that waits for an answer of either side, the most urgent first."""
    found = [*_calls(line), *_checks(line), *_dialogues(line), *_talks(line)]
    return sorted(found, key=lambda it: (it.due_ms, it.message))


def owed_by(line: Line, party: str) -> list[Owed]:
    return [it for it in owed(line) if it.by == party]


_ANSWER = {
    Kind.EMERGENCY: (Kind.TAKEN, "take_ms"),
    Kind.ASSISTANCE: (Kind.ASSISTING, "take_ms"),
    Kind.ALERT: (Kind.TAKEN, "take_ms"),
    Kind.IDENTIFY: (Kind.IDENTIFIED, "identify_ms"),
}


def _calls(line: Line) -> Iterator[Owed]:
    for call in line.picture.conversed.calls():
        if call.over:
            continue
        if call.state is CallState.OPEN:
            answer, clock = _ANSWER[call.kind]
            yield _of_call(line, call, answer, getattr(line.accord.answers, clock))
        if call.state is CallState.CLOSING:
            yield from _close(line, call)
        elif _wants_readback(line, call):
            yield _of_call(line, call, Kind.READBACK, line.accord.answers.readback_ms)


def _of_call(line: Line, call: CallView, answer: Kind, within_ms: int) -> Owed:
    return Owed(
        by=line.accord.other(call.caller),
        message=call.hash,
        kind=call.kind,
        answer=answer,
        subject=call.hash,
        since_ms=call.fact.at_ms,
        due_ms=call.fact.at_ms + within_ms,
    )


def _wants_readback(line: Line, call: CallView) -> bool:
    """Where people act on a place, it is read back."""
    body = call.fact.body
    is_placed = isinstance(body, Emergency | Assistance) and body.where is not None
    return is_placed and call.kind in ESCALATED and line.picture.conversed.readback(call.hash) is None


def _close(line: Line, call: CallView) -> Iterator[Owed]:
    """One side has closed it: the other still has to say that it is over there too."""
    for party in line.accord.names:
        if party not in call.closed_by:
            since_ms = call.closed_ms or call.fact.at_ms
            yield Owed(
                by=party,
                message=call.hash,
                kind=call.kind,
                answer=Kind.CLOSE,
                subject=call.hash,
                since_ms=since_ms,
                due_ms=since_ms + line.accord.answers.answer_ms,
            )


def _checks(line: Line) -> Iterator[Owed]:
    for asked, answer in line.picture.checks():
        if answer is None:
            yield Owed(
                by=line.accord.other(asked.stamp.sender),
                message=asked.hash,
                kind=Kind.CHECK,
                answer=Kind.CHECKED,
                subject=asked.hash,
                since_ms=asked.at_ms,
                due_ms=asked.at_ms + line.accord.answers.check_ms,
            )


def _dialogues(line: Line) -> Iterator[Owed]:
    """Also where an agreement stands underneath: who asks for another one waits for an answer as well."""
    for view in line.picture.conflicts():
        dialogue = view.dialogue
        if not view.held or not dialogue.on_the_table or dialogue.tip is None:
            continue
        tip = line.picture.find(dialogue.tip)
        if tip is None or dialogue.proposer is None:
            continue
        due_ms = max(tip.at_ms + line.accord.answers.answer_ms, dialogue.standby_until_ms or 0)
        yield Owed(
            by=line.accord.other(dialogue.proposer),
            message=tip.hash,
            kind=tip.kind,
            answer=Kind.ACP,
            subject=view.conflict_id,
            since_ms=tip.at_ms,
            due_ms=due_ms,
        )


def _talks(line: Line) -> Iterator[Owed]:
    within_ms = line.accord.answers.talk_ms
    for talk in line.picture.conversed.talks():
        if talk.state is TalkState.PROPOSED and talk.tip is not None and talk.proposer is not None:
            waits, by = talk.tip, line.accord.other(talk.proposer)
        elif talk.minutes_state is MinutesState.ONE_SIDED:
            ((writer, waits),) = talk.minutes.items()
            by = line.accord.other(writer)
        else:
            continue
        yield Owed(
            by=by,
            message=waits.hash,
            kind=waits.kind,
            answer=waits.kind,
            subject=talk.talk_id,
            since_ms=waits.at_ms,
            due_ms=waits.at_ms + within_ms,
        )
