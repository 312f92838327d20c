"""The line appears in F3548: two suppliers that know nothing else deconflict through two nodes and a line."""

import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from e2e.f3548_peer import Peer, square
from e2e.two_processes import NAMES, Pair, free_port, until
from openline.accord.clauses import Disclosure
from openline.airspace.altitude import Datum
from openline.bootstrap import F3548
from openline.units import rfc3339_from_ms

pytestmark = pytest.mark.slow

HOUR_MS = 3_600_000
GRID_E9 = 10_000_000  # 0.01 degree
BLURRED = Disclosure(fields=("priority",), grid_e9=GRID_E9, layer_dmm=1_000_000, step_ms=60_000)


class Room:
    """Two nodes with their listeners for suppliers, and a supplier at each."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        key = generate_private_key(public_exponent=65_537, key_size=2_048)
        self.pair = Pair(folder, disclosure=BLURRED, datum=Datum.AMSL)
        self.peers: dict[str, Peer] = {}
        for name, supplier in zip(NAMES, ("wings", "rotors"), strict=True):
            home, port = self.pair[name].home, free_port()
            (home.directory / "token.key").write_bytes(
                key.private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                )
            )
            (home.directory / "token.pub").write_bytes(
                key.public_key().public_bytes(
                    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
                )
            )
            served = F3548(port=port, keys=("token.pub",), token_key="token.key", allow_http=True)
            home.write_settings(msgspec.structs.replace(home.settings(), f3548=served))
            self.peers[name] = Peer(supplier, port, key)
        stack.enter_context(self.pair)
        for peer in self.peers.values():
            stack.enter_context(peer)
            until(lambda peer=peer: peer.node.get("/").status_code, "the DSS answers")

    def conflicts(self, name: str) -> list[dict[str, Any]]:
        answer = self.pair[name].api.get("/api/conflicts").raise_for_status().json()
        rows = answer if isinstance(answer, list) else answer["conflicts"]
        return [row for row in rows if row["status"] != "gone"]

    def alarms(self, name: str) -> str:
        return "\n".join(alarm["text"] for alarm in self.pair[name].status()["alarms"])

    def state(self, name: str, operation_id: str) -> str | None:
        answer = self.pair[name].api.get("/api/operations?geometry=no").raise_for_status().json()
        rows = answer if isinstance(answer, list) else answer["operations"]
        return next((row["state"] for row in rows if row["id"] == operation_id), None)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with ExitStack() as stack:
        yield Room(tmp_path, stack)


def test_two_suppliers_who_know_only_f3548_deconflict_through_two_nodes_and_a_line(room: Room) -> None:
    wings, rotors = room.peers["alpha"], room.peers["bravo"]
    now_ms = time.time_ns() // 1_000_000
    start, end = (rfc3339_from_ms((now_ms + hours * HOUR_MS) // 1000 * 1000) for hours in (1, 2))
    here, nearby, away = (square(lat, 7.0005, start, end) for lat in (46.0005, 46.006, 47.0005))
    first, second = str(uuid.uuid4()), str(uuid.uuid4())

    # What one supplier files is the partner's at the other DSS, blurred, and that node answers for it.
    assert wings.file(first, here, []).status_code == 201
    (seen,) = until(lambda: rotors.around(here, "alpha"), "bravo's DSS shows alpha's intent")
    assert seen["id"] != first
    assert seen["uss_base_url"] == str(rotors.node.base_url).rstrip("/")
    intent = rotors.details(seen)
    assert intent["reference"]["manager"] == "alpha"
    assert "wings" not in str(intent)
    (volume,) = intent["details"]["volumes"]
    for vertex in volume["volume"]["outline_polygon"]["vertices"]:
        assert abs(vertex["lat"] / 0.01 - round(vertex["lat"] / 0.01)) < 1e-6
    low, high = (volume["volume"][f"altitude_{end}"]["value"] for end in ("lower", "upper"))
    assert low < 1_000 < 1_100 < high

    # Whoever files into it is asked for its OVN first; with it the DSS has to store it.
    refused = rotors.file(second, nearby, [])
    assert refused.status_code == 409
    assert [one["id"] for one in refused.json()["missing_operational_intents"]] == [seen["id"]]
    assert rotors.file(second, nearby, [intent["reference"]["ovn"]]).status_code == 201

    # Both officers see one conflict, and the supplier that stood first hears of the other's intent.
    found = {name: until(lambda name=name: room.conflicts(name), f"{name} finds it") for name in NAMES}
    ids = {row["conflict_id"] for rows in found.values() for row in rows}
    assert len(ids) == 1
    until(lambda: all(room.conflicts(name)[0]["mover"] == "bravo" for name in NAMES), "bravo has to move")
    assert room.state("bravo", second) == "Proposed"
    until(lambda: "rotors's intent" in room.alarms("bravo"), "bravo's officer is told whom to call")
    (told,) = until(lambda: [it for it in wings.told if it.get("operational_intent")], "wings is notified")[
        :1
    ]
    assert told["operational_intent"]["reference"]["manager"] == "bravo"
    assert told["operational_intent"]["details"]["priority"] < 0
    assert [one["id"] for one in wings.around(nearby, "bravo")] == [told["operational_intent_id"]]

    # It moves away, and the conflict dissolves at both.
    assert rotors.file(second, away, [], rotors.ovn(second)).status_code == 200
    until(lambda: not any(room.conflicts(name) for name in NAMES), "the conflict is gone at both")
    until(lambda: room.state("bravo", second) == "Accepted", "bravo's intent is agreed")
    until(lambda: "rotors's intent" not in room.alarms("bravo"), "nobody need be called any more")

    # A node that is killed comes back to what stands; the end is followed, too.
    room.pair["bravo"].kill()
    room.pair["bravo"].start()
    room.pair["bravo"].wait_up()
    (same,) = until(lambda: rotors.around(here, "alpha"), "bravo's DSS answers again")
    assert rotors.details(same)["reference"]["ovn"] == intent["reference"]["ovn"]
    wings.end(first)
    until(lambda: not rotors.around(here, "alpha"), "the end of alpha's intent reaches bravo's DSS")
    assert room.state("alpha", first) == "Ended"
