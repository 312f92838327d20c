"""Making a node and a line by hand: init, keys, proposing, signing, revising, suspending, ending."""

import json
import shutil
from pathlib import Path

import pytest

from unit.cli.by_hand import NOW, Centre, exchange, found_centres, openline

SQUARE = [[6.0, 46.0], [10.0, 46.0], [10.0, 48.0], [6.0, 48.0], [6.0, 46.0]]


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("founded")
    found_centres(root)
    return root


@pytest.fixture
def centres(founded: Path, tmp_path: Path) -> tuple[Centre, Centre]:
    shutil.copytree(founded, tmp_path / "copy")
    return Centre(tmp_path / "copy/alpha"), Centre(tmp_path / "copy/bravo")


def test_init_makes_a_whole_node_once(tmp_path: Path) -> None:
    centre = Centre(tmp_path / "node")
    made = centre.ok("init", "--party", "alpha", "--title", "Alpha Centre")
    assert made["key"] == centre.ok("accord", "key")["key"]
    assert centre.ok("journal", "verify")["verified"]
    again = centre("init", "--party", "alpha")
    assert again.code == 1
    assert "node-exists" in again.err


@pytest.mark.parametrize(
    ("options", "code", "field"),
    [
        (("--party", "Alpha Centre"), "bad-name", "--party"),
        (("--party", "alpha", "--title", "x" * 101), "too-long", "--title"),
        (("--party", "alpha", "--line", "nowhere"), "bad-address", "--line"),
        (("--party", "alpha", "--console", "127.0.0.1:99999"), "bad-address", "--console"),
        (("--party", "alpha", "--now", NOW), "now-is-now", "--now"),
        (("--party", "alpha", "--clock", "simulated", "--now", "noon"), "bad-time", "--now"),
    ],
)
def test_init_refuses_what_makes_no_node_and_leaves_nothing(
    tmp_path: Path, options: tuple[str, ...], code: str, field: str
) -> None:
    done = openline("--directory", tmp_path / "node", "init", *options, "--json")
    assert (done.code, done.fault["field"]) == (2, field)
    assert done.fault["code"] == code or field == "--title"
    assert not (tmp_path / "node").exists()


def test_an_accord_signed_by_both_is_installed_on_both_sides(centres: tuple[Centre, Centre]) -> None:
    ours, theirs = (centre.ok("accord", "show")[0] for centre in centres)
    assert ours["accord_id"] == theirs["accord_id"]
    assert (ours["partner"], theirs["partner"]) == ("bravo", "alpha")
    assert ours["exercise"] is True
    shown = [centre.ok("accord", "show", ours["accord_id"][:8]) for centre in centres]
    assert shown[0] == shown[1]
    assert shown[0]["signed_by"] == ["alpha", "bravo"]
    assert shown[0]["key_ids"]["alpha"] == centres[0].ok("accord", "key")["key_id"]
    assert centres[0].ok("partner", "list")[0]["url"] == "http://127.0.0.1:7510"


def test_people_read_the_terms_in_their_own_units(centres: tuple[Centre, Centre]) -> None:
    text = centres[0]("accord", "show", centres[0].directory.parent / "accord.bundle").out
    for words in ("5 NM, 1000 ft, 0 s", "(EXERCISE)", "bravo tells", "guard 121.500 MHz", "key id of alpha"):
        assert words in text


