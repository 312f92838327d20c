"""A trajectory made ready to be compared: a row of numbers for each straight piece of a leg."""

from typing import Final

import numpy as np

from openline.airspace import geoid
from openline.airspace.altitude import Datum, pressure_margin_dmm
from openline.airspace.trajectory import Trajectory
from openline.conflict.kernels.layout import Floats
from openline.errors import LimitExceeded
from openline.units import DMM_PER_METRE, metres_from_dmm

MAX_STEPS: Final = 200_000
"""Pieces of all legs of one trajectory: two million kilometres of path."""

DATUM_NUMBER: Final = {None: 0.0, Datum.WGS84: 1.0, Datum.AMSL: 2.0, Datum.PRESSURE: 3.0}
"""What `layout.DATUM` has for it; None: two datums in one volume."""


def legs_of(trajectory: Trajectory) -> tuple[Floats, Floats, Floats]:
    """heads (n, 16), boxes (n, 6) and bodies (n * 18,), columns in `kernels.layout`: n pieces of at most
    LEG_STEP_M, equal ones along each leg's geodesic. OFFSET counts from where these bodies start; OWNER is 0.

    Raises LimitExceeded "path-too-long"; and as the geoid does, where heights are not over the ellipsoid.
    """
    from openline.conflict.kernels import paths  # numba: only who compares waits for it

    points = _points(trajectory)
    courses = paths.courses_of(points)
    _refuse_long(int(courses[:, paths.PIECES].sum()))
    nodes = paths.nodes_of(points, courses)
    return paths.leg_parts(
        nodes,
        courses,
        _spans(nodes[:, paths.LATITUDE], nodes[:, paths.LONGITUDE], nodes[:, paths.HEIGHT], trajectory.datum),
        DATUM_NUMBER[trajectory.datum],
        metres_from_dmm(trajectory.lateral_tolerance_dmm),
        float(trajectory.vertical_tolerance_dmm),
        float(trajectory.time_tolerance_ms),
    )


def _points(trajectory: Trajectory) -> Floats:
    """(n, 4): latitude, longitude (degrees), height (0.1 mm), time (ms)."""
    flat: list[float] = []
    for point in trajectory.points:
        place = point.position
        flat += (place.latitude_deg, place.longitude_deg, point.altitude.height_dmm, point.time_ms)
    return np.array(flat, dtype=np.float64).reshape(-1, 4)


def _refuse_long(pieces: int) -> None:
    if pieces > MAX_STEPS:
        text = f"the path has {pieces:,} pieces of 10 km, more than {MAX_STEPS:,}"
        raise LimitExceeded("path-too-long", text, field="trajectory.points", clause="MAX_STEPS")


def _spans(latitude: Floats, longitude: Floats, heights: Floats, datum: Datum) -> Floats:
    """(n, 2): to add to heights of the datum for the least and the most they may mean on the ellipsoid."""
    if datum is Datum.WGS84:
        return np.zeros((len(heights), 2))
    undulation = np.asarray(geoid.undulation_m(latitude, longitude)) * DMM_PER_METRE
    margin = np.full(len(heights), geoid.INTERPOLATION_ERROR_M * DMM_PER_METRE)
    if datum is Datum.PRESSURE:
        margin += [pressure_margin_dmm(round(height)) for height in heights.tolist()]
    return np.stack([undulation - margin, undulation + margin], axis=1)
