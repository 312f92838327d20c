"""What time brings to light of the line itself: LAMs, heartbeats and agreed checks that are missing, clocks
that differ. Pure but for reading the store. What people owe one another: `attending`.
"""

from collections.abc import Iterator

from openline.accord.schedule import missed_checks
from openline.airspace.limits import DAY_MS
from openline.coordination.decide import Alarm
from openline.journal.entry import Lane
from openline.node.clock_difference import MAX_DIFFERENCE_MS
from openline.node.desk import Desk
from openline.node.line_state import LineState, Missing, clock_text
from openline.node.ports import Transaction
from openline.node.seen import missing
from openline.node.session import Kept, Session, kept
from openline.units import rfc3339_from_ms


def began_setting(accord_id: str) -> str:
    """Since when the line is here: no check was missed before."""
    return f"began/{accord_id}"


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
    yield from _checks_missed(tx, desk, now_ms)


def _line_silent(desk: Desk, state: LineState) -> Iterator[Alarm | str]:
    if state.link == "silent":
        where = f"fault: {state.fault}" if state.fault else "fault: unknown"
        text = f"nothing new is heard from {desk.partner} ({where}): {'; '.join(state.evidence)}"
        yield Alarm("LINE SILENT", "line", f"{text}; silence is not refusal")
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


def _checks_missed(tx: Transaction, desk: Desk, now_ms: int) -> Iterator[Alarm | str]:
    """The agreed checks of the last day that nobody held, since the line is there: the last one stands until
    a check is held.
    """
    began_ms = int(tx.setting(began_setting(desk.accord_id)) or 0)
    held = [answer.at_ms for _, answer in desk.line.picture.checks() if answer is not None]
    missed = missed_checks(desk.line.accord, held, max(now_ms - DAY_MS, began_ms), now_ms)
    if missed and not any(at_ms > missed[-1] for at_ms in held):
        since = rfc3339_from_ms(missed[-1])
        text = f"the line check agreed for {since} was not held; try the line now"
        yield Alarm("LINE CHECK MISSED", "check", text)
    else:
        yield "LINE CHECK MISSED/check"
