"""Pairs of rings, drawn at random and drawn to be hard: (chance, count) -> two Rings of that many.

Gaps are drawn so that both sides of the documented centimetre are met: a conflict at 4 mm, none at 1.08 cm.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from unit.conflict.many_oracle import of_rings
from unit.conflict.rings import Rings, ahead, laid, way

Chance = np.random.Generator
Pairs = tuple[Rings, Rings]
Places = tuple[np.ndarray, np.ndarray]

GAPS_M = (0.0, 0.002, 0.004, 0.0108, 0.012, 0.015, 0.02, 0.05, 0.3, -0.02, -0.3)
"""Negative: that deep."""
MIN_AREA_M2 = 0.3
"""Well above the least that is allowed: of a ring around a pole the area is known to a decimetre squared."""


# Where and how large ----------------------------------------------------------------------------------------
def anywhere(chance: Chance, count: int) -> Places:
    """A quarter each: all over the earth, at the antimeridian, at the poles, where both angles are 0."""
    region = np.arange(count) % 4
    lat = np.choose(
        region,
        [
            np.degrees(np.arcsin(chance.uniform(-0.98, 0.98, count))),
            chance.uniform(-70.0, 70.0, count),
            chance.choice((90.0, 89.98, 89.9, -90.0, -89.95), count),
            chance.uniform(-0.02, 0.02, count),
        ],
    )
    lon = np.choose(
        region,
        [
            chance.uniform(-180.0, 180.0, count),
            chance.choice((180.0, -180.0, 179.99, -179.98), count),
            chance.uniform(-180.0, 180.0, count),
            chance.uniform(-0.02, 0.02, count),
        ],
    )
    return lat, lon


def sizes(chance: Chance, count: int, low_m: float = 50.0, high_m: float = 20_000.0) -> np.ndarray:
    """As many small as large ones."""
    return np.exp(chance.uniform(np.log(low_m), np.log(high_m), count))


def gaps(chance: Chance, count: int) -> np.ndarray:
    return chance.choice(GAPS_M, count)


def turns(chance: Chance, count: int) -> np.ndarray:
    return chance.uniform(0.0, 360.0, count)


def stars(
    chance: Chance, places: Places, size_m: np.ndarray, spikes: float = 0.3, most: int = 9, least: int = 4
) -> Rings:
    """Rings around their places that need not be convex."""
    count = chance.integers(least, most + 1, len(size_m))
    owner = np.repeat(np.arange(len(size_m)), count)
    offsets = np.append(0, np.cumsum(count))
    nth = np.arange(len(owner)) - offsets[owner] + chance.uniform(-0.3, 0.3, len(owner))
    azimuth = turns(chance, len(size_m))[owner] + 360.0 * nth / count[owner]
    metres = size_m[owner] * chance.uniform(spikes, 1.0, len(owner))
    lat, lon, _ = ahead(places[0][owner], places[1][owner], azimuth, metres)
    return Rings(lat, lon, offsets)


def drawn(places: Places, heading: np.ndarray, x: np.ndarray, y: np.ndarray) -> Rings:
    """Drawings (pairs, vertices) in metres, turned, laid on the earth."""
    sine, cosine = np.sin(np.radians(heading))[:, None], np.cos(np.radians(heading))[:, None]
    lat, lon = (one[:, None] for one in places)
    return Rings.even(*laid(lat, lon, x * cosine + y * sine, y * cosine - x * sine))


# On edges ---------------------------------------------------------------------------------------------------
def on_first_edge(rings: Rings, share: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Latitude, longitude and the edge's azimuth there."""
    start, then = rings.offsets[:-1], rings.offsets[:-1] + 1
    azimuth, metres = way(rings.lat[start], rings.lon[start], rings.lat[then], rings.lon[then])
    return ahead(rings.lat[start], rings.lon[start], azimuth, share * metres)


