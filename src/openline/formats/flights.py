"""Recorded flights, as CSV: one row a position, under the header
``callsign,time,latitude,longitude,altitude_ft``.

Columns may stand in any order and others may stand beside them; rows may too. ``time`` is RFC 3339 with its
zone, ``altitude_ft`` a pressure altitude in feet, which may be empty. What a recording gets wrong is put
right and noted:

- an altitude that is missing, or no pressure altitude at all, is interpolated in time between those known,
and carried at the ends; a flight that knows none is skipped; - of rows of one time the first counts; - a
position that no aircraft could have flown to is left out; - a callsign that is silent for more than an hour
comes back as another flight.

What cannot be read at all (a text for a number, a latitude of 100) is an error that names its row: the file
is at fault then.
"""

from typing import Final

import msgspec
import numpy as np

from openline.airspace.limits import MAX_POINTS
from openline.airspace.operation import refuse_bad_callsign
from openline.airspace.trajectory import Trajectory
from openline.errors import Invalid, LimitExceeded
from openline.formats import recording
from openline.formats.body import text_of
from openline.formats.limits import LEG_GAP_MS, MAX_FLIGHTS, MAX_FLIGHTS_BYTES
from openline.formats.positions import Positions, positions_of
from openline.formats.recording import Ints, Recorded
from openline.formats.simplify import Bounds, simplified, trajectory_of

_THINNED: Final = Bounds(lateral_dmm=50 * 10_000, vertical_dmm=50 * 3_048)
"""For a recording of more positions than a trajectory may have: within 50 m and 50 ft, and the tolerances say
so.
"""


class Flight(msgspec.Struct, frozen=True, kw_only=True):
    """One leg as it was recorded; notes say in words what was put right."""

    callsign: str
    trajectory: Trajectory
    notes: tuple[str, ...] = ()


class Skipped(msgspec.Struct, frozen=True):
    """A flight that could not be used, and why."""

    callsign: str
    reason: str


class Flights(msgspec.Struct, frozen=True):
    """In the order of their first positions; both together are all that the file holds."""

    flights: tuple[Flight, ...]
    skipped: tuple[Skipped, ...]


def read_flights(body: bytes, within: Bounds | None = None) -> Flights:
    """The flights of a CSV file of at most 64 MB, each simplified to be ``within`` those bounds of its
    recording where given.

    Raises LimitExceeded "body-too-large", "too-many-flights"; Invalid "body-empty", "not-utf-8", "not-csv",
    "missing-column", "column-repeated", "row-length", "missing-field", "bad-time", "bad-number", "not-
    finite", "out-of-range" with the field as ``row 17.time`` (the header is row 1).
    """
    positions = positions_of(text_of(body, MAX_FLIGHTS_BYTES, "MAX_FLIGHTS_BYTES"))
    legs = _legs(positions)
    flights: list[Flight] = []
    skipped: list[Skipped] = []
    for callsign, rows, note in legs:
        found = _flight(callsign, positions, rows, note, within)
        (flights if isinstance(found, Flight) else skipped).append(found)  # type: ignore[arg-type]
    return Flights(tuple(flights), tuple(skipped))


def _legs(positions: Positions) -> list[tuple[str, Ints, str | None]]:
    """Callsign, rows in time and what to note, of every leg, by the time of its first position."""
    order = np.lexsort((positions.time_ms, positions.callsign))
    callsign, time_ms = positions.callsign[order], positions.time_ms[order]
    other = callsign[1:] != callsign[:-1]
    ends = np.flatnonzero(other | (np.diff(time_ms) > LEG_GAP_MS)) + 1
    if ends.size >= MAX_FLIGHTS:
        text = f"{ends.size + 1:,} flights, more than {MAX_FLIGHTS:,}"
        raise LimitExceeded("too-many-flights", text, field="body", clause="MAX_FLIGHTS")
    pieces = np.split(order, ends)
    legs = _numbered([(positions.names[int(positions.callsign[rows[0]])], rows) for rows in pieces])
    return sorted(legs, key=lambda leg: int(positions.time_ms[leg[1][0]]))


def _numbered(pieces: list[tuple[str, Ints]]) -> list[tuple[str, Ints, str | None]]:
    count: dict[str, int] = {}
    for callsign, _ in pieces:
        count[callsign] = count.get(callsign, 0) + 1
    seen: dict[str, int] = {}
    legs: list[tuple[str, Ints, str | None]] = []
    for callsign, rows in pieces:
        seen[callsign] = seen.get(callsign, 0) + 1
        one_of = f"leg {seen[callsign]} of {count[callsign]}: silent for more than an hour between"
        legs.append((callsign, rows, one_of if count[callsign] > 1 else None))
    return legs


def _flight(
    callsign: str, positions: Positions, rows: Ints, note: str | None, within: Bounds | None
) -> Flight | Skipped:
    notes = [note] if note else []
    try:
        refuse_bad_callsign(callsign)
    except Invalid as error:
        return Skipped(callsign[:64], error.text)
    found = recording.mended(positions.taken(rows), notes)
    if isinstance(found, str):
        return Skipped(callsign, found)
    return Flight(callsign=callsign, trajectory=_trajectory(found, within, notes), notes=tuple(notes))


def _trajectory(recorded: Recorded, within: Bounds | None, notes: list[str]) -> Trajectory:
    if within is not None:
        return simplified(recorded, within)
    if recorded.time_ms.size <= MAX_POINTS:
        return trajectory_of(recorded)
    notes.append(f"{recorded.time_ms.size:,} positions, simplified to within 50 m and 50 ft")
    return simplified(recorded, _THINNED)
