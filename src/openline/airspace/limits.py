"""Every limit of what may be filed, by name. Meeting one is a clear error that names it (``clause``).

An accord may cap area, duration, horizon and priority further; nothing may go beyond these.
"""

from typing import Final

from openline.units import DMM_PER_FLIGHT_LEVEL, DMM_PER_METRE, DMM_PER_NAUTICAL_MILE

SECOND_MS: Final = 1_000
HOUR_MS: Final = 3_600 * SECOND_MS
DAY_MS: Final = 24 * HOUR_MS

# Heights ------------------------------------------------------------------------------------------
MIN_HEIGHT_DMM: Final = -8_000 * DMM_PER_METRE
"""F3548-21 Annex A4, Altitude.value: minimum -8000 m."""
MAX_HEIGHT_DMM: Final = 100_000 * DMM_PER_METRE
"""F3548-21 Annex A4, Altitude.value: maximum 100000 m."""
MIN_PRESSURE_HEIGHT_DMM: Final = -20 * DMM_PER_FLIGHT_LEVEL
"""2,000 ft below 1013.25 hPa: the Dead Sea on a day of high pressure."""
MAX_PRESSURE_HEIGHT_DMM: Final = 999 * DMM_PER_FLIGHT_LEVEL
"""FL999, the last with three digits (ICAO Doc 4444, appendix 3), and as far as the pressure margin is stated.
"""

# Outlines -----------------------------------------------------------------------------------------
MAX_VERTICES: Final = 10_000
"""F3548-21 Annex A4, Polygon.vertices (OiMaxVertices)."""
MAX_OUTLINE_EXTENT_M: Final = 5_000_000.0
"""No vertex further than this from its ring's centre: well inside a hemisphere, so that inside and outside
are plain.
"""
MAX_OUTLINE_AREA_M2: Final = 2.5e13
"""25 million km2: all that lies north of 65 N fits, a mistaken hemisphere does not."""
MIN_OUTLINE_AREA_M2: Final = 0.01
"""One square decimetre: below it a ring is a line. F3548-21 decides intersections to 1 cm."""
MAX_RADIUS_DMM: Final = 500 * DMM_PER_NAUTICAL_MILE
"""500 NM, the radius of a circle."""

# Times --------------------------------------------------------------------------------------------
MIN_TIME_MS: Final = 0
"""1970-01-01T00:00:00Z."""
MAX_TIME_MS: Final = 4_102_444_800_000
"""2100-01-01T00:00:00Z: a later time is a unit mistaken."""
MAX_DURATION_MS: Final = 30 * DAY_MS
"""From the start of a volume, trajectory or operation to its end."""
MAX_HORIZON_MS: Final = 30 * DAY_MS
"""F3548-21 OiMaxPlanHorizonDays: an operation starts no later than 30 days from now."""

# Trajectories -------------------------------------------------------------------------------------
MAX_POINTS: Final = 5_000
"""Points of a trajectory."""
MAX_LEG_M: Final = 5_000_000.0
"""Between two points of a trajectory: beyond it the shortest way is no longer plain to a reader."""
MAX_GROUND_SPEED_M_S: Final = 1_500.0
"""About Mach 5: what a leg implies beyond it is a wrong time or place. The fastest aircraft flew at 981 m/s.
"""
SPEED_SLACK_M: Final = 100.0
"""A position is known to some 100 m and a time to a second; only what goes beyond that is a speed."""
MAX_LATERAL_TOLERANCE_DMM: Final = 100 * DMM_PER_NAUTICAL_MILE
MAX_VERTICAL_TOLERANCE_DMM: Final = 20_000 * DMM_PER_METRE
MAX_TIME_TOLERANCE_MS: Final = 6 * HOUR_MS

# Operations ---------------------------------------------------------------------------------------
MAX_VOLUMES: Final = 1_000
"""Volumes of one operation, and as many off-nominal ones."""
MAX_OPERATION_VERTICES: Final = 50_000
"""Vertices of all volumes of one operation together."""
MAX_PRIORITY: Final = 1_000
"""F3548-21 priority is an ordinal, 0 the least; the accord caps it further."""
MAX_VERSION: Final = 2**31 - 1
"""F3548-21 Annex A4: version is an int32."""
MIN_OVN_LENGTH: Final = 16
MAX_OVN_LENGTH: Final = 128
"""F3548-21 Annex A4, EntityOVN: 16 to 128 characters."""
MAX_SUPPLIER_LENGTH: Final = 256
"""Characters of a supplier's name: the `sub` of its tokens."""

# Constraints --------------------------------------------------------------------------------------
MAX_CONSTRAINT_AREA_M2: Final = 1.0e10
"""F3548-21 CstrMaxAreaKm2: 10,000 km2."""
MAX_CONSTRAINT_DURATION_MS: Final = DAY_MS
"""F3548-21 CstrMaxDurationHours: 24 h."""

# Tracks -------------------------------------------------------------------------------------------
MAX_TRACK_ID_LENGTH: Final = 64
