"""What time brings to light of the line itself: LAMs, heartbeats and agreed checks that are missing, clocks
that differ. Pure but for reading the store. What people owe one another: `attending`.
"""

from collections.abc import Iterator

from openline.accord.schedule import missed_checks
from openline.airspace.limits import DAY_MS
from openline.coordination.decide import Alarm
from openline.journal.entry import Entry, Lane
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
    yield from _checks_missed(tx, desk, now_ms)


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


def _checks_missed(tx: Transaction, desk: Desk, now_ms: int) -> Iterator[Alarm | str]:
    """The agreed checks of the last day that nobody held, since the line is there: the last one stands until
    a check is held.
    """
    began = [entry.at_ms for it in (desk.me, desk.partner) if (entry := _first_said(tx, desk, it))]
    if not began:
        return
    held = [answer.at_ms for _, answer in desk.line.picture.checks() if answer is not None]
    missed = missed_checks(desk.line.accord, held, max(now_ms - DAY_MS, min(began)), now_ms)
    if missed and not any(at_ms > missed[-1] for at_ms in held):
        since = rfc3339_from_ms(missed[-1])
        text = f"the line check agreed for {since} was not held; try the line now"
        yield Alarm("LINE CHECK MISSED", "check", text)
    else:
        yield "LINE CHECK MISSED/check"


def _first_said(tx: Transaction, desk: Desk, party: str) -> Entry | None:
    firsts = [tx.entry(desk.accord_id, party, lane, 1) for lane in Lane]
    return min((it for it in firsts if it is not None), key=lambda it: it.at_ms, default=None)
