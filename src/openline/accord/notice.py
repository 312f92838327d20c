"""The notice: what the accord lets the partner know of an operation, as it is signed and sent.

Integers only: 1e-9 degree, 0.1 mm, ms. All heights are in the accord's one datum, so none is named here. A
field that was not disclosed does not exist on the wire: it is left out, not null. No field can hold a target,
weapon or purpose.
"""

import re
from itertools import pairwise

from msgspec import Struct

from openline.accord.shapes import Disc, Outline, Point, Shape
from openline.accord.wellformed import at_most, digest, matching, moment, truth, uuid4, whole
from openline.airspace.altitude import Altitude, Datum
from openline.airspace.limits import (
    MAX_HEIGHT_DMM,
    MAX_OPERATION_VERTICES,
    MAX_POINTS,
    MAX_PRIORITY,
    MAX_VERSION,
    MAX_VOLUMES,
    MIN_HEIGHT_DMM,
)
from openline.airspace.operation import Operation, State, refuse_bad_callsign
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.airspace.volume import Volume3D, Volume4D
from openline.errors import Invalid

_AIRCRAFT_TYPE = re.compile(r"[A-Z][A-Z0-9]{1,3}")


class NoticeVolume(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A 4D volume: outline or disc, lower..upper in 0.1 mm, start..end in ms; all bounds belong to it."""

    shape: Shape
    lower_dmm: int
    upper_dmm: int
    start_ms: int
    end_ms: int

    def __post_init__(self) -> None:
        _height(self.lower_dmm, "lower_dmm")
        _height(self.upper_dmm, "upper_dmm")
        moment(self.start_ms, "start_ms")
        moment(self.end_ms, "end_ms")
        if self.lower_dmm > self.upper_dmm:
            raise Invalid(
                "altitudes-upside-down", "a volume's lower limit is above its upper", field="lower_dmm"
            )
        if self.start_ms >= self.end_ms:
            raise Invalid("times-upside-down", "a volume ends when or before it starts", field="end_ms")

    def as_volume(self, datum: Datum) -> Volume4D:
        """Raises Invalid where the ring crosses itself or airspace's own limits are passed."""
        lower, upper = Altitude(self.lower_dmm, datum), Altitude(self.upper_dmm, datum)
        return Volume4D(Volume3D(self.shape.figure(), lower, upper), self.start_ms, self.end_ms)


class NoticePoint(Struct, frozen=True, forbid_unknown_fields=True):
    """One timed position of a trajectory: 1e-9 degree, 0.1 mm in the accord's datum, ms."""

    lat_e9: int
    lon_e9: int
    height_dmm: int
    time_ms: int

    def __post_init__(self) -> None:
        self.place()
        _height(self.height_dmm, "height_dmm")
        moment(self.time_ms, "time_ms")

    def place(self) -> Point:
        return Point(self.lat_e9, self.lon_e9)

    def as_point(self, datum: Datum) -> TrajectoryPoint:
        return TrajectoryPoint(self.place().position(), Altitude(self.height_dmm, datum), self.time_ms)


class NoticeTrajectory(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Timed points joined by geodesics at constant speed, and how far the flight may be from them."""

    points: tuple[NoticePoint, ...]
    lateral_tolerance_dmm: int
    vertical_tolerance_dmm: int
    time_tolerance_ms: int

    def __post_init__(self) -> None:
        at_most(self.points, MAX_POINTS, "points", "MAX_POINTS")
        if len(self.points) < 2:
            raise Invalid("too-few-points", "a trajectory needs at least two points", field="points")
        times = [point.time_ms for point in self.points]
        if any(later <= earlier for earlier, later in pairwise(times)):
            raise Invalid("times-upside-down", "a trajectory's times have to rise", field="points")
        for name in ("lateral_tolerance_dmm", "vertical_tolerance_dmm", "time_tolerance_ms"):
            whole(getattr(self, name), name)

    def as_trajectory(self, datum: Datum) -> Trajectory:
        """Raises Invalid where airspace's own limits are passed."""
        return Trajectory(
            tuple(point.as_point(datum) for point in self.points),
            lateral_tolerance_dmm=self.lateral_tolerance_dmm,
            vertical_tolerance_dmm=self.vertical_tolerance_dmm,
            time_tolerance_ms=self.time_tolerance_ms,
        )


class Notice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One version of what the partner may know of one operation. Fields that hold their default are not on
    the wire.

    notice_id: UUID4, made for this accord alone, so that two partners can not put theirs together. version:
    1, 2, ... state: the operation's (F3548-21, with Proposed). keeps_place: this revision lies inside its
    earlier notice and keeps its standing. agreed: hash of the ACP whose proposal this version carries
    out. priority, callsign, aircraft_type: only where disclosed. At least one volume or a trajectory. Raises
    Invalid or LimitExceeded with the field.
    """

    notice_id: str
    version: int
    state: State
    keeps_place: bool = False
    agreed: str | None = None
    volumes: tuple[NoticeVolume, ...] = ()
    off_nominal_volumes: tuple[NoticeVolume, ...] = ()
    trajectory: NoticeTrajectory | None = None
    priority: int | None = None
    callsign: str | None = None
    aircraft_type: str | None = None

    def __post_init__(self) -> None:
        uuid4(self.notice_id, "notice_id")
        whole(self.version, "version", low=1, high=MAX_VERSION)
        truth(self.keeps_place, "keeps_place")
        if self.agreed is not None:
            digest(self.agreed, "agreed")
        self._check_disclosed_fields()
        check_geometry(self.volumes, self.off_nominal_volumes)
        if not (self.volumes or self.off_nominal_volumes or self.trajectory):
            raise Invalid("nothing-told", "a notice needs a volume or a trajectory", field="volumes")

    def _check_disclosed_fields(self) -> None:
        if self.priority is not None:
            whole(self.priority, "priority", high=MAX_PRIORITY)
        refuse_bad_callsign(self.callsign)
        if self.aircraft_type is not None:
            wanted = "2 to 4 of A-Z 0-9, a letter first (ICAO Doc 8643)"
            matching(self.aircraft_type, _AIRCRAFT_TYPE, "aircraft_type", wanted, code="bad-aircraft-type")

    @property
    def start_ms(self) -> int:
        """The first moment that the notice claims, tolerances included."""
        return min(start for start, _ in self._spans())

    @property
    def end_ms(self) -> int:
        """The last moment that the notice claims, tolerances included."""
        return max(end for _, end in self._spans())

    def _spans(self) -> list[tuple[int, int]]:
        spans = [(volume.start_ms, volume.end_ms) for volume in (*self.volumes, *self.off_nominal_volumes)]
        if self.trajectory is not None:
            points, slack_ms = self.trajectory.points, self.trajectory.time_tolerance_ms
            spans.append((points[0].time_ms - slack_ms, points[-1].time_ms + slack_ms))
        return spans


def as_operation(notice: Notice, accord_datum: Datum) -> Operation:
    """The notice as an operation of the picture: its id is the notice id, so own and foreign are of one kind.

    A priority that was not told counts as 0. Raises Invalid where a ring crosses itself.
    """
    return Operation(
        id=notice.notice_id,
        version=notice.version,
        state=notice.state,
        priority=notice.priority or 0,
        volumes=tuple(volume.as_volume(accord_datum) for volume in notice.volumes),
        off_nominal_volumes=tuple(volume.as_volume(accord_datum) for volume in notice.off_nominal_volumes),
        trajectory=notice.trajectory.as_trajectory(accord_datum) if notice.trajectory else None,
        callsign=notice.callsign,
        aircraft_type=notice.aircraft_type,
    )


def check_geometry(volumes: tuple[NoticeVolume, ...], off_nominal_volumes: tuple[NoticeVolume, ...]) -> None:
    """Raises LimitExceeded for more than MAX_VOLUMES volumes or MAX_OPERATION_VERTICES vertices of all
    together."""
    together = (*volumes, *off_nominal_volumes)
    at_most(together, MAX_VOLUMES, "volumes", "MAX_VOLUMES")
    outlines = [volume.shape.vertices for volume in together if isinstance(volume.shape, Outline)]
    at_most(
        [vertex for outline in outlines for vertex in outline],
        MAX_OPERATION_VERTICES,
        "volumes",
        "MAX_OPERATION_VERTICES",
    )


def _height(value: int, field: str) -> None:
    whole(value, field, low=MIN_HEIGHT_DMM, high=MAX_HEIGHT_DMM)


__all__ = [
    "Disc",
    "Notice",
    "NoticePoint",
    "NoticeTrajectory",
    "NoticeVolume",
    "Outline",
    "Point",
    "Shape",
    "as_operation",
    "check_geometry",
]
