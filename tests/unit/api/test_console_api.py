"""The console's API says what docs/reference/console-api.md says, and a move made there is made on the
line.
"""

import re
from pathlib import Path

import pytest

from openline.aloud.lines import spoken
from openline.api.guard import check_loopback
from openline.api.metrics import COUNTERS, GAUGES
from openline.coordination.messages import Kind, Reason, Suspend
from openline.errors import Refused
from openline.journal.entry import Lane
from simulation.test_telephoned import call_of, last_said, told
from unit.api.api_room import ApiRoom

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"


@pytest.fixture
def room() -> ApiRoom:
    return ApiRoom()


def test_what_the_officer_may_do_is_offered_and_accepting_settles_it(room: ApiRoom) -> None:
    assert room.conflict["your_moves"] == ["ACP", "RJC", "SBY", "CDN"]
    assert room.conflict["dialogue"]["proposer"] == "bravo"
    made = room.post(
        "/api/conflicts/{conflict}/moves", {"kind": "ACP", "answers": room.conflict["dialogue"]["tip"]}
    )
    assert (made.status_code, made.json()["status"], made.json()["dialogue"]["state"]) == (
        200,
        "agreed",
        "ACCEPTED",
    )
    room.room.exchange()
    assert room.room.status("bravo").conflicts["agreed"] == 1


def test_a_counter_taken_from_the_proved_ways_out_dissolves_the_conflict(room: ApiRoom) -> None:
    theirs = next(it for it in (room.conflict["first"], room.conflict["second"]) if it["party"] == "bravo")
    ways = room.get("/api/conflicts/{conflict}/alternatives", params={"notice": theirs["notice_id"]}).json()
    assert ways == sorted(ways, key=lambda way: way["cost"])
    proposal = {name: ways[0][name] for name in ("notice_id", "delay_ms", "climb_dmm")}
    assert (
        room.post("/api/conflicts/{conflict}/moves", {"kind": "CDN", "proposal": proposal}).status_code == 200
    )
    room.room.exchange()
    room.room["bravo"].move(room.room.accord_id, room.conflict["conflict_id"], accept(), room.room.now_ms)
    room.room.exchange()
    (now,) = room.get("/api/conflicts").json()
    assert now["status"] == "gone"
    assert now["outcome"]["state"] == "ACCEPTED"


def accept():  # type: ignore[no-untyped-def]
    from openline.coordination.messages import Kind
    from openline.node.officer import Move

    return Move(kind=Kind.ACP)


def test_the_mark_changes_when_something_was_said_and_at_no_other_time(room: ApiRoom) -> None:
    mark = room.get("/api/status").json()["mark"]
    room.room.now_ms += 5_000
    assert room.get("/api/status").json()["mark"] == mark
    room.post("/api/lines/{accord}/check", {"position": "duty", "pseudonym": "kilo", "automaton": True})
    assert room.get("/api/status").json()["mark"] != mark


def test_what_was_filed_is_read_back_as_it_was_filed(room: ApiRoom) -> None:
    (mine,) = room.get("/api/operations").json()
    again = room.post("/api/operations", mine["geometry"]).json()["filed"][0]
    assert (again["operation_id"], again["version"]) == (mine["id"], mine["version"] + 1)
    assert room.get("/api/operations").json()[0]["geometry"]["geometry"] == mine["geometry"]["geometry"]


def test_a_notice_of_the_partner_shows_no_operation_behind_it(room: ApiRoom) -> None:
    rows = {row["party"]: row for row in room.get("/api/notices").json()}
    assert rows["alpha"]["operation_id"] == room.mine
    assert rows["bravo"]["operation_id"] is None
    assert rows["bravo"]["geojson"]["geometry"]["type"] == "LineString"


def test_a_conductor_steps_simulated_time_forward_and_never_back() -> None:
    room = ApiRoom(simulated=True)
    later = room.room.now_ms + 3 * 3_600_000
    assert room.post("/api/clock", {"now_ms": later}).status_code == 200
    assert room.get("/api/status").json()["now_ms"] == later
    assert room.get("/api/operations").json()[0]["state"] == "Ended"
    assert room.post("/api/clock", {"now_ms": later - 1}).json()["code"] == "time-runs-forward"


def test_every_answer_bears_the_headers_that_keep_other_pages_out(room: ApiRoom) -> None:
    for answer in (room.get("/"), room.get("/api/status"), room.get("/nothing"), room.get("/picture.svg")):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_page_asks_nobody_else_and_never_makes_markup_of_data(room: ApiRoom) -> None:
    for path in (
        "/",
        "/static/page.css",
        "/static/page.js",
        "/static/dom.js",
        "/static/moves.js",
        "/static/words.js",
    ):
        text = room.get(path).text
        assert not re.search(r"https?://", text.replace("http://www.w3.org", "")), path
        assert not re.search(r"\.(innerHTML|outerHTML)|insertAdjacentHTML|document\.write|\beval\(", text), (
            path
        )


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "example.org", ""])
def test_the_console_does_not_bind_where_others_can_reach_it(host: str) -> None:
    with pytest.raises(Refused, match="console-not-loopback") as refused:
        check_loopback(host)
    assert refused.value.remedy


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost"])
def test_the_console_binds_to_loopback(host: str) -> None:
    check_loopback(host)


def test_every_metric_is_documented_and_every_documented_one_exists(room: ApiRoom) -> None:
    documented = set(
        re.findall(r"^\| `(openline_\w+)`", (REFERENCE / "metrics.md").read_text(), re.MULTILINE)
    )
    assert documented == set(GAUGES) | {f"{name}_total" for name in COUNTERS}
    shown = set(re.findall(r"^# HELP (\w+)", room.get("/metrics").text, re.MULTILINE))
    assert shown == documented


def test_the_metrics_say_what_the_line_says(room: ApiRoom) -> None:
    text = room.get("/metrics").text
    accord = room.room.accord_id
    assert f'openline_conflicts{{accord="{accord}",status="open"}} 1.0' in text
    assert f'openline_lam_lag{{accord="{accord}",lane="routine"}} 0.0' in text
    assert 'openline_line_refused_total{code="no-such-line"} 3.0' in text


def test_every_resource_is_documented(room: ApiRoom) -> None:
    text = (REFERENCE / "console-api.md").read_text()
    for route in room.app.routes:
        path = route.path  # type: ignore[attr-defined]
        if path.startswith(("/api", "/picture", "/metrics", "/health")):
            assert path in text, path


def test_a_call_is_listed_beside_its_original(room: ApiRoom) -> None:
    war = room.room
    war["bravo"].say(war.accord_id, Kind.SUSPEND, Suspend(reason=Reason.TECHNICAL), war.now_ms)
    message = spoken(last_said(war, "bravo", Lane.URGENT))
    told(war, call_of(message), "alpha")
    (shown,) = room.get("/api/telephoned").json()
    assert (shown["state"], shown["sender"], shown["original"]) == ("unverified", "bravo", None)
    war.exchange()
    (shown,) = room.get("/api/telephoned", params={"accord": war.accord_id}).json()
    assert shown["state"] == "verified"
    assert {"label": "reason", "telephoned": "technical", "original": "technical", "differs": False} in shown[
        "fields"
    ]
