"""An emergency, a talk and a watch, by command lines alone."""

import shutil
from pathlib import Path

import pytest

from unit.cli.by_hand import Centre, exchange, found_centres

FOX = ("--position", "watch", "--pseudonym", "fox")
OWL = ("--position", "supervisor", "--pseudonym", "owl")


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("founded")
    exchange(*found_centres(root))
    return root


@pytest.fixture
def centres(founded: Path, tmp_path: Path) -> tuple[Centre, Centre]:
    shutil.copytree(founded, tmp_path / "copy")
    return Centre(tmp_path / "copy/alpha"), Centre(tmp_path / "copy/bravo")


def refused(centre: Centre, *arguments: object) -> str:
    done = centre(*arguments, "--json")
    assert done.code != 0
    return done.fault["code"]


def test_an_emergency_is_called_taken_read_back_and_closed_by_both(centres: tuple[Centre, Centre]) -> None:
    alpha, bravo = centres
    place = ("--at", "0,40.1", "--radius-nm", "2", "--lower-ft", "0")
    called = alpha.ok("call", "emergency", "endangered", "stop", *place, *FOX)["message"]
    exchange(alpha, bravo)
    (call,) = bravo.ok("call", "list")
    assert call["said"]["where"]["lower_dmm"] == 0  # zero is a height and a latitude, not nothing
    assert call["your_moves"] == ["TAKEN", "READBACK", "CLOSE"]
    assert "EMERGENCY" in [row["kind"] for row in bravo.ok("alarms")]
    bravo.ok("call", "take", called[:8], *OWL)
    wrong = bravo.ok("call", "readback", called[:8], "--value", "where=0,40.2", *OWL)
    assert wrong["kind"] == "READBACK"
    assert "READBACK DIFFERS" in [row["kind"] for row in bravo.ok("alarms")]
    bravo.ok("call", "readback", called, "--value", "where=0,40.1", "--value", "where.lower=0ft", *OWL)
    assert "READBACK DIFFERS" not in [row["kind"] for row in bravo.ok("alarms")]
    exchange(alpha, bravo)
    listed = alpha("call", "list").out
    assert "SAME" in listed
    assert "00°00′00″ N 040°06′00″ E" in listed  # for people, too, where it is
    assert "2 NM" in listed
    alpha.ok("call", "close", called, *FOX)
    exchange(alpha, bravo)
    assert bravo.ok("call", "list")[0]["state"] == "CLOSING"
    bravo.ok("call", "close", called, *OWL)
    assert bravo.ok("call", "list") == []
    assert bravo.ok("call", "list", "--all")[0]["state"] == "CLOSED"


def test_help_and_identity_are_asked_for_and_answered(centres: tuple[Centre, Centre]) -> None:
    alpha, bravo = centres
    asked = alpha.ok("call", "assistance", "search", "--persons", "2", "--at", "35,40", *FOX)["message"]
    whose = alpha.ok("call", "identify", "--at", "35,40", "--course", "0", "--speed-kt", "0", *FOX)["message"]
    alert = alpha.ok("call", "alert", "hazard", "--text", "smoke", *FOX)["message"]
    exchange(alpha, bravo)
    bravo.ok("call", "assist", asked[:8], "--cannot", *OWL)
    bravo.ok("call", "identified", whose[:8], "will-not-say", *OWL)
    bravo.ok("call", "take", alert[:8], *OWL)
    exchange(alpha, bravo)
    states = {row["kind"]: row["state"] for row in alpha.ok("call", "list", "--all")}
    assert states == {"ASSISTANCE": "TAKEN", "IDENTIFY": "ANSWERED", "ALERT": "TAKEN"}
    (answer,) = next(it for it in alpha.ok("call", "list", "--all") if it["kind"] == "ASSISTANCE")["answers"]
    assert answer["can"] is False


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("call", "emergency", "attack", "stop", *FOX), "bad-option"),
        (("call", "emergency", "distress", "stop", "--at", "91,0", *FOX), "bad-place"),
        (("call", "emergency", "distress", "stop", "--at", "35", *FOX), "bad-place"),
        (("call", "take", "abcd", *FOX), "no-such-call"),
        (("call", "readback", "abcd", "--value", "where", *FOX), "bad-value"),
        (("call", "readback", "abcd", "--value", "where=1,2", *FOX), "no-such-entry"),
        (("call", "emergency", "distress", "stop", "--position", "A b", "--pseudonym", "fox"), "bad-name"),
        (("talk", "confirm", "abcd", *FOX), "no-such-talk"),
        (("duty", "handover", *FOX), "nobody-to-relieve"),
        (("duty", "off", *FOX), "not-on-duty"),
        (("text", "\u202eabc", *FOX), "not-a-text"),
    ],
)
def test_what_cannot_be_said_says_why(
    centres: tuple[Centre, Centre], arguments: tuple[str, ...], code: str
) -> None:
    assert refused(centres[0], *arguments) == code


def test_a_talk_goes_from_proposal_to_minutes_signed_by_both(
    centres: tuple[Centre, Centre], tmp_path: Path
) -> None:
    alpha, bravo = centres
    talk = alpha.ok("talk", "propose", "--at", "2018-08-02T12:00Z", "--about", "incident:09:12", *FOX)[
        "talk_id"
    ]
    exchange(alpha, bravo)
    bravo.ok("talk", "move", talk[:8], "--at", "2018-08-02T13:00Z", *OWL)
    exchange(alpha, bravo)
    alpha.ok("talk", "confirm", talk, *FOX)
    written = tmp_path / "minutes.txt"
    written.write_text("procedures: places are read back\n\nother: as before\n")
    alpha.ok("talk", "minutes", talk, written, *FOX)
    exchange(alpha, bravo)
    bravo.ok("talk", "agree", talk, *OWL)
    exchange(alpha, bravo)
    (row,) = alpha.ok("talk", "list")
    assert (row["state"], row["minutes_state"], row["agenda"][0]["text"]) == ("CONFIRMED", "AGREED", "09:12")
    assert row["minutes"]["bravo"]["items"] == row["minutes"]["alpha"]["items"]
    alpha.ok("talk", "export", talk, "--out", tmp_path / "talk.ics")
    assert (tmp_path / "talk.ics").read_bytes().startswith(b"BEGIN:VCALENDAR")
    written.write_text("just words\n")
    assert refused(alpha, "talk", "minutes", talk, written, *FOX) == "bad-minutes"


def test_a_watch_changes_hands_with_what_is_open(centres: tuple[Centre, Centre]) -> None:
    alpha, bravo = centres
    bravo.ok("duty", "on", *FOX)
    called = alpha.ok("call", "alert", "weather", *FOX)["message"]
    exchange(alpha, bravo)
    assert refused(bravo, "duty", "off", *FOX) == "left-unanswered"
    assert [row["message"] for row in bravo.ok("duty", "owed")] == [called]
    (told,) = bravo.ok("duty", "handover", "--position", "watch", "--pseudonym", "owl")
    assert told["taken_over"] == [called]
    exchange(alpha, bravo)
    assert [(row["party"], row["pseudonym"]) for row in alpha.ok("duty", "show")] == [("bravo", "owl")]
