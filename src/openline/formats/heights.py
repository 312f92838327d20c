"""A height as files have it, ``{"value": 350, "units": "FL", "reference": "PRESSURE"}``, and back.

units: M, FT or FL. reference: W84 (the WGS84 ellipsoid), AMSL (mean sea level), PRESSURE (1013.25 hPa) or AGL
(above ground, with ``ground_elevation``, itself a height in W84 or AMSL). FL implies PRESSURE and may leave
the reference out.
"""

from collections.abc import Callable
from typing import Any, Final

from openline.airspace.altitude import Altitude, Datum, above_ground
from openline.errors import Invalid, OpenlineError
from openline.formats.fields import (
    joined,
    list_of,
    number_of,
    object_of,
    refuse_unknown,
    required,
    text_of,
    whole_of,
)
from openline.units import DMM_PER_FLIGHT_LEVEL, DMM_PER_FOOT, metres_from_dmm

_DATUMS: Final = {"W84": Datum.WGS84, "AMSL": Datum.AMSL, "PRESSURE": Datum.PRESSURE}
_REFERENCES: Final = {datum: name for name, datum in _DATUMS.items()}
_FACTS: Final = frozenset({"units", "reference", "ground_elevation"})

Height = Callable[[Any, str], Altitude]
"""From a number of a file and its field to the altitude."""


def altitude_of(value: Any, field: str) -> Altitude:
    """Raises Invalid "missing-field", "unknown-field", "wrong-type", "bad-units", "bad-reference",
    "reference-contradicts-units", "ground-elevation-missing", LimitExceeded "out-of-range".
    """
    members = object_of(value, field)
    refuse_unknown(members, _FACTS | {"value"}, field)
    number = required(members, "value", field)
    return _height(members, field)(number, joined(field, "value"))


def altitudes_of(value: Any, field: str, count: int) -> list[Altitude]:
    """``{"values": [...], "units": ..., "reference": ...}``: one height for each of ``count`` points.

    Raises as `altitude_of`, and Invalid "count-differs".
    """
    members = object_of(value, field)
    refuse_unknown(members, _FACTS | {"values"}, field)
    numbers = list_of(required(members, "values", field), joined(field, "values"))
    if len(numbers) != count:
        text = f"{len(numbers)} heights for {count} positions"
        raise Invalid("count-differs", text, field=joined(field, "values"))
    height = _height(members, field)
    return [height(number, f"{field}.values[{place}]") for place, number in enumerate(numbers)]


def _height(members: dict[str, Any], field: str) -> Height:
    units = text_of(required(members, "units", field), joined(field, "units"))
    if units not in ("M", "FT", "FL"):
        raise Invalid("bad-units", f"units are {units!r}, not M, FT or FL", field=joined(field, "units"))
    reference = _reference(members, units, field)
    if reference != "AGL":
        if members.get("ground_elevation") is not None:
            text = f"a ground elevation says nothing about a height over {reference}"
            raise Invalid("ground-elevation-unused", text, field=joined(field, "ground_elevation"))
        return lambda number, place: _simple(number, units, _DATUMS[reference], place)
    return _over_ground(members, units, field)


def _reference(members: dict[str, Any], units: str, field: str) -> str:
    where = joined(field, "reference")
    if units == "FL" and members.get("reference") is None:
        return "PRESSURE"
    reference = text_of(required(members, "reference", field), where)
    if reference not in (*_DATUMS, "AGL"):
        raise Invalid(
            "bad-reference", f"reference is {reference!r}, not W84, AMSL, PRESSURE or AGL", field=where
        )
    if units == "FL" and reference != "PRESSURE":
        text = f"a flight level is a pressure altitude and has no reference {reference}"
        raise Invalid("reference-contradicts-units", text, field=where)
    return reference


def _over_ground(members: dict[str, Any], units: str, field: str) -> Height:
    given = members.get("ground_elevation")
    where = joined(field, "ground_elevation")
    ground = None if given is None else _ground(given, where)

    def height(number: Any, place: str) -> Altitude:
        try:
            return above_ground(_simple(number, units, Datum.WGS84, place).height_dmm, ground)
        except OpenlineError as error:
            if error.field == "ground_elevation":
                error.field = where
            raise

    return height


def _ground(value: Any, field: str) -> Altitude:
    if isinstance(value, dict) and (value.get("reference") == "AGL" or value.get("units") == "FL"):
        text = "the ground's elevation is a height in W84 or AMSL"
        raise Invalid("bad-reference", text, field=joined(field, "reference"))
    return altitude_of(value, field)


def _simple(number: Any, units: str, datum: Datum, field: str) -> Altitude:
    try:
        if units == "FL":
            return Altitude.flight_level(whole_of(number, field))
        if units == "FT":
            return Altitude.feet(number_of(number, field), datum)
        return Altitude.metres(number_of(number, field), datum)
    except OpenlineError as error:
        error.field = field
        raise


def height_to(altitude: Altitude) -> dict[str, Any]:
    """As `altitude_of` reads it back, to the 0.1 mm: a flight level, whole feet or metres."""
    value, units = _shortest(altitude)
    return {"value": value, "units": units, "reference": _REFERENCES[altitude.datum]}


def heights_to(altitudes: list[Altitude]) -> dict[str, Any]:
    """As `altitudes_of` reads it back; all of one datum."""
    units = "FT" if all(one.height_dmm % DMM_PER_FOOT == 0 for one in altitudes) else "M"
    values = [
        one.height_dmm // DMM_PER_FOOT if units == "FT" else metres_from_dmm(one.height_dmm)
        for one in altitudes
    ]
    return {"values": values, "units": units, "reference": _REFERENCES[altitudes[0].datum]}


def _shortest(altitude: Altitude) -> tuple[float, str]:
    if altitude.datum is Datum.PRESSURE and altitude.height_dmm % DMM_PER_FLIGHT_LEVEL == 0:
        return altitude.height_dmm // DMM_PER_FLIGHT_LEVEL, "FL"
    if altitude.height_dmm % DMM_PER_FOOT == 0:
        return altitude.height_dmm // DMM_PER_FOOT, "FT"
    return metres_from_dmm(altitude.height_dmm), "M"
