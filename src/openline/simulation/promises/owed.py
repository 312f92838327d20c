"""Is what is owed shown as soon as it is overdue, and no longer than that? Read off the signed words."""

from collections.abc import Iterator
from typing import Final

from openline.accord.clauses import Answers
from openline.node.clock_difference import MAX_DIFFERENCE_MS
from openline.simulation.callers import MISHEARD_E9
from openline.simulation.centre import Centre
from openline.simulation.founding import Line
from openline.simulation.ledger import News
from openline.simulation.promises.promise import Promise
from openline.simulation.words import Word, Words

TAKES: Final = {
    "EMERGENCY": ("TAKEN",),
    "ASSISTANCE": ("ASSISTING", "TAKEN"),
    "ALERT": ("TAKEN",),
    "IDENTIFY": ("IDENTIFIED",),
}
"""By what each call is taken or answered; the first is the one that is asked for."""
CLOSED_BY_BOTH: Final = frozenset({"EMERGENCY", "ASSISTANCE"})


class WhatIsOwedIsShown(Promise):
    """After each tick, by the node's own clock and the times that the words claim: CHECK UNANSWERED, ANSWER
    MISSING (of calls: to be taken, closed, read back), SHOWN MISSING (of our own calls) and READBACK DIFFERS
    stand exactly where something is overdue, was shown to nobody, or was understood otherwise. Whoever takes
    a seat over takes over every check and call of the partner that is not answered.
    """

    name = "what-is-owed-is-shown"

    def committed(self, centre: Centre, news: News) -> None:
        for entry in news.entries:
            if entry.kind == "SHIFT" and entry.sender == centre.name:
                words = centre.ledger.words(entry.accord)
                left = _left_behind(words.by_hash[entry.hash], words)
                if left:
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
        wanted = {f"{line.accord_id}/{it}" for it in _wanted(centre.name, line, words, now_ms)}
        shown = {it for it in standing if it.startswith(line.accord_id) and _is_ours(it, words)}
        for what, text in (
            (wanted - shown, "is so, and not shown"),
            (shown - wanted, "is shown, and not so"),
        ):
            if what:
                self.broken(centre.name, f"{line.title}: {min(what).partition('/')[2]} {text}")


def _left_behind(shift: Word, words: Words) -> list[str]:
    """What its sender had heard and not answered by then, and did not take over."""
    if shift.body["act"] != "handover":
        return []
    asked = [it for it in words.of("CHECK", *TAKES) if it.sender != shift.sender and shift.knew(it)]
    answers = {"CHECK": ("CHECKED",), **TAKES}
    waiting = [
        it.hash
        for it in asked
        if not any(shift.knew(answer) for answer in words.about(it.hash, *answers[it.kind], "CLOSE"))
    ]
    return [it for it in waiting if it not in shift.body.get("taken_over", ())]


def _is_ours(alarm_id: str, words: Words) -> bool:
    """Whether this promise says when it stands: not what is owed in dialogues and talks."""
    _, kind, subject = alarm_id.split("/", 2)
    if kind in ("CHECK UNANSWERED", "READBACK DIFFERS"):
        return True
    cited = words.by_hash.get(subject.partition("/")[0])
    return kind in ("ANSWER MISSING", "SHOWN MISSING") and cited is not None and cited.kind in TAKES


def _wanted(me: str, line: Line, words: Words, now_ms: int) -> Iterator[str]:
    times = line.versions[1].answers
    for check in words.of("CHECK"):
        if not words.about(check.hash, "CHECKED") and now_ms > check.at_ms + times.check_ms:
            yield f"CHECK UNANSWERED/{check.hash}"
    for call in words.of(*TAKES):
        yield from _of_call(me, call, words, times, now_ms)


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
