"""EGM96: how high mean sea level stands over the WGS84 ellipsoid.

The grid travels with the package (egm96-15.md says whence), is read once on first use, and is checked against
its digest: where it is missing or damaged that is an error, and never a silent zero.

Interpolation is bilinear in a grid of 15 minutes, as NGA's own is published. Against the 5 minute grid of the
same model its error is at most 1.07 m anywhere (0.02 m in the median); `INTERPOLATION_ERROR_M` bounds it with
what 5 minutes themselves leave out.
"""

import hashlib
import math
import zlib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from openline.airspace.geodesy import LEAST_RADIUS_M, inverse, ring_centre
from openline.errors import Invalid, Unavailable

Floats = npt.NDArray[np.float64]

INTERPOLATION_ERROR_M: Final = 1.2
"""How far a bilinear value may lie from EGM96 itself, each way."""

_FILE: Final = "egm96-15.zz"
_SHA256: Final = "b2605effd6e9e64b1137e9aa1bbb6c0cb9e71eb8bc8bab50f6ce3f975978688b"
_ROWS, _COLUMNS = 721, 1440
_PER_DEGREE: Final = 4


def undulation_m(latitude_deg: Any, longitude_deg: Any) -> Any:
    """Height in metres of the EGM96 geoid over the WGS84 ellipsoid; add it to a height above mean sea level.

    Degrees, floats (gives a float) or numpy arrays that broadcast (gives an array); longitudes are taken
    round the Earth. Raises Invalid "not-finite", "out-of-range"; Unavailable "geoid-missing", "geoid-
    damaged".
    """
    lat, lon = np.broadcast_arrays(
        np.asarray(latitude_deg, np.float64), np.asarray(longitude_deg, np.float64)
    )
    _refuse_bad(lat, lon)
    values = _bilinear(_grid(), (lat + 90.0) * _PER_DEGREE, np.mod(lon + 180.0, 360.0) * _PER_DEGREE)
    return float(values) if values.ndim == 0 else values


def undulation_span_m(latitudes_deg: Sequence[float], longitudes_deg: Sequence[float]) -> tuple[float, float]:
    """The least and greatest undulation over the smallest disc about the places' centre that holds them all.

    Taken from every grid node of the latitude and longitude box around that disc, one node further out, which
    bounds the bilinear surface within, widened by `INTERPOLATION_ERROR_M`: so no place inside lies outside
    the span. A disc that reaches beyond a quarter of the Earth takes the whole grid. Raises as
    `undulation_m`.
    """
    lat, lon = np.asarray(latitudes_deg, np.float64), np.asarray(longitudes_deg, np.float64)
    _refuse_bad(lat, lon)
    centre = ring_centre(lat, lon)
    distance, _ = inverse(centre.latitude_deg, centre.longitude_deg, lat, lon)
    nodes = _nodes_around(centre.latitude_deg, centre.longitude_deg, float(distance.max()))
    return float(nodes.min()) - INTERPOLATION_ERROR_M, float(nodes.max()) + INTERPOLATION_ERROR_M


def _nodes_around(latitude_deg: float, longitude_deg: float, radius_m: float) -> Floats:
    grid = _grid()
    # 1 % and 100 m of slack: the rim of a circle is given by eight places, and its centre is found by their
    # mean.
    reach = (radius_m * 1.01 + 100.0) / LEAST_RADIUS_M
    if reach > math.pi / 2:
        return grid
    south, north = latitude_deg - math.degrees(reach), latitude_deg + math.degrees(reach)
    first = max(0, math.floor((south + 90.0) * _PER_DEGREE))
    last = min(_ROWS - 1, math.ceil((north + 90.0) * _PER_DEGREE))
    rows = grid[first : last + 1]
    if south <= -90.0 or north >= 90.0:
        return rows
    return rows[:, _columns(longitude_deg, math.sin(reach) / math.cos(math.radians(latitude_deg)))]


def _columns(longitude_deg: float, sine: float) -> npt.NDArray[np.int64]:
    # 0.2 degrees more, because geodetic latitudes are not those of the sphere that the sine rule is for.
    half_deg = math.degrees(math.asin(min(1.0, sine * 1.01))) + 0.2
    west = math.floor((longitude_deg + 180.0 - half_deg) * _PER_DEGREE)
    east = math.ceil((longitude_deg + 180.0 + half_deg) * _PER_DEGREE)
    return np.arange(west, min(east, west + _COLUMNS - 1) + 1) % _COLUMNS


def _bilinear(grid: Floats, row: Floats, column: Floats) -> Floats:
    south = np.minimum(np.floor(row).astype(np.intp), _ROWS - 2)
    west = np.floor(column).astype(np.intp) % _COLUMNS
    east = (west + 1) % _COLUMNS
    up, right = row - south, column - np.floor(column)
    below = grid[south, west] * (1 - right) + grid[south, east] * right
    above = grid[south + 1, west] * (1 - right) + grid[south + 1, east] * right
    return np.asarray(below * (1 - up) + above * up, dtype=np.float64)


def _refuse_bad(latitudes_deg: Floats, longitudes_deg: Floats) -> None:
    if not (np.isfinite(latitudes_deg).all() and np.isfinite(longitudes_deg).all()):
        raise Invalid("not-finite", "a latitude or longitude is no finite number")
    if (np.abs(latitudes_deg) > 90.0).any():
        raise Invalid("out-of-range", "a latitude is not from -90 to 90")


@cache
def _grid() -> Floats:
    """Metres, 721 rows from 90 S to 90 N, 1440 columns from 180 W eastwards."""
    packed = _packed()
    if hashlib.sha256(packed).hexdigest() != _SHA256:
        raise Unavailable(
            "geoid-damaged", f"{_FILE} is not the EGM96 grid that this version ships", remedy="reinstall"
        )
    steps = np.frombuffer(zlib.decompress(packed), dtype="<i2").reshape(_ROWS, _COLUMNS)
    centimetres = np.cumsum(np.cumsum(steps, axis=0, dtype=np.int32), axis=1, dtype=np.int32)
    metres = centimetres / 100.0
    metres.setflags(write=False)
    return metres


def _packed() -> bytes:
    try:
        return resources.files(__package__).joinpath(_FILE).read_bytes()
    except OSError as error:
        text = f"the EGM96 grid {_FILE} is not in this installation, and heights over mean sea level need it"
        raise Unavailable("geoid-missing", text, remedy="reinstall openline") from error
