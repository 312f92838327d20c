"""What is remembered of an exchange that people carry: what the partner claimed last, and which HEADS of ours
it may answer. And whose an item is, before anybody has verified it.
"""

import hashlib
from typing import Final

import msgspec

from openline.coordination import session as wire
from openline.errors import OpenlineError
from openline.journal.checkpoint import LAM_PAYLOAD_TYPE
from openline.journal.entry import LINE_PAYLOAD_TYPE, Lane
from openline.journal.envelope import open_envelope
from openline.node.ports import Transaction

MAX_ASKED: Final = 64
"""HEADS of a restored node that an answer may come to; the oldest are forgotten, and asked again."""


class Claimed(msgspec.Struct, frozen=True):
    """What the newest HEADS that came by hand say the partner holds of our lanes. at_ms: by its clock."""

    at_ms: int
    received: dict[Lane, int]


class _PlaceFrame(msgspec.Struct, frozen=True):
    accord: str
    sender: str
    lane: Lane
    number: int


class _Payload(msgspec.Struct, frozen=True):
    accord: str = ""
    sender: str = ""
    receiver: str = ""
    kind: str = ""
    place: _PlaceFrame | None = None


class Frame(msgspec.Struct, frozen=True):
    """What an item says of itself; nothing of it is verified. what: ``message``, ``LAM``, or the kind of a
    session control. speaker: who has signed it. lane, number: of a message.
    """

    what: str
    accord: str
    speaker: str
    lane: Lane | None = None
    number: int = 0


def frame_of(sealed: bytes) -> Frame | None:
    """None for what is no item of any line."""
    try:
        envelope = open_envelope(sealed)
        said = msgspec.json.decode(envelope.payload, type=_Payload)
    except (OpenlineError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if envelope.payload_type == LINE_PAYLOAD_TYPE and said.place is not None:
        it = said.place
        return Frame("message", it.accord, it.sender, it.lane, it.number)
    if envelope.payload_type == LAM_PAYLOAD_TYPE:
        return Frame("LAM", said.accord, said.receiver)
    if envelope.payload_type == wire.SESSION_PAYLOAD_TYPE:
        return Frame(said.kind, said.accord, said.sender)
    return None


def hash_of(heads: bytes) -> str:
    """By which a RETURN cites HEADS."""
    return hashlib.sha256(heads).hexdigest()


# Which HEADS may be answered. The name begins as that of every setting that a restore forgets.


def asked(tx: Transaction, accord_id: str) -> list[str]:
    text = tx.setting(f"recovered/{accord_id}/asked")
    return msgspec.json.decode(text, type=list[str]) if text else []


def ask(tx: Transaction, accord_id: str, heads: bytes) -> None:
    """Remember HEADS that a restored node has written."""
    kept = [*asked(tx, accord_id), hash_of(heads)][-MAX_ASKED:]
    tx.put_setting(f"recovered/{accord_id}/asked", msgspec.json.encode(kept).decode())


# What the partner claimed


def claimed(tx: Transaction, accord_id: str) -> Claimed | None:
    text = tx.setting(f"carried/{accord_id}")
    return msgspec.json.decode(text, type=Claimed) if text else None


def keep_claims(tx: Transaction, heads: wire.Heads) -> None:
    """Unless newer ones are kept: sticks come in any order."""
    known = claimed(tx, heads.accord)
    if known is None or heads.at_ms >= known.at_ms:
        fresh = Claimed(heads.at_ms, {lane: heads.received.on(lane).number for lane in Lane})
        tx.put_setting(f"carried/{heads.accord}", msgspec.json.encode(fresh).decode())


def held_by_partner(tx: Transaction, accord_id: str, me: str, lane: Lane) -> int:
    """How far the partner holds our lane, by its own last word: a LAM, or later HEADS that say less because
    it was restored, or more because a LAM was lost.
    """
    acknowledged = tx.acknowledged(accord_id, me, lane)
    lam = tx.lam_covering(accord_id, me, lane, acknowledged) if acknowledged else None
    claims = claimed(tx, accord_id)
    if claims is None or (lam is not None and lam.at_ms > claims.at_ms):
        return acknowledged
    return claims.received.get(lane, 0)
