"""Is what is owed shown as soon as it is overdue, and no longer than that? Read off the signed words."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from openline.accord.clauses import Answers
from openline.node.clock_difference import MAX_DIFFERENCE_MS
from openline.simulation.callers import MISHEARD_E9
from openline.simulation.centre import Centre
from openline.simulation.debts import Debt, debts
from openline.simulation.founding import Line
from openline.simulation.ledger import News
from openline.simulation.promises.promise import Promise
from openline.simulation.words import Word, Words

if TYPE_CHECKING:
    from openline.simulation.world import World

TAKES: Final = {
    "EMERGENCY": ("TAKEN",),
    "ASSISTANCE": ("ASSISTING", "TAKEN"),
    "ALERT": ("TAKEN",),
    "IDENTIFY": ("IDENTIFIED",),
}
"""By what each call is taken or answered; the first is the one that is asked for."""
SHOWN: Final = frozenset({"CHECK UNANSWERED", "READBACK DIFFERS", "ANSWER MISSING", "SHOWN MISSING"})
"""The alarms of which this promise says when they stand."""
CLOSED_BY_BOTH: Final = frozenset({"EMERGENCY", "ASSISTANCE"})


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
            if entry.kind == "SHIFT" and entry.sender == centre.name:
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
        found = *_wanted(centre.name, line, words, now_ms), *_waiting(centre.name, line, words, owed, now_ms)
        wanted = {f"{line.accord_id}/{it}" for it in found}
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
    """What its sender had heard and not answered by then, and did not take over."""
    if shift.body["act"] != "handover":
        return []
    taken_over = shift.body.get("taken_over", ())
    moves = [it.word.hash for it in debts(words.known_to(shift), line) if it.by == shift.sender]
    return [it for it in (*_unanswered(shift, words), *moves) if it not in taken_over]


def _unanswered(shift: Word, words: Words) -> list[str]:
    """Checks and calls."""
    asked = [it for it in words.of("CHECK", *TAKES) if it.sender != shift.sender and shift.knew(it)]
    answers = {"CHECK": ("CHECKED",), **TAKES}
    return [
        it.hash
        for it in asked
        if not any(shift.knew(answer) for answer in words.about(it.hash, *answers[it.kind], "CLOSE"))
    ]


def _wanted(me: str, line: Line, words: Words, now_ms: int) -> Iterator[str]:
    times = line.versions[1].answers
    for check in words.of("CHECK"):
        if not words.about(check.hash, "CHECKED") and now_ms > check.at_ms + times.check_ms:
            yield f"CHECK UNANSWERED/{check.hash}"
    for call in words.of(*TAKES):
        yield from _of_call(me, call, words, times, now_ms)


def _waiting(me: str, line: Line, words: Words, owed: list[Debt], now_ms: int) -> Iterator[str]:
    """What is overdue in dialogues and talks; and whether anything but a call waits unseen over there."""
    for debt in owed:
        if now_ms > debt.due_ms:
            yield f"ANSWER MISSING/{debt.subject}"
    theirs = [it.word for it in owed if it.by != me]
    theirs += [it for it in words.of("CHECK") if it.sender == me and not words.about(it.hash, "CHECKED")]
    shown_ms = line.versions[1].answers.shown_ms
    if any(now_ms - it.at_ms > shown_ms and not words.about(it.hash, "SHOWN") for it in theirs):
        yield "SHOWN MISSING/waiting"


def _of_call(me: str, call: Word, words: Words, times: Answers, now_ms: int) -> Iterator[str]:
    taken = [it for it in words.about(call.hash, *TAKES[call.kind]) if it.sender != call.sender]
    closes = words.about(call.hash, "CLOSE") if call.kind in CLOSED_BY_BOTH else []
    closed_by = {it.sender for it in closes}
    if len(closed_by) == 2 or (taken and call.kind not in CLOSED_BY_BOTH):
        return
    readbacks = [it for it in words.about(call.hash, "READBACK") if it.sender != call.sender]
    is_placed = call.kind in CLOSED_BY_BOTH and "where" in call.body
    take_ms = times.identify_ms if call.kind == "IDENTIFY" else times.take_ms
    if closed_by and now_ms > min(it.at_ms for it in closes) + times.answer_ms:
        yield f"ANSWER MISSING/{call.hash}/CLOSE"
    if not taken and not closed_by and now_ms > call.at_ms + take_ms:
        yield f"ANSWER MISSING/{call.hash}/{TAKES[call.kind][0]}"
    if is_placed and not closed_by and not readbacks and now_ms > call.at_ms + times.readback_ms:
        yield f"ANSWER MISSING/{call.hash}/READBACK"
    if readbacks and _is_misheard(call, max(readbacks, key=lambda it: it.number)):
        yield f"READBACK DIFFERS/{call.hash}"
    is_shown = bool(words.about(call.hash, "SHOWN"))
    if call.sender == me and not taken and not is_shown and _waited_ms(call, now_ms) > times.shown_ms:
        yield f"SHOWN MISSING/{call.hash}"


def _waited_ms(call: Word, now_ms: int) -> int:
    """A clock that was put back to before the call cannot say, so it is taken for overdue."""
    return now_ms - call.at_ms if now_ms >= call.at_ms - MAX_DIFFERENCE_MS else now_ms


def _is_misheard(call: Word, readback: Word) -> bool:
    read = {it["name"]: it for it in readback.body["values"]}
    said_e9 = call.body["where"]["latitude_e9"]
    return "where" in read and abs(int(read["where"]["latitude_e9"]) - int(said_e9)) >= MISHEARD_E9
