"""A place on the WGS84 ellipsoid."""

import math

import msgspec

from openline.airspace import checks
from openline.errors import Invalid


class Position(msgspec.Struct, frozen=True):
    """Geodetic WGS84 latitude and longitude in degrees, from -90 to 90 and from -180 to 180.

    Raises Invalid "wrong-type", "not-finite" or LimitExceeded "out-of-range".
    """

    latitude_deg: float
    longitude_deg: float

    def __post_init__(self) -> None:
        # The common case in one comparison: a trajectory file holds hundreds of thousands of these.
        if type(self.latitude_deg) is float and type(self.longitude_deg) is float:  # noqa: SIM102
            if abs(self.latitude_deg) <= 90.0 and abs(self.longitude_deg) <= 180.0:
                return
        checks.real(self.latitude_deg, "latitude_deg", -90.0, 90.0, "latitude -90 to 90")
        checks.real(self.longitude_deg, "longitude_deg", -180.0, 180.0, "longitude -180 to 180")


def place_key(position: Position) -> tuple[float, float]:
    """Equal for two spellings of one place: 180 W is 180 E, and a pole has every longitude."""
    if abs(position.latitude_deg) == 90.0:
        return (position.latitude_deg, 0.0)
    longitude_deg = -180.0 if position.longitude_deg == 180.0 else position.longitude_deg
    return (position.latitude_deg + 0.0, longitude_deg + 0.0)


def from_ecef(x: float, y: float, z: float) -> Position:
    """The position whose normal has the direction (x, y, z). Raises Invalid "no-direction" for the zero
    vector.
    """
    if not math.hypot(x, y, z) > 0.0:
        raise Invalid(
            "no-direction", "the centre of these positions is not defined: they lie all around the Earth"
        )
    return Position(math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x)))
