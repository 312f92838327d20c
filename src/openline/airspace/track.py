"""What is seen of an aircraft at one moment, whoever saw it."""

import msgspec

from openline.airspace import checks
from openline.airspace.altitude import Altitude
from openline.airspace.limits import (
    MAX_GROUND_SPEED_M_S,
    MAX_TIME_MS,
    MAX_TRACK_ID_LENGTH,
    MIN_TIME_MS,
)
from openline.airspace.operation import refuse_bad_callsign
from openline.airspace.position import Position
from openline.errors import Invalid


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """One observation. What was not observed is None.

    id: of the track in its feed, 1 to 64 characters; time_ms: of applicability, milliseconds since 1970;
    ground_speed_m_s from 0; track_deg: clockwise from true north, 0 to 360; vertical_speed_m_s: positive up.
    Raises Invalid "wrong-type", "bad-track-id", "not-finite", "bad-callsign"; LimitExceeded "out-of-range".
    """

    id: str
    position: Position
    time_ms: int
    altitude: Altitude | None = None
    ground_speed_m_s: float | None = None
    track_deg: float | None = None
    vertical_speed_m_s: float | None = None
    callsign: str | None = None

    def __post_init__(self) -> None:
        checks.instance(self.id, str, "id")
        if not 1 <= len(self.id) <= MAX_TRACK_ID_LENGTH or not self.id.isprintable():
            text = f"a track id has 1 to {MAX_TRACK_ID_LENGTH} printable characters"
            raise Invalid("bad-track-id", text, field="id")
        checks.instance(self.position, Position, "position")
        checks.whole(self.time_ms, "time_ms", MIN_TIME_MS, MAX_TIME_MS, "MAX_TIME_MS")
        checks.instance(self.altitude, (Altitude, type(None)), "altitude")
        _refuse_bad_motion(self)
        refuse_bad_callsign(self.callsign)


def _refuse_bad_motion(track: Track) -> None:
    most = MAX_GROUND_SPEED_M_S
    for field, value, least, greatest in (
        ("ground_speed_m_s", track.ground_speed_m_s, 0.0, most),
        ("track_deg", track.track_deg, 0.0, 360.0),
        ("vertical_speed_m_s", track.vertical_speed_m_s, -most, most),
    ):
        if value is not None:
            checks.real(value, field, least, greatest, "MAX_GROUND_SPEED_M_S")