def needles(
    chance: Chance,
    foot: Places,
    outward: np.ndarray,
    gap: np.ndarray,
    far: np.ndarray,
    widest_deg: float = 20.0,
) -> Rings:
    """Triangles whose sharp end points at the foot, from so far away (negative: past it)."""
    far = np.maximum(far, gap + 0.5)
    side = np.exp(chance.uniform(np.log(0.001), np.log(widest_deg), len(gap)))
    # Sharp, but never a mere line.
    side = np.maximum(side, np.degrees(MIN_AREA_M2 / (far * (far - gap))))
    tips = ahead(*foot, outward, gap)[:2]
    ends = [ahead(*foot, outward + sign * side, far)[:2] for sign in (-1.0, 1.0)]
    lat, lon = (np.stack([tips[k], ends[0][k], ends[1][k]], axis=1) for k in (0, 1))
    return Rings.even(lat, lon)


def needles_at_edges(chance: Chance, rings: Rings, far: np.ndarray, widest_deg: float = 20.0) -> Pairs:
    """Mostly from outside; the rings are written clockwise."""
    count = len(rings)
    *foot, azimuth = on_first_edge(rings, chance.uniform(0.05, 0.95, count))
    outward = azimuth + np.where(chance.random(count) < 0.9, -90.0, 90.0)
    return rings, needles(chance, (foot[0], foot[1]), outward, gaps(chance, count), far, widest_deg)


def triangles(chance: Chance, start: Places, length_m: np.ndarray, aside: float) -> Rings:
    """A first edge of that length, and the third vertex to its right."""
    heading = turns(chance, len(length_m))
    middle_lat, middle_lon, onward = ahead(*start, heading, 0.5 * length_m)
    to_lat, to_lon, _ = ahead(*start, heading, length_m)
    third_lat, third_lon, _ = ahead(middle_lat, middle_lon, onward + 90.0, aside * length_m)
    lat = np.stack([start[0], to_lat, third_lat], axis=1)
    lon = np.stack([start[1], to_lon, third_lon], axis=1)
    return Rings.even(lat, lon)


def on_other_sides(chance: Chance, first: Rings, cuts: int, aside_m: np.ndarray) -> Rings:
    """For each triangle another on the other side of its first edge, with so many more vertices on it."""
    count = len(first)
    lat, lon = first.lat.reshape(count, -1), first.lon.reshape(count, -1)
    shares = np.sort(chance.uniform(0.05, 0.95, (count, cuts)), axis=1)[:, ::-1]
    azimuth, metres = way(lat[:, 0], lon[:, 0], lat[:, 1], lon[:, 1])
    on_lat, on_lon, _ = ahead(lat[:, :1], lon[:, :1], azimuth[:, None], shares * metres[:, None])
    *middle, onward = on_first_edge(first, np.full(count, 0.5))
    out_lat, out_lon, _ = ahead(*middle, onward - 90.0, aside_m)
    lat = np.column_stack([lat[:, 1], on_lat, lat[:, 0], out_lat])
    lon = np.column_stack([lon[:, 1], on_lon, lon[:, 0], out_lon])
    return Rings.even(lat, lon)


# Kinds ------------------------------------------------------------------------------------------------------
def at_random(chance: Chance, count: int) -> Pairs:
    """Two sizes, near enough to meet in about half of the cases."""
    places = anywhere(chance, count)
    first, second = sizes(chance, count), sizes(chance, count)
    away = ahead(*places, turns(chance, count), chance.uniform(0.0, 1.3, count) * (first + second))
    return stars(chance, places, first), stars(chance, away[:2], second)


def of_many_vertices(chance: Chance, count: int) -> Pairs:
    """Spiky stars of 30 to 200 vertices, side by side."""
    places = anywhere(chance, count)
    size = sizes(chance, count, 200.0, 5_000.0)
    away = ahead(*places, turns(chance, count), chance.uniform(1.2, 2.05, count) * size)
    return (
        stars(chance, places, size, spikes=0.6, least=30, most=200),
        stars(chance, away[:2], size, spikes=0.6, least=30, most=200),
    )


