"""Before the line opens: two parties make their nodes, and sign one accord under the exercise mark."""

import socket
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from openline.accord.clauses import Caps, Party
from openline.accord.document import countersign_bundle, pack_bundle, propose
from openline.accord.terms import Accord, draft
from openline.airspace.limits import DAY_MS, HOUR_MS, MAX_DURATION_MS, MAX_HORIZON_MS
from openline.bootstrap import Home, Listener, Partner, Settings, init, open_node
from openline.demo.flights import SIDES

PARTY_NAMES: Final = {"A": "alpha", "B": "bravo"}
TITLES: Final = {"A": "Alpha Control", "B": "Bravo Control"}
LOOPBACK: Final = "127.0.0.1"

_CAPS: Final = Caps(
    priority=100,
    area_m2=1_000_000_000_000,
    duration_ms=MAX_DURATION_MS,
    horizon_ms=MAX_HORIZON_MS,
    open_notices=100_000,
)
"""Wide, because the demo takes whatever flights it is given."""


class Times(msgspec.Struct, frozen=True):
    """The exercise: the moment at which it begins, and when its last operation can be over (ms)."""

    begin_ms: int
    end_ms: int


class Founded(msgspec.Struct, frozen=True):
    """The two nodes' directories by side, and the accord between them, in force."""

    homes: dict[str, Home]
    accord: Accord


def found(directory: Path, minima: str, times: Times) -> Founded:
    """Two nodes in directory/A and directory/B, with one accord in force. Raises Refused ``node-exists``."""
    accord_id = str(uuid.uuid4())
    ports = dict(zip(SIDES, _free_ports(), strict=True))
    homes = {side: _node(directory / side, side, accord_id, ports, times) for side in SIDES}
    accord = _accord(accord_id, homes, minima, times)
    bundle = _sign(accord, homes, times.begin_ms)
    for home in homes.values():
        opened = open_node(home.directory)
        opened.node.install_accord(bundle, times.begin_ms)
        opened.store.close()
    return Founded(homes, accord)


def _node(
    directory: Path, side: str, accord_id: str, ports: Mapping[str, tuple[int, int]], times: Times
) -> Home:
    (line, console), (other, _) = ports[side], ports[SIDES[1 - SIDES.index(side)]]
    settings = Settings(
        party=PARTY_NAMES[side],
        title=TITLES[side],
        clock="simulated",
        line=Listener(LOOPBACK, line),
        console=Listener(LOOPBACK, console),
        partners=(Partner(accord_id, f"http://{LOOPBACK}:{other}"),),
    )
    return init(directory, settings, times.begin_ms)


def _accord(accord_id: str, homes: Mapping[str, Home], minima: str, times: Times) -> Accord:
    alpha, bravo = (
        Party(PARTY_NAMES[side], TITLES[side], homes[side].party_key().public.hex) for side in SIDES
    )
    return draft(
        accord_id,
        alpha,
        bravo,
        valid_from_ms=max(0, times.begin_ms - DAY_MS),
        valid_until_ms=times.end_ms + DAY_MS,
        minima=minima,
        exercise=True,
        # The conductor's time leaps: a beat of seconds would find the line silent at every step.
        heartbeat_ms=HOUR_MS,
        caps=_CAPS,
    )


def _sign(accord: Accord, homes: Mapping[str, Home], at_ms: int) -> bytes:
    """A proposes, B countersigns. The two party keys are in one place here; in earnest they never are."""
    alpha, bravo = (homes[side] for side in SIDES)
    proposed = pack_bundle(propose(accord, alpha.party_key()), {PARTY_NAMES["A"]: alpha.certificate()})
    return countersign_bundle(proposed, bravo.party_key(), bravo.certificate(), at_ms=at_ms)


def _free_ports() -> list[tuple[int, int]]:
    """A line port and a console port for each side, all free at this moment."""
    sockets = [socket.create_server((LOOPBACK, 0)) for _ in range(2 * len(SIDES))]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return list(zip(ports[::2], ports[1::2], strict=True))
