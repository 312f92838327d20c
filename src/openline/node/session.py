"""The session: heads, heartbeats, LAMs, sending again, recovery. It opens with an exchange of heads, and only
then does a node speak.

Nothing of a session needs to survive a crash; what people want to see of it from another process is kept in
one setting.
"""

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from openline.coordination import session as wire
from openline.coordination.conflict_view import ConflictStatus
from openline.errors import Invalid, OpenlineError
from openline.journal.canonical import canonical
from openline.journal.checkpoint import LAM_PAYLOAD_TYPE, Lam, seal_lam
from openline.journal.entry import Entry, Lane, LaneHead
from openline.journal.envelope import open_envelope, seal
from openline.node import clock_difference, reach
from openline.node.desk import Desk
from openline.node.line_state import LineState
from openline.node.ports import QuarantineRow, Signer, Transaction
from openline.node.results import LaneStatus, LineStatus, Problem

MAX_BATCH = 1024
"""Messages in one batch to the partner: heard in some 0.3 s, for so long may an urgent one have to wait for
it.
"""

MAX_BATCH_BYTES = 8 * 1024 * 1024
RESENT_AT_ONCE = 16
"""Messages read at a time for a RESEND: each may be as large as an envelope can be."""


class Session(msgspec.Struct):
    """What this process knows of the session now (mutable, not kept).

    partner_received: up to where the partner holds our lanes, by its own word. forked: the partner holds
    other content under our numbers; then this node speaks no more until people have looked. equal: whether
    the pictures agreed when last compared. asked_lams: after which LAM we asked for more, and how often.
    vouched: by the key that says so, hashes of messages that the partner owns to, although a revoked key has
    sealed them. carried: it is no session, but what came on a stick: of it nothing is kept, for it says
    nothing of whether the partner lives. asked: by their hashes, the last HEADS that we wrote since we were
    restored. returned: what the partner held, by its RETURN to one of them.
    """

    open: bool = False
    forked: bool = False
    recovering: bool = False
    heard_ms: int | None = None
    clock_samples: tuple[clock_difference.Sample, ...] = ()
    equal: bool | None = None
    claims: wire.Heads | None = None
    partner_received: dict[Lane, int] = {}
    asked_lams: dict[Lane, tuple[int, int]] = {}
    carried: bool = False
    asked: tuple[str, ...] = ()
    returned: wire.LaneClaims | None = None
    vouched: dict[str, frozenset[str]] = {}

    def begin_anew(self) -> None:
        """A key has proved untrue: what it claimed is forgotten. Not what other keys vouched for."""
        self.open = self.forked = self.recovering = False
        self.claims, self.equal, self.partner_received = None, None, {}

    def mark(self, lane: Lane) -> tuple[int, bool]:
        """Where this is as it was, ``outbound`` finds as much to send of what has been said: up to where the
        partner holds the lane, and whether we speak at all.
        """
        return self.partner_received.get(lane, 0), self.speaks

    @property
    def speaks(self) -> bool:
        return self.open and not (self.forked or self.recovering)

    @property
    def clock_difference_ms(self) -> int | None:
        return clock_difference.difference(self.clock_samples)


class Kept(msgspec.Struct, frozen=True):
    """The part of a session that other processes show."""

    open: bool
    recovering: bool
    heard_ms: int | None
    clock_difference_ms: int | None
    equal: bool | None


def setting_name(accord_id: str) -> str:
    return f"session/{accord_id}"


def keep(tx: Transaction, accord_id: str, session: Session) -> None:
    """When the partner was last heard outlives a process; one that has heard nothing yet leaves it so."""
    if session.carried:
        return
    heard_ms = session.heard_ms
    if heard_ms is None:
        heard_ms = _stored(tx, accord_id).heard_ms
    now = Kept(session.open, session.recovering, heard_ms, session.clock_difference_ms, session.equal)
    tx.put_setting(setting_name(accord_id), msgspec.json.encode(now).decode())


def kept(tx: Transaction, accord_id: str, session: Session) -> Kept:
    """This process' own session, or what another process (the one that serves, or another replica of it) has
    kept: whichever has heard the partner last.
    """
    own = Kept(session.open, session.recovering, session.heard_ms, session.clock_difference_ms, session.equal)
    return max(own, _stored(tx, accord_id), key=lambda it: -1 if it.heard_ms is None else it.heard_ms)


def _stored(tx: Transaction, accord_id: str) -> Kept:
    text = tx.setting(setting_name(accord_id))
    return msgspec.json.decode(text, type=Kept) if text else Kept(False, False, None, None, None)


def kept_difference_ms(tx: Transaction, accord_id: str) -> int | None:
    """The partner's clock less ours, as the process that serves has kept it."""
    return kept(tx, accord_id, Session()).clock_difference_ms