def needle_at_edge(chance: Chance, count: int) -> Pairs:
    rings = stars(chance, anywhere(chance, count), sizes(chance, count))
    return needles_at_edges(chance, rings, sizes(chance, count) + 0.5)


def shared_edge(chance: Chance, count: int) -> Pairs:
    """Two rings on two sides of one geodesic, which the second cuts differently."""
    length = sizes(chance, count)
    first = triangles(chance, anywhere(chance, count), length, 0.5)
    return first, on_other_sides(chance, first, 3, 0.5 * length)


def long_shared_edge(chance: Chance, count: int) -> Pairs:
    length = chance.choice((100_000.0, 1_000_000.0, 4_000_000.0), count)
    first = triangles(chance, anywhere(chance, count), length, 0.3)
    return first, on_other_sides(chance, first, 4, 0.02 * length)


def needle_at_long_edge(chance: Chance, count: int) -> Pairs:
    length = chance.choice((100_000.0, 1_000_000.0, 4_000_000.0), count)
    first = triangles(chance, anywhere(chance, count), length, 0.3)
    return needles_at_edges(chance, first, sizes(chance, count, 5.0, 8_000.0))


def tiny_at_huge(chance: Chance, count: int) -> Pairs:
    """Some decimetres beside some hundred kilometres."""
    rings = stars(chance, anywhere(chance, count), sizes(chance, count, 50_000.0, 1_000_000.0), spikes=0.6)
    return needles_at_edges(chance, rings, chance.uniform(0.6, 2.0, count), 30.0)


def nested(chance: Chance, count: int) -> Pairs:
    """One wholly within the other, anywhere in it."""
    places, size = anywhere(chance, count), sizes(chance, count, 50.0, 300_000.0)
    away = ahead(*places, turns(chance, count), chance.uniform(0.0, 0.1, count) * size)
    outer = stars(chance, places, size, spikes=0.7, least=6)
    return outer, stars(chance, away[:2], chance.uniform(0.01, 0.3, count) * size)


def identical(chance: Chance, count: int) -> Pairs:
    """The same ring, or written the other way round."""
    rings = stars(chance, anywhere(chance, count), sizes(chance, count, 1.0, 1_000_000.0), spikes=0.7)
    half = np.arange(count) < count // 2
    other = Rings.joined((rings.taken(np.flatnonzero(half)), rings.taken(np.flatnonzero(~half)).reversed()))
    return rings, other


def slivers(chance: Chance, count: int) -> Pairs:
    """Two strips of some centimetres by some kilometres, across, along or beside one another."""
    places, heading = anywhere(chance, count), turns(chance, count)
    across = chance.choice((90.0, 3.0, 0.01, 0.0, 180.0), count)
    away = ahead(*places, heading + 90.0, chance.uniform(-2.0, 2.0, count))
    return _strips(chance, places, heading), _strips(chance, away[:2], heading + across)


def _strips(chance: Chance, places: Places, heading: np.ndarray) -> Rings:
    half_length = chance.uniform(100.0, 15_000.0, len(heading))[:, None]
    half_width = chance.uniform(0.05, 1.0, len(heading))[:, None]
    return drawn(
        places,
        heading,
        half_width * np.array([-1.0, 1.0, 1.0, -1.0]),
        half_length * np.array([1.0, 1.0, -1.0, -1.0]),
    )


def strips_side_by_side(chance: Chance, count: int) -> Pairs:
    """Two long sides that face one another at such a gap, or overlap by it, a metre to 8 km long."""
    places, heading = anywhere(chance, count), turns(chance, count)
    half, width = (
        one[:, None] for one in (sizes(chance, count, 1.0, 4_000.0), sizes(chance, count, 1.0, 500.0))
    )
    shift, gap = chance.uniform(-1.0, 1.0, (count, 1)) * half, gaps(chance, count)[:, None]
    along = half * np.array([1.0, 1.0, -1.0, -1.0])
    return (
        drawn(places, heading, width * np.array([-1.0, 0.0, 0.0, -1.0]), along),
        drawn(places, heading, gap + width * np.array([0.0, 1.0, 1.0, 0.0]), along + shift),
    )


