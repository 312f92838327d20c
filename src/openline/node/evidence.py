"""What this node can lay before others: one message proved, and a checkpoint that holds the partner to its
word.

A checkpoint is a file of sealed lines: our HEADS, our LAM over each of the partner's lanes, and the partner's
own latest LAM over each of ours. With it the partner finds out whether its journal has lost its end; it can
do so because every line is signed, and by nobody's clock.
"""

from collections.abc import Mapping

import msgspec

from openline.accord.terms import Accord
from openline.coordination.session import Heads, open_control
from openline.errors import Invalid, NotFound, OpenlineError, Unverifiable
from openline.journal.checkpoint import LAM_PAYLOAD_TYPE, Lam, open_lam
from openline.journal.entry import Entry, Lane, open_line
from openline.journal.envelope import MAX_SEALED_BYTES, open_envelope
from openline.journal.keys import VerifyKey
from openline.journal.proof import make_proof
from openline.node import session
from openline.node.desk import Desk
from openline.node.ports import Signer, Transaction
from openline.node.views import LEAST_PREFIX, desk_of, lane_named

MOST_ALIKE = 100
"""So many messages are looked at whose hashes begin alike, on any line."""

MAX_CHECKPOINT_LINES = 10_000
MAX_CHECKPOINT_BYTES = 2 * MAX_SEALED_BYTES


class Checkpoint(msgspec.Struct, frozen=True):
    """What somebody's checkpoint says, verified: every line bears a key that the accord's parties vouch
    for.
    """

    lams: tuple[Lam, ...] = ()
    heads: tuple[Heads, ...] = ()


# One message


def find_entry(
    tx: Transaction,
    desks: Mapping[str, Desk],
    name: str,
    *,
    accord_id: str | None = None,
    theirs: bool = False,
) -> tuple[Desk, Entry]:
    """A message by the start of its hash, or by ``LANE:NUMBER`` on our lane (theirs: on the partner's).

    Raises NotFound ``no-such-entry``, Invalid ``bad-entry-name``, ``no-such-lane``.
    """
    if ":" in name:
        return _by_place(tx, desk_of(desks, accord_id), name, theirs=theirs)
    chosen = [desk_of(desks, accord_id)] if accord_id else list(desks.values())
    entries = [tx.entry_by_hash(found) for found in tx.hashes_alike(name, MOST_ALIKE)]
    alike = [(desk, it) for it in entries for desk in chosen if it and it.accord == desk.accord_id]
    if len(alike) != 1 or len(name) < LEAST_PREFIX:
        raise _no_entry(f"{len(alike)} messages have a hash that begins with {name!r}")
    return alike[0]


def _by_place(tx: Transaction, desk: Desk, name: str, *, theirs: bool) -> tuple[Desk, Entry]:
    word, _, number = name.partition(":")
    lane = lane_named(word)
    if not (number.isascii() and number.isdigit() and len(number) <= 15):
        raise Invalid(
            "bad-entry-name", f"{number!r} is no number", field="entry", remedy="such as routine:12"
        )
    sender = desk.partner if theirs else desk.me
    entry = tx.entry(desk.accord_id, sender, lane, int(number))
    if entry is None:
        raise _no_entry(f"{sender} has said no number {number} on the {lane} lane, as far as is known here")
    return desk, entry


def _no_entry(text: str) -> NotFound:
    return NotFound("no-such-entry", text, field="entry", remedy="openline journal show lists them")


def prove(tx: Transaction, desk: Desk, entry: Entry) -> bytes:
    """The proof file of one message; with the receiver's LAM where there is one.

    Raises Unverifiable as ``make_proof`` where the journal is not whole any more.
    """
    accord = _accord_of(desk, entry)
    covering = tx.lam_covering(desk.accord_id, entry.sender, entry.lane, entry.number)
    lam = open_lam(covering.sealed, None) if covering else None
    receiver = accord.other(entry.sender)
    leaves = tx.leaf_hashes(desk.accord_id, entry.sender, entry.lane, lam.number) if lam else []
    at_ms = open_line(entry.sealed, None).place.at_ms
    return make_proof(
        entry.sealed,
        leaves,
        covering.sealed if covering else None,
        _certificate(desk, entry.sender, entry.sealed, at_ms),
        _certificate(desk, receiver, covering.sealed, lam.at_ms) if covering and lam else None,
    )


