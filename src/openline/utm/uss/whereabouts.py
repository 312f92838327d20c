"""Where an aircraft that is off its intent may be: the off-nominal volumes that we tell by ourselves."""

from typing import Final

from openline.airspace.position import Position
from openline.errors import Invalid
from openline.utm.space import time_of
from openline.utm.uss.inside import Sample
from openline.utm.uss.limits import MAX_RECOVERABLE_TIME_IN_NONCONFORMING_STATE_MS, SECOND_MS
from openline.utm.uss.shapes import ms_of
from openline.utm.wire import volumes as wire
from openline.utm.wire.details import VehicleTelemetry

AHEAD_MS: Final = 2 * MAX_RECOVERABLE_TIME_IN_NONCONFORMING_STATE_MS
"""For how long ahead it is anticipated; before that it is back, or told anew."""
LEAST_SPEED_M_S: Final = 15.0
"""Taken of one that says nothing of its speed, or hovers."""
CLIMB_M_S: Final = 5.0
SPREAD_M: Final = 50.0
"""Of a position, beyond how far it can fly."""
MIN_ALTITUDE_M: Final = -8_000.0
MAX_ALTITUDE_M: Final = 100_000.0


def sample_of(telemetry: VehicleTelemetry) -> Sample:
    """Raises Invalid ``no-position``."""
    place = telemetry.position
    if place is None or place.latitude is None or place.longitude is None:
        raise Invalid("no-position", "it does not say where it is", field="position")
    height_m = None if place.altitude is None else float(place.altitude.value)
    at = Position(float(place.latitude), float(place.longitude))
    return Sample(ms_of(telemetry.time_measured), at, height_m)


def anticipated(telemetry: VehicleTelemetry, now_ms: int) -> wire.Volume4D:
    """A disc around where it was seen last, as wide as it may fly in AHEAD_MS."""
    sample = sample_of(telemetry)
    seconds = AHEAD_MS / SECOND_MS
    speed = LEAST_SPEED_M_S if telemetry.velocity is None else max(LEAST_SPEED_M_S, telemetry.velocity.speed)
    low, high = MIN_ALTITUDE_M, MAX_ALTITUDE_M
    if sample.height_m is not None:
        low = max(low, sample.height_m - CLIMB_M_S * seconds - SPREAD_M)
        high = min(high, sample.height_m + CLIMB_M_S * seconds + SPREAD_M)
    centre = wire.LatLngPoint(lng=sample.position.longitude_deg, lat=sample.position.latitude_deg)
    return wire.Volume4D(
        wire.Volume3D(
            outline_circle=wire.Circle(centre, wire.Radius(speed * seconds + SPREAD_M, "M")),
            altitude_lower=wire.Altitude(low, "W84", "M"),
            altitude_upper=wire.Altitude(high, "W84", "M"),
        ),
        time_of(min(sample.time_ms, now_ms)),
        time_of(now_ms + AHEAD_MS),
    )


def prolonged(volumes: tuple[wire.Volume4D, ...], now_ms: int) -> tuple[wire.Volume4D, ...]:
    """The same places, for as long ahead: of one that was never seen."""
    until = time_of(now_ms + AHEAD_MS)
    return tuple(wire.Volume4D(one.volume, one.time_start, until) for one in volumes)
