"""Volumes as arrays: judged as the values of `openline.airspace` are, a million at a time."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from openline.airspace import ring
from openline.airspace.limits import (
    MAX_DURATION_MS,
    MAX_HEIGHT_DMM,
    MAX_TIME_MS,
    MAX_VERTICES,
    MIN_HEIGHT_DMM,
    MIN_TIME_MS,
)
from openline.conflict.kernels.bulk import MAX_LONGITUDE_DEG, SAME_UNIT, WGS84
from openline.conflict.kernels.layout import Floats, Ints
from openline.errors import Invalid, LimitExceeded
from openline.units import DMM_PER_METRE, MS_PER_SECOND


@dataclass(frozen=True, slots=True, eq=False)
class Volumes:
    """n rings: lonlat (m, 2) degrees; offsets (n + 1,); spans (n, 7) as of `zones.polygon_part`."""

    lonlat: Floats
    offsets: Ints
    spans: Floats

    def __len__(self) -> int:
        return len(self.spans)


def checked(
    lonlat: Any, offsets: Any, altitude_lower_m: Any, altitude_upper_m: Any, start_s: Any, end_s: Any
) -> Volumes:
    """All but the rings themselves (`refuse_bad_ring` after the kernel).

    Raises Invalid "wrong-type", "wrong-shape", "not-finite", "bad-offsets", "too-few-vertices",
    "altitudes-inverted", "times-inverted"; LimitExceeded "out-of-range", "too-many-vertices", "too-long".
    Each names the row.
    """
    places = floats(lonlat, "lonlat")
    if places.ndim != 2 or places.shape[1] != 2:
        raise _wrong_shape("lonlat", places, "(m, 2)")
    rings = _offsets(offsets, len(places))
    count = len(rings) - 1
    heights = [_column(value, field, count) for field, value in (
        ("altitude_lower_m", altitude_lower_m), ("altitude_upper_m", altitude_upper_m))]  # fmt: skip
    times = [_column(value, field, count) for field, value in (("start_s", start_s), ("end_s", end_s))]
    _refuse_far_places(places, rings)
    _refuse_outside(heights, ("altitude_lower_m", "altitude_upper_m"), MIN_HEIGHT_DMM / DMM_PER_METRE,
                    MAX_HEIGHT_DMM / DMM_PER_METRE, "MAX_HEIGHT_DMM")  # fmt: skip
    _refuse_outside(times, ("start_s", "end_s"), MIN_TIME_MS / MS_PER_SECOND, MAX_TIME_MS / MS_PER_SECOND,
                    "MAX_TIME_MS")  # fmt: skip
    low, high = (_to_unit(one * DMM_PER_METRE) for one in heights)
    start, end = (_to_unit(one * MS_PER_SECOND) for one in times)
    _refuse_first(
        low > high, "altitudes-inverted", "the lower limit lies above the upper one", "altitude_lower_m"
    )
    _refuse_first(start > end, "times-inverted", "it ends before it starts", "end_s")
    _refuse_long(start, end)
    spans = np.stack([start, end, low, high, low, high, np.full(count, WGS84)], axis=1)
    return Volumes(places, rings, np.ascontiguousarray(spans))


def refuse_bad_ring(volumes: Volumes, row: int) -> None:
    """Say what is wrong with a ring that the kernel found wrong, or could not judge. Raises as
    airspace.Polygon, naming the row.
    """
    begin, end = volumes.offsets[row], volumes.offsets[row + 1]
    longitude, latitude = volumes.lonlat[begin:end, 0], volumes.lonlat[begin:end, 1]
    _refuse_repeated(latitude, longitude, row)
    try:
        ring.refuse_bad_ring(np.array(latitude), _wrapped(longitude))
    except Invalid as error:
        raise type(error)(
            error.code, f"row {row}: {error.text}", field=f"lonlat of row {row}", clause=error.clause,
            remedy=error.remedy,
        ) from error  # fmt: skip


def _wrapped(longitude: Floats) -> Floats:
    """From -180 to 180; what is there already keeps its last bit, on which it may depend whether a ring
    touches itself.
    """
    outside = np.abs(longitude) > 180.0
    return np.where(outside, (longitude + 180.0) % 360.0 - 180.0, longitude)


def _refuse_repeated(latitude: Floats, longitude: Floats, row: int) -> None:
    seen: dict[tuple[float, float], int] = {}
    for number, (lat, lon) in enumerate(zip(latitude.tolist(), longitude.tolist(), strict=True)):
        place = (lat, 0.0 if abs(lat) == 90.0 else (lon + 180.0) % 360.0)
        earlier = seen.setdefault(place, number)
        if earlier != number:
            text = f"row {row}: vertex {number} is vertex {earlier} again"
            raise Invalid(
                "vertex-repeated", text, field=f"lonlat of row {row}", remedy="rings are open: leave it out"
            )


def floats(value: Any, field: str) -> Floats:
    """As an array of float64. Raises Invalid "wrong-type"."""
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise Invalid("wrong-type", f"{field} is no array of numbers", field=field) from error
    if array.dtype.kind not in "fiu":
        raise Invalid("wrong-type", f"{field} holds {array.dtype}, not numbers", field=field)
    return np.ascontiguousarray(array, dtype=np.float64)


def _column(value: Any, field: str, count: int) -> Floats:
    array = floats(value, field)
    if array.shape != (count,):
        raise _wrong_shape(field, array, f"({count},), one for each ring")
    _refuse_first(~np.isfinite(array), "not-finite", "it is no finite number", field)
    return array


def _wrong_shape(field: str, array: Floats, wanted: str) -> Invalid:
    return Invalid("wrong-shape", f"{field} has the shape {array.shape}, not {wanted}", field=field)


def _offsets(value: Any, places: int) -> Ints:
    array = np.asarray(value)
    if array.ndim != 1 or not len(array):
        raise Invalid("wrong-shape", f"offsets have the shape {array.shape}, not (n + 1,)", field="offsets")
    if not np.issubdtype(array.dtype, np.integer):
        raise Invalid("wrong-type", f"offsets are {array.dtype}, not whole numbers", field="offsets")
    offsets = np.ascontiguousarray(array, dtype=np.int64)
    if offsets[0] != 0 or offsets[-1] != places:
        text = f"offsets go from {offsets[0]} to {offsets[-1]}, and there are {places} vertices"
        raise Invalid("bad-offsets", text, field="offsets", remedy="from 0 to the number of vertices")
    counts = np.diff(offsets)
    _refuse_first(counts < 0, "bad-offsets", "its offset lies before the one of the row before", "offsets")
    _refuse_first(counts < 3, "too-few-vertices", "a ring needs three vertices", "offsets")
    row = _first(counts > MAX_VERTICES)
    if row is not None:
        text = f"row {row}: a ring of {counts[row]:,} vertices, more than {MAX_VERTICES:,}"
        raise LimitExceeded("too-many-vertices", text, field=f"offsets[{row}]", clause="MAX_VERTICES")
    return offsets


def _refuse_far_places(places: Floats, offsets: Ints) -> None:
    wrong = ~np.isfinite(places).all(axis=1)
    vertex = _first(wrong)
    if vertex is not None:
        text = f"row {_row_of(vertex, offsets)}: vertex {vertex} is {places[vertex].tolist()}"
        raise Invalid("not-finite", text, field=f"lonlat[{vertex}]")
    vertex = _first((np.abs(places[:, 0]) > MAX_LONGITUDE_DEG) | (np.abs(places[:, 1]) > 90.0))
    if vertex is not None:
        text = (
            f"row {_row_of(vertex, offsets)}: vertex {vertex} is {places[vertex].tolist()}, longitude first"
        )
        raise LimitExceeded(
            "out-of-range",
            text,
            field=f"lonlat[{vertex}]",
            clause="latitude -90 to 90, longitude -360 to 360",
        )


def _row_of(vertex: int, offsets: Ints) -> int:
    return int(np.searchsorted(offsets, vertex, side="right")) - 1


def _refuse_outside(
    columns: list[Floats], fields: tuple[str, str], least: float, most: float, limit: str
) -> None:
    for column, field in zip(columns, fields, strict=True):
        row = _first((column < least) | (column > most))
        if row is not None:
            text = f"row {row}: {field} is {column[row]}, not from {least:,} to {most:,}"
            raise LimitExceeded("out-of-range", text, field=f"{field}[{row}]", clause=limit)


def _refuse_long(start: Floats, end: Floats) -> None:
    row = _first(end - start > MAX_DURATION_MS)
    if row is not None:
        raise LimitExceeded(
            "too-long",
            f"row {row}: it lasts longer than 30 days",
            field=f"end_s[{row}]",
            clause="MAX_DURATION_MS",
        )


def _refuse_first(wrong: np.ndarray[Any, np.dtype[np.bool_]], code: str, text: str, field: str) -> None:
    row = _first(wrong)
    if row is not None:
        raise Invalid(code, f"row {row}: {text}", field=f"{field}[{row}]")


def _first(wrong: Any) -> int | None:
    """The first row that is True."""
    row = int(np.argmax(wrong)) if len(wrong) else 0
    return row if len(wrong) and wrong[row] else None


def _to_unit(value: Floats) -> Floats:
    whole = np.floor(value + 0.5)
    return np.where(np.abs(value - whole) < SAME_UNIT, whole, value)
