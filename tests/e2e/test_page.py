"""The page in a real chromium over two real nodes. It waits on what the page shows, never on a time.

Where no chromium is installed these tests are skipped, with the plain reason.
"""

import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from e2e.two_processes import ACCORD_ID, Pair, flight_feature, until

pytestmark = pytest.mark.slow

PATIENCE_MS = 20_000
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = shutil.which("chromium") or playwright.chromium.executable_path
        if not Path(found).exists():
            pytest.skip("no chromium is installed, so the browser tests were not run")
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with Pair(tmp_path_factory.mktemp("page")) as pair:
        pair.rest()
        yield pair


@pytest.fixture
def page(browser: Browser, pair: Pair) -> Iterator[Page]:
    """Alpha's page. Whatever the browser complains of (a script error, a breach of the CSP) fails the
    test.
    """
    faults: list[str] = []
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(PATIENCE_MS)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.goto(str(pair["alpha"].api.base_url))
    yield page
    page.close()
    assert not faults


def cross(pair: Pair, first: str, second: str, latitude: float) -> str:
    """Two flights that meet; alpha's stood first, so bravo has to ask. Returns the conflict's id."""
    start_ms = time.time_ns() // 1_000_000 + 3_600_000
    east = [(latitude, 7.0, 350), (latitude, 9.0, 350)]
    north = [(latitude - 0.8, 8.0, 350), (latitude + 0.8, 8.0, 350)]
    for name, callsign, path in (("alpha", first, east), ("bravo", second, north)):
        feature = flight_feature(str(uuid.uuid4()), callsign, start_ms, path)
        pair[name].api.post("/api/operations", json=feature).raise_for_status()
        pair.rest()

    def asked() -> str | None:
        rows = pair["alpha"].api.get("/api/conflicts", params={"status": "open"}).json()
        names = {first, second}
        mine = [it for it in rows if {it["first"]["callsign"], it["second"]["callsign"]} == names]
        return next((str(it["conflict_id"]) for it in mine if "ACP" in it["your_moves"]), None)

    return str(until(asked, "bravo asks about the conflict"))


def dialogue_at(pair: Pair, name: str, conflict_id: str) -> str:
    return str(pair[name].api.get(f"/api/conflicts/{conflict_id}").json()["dialogue"]["state"])


def test_the_page_shows_the_line_both_operations_and_their_conflict_and_accept_settles_it(
    pair: Pair, page: Page
) -> None:
    conflict_id = cross(pair, "SWR101", "EDW201", 47.0)
    expect(page.locator("#mark")).to_have_text("EXERCISE")
    expect(page.locator(".card .state")).to_have_text("open")
    expect(page.locator(".card")).to_contain_text("pictures equal")
    expect(page.locator("#operations tbody")).to_contain_text("SWR101")
    expect(page.locator("#operations tbody")).to_contain_text("EDW201")
    row = page.locator(f'tr[data-conflict="{conflict_id}"]')
    expect(row).to_contain_text("SWR101")
    expect(row).to_contain_text("REQUESTED")
    expect(row).to_contain_text("as filed (by bravo)")
    expect(page.locator("#picture svg")).to_contain_text("EDW201")
    row.get_by_role("button", name="Accept").click()
    expect(row).to_have_count(0)
    expect(page.locator("#count-conflicts")).to_contain_text("1 agreed")
    page.locator("#all-conflicts").check()
    expect(row).to_contain_text("ACCEPTED")
    until(lambda: dialogue_at(pair, "bravo", conflict_id) == "ACCEPTED", "bravo holds the acceptance")


def test_a_rejection_with_its_reason_is_made_by_keyboard_alone(pair: Pair, page: Page) -> None:
    conflict_id = cross(pair, "SWR102", "EDW202", 49.0)
    row = page.locator(f'tr[data-conflict="{conflict_id}"]')
    row.get_by_role("button", name="Reject").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_label("Reason").focus()
    page.keyboard.type("weather")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(row).to_contain_text("REJECTED")
    until(lambda: dialogue_at(pair, "bravo", conflict_id) == "REJECTED", "bravo holds the rejection")
    (mine,) = [
        it for it in pair["bravo"].api.get("/api/conflicts").json() if it["conflict_id"] == conflict_id
    ]
    assert mine["dialogue"]["reason"] == "weather"


def test_a_counter_is_chosen_from_what_is_proved_free(pair: Pair, page: Page) -> None:
    conflict_id = cross(pair, "SWR103", "EDW203", 51.0)
    row = page.locator(f'tr[data-conflict="{conflict_id}"]')
    row.get_by_role("button", name="Counter").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Proved free of conflict")
    choice = dialog.get_by_role("radio").first
    expect(choice).to_be_checked()
    dialog.get_by_role("button", name="Counter").click()
    expect(row).to_contain_text("COUNTERED")
    until(lambda: dialogue_at(pair, "bravo", conflict_id) == "COUNTERED", "bravo holds the counter-proposal")


