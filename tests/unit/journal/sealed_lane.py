"""Two parties, their keys, and a lane of sealed messages, all from fixed seeds: the material of the journal's
tests.
"""

from collections.abc import Sequence

import msgspec

from openline.journal.canonical import canonical
from openline.journal.certificate import Certificate, seal_certificate
from openline.journal.checkpoint import Lam, seal_lam
from openline.journal.entry import Lane, LaneHead, Payload, Place, Seen, seal_line
from openline.journal.envelope import keys_by_id
from openline.journal.keys import SigningKey

PARTY_A = SigningKey.from_seed(b"\xa1" * 32)
PARTY_B = SigningKey.from_seed(b"\xb1" * 32)
NODE_A = SigningKey.from_seed(b"\xa2" * 32)
NODE_B = SigningKey.from_seed(b"\xb2" * 32)
STRANGER = SigningKey.from_seed(b"\xee" * 32)

PARTY_KEYS = {"north": PARTY_A.public, "south": PARTY_B.public}
NODE_KEYS = keys_by_id(NODE_A.public, NODE_B.public)
START_MS = 1_533_081_600_000
DAY_MS = 86_400_000


def place(number: int, previous: str, **changed: object) -> Place:
    fields = {
        "accord": "north-south-2018",
        "accord_version": 1,
        "exercise": True,
        "sender": "north",
        "receiver": "south",
        "lane": Lane.ROUTINE,
        "number": number,
        "previous": previous,
        "beside": 0,
        "seen": Seen(0, 0),
        "at_ms": START_MS + number * 1_000,
    }
    return Place(**{**fields, **changed})


def body(value: object) -> msgspec.Raw:
    return msgspec.Raw(canonical(value))


def sealed_message(head: LaneHead, value: object, key: SigningKey = NODE_A, **changed: object) -> bytes:
    return seal_line(Payload(place(head.number + 1, head.hash, **changed), "text", body(value)), key)


def sealed_lane(
    bodies: Sequence[object], **changed: object
) -> tuple[list[tuple[int, str, bytes]], list[LaneHead]]:
    """Rows as verify_lane takes them, and the head after each number (the empty one first)."""
    rows, heads = [], [LaneHead.empty()]
    for value in bodies:
        sealed = sealed_message(heads[-1], value, **changed)
        heads.append(heads[-1].extend(sealed))
        rows.append((heads[-1].number, heads[-1].hash, sealed))
    return rows, heads


def lam(head: LaneHead, **changed: object) -> Lam:
    fields = {
        "accord": "north-south-2018",
        "exercise": True,
        "sender": "north",
        "receiver": "south",
        "lane": Lane.ROUTINE,
        "number": head.number,
        "previous": 0,
        "root": head.root,
        "at_ms": START_MS + 500 + head.number * 1_000,
    }
    return Lam(**{**fields, **changed})


def sealed_lam(head: LaneHead, key: SigningKey = NODE_B, **changed: object) -> bytes:
    return seal_lam(lam(head, **changed), key)


def certificate(party: str, node: SigningKey, key: SigningKey, **changed: int) -> bytes:
    times = {"valid_from_ms": START_MS - DAY_MS, "valid_until_ms": START_MS + DAY_MS, **changed}
    return seal_certificate(Certificate(party=party, node_key=node.public.hex, **times), key)


CERTIFICATE_A = certificate("north", NODE_A, PARTY_A)
CERTIFICATE_B = certificate("south", NODE_B, PARTY_B)
