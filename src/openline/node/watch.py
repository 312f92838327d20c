"""What time brings to light: LAMs, answers and heartbeats that are missing, clocks that differ. Pure but
for reading the store.
"""

from collections.abc import Iterator

from openline.coordination.conflict_view import ConflictStatus, ConflictView
from openline.coordination.decide import Alarm
from openline.journal.entry import Lane
from openline.node.clock_difference import MAX_DIFFERENCE_MS
from openline.node.desk import Desk
from openline.node.line_state import LineState, Missing, clock_text
from openline.node.ports import Transaction
from openline.node.seen import missing
from openline.node.session import Kept, Session, kept
from openline.units import rfc3339_from_ms


def watch(
    tx: Transaction, desk: Desk, session: Session, state: LineState, now_ms: int
) -> Iterator[Alarm | str]:
    """Alarms to raise, and the names (``kind/subject``) of those whose cause is gone."""
    yield from _line_silent(desk, state)
    yield from _line_degraded(desk, state)
    yield from _clocks_differ(desk, kept(tx, desk.accord_id, session))
    late = {it.lane: it for it in missing(tx, desk, now_ms)}
    for lane in Lane:
        yield from _lam_missing(desk, lane, late.get(lane))
    for view in desk.line.picture.conflicts():
        yield from _answer_missing(desk, view, now_ms)
    yield from _check_unanswered(desk, now_ms)


def _line_silent(desk: Desk, state: LineState) -> Iterator[Alarm | str]:
    if state.link == "silent":
        where = f"fault: {state.fault}" if state.fault else "fault: unknown"
        text = f"nothing new is heard from {desk.partner} ({where}): {'; '.join(state.evidence)}"
        yield Alarm("LINE SILENT", "line", f"{text}. Silence is not refusal")
    elif state.link in ("open", "degraded"):
        yield "LINE SILENT/line"


def _line_degraded(desk: Desk, state: LineState) -> Iterator[Alarm | str]:
    """What of it no other alarm tells. It stands until the line is open again, or silent."""
    if state.troubles:
        yield Alarm("LINE DEGRADED", "line", "; ".join(state.troubles))
    elif state.link in ("open", "silent"):
        yield "LINE DEGRADED/line"


def _clocks_differ(desk: Desk, seen: Kept) -> Iterator[Alarm | str]:
    difference_ms = seen.clock_difference_ms or 0
    if abs(difference_ms) > MAX_DIFFERENCE_MS:
        yield Alarm("CLOCKS DIFFER", "clock", clock_text(desk.partner, difference_ms))
    else:
        yield "CLOCKS DIFFER/clock"


def _lam_missing(desk: Desk, lane: Lane, oldest: Missing | None) -> Iterator[Alarm | str]:
    if oldest is not None:
        what = f"{lane} number {oldest.number} ({oldest.kind})"
        text = f"{desk.partner} has not acknowledged {what}; it is sent again until it does"
        yield Alarm("LAM MISSING", lane.value, text)
    else:
        yield f"LAM MISSING/{lane.value}"


def _answer_missing(desk: Desk, view: ConflictView, now_ms: int) -> Iterator[Alarm | str]:
    subject = view.conflict_id
    tip = desk.line.picture.find(view.dialogue.tip) if view.dialogue.tip else None
    waits = view.status is ConflictStatus.OPEN and view.dialogue.on_the_table and tip is not None
    due_ms = (
        max(tip.at_ms + desk.line.accord.answers.answer_ms, view.dialogue.standby_until_ms or 0) if tip else 0
    )
    if waits and now_ms > due_ms:
        late = desk.me if view.dialogue.proposer == desk.partner else desk.partner
        yield Alarm(
            "ANSWER MISSING",
            subject,
            f"{late} owes an answer on conflict {subject[:12]} since {rfc3339_from_ms(due_ms)}",
        )
    else:
        yield f"ANSWER MISSING/{subject}"


def _check_unanswered(desk: Desk, now_ms: int) -> Iterator[Alarm | str]:
    for asked, answer in desk.line.picture.checks():
        if answer is None and now_ms - asked.at_ms > desk.line.accord.answers.check_ms:
            yield Alarm(
                "CHECK UNANSWERED",
                asked.hash,
                f"the line check of {asked.stamp.sender} has not been answered",
            )
        else:
            yield f"CHECK UNANSWERED/{asked.hash}"