# Saying


def heads(desk: Desk, signer: Signer, now_ms: int, *, answer: bool) -> bytes:
    """Our HEADS, sealed."""
    control = wire.Heads(
        **_from_us(desk, now_ms),
        accord_version=desk.line.speaking_version,
        said=_claims(desk.said),
        received=_claims(desk.received),
        digest=desk.line.picture.digest(),
        answer=answer,
    )
    return wire.seal_control(control, signer)


def _from_us(desk: Desk, now_ms: int) -> dict[str, Any]:
    """What every control message begins with."""
    return {
        "accord": desk.accord_id,
        "exercise": desk.line.exercise,
        "sender": desk.me,
        "receiver": desk.partner,
        "at_ms": now_ms,
    }


def acknowledge(desk: Desk, signer: Signer, lane: Lane, previous: int, at_ms: int) -> bytes:
    """Our LAM over all that we hold of the partner's lane, sealed. previous: the number of the one before."""
    head = desk.received(lane)
    lam = Lam(
        accord=desk.accord_id,
        exercise=desk.line.exercise,
        sender=desk.partner,
        receiver=desk.me,
        lane=lane,
        number=head.number,
        previous=previous,
        root=head.root,
        at_ms=at_ms,
    )
    return seal_lam(lam, signer)


def returned(desk: Desk, signer: Signer, answers: str, now_ms: int) -> bytes:
    """Our RETURN to the HEADS with this hash, sealed."""
    control = wire.Return(**_from_us(desk, now_ms), answers=answers, received=_claims(desk.received))
    return wire.seal_control(control, signer)


def kept_lam(tx: Transaction, desk: Desk, signer: Signer, lane: Lane) -> bytes | None:
    """Our LAM over all that we hold of the partner's lane, where it was given before: the same words, under
    today's key where the node has another one since.
    """
    number = desk.received(lane).number
    row = tx.lam_covering(desk.accord_id, desk.partner, lane, number)
    if row is None or row.number != number:
        return None
    return _under_todays_key(row.sealed, signer)


def _under_todays_key(sealed: bytes, signer: Signer) -> bytes:
    envelope = open_envelope(sealed)
    if any(it.key_id == signer.id for it in envelope.signatures):
        return sealed
    return seal(envelope.payload, LAM_PAYLOAD_TYPE, [signer])


def _claims(head_of: Callable[[Lane], LaneHead]) -> wire.LaneClaims:
    urgent, routine = head_of(Lane.URGENT), head_of(Lane.ROUTINE)
    return wire.LaneClaims(
        wire.HeadClaim(urgent.number, urgent.hash), wire.HeadClaim(routine.number, routine.hash)
    )


def outbound(
    tx: Transaction, desk: Desk, session: Session, limit: int, lanes: Iterable[Lane] = tuple(Lane)
) -> list[bytes]:
    """What the partner does not hold yet, urgent first, bounded in count and bytes."""
    if not session.speaks:
        return []
    batch: list[bytes] = []
    size = 0
    for lane in lanes:
        for entry in _not_acknowledged(tx, desk, session, lane, limit - len(batch)):
            size += len(entry.sealed)
            if batch and size > MAX_BATCH_BYTES:
                return batch
            batch.append(entry.sealed)
    return batch


def _not_acknowledged(tx: Transaction, desk: Desk, session: Session, lane: Lane, limit: int) -> list[Entry]:
    """From where the partner says it is; where its LAM was lost, its last message once more, so that the
    LAM comes again.
    """
    holds = session.partner_received.get(lane, 0)
    acknowledged = tx.acknowledged(desk.accord_id, desk.me, lane)
    after = holds - 1 if acknowledged < holds else holds
    return tx.entries(desk.accord_id, desk.me, lane, after, limit) if limit > 0 else []


def resend(tx: Transaction, desk: Desk, asked: wire.Resend) -> list[bytes]:
    """The sealed bytes asked for, ours or (for a partner that lost its own words) its own, bounded in count
    and bytes.
    """
    if asked.party not in (desk.me, desk.partner):
        raise Invalid("not-a-party", f"{asked.party} has no lane here", field="party", party=desk.partner)
    resent: list[bytes] = []
    size, after = 0, asked.after
    while entries := tx.entries(desk.accord_id, asked.party, asked.lane, after, RESENT_AT_ONCE):
        for entry in entries:
            size += len(entry.sealed)
            if len(resent) >= wire.MAX_RESENT or (resent and size > MAX_BATCH_BYTES):
                return resent
            resent.append(entry.sealed)
        after = entries[-1].number
    return resent


