"""What is told of two operations that come too close."""

import msgspec

from openline.airspace.position import Position


class Approach(msgspec.Struct, frozen=True):
    """The least lateral distance while both minima are broken.

    Between the nominal paths and the volumes as they were filed: tolerances widen what conflicts, but are not
    taken off here.
    position: midway between the two nearest places (in both, where volumes overlap). time_ms: when.
    lateral_m: metres along the geodesic, 0.0 where they overlap. vertical_dmm: the height then between the
    two bands (vertical tolerances and, between different datums, their margins included), 0 where they
    overlap. These are figures for people: they enter no id and no digest.
    """

    position: Position
    time_ms: int
    lateral_m: float
    vertical_dmm: int


class Conflict(msgspec.Struct, frozen=True):
    """Two operations nearer than the minima. first_id < second_id, so that each pair has one Conflict.

    start_ms, end_ms: from the first to the last moment under both minima, of those continuous times that the
    dwell does not tolerate; rounded outward to milliseconds.
    """

    first_id: str
    second_id: str
    start_ms: int
    end_ms: int
    closest: Approach

    @property
    def ids(self) -> tuple[str, str]:
        return self.first_id, self.second_id

    def other(self, operation_id: str) -> str:
        """The id of the one that is not operation_id."""
        return self.second_id if operation_id == self.first_id else self.first_id
