"""Heights with their datum, and how two of them are compared.

Two heights of one datum are compared as they are, in integers of 0.1 mm: two flight levels are two pressures
in the same air, and need no margin to one another. Heights of different datums meet on the WGS84 ellipsoid as
spans, each wide enough to hold the true height: the geoid's undulation over the place (EGM96) for heights
above mean sea level, and the stated margin of the atmosphere on top of it for pressure altitudes.
"""

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import msgspec

from openline.airspace import checks
from openline.airspace.limits import (
    MAX_HEIGHT_DMM,
    MAX_PRESSURE_HEIGHT_DMM,
    MIN_HEIGHT_DMM,
    MIN_PRESSURE_HEIGHT_DMM,
)
from openline.airspace.position import Position
from openline.errors import Invalid
from openline.units import (
    DMM_PER_FLIGHT_LEVEL,
    DMM_PER_METRE,
    dmm_from_feet,
    dmm_from_metres,
    feet_from_dmm,
    metres_from_dmm,
)

Span = tuple[int, int]
"""Lowest and highest, both in 0.1 mm, both included."""


class Datum(StrEnum):
    """What a height is measured from."""

    WGS84 = "wgs84"
    """The WGS84 ellipsoid (F3548 reference W84)."""
    AMSL = "amsl"
    """Mean sea level, as the geoid EGM96 has it."""
    PRESSURE = "pressure"
    """The standard pressure 1013.25 hPa in the ICAO standard atmosphere: flight levels."""


class Altitude(msgspec.Struct, frozen=True):
    """A height of ``height_dmm`` (0.1 mm) over its datum.

    Raises Invalid "wrong-type", LimitExceeded "out-of-range" (-8,000 to 100,000 m; FL-20 to FL999 for
    pressure).
    """

    height_dmm: int
    datum: Datum

    def __post_init__(self) -> None:
        checks.instance(self.datum, Datum, "datum")
        if self.datum is Datum.PRESSURE:
            least, most, limit = MIN_PRESSURE_HEIGHT_DMM, MAX_PRESSURE_HEIGHT_DMM, "MAX_PRESSURE_HEIGHT_DMM"
        else:
            least, most, limit = MIN_HEIGHT_DMM, MAX_HEIGHT_DMM, "MAX_HEIGHT_DMM"
        checks.whole(self.height_dmm, "height_dmm", least, most, limit)

    @classmethod
    def metres(cls, metres: float, datum: Datum) -> "Altitude":
        """To the nearest 0.1 mm. Raises as the class, and Invalid "not-finite"."""
        checks.real(metres, "metres", -1e6, 1e6, "MAX_HEIGHT_DMM")
        return cls(dmm_from_metres(metres), datum)

    @classmethod
    def feet(cls, feet: float, datum: Datum) -> "Altitude":
        """Exact for whole feet: a foot is 3,048 of 0.1 mm. Raises as the class, and Invalid "not-finite"."""
        checks.real(feet, "feet", -4e6, 4e6, "MAX_HEIGHT_DMM")
        return cls(dmm_from_feet(feet), datum)

    @classmethod
    def flight_level(cls, level: int) -> "Altitude":
        """FL350 is the pressure altitude of exactly 35,000 ft. Raises Invalid "wrong-type", LimitExceeded
        "out-of-range".
        """
        checks.whole(level, "level", -20, 999, "MAX_PRESSURE_HEIGHT_DMM")
        return cls(level * DMM_PER_FLIGHT_LEVEL, Datum.PRESSURE)

    @property
    def height_m(self) -> float:
        return metres_from_dmm(self.height_dmm)

    @property
    def height_ft(self) -> float:
        return feet_from_dmm(self.height_dmm)

    def climbed(self, climb_dmm: int) -> "Altitude":
        """The same datum, ``climb_dmm`` higher (negative: lower)."""
        return Altitude(self.height_dmm + climb_dmm, self.datum)


def above_ground(height_dmm: int, ground: Altitude | None) -> Altitude:
    """A height over ground as a height in the datum of the ground's elevation.

    Raises Invalid "ground-elevation-missing" without one: whoever guessed zero here would fly people into a
    hill; "ground-elevation-pressure" where it is a pressure altitude, which no ground has.
    """
    if ground is None:
        raise Invalid(
            "ground-elevation-missing",
            "a height above ground means nothing without the elevation of the ground",
            field="ground_elevation",
            remedy="give the ground's elevation, or the height above mean sea level or above the ellipsoid",
        )
    if ground.datum is Datum.PRESSURE:
        text = "the elevation of the ground cannot be a pressure altitude"
        raise Invalid("ground-elevation-pressure", text, field="ground_elevation")
    checks.whole(height_dmm, "height_dmm", MIN_HEIGHT_DMM, MAX_HEIGHT_DMM, "MAX_HEIGHT_DMM")
    return ground.climbed(height_dmm)


# The margin of pressure altitude ------------------------------------------------------------------
TROPOPAUSE_DMM: Final = 11_000 * DMM_PER_METRE
"""Where the rate at which the margin grows changes."""
MARGIN_PER_MILLE_BELOW: Final = 63
MARGIN_PER_MILLE_ABOVE: Final = 80
STEEPEST_MARGIN: Final = 0.081
"""No climb changes the margin by more than this part of it: the greater of the two rates, and roundings."""
_MARGIN_AT_SEA_LEVEL_DMM: Final = 300 * DMM_PER_METRE


