"""One leg: where is its aircraft at a time of its own, and how high?

Own times are ms from the leg's start.
"""

from openline.conflict.kernels.jit import kernel
from openline.conflict.kernels.layout import (
    AT_X,
    AT_Y,
    AT_Z,
    FROM,
    GAP,
    LATERAL,
    LEG_ELLIPSOID_LOW0,
    LEG_END,
    LEG_HIGH0,
    LEG_LOW0,
    LEG_START,
    LEG_TIME_TOLERANCE,
    LEG_X0,
    LEG_X1,
    LEG_Y0,
    LEG_Y1,
    LEG_Z0,
    LEG_Z1,
    TO,
    WHEN,
    Floats,
)
from openline.conflict.kernels.linear import Span, below
from openline.conflict.kernels.surface import Frame, Triple, along_chord, flatten, on_surface

Leg = tuple[Floats, int]
"""bodies, and where in it the leg's row begins."""

Heights = tuple[float, float, float, float]
"""Low at the leg's start and its change per ms; high and its change. 0.1 mm."""


@kernel
def starting_ms(leg: Leg) -> float:
    bodies, at = leg
    return bodies[at + LEG_START]


@kernel
def lasting_ms(leg: Leg) -> float:
    bodies, at = leg
    return bodies[at + LEG_END] - bodies[at + LEG_START]


@kernel
def tolerance_ms(leg: Leg) -> float:
    bodies, at = leg
    return bodies[at + LEG_TIME_TOLERANCE]


@kernel
def place_at(leg: Leg, since: float) -> Triple:
    """Where it is at an own time."""
    bodies, at = leg
    return along_chord(
        bodies[at + LEG_X0],
        bodies[at + LEG_Y0],
        bodies[at + LEG_Z0],
        bodies[at + LEG_X1],
        bodies[at + LEG_Y1],
        bodies[at + LEG_Z1],
        since / lasting_ms(leg),
    )


@kernel
def flat_motion(frame: Frame, leg: Leg) -> tuple[float, float, float, float]:
    """In the frame: its place at the start, and its velocity in m/ms."""
    bodies, at = leg
    u0, v0 = flatten(frame, bodies[at + LEG_X0], bodies[at + LEG_Y0], bodies[at + LEG_Z0])
    u1, v1 = flatten(frame, bodies[at + LEG_X1], bodies[at + LEG_Y1], bodies[at + LEG_Z1])
    lasting = lasting_ms(leg)
    return u0, v0, (u1 - u0) / lasting, (v1 - v0) / lasting


@kernel
def heights_of(leg: Leg, native: bool, climb_dmm: float) -> Heights:
    """In its own datum or on the ellipsoid, so much higher than filed; exact where it is level."""
    bodies, at = leg
    low = at + (LEG_LOW0 if native else LEG_ELLIPSOID_LOW0)
    high = low + LEG_HIGH0 - LEG_LOW0
    lasting = lasting_ms(leg)
    return (
        bodies[low] + climb_dmm,
        (bodies[low + 1] - bodies[low]) / lasting,
        bodies[high] + climb_dmm,
        (bodies[high + 1] - bodies[high]) / lasting,
    )


@kernel
def gap_at(first: Heights, a: float, second: Heights, b: float) -> float:
    """The vertical distance at two own times."""
    over = first[0] + a * first[1] - (second[2] + b * second[3])
    under = second[0] + b * second[1] - (first[2] + a * first[3])
    return max(0.0, over, under)


@kernel
def level_times(
    first: Heights, a: float, second: Heights, b: float, vertical: float, low: float, high: float
) -> Span:
    """From low to high, ms after own times a and b: when they are not separated vertically."""
    over = first[0] + a * first[1] - (second[2] + b * second[3])
    low, high = below(over, first[1] - second[3], vertical, low, high)
    under = second[0] + b * second[1] - (first[2] + a * first[3])
    return below(under, second[1] - first[3], vertical, low, high)


@kernel
def write_contact(
    contact: Floats,
    start: float,
    end: float,
    lateral: float,
    gap: float,
    time: float,
    here: Triple,
    there: Triple,
) -> None:
    """All but whose parts they are; the place is midway between the two."""
    x, y, z = on_surface(0.5 * (here[0] + there[0]), 0.5 * (here[1] + there[1]), 0.5 * (here[2] + there[2]))
    contact[FROM], contact[TO], contact[LATERAL], contact[GAP], contact[WHEN] = start, end, lateral, gap, time
    contact[AT_X], contact[AT_Y], contact[AT_Z] = x, y, z
