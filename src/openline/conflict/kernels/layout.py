"""The columns of the engine's arrays. A part is a row of heads and a slice of bodies.

Plain module constants, because compiled code takes them in as numbers.
"""

from typing import Any, Final

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Numbers = np.ndarray[Any, np.dtype[np.int32]]

# heads: (n, HEAD_COLUMNS) float64. One row a part: a volume, or one straight piece of a trajectory.
START: Final = 0
END: Final = 1
"""From when to when it may be there, both included, ms since 1970; the time tolerance is in."""
LOW: Final = 2
HIGH: Final = 3
"""Heights in the datum's own terms, 0.1 mm, the vertical tolerance in. Where DATUM is 0: as ELLIPSOID_*."""
ELLIPSOID_LOW: Final = 4
ELLIPSOID_HIGH: Final = 5
"""The heights on the WGS84 ellipsoid that it may mean, 0.1 mm."""
DATUM: Final = 6
"""0: two datums in one volume; 1: WGS84; 2: AMSL; 3: pressure. Equal ones that are not 0 compare LOW and
HIGH.
"""
X: Final = 7
Y: Final = 8
Z: Final = 9
"""A place of the surface amid the part, earth-centred metres."""
CAP: Final = 10
"""All of the part lies within this geodesic distance of X, Y, Z, m (no tolerance in). Of a disc: its radius.
"""
TOLERANCE: Final = 11
"""Lateral tolerance, m: 0 of a volume."""
KIND: Final = 12
OFFSET: Final = 13
LENGTH: Final = 14
"""The part's body is bodies[OFFSET : OFFSET + LENGTH]."""
OWNER: Final = 15
"""The number of the operation (the row of the caller where it is not in an index)."""
HEAD_COLUMNS: Final = 16

POLYGON: Final = 0
DISC: Final = 1
LEG: Final = 2
"""Values of KIND."""

# boxes: (n, 6) float64, earth-centred metres, the part without its tolerance: x from, to, y from, to, z from,
# to.
BOX_COLUMNS: Final = 6

# The body of a polygon: x, y, z of the start of every step along its ring (edges cut to EDGE_STEP_M), ring
# open.
EDGE_STEP_M: Final = 10_000.0

# The body of a leg: one row of LEG_COLUMNS. Times in ms, places earth-centred m, heights 0.1 mm.
LEG_START: Final = 0
LEG_END: Final = 1
"""When it plans to be at the two ends; without the time tolerance."""
LEG_X0: Final = 2
LEG_Y0: Final = 3
LEG_Z0: Final = 4
LEG_X1: Final = 5
LEG_Y1: Final = 6
LEG_Z1: Final = 7
LEG_LOW0: Final = 8
LEG_LOW1: Final = 9
LEG_HIGH0: Final = 10
LEG_HIGH1: Final = 11
"""Heights at both ends in the datum's own terms, the vertical tolerance in."""
LEG_ELLIPSOID_LOW0: Final = 12
LEG_ELLIPSOID_LOW1: Final = 13
LEG_ELLIPSOID_HIGH0: Final = 14
LEG_ELLIPSOID_HIGH1: Final = 15
LEG_TIME_TOLERANCE: Final = 16
LEG_METRES: Final = 17
"""Length of the geodesic between the two ends."""
LEG_COLUMNS: Final = 18
LEG_STEP_M: Final = 10_000.0

# reach: (REACH_COLUMNS,) float64: when two parts conflict; from Minima by `openline.conflict.reach`.
LATERAL_M: Final = 0
"""Conflict at or below it, tolerances to be added: TOUCH_M for a zero minimum, else half a unit below the
minimum.
"""
VERTICAL: Final = 1
"""0.1 mm: for heights that are interpolated, conflict at or below it (half a unit around the minimum)."""
VERTICAL_EXACT: Final = 2
"""0.1 mm: for heights as they were filed (two volumes), conflict at or below it: 0, or just below the
minimum.
"""
DWELL_MS: Final = 3
REACH_COLUMNS: Final = 4

# contacts: (n, CONTACT_COLUMNS) float64: two parts under both minima, and the nearest within that time.
FROM: Final = 0
TO: Final = 1
LATERAL: Final = 2
"""m"""
GAP: Final = 3
"""Vertical, 0.1 mm."""
WHEN: Final = 4
AT_X: Final = 5
AT_Y: Final = 6
AT_Z: Final = 7
"""Near the surface, midway between the two nearest places."""
WITH: Final = 8
"""The other part's OWNER."""
OF: Final = 9
"""The OWNER of the part that was asked about."""
CONTACT_COLUMNS: Final = 10

SAME_INSTANT_MS: Final = 0.5
"""Times are stated in whole milliseconds, so contacts with a gap under half of one between them are one, and
a duration counts rounded to one.
"""
