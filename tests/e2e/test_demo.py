"""The demo as a user runs it: `openline demo` in a process of its own, which starts two nodes of its own."""

import csv
import gzip
import json
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections import Counter
from importlib import resources
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.slow

KEYS = [
    *("parties", "flights", "operations", "notices", "conflicts", "conflict_ids_equal", "picture_digest"),
    *("settled", "open", "by_outcome", "messages", "restarts", "suspensions", "journal", "proof_checked"),
    "wall_s",
]
FLIGHTS = 40
LONGEST_S = 150
EXIT_INVALID = 2


def openline(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "openline", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_S, check=False)


def demo(*arguments: str | Path) -> dict:
    done = openline("demo", "--headless", "--json", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # one object and nothing else, or this fails


def recorded() -> list[dict[str, str]]:
    packed = (resources.files("openline.demo") / "flights.csv.gz").read_bytes()
    return list(csv.DictReader(gzip.decompress(packed).decode().splitlines()))


def assert_both_hold_the_same(report: dict) -> None:
    assert report["conflict_ids_equal"] is True
    assert report["conflicts"]["A"] == report["conflicts"]["B"] == report["settled"] + report["open"]
    assert sum(report["by_outcome"].values()) == report["settled"]
    assert len(report["remaining"]) == report["open"]
    assert all(one["reason"] for one in report["remaining"])
    assert report["picture_digest"]["A"] == report["picture_digest"]["B"]
    assert report["journal"]["A"] == report["journal"]["B"]
    assert report["journal"]["A"]["verified"] is True
    assert report["journal"]["A"]["entries"] == report["messages"] > 0
    assert report["proof_checked"] is True
    burden = report["burden"]
    assert sum(one["share"] for one in burden.values()) == pytest.approx(
        1.0 if any(one["moved"] for one in burden.values()) else 0.0, abs=1e-3
    )


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, Path]:
    """One demo on the recorded flights, and the directory that it leaves."""
    directory = tmp_path_factory.mktemp("demo") / "new"
    return demo("--flights", str(FLIGHTS), "--directory", directory), directory


def test_both_sides_hold_the_same_at_the_end_and_prove_it(day: tuple[dict, Path]) -> None:
    report, _ = day
    assert list(report)[: len(KEYS)] == KEYS
    assert_both_hold_the_same(report)
    assert (report["flights"], report["open"]) == (FLIGHTS, 0)
    assert report["conflicts"]["A"] > 0
    assert (report["restarts"], report["suspensions"], report["line_checks"]) == (1, 1, 1)


def test_every_flight_is_its_operators_partys_operation_and_the_others_notice(day: tuple[dict, Path]) -> None:
    """The division, written anew: operators by their flights, each to whoever has fewer so far."""
    first = list(dict.fromkeys(row["callsign"] for row in recorded()))[:FLIGHTS]
    count = Counter(callsign[:3] for callsign in first)
    expected = {"A": 0, "B": 0}
    for _, flights in sorted(count.items(), key=lambda item: (-item[1], item[0])):
        expected["A" if expected["A"] <= expected["B"] else "B"] += flights
    report, _ = day
    assert report["operations"] == expected
    assert report["notices"] == {"A": expected["B"], "B": expected["A"]}


@pytest.mark.parametrize("side", ["A", "B"])
def test_the_folders_it_leaves_are_whole_nodes(day: tuple[dict, Path], side: str) -> None:
    report, directory = day
    verified = openline("--directory", directory / side, "journal", "verify", "--json")
    assert verified.returncode == 0, verified.stdout
    assert json.loads(verified.stdout)["root"] == report["journal"][side]["root"]
    listed = openline("--directory", directory / side, "operations", "--json")
    assert len(json.loads(listed.stdout)) == report["operations"][side]


def test_the_picture_is_left_and_shows_the_exercise(day: tuple[dict, Path]) -> None:
    _, directory = day
    picture = (directory / "picture.svg").read_text()
    assert ET.fromstring(picture).tag.endswith("svg")
    assert "EXERCISE" in picture.upper()


def test_a_second_demo_does_not_overwrite_the_first(day: tuple[dict, Path]) -> None:
    _, directory = day
    again = openline("demo", "--headless", "--json", "--flights", "2", "--directory", directory)
    assert again.returncode != 0
    assert again.stdout == ""
    assert "node-exists" in again.stderr


def own_flights(path: Path) -> Path:
    """Two side by side along the equator, one with gaps in its altitudes; a third that has none."""
    rows = ["callsign,time,latitude,longitude,altitude_ft"]
    for minute in range(21):
        at, east = f"2031-02-28T23:{39 + minute}:00Z", 10 + minute * 0.13
        rows.append(f"AAA1,{at},0.0,{east:.4f},{35000 if minute % 3 else ''}")
        rows.append(f"BBB2,{at},0.02,{east:.4f},35000")
        rows.append(f"CCC3,{at},1.0,{east:.4f},")
    path.write_text("\n".join(rows) + "\n")
    return path


def test_flights_of_ones_own_are_flown_and_what_has_no_altitude_is_named(tmp_path: Path) -> None:
    report = demo("--input", own_flights(tmp_path / "own.csv"), "--minima", "threes", "--seed", "7")
    assert_both_hold_the_same(report)
    assert report["operations"] == {"A": 1, "B": 1}
    assert report["conflicts"] == {"A": 1, "B": 1}
    assert [one["callsign"] for one in report["skipped"]] == ["CCC3"]
    assert (report["restarts"], report["suspensions"], report["line_checks"]) == (1, 1, 1)


def test_bad_input_is_named_before_anything_starts(tmp_path: Path) -> None:
    """The whole table of bad inputs is in tests/unit/demo; this is what a user sees of it."""
    file = tmp_path / "bad.csv"
    file.write_text("callsign,time,latitude,longitude,altitude_ft\nAAA1,yesterday,46,7,35000\n")
    done = openline("demo", "--headless", "--json", "--input", file, "--directory", tmp_path / "left")
    assert done.returncode == EXIT_INVALID
    assert done.stdout == ""
    assert json.loads(done.stderr)["code"] == "bad-time"
    assert json.loads(done.stderr)["field"] == "row 2.time"
    assert not (tmp_path / "left").exists()


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux tells a child of its parent's end"
)
def test_no_node_outlives_a_demo_that_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "openline", "demo", "--headless", "--json", "--directory", str(tmp_path)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        consoles = wait_for(lambda: both_consoles(tmp_path), "the nodes never served")
        wait_for(lambda: all(map(answers, consoles)), "the consoles never answered")
    finally:
        running.send_signal(signal.SIGKILL)
        running.wait()
    wait_for(lambda: not any(map(answers, consoles)), "a node goes on without its demo")


def both_consoles(directory: Path) -> list[str] | None:
    logs = [directory / f"{side}.log" for side in "AB"]
    lines = [one for log in logs if log.exists() for one in log.read_text().splitlines()]
    found = [one.split()[1] for one in lines if one.startswith("console ")]
    return found if len(found) == len(logs) else None


def answers(url: str) -> bool:
    try:
        return httpx.get(url + "health", trust_env=False, timeout=5).is_success
    except httpx.TransportError:
        return False


def wait_for(condition, otherwise: str):  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + LONGEST_S
    while not (found := condition()):
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.1)
    return found
