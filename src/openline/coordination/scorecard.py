"""How a line was kept: notice given, times to store, show and answer, checks, crossings, burden.

Everything is read from what both sides hold signed: messages with the times that their senders claim, and
LAMs. So both read the same card for one span of time, to the digit, once they hold the same messages;
``digest`` is for saying so over the telephone. Nothing here judges anybody: it counts.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from openline.accord.notice import Notice
from openline.accord.schedule import check_times, missed_checks, notice_given_ms
from openline.coordination.call_view import CallView
from openline.coordination.conflict_view import ConflictView
from openline.coordination.fact import Fact
from openline.coordination.line import Line
from openline.coordination.messages import Accept, Cancel, Kind, Reject, Request, Shown
from openline.coordination.stamp import knew
from openline.journal.canonical import canonical
from openline.journal.entry import Lane

Lams = Mapping[tuple[str, Lane], Sequence[tuple[int, int]]]
"""By the sender and lane that they cover: (number, at_ms) of every LAM, ascending."""

MAX_SPAN_MS: Final = 366 * 24 * 3_600_000
"""What one card may look back on."""


class Times(msgspec.Struct, frozen=True):
    """Of durations in ms: how many, the middle one (the lower of two), the ninth of ten, the longest; and
    how many were longer than the accord allows. None where there are none.
    """

    count: int = 0
    median_ms: int | None = None
    ninth_ms: int | None = None
    longest_ms: int | None = None
    late: int = 0


class Notices(msgspec.Struct, frozen=True):
    """First notices: how many, how many gave less notice than agreed, the least and the middle notice
    given.
    """

    told: int = 0
    short: int = 0
    least_ms: int | None = None
    median_ms: int | None = None


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One party's part. stored, shown, answered: how long it took with what the other side said. asked,
    granted, refused, withdrawn: what became of the crossings that it asked for. gave_way: how often it
    moved, or let the other fly as filed.
    """

    notices: Notices
    stored: Times
    shown: Times
    answered: Times
    asked: int
    granted: int
    refused: int
    withdrawn: int
    gave_way: int


class Scorecard(msgspec.Struct, frozen=True, kw_only=True):
    """from_ms, until_ms: what was said in [from, until) counts. checks_due, checks_kept: of those agreed."""

    accord_id: str
    from_ms: int
    until_ms: int
    checks_due: int
    checks_kept: int
    sides: dict[str, Side]
    digest: str = ""


def scorecard(line: Line, lams: Lams, from_ms: int, until_ms: int) -> Scorecard:
    """line: with everything that was said on it."""
    said = [fact for fact in line.picture.all_facts() if from_ms <= fact.at_ms < until_ms]
    due = check_times(line.accord, from_ms, max(from_ms, until_ms - line.accord.answers.check_ms))
    held = [answer.at_ms for _, answer in line.picture.checks() if answer is not None]
    missed = missed_checks(line.accord, held, from_ms, until_ms) if due else ()
    card = Scorecard(
        accord_id=line.accord_id,
        from_ms=from_ms,
        until_ms=until_ms,
        checks_due=len(due),
        checks_kept=len(due) - len(missed),
        sides={party: _side(line, party, said, lams) for party in line.accord.names},
    )
    return msgspec.structs.replace(card, digest=hashlib.sha256(canonical(card)).hexdigest())


def _side(line: Line, party: str, said: Sequence[Fact], lams: Lams) -> Side:
    answers = line.accord.answers
    heard = [fact for fact in said if fact.stamp.sender != party and fact.kind is not Kind.SHOWN]
    hashes = {fact.hash for fact in said}
    crossings = _crossings(line, party, said)
    return Side(
        notices=_notices(line, party, said),
        stored=_times(_stored(heard, lams), answers.lam_ms),
        shown=_times(_shown(line, party, heard), answers.shown_ms),
        answered=_answered(line, party, hashes),
        gave_way=sum(1 for it in line.picture.yieldings() if it.party == party and it.cause in hashes),
        **crossings,
    )


