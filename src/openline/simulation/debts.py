"""What waits for an answer, of whom, and until when? Read off the signed words by
docs/spec/line-protocol.md (section 16, what is owed), beside the node's own reading.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from openline.simulation import conflicts, dialogues, talks
from openline.simulation.conflicts import Pair
from openline.simulation.dialogues import Stand
from openline.simulation.founding import ANSWERS, Line
from openline.simulation.words import Word, Words

TAKES: Final = {
    "EMERGENCY": ("TAKEN",),
    "ASSISTANCE": ("ASSISTING", "TAKEN"),
    "ALERT": ("TAKEN",),
    "IDENTIFY": ("IDENTIFIED",),
}
"""By what each call is taken or answered; the first is the one that is asked for."""
CLOSED_BY_BOTH: Final = frozenset({"EMERGENCY", "ASSISTANCE"})


class Debt(msgspec.Struct, frozen=True):
    """by: who has to answer. word: what waits. answer: what would do."""

    by: str
    word: Word
    answer: str
    due_ms: int

    @property
    def alarm(self) -> str:
        """Which stands once it is overdue."""
        if self.word.kind == "CHECK":
            return f"CHECK UNANSWERED/{self.word.hash}"
        if self.answer == "ACP":
            return f"ANSWER MISSING/{self.word.body['conflict_id']}"
        return f"ANSWER MISSING/{self.word.hash}/{self.answer}"


def debts(words: Words, line: Line) -> list[Debt]:
    return [
        *_of_checks(words, line),
        *(it for call in words.of(*TAKES) for it in _of_call(call, words, line)),
        *_in_dialogues(words, line),
        *_in_talks(words, line),
    ]


def _of_checks(words: Words, line: Line) -> Iterator[Debt]:
    for check in words.of("CHECK"):
        if not words.about(check.hash, "CHECKED"):
            yield Debt(line.other(check.sender), check, "CHECKED", check.at_ms + ANSWERS.check_ms)


# Calls


def taken_by(call: Word, words: Words) -> list[Word]:
    return [it for it in words.about(call.hash, *TAKES[call.kind]) if it.sender != call.sender]


def closes_of(call: Word, words: Words) -> list[Word]:
    return words.about(call.hash, "CLOSE") if call.kind in CLOSED_BY_BOTH else []


def readbacks_of(call: Word, words: Words) -> list[Word]:
    return [it for it in words.about(call.hash, "READBACK") if it.sender != call.sender]


def is_over(call: Word, words: Words) -> bool:
    if call.kind in CLOSED_BY_BOTH:
        return len({it.sender for it in closes_of(call, words)}) == 2
    return bool(taken_by(call, words))


def _of_call(call: Word, words: Words, line: Line) -> Iterator[Debt]:
    """To be taken, to be read back where it names a place, and to be closed by the other side as well."""
    if is_over(call, words):
        return
    callee, closes = line.other(call.sender), closes_of(call, words)
    if closes:
        due_ms = min(it.at_ms for it in closes) + ANSWERS.answer_ms
        yield Debt(line.other(closes[0].sender), call, "CLOSE", due_ms)
        return
    if not taken_by(call, words):
        take_ms = ANSWERS.identify_ms if call.kind == "IDENTIFY" else ANSWERS.take_ms
        yield Debt(callee, call, TAKES[call.kind][0], call.at_ms + take_ms)
    is_placed = call.kind in CLOSED_BY_BOTH and "where" in call.body
    if is_placed and not readbacks_of(call, words):
        yield Debt(callee, call, "READBACK", call.at_ms + ANSWERS.readback_ms)


# Dialogues and talks


def stand_of(conflict_id: str, pair: Pair, words: Words, line: Line) -> Stand:
    """How the dialogue stands that belongs to today's places."""
    accord = line.versions[words.governing()]
    places = conflicts.places_of(pair, words)
    return dialogues.read(conflict_id, places, words, lambda: conflicts.must_move(pair, words, accord))


def talks_of(words: Words, line: Line) -> dict[str, talks.TalkStand]:
    """Every talk of which anything was said, by its id."""
    ids = dict.fromkeys(it.body["talk_id"] for it in words.of("TALK", "MINUTES"))
    return {talk_id: talks.read(talk_id, words, line.names) for talk_id in ids}


def _in_dialogues(words: Words, line: Line) -> Iterator[Debt]:
    """A proposal on the table of a conflict that is held, until the stand-by ends."""
    pairs = conflicts.stated(words)
    for conflict_id in dict.fromkeys(it.body["conflict_id"] for it in words.of("REQUEST")):
        if conflict_id not in pairs:
            continue  # one lane has overtaken the other
        stand = stand_of(conflict_id, pairs[conflict_id], words, line)
        if stand.proposer is None or stand.tip is None:
            continue
        if conflicts.is_held(conflict_id, pairs[conflict_id], words):
            tip = words.by_hash[stand.tip]
            due_ms = max(tip.at_ms + ANSWERS.answer_ms, stand.until_ms or 0)
            yield Debt(line.other(stand.proposer), tip, "ACP", due_ms)


def _in_talks(words: Words, line: Line) -> Iterator[Debt]:
    """The time that one side has proposed, or minutes that it alone has written."""
    for stand in talks_of(words, line).values():
        if stand.state == "PROPOSED" and stand.tip is not None and stand.proposer is not None:
            waits, by = stand.tip, line.other(stand.proposer)
        elif len(stand.minutes) == 1:
            ((writer, waits),) = stand.minutes.items()
            by = line.other(writer)
        else:
            continue
        yield Debt(by, waits, waits.kind, waits.at_ms + ANSWERS.talk_ms)
