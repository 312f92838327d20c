"""The oracle for many outlines at once: how far apart they are, as an interval that holds the truth.

pyproj.Geod cuts the geodesic edges into short steps; their earth-centred places are looked at from straight
above a place amid the two (orthographic projection, plain linear algebra), and shapely measures. Seen so,
nothing is ever further apart than along the ellipsoid, which gives the lower bound; the two nearest places
lifted back to the surface, and Karney's inverse between them, give the upper bound. Where a step's arc leaves
its chord in the picture by up to `bend`, both bounds allow for it.

A disc and a ring are laid out in the azimuthal equidistant plane about the disc's centre, in which every
distance from there is the geodesic's own.
"""

from dataclasses import dataclass

import numpy as np
import shapely

from unit.conflict.rings import ECCENTRICITY2, EQUATORIAL_M, Rings, Steps, degrees, ecef, walked, way

LEAST_RADIUS_M = 6_335_439.0
MOST_RADIUS_M = 6_399_594.0
"""Of curvature, anywhere on the ellipsoid."""
ROUNDING_M = 2e-5
"""A geodesic's torsion within a step (5e-8 m) and rounding (1e-9 m) are far below it."""
STEP_M = 2_500.0
DISC_STEP_M = 500.0
WINDOW_M = 5_000.0
"""What bends by more than BENT_M is measured within this of the nearest places, and bounded beyond."""
BENT_M = 2e-4


@dataclass(frozen=True)
class Verdicts:
    """The distance of pair k lies from low_m[k] to high_m[k]; 0.0 where they share a place."""

    low_m: np.ndarray
    high_m: np.ndarray

    def __getitem__(self, chosen: np.ndarray) -> "Verdicts":
        return Verdicts(self.low_m[chosen], self.high_m[chosen])

    def must(self, reach_m: float, margin_m: float) -> np.ndarray:
        """Surely nearer than the reach, by the margin."""
        return self.high_m < reach_m - margin_m

    def must_not(self, reach_m: float, margin_m: float) -> np.ndarray:
        return self.low_m > reach_m + margin_m


# Ring and ring ----------------------------------------------------------------------------------------------
def of_rings(first: Rings, second: Rings, step_m: float = STEP_M) -> Verdicts:
    """Neither ring of a pair may reach further than 8,000 km from the place where they are nearest."""
    one, other = walked(first, step_m), walked(second, step_m)
    smaller = np.where(_extent(one) < _extent(other), 0, 1)
    amid = np.where(smaller[:, None] == 0, _mean(one), _mean(other))
    pictures = Pictures(one, other, amid)
    for _ in range(2):
        pictures = Pictures(one, other, pictures.amid_nearest())
    low, high, bend = pictures.bounds()
    bent = np.flatnonzero((bend > BENT_M) & (low < 1.0))
    if len(bent):
        low[bent], high[bent] = pictures.bounds_by_window(bent, high[bent])
    return Verdicts(low, high)


def _mean(steps: Steps) -> np.ndarray:
    return np.add.reduceat(steps.places, steps.offsets[:-1]) / np.diff(steps.offsets)[:, None]


def _extent(steps: Steps) -> np.ndarray:
    return np.add.reduceat(steps.metres, steps.offsets[:-1])


