"""Two centres driven by hand: every step is a command line, and only the wire between is in-process."""

import contextlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from openline.bootstrap import Opened, open_node
from openline.cli.run import run

NOW = "2018-08-01T06:00:00Z"


class Done(msgspec.Struct):
    """How a command line ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def fault(self) -> dict[str, str]:
        return json.loads(self.err)


def openline(*arguments: object) -> Done:
    """Run one command line in this process, through the same door as the real one."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run([str(argument) for argument in arguments])
    assert "Traceback" not in err.getvalue(), err.getvalue()
    return Done(int(code), out.getvalue(), err.getvalue())


class Centre:
    """One side; calling it runs a verb on its directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def __call__(self, *arguments: object) -> Done:
        return openline("--directory", self.directory, *arguments)

    def ok(self, *arguments: object) -> Any:
        """With --json; it must succeed."""
        done = self(*arguments, "--json")
        assert done.code == 0, done.err
        return done.json

    @property
    def database(self) -> Path:
        return self.directory / "openline.db"


def found_centres(root: Path, *terms: object) -> tuple[Centre, Centre]:
    """init, key, propose, sign, sign: a line, as two people make it."""
    alpha, bravo = Centre(root / "alpha"), Centre(root / "bravo")
    for centre, party in ((alpha, "alpha"), (bravo, "bravo")):
        centre.ok("init", "--party", party, "--clock", "simulated", "--now", NOW)
    key = bravo.ok("accord", "key")["key"]
    file = root / "accord.bundle"
    usual = ("--exercise", "--minimum-notice-min", 0)
    alpha.ok("accord", "propose", "--with", "bravo", "--their-key", key, "--out", file, *usual, *terms)
    bravo.ok("accord", "sign", file, "--url", "http://127.0.0.1:7410")
    alpha.ok("accord", "sign", file, "--url", "http://127.0.0.1:7510")
    return alpha, bravo


@contextlib.contextmanager
def _opened(*centres: Centre) -> Iterator[list[Opened]]:
    with contextlib.ExitStack() as stack:
        nodes = [open_node(centre.directory) for centre in centres]
        for node in nodes:
            stack.enter_context(node.store)
        yield nodes


def exchange(alpha: Centre, bravo: Centre, rounds: int = 50) -> None:
    """Carry everything between the two until both are quiet, as two serving nodes do."""
    with _opened(alpha, bravo) as (one, other):
        accord_id = next(iter(one.node.status(0))).accord_id
        for sender, receiver in ((one, other), (other, one)):
            _post(sender, receiver, accord_id, [sender.node.heads(accord_id, sender.clock.now_ms())])
        for _ in range(rounds):
            said = [(it, it.node.outbound(accord_id)) for it in (one, other)]
            if not any(batch for _, batch in said):
                return
            for sender, batch in said:
                _post(sender, other if sender is one else one, accord_id, batch)
    raise AssertionError("the line does not come to rest")


def _post(sender: Opened, receiver: Opened, accord_id: str, batch: list[bytes]) -> None:
    while batch:
        answers = receiver.node.receive(accord_id, batch, receiver.clock.now_ms()).answers
        batch = (
            list(sender.node.receive(accord_id, answers, sender.clock.now_ms()).answers) if answers else []
        )


def flight(
    callsign: str, points: list[tuple[float, float]], level: float = 350, start: str = "07"
) -> dict[str, Any]:
    """A GeoJSON Feature: a flight along (latitude, longitude), ten minutes from point to point."""
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": [[lon, lat] for lat, lon in points]},
        "properties": {
            "callsign": callsign,
            "times": [f"2018-08-01T{start}:{10 * n:02}:00Z" for n in range(len(points))],
            "altitude": {"value": level, "units": "FL", "reference": "PRESSURE"},
            "lateral_tolerance_m": 500,
        },
    }


EASTBOUND = flight("ALP1", [(47.0, 7.0), (47.0, 9.0)])
NORTHBOUND = flight("BRV2", [(46.0, 8.0), (48.0, 8.0)])


def written(path: Path, *features: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
    return path


def in_conflict(root: Path, *terms: object) -> tuple[Centre, Centre]:
    """Both have filed, in this order, and hold one conflict; bravo has to give way and has asked."""
    alpha, bravo = found_centres(root, *terms)
    alpha.ok("file", written(root / "east.geojson", EASTBOUND))
    exchange(alpha, bravo)
    bravo.ok("file", written(root / "north.geojson", NORTHBOUND))
    exchange(alpha, bravo)
    return alpha, bravo