def combs(chance: Chance, count: int, teeth: int = 12) -> Pairs:
    """The teeth of one between the teeth of the other, with such a gap to both sides."""
    places, heading = anywhere(chance, count), turns(chance, count)
    pitch, long = (
        one[:, None] for one in (sizes(chance, count, 2.0, 300.0), sizes(chance, count, 2.0, 2_000.0))
    )
    gap = gaps(chance, count)[:, None]
    x, y = _comb(teeth, 0.5)
    other_x, other_y = _comb(teeth, 0.0)
    # The second comes from the other side; its teeth fill the first one's spaces but for the gap.
    narrow = np.where(np.arange(len(other_x)) % 4 < 2, 1.0, -1.0)
    return (
        drawn(places, heading, pitch * x, long * y),
        drawn(
            places,
            heading,
            pitch * (other_x + 1.0) + gap * narrow * (other_y > 0),
            gap + long * (1.2 - other_y),
        ),
    )


def _comb(teeth: int, spare: float) -> tuple[np.ndarray, np.ndarray]:
    """Teeth one wide and one long, one apart, on a back 0.2 thick that reaches beyond them by spare."""
    left = 2.0 * np.arange(teeth)
    x = np.stack([left, left, left + 1.0, left + 1.0], axis=1).ravel()
    y = np.tile([0.2, 1.0, 1.0, 0.2], teeth)
    end = x[-1] + spare
    return np.append(x, [end, -spare]), np.append(y, [0.0, 0.0])


# At the poles and the antimeridian --------------------------------------------------------------------------
def around_a_pole(chance: Chance, count: int) -> Pairs:
    """The pole inside: against what lies at the pole, and against needles at the ring."""
    pole = chance.choice((90.0, -90.0), count), turns(chance, count) - 180.0
    rings = stars(chance, pole, sizes(chance, count, 100.0, 2_000_000.0), spikes=0.6)
    rings, at_ring = needles_at_edges(chance, rings, sizes(chance, count, 5.0, 5_000.0))
    at_pole = stars(chance, pole, sizes(chance, count, 0.5, 50.0))
    half = np.arange(count) % 4 == 0
    other = Rings.joined((at_ring, at_pole))
    return rings, other.taken(np.arange(count) + np.where(half, count, 0))


def pole_on_the_edge(chance: Chance, count: int) -> Pairs:
    """The first edge runs over the pole (longitudes 180 degrees apart); a needle points at it from behind."""
    sign, lon = chance.choice((1.0, -1.0), count), turns(chance, count) - 180.0
    colatitude = np.stack([sizes(chance, count, 0.001, 10.0) for _ in range(3)], axis=1)
    rings = Rings.even(
        sign[:, None] * (90.0 - colatitude), lon[:, None] + np.array([0.0, 180.0, 90.0]) * np.ones((count, 1))
    )
    outward = lon - 90.0 + chance.choice((0.0, 0.0, 5.0), count)
    return rings, _pointing_at_pole(chance, sign, outward)


def vertex_at_the_pole(chance: Chance, count: int) -> Pairs:
    """The pole, with any longitude, is a vertex; a needle comes towards it from the other side."""
    sign, lon = chance.choice((1.0, -1.0), count), turns(chance, count) - 180.0
    side = sizes(chance, count, 0.001, 10.0)
    rings = Rings.even(
        sign[:, None] * np.stack([np.full(count, 90.0), 90.0 - side, 90.0 - 0.9 * side], axis=1),
        np.stack([turns(chance, count) - 180.0, lon - 40.0, lon + 40.0], axis=1),
    )
    return rings, _pointing_at_pole(chance, sign, lon + 180.0)