def test_every_option_of_propose_reaches_the_terms(tmp_path: Path) -> None:
    area, more = tmp_path / "area.geojson", tmp_path / "more.json"
    area.write_text(json.dumps({"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [SQUARE]}}))
    more.write_text(json.dumps({"free_text": False, "languages": ["fr", "en"]}))
    options = (
        *("--minima", "threes", "--area", area, "--from", NOW, "--until", "2018-08-09T00:00:00Z"),
        *("--tell", "callsign", "--grid-deg", 0.05, "--layer-ft", 500, "--step-s", 60, "--no-trajectories"),
        *("--no-finer", "--heartbeat-s", 5, "--answer-min", 3, "--line-check", "12:30", "--terms", more),
        *("--pass-on", "bravo"),
    )
    alpha, _ = found_centres(tmp_path, *options)
    terms = alpha.ok("accord", "show", tmp_path / "accord.bundle")["terms"]
    assert terms["minima"] == {"lateral_dmm": 55_560_000, "vertical_dmm": 9_144_000, "dwell_ms": 180_000}
    assert len(terms["area"]["vertices"]) == 4
    assert (terms["valid_from_ms"], terms["valid_until_ms"]) == (1_533_103_200_000, 1_533_772_800_000)
    assert terms["disclosure"]["alpha"] == terms["disclosure"]["bravo"]
    told = terms["disclosure"]["bravo"]
    assert (told["fields"], told["grid_e9"], told["layer_dmm"]) == (["callsign"], 50_000_000, 1_524_000)
    assert (told["step_ms"], told["trajectories"], told["finer"]) == (60_000, False, False)
    assert (terms["heartbeat_ms"], terms["answers"]["answer_ms"]) == (5_000, 180_000)
    assert terms["pass_on"] == {"alpha": False, "bravo": True}
    assert (terms["line_checks"], terms["free_text"], terms["languages"]) == (["12:30"], False, ["fr", "en"])


BAD_TERMS = [
    (("--grid-deg", 0.07), "grid-does-not-divide", "disclosure"),
    (("--tell", "target"), "unknown-field", "disclosure"),
    (("--grid-deg", "nan"), "not-finite", None),
    (("--heartbeat-s", 0.1), None, "heartbeat"),
    (("--line-check", "25:00"), "bad-time", "line-checks"),
    (("--precedence", "priority-then-standing", "--tell", "callsign"), "priority-not-told", "precedence"),
    (("--pass-on", "charlie"), "not-a-party", "pass-on"),
    (("--pass-on", "bravo", "--no-pass-on"), "pass-on-and-not", None),
    (("--from", NOW, "--until", "2018-07-01T00:00:00Z"), "times-upside-down", "validity"),
    (("--from", "2018-08-01T06:00:00"), "bad-time", "RFC 3339"),
    (("--area", "no-such-file"), "no-such-file", None),
    (("--terms", "no-such-file"), "no-such-file", None),
]


@pytest.mark.parametrize(("options", "code", "clause"), BAD_TERMS)
def test_terms_that_cannot_be_agreed_are_refused_by_field_and_clause(
    centres: tuple[Centre, Centre], options: tuple[object, ...], code: str | None, clause: str | None
) -> None:
    alpha, bravo = centres
    key = bravo.ok("accord", "key")["key"]
    out = alpha.directory / "bad.bundle"
    done = alpha("accord", "propose", "--with", "bravo", "--their-key", key, "--out", out, *options, "--json")
    assert done.code in (2, 4)
    assert code is None or done.fault["code"] == code
    assert done.fault.get("clause") == clause or clause is None
    assert done.fault.get("field")
    assert not out.exists()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[]", "not-json"),
        ("{", "not-json"),
        ('{"target": 1}', "unknown-field"),
        ('{"id": "x"}', "not-a-term"),
        ('{"heartbeat_ms": "often"}', "bad-terms"),
        ('{"caps": {"weapon": 1}}', "bad-terms"),
    ],
)
def test_a_terms_file_can_say_only_what_an_accord_has(
    centres: tuple[Centre, Centre], tmp_path: Path, text: str, code: str
) -> None:
    alpha, bravo = centres
    (tmp_path / "terms.json").write_text(text)
    key = bravo.ok("accord", "key")["key"]
    options = (
        "--with",
        "bravo",
        "--their-key",
        key,
        "--out",
        tmp_path / "x",
        "--terms",
        tmp_path / "terms.json",
    )
    done = alpha("accord", "propose", *options, "--json")
    assert done.code == 2
    assert done.fault["code"] in (code, "bad-terms")
    assert not (tmp_path / "x").exists()


def test_signing_twice_waits_for_the_partner(tmp_path: Path) -> None:
    alpha, bravo = Centre(tmp_path / "a"), Centre(tmp_path / "b")
    for centre, party in ((alpha, "alpha"), (bravo, "bravo")):
        centre.ok("init", "--party", party)
    key, file = bravo.ok("accord", "key")["key"], tmp_path / "file"
    alpha.ok("accord", "propose", "--with", "bravo", "--their-key", key, "--out", file)
    done = alpha("accord", "sign", file, "--json")
    assert (done.code, done.fault["code"], done.fault["party"]) == (1, "waits-for-partner", "bravo")
    assert alpha.ok("accord", "show") == []


def test_an_accord_with_another_key_for_us_or_them_is_not_signed(
    centres: tuple[Centre, Centre], tmp_path: Path
) -> None:
    alpha, bravo = centres
    eve = Centre(tmp_path / "eve")
    eve.ok("init", "--party", "bravo", "--clock", "simulated", "--now", NOW)
    file = tmp_path / "file"
    alpha.ok(
        "accord", "propose", "--with", "bravo", "--their-key", eve.ok("accord", "key")["key"], "--out", file
    )
    assert bravo("accord", "sign", file, "--json").fault["code"] == "not-our-key"
    pinned = eve("accord", "sign", file, "--their-key", bravo.ok("accord", "key")["key"], "--json")
    assert (pinned.code, pinned.fault["code"]) == (3, "key-not-pinned")
    assert eve.ok("accord", "show") == []


@pytest.mark.parametrize("damage", ["cut", "byte", "empty"])
def test_a_damaged_bundle_is_unverifiable(
    centres: tuple[Centre, Centre], tmp_path: Path, damage: str
) -> None:
    data = (centres[0].directory.parent / "accord.bundle").read_bytes()
    at = data.index(b"payload") + 40
    harmed = {"cut": data[:-10], "byte": data[:at] + b"B" + data[at + 1 :], "empty": b""}[damage]
    if harmed == data:
        harmed = data[:at] + b"C" + data[at + 1 :]
    (tmp_path / "harmed").write_bytes(harmed)
    for verb in ("sign", "show"):
        assert centres[0]("accord", verb, tmp_path / "harmed").code == 3


def test_without_its_party_key_a_node_signs_nothing_but_still_installs(tmp_path: Path) -> None:
    alpha, bravo = Centre(tmp_path / "a"), Centre(tmp_path / "b")
    for centre, party in ((alpha, "alpha"), (bravo, "bravo")):
        centre.ok("init", "--party", party)
    key, file = bravo.ok("accord", "key")["key"], tmp_path / "file"
    alpha.ok("accord", "propose", "--with", "bravo", "--their-key", key, "--out", file)
    hidden = bravo.directory / "keys/party.pem"
    hidden.rename(tmp_path / "offline.pem")
    assert bravo("accord", "sign", file, "--json").fault["code"] == "no-party-key"
    (tmp_path / "offline.pem").rename(hidden)
    bravo.ok("accord", "sign", file)
    (alpha.directory / "keys/party.pem").unlink()
    assert alpha.ok("accord", "sign", file)["status"] == "countersigned"


def test_a_revision_takes_effect_on_both_sides(centres: tuple[Centre, Centre], tmp_path: Path) -> None:
    alpha, bravo = centres
    accord_id = alpha.ok("accord", "show")[0]["accord_id"]
    file = tmp_path / "version2"
    made = alpha.ok("accord", "propose", "--revise", accord_id[:8], "--grid-deg", 0.01, "--output", file)
    assert (made["version"], made["terms"]["disclosure"]["alpha"]["grid_e9"]) == (2, 10_000_000)
    assert made["terms"]["minimum_notice_ms"] == 0, "what is not said stays"
    bravo.ok("accord", "sign", file)
    exchange(alpha, bravo)
    alpha.ok("accord", "sign", file)
    exchange(alpha, bravo)
    for centre in centres:
        assert centre.ok("accord", "show")[0]["in_force"] == 2
        assert centre.ok("accord", "show", accord_id[:8], "--version", 1)["version"] == 1
        assert centre.ok("journal", "verify")["verified"]
    assert centre("accord", "show", accord_id, "--version", 3).code == 4
    again = alpha("accord", "propose", "--revise", accord_id, "--with", "charlie", "--out", file, "--json")
    assert (again.code, again.fault["field"]) == (2, "--with")


def test_suspending_rests_the_line_and_resuming_runs_it(centres: tuple[Centre, Centre]) -> None:
    alpha, bravo = centres
    assert alpha.ok("accord", "suspend", "--reason", "technical")["state"] == "suspended"
    exchange(alpha, bravo)
    assert bravo.ok("line", "status")[0]["suspended_by"] == ["alpha"]
    assert "suspended by alpha" in bravo("line", "status").out
    alpha.ok("accord", "resume")
    exchange(alpha, bravo)
    assert bravo.ok("line", "status")[0]["suspended_by"] == []


def test_ending_asks_to_be_confirmed(centres: tuple[Centre, Centre]) -> None:
    alpha, _ = centres
    assert alpha("accord", "end", "--json").fault["code"] == "not-confirmed"
    assert alpha.ok("accord", "end", "--yes", "--reason", "instructed")["state"] == "ended"


def test_a_partner_is_remembered_replaced_and_its_address_judged(centres: tuple[Centre, Centre]) -> None:
    alpha, _ = centres
    accord_id = alpha.ok("accord", "show")[0]["accord_id"]
    alpha.ok(
        "partner",
        "add",
        "--accord",
        accord_id[:6],
        "--url",
        "https://bravo.example:7410",
        "--tls-ca",
        "x.pem",
    )
    (only,) = alpha.ok("partner", "list")
    assert (only["accord"], only["url"]) == (accord_id, "https://bravo.example:7410")
    assert only["tls_ca"].endswith("x.pem")
    for url in ("bravo.example", "ftp://bravo", "http://", "http://bravo:999999"):
        assert alpha("partner", "add", "--accord", accord_id, "--url", url).code == 2
    assert alpha("partner", "add", "--accord", "nosuch", "--url", "http://b:1").code == 4
    assert alpha.ok("partner", "list") == [only]
