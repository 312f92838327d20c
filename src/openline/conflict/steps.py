"""Geodesics cut into short steps, so that each is straight in a frame near it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from openline.airspace.geodesy import GEOD, LEAST_RADIUS_M
from openline.conflict.frame import Floats, earth_centred

Ints = np.ndarray[Any, np.dtype[np.int64]]

BOX_ROUNDING_M = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """n steps in order along m geodesics.

    whole: which geodesic each belongs to (n,). before, after: the share of it at the step's start and end
    (n,).
    latitude, longitude, azimuth: the step's start, degrees (n,). length: metres (n,). start, end:
    earth-centred (n, 3).
    """

    whole: Ints
    before: Floats
    after: Floats
    latitude: Floats
    longitude: Floats
    azimuth: Floats
    length: Floats
    start: Floats
    end: Floats

    def __len__(self) -> int:
        return len(self.length)

    @property
    def bulge(self) -> Floats:
        """How far the arc rises at most over its chord, metres (n,)."""
        return bulge_m(self.length)

    def box(self) -> tuple[Floats, Floats]:
        """Least and greatest earth-centred coordinates that hold each step, (n, 3) both."""
        margin = (self.bulge + BOX_ROUNDING_M)[:, None]
        return np.minimum(self.start, self.end) - margin, np.maximum(self.start, self.end) + margin


def bulge_m(length: Floats) -> Floats:
    return length * length / (8.0 * LEAST_RADIUS_M)


def step_count(length: Floats, step_m: float) -> Ints:
    return np.maximum(1, np.ceil(length / step_m)).astype(np.int64)


def steps_along(latitude: Floats, longitude: Floats, step_m: float) -> Steps:
    """The geodesics from each point to the next (m + 1 points, degrees), each in equal steps of at most
    step_m.
    """
    azimuth, _, length = (
        np.asarray(part) for part in GEOD.inv(longitude[:-1], latitude[:-1], longitude[1:], latitude[1:])
    )
    count = step_count(length, step_m)
    whole = np.repeat(np.arange(len(count)), count)
    nth = np.arange(len(whole)) - np.repeat(np.cumsum(count) - count, count)
    before, after = nth / count[whole], (nth + 1) / count[whole]
    lon, lat, back = (
        np.asarray(part)
        for part in GEOD.fwd(
            longitude[:-1][whole], latitude[:-1][whole], azimuth[whole], before * length[whole]
        )
    )
    first = nth == 0
    lat = np.where(first, latitude[:-1][whole], lat)
    lon = np.where(first, longitude[:-1][whole], lon)
    start = earth_centred(lat, lon)
    end = np.roll(start, -1, axis=0)
    last = nth + 1 == count[whole]
    end[last] = earth_centred(latitude[1:], longitude[1:])
    heading = np.where(first, azimuth[whole], back + 180.0)
    return Steps(whole, before, after, lat, lon, heading, (length / count)[whole], start, end)