def _pointing_at_pole(chance: Chance, sign: np.ndarray, lon: np.ndarray) -> Rings:
    """Along a meridian. From a pole the azimuth of a meridian is counted from longitude 0's."""
    pole = 90.0 * sign, np.zeros(len(lon))
    outward = np.where(sign > 0, 180.0 - lon, lon)
    far = sizes(chance, len(lon), 5.0, 5_000.0)
    return needles(chance, pole, outward, gaps(chance, len(lon)), far)


def along_the_antimeridian(chance: Chance, count: int) -> Pairs:
    """Edges on the antimeridian itself, spelled 180 and -180, one of them cut; touching or a gap away."""
    lat = chance.uniform(-75.0, 75.0, count)
    height = sizes(chance, count, 0.0005, 0.5)
    shift = np.maximum(gaps(chance, count), 0.0) / (111_320.0 * np.cos(np.radians(lat)))
    share = chance.uniform(0.1, 0.9, count)
    west = Rings.even(
        np.stack([lat, lat + height, lat + 0.5 * height], axis=1),
        np.stack([np.full(count, 180.0), np.full(count, -180.0), 180.0 - height], axis=1),
    )
    east_lon = np.where(shift > 0.0, -180.0 + shift, chance.choice((180.0, -180.0), count))
    east = Rings.even(
        np.stack([lat + height, lat + share * height, lat, lat + 0.5 * height], axis=1),
        np.stack([east_lon, east_lon, east_lon, -180.0 + height], axis=1),
    )
    return west, east


# At a distance ----------------------------------------------------------------------------------------------
OFFSETS_M = (-1.0, -0.1, -0.05, -0.02, -0.012, 0.012, 0.02, 0.05, 0.1, 1.0)


def at_a_distance(chance: Chance, count: int, metres: float) -> Pairs:
    """Stars that are so far apart, some centimetres more or less: the second is moved until they are."""
    places, heading = anywhere(chance, count), turns(chance, count)
    size, other_size = sizes(chance, count, 50.0, 8_000.0), sizes(chance, count, 50.0, 8_000.0)
    target = metres + chance.choice(OFFSETS_M, count)
    first, seed = stars(chance, places, size), int(chance.integers(2**32))
    centres = target + 0.8 * (size + other_size)
    for _ in range(5):
        away = ahead(*places, heading, centres)
        second = stars(np.random.default_rng(seed), away[:2], other_size)
        verdicts = of_rings(first, second)
        centres = centres + target - 0.5 * (verdicts.low_m + verdicts.high_m)
    return first, second


@dataclass(frozen=True)
class Kind:
    """share: of all pairs. undecided: the largest share of them that the oracle may leave so."""

    make: Callable[[Chance, int], Pairs]
    share: float
    undecided: float
    some_clear: bool = True


KINDS = {
    "random": Kind(at_random, 0.20, 0.001),
    "many vertices": Kind(of_many_vertices, 0.02, 0.01),
    "needle at an edge": Kind(needle_at_edge, 0.15, 0.001),
    "shared edge": Kind(shared_edge, 0.08, 0.0, some_clear=False),
    "long shared edge": Kind(long_shared_edge, 0.005, 0.0, some_clear=False),
    "needle at a long edge": Kind(needle_at_long_edge, 0.01, 0.01),
    "tiny at huge": Kind(tiny_at_huge, 0.015, 0.01),
    "nested": Kind(nested, 0.06, 0.0, some_clear=False),
    "identical": Kind(identical, 0.06, 0.0, some_clear=False),
    "slivers": Kind(slivers, 0.06, 0.005),
    "strips side by side": Kind(strips_side_by_side, 0.08, 0.001),
    "combs": Kind(combs, 0.04, 0.001),
    "around a pole": Kind(around_a_pole, 0.03, 0.002),
    "pole on the edge": Kind(pole_on_the_edge, 0.03, 0.002),
    "vertex at the pole": Kind(vertex_at_the_pole, 0.03, 0.002),
    "along the antimeridian": Kind(along_the_antimeridian, 0.05, 0.03),
}
