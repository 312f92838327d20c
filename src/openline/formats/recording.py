"""One recorded flight as columns, and what a recording gets wrong put right."""

import msgspec
import numpy as np
import numpy.typing as npt

from openline.airspace import geodesy
from openline.airspace.limits import MAX_PRESSURE_HEIGHT_DMM, MIN_PRESSURE_HEIGHT_DMM
from openline.formats.limits import OUTLIER_SLACK_M, OUTLIER_SPEED_M_S
from openline.units import DMM_PER_FOOT, MS_PER_SECOND

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """Positions in time: milliseconds since 1970, degrees, pressure altitude in feet (NaN where unknown)."""

    time_ms: Ints
    latitude_deg: Floats
    longitude_deg: Floats
    altitude_ft: Floats

    def taken(self, which: npt.NDArray[np.bool_] | Ints) -> "Recorded":
        """Only those positions."""
        return Recorded(
            time_ms=self.time_ms[which],
            latitude_deg=self.latitude_deg[which],
            longitude_deg=self.longitude_deg[which],
            altitude_ft=self.altitude_ft[which],
        )


def mended(recorded: Recorded, notes: list[str]) -> Recorded | str:
    """One position a time, none impossible, every altitude known; ``notes`` grows by what was done.

    Where nothing usable is left, the reason in words.
    """
    alone = _without(recorded, _repeated(recorded), "of a time already given", notes)
    sane = _without(alone, ~_reachable(alone), "that no aircraft could have flown to", notes)
    if sane.time_ms.size < 2:
        return "it has only one position"
    known = _with_sane_altitudes(sane, notes)
    if np.isnan(known.altitude_ft).all():
        return "it has no altitude at all"
    return _with_all_altitudes(known, notes)


def _without(recorded: Recorded, bad: npt.NDArray[np.bool_], why: str, notes: list[str]) -> Recorded:
    count = int(bad.sum())
    if not count:
        return recorded
    notes.append(f"{count:,} position{'s' if count > 1 else ''} {why} left out")
    return recorded.taken(~bad)


def _repeated(recorded: Recorded) -> npt.NDArray[np.bool_]:
    return np.append(False, np.diff(recorded.time_ms) == 0)


def _reachable(recorded: Recorded) -> npt.NDArray[np.bool_]:
    """The positions that one aircraft can have flown through.

    From the longest stretch without an impossible step, forth and back, each position that can be reached
    from the last one kept: so a single wrong position falls out, be it the first, and not the flight behind
    it.
    """
    keep = np.ones(recorded.time_ms.size, dtype=np.bool_)
    broken = np.flatnonzero(~_possible(recorded, np.arange(keep.size - 1), np.arange(1, keep.size)))
    if not broken.size:
        return keep
    edges = np.concatenate(([0], broken + 1, [keep.size]))
    longest = int(np.argmax(np.diff(edges)))
    first, last = int(edges[longest]), int(edges[longest + 1]) - 1
    _drop_unreachable(recorded, keep, last, range(last + 1, keep.size))
    _drop_unreachable(recorded, keep, first, range(first - 1, -1, -1))
    return keep


def _drop_unreachable(recorded: Recorded, keep: npt.NDArray[np.bool_], start: int, rest: range) -> None:
    kept = start
    for place in rest:
        if _possible(recorded, np.array([kept]), np.array([place]))[0]:
            kept = place
        else:
            keep[place] = False


def _possible(recorded: Recorded, start: Ints, end: Ints) -> npt.NDArray[np.bool_]:
    lat, lon = recorded.latitude_deg, recorded.longitude_deg
    distance_m = rough_distance_m(lat[start], lon[start], lat[end], lon[end])
    lasting_s = np.abs(recorded.time_ms[end] - recorded.time_ms[start]) / MS_PER_SECOND
    return np.asarray(distance_m <= OUTLIER_SLACK_M + OUTLIER_SPEED_M_S * lasting_s, dtype=np.bool_)


def rough_distance_m(latitude_deg: Floats, longitude_deg: Floats, to_lat: Floats, to_lon: Floats) -> Floats:
    """Within 1 % of the geodesic's length, and many times faster: enough to know an impossible speed."""
    here, there = geodesy.ecef(latitude_deg, longitude_deg), geodesy.ecef(to_lat, to_lon)
    chord = np.sqrt(sum((a - b) ** 2 for a, b in zip(here, there, strict=True)))
    radius = geodesy.EQUATORIAL_RADIUS_M
    return np.asarray(2 * radius * np.arcsin(np.minimum(1.0, chord / (2 * radius))), dtype=np.float64)


def _with_sane_altitudes(recorded: Recorded, notes: list[str]) -> Recorded:
    least, most = MIN_PRESSURE_HEIGHT_DMM / DMM_PER_FOOT, MAX_PRESSURE_HEIGHT_DMM / DMM_PER_FOOT
    wrong = (recorded.altitude_ft < least) | (recorded.altitude_ft > most)
    if not wrong.any():
        return recorded
    notes.append(f"{int(wrong.sum()):,} altitudes below FL-20 or above FL999 taken as unknown")
    return msgspec.structs.replace(recorded, altitude_ft=np.where(wrong, np.nan, recorded.altitude_ft))


def _with_all_altitudes(recorded: Recorded, notes: list[str]) -> Recorded:
    unknown = np.isnan(recorded.altitude_ft)
    if not unknown.any():
        return recorded
    times = recorded.time_ms.astype(np.float64)
    filled = np.interp(times, times[~unknown], recorded.altitude_ft[~unknown])
    notes.append(f"{int(unknown.sum()):,} of {unknown.size:,} altitudes interpolated")
    return msgspec.structs.replace(recorded, altitude_ft=filled)
