"""Discs as parts, where a grid could go wrong; and what is near what, by another library's geodesics.

The boxes and bodies are made here, of nothing that the engine does.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from pyproj import Geod, Transformer

from openline.conflict.kernels.layout import (
    BOX_COLUMNS,
    CAP,
    DATUM,
    DISC,
    ELLIPSOID_HIGH,
    ELLIPSOID_LOW,
    END,
    HEAD_COLUMNS,
    HIGH,
    KIND,
    LENGTH,
    LOW,
    OFFSET,
    OWNER,
    START,
    TOLERANCE,
    X,
    Z,
)

Floats = Any
GEOD = Geod(ellps="WGS84")
ECEF = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)

WHOLE_EARTH, TOWN, ANTIMERIDIAN, NORTH, SOUTH, GREENWICH = (
    "earth",
    "town",
    "antimeridian",
    "north",
    "south",
    "zero",
)
SCENES = (WHOLE_EARTH, TOWN, ANTIMERIDIAN, NORTH, SOUTH, GREENWICH)
DAY_MS = 86_400_000.0


@dataclass(frozen=True)
class Parts:
    """lonlat (n, 2) degrees of the discs' middles; heads, boxes and bodies as the tables take them."""

    lonlat: Floats
    heads: Floats
    boxes: Floats
    bodies: Floats

    def __len__(self) -> int:
        return len(self.heads)

    def only(self, rows: Any) -> "Parts":
        """Some of the rows, with their bodies one after another."""
        heads, bodies = self.heads[rows].copy(), [np.empty(0)]
        offset = 0
        for head in heads:
            start, length = int(head[OFFSET]), int(head[LENGTH])
            bodies.append(self.bodies[start : start + length])
            head[OFFSET], offset = offset, offset + length
        return Parts(self.lonlat[rows], heads, self.boxes[rows].copy(), np.concatenate(bodies))


def places(rng: np.random.Generator, count: int, scene: str) -> Floats:
    """Longitude and latitude, degrees."""
    if scene == WHOLE_EARTH:
        sine = rng.uniform(-1.0, 1.0, count)
        return np.stack([rng.uniform(-180.0, 180.0, count), np.degrees(np.arcsin(sine))], 1)
    middle = {TOWN: (8.5, 47.4), ANTIMERIDIAN: (180.0, -17.0), GREENWICH: (0.0, 0.0)}.get(scene)
    if middle is None:
        latitude = 90.0 - rng.uniform(0.0, 0.3, count) ** 2
        return np.stack([rng.uniform(-180.0, 180.0, count), latitude if scene == NORTH else -latitude], 1)
    spread = rng.choice([1e-7, 0.02, 0.3], (count, 1)) * rng.uniform(-1.0, 1.0, (count, 2))
    return _wrapped(np.array(middle) + spread)


def _wrapped(lonlat: Floats) -> Floats:
    lonlat[:, 0] = (lonlat[:, 0] + 180.0) % 360.0 - 180.0
    return lonlat


