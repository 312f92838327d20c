"""From places on the ellipsoid to places on a sheet: azimuthal equidistant about the middle of what is shown.

It knows no antimeridian and no pole as an edge, and near its centre lengths and bearings are true.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import numpy as np

from openline.airspace.geodesy import Floats, LocalFrame, densify, ecef

LEAST_EXTENT_M: Final = 20_000.0
"""A sheet shows at least so much, or a hovering drone would fill it."""
MARGIN: Final = 0.05
TOP_PX: Final = 66.0
BOTTOM_PX: Final = 44.0
"""What heading, and scale and longitudes, have to themselves."""
LONG_EDGE_M: Final = 100_000.0
"""Geodesics longer than this are followed by points: on the sheet they are curves."""

Path = tuple[Floats, Floats]
"""Latitudes and longitudes, in degrees."""


class Sheet(msgspec.Struct, frozen=True):
    """frame: the projection; x_m, y_m: what lies in the middle; metres_per_pixel; width, height in pixels."""

    frame: LocalFrame
    x_m: float
    y_m: float
    metres_per_pixel: float
    width: float
    height: float

    def place(self, latitude_deg: Floats, longitude_deg: Floats) -> tuple[Floats, Floats]:
        """Degrees to pixels; y grows downwards."""
        x_m, y_m = self.frame.project(latitude_deg, longitude_deg)
        return (
            self.width / 2 + (x_m - self.x_m) / self.metres_per_pixel,
            self.height / 2 - (y_m - self.y_m) / self.metres_per_pixel,
        )

    def rim(self, count: int = 24) -> tuple[Floats, Floats]:
        """Degrees of places along the four edges and the diagonals: what the graticule has to cover."""
        along = np.linspace(0.0, 1.0, count)
        zeros, ones = np.zeros(count), np.ones(count)
        x = np.concatenate((along, along, zeros, ones, along, along)) - 0.5
        y = np.concatenate((zeros, ones, along, along, along, 1 - along)) - 0.5
        x_m, y_m = x * self.width * self.metres_per_pixel, y * self.height * self.metres_per_pixel
        return self.frame.unproject(self.x_m + x_m, self.y_m + y_m)


def sheet_for(paths: Sequence[Path], width: float, height: float) -> Sheet:
    """The largest scale at which all paths are on the sheet."""
    frame = _frame(paths)
    if not paths:
        return Sheet(frame, 0.0, 0.0, 1_000.0, width, height)
    corners = [frame.project(latitudes, longitudes) for latitudes, longitudes in paths]
    x_m, y_m = (np.concatenate([corner[axis] for corner in corners]) for axis in (0, 1))
    extent_x_m = max(float(np.ptp(x_m)), LEAST_EXTENT_M)
    extent_y_m = max(float(np.ptp(y_m)), LEAST_EXTENT_M)
    scale = max(extent_x_m / (width * (1 - 2 * MARGIN)), extent_y_m / (height - TOP_PX - BOTTOM_PX))
    middle_x_m, middle_y_m = (float(axis.min() + axis.max()) / 2 for axis in (x_m, y_m))
    lower_by_m = (TOP_PX - BOTTOM_PX) / 2 * scale
    return Sheet(frame, middle_x_m, middle_y_m + lower_by_m, scale, width, height)


def _frame(paths: Iterable[Path]) -> LocalFrame:
    """About the mean of all places as directions from the earth's centre: no longitude is ever averaged."""
    every = list(paths)
    if not every:
        return LocalFrame(0.0, 0.0)
    latitudes, longitudes = (np.concatenate([path[axis] for path in every]) for axis in (0, 1))
    x, y, z = (float(np.mean(axis)) for axis in ecef(latitudes, longitudes))
    if x * x + y * y + z * z < 1.0:
        return LocalFrame(float(latitudes[0]), float(longitudes[0]))
    latitude = float(np.degrees(np.arctan2(z, np.hypot(x, y))))
    return LocalFrame(latitude, float(np.degrees(np.arctan2(y, x))))


def followed(path: Path, *, closed: bool) -> Path:
    """The path with points along its long geodesics."""
    return densify(*path, LONG_EDGE_M, closed=closed)
