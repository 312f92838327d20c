"""A path of timed points made ready: its legs cut into pieces that are compared as straight lines.

Nodes are the ends of the pieces, (pieces + 1, NODE_COLUMNS): each is the end of one piece and the start of
the next, so that to the last bit no time and no place lies between two.
"""

import math
from typing import Final

import numpy as np

from openline.airspace.geodesy import LEAST_RADIUS_M
from openline.conflict.kernels.jit import kernel
from openline.conflict.kernels.layout import (
    BOX_COLUMNS,
    CAP,
    DATUM,
    ELLIPSOID_HIGH,
    ELLIPSOID_LOW,
    END,
    HEAD_COLUMNS,
    HIGH,
    KIND,
    LEG,
    LEG_COLUMNS,
    LEG_ELLIPSOID_HIGH0,
    LEG_ELLIPSOID_LOW0,
    LEG_END,
    LEG_HIGH0,
    LEG_LOW0,
    LEG_METRES,
    LEG_START,
    LEG_STEP_M,
    LEG_TIME_TOLERANCE,
    LEG_X0,
    LEG_X1,
    LENGTH,
    LOW,
    OFFSET,
    START,
    TOLERANCE,
    Floats,
    X,
    Y,
    Z,
)
from openline.conflict.kernels.surface import along_chord, arc_m, direct, ecef, inverse

# points: (n, 4) float64: degrees, 0.1 mm, ms.
LATITUDE: Final = 0
LONGITUDE: Final = 1
HEIGHT: Final = 2
TIME: Final = 3
"""Nodes begin with the same columns."""
NODE_X: Final = 4
NODE_COLUMNS: Final = 7

# courses: (n - 1, 3) float64: what a leg is as a whole.
METRES: Final = 0
AZIMUTH: Final = 1
PIECES: Final = 2
COURSE_COLUMNS: Final = 3

ROUNDING_M: Final = 0.01
"""Boxes and caps are wider by this."""


# Pieces -----------------------------------------------------------------------------------------------------
@kernel
def courses_of(points: Floats) -> Floats:
    """Of the legs between n points (n, 4): length, azimuth (where there is more than one piece), pieces."""
    courses = np.empty((len(points) - 1, COURSE_COLUMNS))
    x, y, z = ecef(points[0, LATITUDE], points[0, LONGITUDE])
    for leg in range(len(courses)):
        tx, ty, tz = ecef(points[leg + 1, LATITUDE], points[leg + 1, LONGITUDE])
        azimuth = 0.0
        metres = arc_m(x, y, z, tx, ty, tz)
        if metres > LEG_STEP_M:
            metres, azimuth, _ = inverse(
                points[leg, LATITUDE],
                points[leg, LONGITUDE],
                points[leg + 1, LATITUDE],
                points[leg + 1, LONGITUDE],
            )
        courses[leg, METRES], courses[leg, AZIMUTH] = metres, azimuth
        courses[leg, PIECES] = max(1.0, math.ceil(metres / LEG_STEP_M))
        x, y, z = tx, ty, tz
    return courses


@kernel
def nodes_of(points: Floats, courses: Floats) -> Floats:
    """Each leg in equal pieces along its geodesic, in time and height as well."""
    nodes = np.empty((int(courses[:, PIECES].sum()) + 1, NODE_COLUMNS))
    node = 0
    for leg in range(len(courses)):
        pieces = int(courses[leg, PIECES])
        _write_node(nodes[node], points[leg, LATITUDE], points[leg, LONGITUDE], points, leg, 0.0)
        for piece in range(1, pieces):
            share = piece / pieces
            latitude, longitude, _ = direct(
                points[leg, LATITUDE],
                points[leg, LONGITUDE],
                courses[leg, AZIMUTH],
                share * courses[leg, METRES],
            )
            _write_node(nodes[node + piece], latitude, longitude, points, leg, share)
        node += pieces
    last = len(courses)
    _write_node(nodes[node], points[last, LATITUDE], points[last, LONGITUDE], points, last, 0.0)
    return nodes


@kernel
def _write_node(
    node: Floats, latitude: float, longitude: float, points: Floats, leg: int, share: float
) -> None:
    """At the place, at a share of the leg's time and climb; exact at its start and where it is level."""
    node[LATITUDE], node[LONGITUDE] = latitude, longitude
    for column in (HEIGHT, TIME):
        node[column] = points[leg, column]
        if share > 0.0:
            node[column] += share * (points[leg + 1, column] - points[leg, column])
    node[NODE_X], node[NODE_X + 1], node[NODE_X + 2] = ecef(latitude, longitude)


