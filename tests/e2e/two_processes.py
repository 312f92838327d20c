"""Two real nodes as two real processes on loopback, made in a folder, for tests that kill, cut and click."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from e2e import nursery
from e2e.nursery import Child
from openline.accord.clauses import Party as PartyTerms
from openline.accord.document import countersign_bundle, pack_bundle, propose
from openline.accord.terms import draft
from openline.bootstrap import Home, Listener, Partner, Settings, init, open_node
from openline.units import rfc3339_from_ms

ACCORD_ID = "5a1d6f0e-3c7b-4b65-9b0a-6f2f3b1c9d10"
NAMES = ("alpha", "bravo")
YEAR_MS = 365 * 24 * 3_600_000
PATIENCE_S = 60.0


def _ports() -> Iterator[int]:
    """Below the range from which outgoing connections get theirs, or one of them may take it before the
    node binds; each test worker has its own part.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 8
    first = 12_000 + worker * 2_000
    while True:
        yield from range(first + os.getpid() % 1_000, first + 2_000)


_PORTS = _ports()


def free_port() -> int:
    for port in _PORTS:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


def until(what: Callable[[], Any], why: str, patience_s: float = PATIENCE_S) -> Any:
    """Wait on state, never on a time: asks until the answer is true, and says what it waited for when it
    never is.
    """
    last: Any = None
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        try:
            last = what()
            if last:
                return last
        except (httpx.HTTPError, OSError, json.JSONDecodeError) as fault:
            last = fault
        time.sleep(0.05)
    raise AssertionError(f"never came: {why}; last seen: {last}")


class Process:
    """One node: its folder, its process, its API."""

    def __init__(self, home: Home, console_port: int) -> None:
        self.home = home
        self.api = httpx.Client(base_url=f"http://127.0.0.1:{console_port}", trust_env=False, timeout=20.0)
        self.child: Child | subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.home.directory / "serve.log").open("ab") as log:
            self.child = nursery.start(["--directory", str(self.home.directory), "serve"], log, log)

    def kill(self) -> None:
        """SIGKILL, by the id of the process we started."""
        assert self.child is not None
        os.kill(self.child.pid, signal.SIGKILL)
        self.child.wait()

    def stop(self) -> None:
        if self.child is not None and self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
        self.api.close()

    def is_up(self) -> bool:
        if self.child is not None and self.child.poll() is not None:
            raise AssertionError(f"the node ended: {(self.home.directory / 'serve.log').read_text()[-2000:]}")
        return self.api.get("/health").status_code == 200

    def wait_up(self) -> None:
        until(self.is_up, f"{self.home.directory.name} serves")

    def status(self) -> dict[str, Any]:
        return dict(self.api.get("/api/status").raise_for_status().json())

    def line(self) -> dict[str, Any]:
        (line,) = self.status()["lines"]
        return dict(line)

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return nursery.run(["--directory", str(self.home.directory), "--json", *arguments])


class Pair:
    """Two nodes with a countersigned accord between them, each knowing where the other listens."""

    def __init__(self, folder: Path, *, install: bool = True, **terms: Any) -> None:
        """install: whether the accord is there from the start."""
        now_ms = time.time_ns() // 1_000_000
        ports = {name: (free_port(), free_port()) for name in NAMES}
        homes = {name: _home(folder / name, name, ports, now_ms) for name in NAMES}
        self.bundle = _accord(homes, now_ms, terms)
        self.processes = {name: Process(home, ports[name][1]) for name, home in homes.items()}
        for name in homes if install else ():
            self.install(name, now_ms)

    def install(self, name: str, now_ms: int) -> None:
        """As the CLI does, beside a node that may be serving."""
        opened = open_node(self.processes[name].home.directory)
        with opened.store:
            opened.node.install_accord(self.bundle, now_ms)

    def __getitem__(self, name: str) -> Process:
        return self.processes[name]

    def __enter__(self) -> "Pair":
        for process in self.processes.values():
            process.start()
        for process in self.processes.values():
            process.wait_up()
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes.values():
            process.stop()

    def is_at_rest(self) -> bool:
        """Both have said and heard everything, and hold one picture."""
        lines = [self[name].line() for name in NAMES]
        return (
            all(line["quiet"] and line["state"] == "open" for line in lines)
            and lines[0]["root"] == lines[1]["root"]
            and lines[0]["digest"] == lines[1]["digest"]
        )

    def rest(self) -> None:
        until(self.is_at_rest, "both nodes at rest with one picture")


def _home(folder: Path, name: str, ports: dict[str, tuple[int, int]], now_ms: int) -> Home:
    other = NAMES[1 - NAMES.index(name)]
    settings = Settings(
        party=name,
        title=f"{name.title()} Control",
        line=Listener(port=ports[name][0]),
        console=Listener(port=ports[name][1]),
        partners=(Partner(accord=ACCORD_ID, url=f"http://127.0.0.1:{ports[other][0]}"),),
    )
    return init(folder, settings, now_ms)


def _accord(homes: dict[str, Home], now_ms: int, terms: dict[str, Any]) -> bytes:
    keys = {name: home.party_key() for name, home in homes.items()}
    first, second = (
        PartyTerms(name, f"{name.title()} Control", key.public.hex) for name, key in keys.items()
    )
    wide = {"valid_from_ms": now_ms - YEAR_MS // 2, "valid_until_ms": now_ms + YEAR_MS, "heartbeat_ms": 1_000}
    accord = draft(ACCORD_ID, first, second, **{**wide, "exercise": True, "minimum_notice_ms": 0, **terms})
    proposed = pack_bundle(propose(accord, keys["alpha"]), {"alpha": homes["alpha"].certificate()})
    return countersign_bundle(proposed, keys["bravo"], homes["bravo"].certificate(), at_ms=now_ms)


def flight_feature(
    identifier: str, callsign: str, start_ms: int, path: list[tuple[float, float, int]]
) -> dict[str, Any]:
    """A GeoJSON flight: (latitude, longitude, flight level), a point every ten minutes from start_ms."""
    times = [rfc3339_from_ms(start_ms + number * 600_000) for number in range(len(path))]
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": [[lon, lat] for lat, lon, _ in path]},
        "properties": {
            "id": identifier,
            "callsign": callsign,
            "times": times,
            "altitudes": {"values": [level for _, _, level in path], "units": "FL"},
            "lateral_tolerance_m": 500,
        },
    }
