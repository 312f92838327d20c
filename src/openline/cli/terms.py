"""The terms of an accord from options of the command line, and back into words for people."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from openline.cli.given import read_file, whole_units
from openline.cli.output import moment
from openline.errors import Invalid
from openline.units import (
    DMM_PER_FOOT,
    E9_PER_DEGREE,
    MS_PER_SECOND,
    feet_from_dmm,
    nautical_miles_from_dmm,
)

if TYPE_CHECKING:
    from openline.accord.shapes import Outline
    from openline.accord.terms import Accord

MS_PER_MINUTE = 60 * MS_PER_SECOND


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What the options of ``accord propose`` say; None (or empty) is what nobody said anything about."""

    minima: str | None = None
    area: Path | None = None
    valid_from_ms: int | None = None
    valid_until_ms: int | None = None
    exercise: bool = False
    tell: tuple[str, ...] = ()
    grid_deg: float | None = None
    layer_ft: float | None = None
    step_s: float | None = None
    trajectories: bool | None = None
    finer: bool | None = None
    minimum_notice_min: float | None = None
    heartbeat_s: float | None = None
    answer_min: float | None = None
    line_checks: tuple[str, ...] = ()
    precedence: str | None = None
    pass_on: tuple[str, ...] = ()
    no_pass_on: bool = False
    terms: Path | None = None


def changed(accord: "Accord", wanted: Wanted) -> "Accord":
    """The accord with what was wanted put in its place; ``--terms`` has the last word. Raises Invalid."""
    import openline.accord.terms as terms

    changes: dict[str, Any] = {
        "valid_from_ms": wanted.valid_from_ms,
        "valid_until_ms": wanted.valid_until_ms,
        "minima": terms.MinimaTerms.named(wanted.minima) if wanted.minima else None,
        "area": area_of(wanted.area) if wanted.area else None,
        "disclosure": _disclosure(accord, wanted),
        "minimum_notice_ms": _scaled(wanted.minimum_notice_min, MS_PER_MINUTE, "--minimum-notice-min"),
        "heartbeat_ms": _scaled(wanted.heartbeat_s, MS_PER_SECOND, "--heartbeat-s"),
        "answers": _answers(accord, wanted),
        "line_checks": tuple(sorted(wanted.line_checks)) or None,
        "precedence": wanted.precedence,
        "pass_on": _pass_on(accord, wanted),
    }
    said = {name: value for name, value in changes.items() if value is not None}
    accord = msgspec.structs.replace(accord, **said)
    return _overridden(accord, wanted.terms) if wanted.terms else accord


def _scaled(value: float | None, per_unit: int, option: str) -> int | None:
    return None if value is None else whole_units(value, per_unit, option)


def _disclosure(accord: "Accord", wanted: Wanted) -> dict[str, Any] | None:
    """The same for both directions; ``--terms`` can make them differ."""
    changes: dict[str, Any] = {
        "fields": tuple(sorted(set(wanted.tell))) or None,
        "grid_e9": _scaled(wanted.grid_deg, E9_PER_DEGREE, "--grid-deg"),
        "layer_dmm": _scaled(wanted.layer_ft, DMM_PER_FOOT, "--layer-ft"),
        "step_ms": _scaled(wanted.step_s, MS_PER_SECOND, "--step-s"),
        "trajectories": wanted.trajectories,
        "finer": wanted.finer,
    }
    said = {name: value for name, value in changes.items() if value is not None}
    if not said:
        return None
    return {name: msgspec.structs.replace(it, **said) for name, it in accord.disclosure.items()}


def _pass_on(accord: "Accord", wanted: Wanted) -> dict[str, bool] | None:
    """Raises Invalid ``not-a-party``, ``pass-on-and-not``."""
    if wanted.pass_on and wanted.no_pass_on:
        raise Invalid("pass-on-and-not", "either somebody is named, or nobody", field="--pass-on")
    strangers = sorted(set(wanted.pass_on) - set(accord.names))
    if strangers:
        text = f"{strangers[0]} is no party to this accord"
        remedy = f"name {' or '.join(accord.names)}"
        raise Invalid("not-a-party", text, field="--pass-on", clause="pass-on", remedy=remedy)
    if not wanted.pass_on and not wanted.no_pass_on:
        return None
    return {name: name in wanted.pass_on for name in accord.names}


def _answers(accord: "Accord", wanted: Wanted) -> Any:
    answer_ms = _scaled(wanted.answer_min, MS_PER_MINUTE, "--answer-min")
    return None if answer_ms is None else msgspec.structs.replace(accord.answers, answer_ms=answer_ms)


def _overridden(accord: "Accord", path: Path) -> "Accord":
    from openline.accord.terms import Accord

    given = _json_object(path, "--terms")
    fixed = sorted({"id", "version", "parties", "protocol"} & given.keys())
    if fixed:
        text = f"{fixed[0]} is not for --terms to say"
        raise Invalid("not-a-term", text, message=str(path), field=fixed[0], clause="identity")
    try:
        return msgspec.convert({**msgspec.to_builtins(accord), **given}, Accord)
    except msgspec.ValidationError as fault:
        text = str(fault)
        raise Invalid(
            "bad-terms", text, message=str(path), field="--terms", remedy="see docs/spec/accord.md"
        ) from None


