"""tests/vectors/bad-api.json: bad input to the console is refused by its name, and leaves nothing behind."""

import json
from pathlib import Path
from typing import Any

import pytest

from unit.api.api_room import ApiRoom

CASES = json.loads((Path(__file__).parents[2] / "vectors" / "bad-api.json").read_text())["cases"]


@pytest.fixture(scope="module")
def shared() -> ApiRoom:
    """One for all: that every case finds it as the one before did is what they promise."""
    return ApiRoom()


def content_of(room: ApiRoom, case: dict[str, Any]) -> dict[str, Any]:
    headers = dict(case.get("headers", {}))
    if "json" in case:
        return {
            "content": room.filled(json.dumps(case["json"])),
            "headers": {"content-type": "application/json"} | headers,
        }
    if "raw_repeat" in case:
        before, text, times = case["raw_repeat"]
        return {"content": before + text * times, "headers": headers}
    if "raw_latin1" in case:
        return {"content": case["raw_latin1"].encode("latin-1"), "headers": headers}
    return {"content": case["raw"], "headers": headers} if "raw" in case else {"headers": headers}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_bad_input_to_the_console(shared: ApiRoom, case: dict[str, Any]) -> None:
    room = ApiRoom() if "first" in case else shared
    if "first" in case:
        method, path, body = case["first"]
        assert room.ask(method, path, json=body).status_code == 200
    before = room.holdings()
    answer = room.ask(case["method"], case["path"], **content_of(room, case))
    told = answer.json()["filed"][0] if case.get("filed") else answer.json()
    assert (answer.status_code, told.get("error"), told.get("code"), told.get("field")) == (
        case["status"],
        case["error"],
        case["code"],
        told.get("field") if "field" not in case else case["field"],
    ), told
    assert told["text"]
    assert room.holdings() == before
