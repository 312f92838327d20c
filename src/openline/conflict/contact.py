"""Part against part: the time for which two legs, a leg and a zone, or two zones are under both minima."""

from typing import NamedTuple

import numpy as np

from openline.airspace.altitude import vertical_gap_dmm
from openline.conflict.frame import Floats, Frame, ahead, flatten, frame_at, geodesic_m
from openline.conflict.intervals import Interval, gaps_within
from openline.conflict.linear import (
    Pair,
    Polygon,
    clip,
    nearest,
    rectangle,
    within,
    within_on_line,
)
from openline.conflict.prepared import Leg, Prepared, Zone
from openline.conflict.reach import Reach, unsure_m
from openline.conflict.region import Place, Region, gap_between, place_on

SAME_TIME_MS = 1e-3
"""Times of two aircraft this near are one time: at 1,000 m/s that is a micrometre."""

Row = list[float]
"""A leg's row, columns as in Leg."""

Line = tuple[float, float]
"""A height over time: at time 0, and its change per ms. Exact integers where the leg is level."""


class Contact(NamedTuple):
    """From start to end (ms), and the nearest within it: lateral in m, vertical in 0.1 mm, time in ms, a
    place on each.
    """

    start: float
    end: float
    lateral: float
    vertical: float
    time: float
    here: Place
    there: Place

    def swapped(self) -> "Contact":
        return self._replace(here=self.there, there=self.here)


def contacts(first: Prepared, part: int, second: Prepared, other: int, reach: Reach) -> list[Contact]:
    """Of two parts of two operations; `here` is on the first."""
    mine, theirs = first.zone(part), second.zone(other)
    if mine is not None and theirs is not None:
        return zone_zone(mine, theirs, reach)
    if mine is not None:
        return [found.swapped() for found in leg_zone(second, other, mine, reach)]
    if theirs is not None:
        return leg_zone(first, part, theirs, reach)
    return leg_leg(first, part, second, other, reach)


# Zone against zone ------------------------------------------------------------------------------------------
def zone_zone(first: Zone, second: Zone, reach: Reach) -> list[Contact]:
    start, end = max(first.start_ms, second.start_ms), min(first.end_ms, second.end_ms)
    vertical = vertical_gap_dmm(first.spans, second.spans)
    if start > end or vertical > reach.vertical_dmm:
        return []
    gap = gap_between(first.region, second.region, reach.lateral_m)
    if gap is None or gap[0] > reach.lateral_m:
        return []
    return [Contact(start, end, gap[0], vertical, start, gap[1], gap[2])]


# Leg against leg --------------------------------------------------------------------------------------------
def leg_leg(first: Prepared, part: int, second: Prepared, other: int, reach: Reach) -> list[Contact]:
    """Closed form over both aircraft's own times; see `linear`. Within `unsure_m` Karney decides."""
    mine, theirs = first.legs[part].tolist(), second.legs[other].tolist()
    base = max(mine[Leg.START], theirs[Leg.START])
    early, late = first.time_tolerance_ms, second.time_tolerance_ms
    heights = _height_lines(mine, base, theirs, base)
    polygon = _comparable_times(mine, theirs, base, early + late, heights, reach.vertical_dmm)
    if not polygon:
        return []
    near = reach.lateral_m + first.lateral_tolerance_m + second.lateral_tolerance_m
    pair = _relative_motion(mine, theirs, base)
    distance, a, b = nearest(pair, polygon)
    if distance > near + unsure_m(near):
        return []
    here, there = _place_at(mine, base + a), _place_at(theirs, base + b)
    distance = geodesic_m(*here, *there)
    if distance > near:
        return []
    points = [(a, b), *within(pair, polygon, near)]
    ahead_of = points + within_on_line(pair, polygon, near, late - early)
    behind = points + within_on_line(pair, polygon, near, early - late)
    start = min(max(sa - early, sb - late) for sa, sb in ahead_of)
    end = max(min(sa + early, sb + late) for sa, sb in behind)
    time = 0.5 * (max(a - early, b - late) + min(a + early, b + late))
    vertical = _gap_at(heights, a, b)
    return [Contact(base + start, base + end, distance, vertical, base + time, here, there)]


def _comparable_times(
    mine: Row, theirs: Row, base: float, tolerance: float, heights: "Heights", vertical: float
) -> Polygon:
    """The pairs of own times at which both may be at once, and not separated vertically."""
    polygon = rectangle(
        mine[Leg.START] - base, mine[Leg.END] - base, theirs[Leg.START] - base, theirs[Leg.END] - base
    )
    polygon = clip(polygon, 1.0, -1.0, tolerance + SAME_TIME_MS)
    polygon = clip(polygon, -1.0, 1.0, tolerance + SAME_TIME_MS)
    return _clip_vertically(polygon, heights, vertical)


