"""A hostile partner: it holds bravo's true node key and says to alpha whatever it likes, well sealed and in
its place.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from openline.coordination import session as wire
from openline.coordination.messages import BODIES, Kind, lane_of
from openline.errors import Invalid
from openline.journal.canonical import canonical, decode_canonical
from openline.journal.checkpoint import Lam, seal_lam
from openline.journal.entry import (
    LINE_PAYLOAD_TYPE,
    Lane,
    LaneHead,
    Payload,
    Place,
    Seen,
    leaf_hash,
    open_line,
)
from openline.journal.envelope import open_envelope, seal
from openline.journal.keys import SigningKey
from openline.node.results import Heard
from simulation.war_room import WarRoom

NOBODY = "00000000-0000-4000-8000-000000000000"


class Liar:
    """Bravo's seat, taken by somebody who keeps no rule. It holds the heads of what it has said, and nothing
    else; ``room["bravo"]`` is not asked.
    """

    def __init__(self, room: WarRoom) -> None:
        self.room = room
        self.key = room.parties["bravo"].node_key
        self.heads = {lane: LaneHead.empty() for lane in Lane}
        with room["bravo"].looking() as (_, desks, _own):
            desk = desks[room.accord_id]
            self.heads = {lane: desk.said(lane) for lane in Lane}

    # Making

    def place(self, lane: Lane, **lies: Any) -> Place:
        """Where the next message would stand if it were honest, but for ``lies``."""
        head = self.heads[lane]
        honest = {
            "accord": self.room.accord_id,
            "accord_version": 1,
            "exercise": True,
            "sender": "bravo",
            "receiver": "alpha",
            "lane": lane,
            "number": head.number + 1,
            "previous": head.hash,
            "beside": self.heads[lane.other].number,
            "seen": self.seen(),
            "at_ms": self.room.now_ms,
        }
        return Place(**{**honest, **lies})

    def seen(self) -> Seen:
        """All that alpha has said."""
        with self.room["alpha"].looking() as (_, desks, _own):
            return desks[self.room.accord_id].seen_of("alpha")

    def sealed(self, kind: str, body: Any, lane: Lane | None = None, **lies: Any) -> bytes:
        """The next message of the lane; the liar goes on from it. body: a struct, JSON, or raw bytes."""
        raw = body if isinstance(body, bytes) else canonical(body)
        place = self.place(lane or lane_for(kind, raw), **lies)
        payload = b'{"body":%b,"kind":%b,"place":%b}' % (raw, canonical(kind), canonical(place))
        sealed = seal(payload, LINE_PAYLOAD_TYPE, [self.key])
        self.heads[place.lane] = self.heads[place.lane].extend(sealed)
        return sealed

    def control(self, kind: type[Any], **members: Any) -> bytes:
        """A session control: HEADS, RESEND or INVENTORY."""
        frame = {
            "accord": self.room.accord_id,
            "exercise": True,
            "sender": "bravo",
            "receiver": "alpha",
            "at_ms": self.room.now_ms,
        }
        return wire.seal_control(kind(**{**frame, **members}), self.key)

    def claims(self, **lies: Any) -> bytes:
        """HEADS; ``received`` and ``said`` as they are but for ``lies``."""
        with self.room["alpha"].looking() as (_, desks, _own):
            desk = desks[self.room.accord_id]
            honest = {
                "accord_version": 1,
                "said": claims_of({lane: self.heads[lane] for lane in Lane}),
                "received": claims_of({lane: desk.said(lane) for lane in Lane}),
                "digest": desk.line.picture.digest(),
                "answer": False,
            }
        return self.control(wire.Heads, **{**honest, **lies})

    def lam(self, lane: Lane, number: int, root: str, **lies: Any) -> bytes:
        honest = {
            "accord": self.room.accord_id,
            "exercise": True,
            "sender": "alpha",
            "receiver": "bravo",
            "lane": lane,
            "number": number,
            "root": root,
            "previous": 0,
            "at_ms": self.room.now_ms,
        }
        return seal_lam(Lam(**{**honest, **lies}), self.key)

    # Saying

    def says(self, kind: str, body: Any, lane: Lane | None = None, **lies: Any) -> Heard:
        return self.posts([self.sealed(kind, body, lane, **lies)])

    def posts(self, batch: Sequence[bytes]) -> Heard:
        return self.room["alpha"].receive(self.room.accord_id, list(batch), self.room.now_ms)

    # What comes of it

    def rejected(self) -> list[str]:
        """The codes of all LRMs that alpha has answered, in order, urgent lane first."""
        return [body["code"] for kind, body in said_by(self.room, "alpha") if kind == "LRM"]


def lane_for(kind: str, raw: bytes) -> Lane:
    """The lane on which the kind travels; of what cannot be read, the routine one."""
    try:
        known = Kind(kind)
        return lane_of(known, decode_canonical(raw, BODIES[known]))
    except (ValueError, Invalid):
        return Lane.ROUTINE


def claims_of(heads: dict[Lane, LaneHead]) -> wire.LaneClaims:
    urgent, routine = (
        wire.HeadClaim(heads[lane].number, heads[lane].hash) for lane in (Lane.URGENT, Lane.ROUTINE)
    )
    return wire.LaneClaims(urgent, routine)


def said_by(room: WarRoom, sender: str, at: str = "alpha") -> list[tuple[str, dict[str, Any]]]:
    """Kind and body of everything that one party has said, as it stands in a node's journal."""
    with room[at].looking() as (tx, _, _own):
        entries = [it for lane in Lane for it in tx.entries(room.accord_id, sender, lane, 0, 100_000)]
    payloads = [open_line(entry.sealed, None) for entry in entries]
    return [(it.kind, msgspec.json.decode(it.body)) for it in payloads]


def last_of(room: WarRoom, sender: str, kind: str, at: str = "alpha") -> tuple[str, Payload]:
    """The hash and payload of the last message of a kind that a party has said."""
    with room[at].looking() as (tx, _, _own):
        entries = [it for lane in Lane for it in tx.entries(room.accord_id, sender, lane, 0, 100_000)]
    entry = [it for it in entries if it.kind == kind][-1]
    return leaf_hash(entry.sealed), open_line(entry.sealed, None)


def resealed(sealed: bytes, key: SigningKey, **changed: Any) -> bytes:
    """The same document with other members, sealed by whoever has the key."""
    envelope = open_envelope(sealed)
    payload = msgspec.json.decode(envelope.payload) | changed
    return seal(msgspec.json.encode(payload, order="sorted"), envelope.payload_type, [key])
