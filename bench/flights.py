"""Recorded flights, every one against every other, under 5 NM and 1,000 ft. Run by ``make bench``.

    python bench/flights.py [--data TRAFFIC_DATA] [--peer FILE] [--rounds 5] [--json]

TRAFFIC_DATA (or the variable OPENLINE_TRAFFIC_DATA) is the traffic/data folder of the wheel of ``traffic``
2.13, which holds 1,243 flights over Switzerland; `slice_flights.py` says how to get it. Without it the 600
that the demo carries are taken. FILE (OPENLINE_TRAFFIC_PEER) is what `peer_traffic.py` printed: the pairs
that traffic's closest_point_of_approach found, and how long it took. Each pair that only one of the two has
is explained by an oracle; the run fails where one is not.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from pyproj import Geod

from explaining import UNEXPLAINED, counted
from filing import identifier
from measuring import Report, interleaved_s, parser
from openline.airspace.operation import Operation, State
from openline.conflict import ConflictIndex, Minima
from recorded import Flown, flown
from volumes import Floats, Ints

ENGINE = "Openline"
SLIP_MS = 60_000
NEAR_M, NEAR_FT = 5 * 1_852.0, 1_000.0
LOOK_EVERY_MS = 20

Pair = tuple[str, str]
_WGS84 = Geod(ellps="WGS84")


def operations(flights: Sequence[Flown], slip_ms: int = 0) -> list[Operation]:
    """With this tolerance of time; the id is the flight's number."""
    return [
        Operation(
            id=identifier(number),
            version=1,
            state=State.ACCEPTED,
            priority=0,
            trajectory=msgspec.structs.replace(flight.trajectory, time_tolerance_ms=slip_ms),
        )
        for number, flight in enumerate(flights)
    ]


def all_against_all(filed: list[Operation], minima: Minima) -> tuple[Sequence[str], Sequence[str]]:
    """From nothing: an index is made, filled and asked for all its pairs."""
    index = ConflictIndex(minima)
    index.add_many(filed)
    return index.all_pairs()


def measure(flights: list[Flown], given: argparse.Namespace, report: Report) -> set[Pair]:
    """Add a row for each way to compare them. The pairs of callsigns that conflict as they were flown."""
    as_flown, slipping = operations(flights), operations(flights, SLIP_MS)
    cases = {
        "as flown, 5 NM 1,000 ft": (as_flown, Minima.enroute),
        "60 s early or late, 5 NM 1,000 ft": (slipping, Minima.enroute),
        "as flown, 3 NM 3,000 ft for over 3 min": (as_flown, Minima.threes),
    }
    taken = interleaved_s({name: (all_against_all, [case]) for name, case in cases.items()}, given.rounds)
    compared = len(flights) * (len(flights) - 1) // 2
    for name, case in cases.items():
        median_s, found = float(np.median(taken[name])), len(all_against_all(*case)[0])
        report.row(
            what=f"{ENGINE}: {name}", seconds=median_s, ns_a_pair=median_s / compared * 1e9, conflicts=found
        )
    first, second = all_against_all(as_flown, Minima.enroute)
    callsigns = {identifier(number): flight.callsign for number, flight in enumerate(flights)}
    return {_pair(callsigns[one], callsigns[other]) for one, other in zip(first, second, strict=True)}


def against_peer(flights: list[Flown], own: set[Pair], peer: Path, report: Report) -> bool:
    """Add traffic's row. Whether every pair that only one of the two found is explained."""
    printed = json.loads(peer.read_text("utf-8"))
    theirs = {_pair(*pair) for pair in printed["pairs"]}
    compared = printed["flights"] * (printed["flights"] - 1) // 2
    for clock, name in (("seconds", "by the wall clock"), ("processor_s", "processor time")):
        ns = printed[clock] / compared * 1e9
        report.row(
            what=f"traffic: as flown, {name}", seconds=printed[clock], ns_a_pair=ns, conflicts=len(theirs)
        )
    legs: dict[str, list[Flown]] = {}
    for flight in flights:
        legs.setdefault(flight.callsign, []).append(flight)
    reasons = [reason(legs[one], legs[other], found=(one, other) in own) for one, other in own ^ theirs]
    report.note(f"{len(own & theirs):,} pairs found by both; {counted(reasons)}")
    return UNEXPLAINED not in reasons


