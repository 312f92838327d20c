"""What waits for an answer in dialogues and talks, of whom, and until when? Read off the signed words by
docs/spec/line-protocol.md (section 16, what is owed).
"""

from collections.abc import Iterator

import msgspec

from openline.simulation import conflicts, dialogues, talks
from openline.simulation.conflicts import Pair
from openline.simulation.dialogues import Stand
from openline.simulation.founding import Line
from openline.simulation.words import Word, Words


class Debt(msgspec.Struct, frozen=True):
    """by: who has to answer. word: what waits. subject: by which the alarm names it."""

    by: str
    word: Word
    subject: str
    due_ms: int


def stand_of(conflict_id: str, pair: Pair, words: Words, line: Line) -> Stand:
    """How the dialogue stands that belongs to today's places."""
    accord = line.versions[words.governing()]
    places = conflicts.places_of(pair, words)
    return dialogues.read(conflict_id, places, words, lambda: conflicts.must_move(pair, words, accord))


def talks_of(words: Words, line: Line) -> dict[str, talks.TalkStand]:
    """Every talk of which anything was said, by its id."""
    ids = dict.fromkeys(it.body["talk_id"] for it in words.of("TALK", "MINUTES"))
    return {talk_id: talks.read(talk_id, words, line.names) for talk_id in ids}


def debts(words: Words, line: Line) -> list[Debt]:
    return [*_in_dialogues(words, line), *_in_talks(words, line)]


def _in_dialogues(words: Words, line: Line) -> Iterator[Debt]:
    """A proposal on the table of a conflict that is held, until the stand-by ends."""
    pairs = conflicts.stated(words)
    for conflict_id in dict.fromkeys(it.body["conflict_id"] for it in words.of("REQUEST")):
        stand = stand_of(conflict_id, pairs[conflict_id], words, line)
        if stand.proposer is None or stand.tip is None:
            continue
        if conflicts.is_held(conflict_id, pairs[conflict_id], words):
            tip = words.by_hash[stand.tip]
            due_ms = max(tip.at_ms + line.versions[1].answers.answer_ms, stand.until_ms or 0)
            yield Debt(line.other(stand.proposer), tip, conflict_id, due_ms)


def _in_talks(words: Words, line: Line) -> Iterator[Debt]:
    """The time that one side has proposed, or minutes that it alone has written."""
    within_ms = line.versions[1].answers.talk_ms
    for stand in talks_of(words, line).values():
        if stand.state == "PROPOSED" and stand.tip is not None and stand.proposer is not None:
            waits, by = stand.tip, line.other(stand.proposer)
        elif len(stand.minutes) == 1:
            ((writer, waits),) = stand.minutes.items()
            by = line.other(writer)
        else:
            continue
        yield Debt(by, waits, f"{waits.hash}/{waits.kind}", waits.at_ms + within_ms)