def ask_again(desk: Desk, signer: Signer, party: str, lane: Lane, after: int, now_ms: int) -> bytes:
    control = wire.Resend(
        **_from_us(desk, now_ms),
        party=party,
        lane=lane,
        after=after,
    )
    return wire.seal_control(control, signer)


def vouch(desk: Desk, signer: Signer, messages: list[str], now_ms: int) -> bytes:
    return wire.seal_control(wire.Vouch(**_from_us(desk, now_ms), messages=messages), signer)


def ask_lams(desk: Desk, signer: Signer, lane: Lane, after: int, now_ms: int) -> bytes:
    control = wire.Lams(**_from_us(desk, now_ms), lane=lane, after=after)
    return wire.seal_control(control, signer)


def lams(tx: Transaction, desk: Desk, signer: Signer, asked: wire.Lams) -> list[bytes]:
    """Our LAMs of the partner's lane, at most MAX_RESENT: the same words, under today's key."""
    rows = tx.lams(desk.accord_id, desk.partner, asked.lane, after=asked.after, limit=wire.MAX_RESENT)
    return [_under_todays_key(row.sealed, signer) for row in rows]


def lams_back(tx: Transaction, desk: Desk, claims: wire.Heads) -> list[bytes]:
    """The partner's own LAMs of what it does not hold any more, as it gave them: at most MAX_RESENT each. And
    that of the last message that it holds: one that came while its key was not at hand is acknowledged later
    than it is stored, and a copy of the store may be of between.
    """
    rows = [
        row
        for lane in Lane
        for row in tx.lams(
            desk.accord_id, desk.me, lane, after=claims.received.on(lane).number - 1, limit=wire.MAX_RESENT
        )
    ]
    return [row.sealed for row in rows]


def inventory(desk: Desk, signer: Signer, now_ms: int, *, answer: bool) -> bytes:
    control = wire.Inventory(
        **_from_us(desk, now_ms),
        digest=desk.line.picture.digest(),
        lines=list(desk.line.picture.inventory()),
        answer=answer,
    )
    return wire.seal_control(control, signer)


# Refusing


def quarantine(tx: Transaction, accord_id: str, data: bytes, fault: OpenlineError, now_ms: int) -> Problem:
    """Kept apart, counted by its code, and named to the sender."""
    tx.quarantine(QuarantineRow(now_ms, accord_id, fault.code, data))
    return count_problem(tx, fault)


def count_problem(tx: Transaction, fault: OpenlineError) -> Problem:
    tx.count(f"{fault.word}/{fault.code}")
    return Problem(**fault.as_dict())


# Showing


def heads_root(desk: Desk) -> str:
    """One hash over the four lane heads: SHA-256 of the canonical JSON of [[party, lane, number, Merkle
    root], ...] by party and lane.
    """
    lines = [
        [party, lane.value, head.number, head.root] for (party, lane), head in sorted(desk.heads.items())
    ]
    return hashlib.sha256(canonical(lines)).hexdigest()


def status(tx: Transaction, desk: Desk, session: Session, state: LineState) -> LineStatus:
    """state: how the line stands, as `seen.line_states` finds it."""
    seen = kept(tx, desk.accord_id, session)
    lanes = {
        lane.value: LaneStatus(
            said=desk.said(lane).number,
            acknowledged=tx.acknowledged(desk.accord_id, desk.me, lane),
            received=desk.received(lane).number,
        )
        for lane in Lane
    }
    picture = desk.line.picture
    views = list(picture.conflicts())
    live = [told for told in picture.all_told() if told.live]
    return LineStatus(
        accord_id=desk.accord_id,
        accord_version=picture.line.accord_version,
        partner=desk.partner,
        exercise=desk.line.exercise,
        state=state.word,
        link=state.link,
        scope=state.scope,
        fault=state.fault,
        evidence=state.evidence,
        suspended_by=picture.line.suspended_by,
        recovering=seen.recovering,
        session_open=seen.open,
        last_heard_ms=seen.heard_ms,
        clock_difference_ms=seen.clock_difference_ms,
        round_trip_ms=reach.kept(tx, desk.accord_id).report.round_trip_ms,
        lanes=lanes,
        digest=picture.digest(),
        root=heads_root(desk),
        quiet=all(lane.said == lane.acknowledged for lane in lanes.values()),
        pictures_equal=seen.equal,
        notices={name: sum(1 for told in live if told.party == name) for name in desk.line.accord.names},
        passed_on={name: picture.passed.live_count(name) for name in desk.line.accord.names},
        conflicts={
            "ever": len(picture.ever_stated()),
            **{state.value: sum(1 for view in views if view.status is state) for state in ConflictStatus},
        },
    )