def area_of(path: Path) -> "Outline":
    """The one ring of a GeoJSON Polygon (bare, or in a Feature or FeatureCollection). Raises Invalid."""
    from openline.accord.shapes import Outline, Point
    from openline.airspace.position import Position

    ring = _ring(_json_object(path, "--area"), path)
    try:
        places = [Position(float(pair[1]), float(pair[0])) for pair in ring]
    except (TypeError, ValueError, IndexError, KeyError):
        raise _no_area(path, "a position is [longitude, latitude]") from None
    open_ring = places[:-1] if len(places) > 1 and places[0] == places[-1] else places
    return Outline(tuple(map(Point.nearest, open_ring)))


def _ring(found: dict[str, Any], path: Path) -> list[Any]:
    if found.get("type") == "FeatureCollection" and isinstance(found.get("features"), list):
        features = found["features"]
        found = features[0] if len(features) == 1 and isinstance(features[0], dict) else {}
    geometry = found.get("geometry") if found.get("type") == "Feature" else found
    if not isinstance(geometry, dict) or geometry.get("type") != "Polygon":
        raise _no_area(path, "an area is one GeoJSON Polygon")
    rings = geometry.get("coordinates")
    if not isinstance(rings, list) or len(rings) != 1 or not isinstance(rings[0], list):
        raise _no_area(path, "an area is one ring without holes")
    return rings[0]


def _no_area(path: Path, text: str) -> Invalid:
    return Invalid("bad-area", text, message=str(path), field="--area", clause="RFC 7946 3.1.6")


def _json_object(path: Path, option: str) -> dict[str, Any]:
    try:
        found = json.loads(read_file(path, option))
    except (ValueError, RecursionError) as fault:
        text = f"it is not JSON: {fault}"
        raise Invalid("not-json", text, message=str(path), field=option) from None
    if not isinstance(found, dict):
        raise Invalid("not-json", "it is no JSON object", message=str(path), field=option)
    return found


# In words -------------------------------------------------------------------------------------------


def in_words(accord: "Accord") -> dict[str, object]:
    """Clause by clause, in the units that people use."""
    minima = accord.minima
    return {
        "accord": f"{accord.id} version {accord.version}{' (EXERCISE)' if accord.exercise else ''}",
        "parties": ", ".join(f"{party.name} ({party.title})" for party in accord.parties),
        "valid": f"{moment(accord.valid_from_ms)} until {moment(accord.valid_until_ms)}",
        "area": f"a ring of {len(accord.area.vertices)} points" if accord.area else "everywhere",
        "minima": (
            f"{nautical_miles_from_dmm(minima.lateral_dmm):g} NM, {feet_from_dmm(minima.vertical_dmm):g} ft, "
            f"{_duration(minima.dwell_ms)}"
        ),
        "heights in": accord.datum.value,
        **{f"{name} tells": _tells(accord, name) for name in accord.names},
        "notice before start": _duration(accord.minimum_notice_ms),
        "precedence": accord.precedence,
        "heartbeat": _duration(accord.heartbeat_ms),
        "line checks (UTC)": ", ".join(accord.line_checks) or "none agreed",
        "answers within": ", ".join(
            f"{name.removesuffix('_ms')} {_duration(getattr(accord.answers, name))}"
            for name in accord.answers.__struct_fields__
        ),
        "escalation": ", ".join(f"{it.position} after {_duration(it.after_ms)}" for it in accord.escalation)
        or "none",
        "frequencies": ", ".join(f"{it.use} {it.khz / 1000:.3f} MHz" for it in accord.frequencies) or "none",
        "languages": ", ".join(accord.languages),
        "may be passed on": _passed_on(accord.pass_on),
        "free text": "allowed" if accord.free_text else "switched off",
        "caps": f"priority {accord.caps.priority}, {accord.caps.area_m2 / 1e6:,.0f} km2 a volume, "
        f"{_duration(accord.caps.duration_ms)} long, {_duration(accord.caps.horizon_ms)} ahead, "
        f"{accord.caps.open_notices:,} open notices",
    }


def _tells(accord: "Accord", party: str) -> str:
    terms = accord.terms_of(party)
    coarse = [
        f"grid {terms.grid_e9 / E9_PER_DEGREE:g} deg" if terms.grid_e9 > 1 else "exact positions",
        f"layers of {feet_from_dmm(terms.layer_dmm):g} ft" if terms.layer_dmm else "exact heights",
        f"steps of {_duration(terms.step_ms)}" if terms.step_ms else "exact times",
        "paths" if terms.trajectories else "volumes around each leg",
        "finer when asked" if terms.finer else "nothing finer",
    ]
    return ", ".join([*terms.fields, *coarse])


def _passed_on(table: Mapping[str, bool]) -> str:
    names = [name for name, allowed in table.items() if allowed]
    return ", ".join(f"what {name} tells" for name in names) or "nothing"


def _duration(milliseconds: int) -> str:
    """Such as 90 s, 15 min, 24 h, 30 days."""
    for size_ms, word in ((86_400_000, "days"), (3_600_000, "h"), (60_000, "min"), (1_000, "s")):
        if milliseconds >= 2 * size_ms and milliseconds % size_ms == 0:
            return f"{milliseconds // size_ms:,} {word}"
    return f"{milliseconds / 1000:g} s"
