"""Our interface has every operation of the standard, with its scopes, parameters, statuses and fields."""

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from openline.api.f3548.interface import standard_operations
from openline.utm.wire import details, references, volumes
from unit.api.f3548.f3548_room import Room

FACTS = json.loads((Path(__file__).parents[3] / "vectors" / "f3548" / "operations.json").read_text())
ROOM = Room()
OURS = ROOM.ask("GET", "/openapi.json").json()
SCHEMAS = OURS["components"]["schemas"]
BY_ID = {operation.id: operation for operation in standard_operations(ROOM.given)}

STRUCTS = {name: it for module in (details, references, volumes) for name, it in vars(module).items()}
PASSED_ON = {"GeoZone", "Authority"}
"""ED-269 particulars within a constraint, which are passed on as they came."""


def name_of(content: dict[str, Any]) -> str | None:
    found = content.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref")
    return found and found.rpartition("/")[2]


def test_it_has_the_operations_of_the_standard_and_no_other_under_its_paths() -> None:
    theirs = {(it["id"], it["method"], it["path"]) for it in FACTS["operations"]}
    assert {(it.id, it.method, it.path) for it in BY_ID.values()} == theirs
    assert len(theirs) == 25


@pytest.mark.parametrize("fact", FACTS["operations"], ids=lambda it: it["id"])
def test_an_operation_is_described_as_the_standard_has_it(fact: dict[str, Any]) -> None:
    ours = OURS["paths"][fact["path"]][fact["method"].lower()]
    assert ours["operationId"] == fact["id"]
    said = sorted(sorted(it["Authority"]) for it in ours["security"])
    assert said == sorted(fact["scopes"])
    assert [it["name"] for it in ours["parameters"]] == [
        part[1:-1] for part in fact["path"].split("/") if part.startswith("{")
    ]
    assert name_of(ours.get("requestBody", {})) == fact["body"]
    assert name_of(ours["responses"][str(fact["status"])]) == fact["answer"]
    assert set(map(str, fact["refusals"])) <= set(ours["responses"])
    if fact["conflict"]:
        assert name_of(ours["responses"]["409"]) == fact["conflict"]


def shapes_within(*names: str | None) -> set[str]:
    """The schemas that these are made of."""
    found: set[str] = set()
    left = [name for name in names if name in SCHEMAS]
    while left:
        name = left.pop()
        found.add(name)
        below = re.findall(r"#/components/schemas/(\w+)", json.dumps(SCHEMAS[name]))
        left += [it for it in below if it not in found]
    return found & set(FACTS["schemas"]) - PASSED_ON


ASKED = shapes_within(*(it["body"] for it in FACTS["operations"]))
ANSWERED = shapes_within(*(it["answer"] for it in FACTS["operations"]), "AirspaceConflictResponse")


@pytest.mark.parametrize("name", sorted(ASKED | ANSWERED))
def test_a_struct_has_the_fields_of_the_standard(name: str) -> None:
    ours, theirs = SCHEMAS[name], FACTS["schemas"][name]
    assert set(theirs.get("enum", ())) == set(ours.get("enum", ()))
    assert set(theirs.get("properties", ())) <= set(ours.get("properties", ()))


@pytest.mark.parametrize("name", sorted(ASKED - {"Subscription"}))
def test_nothing_is_demanded_that_the_standard_leaves_out(name: str) -> None:
    assert set(SCHEMAS[name].get("required", ())) <= set(FACTS["schemas"][name].get("required", ()))


@pytest.mark.parametrize("name", sorted(ANSWERED))
def test_what_the_standard_demands_is_always_said(name: str) -> None:
    """A field is on the wire where it has no default, or where defaults are written too. (request_source is
    demanded of an ExchangeRecord and described nowhere.)
    """
    struct = STRUCTS[name]
    if hasattr(struct, "__struct_config__") and struct.__struct_config__.omit_defaults:
        required = {it.name for it in msgspec.structs.fields(struct) if it.required}
        assert set(FACTS["schemas"][name].get("required", ())) - {"request_source"} <= required