def _relative_motion(mine: Row, theirs: Row, base: float) -> Pair:
    """Both legs in the flat frame amid them, as places at the base time and velocities in m/ms."""
    frame = frame_at(
        mine[Leg.X0] + mine[Leg.X1] + theirs[Leg.X0] + theirs[Leg.X1],
        mine[Leg.Y0] + mine[Leg.Y1] + theirs[Leg.Y0] + theirs[Leg.Y1],
        mine[Leg.Z0] + mine[Leg.Z1] + theirs[Leg.Z0] + theirs[Leg.Z1],
    )
    pu, pv, au, av = _motion(mine, frame, base)
    qu, qv, bu, bv = _motion(theirs, frame, base)
    return pu - qu, pv - qv, au, av, bu, bv


def _motion(leg: Row, frame: Frame, base: float) -> tuple[float, float, float, float]:
    u0, v0 = flatten(frame, leg[Leg.X0], leg[Leg.Y0], leg[Leg.Z0])
    u1, v1 = flatten(frame, leg[Leg.X1], leg[Leg.Y1], leg[Leg.Z1])
    lasting = leg[Leg.END] - leg[Leg.START]
    du, dv = (u1 - u0) / lasting, (v1 - v0) / lasting
    since = base - leg[Leg.START]
    return u0 + since * du, v0 + since * dv, du, dv


def _place_at(leg: Row, time: float) -> Place:
    share = (time - leg[Leg.START]) / (leg[Leg.END] - leg[Leg.START])
    return ahead(leg[Leg.LATITUDE], leg[Leg.LONGITUDE], leg[Leg.AZIMUTH], share * leg[Leg.LENGTH])


# Heights ----------------------------------------------------------------------------------------------------
Heights = tuple[Line, Line, Line, Line]
"""Low and high of the first over a, low and high of the second over b."""


def _height_lines(mine: Row, base: float, theirs: Row, other_base: float) -> Heights:
    """In the datum of both where it is one, else on the ellipsoid."""
    if mine[Leg.DATUM] == theirs[Leg.DATUM]:
        low, high = Leg.NATIVE_LOW0, Leg.NATIVE_HIGH0
    else:
        low, high = Leg.LOW0, Leg.HIGH0
    return (
        _line(mine, low, base),
        _line(mine, high, base),
        _line(theirs, low, other_base),
        _line(theirs, high, other_base),
    )


def _line(leg: Row, column: int, base: float) -> Line:
    start, end = leg[column], leg[column + 1]
    if start == end:
        return start, 0.0
    slope = (end - start) / (leg[Leg.END] - leg[Leg.START])
    return start + slope * (base - leg[Leg.START]), slope


def _clip_vertically(polygon: Polygon, heights: Heights, vertical: float) -> Polygon:
    low_a, high_a, low_b, high_b = heights
    polygon = clip(polygon, low_a[1], -high_b[1], vertical - (low_a[0] - high_b[0]))
    return clip(polygon, -high_a[1], low_b[1], vertical - (low_b[0] - high_a[0]))


def _gap_at(heights: Heights, a: float, b: float) -> float:
    low_a, high_a, low_b, high_b = (
        line[0] + line[1] * time for line, time in zip(heights, (a, a, b, b), strict=True)
    )
    return max(0.0, low_a - high_b, low_b - high_a)


# Leg against zone -------------------------------------------------------------------------------------------
class Passage(NamedTuple):
    """Part of a leg near a zone, in ms from the leg's start: from, to, least distance, when, and the zone's
    place then.
    """

    start: float
    end: float
    distance: float
    time: float
    there: Place


def leg_zone(flight: Prepared, part: int, zone: Zone, reach: Reach) -> list[Contact]:
    """`here` is on the leg."""
    leg = flight.legs[part].tolist()
    base, early = leg[Leg.START], flight.time_tolerance_ms
    heights = _zone_heights(leg, zone)
    polygon = rectangle(
        max(0.0, zone.start_ms - early - base), min(leg[Leg.END], zone.end_ms + early) - base, 0.0, 1.0
    )
    if polygon[0][0] > polygon[1][0]:
        return []
    polygon = _clip_vertically(polygon, heights, reach.vertical_dmm)
    if not polygon:
        return []
    window = (min(point[0] for point in polygon), max(point[0] for point in polygon))
    near = reach.lateral_m + flight.lateral_tolerance_m
    passages = _passages(leg, window, zone.region, near)
    return [_contact(leg, one, zone, early, heights) for one in passages]


def _zone_heights(leg: Row, zone: Zone) -> Heights:
    low, high = zone.spans.ellipsoid
    native = zone.spans.native is not None and leg[Leg.DATUM] == zone.datum_number
    if native and zone.spans.native is not None:
        low, high = zone.spans.native
    first = Leg.NATIVE_LOW0 if native else Leg.LOW0
    top = Leg.NATIVE_HIGH0 if native else Leg.HIGH0
    base = leg[Leg.START]
    return _line(leg, first, base), _line(leg, top, base), (float(low), 0.0), (float(high), 0.0)


