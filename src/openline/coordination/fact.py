"""A fact: one numbered message as the picture keeps it. Facts are folded as sets; their order never
matters.
"""

import msgspec

from openline.coordination.messages import BODIES, Kind
from openline.coordination.stamp import Stamp


class Fact(msgspec.Struct, frozen=True):
    """hash: the leaf hash of the sealed message. at_ms: when its sender says it sealed it (a claim)."""

    hash: str
    kind: Kind
    stamp: Stamp
    at_ms: int
    body: msgspec.Struct


class _Stored(msgspec.Struct, frozen=True):
    hash: str
    kind: Kind
    stamp: Stamp
    at_ms: int
    body: msgspec.Raw


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(list[_Stored])
_BODY_DECODERS = {kind: msgspec.json.Decoder(body) for kind, body in BODIES.items()}


def encode_facts(facts: list[Fact]) -> bytes:
    return _ENCODER.encode(facts)


def decode_facts(data: bytes) -> list[Fact]:
    return [
        Fact(
            stored.hash,
            stored.kind,
            stored.stamp,
            stored.at_ms,
            _BODY_DECODERS[stored.kind].decode(stored.body),
        )
        for stored in _DECODER.decode(data)
    ]
