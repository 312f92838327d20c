"""tests/vectors/bad-line.json: bad input on the line is refused by its name, counted, and leaves nothing
behind.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openline.errors import Refused
from openline.journal.entry import Lane
from openline.link.batch import decode_answer
from unit.link.line_room import LineRoom, kinds_of

CASES = json.loads((Path(__file__).parents[2] / "vectors" / "bad-line.json").read_text())["cases"]
KEEPS_EVIDENCE = {"fork", "chain-broken"}  # an alarm goes into the node's own journal, and nowhere else


def body_of(line: LineRoom, given: dict[str, Any]) -> bytes:
    if "raw_repeat" in given:
        text, times = given["raw_repeat"]
        return (text * times + given.get("raw_after", "")).encode()
    if "raw" in given:
        return given["raw"].encode()
    body = b"".join(line.sealed(item) + b"\n" for item in given.get("items", []))
    if "replace" in given:
        body = body.replace(*(part.encode() for part in given["replace"]))
    return body


def ask(line: LineRoom, given: dict[str, Any]) -> Any:
    """The answer, and what alpha held just before."""
    for item in given.get("first", []):
        line.post(line.sealed(item) + b"\n")
    body = body_of(line, given)
    if given.get("twice"):
        line.post(body)
    if "cut_last_bytes" in given:
        body += body[: -given["cut_last_bytes"]]
        line.post(body[: len(body) // 2 + 6])
    before = line.holdings()
    answer = line.post(
        body,
        accord=given.get("accord"),
        method=given.get("method", "POST"),
        **({"media": given["content_type"]} if "content_type" in given else {}),
    )
    return answer, before


def test_a_step_that_fails_tells_the_partner_nothing_of_what_it_failed_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may have been at what the node would say on another line."""

    def fails(*given: Any) -> None:
        raise Refused(
            "line-rests", "charlie is not told now", party="charlie", message="n1", clause="suspension"
        )

    line = LineRoom()
    monkeypatch.setattr("openline.node.node.follow", fails)
    answer = line.post(line.sealed({"kind": "RESUME", "body": {}}) + b"\n")
    assert answer.status_code == 503
    assert answer.json()["code"] == "line-rests"
    assert "charlie" not in answer.text


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_bad_input_on_the_line(case: dict[str, Any]) -> None:
    line = LineRoom()
    answer, before = ask(line, case["given"])
    assert answer.status_code == case["status"], answer.text
    outcome = case.get("outcome", "problem")
    {"problem": refused, "lam": acknowledged_again, "resend": asked_again, "lrm": rejected}[outcome](
        line, case, answer, before
    )


def refused(line: LineRoom, case: dict[str, Any], answer: Any, before: Any) -> None:
    if case["status"] == 200:
        told = decode_answer(answer.content).problems[-1]
        assert (told.error, told.code) == (case["error"], case["code"])
        assert line.counted(case["error"], case["code"]) >= 1
        assert (case["error"] == "unverifiable") == (case["code"] in line.quarantined())
    else:
        assert (answer.json()["error"], answer.json()["code"]) == (case["error"], case["code"])
        assert case.get("given", {}).get("method") or line.app.refused[case["code"]] == 1
    after = line.holdings()
    assert after[:3] == before[:3]
    assert after[3] == before[3] or case.get("code") in KEEPS_EVIDENCE


def acknowledged_again(line: LineRoom, case: dict[str, Any], answer: Any, before: Any) -> None:
    assert kinds_of(answer.content) == ["application/vnd.openline.lam.v1+json"]
    assert line.holdings() == before


def asked_again(line: LineRoom, case: dict[str, Any], answer: Any, before: Any) -> None:
    assert kinds_of(answer.content) == ["RESEND"]
    assert line.holdings() == before


def rejected(line: LineRoom, case: dict[str, Any], answer: Any, before: Any) -> None:
    """Signed, so it is in the journal; wrong, so it is in no picture; and the lane goes on."""
    lane = Lane(case["given"]["items"][0].get("place", {}).get("lane", "urgent"))
    heads = line.holdings()[0]
    assert heads[f"bravo/{lane}"] == 1
    assert heads[f"alpha/{lane}"] == 1
    with line.room["alpha"].looking() as (tx, desks, _):
        (desk,) = desks.values()
        (said,) = tx.entries(desk.accord_id, "alpha", lane, 0, 1)
        assert said.kind == "LRM"
        assert desk.fact_of(said).body.code == case["code"]  # type: ignore[union-attr]
        assert not desk.line.picture.checks()


def test_a_stranger_gets_one_answer_whatever_he_asks_for() -> None:
    line = LineRoom()
    answers = {
        line.post(b"x\n", accord=name).content for name in ("a", "0" * 36, line.room.accord_id[:-1] + "x")
    }
    assert len(answers) == 1
    assert b"bravo" not in line.post(b"x\n").content


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_message_with_any_one_byte_changed_is_never_taken(fuzzed: LineRoom, data: st.DataObject) -> None:
    sealed = bytearray(fuzzed.sealed({}))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    before = fuzzed.holdings()
    answer = fuzzed.post(bytes(sealed) + b"\n")
    assert answer.status_code == 200
    assert decode_answer(answer.content).problems
    assert fuzzed.holdings() == before


@pytest.fixture(scope="module")
def fuzzed() -> LineRoom:
    return LineRoom()
