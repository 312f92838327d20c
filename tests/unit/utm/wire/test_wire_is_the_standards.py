"""Our structs have the fields, required ones and words of F3548-21, as `uas-standards` generates them."""

from enum import Enum
from typing import Any, get_args, get_origin

import msgspec
import pytest
from uas_standards.astm.f3548.v21 import api

from openline.utm.wire import details, references, volumes

EXTENSIONS = {"PutOperationalIntentReferenceParameters": {"requested_ovn_suffix"}}
"""Of InterUSS."""
STRUCTS = {
    name: one
    for module in (volumes, references, details)
    for name, one in vars(module).items()
    if isinstance(one, type) and issubclass(one, msgspec.Struct) and one.__module__ == module.__name__
}


def theirs(name: str) -> Any:
    return getattr(api, name, None)


@pytest.mark.parametrize("name", sorted(STRUCTS))
def test_a_struct_has_the_fields_of_its_schema(name: str) -> None:
    schema = theirs(name)
    assert schema is not None, f"the standard has no {name}"
    fields = {field.name for field in msgspec.structs.fields(STRUCTS[name])}
    assert fields - EXTENSIONS.get(name, set()) == set(schema.__annotations__) - EXTENSIONS.get(name, set())


def is_optional(annotation: Any) -> bool:
    return (get_origin(annotation) is not None and "Optional" in str(annotation)) or type(None) in get_args(
        annotation
    )


READ = sorted(name for name in STRUCTS if name.endswith("Parameters"))
"""What suppliers send."""


@pytest.mark.parametrize("name", READ)
def test_nothing_is_required_that_the_standard_leaves_open(name: str) -> None:
    schema = theirs(name)
    required = {field for field, kind in schema.__annotations__.items() if not is_optional(kind)}
    ours = {field.name for field in msgspec.structs.fields(STRUCTS[name]) if field.required}
    assert ours <= required


ENUMS = ["OperationalIntentState", "UssAvailabilityState"]


@pytest.mark.parametrize("name", ENUMS)
def test_an_enum_has_the_words_of_its_schema(name: str) -> None:
    schema, ours = theirs(name), getattr(references, name)
    assert isinstance(schema, type)
    assert issubclass(schema, Enum)
    assert {one.value for one in ours} == {one.value for one in schema}


@pytest.mark.parametrize("name", ["AccuracyHorizontal", "AccuracyVertical"])
def test_an_accuracy_has_the_words_of_its_schema(name: str) -> None:
    kinds = {
        "AccuracyHorizontal": api.PositionAccuracyHorizontal,
        "AccuracyVertical": api.PositionAccuracyVertical,
    }
    assert set(get_args(getattr(details, name))) == {one.value for one in kinds[name]}
