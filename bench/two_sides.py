"""Two real nodes (`openline serve`), each in a network namespace of its own, for bench/network.py."""

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from bad_way import Place, Way
from e2e.two_processes import ACCORD_ID, NAMES, Pair, flight_feature
from openline.bootstrap import Listener, Opened, Partner, open_node
from openline.journal.entry import Lane

LINE_PORT, CONSOLE_PORT = 7410, 7411
ANSWER_S: Final = 600.0
"""The first filing may compile the conflict engine."""
ADDRESSES: Final = {"alpha": "10.77.0.1", "bravo": "10.77.0.2"}
SHIFTED: Final = (
    "import runpy, sys, time; real = time.time_ns; ahead = int(sys.argv.pop(1)) * 10**6; "
    "time.time_ns = lambda: real() + ahead; runpy.run_module('openline', run_name='__main__')"
)
"""A node whose clock is ahead: its process reads another time."""


class Side:
    """One node: its place, its process, its console as its people reach it, and its store as the CLI does."""

    def __init__(self, name: str, directory: Path) -> None:
        self.name = name
        self.directory = directory
        self.place = Place(ADDRESSES[name])
        self.api = httpx.Client(
            base_url=f"http://127.0.0.1:{CONSOLE_PORT}", trust_env=False, timeout=ANSWER_S
        )
        self.child: subprocess.Popen[bytes] | None = None
        self.opened: Opened | None = None

    def start(self, ahead_ms: int = 0) -> None:
        verb = ["--directory", str(self.directory), "serve"]
        begun = ["-c", SHIFTED, str(ahead_ms)] if ahead_ms else ["-m", "openline"]
        with (self.directory / "serve.log").open("ab") as log:
            self.child = self.place.run(
                lambda: subprocess.Popen(
                    [sys.executable, *begun, *verb], stdin=subprocess.DEVNULL, stdout=log, stderr=log
                )
            )
        until(self._is_up, f"{self.name} serves", 60)
        self.opened = self.opened or open_node(self.directory)

    def _is_up(self) -> bool:
        assert self.child is not None
        if self.child.poll() is not None:
            raise SystemExit((self.directory / "serve.log").read_text()[-2000:])
        try:
            return self.get("/health") is not None
        except httpx.HTTPError:
            return False

    def stop(self) -> None:
        if self.child is not None:
            self.child.terminate()
            try:
                self.child.wait(30)
            except subprocess.TimeoutExpired:
                self.child.kill()

    def close(self) -> None:
        self.stop()
        self.place.close()
        if self.opened is not None:
            self.opened.store.close()

    def get(self, path: str) -> Any:
        return self.place.run(lambda: self.api.get(path).raise_for_status().json())

    def post(self, path: str, body: Any) -> Any:
        return self.place.run(lambda: self.api.post(path, json=body).raise_for_status().json())

    def cli(self, *verb: str) -> Any:
        command = [sys.executable, "-m", "openline", "--directory", str(self.directory), "--json", *verb]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return json.loads(done.stdout) if done.stdout else {"failed": done.stderr}

    # What is said, and what is known of it

    def say_urgent(self) -> None:
        self.post(f"/api/lines/{ACCORD_ID}/check", _WHO)

    def file_flight(self, number: int) -> None:
        """A flight alone in its piece of the sky."""
        row, column = divmod(number % 6_000, 100)
        latitude, longitude = -60.0 + row * 2, -170.0 + column * 3.4
        start_ms = time.time_ns() // 1_000_000 + 7_200_000 + (number // 6_000) * 7_200_000
        latitude += 1.0 if self.name == "bravo" else 0.0
        path = [(latitude, longitude, 350), (latitude, longitude + 1.0, 350)]
        one = flight_feature(str(uuid.uuid4()), f"{self.name[0].upper()}{number}", start_ms, path)
        self.post("/api/operations", one)

    def line(self) -> dict[str, Any]:
        (line,) = self.get("/api/status")["lines"]
        return dict(line)

    def acknowledged(self) -> dict[Lane, int]:
        """Up to where the partner's LAMs have come."""
        assert self.opened is not None
        with self.opened.store.reading() as tx:
            return {lane: tx.acknowledged(ACCORD_ID, self.name, lane) for lane in Lane}

    def entries(self, sender: str, lane: Lane, after: int = 0) -> list[Any]:
        assert self.opened is not None
        with self.opened.store.reading() as tx:
            return tx.entries(ACCORD_ID, sender, lane, after, 10**6)

    def heads(self) -> dict[Lane, int]:
        assert self.opened is not None
        with self.opened.store.reading() as tx:
            return {lane: tx.lane_head(ACCORD_ID, self.name, lane).number for lane in Lane}


_WHO: Final = {"position": "duty", "pseudonym": "bench", "automaton": True}


class Sides:
    """Both sides and the way between them. Raises NotPermitted."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.sides = {name: Side(name, folder / name) for name in NAMES}
        Pair(folder, heartbeat_ms=20_000)
        self.way = Way(*(side.place for side in self.sides.values()), seed)
        for name, side in self.sides.items():
            _at(side, ADDRESSES[NAMES[1 - NAMES.index(name)]])

    def __iter__(self) -> Any:
        return iter(self.sides.values())

    def __enter__(self) -> "Sides":
        for side in self:
            side.start()
        until(self.is_at_rest, "both nodes at rest with one picture", 60)
        return self

    def __exit__(self, *_: object) -> None:
        for side in self:
            side.close()
        self.way.close()
        for side in self:
            side.place.close_device()

    def other(self, side: Side) -> Side:
        return self.sides[NAMES[1 - NAMES.index(side.name)]]

    def is_at_rest(self) -> bool:
        lines = [side.line() for side in self]
        return (
            all(line["quiet"] and line["link"] in ("open", "degraded") for line in lines)
            and lines[0]["root"] == lines[1]["root"]
            and lines[0]["digest"] == lines[1]["digest"]
        )


def _at(side: Side, partner: str) -> None:
    assert isinstance(side, Side)
    opened = open_node(side.directory)
    opened.store.close()
    settings = msgspec.structs.replace(
        opened.settings,
        line=Listener(host=side.place.address, port=LINE_PORT),
        console=Listener(port=CONSOLE_PORT),
        partners=(Partner(accord=ACCORD_ID, url=f"http://{partner}:{LINE_PORT}"),),
    )
    opened.home.write_settings(settings)


def until(what: Callable[[], Any], why: str, patience_s: float, every_s: float = 0.05) -> float:
    """Wait until the answer is true; gives how long that took, in seconds."""
    begin_s = time.monotonic()
    while not what():
        if time.monotonic() - begin_s > patience_s:
            raise SystemExit(f"never came within {patience_s:g} s: {why}")
        time.sleep(every_s)
    return time.monotonic() - begin_s
