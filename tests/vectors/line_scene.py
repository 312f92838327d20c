"""Two parties that say whatever they are told to, with real places and seals, from fixed keys.

What the line's vectors are made of.
"""

from typing import Any

import msgspec

from openline.accord.clauses import Disclosure, Party
from openline.accord.document import countersign, propose
from openline.accord.notice import Disc, Notice, NoticePoint, NoticeTrajectory, NoticeVolume, Outline, Point
from openline.accord.terms import Accord, draft
from openline.airspace.operation import State
from openline.coordination.codec import decode_message, encode_message
from openline.coordination.fact import Fact
from openline.coordination.messages import (
    Accept,
    Cancel,
    ConflictStated,
    Counter,
    FindingKind,
    KeyChanged,
    Kind,
    Proposal,
    Reason,
    Reject,
    Request,
    Revision,
    Standby,
    lane_of,
)
from openline.coordination.picture import Picture
from openline.coordination.told import conflict_id
from openline.journal.canonical import canonical
from openline.journal.certificate import Certificate, seal_certificate
from openline.journal.entry import Lane, LaneHead, Payload, Place, Seen, leaf_hash, seal_line
from openline.journal.keys import SigningKey
from openline.journal.revocation import Revocation, RevocationReason, seal_revocation

NAMES = ("alpha", "bravo")
SEEDS = {
    "party alpha": "01",
    "party bravo": "02",
    "node alpha": "11",
    "node bravo": "12",
    "second node alpha": "21",
    "second node bravo": "22",
}
KEYS = {name: SigningKey.from_seed(bytes.fromhex(seed) * 32) for name, seed in SEEDS.items()}
ACCORD_ID = "1a2b8f1f-f1fd-42a2-9755-d4c13a902931"
START_MS = 1_533_103_200_000
HOUR_MS = 3_600_000
A1, A2 = "0a000000-0000-4000-8000-000000000001", "0a000000-0000-4000-8000-000000000002"
TALK = "0c000000-0000-4000-8000-000000000001"
C1, D1 = "0e000000-0000-4000-8000-000000000001", "0f000000-0000-4000-8000-000000000001"
B1, B2 = "0b000000-0000-4000-8000-000000000001", "0b000000-0000-4000-8000-000000000002"


def an_accord(version: int = 1, **changes: Any) -> Accord:
    first, second = (Party(name, name.title(), KEYS[f"party {name}"].public.hex) for name in NAMES)
    terms = {"exercise": True, "version": version, **changes}
    return draft(
        ACCORD_ID, first, second, valid_from_ms=START_MS, valid_until_ms=START_MS + 240 * HOUR_MS, **terms
    )


ACCORD = an_accord()
RETICENT = an_accord(disclosure=Disclosure(fields=()), free_text=False)
BY_PRIORITY = an_accord(precedence="priority-then-standing")
LATER = an_accord(version=2, minimum_notice_ms=0)
LATER_DOCUMENT = countersign(propose(LATER, KEYS["party alpha"]), KEYS["party bravo"])


def a_certificate(party: str, key: str, from_ms: int = START_MS) -> bytes:
    times = {"valid_from_ms": from_ms, "valid_until_ms": START_MS + 240 * HOUR_MS}
    certificate = Certificate(party=party, node_key=KEYS[key].public.hex, **times)
    return seal_certificate(certificate, KEYS[f"party {party}"])


def a_revocation(party: str, key: str, reason: RevocationReason = "superseded") -> bytes:
    word = Revocation(party=party, node_key=KEYS[key].public.hex, from_ms=START_MS, reason=reason)
    return seal_revocation(word, KEYS[f"party {party}"])


class Speaker:
    """One party: the heads of its lanes, what it has received, and all that it has said."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.heads = {lane: LaneHead.empty() for lane in Lane}
        self.seen = dict.fromkeys(Lane, 0)
        self.version = 1
        self.key = f"node {name}"
        self.said: dict[Lane, list[tuple[bytes, Fact]]] = {lane: [] for lane in Lane}

    def place(self, lane: Lane, at_ms: int) -> Place:
        head = self.heads[lane]
        return Place(
            accord=ACCORD_ID,
            accord_version=self.version,
            exercise=True,
            sender=self.name,
            receiver=NAMES[1 - NAMES.index(self.name)],
            lane=lane,
            number=head.number + 1,
            previous=head.hash,
            beside=self.heads[lane.other].number,
            seen=Seen(self.seen[Lane.URGENT], self.seen[Lane.ROUTINE]),
            at_ms=at_ms,
        )


class Scene:
    """Both parties, and the order in which things were said. Nothing is judged: what is said is said."""

    def __init__(self) -> None:
        self.speakers = {name: Speaker(name) for name in NAMES}
        self.sealed: list[bytes] = []
        self.payloads: list[Payload] = []
        self.facts: list[Fact] = []

    def change_key(self, name: str, *, lost: bool = False) -> None:
        """KEY, and from then on the second key; of a lost one's successor it is sealed by that itself."""
        speaker, second = self.speakers[name], f"second node {name}"
        body = KeyChanged(certificate=a_certificate(name, second).decode(), lost=lost)
        speaker.key = second if lost else speaker.key
        self.say(name, Kind.KEY, body)
        speaker.key = second

    def say(self, name: str, kind: Kind, body: msgspec.Struct) -> str:
        """Seal it as the next of its lane. Returns its hash."""
        speaker, lane = self.speakers[name], lane_of(kind, body)
        payload = encode_message(speaker.place(lane, START_MS + 1_000 * (len(self.facts) + 1)), kind, body)
        sealed = seal_line(payload, KEYS[speaker.key])
        fact = decode_message(leaf_hash(sealed), payload)
        speaker.heads[lane] = speaker.heads[lane].extend(sealed)
        speaker.said[lane].append((sealed, fact))
        self.sealed.append(sealed)
        self.payloads.append(payload)
        self.facts.append(fact)
        return fact.hash

    def hear(self, name: str) -> None:
        """Let this party receive everything that the other has said."""
        other = self.speakers[NAMES[1 - NAMES.index(name)]]
        self.speakers[name].seen = {lane: other.heads[lane].number for lane in Lane}

    def sync(self) -> None:
        for name in NAMES:
            self.hear(name)

    def tell(self, name: str, notice_id: str, version: int = 1, **changes: Any) -> str:
        return self.say(name, Kind.NOTICE, a_notice(notice_id, version, **changes))

    def state_conflict(self, name: str, versions: tuple[int, int] = (1, 1), **changes: Any) -> str:
        return self.say(name, Kind.CONFLICT, a_statement(A1, B1, versions, **changes))


