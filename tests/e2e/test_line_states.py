"""What people see of a line between two real processes, and partners that come while a node serves."""

import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from e2e.two_processes import ACCORD_ID, NAMES, Pair, Process, until

pytestmark = pytest.mark.slow


def log_of(process: Process) -> str:
    return (process.home.directory / "serve.log").read_text()


def is_shown(process: Process, **wanted: Any) -> bool:
    line = process.line()
    return all(line[name] == value for name, value in wanted.items())


def test_a_node_that_is_gone_is_shown_as_silent_with_the_fault_on_its_side_and_then_open_again(
    tmp_path: Path,
) -> None:
    with Pair(tmp_path) as pair:
        pair.rest()
        alpha, bravo = pair["alpha"], pair["bravo"]
        bravo.kill()
        until(lambda: is_shown(alpha, state="silent", fault="theirs"), "alpha shows that bravo is gone")
        assert "refuses the connection" in alpha.line()["evidence"][0]
        until(lambda: "LINE SILENT" in _alarms(alpha), "the alarm")
        told = alpha.cli("line", "status").stdout
        assert '"fault": "theirs"' in told
        bravo.start()
        bravo.wait_up()
        until(lambda: is_shown(alpha, state="open", fault=None), "alpha shows an open line")
        # bravo is heard first; an exchange of alpha's own is answered after that
        until(lambda: alpha.line()["round_trip_ms"] is not None, "alpha's own exchanges are answered")


def test_a_listener_that_is_no_line_of_ours_degrades_it_while_the_partner_is_heard(tmp_path: Path) -> None:
    """Bravo speaks to alpha; alpha's way to bravo leads to bravo's console, where there is no line."""
    pair = Pair(tmp_path)
    alpha = pair["alpha"]
    settings = alpha.home.settings()
    console = f"http://127.0.0.1:{pair['bravo'].home.settings().console.port}"
    (partner,) = settings.partners
    wrong = msgspec.structs.replace(partner, url=console)
    alpha.home.write_settings(msgspec.structs.replace(settings, partners=(wrong,)))
    with pair:
        until(lambda: is_shown(alpha, state="degraded", fault="theirs"), "alpha shows a line of one way")
        assert "no such line" in alpha.line()["evidence"][0]
        until(lambda: _alarms(alpha) == ["LINE DEGRADED"], "the alarm")
        alpha.home.write_settings(settings)  # put right while it serves
        until(lambda: is_shown(alpha, state="open"), "alpha reaches bravo")
        until(lambda: _alarms(alpha) == [], "no alarm")


def _alarms(process: Process) -> list[str]:
    return [alarm["kind"] for alarm in process.status()["alarms"]]


def test_an_accord_that_is_installed_and_a_partner_that_is_added_are_taken_up_while_nodes_serve(
    tmp_path: Path,
) -> None:
    pair = Pair(tmp_path, install=False)
    settings = {name: pair[name].home.settings() for name in NAMES}
    for name in NAMES:
        pair[name].home.write_settings(msgspec.structs.replace(settings[name], partners=()))
    with pair:
        assert all(pair[name].status()["lines"] == [] for name in NAMES)
        pair[NAMES[0]].home.write_settings(settings[NAMES[0]])  # a partner before its accord
        until(lambda: "code=no-such-line" in log_of(pair[NAMES[0]]), "it is told that the accord is missing")
        for name in NAMES:
            pair.install(name, time.time_ns() // 1_000_000)
        pair[NAMES[1]].home.write_settings(settings[NAMES[1]])
        pair.rest()
        assert pair[NAMES[0]].line()["accord_id"] == ACCORD_ID


def test_a_partner_that_is_taken_out_is_not_spoken_to_any_more(tmp_path: Path) -> None:
    with Pair(tmp_path) as pair:
        pair.rest()
        alpha = pair["alpha"]
        settings = alpha.home.settings()
        alpha.home.write_settings(msgspec.structs.replace(settings, partners=()))
        until(lambda: 'event="partner no more"' in log_of(alpha), "alpha speaks to bravo no more")
        assert alpha.is_up()


def test_settings_that_cannot_be_read_change_nothing_and_are_told_once(tmp_path: Path) -> None:
    with Pair(tmp_path) as pair:
        pair.rest()
        alpha = pair["alpha"]
        path = alpha.home.settings_path
        right = path.read_text()
        path.write_text(right + "\nnonsense")
        until(lambda: "code=bad-settings" in log_of(alpha), "it is told")
        path.write_text(right)
        pair.rest()
        assert log_of(alpha).count("code=bad-settings") == 1
