"""Did a partner's notice come in time? Read from our journal's time of receipt; nothing of it is on the wire.

After an outage both sides catch up, and what then comes in order may be about a time that is over.
"""

from collections.abc import Iterable, Iterator

import msgspec

from openline.coordination.passed_view import Passed
from openline.coordination.told import Told
from openline.journal.entry import Lane
from openline.node.clock_difference import MAX_DIFFERENCE_MS
from openline.node.desk import Desk
from openline.node.ports import Transaction
from openline.node.session import kept_difference_ms

AnyTold = Told | Passed

OVER = "over"
"""The whole time that it speaks of was over when it came."""
LATE = "late"
"""It came later after it was said than the accord gives a LAM."""


class Receipt(msgspec.Struct, frozen=True):
    """When a notice came, by our clock, and how stale it was then: OVER, LATE or None."""

    received_ms: int
    stale: str | None


def receipts_of(tx: Transaction, desk: Desk, told: Iterable[AnyTold]) -> dict[str, Receipt]:
    """The receipts of those of them that the partner told or passed on, by the hash of the message that
    stands.
    """
    theirs = [it for it in told if it.party == desk.partner]
    difference_ms = _counts(kept_difference_ms(tx, desk.accord_id))
    return {
        it.hash: Receipt(received_ms, _stale(desk, it, received_ms, difference_ms))
        for lane in Lane
        for it, received_ms in _received(tx, desk, lane, [it for it in theirs if it.fact.stamp.lane is lane])
    }


def _received(
    tx: Transaction, desk: Desk, lane: Lane, theirs: list[AnyTold]
) -> Iterator[tuple[AnyTold, int]]:
    if not theirs:
        return
    after = min(it.fact.stamp.number for it in theirs) - 1
    times = tx.receipts(desk.accord_id, desk.partner, lane, after)
    yield from ((it, times[it.fact.stamp.number]) for it in theirs if it.fact.stamp.number in times)


def _stale(desk: Desk, told: AnyTold, received_ms: int, difference_ms: int) -> str | None:
    if told.notice.end_ms <= received_ms:
        return OVER
    on_its_way_ms = received_ms - (told.fact.at_ms - difference_ms)
    return LATE if on_its_way_ms > desk.line.accord.answers.lam_ms else None


def _counts(difference_ms: int | None) -> int:
    """A clock that is known to be off is allowed for; less than what is shown to people is none."""
    return difference_ms if difference_ms and abs(difference_ms) > MAX_DIFFERENCE_MS else 0