def _pair(one: str, other: str) -> Pair:
    return (one, other) if one < other else (other, one)


# -- an oracle -----------------------------------------------------------------------------------------------


def reason(ones: list[Flown], others: list[Flown], *, found: bool) -> str:
    """In words why the engine is right to have found that these are in conflict, or that they are not."""
    pairs = [(one, other) for one in ones for other in others]
    if not found:
        mended = any(one.notes or other.notes for one, other in pairs)
        return "a position that cannot have been was left out" if mended else UNEXPLAINED
    for why, moments_of in REASONS.items():
        if any(_near_at(one, other, moments_of(one, other)) for one, other in pairs):
            return why
    return UNEXPLAINED


def _near_at(one: Flown, other: Flown, moments_ms: Ints) -> bool:
    """Whether they are under both minima at one of these moments."""
    if not len(moments_ms):
        return False
    (lon, lat, feet), (other_lon, other_lat, other_feet) = (_places(it, moments_ms) for it in (one, other))
    _, _, apart_m = _WGS84.inv(lon, lat, other_lon, other_lat)
    return bool(np.any((apart_m < NEAR_M) & (np.abs(feet - other_feet) < NEAR_FT)))


def _times_ms(flight: Flown) -> Ints:
    return np.array([point.time_ms for point in flight.trajectory.points])


def _both_fly_ms(one: Flown, other: Flown) -> tuple[int, int]:
    first = max(one.trajectory.start_ms, other.trajectory.start_ms)
    return first, min(one.trajectory.end_ms, other.trajectory.end_ms)


def _common_samples(one: Flown, other: Flown) -> Ints:
    return np.intersect1d(_times_ms(one), _times_ms(other))


def _inner_samples(one: Flown, other: Flown) -> Ints:
    """Without those of the first and last moment at which both fly: `Flight.distance` leaves them out."""
    (first, last), samples = _both_fly_ms(one, other), _common_samples(one, other)
    return samples[(samples > first) & (samples < last)]


def _all_the_time(one: Flown, other: Flown) -> Ints:
    first, last = _both_fly_ms(one, other)
    return np.arange(first, last + 1, LOOK_EVERY_MS)


REASONS = {
    "near at samples that traffic passed over": _inner_samples,
    "near at the first or last sample in common, which traffic leaves out": _common_samples,
    "near only between two samples": _all_the_time,
}
"""Of a pair that traffic has not: the moments at which the two are near."""


def _places(flight: Flown, moments_ms: Ints) -> tuple[Floats, Floats, Floats]:
    """Longitude and latitude along the geodesics by PROJ, and height in feet."""
    points, times_ms = flight.trajectory.points, _times_ms(flight)
    lat = np.array([point.position.latitude_deg for point in points])
    lon = np.array([point.position.longitude_deg for point in points])
    feet = np.interp(moments_ms, times_ms, [point.altitude.height_ft for point in points])
    leg = np.clip(np.searchsorted(times_ms, moments_ms, side="right") - 1, 0, len(points) - 2)
    share = (moments_ms - times_ms[leg]) / (times_ms[leg + 1] - times_ms[leg])
    azimuth, _, length_m = _WGS84.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    east, north, _ = _WGS84.fwd(lon[leg], lat[leg], azimuth[leg], length_m[leg] * share)
    return east, north, feet


def main() -> None:
    arguments = parser(__doc__)
    given_by = os.environ.get
    arguments.add_argument("--data", type=Path, default=given_by("OPENLINE_TRAFFIC_DATA"))
    arguments.add_argument("--peer", type=Path, default=given_by("OPENLINE_TRAFFIC_PEER"))
    given = arguments.parse_args()
    flights = flown(given.data and Path(given.data))
    report = Report(f"{len(flights):,} recorded flights, all against all, from nothing", given)
    own, right = measure(flights, given, report), True
    if given.data and given.peer:
        right = against_peer(flights, own, Path(given.peer), report)
    else:
        report.note("traffic was not compared: see --help for where its flights and its answers come from")
    report.print()
    sys.exit(not right)


if __name__ == "__main__":
    main()
