"""What is known of each line now? Gathered from the store and this process' sessions, for `line_state`."""

from collections.abc import Callable, Iterator, Mapping

import msgspec

from openline.journal.entry import Lane
from openline.node import reach
from openline.node.desk import Desk
from openline.node.line_state import LineState, Missing, Seen, is_silent, line_state
from openline.node.ports import Transaction
from openline.node.session import Session, kept

SessionOf = Callable[[str], Session]


def line_states(
    tx: Transaction, desks: Mapping[str, Desk], session_of: SessionOf, now_ms: int
) -> dict[str, LineState]:
    """How every line stands, by accord id. Each is evidence for the others: whether our own network works."""
    alone = {name: _seen(tx, desk, session_of(name), now_ms) for name, desk in desks.items()}
    heard = {name: it.heard_ms is not None and not is_silent(it, now_ms) for name, it in alone.items()}
    states = {}
    for name, it in alone.items():
        others = tuple((alone[other].partner, heard[other]) for other in alone if other != name)
        states[name] = line_state(msgspec.structs.replace(it, others=others), now_ms)
    return states


def _seen(tx: Transaction, desk: Desk, session: Session, now_ms: int) -> Seen:
    known = kept(tx, desk.accord_id, session)
    return Seen(
        partner=desk.partner,
        standing=_standing(desk, now_ms),
        recovering=known.recovering,
        heard_ms=known.heard_ms,
        beat_ms=desk.line.accord.heartbeat_ms,
        reach=reach.kept(tx, desk.accord_id),
        missing=tuple(missing(tx, desk, now_ms)),
        clock_difference_ms=known.clock_difference_ms,
    )


def _standing(desk: Desk, now_ms: int) -> str | None:
    """What rests on words and dates, in this order."""
    line = desk.line.picture.line
    if line.ended:
        return "ended"
    if not desk.line.accord.valid_at(now_ms):
        return "expired" if now_ms >= desk.line.accord.valid_until_ms else "not yet in force"
    return "suspended" if line.suspended_by else None


def missing(tx: Transaction, desk: Desk, now_ms: int) -> Iterator[Missing]:
    """For each lane our oldest message that has waited for its LAM for longer than was agreed."""
    for lane in Lane:
        acknowledged = tx.acknowledged(desk.accord_id, desk.me, lane)
        if acknowledged == desk.said(lane).number:
            continue
        oldest = tx.entry(desk.accord_id, desk.me, lane, acknowledged + 1)
        if oldest is not None and now_ms - oldest.at_ms > desk.line.accord.answers.lam_ms:
            yield Missing(lane, oldest.number, oldest.kind, oldest.at_ms)