def _contact(leg: Row, passage: Passage, zone: Zone, early: float, heights: Heights) -> Contact:
    base = leg[Leg.START]
    start = max(base + passage.start - early, zone.start_ms)
    end = min(base + passage.end + early, zone.end_ms)
    time = min(max(base + passage.time, start), end)
    here = _place_at(leg, base + passage.time)
    there = here if passage.distance == 0.0 else passage.there
    return Contact(start, end, passage.distance, _gap_at(heights, passage.time, 0.0), time, here, there)


def _passages(leg: Row, window: Interval, region: Region, near: float) -> list[Passage]:
    if region.edges is None:
        return _past_disc(leg, window, region, near)
    along = _past_edges(leg, window, region, near)
    # Along the ring the leg is near it; between, it is wholly inside or wholly outside.
    inside = [
        Passage(start, end, 0.0, 0.5 * (start + end), region.centre)
        for start, end in gaps_within([(one.start, one.end) for one in along], *window)
        if region.holds(_place_at(leg, leg[Leg.START] + 0.5 * (start + end)))
    ]
    if along and min(one.distance for one in along) > 0.0 and _starts_inside(leg, along[0], region):
        along = [one._replace(distance=0.0) for one in along]
    return along + inside


def _starts_inside(leg: Row, passage: Passage, region: Region) -> bool:
    """The ring is not crossed, so one place tells for all."""
    return region.holds(_place_at(leg, leg[Leg.START] + passage.time))


def _past_disc(leg: Row, window: Interval, region: Region, near: float) -> list[Passage]:
    """A disc is a point that stands still, with a longer reach."""
    x, y, z = region.middle
    centre = (x, y, z, x, y, z)
    found = _past_edge(leg, window, centre, near + region.radius_m)
    if found is None:
        return []
    start, end, _, time, _ = found
    away = geodesic_m(*_place_at(leg, leg[Leg.START] + time), *region.centre)
    if away > near + region.radius_m:
        return []
    return [Passage(start, end, max(0.0, away - region.radius_m), time, region.centre)]


def _past_edges(leg: Row, window: Interval, region: Region, near: float) -> list[Passage]:
    edges = region.edges
    assert edges is not None
    found = []
    for index in _near_edges(leg, region, near):
        ends = (*edges.start[index].tolist(), *edges.end[index].tolist())
        passage = _past_edge(leg, window, ends, near)
        if passage is None:
            continue
        start, end, distance, time, share = passage
        there = place_on(edges, index, share)
        if distance > 0.0:
            distance = geodesic_m(*_place_at(leg, leg[Leg.START] + time), *there)
        if distance <= near:
            found.append(Passage(start, end, distance, time, there))
    return found


def _near_edges(leg: Row, region: Region, near: float) -> list[int]:
    edges = region.edges
    assert edges is not None
    middle = 0.5 * (np.array(leg[Leg.X0 : Leg.Z0 + 1]) + np.array(leg[Leg.X1 : Leg.Z1 + 1]))
    away: Floats = np.sqrt(((0.5 * (edges.start + edges.end) - middle) ** 2).sum(axis=1))
    # Half of each, and 5 m for the bulge of 10 km and of 5 km over their chords.
    return [int(i) for i in np.flatnonzero(away <= 0.5 * (edges.length + leg[Leg.LENGTH]) + near + 5.0)]


def _past_edge(
    leg: Row, window: Interval, ends: tuple[float, float, float, float, float, float], near: float
) -> tuple[float, float, float, float, float] | None:
    """From, to, least distance, when, and the share of the edge then; None where it is surely never near."""
    x0, y0, z0, x1, y1, z1 = ends
    frame = frame_at(
        leg[Leg.X0] + leg[Leg.X1] + x0 + x1,
        leg[Leg.Y0] + leg[Leg.Y1] + y0 + y1,
        leg[Leg.Z0] + leg[Leg.Z1] + z0 + z1,
    )
    pu, pv, du, dv = _motion(leg, frame, leg[Leg.START])
    qu, qv = flatten(frame, x0, y0, z0)
    ru, rv = flatten(frame, x1, y1, z1)
    pair = (pu - qu, pv - qv, du, dv, ru - qu, rv - qv)
    polygon = rectangle(*window, 0.0, 1.0)
    distance, time, share = nearest(pair, polygon)
    if distance > near + unsure_m(near):
        return None
    times = [time, *(point[0] for point in within(pair, polygon, near))]
    return min(times), max(times), distance if distance > 1e-6 else 0.0, time, share
