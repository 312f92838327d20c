"""Whole nodes in one process: real decide, journal and store (SQLite in memory), no sockets, no clock, ids
from a seed.
"""

import random
from collections.abc import Iterable

from openline.accord.clauses import Party as PartyTerms
from openline.accord.document import Bundle
from openline.accord.terms import Accord, draft
from openline.airspace.altitude import Altitude, Datum
from openline.airspace.operation import Operation, State
from openline.airspace.position import Position
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.airspace.volume import Circle, Polygon, Volume3D, Volume4D
from openline.journal.keys import SigningKey
from openline.link.pump import MAX_FOLLOW_UPS
from openline.node.keyring import Held
from openline.node.node import Node
from openline.simulation.chances import uuid_from
from openline.simulation.founding import BEGIN_MS, HOUR_MS, Identity, signed
from openline.store.store import open_store

NOW_MS = BEGIN_MS
YEAR_MS = 365 * 24 * HOUR_MS
NAMES = ("alpha", "bravo")


class Party(Identity):
    """One side: its keys, its store and its node, which can be killed and started again on the same store."""

    def __init__(self, name: str, chance: random.Random, now_ms: int = NOW_MS) -> None:
        super().__init__(name, chance, now_ms)
        self.chance = chance
        self.store = open_store("sqlite://")
        self.node = self.new_node()

    def new_node(self) -> Node:
        return Node(self.store, Held(*self.keys), self.name, lambda: uuid_from(self.chance))

    def new_key(self) -> bytes:
        """Another key at hand, and the party's word for it; the node is started again with it."""
        self.keys.append(SigningKey.from_seed(self.chance.randbytes(32)))
        self.restart()
        return self.certify(self.keys[-1])

    def restart(self) -> None:
        self.node = self.new_node()


class WarRoom:
    """Two parties and the line between them. ``exchange`` carries everything until both are quiet."""

    def __init__(
        self, seed: int = 1, *, exercise: bool = True, now_ms: int = NOW_MS, **terms: object
    ) -> None:
        self.chance = random.Random(seed)
        self.now_ms = now_ms
        self.parties = {name: Party(name, self.chance, now_ms) for name in NAMES}
        self.accord_id = uuid_from(self.chance)
        self.install(self.draft(exercise=exercise, **terms))

    def draft(self, **terms: object) -> Accord:
        first, second = (
            PartyTerms(it.name, it.name.title(), it.party_key.public.hex) for it in self.parties.values()
        )
        wide = {
            "minimum_notice_ms": 0,
            "valid_from_ms": NOW_MS - YEAR_MS,
            "valid_until_ms": NOW_MS + YEAR_MS,
            **terms,
        }
        return draft(self.accord_id, first, second, **wide)  # type: ignore[arg-type]

    def signed(self, accord: Accord) -> Bundle:
        return signed(accord, self.parties, self.now_ms)

    def install(self, accord: Accord) -> Bundle:
        bundle = self.signed(accord)
        for party in self.parties.values():
            party.node.install_accord(bundle.data, self.now_ms)
        return bundle

    def __getitem__(self, name: str) -> Node:
        return self.parties[name].node

    def other(self, name: str) -> str:
        return NAMES[1 - NAMES.index(name)]

    def open_session(self) -> None:
        for name in NAMES:
            self.post(name, self[name].opening(self.accord_id, self.now_ms))

    def post(self, sender: str, batch: Iterable[bytes]) -> None:
        """One HTTP exchange as the link does it: a batch there, the answers back, until there are none."""
        receiver = self.other(sender)
        for _ in range(MAX_FOLLOW_UPS):
            if not batch:
                return
            answers = self[receiver].receive(self.accord_id, list(batch), self.now_ms).answers
            if not answers:
                return
            batch = self[sender].receive(self.accord_id, answers, self.now_ms).answers
        raise AssertionError("an exchange does not come to its end")

    def exchange(self, rounds: int = 50) -> None:
        """Both sides send what the other lacks until both are quiet."""
        self.open_session()
        for _ in range(rounds):
            batches = {name: self[name].outbound(self.accord_id) for name in NAMES}
            if not any(batches.values()):
                return
            for name, batch in batches.items():
                self.post(name, batch)
        raise AssertionError("the line does not come to rest")

    def status(self, name: str):  # type: ignore[no-untyped-def]
        return self[name].status(self.now_ms)[0]

    def id(self) -> str:
        return uuid_from(self.chance)


def flight(
    identifier: str,
    points: list[tuple[float, float, int, float]],
    *,
    callsign: str | None = None,
    state: State = State.ACCEPTED,
    lateral_nm: float = 0.5,
    time_tolerance_s: int = 0,
) -> Operation:
    """A flight along (latitude, longitude, flight level, minutes after NOW_MS)."""
    path = tuple(
        TrajectoryPoint(Position(lat, lon), Altitude.flight_level(level), NOW_MS + round(minutes * 60_000))
        for lat, lon, level, minutes in points
    )
    trajectory = Trajectory(
        path,
        lateral_tolerance_dmm=round(lateral_nm * 18_520_000),
        vertical_tolerance_dmm=0,
        time_tolerance_ms=time_tolerance_s * 1000,
    )
    return Operation(
        id=identifier, version=1, state=state, priority=0, trajectory=trajectory, callsign=callsign
    )


def box(
    identifier: str,
    corner: tuple[float, float],
    side_deg: float,
    band_m: tuple[float, float],
    hours: tuple[float, float],
    *,
    state: State = State.ACCEPTED,
    priority: int = 0,
) -> Operation:
    """A box with its south-west corner at (latitude, longitude), between two heights (metres, WGS84),
    hours after NOW_MS.
    """
    lat, lon = corner
    ring = ((lat, lon), (lat, lon + side_deg), (lat + side_deg, lon + side_deg), (lat + side_deg, lon))
    outline = Polygon(tuple(Position(*vertex) for vertex in ring))
    volume = Volume3D(
        outline, Altitude.metres(band_m[0], Datum.WGS84), Altitude.metres(band_m[1], Datum.WGS84)
    )
    start, end = (NOW_MS + round(hour * HOUR_MS) for hour in hours)
    return Operation(
        id=identifier, version=1, state=state, priority=priority, volumes=(Volume4D(volume, start, end),)
    )


__all__ = ["HOUR_MS", "NAMES", "NOW_MS", "Circle", "WarRoom", "box", "flight"]
