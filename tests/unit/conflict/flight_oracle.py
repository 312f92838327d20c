"""An oracle for flights: it looks at every moment, and looks again more finely where it matters.

Places come from Karney's direct problem along each leg, distances from the inverse (pyproj) or, to an
outline, from shapely on PROJ's plane about it. It knows nothing of frames, polygons of times or closed forms.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from pyproj import Geod, Proj

from openline.airspace.trajectory import Trajectory
from openline.airspace.volume import Circle, Polygon
from unit.conflict.outline_oracle import Shape

GEOD = Geod(ellps="WGS84")
Seen = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Times to lateral distance (m) and vertical gap (0.1 mm) then."""


class Flown:
    """Where a trajectory is at any time."""

    def __init__(self, trajectory: Trajectory) -> None:
        points = trajectory.points
        self.time = np.array([point.time_ms for point in points], dtype=float)
        self.height = np.array([point.altitude.height_dmm for point in points], dtype=float)
        self.lat = np.array([point.position.latitude_deg for point in points])
        self.lon = np.array([point.position.longitude_deg for point in points])
        self.azimuth, _, self.length = GEOD.inv(self.lon[:-1], self.lat[:-1], self.lon[1:], self.lat[1:])

    def at(self, time: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Latitude, longitude, height."""
        leg = np.clip(np.searchsorted(self.time, time, side="right") - 1, 0, len(self.azimuth) - 1)
        share = (time - self.time[leg]) / (self.time[leg + 1] - self.time[leg])
        lon, lat, _ = GEOD.fwd(self.lon[leg], self.lat[leg], self.azimuth[leg], share * self.length[leg])
        return np.asarray(lat), np.asarray(lon), np.interp(time, self.time, self.height)


def apart(first: tuple[np.ndarray, ...], second: tuple[np.ndarray, ...]) -> np.ndarray:
    return np.asarray(GEOD.inv(first[1], first[0], second[1], second[0])[2])


def of_two_flights(first: Trajectory, second: Trajectory) -> Seen:
    one, other = Flown(first), Flown(second)
    tolerance = first.vertical_tolerance_dmm + second.vertical_tolerance_dmm

    def seen(time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        a, b = one.at(time), other.at(time)
        return apart(a, b), np.maximum(np.abs(a[2] - b[2]) - tolerance, 0.0)

    return seen


def of_flight_and_outline(
    trajectory: Trajectory, outline: Polygon | Circle, low_dmm: int, high_dmm: int
) -> Seen:
    flown, shape = Flown(trajectory), Shape(outline)
    plane = Proj(proj="aeqd", ellps="WGS84", lat_0=shape.places[0][0], lon_0=shape.places[0][1])
    body = shape.on(plane)

    def seen(time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        lat, lon, height = flown.at(time)
        x, y = plane(lon, lat)
        away = np.maximum(shapely.distance(body, shapely.points(x, y)) - shape.radius_m, 0.0)
        return away, np.maximum(0.0, np.maximum(low_dmm - height, height - high_dmm))

    return seen


@dataclass
class Expected:
    windows: list[tuple[float, float]]
    closest_m: float
    """While not separated vertically; inf where there is no such time."""


def looked_at(seen: Seen, start: float, end: float, reach_m: float, vertical: float) -> Expected:
    """Every half second from start to end, then ten times finer around what matters, five times over."""
    times = np.unique(np.append(np.arange(start, end, 500.0), end))
    away, gap = seen(times)
    near = np.where(gap <= vertical, away, np.inf)
    closest, step = float(near.min()), 500.0
    around = times[np.argsort(near)[:3]]
    for _ in range(5):
        fine = np.clip(
            np.unique((around[:, None] + np.linspace(-step, step, 41)[None, :]).ravel()), start, end
        )
        away_fine, gap_fine = seen(fine)
        near_fine = np.where(gap_fine <= vertical, away_fine, np.inf)
        closest = min(closest, float(near_fine.min()))
        around, step = fine[np.argsort(near_fine)[:3]], step / 10
    return Expected(_windows(seen, times, near <= reach_m, reach_m, vertical), closest)


def _windows(
    seen: Seen, times: np.ndarray, under: np.ndarray, reach_m: float, vertical: float
) -> list[tuple[float, float]]:
    changes = np.flatnonzero(np.diff(under.astype(int)))
    edges = [_edge(seen, times[n], times[n + 1], bool(under[n]), reach_m, vertical) for n in changes]
    if under[0]:
        edges.insert(0, float(times[0]))
    if under[-1]:
        edges.append(float(times[-1]))
    return list(zip(edges[::2], edges[1::2], strict=True))


def _edge(seen: Seen, low: float, high: float, under_low: bool, reach_m: float, vertical: float) -> float:
    for _ in range(40):
        middle = 0.5 * (low + high)
        away, gap = seen(np.array([middle]))
        if bool(away[0] <= reach_m and gap[0] <= vertical) == under_low:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)