def pressure_margin_dmm(height_dmm: int) -> int:
    """How far the true height above mean sea level may lie from a pressure altitude, each way, in 0.1 mm.

    300 m + 6.3 % of the height up to 11 km + 8 % of what lies above. It covers, all at once: a sea level
    pressure of 1013.25 hPa +-30 hPa (265 m), a temperature of ISA +-15 degC throughout (6.0 % at 11 km, 6.9 %
    a metre above), standard (geopotential) against true metres (0.2 % at 11 km, 0.5 % at 30 km) and gravity
    from equator to pole (0.27 %). From FL-20 to FL999; integers, rounded up. The test integrates the
    hydrostatic equation against it.
    """
    low = min(abs(height_dmm), TROPOPAUSE_DMM)
    high = abs(height_dmm) - low
    per_mille = low * MARGIN_PER_MILLE_BELOW + high * MARGIN_PER_MILLE_ABOVE
    return _MARGIN_AT_SEA_LEVEL_DMM - (-per_mille // 1_000)


# Spans --------------------------------------------------------------------------------------------
class Spans(msgspec.Struct, frozen=True):
    """From a lower to an upper limit, in the limits' own datum where they share one, and on the WGS84
    ellipsoid.

    datum and native are both None where the limits have two datums; ellipsoid always holds every height that
    may be meant.
    """

    datum: Datum | None
    native: Span | None
    ellipsoid: Span

    @property
    def pressure(self) -> Span | None:
        """The span in pressure altitude, where both limits are flight levels."""
        return self.native if self.datum is Datum.PRESSURE else None


def ellipsoidal_span(altitude: Altitude, positions: Sequence[Position]) -> Span:
    """Lowest and highest height on the WGS84 ellipsoid that ``altitude`` may mean over the area of
    ``positions``.

    The undulation is bounded over the smallest disc about the positions' centre that holds them all, so
    vertices are enough: the ring's inside and its geodesic edges lie in it. Raises Invalid "positions-
    missing" where the datum needs a place and there is none, and Unavailable "geoid-missing" where there is
    no grid; never a silent zero.
    """
    if altitude.datum is Datum.WGS84:
        return (altitude.height_dmm, altitude.height_dmm)
    low_m, high_m = _undulation_span_m(positions)
    margin_dmm = pressure_margin_dmm(altitude.height_dmm) if altitude.datum is Datum.PRESSURE else 0
    low_dmm = altitude.height_dmm - margin_dmm + math.floor(low_m * DMM_PER_METRE)
    high_dmm = altitude.height_dmm + margin_dmm + math.ceil(high_m * DMM_PER_METRE)
    return (low_dmm, high_dmm)


def vertical_spans(lower: Altitude, upper: Altitude, positions: Sequence[Position]) -> Spans:
    """From ``lower`` to ``upper`` over the area of ``positions``.

    Raises Invalid "altitudes-inverted" where lower lies above upper in their one datum, and
    "altitude-limits-contradict" where, with two datums, it does so for certain; else as `ellipsoidal_span`.
    """
    if lower.datum is upper.datum:
        return _spans_of_one_datum(lower, upper, positions)
    low = ellipsoidal_span(lower, positions)
    high = ellipsoidal_span(upper, positions)
    if low[0] > high[1]:
        text = "the lower limit lies above the upper one whatever their datums mean here"
        raise Invalid("altitude-limits-contradict", text, field="lower")
    return Spans(None, None, (low[0], max(low[1], high[1])))


def _spans_of_one_datum(lower: Altitude, upper: Altitude, positions: Sequence[Position]) -> Spans:
    if lower.height_dmm > upper.height_dmm:
        raise Invalid("altitudes-inverted", "the lower limit lies above the upper one", field="lower")
    bottom = ellipsoidal_span(lower, positions)
    top = bottom if lower == upper else ellipsoidal_span(upper, positions)
    return Spans(lower.datum, (lower.height_dmm, upper.height_dmm), (bottom[0], top[1]))


def vertical_gap_dmm(first: Spans, second: Spans) -> int:
    """The height between two spans in 0.1 mm, 0 where they overlap or touch; integers only.

    Compared in their own datum where both have the same one, else on the ellipsoid, where it is the least
    that it may be.
    """
    if first.datum is second.datum and first.native is not None and second.native is not None:
        return _gap(first.native, second.native)
    return _gap(first.ellipsoid, second.ellipsoid)


def _gap(first: Span, second: Span) -> int:
    return max(0, first[0] - second[1], second[0] - first[1])


def _undulation_span_m(positions: Sequence[Position]) -> tuple[float, float]:
    if not positions:
        raise Invalid(
            "positions-missing", "a height over mean sea level needs a place to stand on the ellipsoid"
        )
    from openline.airspace import geoid  # numpy comes with it, and most heights never ask

    return geoid.undulation_span_m(
        [position.latitude_deg for position in positions], [position.longitude_deg for position in positions]
    )