def _accord_of(desk: Desk, entry: Entry) -> Accord:
    """Under which it was said; where that version is not here, the newest, whose parties are the same."""
    version = open_line(entry.sealed, None).place.accord_version
    return desk.line.accords.get(version) or desk.line.accords[max(desk.line.accords)]


def _certificate(desk: Desk, party: str, sealed: bytes, at_ms: int) -> bytes:
    """The party's word for the key that sealed this, valid at the time that it claims where there is one."""
    key_id = open_envelope(sealed).signatures[0].key_id
    known = {**desk.keys.brought(party), **desk.keys.chain(party).every}.get(key_id)
    if known is None:
        raise Unverifiable("key-unknown", f"no certificate of {party} is here for {key_id}", party=party)
    return desk.keys.certified(known, at_ms).sealed


# Checkpoints


def make_checkpoint(tx: Transaction, desk: Desk, signer: Signer, now_ms: int) -> bytes:
    """Our word on where all four lanes of this line stand, one sealed envelope a line."""
    lines = [session.heads(desk, signer, now_ms, answer=False)]
    for lane in Lane:
        if desk.received(lane).number:
            previous = tx.acknowledged(desk.accord_id, desk.partner, lane)
            ours = session.kept_lam(tx, desk, signer, lane)
            lines.append(ours or session.acknowledge(desk, signer, lane, previous, now_ms))
        acknowledged = tx.acknowledged(desk.accord_id, desk.me, lane)
        theirs = tx.lam_covering(desk.accord_id, desk.me, lane, acknowledged) if acknowledged else None
        lines += [theirs.sealed] if theirs else []
    return b"\n".join(lines) + b"\n"


def open_checkpoint(data: bytes, desks: Mapping[str, Desk]) -> Checkpoint:
    """Verify a file of sealed LAMs and HEADS, one a line (a single sealed LAM is such a file, too).

    Raises Unverifiable, also ``checkpoint-empty`` and ``checkpoint-too-large``; NotFound for a line of an
    accord that is not here.
    """
    if len(data) > MAX_CHECKPOINT_BYTES or data.count(b"\n") > MAX_CHECKPOINT_LINES:
        text = f"more than {MAX_CHECKPOINT_BYTES} bytes or {MAX_CHECKPOINT_LINES} lines"
        raise Unverifiable("checkpoint-too-large", text, clause="MAX_CHECKPOINT_BYTES")
    lams: list[Lam] = []
    heads: list[Heads] = []
    for number, line in enumerate(filter(None, map(bytes.strip, data.split(b"\n"))), start=1):
        try:
            found = _open_checked(line, desks)
        except OpenlineError as fault:
            raise fault.within(field=f"line {number}") from None
        (lams if isinstance(found, Lam) else heads).append(found)  # type: ignore[arg-type]
    if not lams and not heads:
        raise Unverifiable("checkpoint-empty", "there is no sealed line in it")
    return Checkpoint(tuple(lams), tuple(heads))


def _open_checked(sealed: bytes, desks: Mapping[str, Desk]) -> Lam | Heads:
    """First with any key known here, to read whose it claims to be; then with that party's keys alone."""
    if open_envelope(sealed).payload_type == LAM_PAYLOAD_TYPE:
        desk = _desk_of(open_lam(sealed, None).accord, desks)
        unchecked = open_lam(sealed, None)
        _check_party(desk, unchecked.receiver)
        return open_lam(sealed, desk.keys_of(unchecked.receiver))
    every: dict[str, VerifyKey] = {}
    for desk in desks.values():
        every |= desk.keys_of(desk.me) | desk.keys_of(desk.partner)
    control = open_control(sealed, every)
    if not isinstance(control, Heads):
        raise Unverifiable("not-a-checkpoint", "it is neither a LAM nor HEADS")
    desk = _desk_of(control.accord, desks)
    _check_party(desk, control.sender)
    open_control(sealed, desk.keys_of(control.sender))
    return control


def _desk_of(accord_id: str, desks: Mapping[str, Desk]) -> Desk:
    if accord_id not in desks:
        raise NotFound("no-such-line", f"it is of accord {accord_id}, which is not here", field="accord")
    return desks[accord_id]


def _check_party(desk: Desk, party: str) -> None:
    if party not in (desk.me, desk.partner):
        raise Unverifiable("not-a-party", f"{party} is no party to accord {desk.accord_id}", party=party)