# Parts ------------------------------------------------------------------------------------------------------
@kernel
def leg_parts(
    nodes: Floats,
    courses: Floats,
    spans: Floats,
    datum: float,
    lateral_m: float,
    vertical_dmm: float,
    time_ms: float,
) -> tuple[Floats, Floats, Floats]:
    """heads (pieces, HEAD_COLUMNS), boxes (pieces, BOX_COLUMNS) and bodies (pieces * LEG_COLUMNS,) of a path.

    spans (pieces + 1, 2): what to add to a node's height for the least and the greatest that it may mean on
    the ellipsoid. The rest: number of the datum, and the tolerances.
    """
    pieces = len(nodes) - 1
    heads, boxes = np.zeros((pieces, HEAD_COLUMNS)), np.empty((pieces, BOX_COLUMNS))
    bodies = np.empty(pieces * LEG_COLUMNS)
    piece = 0
    for leg in range(len(courses)):
        for _ in range(int(courses[leg, PIECES])):
            body = bodies[piece * LEG_COLUMNS : (piece + 1) * LEG_COLUMNS]
            body[LEG_METRES] = courses[leg, METRES] / courses[leg, PIECES]
            body[LEG_TIME_TOLERANCE] = time_ms
            _write_body(body, nodes[piece], nodes[piece + 1])
            _write_heights(body, nodes[piece : piece + 2], spans[piece : piece + 2], vertical_dmm)
            _write_head(heads[piece], body)
            heads[piece, DATUM], heads[piece, TOLERANCE] = datum, lateral_m
            heads[piece, OFFSET] = piece * LEG_COLUMNS
            _write_box(boxes[piece], body)
            piece += 1
    return heads, boxes, bodies


@kernel
def _write_body(body: Floats, start: Floats, end: Floats) -> None:
    body[LEG_START], body[LEG_END] = start[TIME], end[TIME]
    for axis in range(3):
        body[LEG_X0 + axis], body[LEG_X1 + axis] = start[NODE_X + axis], end[NODE_X + axis]


@kernel
def _write_heights(body: Floats, nodes: Floats, spans: Floats, tolerance: float) -> None:
    """At both ends: in the datum's own terms, and on the ellipsoid."""
    for end in range(2):
        low, high = nodes[end, HEIGHT] - tolerance, nodes[end, HEIGHT] + tolerance
        body[LEG_LOW0 + end], body[LEG_HIGH0 + end] = low, high
        body[LEG_ELLIPSOID_LOW0 + end] = low + spans[end, 0]
        body[LEG_ELLIPSOID_HIGH0 + end] = high + spans[end, 1]


@kernel
def _write_head(head: Floats, body: Floats) -> None:
    head[START] = body[LEG_START] - body[LEG_TIME_TOLERANCE]
    head[END] = body[LEG_END] + body[LEG_TIME_TOLERANCE]
    head[LOW] = min(body[LEG_LOW0], body[LEG_LOW0 + 1])
    head[HIGH] = max(body[LEG_HIGH0], body[LEG_HIGH0 + 1])
    head[ELLIPSOID_LOW] = min(body[LEG_ELLIPSOID_LOW0], body[LEG_ELLIPSOID_LOW0 + 1])
    head[ELLIPSOID_HIGH] = max(body[LEG_ELLIPSOID_HIGH0], body[LEG_ELLIPSOID_HIGH0 + 1])
    head[X], head[Y], head[Z] = along_chord(
        body[LEG_X0],
        body[LEG_X0 + 1],
        body[LEG_X0 + 2],
        body[LEG_X1],
        body[LEG_X1 + 1],
        body[LEG_X1 + 2],
        0.5,
    )
    head[CAP] = 0.5 * body[LEG_METRES] + ROUNDING_M
    head[KIND], head[LENGTH] = LEG, LEG_COLUMNS


@kernel
def _write_box(box: Floats, body: Floats) -> None:
    """Around the chord, and the arc's bulge over it."""
    margin = body[LEG_METRES] * body[LEG_METRES] / (8.0 * LEAST_RADIUS_M) + ROUNDING_M
    for axis in range(3):
        start, end = body[LEG_X0 + axis], body[LEG_X1 + axis]
        box[2 * axis], box[2 * axis + 1] = min(start, end) - margin, max(start, end) + margin
