"""May a message be trusted: its signature, addressee, exercise mark, accord version, number, chain and key,
in this order? What may not is quarantined and never in the journal.
"""

from collections.abc import Collection
from typing import Final

import msgspec

from openline.coordination.codec import check_fact, decode_message
from openline.coordination.keychain import Reign, reign_of
from openline.coordination.messages import KeyChanged, Kind
from openline.errors import Invalid, Unavailable, Unverifiable
from openline.journal.bounds import NO_HASH
from openline.journal.entry import Lane, Payload, Place, Succession, check_sealed, leaf_hash
from openline.journal.entry import check_succession as follows
from openline.journal.envelope import Envelope, open_envelope
from openline.node.desk import Desk
from openline.node.step import Step


class Trust(msgspec.Struct, frozen=True):
    """What a batch itself brings. ahead: what KEY messages behind a gap begin. vouched: hashes of messages
    that their sender owns to, although the key that sealed them is revoked.
    """

    ahead: tuple[Reign, ...] = ()
    vouched: Collection[str] = ()


NOTHING_MORE = Trust()
NOT_VOUCHED: Final = "key-not-vouched"
"""Of a KEY that a revoked key has sealed: what it brings is believed in controls, so that the new key can
vouch for it, and for all else that is in flight.
"""
VERSION_UNKNOWN: Final = "accord-version-unknown"
"""Of a KEY said under a version that is still on its way: it is judged by the newest that is here, and what
it brings is believed in controls likewise.
"""


class Placed(msgspec.Struct, frozen=True):
    """A verified message and how it follows what is here."""

    sealed: bytes
    payload: Payload
    succession: Succession

    @property
    def is_known(self) -> bool:
        return self.succession is Succession.DUPLICATE


def verify_message(
    step: Step, desk: Desk, sealed: bytes, envelope: Envelope, payload: Payload, trust: Trust = NOTHING_MORE
) -> Placed:
    """Of what ``sealed`` opens to: signature, addressee, exercise mark, accord version, number and chain, and
    whether this key counts for this place, in this order.

    Raises Unverifiable; ``fork`` where the same number was taken by other content; Unavailable
    ``accord-version-unknown`` or ``key-not-here-yet`` where the message speaks under a version or key that
    has not arrived here yet (it is sent again later).
    """
    _check_signature(desk, envelope, trust)
    key_id = envelope.signatures[0].key_id
    _check_addressed(desk, payload.place)
    place = payload.place
    is_readable = place.accord_version in desk.line.accords
    if not is_readable and payload.kind != Kind.KEY:
        raise version_unknown(place)
    if place.number <= desk.received(place.lane).number and _is_same(step, desk, place, sealed):
        return Placed(sealed, payload, Succession.DUPLICATE)
    _check_key(step, desk, payload, key_id, trust, sealed)
    if not is_readable:
        raise version_unknown(place)  # what it brings is believed in controls: without them no version comes
    succession = follows(desk.received(place.lane), place)
    if succession is Succession.DUPLICATE:
        raise _fork(place)
    return Placed(sealed, payload, succession)


def version_unknown(place: Place) -> Unavailable:
    return Unavailable(
        VERSION_UNKNOWN,
        f"version {place.accord_version} of the accord is not installed here yet",
        party=place.sender,
        field="place.accord_version",
    )


def _check_signature(desk: Desk, envelope: Envelope, trust: Trust) -> None:
    """By a key of the partner: nearly always the one that counts for what is yet to come."""
    try:
        check_sealed(envelope, desk.keys.current(desk.partner))
    except Unverifiable as fault:
        if fault.code != "key-unknown":
            raise
        ahead = {it.certified.key.id: it.certified.key for it in trust.ahead}
        check_sealed(envelope, {**desk.keys_of(desk.partner), **ahead})


def key_id_of(sealed: bytes) -> str:
    return open_envelope(sealed).signatures[0].key_id


def _check_key(step: Step, desk: Desk, payload: Payload, key_id: str, trust: Trust, sealed: bytes) -> None:
    """Raises Unverifiable or Unavailable as ``LineKeys.check_counts``; for a KEY also where what it carries
    is not its party's word or brings back a key that was followed: the line would stand on nothing.
    """
    is_vouched = bool(trust.vouched) and leaf_hash(sealed) in trust.vouched
    if payload.kind == Kind.KEY:
        _check_changes(desk, payload, key_id)
    try:
        if payload.kind == Kind.KEY and key_id in desk.keys.brought(desk.partner):
            desk.keys.check_standing(desk.partner, key_id, step.now_ms, vouched=is_vouched)
            return
        desk.keys.check_counts(
            payload.place,
            key_id,
            step.now_ms,
            ahead=trust.ahead,
            vouched=is_vouched,
            behind_gap=payload.kind == Kind.KEY
            and payload.place.number > desk.received(Lane.URGENT).number + 1,
        )
    except Unverifiable as fault:
        if fault.code != "key-revoked" or payload.kind != Kind.KEY:
            raise
        text = "a key that is revoked has sealed this KEY; it waits for the new key to vouch for it"
        raise Unavailable(NOT_VOUCHED, text, party=desk.partner, message=key_id, clause="keys") from None


def _check_changes(desk: Desk, payload: Payload, key_id: str) -> None:
    """A key that is revoked may follow: what it has sealed is believed where another one vouches for it."""
    try:
        fact = decode_message(NO_HASH, payload)
        accords = desk.line.accords
        check_fact(fact, accords.get(payload.place.accord_version) or accords[max(accords)])
        assert isinstance(fact.body, KeyChanged)
    except Invalid as fault:
        raise Unverifiable(fault.code, fault.text, party=desk.partner, field=fault.field) from None
    new = reign_of(fact.body, fact.stamp).certified.key.id
    sealed_by_new = new == key_id
    if new in desk.keys.chain(desk.partner).every or sealed_by_new != fact.body.lost:
        text = "a key that has counted does not come back, and `lost` says that the new key itself has sealed"
        raise Unverifiable("key-out-of-place", text, party=desk.partner, message=new, clause="keys")


def _check_addressed(desk: Desk, place: Place) -> None:
    wanted = (desk.accord_id, desk.partner, desk.me, desk.line.exercise)
    if (place.accord, place.sender, place.receiver, place.exercise) == wanted:
        return
    for field, value in zip(("accord", "sender", "receiver", "exercise"), wanted, strict=True):
        if getattr(place, field) != value:
            raise Unverifiable(
                "not-addressed-here",
                f"{field} is {getattr(place, field)!r}, here it is {value!r}",
                party=desk.partner,
                field=f"place.{field}",
            )


def _is_same(step: Step, desk: Desk, place: Place, sealed: bytes) -> bool:
    kept = step.tx.entry(desk.accord_id, place.sender, place.lane, place.number)
    return kept is not None and kept.sealed == sealed


def _fork(place: Place) -> Unverifiable:
    return Unverifiable(
        "fork",
        f"number {place.number} of the {place.lane} lane came twice with different content; "
        "both are kept as evidence",
        party=place.sender,
        field="place.number",
        remedy="speak to the other side: its lane has been written twice, or its key is in other hands",
    )


def begun_by(payload: Payload) -> Reign:
    """Of a KEY message that was verified."""
    fact = decode_message(NO_HASH, payload)
    assert isinstance(fact.body, KeyChanged)
    return reign_of(fact.body, fact.stamp)
