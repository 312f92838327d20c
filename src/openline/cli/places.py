"""Places, aircraft and read-back values as they are typed, as the parts of messages that they become."""

from typing import TYPE_CHECKING, Any

from openline.cli.given import moment_ms, whole_units
from openline.cli.officer import body_of
from openline.errors import Invalid
from openline.units import DMM_PER_FOOT, DMM_PER_NAUTICAL_MILE, E9_PER_DEGREE

if TYPE_CHECKING:
    from openline.coordination.fields import Aircraft, Where


def where_of(
    at: str | None,
    radius_nm: float,
    lower_ft: float | None,
    upper_ft: float | None,
    since: str | None,
    until: str | None,
) -> "Where | None":
    from openline.coordination.fields import Where

    if at is None:
        return None
    latitude_e9, longitude_e9 = _place(at, "--at")
    heights = {"lower_dmm": (lower_ft, "--lower-ft"), "upper_dmm": (upper_ft, "--upper-ft")}
    times = {"from_ms": (since, "--from"), "until_ms": (until, "--until")}
    where: Where = body_of(
        Where,
        latitude_e9=latitude_e9,
        longitude_e9=longitude_e9,
        radius_dmm=whole_units(radius_nm, DMM_PER_NAUTICAL_MILE, "--radius-nm"),
        **{
            it: None if feet is None else whole_units(feet, DMM_PER_FOOT, named)
            for it, (feet, named) in heights.items()
        },
        **{it: moment_ms(text, named) if text else None for it, (text, named) in times.items()},
    )
    return where


def aircraft_of(
    callsign: str | None, squawk: str | None, course: int | None = None, speed_kt: int | None = None
) -> "Aircraft | None":
    from openline.coordination.fields import Aircraft

    given = {"callsign": callsign, "squawk": squawk, "course_deg": course, "ground_speed_kt": speed_kt}
    is_known = any(value is not None for value in given.values())
    return body_of(Aircraft, **given) if is_known else None


def _place(text: str, field: str) -> tuple[int, int]:
    """Latitude and longitude. Raises Invalid ``bad-place``."""
    try:
        latitude, longitude = (float(part) for part in text.split(","))
        if abs(latitude) > 90 or abs(longitude) > 180:
            raise ValueError
    except ValueError:
        raise Invalid(
            "bad-place",
            f"{text!r} is no place",
            field=field,
            remedy="such as 35.3,40.1 (latitude, longitude)",
        ) from None
    return round(latitude * E9_PER_DEGREE), round(longitude * E9_PER_DEGREE)


def value_of(text: str) -> dict[str, Any]:
    """One value that was understood. Raises Invalid."""
    name, equals, what = text.partition("=")
    if not equals:
        raise Invalid(
            "bad-value", f"{text!r} is no value", field="--value", remedy="NAME=WHAT, as call list names them"
        )
    if what.endswith("ft"):
        try:
            feet = float(what.removesuffix("ft"))
        except ValueError:
            raise Invalid(
                "bad-value", f"{what!r} is no height", field="--value", remedy="such as 5000ft"
            ) from None
        return {"name": name, "height_dmm": whole_units(feet, DMM_PER_FOOT, "--value")}
    if "," in what:
        latitude_e9, longitude_e9 = _place(what, "--value")
        return {"name": name, "latitude_e9": latitude_e9, "longitude_e9": longitude_e9}
    return {"name": name, "time_ms": moment_ms(what, "--value")}
