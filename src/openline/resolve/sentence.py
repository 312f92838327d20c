"""A change in words: short enough to be read out on a voice line."""

from openline.airspace.altitude import Altitude, Datum
from openline.airspace.change import Change
from openline.airspace.operation import Operation
from openline.units import (
    DMM_PER_FLIGHT_LEVEL,
    DMM_PER_METRE,
    DMM_PER_NAUTICAL_MILE,
    MS_PER_SECOND,
    feet_from_dmm,
    metres_from_dmm,
    nautical_miles_from_dmm,
)

_COMPASS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
_REFERENCE = {Datum.WGS84: " over the ellipsoid", Datum.AMSL: "", Datum.PRESSURE: " pressure altitude"}


def sentence_of(operation: Operation, change: Change) -> str:
    """Such as "climb 2,000 ft (FL350 becomes FL370), depart 4 min later and fly 2 NM left of track"."""
    parts = []
    if change.climb_dmm:
        parts.append(_climb(operation, change.climb_dmm))
    if change.delay_ms:
        parts.append(_delay(operation, change.delay_ms))
    if change.offset_dmm:
        parts.append(_aside(change))
    return ", ".join([*parts[:-2], " and ".join(parts[-2:])]) if parts else "as filed"


def _climb(operation: Operation, climb_dmm: int) -> str:
    verb = "climb" if climb_dmm > 0 else "descend"
    top = _highest(operation)
    was, becomes = level_in_words(top), level_in_words(top.climbed(climb_dmm))
    return f"{verb} {_feet(abs(climb_dmm))} ({was} becomes {becomes})"


def _highest(operation: Operation) -> Altitude:
    """The level that it is known by: the highest that was filed."""
    volumes = [one.volume.upper for one in (*operation.volumes, *operation.off_nominal_volumes)]
    points = operation.trajectory.points if operation.trajectory else ()
    flown = [point.altitude for point in points] or volumes
    return max(flown, key=lambda altitude: altitude.height_dmm)


def level_in_words(altitude: Altitude) -> str:
    """FL350 for whole flight levels; else feet, with what they count from where it is not mean sea level."""
    if altitude.datum is Datum.PRESSURE and altitude.height_dmm % DMM_PER_FLIGHT_LEVEL == 0:
        level = altitude.height_dmm // DMM_PER_FLIGHT_LEVEL
        return f"FL{level:03d}"
    return _feet(altitude.height_dmm) + _REFERENCE[altitude.datum]


def _feet(height_dmm: int) -> str:
    feet = feet_from_dmm(height_dmm)
    return f"{round(feet):,} ft" if abs(feet - round(feet)) < 0.05 else f"{feet:,.1f} ft"


def _delay(operation: Operation, delay_ms: int) -> str:
    verb = "depart" if operation.trajectory else "start"
    return f"{verb} {_duration(abs(delay_ms))} {'later' if delay_ms > 0 else 'earlier'}"


def _aside(change: Change) -> str:
    """Such as "fly 2 NM right of track", "shift 500 m to the north-east"."""
    far = _distance(abs(change.offset_dmm))
    if change.bearing_deg is None:
        return f"fly {far} {'right' if change.offset_dmm > 0 else 'left'} of track"
    if change.bearing_deg % 45 == 0:
        return f"shift {far} to the {_COMPASS[change.bearing_deg // 45]}"
    return f"shift {far} towards {change.bearing_deg:03d} degrees"


def _distance(length_dmm: int) -> str:
    """In nautical miles where it is a whole number of tenths, else in metres."""
    if length_dmm % (DMM_PER_NAUTICAL_MILE // 10) == 0:
        return f"{nautical_miles_from_dmm(length_dmm):g} NM"
    metres = metres_from_dmm(length_dmm)
    return f"{metres:,.0f} m" if length_dmm % DMM_PER_METRE == 0 else f"{metres:,.1f} m"


def _duration(milliseconds: int) -> str:
    minutes, rest_ms = divmod(milliseconds, 60 * MS_PER_SECOND)
    seconds = f"{rest_ms / MS_PER_SECOND:g} s"
    if not minutes:
        return seconds
    return f"{minutes} min {seconds}" if rest_ms else f"{minutes} min"
