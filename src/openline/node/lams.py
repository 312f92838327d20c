"""Which LAMs has the partner given for our lanes, without a gap?

Each LAM names the one before it. Up to where the chain is whole is kept with the store; what lies above a
gap is a reason to ask. So both sides come to hold the same LAMs, whatever was lost on the way.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

import msgspec

from openline.journal.checkpoint import Lam, open_lam
from openline.journal.entry import Lane
from openline.journal.merkle import Frontier
from openline.node import session
from openline.node.desk import Desk
from openline.node.ports import LamRow, Signer, Transaction
from openline.node.session import Session
from openline.node.verifying import key_id_of

MAX_GIVEN_BACK: Final = 1_000
"""LAMs of ours on a line that wait for their messages after a restore; further ones are left out."""
Given = tuple[Lane, int]
"""A LAM of ours by lane and number."""
MAX_ASKED: Final = 20
"""How often one gap is asked for in one session: a partner may not have it any more."""


def give(tx: Transaction, desk: Desk, signer: Signer, lane: Lane, now_ms: int) -> bytes:
    """Our LAM over all that we hold of the partner's lane, sealed and kept. What was acknowledged before is
    acknowledged in the same words: one number has one time. Under a key that does not count here it is not
    kept: the journal could not prove it.
    """
    kept = session.kept_lam(tx, desk, signer, lane)
    if kept is not None:
        return kept
    previous = tx.acknowledged(desk.accord_id, desk.partner, lane)
    sealed = session.acknowledge(desk, signer, lane, previous, now_ms)
    number = desk.received(lane).number
    if signer.id in desk.keys.current(desk.me):
        tx.save_lam(LamRow(desk.accord_id, desk.partner, lane, number, now_ms, sealed))
    return sealed


def note(tx: Transaction, desk: Desk, lam: Lam, sealed: bytes) -> None:
    """Keep the LAM, and see how far the chain is whole now."""
    tx.save_lam(LamRow(desk.accord_id, desk.me, lam.lane, lam.number, lam.at_ms, sealed))
    whole = begun = _whole(tx, desk, lam.lane)
    if lam.previous == whole:
        whole = lam.number
    while (following := _after(tx, desk, lam.lane, whole)) is not None and following.previous == whole:
        whole = following.number
    if whole != begun:
        tx.put_setting(_setting(desk, lam.lane), str(whole))


def take_back(tx: Transaction, desk: Desk, fresh: Mapping[Given, bytes]) -> None:
    """Keep what we gave before our store was brought back, as far as its messages are here again, and the KEY
    of what sealed it; the rest waits with the store, for a process may end before they come. One whose root
    is not theirs is of a lane that the partner has changed since: it counts for nothing here.
    """
    before = _waiting(tx, desk)
    given = dict(islice({**before, **fresh}.items(), MAX_GIVEN_BACK))
    if not given:
        return
    ours = desk.keys.chain(desk.me).every
    provable = {it for it, sealed in given.items() if key_id_of(sealed) in ours}
    here = {(lane, number) for lane, number in provable if number <= desk.received(lane).number}
    for lane in Lane:
        # To add up a long lane costs: not for what somebody repeats, which is here.
        lost = sorted(
            number for of_lane, number in here if of_lane is lane and not _is_given(tx, desk, lane, number)
        )
        for number, root in zip(lost, _roots(tx, desk, lane, lost), strict=True):
            sealed = given[lane, number]
            lam = open_lam(sealed, None)
            if lam.root == root:
                tx.save_lam(LamRow(desk.accord_id, desk.partner, lane, number, lam.at_ms, sealed))
    waiting = {key: it for key, it in given.items() if key not in here}
    if waiting != before:
        texts = [sealed.decode() for sealed in waiting.values()]
        tx.put_setting(_given_setting(desk), msgspec.json.encode(texts).decode())


def _waiting(tx: Transaction, desk: Desk) -> dict[Given, bytes]:
    """What waits for its messages."""
    texts = msgspec.json.decode(tx.setting(_given_setting(desk)) or "[]", type=list[str])
    lams = ((open_lam(text.encode(), None), text.encode()) for text in texts)
    return {(lam.lane, lam.number): sealed for lam, sealed in lams}


def _given_setting(desk: Desk) -> str:
    return f"given/{desk.accord_id}"


def _is_given(tx: Transaction, desk: Desk, lane: Lane, number: int) -> bool:
    covering = tx.lam_covering(desk.accord_id, desk.partner, lane, number)
    return covering is not None and covering.number == number


def _roots(tx: Transaction, desk: Desk, lane: Lane, numbers: Iterable[int]) -> Iterator[str]:
    """Of the partner's lane, up to each of these numbers, which ascend."""
    frontier, done = Frontier(), 0
    for number in numbers:
        for leaf in tx.leaf_hashes(desk.accord_id, desk.partner, lane, number, done):
            frontier = frontier.append(bytes.fromhex(leaf))
        done = number
        yield frontier.root.hex()


def to_ask(tx: Transaction, desk: Desk, lane: Lane, now: Session) -> int | None:
    """The number after which LAMs are missing; None where none is, or it was asked for often enough."""
    whole = _whole(tx, desk, lane)
    if tx.acknowledged(desk.accord_id, desk.me, lane) == whole:
        return None
    before, times = now.asked_lams.get(lane, (-1, 0))
    times = times + 1 if before == whole else 1
    now.asked_lams[lane] = (whole, times)
    return whole if times <= MAX_ASKED else None


def _whole(tx: Transaction, desk: Desk, lane: Lane) -> int:
    return int(tx.setting(_setting(desk, lane)) or 0)


def _after(tx: Transaction, desk: Desk, lane: Lane, number: int) -> Lam | None:
    rows = tx.lams(desk.accord_id, desk.me, lane, after=number, limit=1)
    return next((open_lam(row.sealed, None) for row in rows), None)


def _setting(desk: Desk, lane: Lane) -> str:
    return f"lams/{desk.accord_id}/{lane}"
