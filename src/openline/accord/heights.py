"""Heights carried into the accord's datum, always outward: what may be meant there, at the lowest and the
highest.

In one datum a height is what it is. Between two it goes over the WGS84 ellipsoid, with the spread of the
geoid over the place and the margin of the atmosphere (openline.airspace.altitude says how wide these are, and
why).
"""

from collections.abc import Sequence

from openline.airspace.altitude import Altitude, Datum, Span, ellipsoidal_span, pressure_margin_dmm
from openline.airspace.limits import (
    MAX_HEIGHT_DMM,
    MAX_PRESSURE_HEIGHT_DMM,
    MIN_HEIGHT_DMM,
    MIN_PRESSURE_HEIGHT_DMM,
)
from openline.airspace.position import Position
from openline.errors import Refused
from openline.units import round_down, round_up


def reach_of(datum: Datum) -> Span:
    """The lowest and highest height that the datum can state, 0.1 mm."""
    if datum is Datum.PRESSURE:
        return MIN_PRESSURE_HEIGHT_DMM, MAX_PRESSURE_HEIGHT_DMM
    return MIN_HEIGHT_DMM, MAX_HEIGHT_DMM


def height_in(datum: Datum, altitude: Altitude, positions: Sequence[Position]) -> Span:
    """The lowest and highest height in `datum` that `altitude` may be over the area of `positions`, in 0.1
    mm.

    Raises Refused `height-not-tellable` where the datum does not reach so far, such as a pressure altitude in
    space.
    """
    if altitude.datum is datum:
        return altitude.height_dmm, altitude.height_dmm
    low_dmm, high_dmm = ellipsoidal_span(altitude, positions)
    if datum is Datum.WGS84:
        return low_dmm, high_dmm
    down_dmm, up_dmm = ellipsoidal_span(Altitude(0, Datum.AMSL), positions)
    if datum is Datum.AMSL:
        return low_dmm - up_dmm, high_dmm - down_dmm
    return _lowest_pressure(low_dmm - up_dmm), _highest_pressure(high_dmm - down_dmm)


def layered(span: Span, layer_dmm: int, datum: Datum) -> Span:
    """The span rounded outward to layers; held within what the datum can state, beyond which nothing is
    filed."""
    step = max(1, layer_dmm)
    least, most = reach_of(datum)
    return max(least, round_down(span[0], step)), min(most, round_up(span[1], step))


def nearest_layer(height_dmm: int, layer_dmm: int, datum: Datum) -> int:
    step = max(1, layer_dmm)
    least, most = reach_of(datum)
    return min(most, max(least, round_down(height_dmm + step // 2, step)))


def _lowest_pressure(amsl_dmm: int) -> int:
    """The lowest pressure altitude whose margin reaches up to a true height; the margin grows by less than
    the height does, so bisection finds it."""
    least, most = reach_of(Datum.PRESSURE)
    if most + pressure_margin_dmm(most) < amsl_dmm:
        raise _not_tellable(amsl_dmm)
    while least < most:
        middle = (least + most) // 2
        if middle + pressure_margin_dmm(middle) >= amsl_dmm:
            most = middle
        else:
            least = middle + 1
    return least


def _highest_pressure(amsl_dmm: int) -> int:
    """The highest pressure altitude whose margin reaches down to a true height."""
    least, most = reach_of(Datum.PRESSURE)
    if most - pressure_margin_dmm(most) < amsl_dmm or least - pressure_margin_dmm(least) > amsl_dmm:
        raise _not_tellable(amsl_dmm)
    while least < most:
        middle = (least + most + 1) // 2
        if middle - pressure_margin_dmm(middle) <= amsl_dmm:
            least = middle
        else:
            most = middle - 1
    return least


def _not_tellable(amsl_dmm: int) -> Refused:
    return Refused(
        "height-not-tellable",
        f"{amsl_dmm // 10_000} m above mean sea level is beyond what a pressure altitude can state",
        field="altitude",
        clause="datum",
        remedy="agree on another datum for heights, or file lower",
    )