def _notices(line: Line, party: str, said: Iterable[Fact]) -> Notices:
    """By the message that told an operation first: what it gave notice of then counts."""
    given = sorted(
        notice_given_ms(fact.body, fact.at_ms)
        for fact in said
        if fact.stamp.sender == party and isinstance(fact.body, Notice) and fact.body.version == 1
    )
    if not given:
        return Notices()
    short = sum(1 for ms in given if ms < line.accord.minimum_notice_ms)
    return Notices(len(given), short, given[0], given[(len(given) - 1) // 2])


def _stored(heard: Iterable[Fact], lams: Lams) -> list[int]:
    """Until the LAM with the lowest number that covers the message."""
    taken = []
    for fact in heard:
        rows = lams.get((fact.stamp.sender, fact.stamp.lane), ())
        place = bisect_left(rows, (fact.stamp.number, 0))
        if place < len(rows):
            taken.append(max(0, rows[place][1] - fact.at_ms))
    return taken


def _shown(line: Line, party: str, heard: Iterable[Fact]) -> list[int]:
    """Until the first person at this side's positions had it before him: the first as it was said, for a
    clock may have been put back since.
    """
    first: dict[str, Fact] = {}
    for fact in line.picture.all_facts():
        if isinstance(fact.body, Shown) and fact.stamp.sender == party and not fact.body.officer.automaton:
            for message in fact.body.messages:
                if message not in first or knew(first[message].stamp, fact.stamp):
                    first[message] = fact
    return [max(0, first[fact.hash].at_ms - fact.at_ms) for fact in heard if fact.hash in first]


def _answered(line: Line, party: str, hashes: set[str]) -> Times:
    """Whatever waited for an answer of this side and got one."""
    answers = line.accord.answers
    pairs: list[tuple[Fact, Fact, int]] = []
    for asked, answer in line.picture.checks():
        if answer is not None and answer.stamp.sender == party:
            pairs.append((asked, answer, answers.check_ms))
    for call in line.picture.conversed.calls():
        if call.answers and call.caller != party:
            first = min(call.answers, key=lambda fact: fact.at_ms)
            pairs.append((call.fact, first, _within_ms(line, call)))
    for view in line.picture.conflicts():
        pairs += [(*it, answers.answer_ms) for it in _replies(line, view) if it[1].stamp.sender == party]
    counted = [(max(0, reply.at_ms - asked.at_ms), ms) for asked, reply, ms in pairs if asked.hash in hashes]
    times = _times([taken_ms for taken_ms, _ in counted], 2**53)
    return msgspec.structs.replace(times, late=sum(1 for ms, most in counted if ms > most))


def _within_ms(line: Line, call: CallView) -> int:
    answers = line.accord.answers
    return answers.identify_ms if call.kind is Kind.IDENTIFY else answers.take_ms


def _replies(line: Line, view: ConflictView) -> list[tuple[Fact, Fact]]:
    """Each move of the dialogue with the one before it, where the other side had made that."""
    path = [fact for message in view.dialogue.path if (fact := line.picture.find(message)) is not None]
    return [(asked, reply) for asked, reply in pairwise(path) if asked.stamp.sender != reply.stamp.sender]


def _crossings(line: Line, party: str, said: Sequence[Fact]) -> dict[str, int]:
    """Of the requests of this side that opened a dialogue: what became of them, as far as it was said."""
    asked = {fact.hash for fact in said if isinstance(fact.body, Request) and fact.stamp.sender == party}
    counts = {"asked": 0, "granted": 0, "refused": 0, "withdrawn": 0}
    for view in line.picture.conflicts():
        path = [line.picture.find(message) for message in view.dialogue.path]
        if path and path[0] is not None and path[0].hash in asked:
            counts["asked"] += 1
            outcome = _outcome(path[-1])
            if outcome:
                counts[outcome] += 1
    return counts


def _outcome(last: Fact | None) -> str | None:
    for shape, word in ((Accept, "granted"), (Reject, "refused"), (Cancel, "withdrawn")):
        if last is not None and isinstance(last.body, shape):
            return word
    return None


def _times(durations_ms: Iterable[int], most_ms: int) -> Times:
    ordered = sorted(durations_ms)
    if not ordered:
        return Times()
    count = len(ordered)
    ninth = ordered[max(0, -(-count * 9 // 10) - 1)]
    late = sum(1 for ms in ordered if ms > most_ms)
    return Times(count, ordered[(count - 1) // 2], ninth, ordered[-1], late)
