"""What time brings to light: LAMs, answers and heartbeats that are missing, clocks that differ. Pure but
for reading the store.
"""

from collections.abc import Iterator

from openline.coordination.conflict_view import ConflictStatus, ConflictView
from openline.coordination.decide import Alarm
from openline.journal.entry import Lane
from openline.node.desk import Desk
from openline.node.ports import Transaction
from openline.node.session import Kept, Session, is_silent, kept
from openline.units import rfc3339_from_ms

MAX_CLOCK_DIFFERENCE_MS = 1_000


def watch(tx: Transaction, desk: Desk, session: Session, now_ms: int) -> Iterator[Alarm | str]:
    """Alarms to raise, and the names (``kind/subject``) of those whose cause is gone."""
    seen = kept(tx, desk.accord_id, session)
    yield from _line_silent(desk, seen, now_ms)
    yield from _clocks_differ(desk, seen)
    for lane in Lane:
        yield from _lam_missing(tx, desk, lane, now_ms)
    for view in desk.line.picture.conflicts():
        yield from _answer_missing(desk, view, now_ms)
    yield from _check_unanswered(desk, now_ms)


def _line_silent(desk: Desk, seen: Kept, now_ms: int) -> Iterator[Alarm | str]:
    if seen.heard_ms is None:
        return
    if is_silent(desk, seen.heard_ms, now_ms):
        since = rfc3339_from_ms(seen.heard_ms)
        yield Alarm(
            "LINE SILENT", "line", f"nothing heard from {desk.partner} since {since}; silence is not refusal"
        )
    else:
        yield "LINE SILENT/line"


def _clocks_differ(desk: Desk, seen: Kept) -> Iterator[Alarm | str]:
    difference_ms = seen.clock_difference_ms or 0
    if abs(difference_ms) > MAX_CLOCK_DIFFERENCE_MS:
        which = "ahead of" if difference_ms > 0 else "behind"
        text = f"the clock of {desk.partner} is {abs(difference_ms) / 1000:.1f} s {which} ours"
        yield Alarm("CLOCKS DIFFER", "clock", text)
    else:
        yield "CLOCKS DIFFER/clock"


def _lam_missing(tx: Transaction, desk: Desk, lane: Lane, now_ms: int) -> Iterator[Alarm | str]:
    acknowledged = tx.acknowledged(desk.accord_id, desk.me, lane)
    oldest = tx.entry(desk.accord_id, desk.me, lane, acknowledged + 1)
    if oldest is not None and now_ms - oldest.at_ms > desk.line.accord.answers.lam_ms:
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