def a_path(hours: float = 1.0) -> NoticeTrajectory:
    begin_ms = START_MS + round(hours * HOUR_MS)
    points = (
        NoticePoint(47_000_000_000, 8_000_000_000, 97_536_000, begin_ms),
        NoticePoint(47_500_000_000, 8_500_000_000, 97_536_000, begin_ms + 600_000),
    )
    return NoticeTrajectory(
        points=points, lateral_tolerance_dmm=9_260_000, vertical_tolerance_dmm=0, time_tolerance_ms=60_000
    )


def a_volume(hours: float = 1.0) -> NoticeVolume:
    ring = ((46_000_000_000, 7_000_000_000), (46_000_000_000, 7_100_000_000), (46_100_000_000, 7_100_000_000))
    return NoticeVolume(
        shape=Outline(tuple(Point(*vertex) for vertex in ring)),
        lower_dmm=0,
        upper_dmm=3_048_000,
        start_ms=START_MS + round(hours * HOUR_MS),
        end_ms=START_MS + round((hours + 1) * HOUR_MS),
    )


def a_disc(hours: float = 1.0) -> NoticeVolume:
    return msgspec.structs.replace(
        a_volume(hours), shape=Disc(Point(46_500_000_000, 7_500_000_000), 18_520_000)
    )


def a_notice(notice_id: str, version: int = 1, **changes: Any) -> Notice:
    fields = {"state": State.ACCEPTED, "trajectory": a_path(version), **changes}
    return Notice(notice_id=notice_id, version=version, **fields)


def a_statement(
    first: str, second: str, versions: tuple[int, int] = (1, 1), **changes: Any
) -> ConflictStated:
    fields = {
        "accord_version": 1,
        "finding": FindingKind.CERTAIN,
        "start_ms": START_MS + HOUR_MS,
        "end_ms": START_MS + HOUR_MS + 60_000,
        **changes,
    }
    return ConflictStated(
        conflict_id=conflict_id(ACCORD_ID, first, second),
        first=first,
        second=second,
        revision=Revision(first=versions[0], second=versions[1]),
        **fields,
    )


CONFLICT = conflict_id(ACCORD_ID, A1, B1)
PLACES = Revision(first=1, second=1)
AS_FILED = Proposal(notice_id=B1)
CLIMB = Proposal(notice_id=B1, climb_dmm=3_048_000)
DELAY = Proposal(notice_id=A1, delay_ms=300_000)


def a_move(
    kind: Kind, cites: str | None, proposal: Proposal = CLIMB, until_ms: int = START_MS + HOUR_MS
) -> msgspec.Struct:
    """The body of a move about the conflict of A1 and B1."""
    cited = cites or "0" * 64
    bodies: dict[Kind, msgspec.Struct] = {
        Kind.REQUEST: Request(conflict_id=CONFLICT, places=PLACES, proposal=proposal, follows=cites),
        Kind.ACP: Accept(conflict_id=CONFLICT, answers=cited),
        Kind.RJC: Reject(conflict_id=CONFLICT, answers=cited, reason=Reason.TRAFFIC),
        Kind.SBY: Standby(conflict_id=CONFLICT, answers=cited, until_ms=until_ms),
        Kind.CDN: Counter(conflict_id=CONFLICT, answers=cited, proposal=proposal),
        Kind.CANCEL: Cancel(conflict_id=CONFLICT, answers=cited),
    }
    return bodies[kind]


def plain(value: Any) -> Any:
    """As JSON reads it: what stands in a vector is what the canonical bytes say."""
    return msgspec.json.decode(canonical(value))


def fact_as_vector(fact: Fact) -> dict[str, Any]:
    stamp = fact.stamp
    return {
        "hash": fact.hash,
        "kind": fact.kind.value,
        "sender": stamp.sender,
        "lane": stamp.lane.value,
        "number": stamp.number,
        "beside": stamp.beside,
        "seen": {"routine": stamp.seen_routine, "urgent": stamp.seen_urgent},
        "at_ms": fact.at_ms,
        "body": plain(fact.body),
    }


def folded(facts: list[Fact], accords: dict[int, Accord]) -> Picture:
    picture = Picture(accords, min(accords))
    for fact in facts:
        picture.put(fact)
    picture.derive_all()
    return picture
