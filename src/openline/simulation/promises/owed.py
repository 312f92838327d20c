"""Is what is owed shown as soon as it is overdue, and no longer than that? Read off the signed words."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from openline.node.clock_difference import MAX_DIFFERENCE_MS
from openline.simulation.callers import MISHEARD_E9
from openline.simulation.centre import Centre
from openline.simulation.debts import TAKES, Debt, debts, is_over, readbacks_of, taken_by
from openline.simulation.founding import ANSWERS, Line
from openline.simulation.ledger import News
from openline.simulation.promises.promise import Promise
from openline.simulation.words import Word, Words

if TYPE_CHECKING:
    from openline.simulation.world import World

SHOWN: Final = frozenset({"CHECK UNANSWERED", "READBACK DIFFERS", "ANSWER MISSING", "SHOWN MISSING"})
"""The alarms of which this promise says when they stand."""


class WhatIsOwedIsShown(Promise):
    """After each tick, by the node's own clock and the times that the words claim: CHECK UNANSWERED, ANSWER
    MISSING (of calls: to be taken, closed, read back; of proposals in dialogues; of talks and minutes), SHOWN
    MISSING (of our own calls, and of what else waits for the partner's people) and READBACK DIFFERS stand
    exactly where something is overdue, was shown to nobody, or was understood otherwise. Whoever takes a seat
    over takes over all of the partner's that is not answered.
    """

    name = "what-is-owed-is-shown"

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._debts: dict[tuple[str, str], tuple[Words, int, list[Debt]]] = {}  # as of so many words

    def committed(self, centre: Centre, news: News) -> None:
        for entry in news.entries:
            if entry.kind == "SHIFT" and centre.says_now(entry):
                words = centre.ledger.words(entry.accord)
                left = _left_behind(words.by_hash[entry.hash], words, self.world.lines[entry.accord])
                if left and self.world.is_honest(self.world.lines[entry.accord]):
                    self.broken(
                        centre.name, f"a seat is taken over without {left[0][:12]}, which is unanswered"
                    )

    def ticked(self, centre: Centre) -> None:
        standing = centre.ledger.standing_alarm_ids()
        for line in self.world.lines_of(centre.name):
            if self.world.is_honest(line):
                self._check(centre, line, standing)

    def _check(self, centre: Centre, line: Line, standing: set[str]) -> None:
        words = centre.ledger.words(line.accord_id)
        now_ms = self.world.scheduler.now_ms + centre.clock_ms
        owed = self._owed(centre, line, words)
        wanted = {f"{line.accord_id}/{it}" for it in _wanted(centre.name, words, owed, now_ms)}
        shown = {it for it in standing if it.startswith(line.accord_id) and it.split("/")[1] in SHOWN}
        for what, text in (
            (wanted - shown, "is so, and not shown"),
            (shown - wanted, "is shown, and not so"),
        ):
            if what:
                self.broken(centre.name, f"{line.title}: {min(what).partition('/')[2]} {text}")

    def _owed(self, centre: Centre, line: Line, words: Words) -> list[Debt]:
        """Derived anew only where something was said since."""
        of, length, found = self._debts.get((centre.name, line.accord_id), (None, 0, []))
        if of is not words or length != len(words):
            found = debts(words, line)
            self._debts[centre.name, line.accord_id] = words, len(words), found
        return found


def _left_behind(shift: Word, words: Words, line: Line) -> list[str]:
    """What its sender owed by what it had said and heard by then, and did not take over."""
    if shift.body["act"] != "handover":
        return []
    owed = [it.word.hash for it in debts(words.known_to(shift), line) if it.by == shift.sender]
    return [it for it in owed if it not in shift.body.get("taken_over", ())]


def _wanted(me: str, words: Words, owed: list[Debt], now_ms: int) -> Iterator[str]:
    """What is overdue, what nobody over there has seen, and what was understood otherwise."""
    yield from (it.alarm for it in owed if now_ms > it.due_ms)
    theirs = [it.word for it in owed if it.by != me and it.word.kind not in TAKES]
    if any(now_ms - it.at_ms > ANSWERS.shown_ms and not _is_shown(it, words) for it in theirs):
        yield "SHOWN MISSING/waiting"
    for call in words.of(*TAKES):
        if not is_over(call, words):
            yield from _of_call(me, call, words, now_ms)


def _of_call(me: str, call: Word, words: Words, now_ms: int) -> Iterator[str]:
    readbacks = readbacks_of(call, words)
    if readbacks and _is_misheard(call, max(readbacks, key=lambda it: it.number)):
        yield f"READBACK DIFFERS/{call.hash}"
    is_seen = taken_by(call, words) or _is_shown(call, words)
    if call.sender == me and not is_seen and _waited_ms(call, now_ms) > ANSWERS.shown_ms:
        yield f"SHOWN MISSING/{call.hash}"


def _is_shown(it: Word, words: Words) -> bool:
    """To a person: what only an automaton has rendered was shown to nobody."""
    return any(not shown.body["officer"]["automaton"] for shown in words.about(it.hash, "SHOWN"))


def _waited_ms(call: Word, now_ms: int) -> int:
    """A clock that was put back to before the call cannot say, so it is taken for overdue."""
    return now_ms - call.at_ms if now_ms >= call.at_ms - MAX_DIFFERENCE_MS else now_ms


def _is_misheard(call: Word, readback: Word) -> bool:
    read = {it["name"]: it for it in readback.body["values"]}
    said_e9 = call.body["where"]["latitude_e9"]
    return "where" in read and abs(int(read["where"]["latitude_e9"]) - int(said_e9)) >= MISHEARD_E9