def parts_at(rng: np.random.Generator, lonlat: Floats, largest_m: float) -> Parts:
    """Discs of 1 m to largest_m (most are small), of 0 s to 40 days; half have a tolerance, most a body."""
    count = len(lonlat)
    heads = np.zeros((count, HEAD_COLUMNS))
    start = 1.7e12 + rng.integers(0, int(DAY_MS) // 12, count)
    heads[:, START] = np.where(
        rng.random(count) < 0.02, rng.choice([-DAY_MS, 4_102_444_800_000.0], count), start
    )
    lasting = np.floor(10.0 ** rng.uniform(3.0, rng.choice([5.0, 6.5, 9.5], count), count))
    heads[:, END] = heads[:, START] + np.where(rng.random(count) < 0.1, 0.0, lasting)
    heads[:, LOW] = rng.integers(-1_000_000, 5_000_000, count)
    heads[:, HIGH] = heads[:, LOW] + rng.integers(0, 1_000_000, count)
    heads[:, ELLIPSOID_LOW] = heads[:, LOW] + rng.integers(-400_000, 400_000, count)
    heads[:, ELLIPSOID_HIGH] = heads[:, ELLIPSOID_LOW] + rng.integers(0, 2_000_000, count)
    heads[:, DATUM] = rng.integers(0, 4, count)
    heads[:, X : Z + 1] = np.stack(ECEF.transform(lonlat[:, 0], lonlat[:, 1], np.zeros(count)), 1)
    heads[:, CAP] = 10.0 ** rng.uniform(0.0, np.log10(largest_m) * rng.choice([0.5, 0.8, 1.0], count), count)
    heads[:, TOLERANCE] = np.where(rng.random(count) < 0.5, 0.0, rng.uniform(0.0, 3_000.0, count))
    heads[:, KIND] = DISC
    heads[:, LENGTH] = rng.integers(0, 120, count)
    heads[:, OFFSET] = np.concatenate([[0.0], np.cumsum(heads[:-1, LENGTH])])
    heads[:, OWNER] = np.arange(count)
    boxes = np.empty((count, BOX_COLUMNS))
    boxes[:, 0::2] = heads[:, X : Z + 1] - heads[:, CAP, None] - 0.001
    boxes[:, 1::2] = heads[:, X : Z + 1] + heads[:, CAP, None] + 0.001
    return Parts(lonlat, heads, boxes, rng.random(int(heads[:, LENGTH].sum())))


def within_reach(asked: Parts, row: int, others: Parts, reach_m: float, vertical_dmm: float) -> Floats:
    """Which of the others a row of `asked` may conflict with: near enough, at one height and at one time."""
    if not len(others):
        return np.zeros(0, dtype=bool)
    one, heads = asked.heads[row], others.heads
    here = np.broadcast_to(asked.lonlat[row], others.lonlat.shape)
    _, _, apart = GEOD.inv(here[:, 0], here[:, 1], others.lonlat[:, 0], others.lonlat[:, 1])
    near = apart <= reach_m + one[CAP] + one[TOLERANCE] + heads[:, CAP] + heads[:, TOLERANCE]
    at_once = (heads[:, START] <= one[END]) & (heads[:, END] >= one[START])
    native = (heads[:, LOW] - vertical_dmm <= one[HIGH]) & (heads[:, HIGH] + vertical_dmm >= one[LOW])
    above = heads[:, ELLIPSOID_LOW] - vertical_dmm <= one[ELLIPSOID_HIGH]
    below = heads[:, ELLIPSOID_HIGH] + vertical_dmm >= one[ELLIPSOID_LOW]
    return near & at_once & (native | (above & below))


def boxes_meet(asked: Parts, row: int, others: Parts, reach_m: float, vertical_dmm: float) -> Floats:
    """Which boxes overlap, with no more slack than rounding outward to 1 cm and 1 s on both sides gives."""
    one, heads = asked.heads[row], others.heads
    wider = reach_m + one[TOLERANCE] + heads[:, TOLERANCE] + 0.03
    meet = (heads[:, START] <= one[END] + 2_000.0) & (heads[:, END] + 2_000.0 >= one[START])
    low = np.minimum(heads[:, LOW], heads[:, ELLIPSOID_LOW]) - vertical_dmm - 300.0
    high = np.maximum(heads[:, HIGH], heads[:, ELLIPSOID_HIGH]) + vertical_dmm + 300.0
    meet &= (low <= max(one[HIGH], one[ELLIPSOID_HIGH])) & (high >= min(one[LOW], one[ELLIPSOID_LOW]))
    for axis in range(3):
        meet &= others.boxes[:, 2 * axis] - wider <= asked.boxes[row, 2 * axis + 1]
        meet &= others.boxes[:, 2 * axis + 1] + wider >= asked.boxes[row, 2 * axis]
    return meet