def test_a_poll_that_brings_nothing_new_touches_nothing(pair: Pair, page: Page) -> None:
    """No flicker: the rows that a person reads are the same elements after the next polls."""
    cross(pair, "SWR104", "EDW204", 53.0)
    expect(page.locator("#conflicts tbody")).to_contain_text("SWR104")
    pair.rest()
    page.wait_for_function("() => document.querySelectorAll('#journal tbody .waiting').length === 0")
    before = page.locator("#clock").text_content()
    page.evaluate(
        "() => { window.kept = document.querySelector('#conflicts tbody tr');"
        " window.changes = 0; new MutationObserver((seen) => { window.changes += seen.length; })"
        ".observe(document.querySelector('#conflicts'), { childList: true, subtree: true }); }"
    )
    for _ in range(3):
        expect(page.locator("#clock")).not_to_have_text(before or "")
        before = page.locator("#clock").text_content()
    assert page.evaluate("() => window.kept.isConnected && window.changes === 0")


def test_an_emergency_stands_on_the_page_at_once_is_shown_taken_read_back_and_closed(
    pair: Pair, page: Page
) -> None:
    page.get_by_role("button", name="Sign on").click()
    page.get_by_role("textbox", name="Who").fill("owl")
    page.get_by_role("button", name="Say it").click()
    expect(page.locator("#seat")).to_have_text("owl at watch")
    who = {"position": "watch", "pseudonym": "elk", "automaton": False}
    where = {"latitude_e9": 35_300_000_000, "longitude_e9": 40_100_000_000}
    body = {"nature": "endangered", "wanted": "stop", "officer": who, "where": where, "text": "أوقفوا الآن"}
    path = f"/api/lines/{ACCORD_ID}/say/"
    called = pair["bravo"].api.post(path + "emergency", json=body).raise_for_status().json()["hash"]
    card = page.locator(f'[data-call="{called}"]')
    expect(card).to_contain_text("endangered, asks to stop")
    expect(card).to_contain_text("أوقفوا الآن")
    until(lambda: the_call(pair, called)["shown_at"] == ["watch"], "bravo knows where it was shown")
    card.get_by_role("button", name="Take it").click()
    expect(card).to_contain_text("taken by owl at watch")
    for typed, verdict in (("35.3, 40.2", "READBACK DIFFERS"), ("35.3, 40.1", "READBACK SAME")):
        card.get_by_role("button", name="Read back").click()
        page.get_by_role("textbox", name="where").fill(typed)
        page.get_by_role("button", name="Say it").click()
        expect(card).to_contain_text(verdict)
        if verdict == "READBACK DIFFERS":
            expect(card).to_contain_text("9.1 km off")
            expect(card.get_by_role("img")).to_be_visible()
    card.get_by_role("button", name="Close").click()
    expect(card).to_contain_text("CLOSING")
    answer = {"answers": called, "officer": who}
    until(lambda: the_call(pair, called)["state"] == "CLOSING", "bravo hears that alpha has closed it")
    pair["bravo"].api.post(path + "close", json=answer).raise_for_status()
    expect(card).to_have_count(0)


def the_call(pair: Pair, message: str) -> dict[str, Any]:
    rows = pair["bravo"].api.get("/api/calls", params={"all": "yes"}).json()
    return next(dict(row) for row in rows if row["message"] == message)


def test_an_emergency_is_said_from_the_page(pair: Pair, page: Page) -> None:
    page.evaluate('() => localStorage.setItem("openline-seat", \'{"position":"watch","pseudonym":"owl"}\')')
    page.get_by_role("button", name="Emergency").click()
    page.get_by_label("What it is").select_option("collision-risk")
    page.get_by_role("textbox", name="Place").fill("47.5, 8.5")
    page.get_by_label("Within, NM").fill("3")
    page.get_by_role("button", name="Say it").click()
    expect(page.locator("#calls")).to_contain_text("collision risk")

    def heard() -> bool:
        rows = pair["bravo"].api.get("/api/calls").json()
        return any(row["said"].get("where", {}).get("radius_dmm") == 55_560_000 for row in rows)

    until(heard, "bravo has the emergency with its place")


def test_a_page_that_has_lost_its_node_says_so(browser: Browser, tmp_path: Path) -> None:
    with Pair(tmp_path) as pair:
        page = browser.new_page()
        page.goto(str(pair["alpha"].api.base_url))
        expect(page.locator(".card .state")).to_have_text("open")
        pair["alpha"].kill()
        expect(page.locator("#contact")).to_contain_text("has lost its node")
        page.close()
