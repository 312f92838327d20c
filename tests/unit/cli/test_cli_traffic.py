"""Filing, conflicts and the dialogue, by hand on both sides."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from unit.cli.by_hand import (
    EASTBOUND,
    NORTHBOUND,
    Centre,
    exchange,
    flight,
    found_centres,
    in_conflict,
    openline,
    written,
)


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("standing")
    in_conflict(root)
    return root


@pytest.fixture
def centres(standing: Path, tmp_path: Path) -> tuple[Centre, Centre]:
    shutil.copytree(standing, tmp_path / "copy")
    return Centre(tmp_path / "copy/alpha"), Centre(tmp_path / "copy/bravo")


def only_conflict(centre: Centre) -> dict[str, Any]:
    (row,) = centre.ok("conflicts")
    return row


def test_both_sides_hold_the_same_conflict_and_the_later_has_asked(centres: tuple[Centre, Centre]) -> None:
    ours, theirs = map(only_conflict, centres)
    assert ours["conflict_id"] == theirs["conflict_id"]
    assert (ours["status"], ours["mover"]) == ("open", "bravo")
    assert ours["dialogue"]["state"] == "REQUESTED"
    assert set(ours["your_moves"]) == {"ACP", "RJC", "SBY", "CDN"}
    assert set(theirs["your_moves"]) == {"CDN", "CANCEL"}
    assert ours["closest"]["lateral_nm"] < 5
    text = centres[0]("conflicts", "--open").out
    assert ours["conflict_id"][:12] in text
    assert "ALP1" in text
    states = {row["callsign"]: row["state"] for centre in centres for row in centre.ok("operations")}
    assert states == {"ALP1": "Accepted", "BRV2": "Proposed"}
    assert centres[0].ok("notices") == [
        row | {"partner": "bravo"} | {name: alpha[name] for name in ("operation_id", "received_ms", "stale")}
        for row, alpha in zip(centres[1].ok("notices"), centres[0].ok("notices"), strict=True)
    ]


def test_a_counter_with_another_level_settles_it_on_both_sides(centres: tuple[Centre, Centre]) -> None:
    alpha, bravo = centres
    name = only_conflict(alpha)["conflict_id"][:6]
    assert bravo("coordinate", "accept", name).code == 1, "nobody answers himself"
    standby = alpha.ok("coordinate", "standby", name, "--minutes", 10)
    assert standby["dialogue"]["standby_until_ms"] == 1_533_103_200_000 + 600_000
    row = alpha.ok("coordinate", "counter", name, "--level", 370)
    proposal = row["dialogue"]["proposal"]
    assert (proposal["climb_dmm"], proposal["delay_ms"]) == (2_000 * 3_048, 0)
    assert (
        proposal["notice_id"] == row["second" if row["second"]["party"] == "bravo" else "first"]["notice_id"]
    )
    exchange(alpha, bravo)
    bravo.ok("coordinate", "accept", name)
    exchange(alpha, bravo)
    for centre in centres:
        assert centre.ok("conflicts", "--open") == []
        assert centre.ok("line", "status")[0]["conflicts"]["open"] == 0
    (moved,) = bravo.ok("operations")
    assert moved["state"] == "Accepted"
    assert len({centre.ok("line", "status")[0]["digest"] for centre in centres}) == 1


def test_rejected_asked_again_and_withdrawn(centres: tuple[Centre, Centre]) -> None:
    alpha, bravo = centres
    name = only_conflict(alpha)["conflict_id"]
    rejected = alpha.ok("coordinate", "reject", name, "--reason", "weather")
    assert (rejected["dialogue"]["state"], rejected["dialogue"]["reason"]) == ("REJECTED", "weather")
    exchange(alpha, bravo)
    asked = bravo.ok("coordinate", "request", name, "--delay-s", 600)
    assert asked["dialogue"]["proposal"]["delay_ms"] == 600_000
    tip = asked["dialogue"]["tip"]
    stale = bravo("coordinate", "cancel", name, "--answers", "0" * 64, "--json")
    assert (stale.code, stale.fault["code"]) == (1, "superseded")
    withdrawn = bravo.ok("coordinate", "cancel", name, "--answers", tip)
    assert withdrawn["dialogue"]["state"] == "CANCELLED"


def test_ways_out_are_ways_out(centres: tuple[Centre, Centre]) -> None:
    alpha, bravo = centres
    name = only_conflict(bravo)["conflict_id"]
    ways = bravo.ok("coordinate", "ways", name)
    assert ways
    assert ways == alpha.ok("coordinate", "ways", name, "--moves", "theirs")
    best = ways[0]
    alpha.ok(
        "coordinate",
        "counter",
        name,
        "--climb-ft",
        best["climb_dmm"] / 3_048,
        "--delay-s",
        best["delay_ms"] / 1_000,
    )
    exchange(alpha, bravo)
    bravo.ok("coordinate", "accept", name)
    exchange(alpha, bravo)
    assert alpha.ok("conflicts", "--open") == []


@pytest.mark.parametrize(
    ("verb", "exit_code", "code"),
    [
        (("accept", "ffff"), 4, "no-such-conflict"),
        (("counter", "{id}"), 2, "proposal-missing"),
        (("counter", "{id}", "--climb-ft", "nan"), 2, "not-finite"),
        (("counter", "{id}", "--climb-ft", "1000", "--level", "370"), 2, "climb-and-level"),
        (("counter", "{id}", "--delay-s", "1e9"), 2, "out-of-range"),
        (("request", "{id}"), 1, "not-your-move"),
        (("cancel", "{id}"), 1, "not-your-move"),
    ],
)
def test_moves_that_are_none_are_refused_and_change_nothing(
    centres: tuple[Centre, Centre], verb: tuple[str, ...], exit_code: int, code: str
) -> None:
    alpha, _ = centres
    before = only_conflict(alpha)
    done = alpha("coordinate", *[word.format(id=before["conflict_id"]) for word in verb], "--json")
    assert (done.code, done.fault["code"]) == (exit_code, code)
    assert done.fault["remedy"]
    assert only_conflict(alpha) == before


def test_an_operation_goes_through_its_states_and_is_named_by_the_start_of_its_id(
    centres: tuple[Centre, Centre],
) -> None:
    alpha, bravo = centres
    (row,) = alpha.ok("operations", "--state", "Accepted")
    assert alpha.ok("operations", "--state", "Ended") == []
    for verb, state in (("activate", "Activated"), ("nonconforming", "Nonconforming"), ("end", "Ended")):
        assert alpha.ok("operation", verb, row["id"][:8])["state"] == state
    back = alpha("operation", "activate", row["id"], "--json")
    assert (back.code, back.fault["clause"]) == (1, "F3548-21 4.4")
    assert alpha("operation", "end", "0000").code == 4
    exchange(alpha, bravo)
    assert only_conflict_status(bravo) == ["gone"]


def only_conflict_status(centre: Centre) -> list[str]:
    return [row["status"] for row in centre.ok("conflicts", "--gone")]


def test_an_open_conflict_keeps_its_mover_from_activation_and_says_so(centres: tuple[Centre, Centre]) -> None:
    _, bravo = centres
    (row,) = bravo.ok("operations")
    done = bravo("operation", "activate", row["id"], "--json")
    assert (done.code, done.fault["code"]) == (1, "transition-forbidden")
    assert bravo.ok("operation", "contingent", row["id"])["state"] == "Contingent", (
        "who is in the air is in the air"
    )


# Filing ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return found_centres(tmp_path_factory.mktemp("founded"))[0].directory


@pytest.fixture
def fresh(founded: Path, tmp_path: Path) -> Centre:
    shutil.copytree(founded, tmp_path / "fresh")
    return Centre(tmp_path / "fresh")


CSV = """callsign,time,latitude,longitude,altitude_ft
ONE1,2018-08-01T07:00:00Z,47.0,7.0,35000
ONE1,2018-08-01T07:05:00Z,47.0,8.0,35000
ONE1,2018-08-01T07:10:00Z,47.0,9.0,35000
TWO2,2018-08-01T07:00:00Z,48.0,7.0,
TWO2,2018-08-01T07:10:00Z,48.0,9.0,31000
LOST,2018-08-01T07:00:00Z,45.0,7.0,
"""


def test_csv_flights_are_filed_with_tolerances_and_filing_them_again_revises_them(
    fresh: Centre, tmp_path: Path
) -> None:
    file = tmp_path / "flights.csv"
    file.write_text(CSV)
    first = fresh.ok("file", file, "--lateral-nm", 1, "--vertical-ft", 100, "--time-s", 60)
    assert [(row["callsign"], row["state"], row["version"]) for row in first["filed"]] == [
        ("ONE1", "Accepted", 1),
        ("TWO2", "Accepted", 1),
    ]
    assert any("LOST" in text for text in first["notes"])
    again = fresh.ok("file", file)
    assert [row["version"] for row in again["filed"]] == [2, 2]
    assert [row["operation_id"] for row in again["filed"]] == [row["operation_id"] for row in first["filed"]]
    rows = {row["callsign"]: row for row in fresh.ok("operations")}
    assert len(rows) == 2


def test_tolerances_widen_the_claim_in_time(fresh: Centre, tmp_path: Path) -> None:
    file = tmp_path / "flights.csv"
    file.write_text(CSV)
    fresh.ok("file", file, "--time-s", 60)
    row = next(row for row in fresh.ok("operations") if row["callsign"] == "ONE1")
    assert (row["start_ms"], row["end_ms"]) == (1_533_106_740_000, 1_533_107_460_000)


def test_several_files_are_filed_as_one_and_a_bad_one_files_nothing(fresh: Centre, tmp_path: Path) -> None:
    good = written(tmp_path / "good.geojson", EASTBOUND)
    bad = written(tmp_path / "bad.geojson", flight("bad callsign", [(47.0, 7.0), (47.0, 9.0)]))
    done = fresh("file", good, bad, "--json")
    assert (done.code, done.fault["code"]) == (2, "bad-callsign")
    assert done.fault["message"] == str(bad)
    assert "callsign" in done.fault["field"]
    assert fresh.ok("operations") == []
    assert len(fresh.ok("file", good, written(tmp_path / "more.geojson", NORTHBOUND))["filed"]) == 2


def test_one_that_is_refused_stops_none_of_the_others(fresh: Centre, tmp_path: Path) -> None:
    over = flight("OVER1", [(47.0, 7.0), (47.0, 9.0)], start="05")
    file = written(tmp_path / "mixed.geojson", over, EASTBOUND)
    done = fresh("file", file, "--json")
    refused, filed = done.json["filed"]
    assert (done.code, refused["code"], refused["error"]) == (2, "already-over", "invalid")
    assert (filed["callsign"], filed["state"]) == ("ALP1", "Accepted")
    text = fresh("file", file)
    assert (text.code, "already-over" in text.err, "1 filed" in text.out) == (2, True, True)


BAD_FILES = [
    (b"", "body-empty", "csv"),
    (b"{", "not-json", "json"),
    (b'{"type": "Feature"}', "missing-field", "json"),
    (b'{"type": "Banana"}', "not-geojson", "json"),
    (b"callsign,time\nA,b\n", "missing-column", "csv"),
    (CSV.replace("47.0", "100").encode(), "out-of-range", "csv"),
    (CSV.replace("2018-08-01T07:05:00Z", "soon").encode(), "bad-time", "csv"),
    (b"\xff\xfe\x00", "not-utf-8", "csv"),
    (CSV.split("TWO2")[0].split("\n")[0].encode() + b"\n", None, "csv"),
]


@pytest.mark.parametrize(("body", "code", "suffix"), BAD_FILES)
def test_what_cannot_be_read_is_invalid_by_file_and_field(
    fresh: Centre, tmp_path: Path, body: bytes, code: str | None, suffix: str
) -> None:
    file = tmp_path / f"bad.{suffix}"
    file.write_bytes(body)
    done = fresh("file", file, "--json")
    assert done.code == 2
    assert code is None or done.fault["code"] == code
    assert fresh.ok("operations") == []


def test_a_file_that_is_not_there_is_not_found_and_a_folder_cannot_be_read(
    fresh: Centre, tmp_path: Path
) -> None:
    assert fresh("file", tmp_path / "nosuch.csv").code == 4
    assert fresh("file", tmp_path).code == 5


def test_standard_input_is_read_by_what_is_in_it(
    fresh: Centre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for body in (CSV.encode(), json.dumps(NORTHBOUND).encode()):
        file = tmp_path / "input"
        file.write_bytes(body)
        with file.open() as given:
            monkeypatch.setattr("sys.stdin", given)
            assert fresh.ok("file", "-")["filed"]
    assert len(fresh.ok("operations")) == 3


def test_what_a_suspended_line_may_not_hear_is_kept_and_told_later(tmp_path: Path) -> None:
    alpha, bravo = found_centres(tmp_path)
    alpha.ok("accord", "suspend")
    (filed,) = alpha.ok("file", written(tmp_path / "east.geojson", EASTBOUND))["filed"]
    assert (filed["told"], len(filed["notes"])) == ([], 1)
    exchange(alpha, bravo)
    assert bravo.ok("notices") == []
    alpha.ok("accord", "resume")
    exchange(alpha, bravo)
    assert len(bravo.ok("notices")) == 1


# The line ------------------------------------------------------------------------------------------


def test_a_line_check_is_asked_answered_and_shown(centres: tuple[Centre, Centre]) -> None:
    alpha, bravo = centres
    asked = alpha.ok("line", "check", "--position", "supervisor", "--pseudonym", "fox")
    assert asked["kind"] == "CHECK"
    exchange(alpha, bravo)
    answer = bravo.ok("line", "check", "--position", "planner", "--pseudonym", "owl", "--automaton")
    assert answer["kind"] == "CHECKED"
    exchange(alpha, bravo)
    shown = alpha.ok(
        "line", "shown", answer["message"][:10], "--position", "supervisor", "--pseudonym", "fox"
    )
    assert shown["shown"] == [answer["message"]]
    own = alpha("line", "shown", asked["message"], "--position", "supervisor", "--pseudonym", "fox", "--json")
    assert (own.code, own.fault["code"]) == (2, "not-theirs")
    assert (
        alpha.ok("line", "status")[0]["lanes"]["urgent"]["said"] == 2
    )  # the SHOWN of an urgent message is as urgent
    assert "CHECKED" in alpha("journal", "show").out


def test_a_node_without_a_line_says_so(tmp_path: Path) -> None:
    centre = Centre(tmp_path / "alone")
    centre.ok("init", "--party", "alone")
    assert centre.ok("line", "status") == []
    assert centre.ok("alarms") == []
    done = centre("accord", "suspend", "--json")
    assert (done.code, done.fault["code"]) == (4, "no-such-line")
    assert "accord sign" in done.fault["remedy"]
    assert centre.ok("journal", "verify")["verified"]


def test_alarms_stand_until_their_cause_is_gone(centres: tuple[Centre, Centre]) -> None:
    from openline.bootstrap import open_node

    alpha, _ = centres
    alpha.ok("line", "check", "--position", "supervisor", "--pseudonym", "fox")
    opened = open_node(alpha.directory)
    with opened.store:
        opened.node.tick(opened.clock.now_ms() + 60_000)
    (alarm,) = [row for row in alpha.ok("alarms") if row["kind"] == "LAM MISSING"]
    assert "urgent number 1" in alarm["text"]
    assert "LAM MISSING" in alpha("alarms").out


def test_a_backup_brings_the_store_back_and_the_node_asks_first(
    centres: tuple[Centre, Centre], tmp_path: Path
) -> None:
    alpha, bravo = centres
    copy = tmp_path / "alpha.db"
    alpha.ok("backup", copy)
    assert alpha("backup", copy).code == 1, "what is there is not overwritten"
    alpha.ok("line", "check", "--position", "supervisor", "--pseudonym", "fox")
    exchange(alpha, bravo)
    assert alpha("restore", copy).code == 1
    alpha.ok("restore", copy, "--force")
    assert alpha.ok("line", "status")[0]["lanes"]["urgent"]["said"] == 0
    waits = alpha(
        "file", written(tmp_path / "x.geojson", flight("NEW3", [(40.0, 7.0), (40.0, 8.0)])), "--json"
    )
    assert (waits.code, waits.fault["code"]) == (5, "recovering")
    exchange(alpha, bravo)
    exchange(alpha, bravo)
    assert alpha.ok("line", "status")[0]["lanes"]["urgent"]["said"] == 1, "its own words came back"
    assert alpha.ok("journal", "verify")["verified"]
    assert alpha("restore", tmp_path / "nosuch").code == 4
    (tmp_path / "junk").write_bytes(b"junk" * 1000)
    assert alpha("restore", tmp_path / "junk", "--force").code in (2, 5)


def test_a_settings_file_that_is_wrong_is_named(tmp_path: Path) -> None:
    (tmp_path / "openline.toml").write_text("party = 1\n")
    done = openline("--directory", tmp_path, "operations", "--json")
    assert (done.code, done.fault["message"]) == (2, "openline.toml")
