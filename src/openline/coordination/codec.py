"""Messages to canonical bytes and back, and the checks that need nothing but the message and its accord.

What fails here was signed and has a number: it is journalled, answered LRM, and the lane goes on.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from openline.accord.document import party_keys
from openline.accord.notice import Notice, as_operation
from openline.accord.terms import Accord
from openline.accord.wellformed import uuid4
from openline.airspace.operation import Operation, State
from openline.coordination.fact import Fact
from openline.coordination.messages import (
    BODIES,
    ConflictStated,
    Finer,
    KeyChanged,
    KeyRevoked,
    Kind,
    lane_of,
)
from openline.coordination.passing import PassedOn
from openline.coordination.stamp import stamp_of
from openline.coordination.told import conflict_id
from openline.coordination.wellsaid import check_said
from openline.errors import Invalid, OpenlineError
from openline.journal.canonical import decode_spelt, encode_sorted
from openline.journal.certificate import open_certificate
from openline.journal.entry import LINE_PAYLOAD_TYPE, Payload, Place, leaf_hash
from openline.journal.envelope import Signer, seal
from openline.journal.revocation import open_revocation


def encode_message(place: Place, kind: Kind, body: msgspec.Struct) -> Payload:
    return Payload(place=place, kind=kind.value, body=msgspec.Raw(encode_sorted(body)))


def seal_message(place: Place, kind: Kind, body: msgspec.Struct, key: Signer) -> tuple[bytes, Payload, Fact]:
    """A message of our own: sealed, and what it says, as ``decode_message`` would read it.

    Raises Invalid as ``decode_message`` where the body is not what its kind demands; nothing is signed then.
    """
    payload = encode_message(place, kind, body)
    read = decode_spelt(payload.body, BODIES[kind])
    # A place is in the domain by its own checks, and so is the body: the payload needs no third look.
    sealed = seal(encode_sorted(payload), LINE_PAYLOAD_TYPE, [key])
    return sealed, payload, Fact(leaf_hash(sealed), kind, stamp_of(place), place.at_ms, read)


def decode_message(message_hash: str, payload: Payload) -> Fact:
    """The fact that a message states.

    Raises Invalid: ``unknown-kind``, ``field-unknown``, ``field-malformed``, ``not-canonical``,
    ``not-the-one-spelling`` (a default spelled out), and whatever a body says of itself.
    """
    kind = kind_of(payload)
    body = decode_spelt(payload.body, BODIES[kind])
    return Fact(message_hash, kind, stamp_of(payload.place), payload.place.at_ms, body)


def kind_of(payload: Payload) -> Kind:
    try:
        return Kind(payload.kind)
    except ValueError:
        raise Invalid(
            "unknown-kind",
            f"{payload.kind!r} is no kind of message under this protocol",
            field="kind",
            clause="protocol",
        ) from None


def check_fact(fact: Fact, accord: Accord) -> None:
    """What must hold of a message by itself. Raises Invalid with the field."""
    if fact.stamp.lane is not lane_of(fact.kind, fact.body):
        raise Invalid(
            "wrong-lane", f"{fact.kind} does not travel on the {fact.stamp.lane} lane", field="place.lane"
        )
    check = _CHECKS.get(type(fact.body))
    if check is not None:
        check(fact.body, fact, accord)
    else:
        check_said(fact.body, accord)


def _check_conflict(stated: ConflictStated, _: Fact, accord: Accord) -> None:
    if not stated.first < stated.second:
        raise Invalid("ids-not-sorted", "the first notice id sorts before the second", field="first")
    if stated.conflict_id != conflict_id(accord.id, stated.first, stated.second):
        raise Invalid(
            "conflict-id-wrong",
            "the conflict id is not the hash of accord and notice ids",
            field="conflict_id",
        )
    if stated.start_ms > stated.end_ms:
        raise Invalid("times-upside-down", "the window ends before it starts", field="end_ms")


def _check_finer(finer: Finer, _: Fact, accord: Accord) -> None:
    """Its geometry holds by itself. An empty one is well formed: the operation is not there in that
    window.
    """
    uuid4(finer.notice_id, "notice_id")
    as_flown(finer, accord)


def as_flown(finer: Finer, accord: Accord) -> Operation | None:
    """The geometry of a finer notice as an operation by itself; None for an empty one.

    Raises Invalid where no operation can be so.
    """
    if not finer.volumes and finer.trajectory is None:
        return None
    alone = Notice(
        notice_id=finer.notice_id,
        version=1,
        state=State.ACCEPTED,
        volumes=finer.volumes,
        trajectory=finer.trajectory,
    )
    return as_operation(alone, accord.datum)


def _check_word(body: KeyChanged | KeyRevoked, fact: Fact, accord: Accord) -> None:
    """What a KEY or REVOKE carries is the word of its own sender's party; a certificate is valid when the
    sender says that it sealed this.
    """
    keys = party_keys(accord)
    field = "certificate" if isinstance(body, KeyChanged) else "revocation"
    try:
        if isinstance(body, KeyChanged):
            word = open_certificate(body.certificate.encode(), keys)
            if word.key_at(fact.at_ms) in keys.values():
                raise Invalid("certificate-is-party-key", "a node does not seal with a party key")
            party = word.party
        else:
            party = open_revocation(body.revocation.encode(), keys).party
    except OpenlineError as fault:
        raise Invalid(fault.code, fault.text, party=fact.stamp.sender, field=field, clause="keys") from None
    if party != fact.stamp.sender:
        text = f"{fact.stamp.sender} gives the word of {party}"
        raise Invalid("not-the-senders-word", text, party=fact.stamp.sender, field=field, clause="keys")


def _check_told(notice: Notice, fact: Fact, accord: Accord) -> None:
    check_notice(notice, fact.stamp.sender, accord)


def _check_passed_on(passed: PassedOn, fact: Fact, accord: Accord) -> None:
    """A third party's, within the teller's own terms, and with nothing in it of another line."""
    if passed.origin in accord.names:
        text = f"{passed.origin} is a party to this line, and tells its own operations itself"
        raise Invalid("not-a-third-party", text, field="origin", clause="pass-on")
    if passed.notice.keeps_place or passed.notice.agreed is not None:
        text = "what is passed on holds no place here and carries out no agreement"
        raise Invalid("not-of-this-line", text, field="notice", clause="pass-on")
    if passed.withdrawn and (passed.further or passed.notice.state is State.ENDED):
        text = "what is withdrawn has not ended, and is passed on no further"
        raise Invalid("withdrawn-and-not", text, field="withdrawn", clause="pass-on")
    check_notice(passed.notice, fact.stamp.sender, accord)


def check_notice(notice: Notice, teller: str, accord: Accord) -> Operation:
    """The notice as an operation; Invalid where a field was not agreed or the geometry does not hold."""
    told = {name for name in ("callsign", "aircraft_type", "priority") if getattr(notice, name) is not None}
    too_much = sorted(told - set(accord.terms_of(teller).fields))
    if too_much:
        raise Invalid(
            "not-agreed-to-be-told",
            f"{teller} does not tell {too_much[0]} under this accord",
            field=too_much[0],
            clause=f"disclosure.{teller}.fields",
        )
    return as_operation(notice, accord.datum)


_CHECKS: Final[Mapping[type, Callable[[Any, Fact, Accord], None]]] = {
    ConflictStated: _check_conflict,
    Notice: _check_told,
    PassedOn: _check_passed_on,
    Finer: _check_finer,
    KeyChanged: _check_word,
    KeyRevoked: _check_word,
}
"""By body; what people say is held by ``check_said``."""