class Pictures:
    """Pairs of rings seen from straight above a place each: east and north of it, metres."""

    def __init__(self, one: Steps, other: Steps, amid: np.ndarray) -> None:
        lat, lon = degrees(amid)
        self.centre = ecef(lat, lon)
        lat, lon = np.radians(lat), np.radians(lon)
        zero = np.zeros_like(lat)
        self.east = np.stack([-np.sin(lon), np.cos(lon), zero], axis=-1)
        self.up = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)
        self.north = np.cross(self.up, self.east)
        self.steps = one, other
        self.flat = self._seen(one), self._seen(other)
        self.shapes = tuple(
            shapely.polygons(shapely.linearrings(flat, indices=steps.owner))
            for flat, steps in zip(self.flat, self.steps, strict=True)
        )
        ends = shapely.get_coordinates(shapely.shortest_line(*self.shapes)).reshape(-1, 2, 2)
        self.here, self.there = ends[:, 0], ends[:, 1]

    def _seen(self, steps: Steps) -> np.ndarray:
        owner = steps.owner
        away = steps.places - self.centre[owner]
        axes = (self.east[owner], self.north[owner])
        return np.stack([np.einsum("ij,ij->i", away, axis) for axis in axes], axis=-1)

    def amid_nearest(self) -> np.ndarray:
        return self._lifted(0.5 * (self.here + self.there))

    def _lifted(self, flat: np.ndarray) -> np.ndarray:
        """The place of the surface straight below: the root of a quadratic in the height."""
        foot = self.centre + flat[:, :1] * self.east + flat[:, 1:] * self.north
        scale = np.array([1.0, 1.0, 1.0 / np.sqrt(1.0 - ECCENTRICITY2)]) / EQUATORIAL_M
        p, u = foot * scale, self.up * scale
        a, b, c = (np.einsum("ij,ij->i", *two) for two in ((u, u), (p, u), (p, p)))
        rise = (np.sqrt(b * b - a * (c - 1.0)) - b) / a
        return foot + rise[:, None] * self.up

    def bounds(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Low, high, bend, each (pairs,)."""
        bend = np.maximum(*(self._bend(k, np.inf) for k in (0, 1)))
        seen = np.hypot(*(self.here - self.there).T)
        (lat, lon), (to_lat, to_lon) = degrees(self._lifted(self.here)), degrees(self._lifted(self.there))
        _, metres = way(lat, lon, to_lat, to_lon)
        # A metre in the picture is this many on the ground, away from its middle.
        far = np.maximum(np.hypot(*self.here.T), np.hypot(*self.there.T)) + bend
        steep = 1.0 / np.sqrt(np.maximum(1.0 - (far / LEAST_RADIUS_M) ** 2, 1e-6))
        return _arc(np.maximum(seen - 2.0 * bend, 0.0)), metres + 2.0 * bend * steep, bend

    def _bend(self, k: int, within_m: float) -> np.ndarray:
        """How far an arc may be from its chord in the picture: it rises l^2 / 8R, and that is seen aslant."""
        steps, away = self.steps[k], np.hypot(*self.flat[k].T)
        away = np.maximum(away, away[_next(steps.offsets)])
        bend = away * steps.metres**2 / (8.0 * LEAST_RADIUS_M**2)
        bend = np.where(away <= within_m, bend, 0.0)
        return np.maximum.reduceat(bend, steps.offsets[:-1]) + ROUNDING_M

    def bounds_by_window(self, rows: np.ndarray, high_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where far steps bend much: exactly about the middle, roughly beyond; the nearer of both."""
        window = shapely.box(-WINDOW_M, -WINDOW_M, WINDOW_M, WINDOW_M)
        one, other = (shape[rows] for shape in self.shapes)
        longest = max(float(steps.metres.max()) for steps in self.steps)
        near_bend = np.maximum(*(self._bend(k, 1.5 * WINDOW_M + longest)[rows] for k in (0, 1)))
        near = _apart(shapely.intersection(one, window), shapely.intersection(other, window))
        bend = np.maximum(*(self._bend(k, np.inf)[rows] for k in (0, 1)))
        far = np.minimum(
            _apart(shapely.difference(one, window), other), _apart(one, shapely.difference(other, window))
        )
        low = np.minimum(np.maximum(near - 2.0 * near_bend, 0.0), np.maximum(far - 2.0 * bend, 0.0))
        # What is within the window lies under a metre's rounding of the ground: 1 + (5 km / R)^2 / 2.
        return _arc(low), np.minimum(high_m, (near + 2.0 * near_bend) * (1.0 + 1e-5))


def _apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Inf where one is empty."""
    return np.where(shapely.is_empty(one) | shapely.is_empty(other), np.inf, shapely.distance(one, other))


def _next(offsets: np.ndarray) -> np.ndarray:
    then = np.arange(1, offsets[-1] + 1)
    then[offsets[1:] - 1] = offsets[:-1]
    return then


def _arc(chord: np.ndarray) -> np.ndarray:
    """The shortest arc over such a chord."""
    return np.where(
        chord < MOST_RADIUS_M,
        2.0 * MOST_RADIUS_M * np.arcsin(np.minimum(chord, MOST_RADIUS_M) / (2.0 * MOST_RADIUS_M)),
        chord,
    )


# Discs ------------------------------------------------------------------------------------------------------
def of_discs(
    lat: np.ndarray,
    lon: np.ndarray,
    radius_m: np.ndarray,
    to_lat: np.ndarray,
    to_lon: np.ndarray,
    to_radius_m: np.ndarray,
) -> Verdicts:
    _, metres = way(lat, lon, to_lat, to_lon)
    gap = metres - radius_m - to_radius_m
    return Verdicts(np.maximum(gap - 1e-6, 0.0), np.maximum(gap + 1e-6, 0.0))


def of_discs_and_rings(lat: np.ndarray, lon: np.ndarray, radius_m: np.ndarray, rings: Rings) -> Verdicts:
    steps = walked(rings, DISC_STEP_M)
    owner = steps.owner
    azimuth, metres = way(lat[owner], lon[owner], steps.lat, steps.lon)
    turn = np.radians(azimuth)
    flat = np.stack([metres * np.sin(turn), metres * np.cos(turn)], axis=-1)
    shapes = shapely.polygons(shapely.linearrings(flat, indices=owner))
    away = shapely.distance(shapely.points(0.0, 0.0), shapes)
    bend = metres * steps.metres**2 / (8.0 * LEAST_RADIUS_M**2)
    bend = np.maximum.reduceat(bend, steps.offsets[:-1]) + ROUNDING_M
    gap = away - radius_m
    return Verdicts(np.maximum(gap - bend, 0.0), np.maximum(gap + bend, 0.0))
