"""The rows of a CSV of positions, as columns."""

import csv
import io
import re
from collections.abc import Iterator
from math import isinf, nan
from operator import itemgetter
from typing import Any, Final

import msgspec
import numpy as np

from openline.airspace.limits import MAX_TIME_MS, MIN_TIME_MS
from openline.errors import Invalid, LimitExceeded, OpenlineError
from openline.formats.fields import moment_of
from openline.formats.recording import Floats, Ints, Recorded

_NUMBER: Final = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*", re.ASCII)

COLUMNS: Final = ("callsign", "time", "latitude", "longitude", "altitude_ft")


class Positions(msgspec.Struct, frozen=True, kw_only=True):
    """One number a row: names[callsign[i]] is its callsign; altitude_ft is NaN where the file has none."""

    names: tuple[str, ...]
    callsign: Ints
    time_ms: Ints
    latitude_deg: Floats
    longitude_deg: Floats
    altitude_ft: Floats

    def taken(self, rows: Ints) -> Recorded:
        """Only those rows, in that order."""
        return Recorded(
            time_ms=self.time_ms[rows],
            latitude_deg=self.latitude_deg[rows],
            longitude_deg=self.longitude_deg[rows],
            altitude_ft=self.altitude_ft[rows],
        )


def positions_of(text: str) -> Positions:
    """Raises as `openline.formats.flights.read_flights`."""
    rows, numbers = _rows(text)
    if not rows:
        raise Invalid("nothing-filed", "there are no positions in it", field="body")
    callsigns, times, latitudes, longitudes, altitudes = zip(*rows, strict=True)
    own_name = {text: _callsign(text) for text in set(callsigns)}
    names = sorted(set(own_name.values()))
    number_of = {name: number for number, name in enumerate(names)}
    return Positions(
        names=tuple(names),
        callsign=np.array([number_of[own_name[text]] for text in callsigns], dtype=np.int64),
        time_ms=_times(times, numbers),
        latitude_deg=_angles(latitudes, numbers, "latitude", 90.0),
        longitude_deg=_angles(longitudes, numbers, "longitude", 180.0),
        altitude_ft=_numbers(altitudes, numbers, "altitude_ft", may_be_empty=True),
    )


def _callsign(text: str) -> str:
    """As registrations are painted, D-EABC, and as flight plans have them, DEABC."""
    return text.strip().upper().replace("-", "")


def _rows(text: str) -> tuple[list[tuple[str, ...]], list[int]]:
    """The five columns of every row that is not blank, and the number of its line."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines = ((row, reader.line_num) for row in _lines(reader) if row and (len(row) > 1 or row[0].strip()))
    header, _ = next(lines, ([""], 1))
    pick, width = itemgetter(*_places(header)), len(header)
    rows, numbers = [], []
    for row, number in lines:
        if len(row) != width:
            cells = f"{len(row)} cells under a header of {width}"
            raise Invalid("row-length", cells, field=f"row {number}")
        rows.append(pick(row))
        numbers.append(number)
    return rows, numbers


def _lines(reader: Any) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        where = f"row {reader.line_num}"
        raise Invalid("not-csv", f"it is not CSV: {error}", field=where, clause="RFC 4180") from error


def _places(header: list[str]) -> list[int]:
    names = [name.strip().lower() for name in header]
    for name in COLUMNS:
        if name not in names:
            text = f"the header has no column {name}"
            remedy = f"begin the file with {','.join(COLUMNS)}"
            raise Invalid("missing-column", text, field=f"row 1.{name}", remedy=remedy)
        if names.count(name) > 1:
            raise Invalid("column-repeated", f"the header has {name} twice", field=f"row 1.{name}")
    return [names.index(name) for name in COLUMNS]


def _times(texts: tuple[str, ...], numbers: list[int]) -> Ints:
    # Flights recorded together share their moments: each is read once.
    known: dict[str, int] = {}
    try:
        for text in dict.fromkeys(texts):
            known[text] = moment_of(text.strip(), "time")
    except OpenlineError as error:
        error.field = f"row {numbers[texts.index(text)]}.time"
        raise
    times = np.array([known[text] for text in texts], dtype=np.int64)
    wrong = np.flatnonzero((times < MIN_TIME_MS) | (times > MAX_TIME_MS))
    if wrong.size:
        where, text = f"row {numbers[int(wrong[0])]}.time", "a time before 1970 or after 2099"
        raise LimitExceeded("out-of-range", text, field=where, clause="MAX_TIME_MS")
    return times


def _angles(texts: tuple[str, ...], numbers: list[int], name: str, most: float) -> Floats:
    angles = _numbers(texts, numbers, name)
    wrong = np.flatnonzero(np.abs(angles) > most)
    if wrong.size:
        where = f"row {numbers[int(wrong[0])]}.{name}"
        text = f"{name} is {angles[wrong[0]]:g}, not from -{most:g} to {most:g}"
        raise LimitExceeded("out-of-range", text, field=where, clause=f"{name} -{most:g} to {most:g}")
    return angles


def _numbers(texts: tuple[str, ...], numbers: list[int], name: str, *, may_be_empty: bool = False) -> Floats:
    """NaN for an empty text where that may be. A million at once; only what fails is looked at one by one."""
    empty = [may_be_empty and (not text or text.isspace()) for text in texts]
    try:
        values = np.array([nan if none else float(text) for text, none in zip(texts, empty, strict=True)])
    except ValueError:
        raise _first_bad(texts, numbers, name, empty) from None
    if not np.isfinite(values[~np.array(empty)]).all() or any("_" in text for text in texts):
        raise _first_bad(texts, numbers, name, empty)
    return values.astype(np.float64)


def _first_bad(texts: tuple[str, ...], numbers: list[int], name: str, empty: list[bool]) -> Invalid:
    places = (place for place, none in enumerate(empty) if not none and not _NUMBER.fullmatch(texts[place]))
    place = next(places, None)
    if place is None:  # all are spelled as numbers, and one is 1e999
        place = next(place for place, text in enumerate(texts) if not empty[place] and isinf(float(text)))
        return Invalid("not-finite", f"{name} is beyond all numbers", field=f"row {numbers[place]}.{name}")
    text, where = texts[place].strip(), f"row {numbers[place]}.{name}"
    if not text:
        return Invalid("missing-field", f"{name} is missing", field=where)
    if text.lower().lstrip("+-") in ("nan", "inf", "infinity"):
        return Invalid("not-finite", f"{name} is {text}", field=where)
    return Invalid("bad-number", f"{name} is {text[:40]!r}, not a number", field=where)
