"""Our structs say what the standard's types say: the same names, the same required fields, the same words."""

import enum
import inspect
import typing
from types import UnionType
from typing import Any

import msgspec
import pytest
from uas_standards.astm.f3548.v21 import api

from openline.utm.wire import details, references, volumes

STRUCTS = {
    name: kind
    for module in (volumes, references, details)
    for name, kind in vars(module).items()
    if inspect.isclass(kind) and issubclass(kind, msgspec.Struct) and kind.__module__ == module.__name__
}
PASSED_ON = {"GeoZone", "GeoZoneAdditionalProperties", "Authority"}
"""ED-269 particulars, kept as they came."""
RESPELT = {("SetUssAvailabilityStatusParameters", "availability")}
"""Read in any case."""
OURS_ALWAYS = {
    ("Circle", "center"): False,
    ("Circle", "radius"): False,
    ("Subscription", "time_start"): True,
    ("Subscription", "time_end"): True,
    ("ErrorReport", "exchange"): True,
}
"""Where the standard's schema and ours differ on what has to be there, and what ours says."""


def fields_of(theirs: Any) -> tuple[set[str], set[str]]:
    """Those without which a value is none, and those that are always there: some of these have a default in
    Python (a choice of one word, the list of an answer) and are required in the schema.
    """
    given = typing.get_type_hints(theirs)
    always = {name for name, kind in given.items() if not _takes_none(kind)}
    return {name for name in always if not hasattr(theirs, name)}, always


def _takes_none(kind: Any) -> bool:
    return typing.get_origin(kind) in (typing.Union, UnionType) and type(None) in typing.get_args(kind)


def test_every_type_of_the_standard_has_a_struct() -> None:
    kinds = {
        name
        for name, kind in vars(api).items()
        if inspect.isclass(kind) and issubclass(kind, api.ImplicitDict) and kind is not api.ImplicitDict
    }
    assert kinds - PASSED_ON <= STRUCTS.keys()
    assert len(kinds) > 50


@pytest.mark.parametrize("name", sorted(STRUCTS))
def test_a_struct_has_the_fields_of_the_standard(name: str) -> None:
    assert set(STRUCTS[name].__struct_fields__) == set(typing.get_type_hints(getattr(api, name)))


@pytest.mark.parametrize("name", sorted(STRUCTS))
def test_what_the_standard_requires_is_required(name: str) -> None:
    required, always = fields_of(getattr(api, name))
    found = {field.name for field in msgspec.structs.fields(STRUCTS[name]) if field.required}
    for (struct, field), is_required in OURS_ALWAYS.items():
        if struct == name:
            assert (field in found) is is_required
            for names in (required, always, found):
                names.discard(field)
    assert required <= found <= always


@pytest.mark.parametrize("kind", [references.OperationalIntentState, references.UssAvailabilityState])
def test_an_enumeration_has_the_words_of_the_standard(kind: type[enum.Enum]) -> None:
    assert {it.value for it in kind} == {it.value for it in getattr(api, kind.__name__)}


LITERALS = {
    (volumes.Time, "format"): api.TimeFormat,
    (volumes.Radius, "units"): api.RadiusUnits,
    (volumes.Altitude, "reference"): api.AltitudeReference,
    (volumes.Altitude, "units"): api.AltitudeUnits,
    (details.Velocity, "units_speed"): api.VelocityUnitsSpeed,
    (details.Position, "accuracy_h"): api.PositionAccuracyHorizontal,
    (details.Position, "accuracy_v"): api.PositionAccuracyVertical,
}


@pytest.mark.parametrize(("struct", "field"), LITERALS)
def test_a_choice_has_the_words_of_the_standard(struct: type[msgspec.Struct], field: str) -> None:
    kind = typing.get_type_hints(struct)[field]
    words = {word for part in (kind, *typing.get_args(kind)) for word in typing.get_args(part) or ()}
    if not words:
        words = set(typing.get_args(kind))
    assert words - {None} >= {it.value for it in LITERALS[struct, field]}
    assert len({word for word in words if isinstance(word, str)}) == len(list(LITERALS[struct, field]))
