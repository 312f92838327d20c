"""Writes tests/vectors/accord.json and accord-bad.json. Run it only when the format changes, and say so in
the changelog.

python -m unit.accord.write_accord_vectors      (with tests/ on the path)
"""

import json
from pathlib import Path
from typing import Any

from openline.accord import document
from openline.accord.shapes import Outline, Point
from openline.accord.terms import Disclosure, Frequency, decode_accord
from openline.errors import OpenlineError
from openline.journal.canonical import canonical
from unit.accord.agreed import BEGIN_MS, EAST_KEY, EAST_NODE, WEST_KEY, WEST_NODE, accord, certificate, merged

VECTORS = Path(__file__).parents[2] / "vectors"

AREA = Outline(
    tuple(Point(int(lat * 1e9), int(lon * 1e9)) for lat, lon in ((46, 6), (46, 10), (48, 10), (48, 6)))
)
GOOD = accord(
    {
        "east": Disclosure(
            fields=("callsign", "priority"), grid_e9=10_000_000, layer_dmm=3_048_000, step_ms=60_000
        ),
        "west": Disclosure(fields=("aircraft_type", "callsign", "priority")),
    },
    area=AREA,
    minima="threes",
    frequencies=(Frequency("guard", 121_500), Frequency("wide-area", 9_031)),
    languages=("en", "fr"),
)

CASES: list[tuple[str, dict[str, Any]]] = [
    ("an unknown field that could hold a purpose", {"purpose": "x"}),
    ("an unknown field inside a clause", {"disclosure": {"east": {"target": True}}}),
    ("a field to disclose that the wire does not have", {"disclosure": {"east": {"fields": ["ovn"]}}}),
    ("fields in another order", {"disclosure": {"east": {"fields": ["priority", "callsign"]}}}),
    ("a field twice", {"disclosure": {"east": {"fields": ["callsign", "callsign"]}}}),
    ("a grid that does not divide 90 degrees", {"disclosure": {"east": {"grid_e9": 7}}}),
    ("a grid coarser than a degree", {"disclosure": {"east": {"grid_e9": 2_000_000_000}}}),
    ("a layer below zero", {"disclosure": {"east": {"layer_dmm": -1}}}),
    ("a step longer than an hour", {"disclosure": {"west": {"step_ms": 3_600_001}}}),
    ("a term of a disclosure left out", {"disclosure": {"east": {"finer": None}}}),
    ("disclosure for a stranger", {"disclosure": {"north": {"fields": []}}}),
    ("no disclosure for one party", {"disclosure": {"west": None}}),
    ("an id that is no UUID", {"id": "0b0e4a5c"}),
    ("an id in upper case", {"id": GOOD.id.upper()}),
    ("version zero", {"version": 0}),
    ("a version that is a text", {"version": "1"}),
    ("a protocol nobody speaks", {"protocol": 2}),
    ("no exercise mark", {"exercise": None}),
    ("parties out of order", {"parties": "swapped"}),
    ("one party twice", {"parties": "doubled"}),
    ("one party alone", {"parties": "alone"}),
    ("a party name in upper case", {"parties": "shouting"}),
    ("a key of small order", {"parties": "weak"}),
    ("a title that hides a control character", {"parties": "hiding"}),
    ("an end before the beginning", {"valid_until_ms": BEGIN_MS}),
    ("a time beyond the year 9999", {"valid_until_ms": 253_402_300_800_000}),
    (
        "an area of two points",
        {"area": {"vertices": [{"lat_e9": 0, "lon_e9": 0}, {"lat_e9": 1, "lon_e9": 0}]}},
    ),
    ("an area that crosses itself", {"area": "bow tie"}),
    ("a latitude beyond the pole", {"area": "beyond the pole"}),
    ("an unknown datum", {"datum": "ground"}),
    ("a minimum below zero", {"minima": {"lateral_dmm": -1}}),
    ("minima with a dwell of more than a day", {"minima": {"dwell_ms": 86_400_001}}),
    ("an unknown rule of precedence", {"precedence": "loudest"}),
    (
        "priority decides and is not told",
        {"precedence": "priority-then-standing", "disclosure": {"west": {"fields": []}}},
    ),
    ("a heartbeat too fast", {"heartbeat_ms": 10}),
    ("a notice below zero", {"minimum_notice_ms": -1}),
    ("a line check at 24:00", {"line_checks": ["24:00"]}),
    ("line checks out of order", {"line_checks": ["17:00", "09:00"]}),
    ("an answer time of nothing", {"answers": {"lam_ms": 0}}),
    (
        "two rungs at one time",
        {"escalation": [{"after_ms": 1, "position": "a"}, {"after_ms": 1, "position": "b"}]},
    ),
    ("a frequency below the radio", {"frequencies": [{"khz": 1, "use": "guard"}]}),
    ("a language nobody has", {"languages": ["english"]}),
    ("no language", {"languages": []}),
    ("passing on said for one party only", {"pass_on": {"west": None}}),
    ("a cap on area of nothing", {"caps": {"area_m2": 0}}),
    ("a cap on duration beyond thirty days", {"caps": {"duration_ms": 2_592_000_001}}),
    ("a cap on notices that is no number", {"caps": {"open_notices": True}}),
    ("a missing clause", {"caps": None}),
]


def parties(change: str) -> list[dict[str, Any]]:
    east, west = json.loads(canonical(GOOD))["parties"]
    return {
        "swapped": [west, east],
        "doubled": [east, {**west, "key": east["key"]}],
        "alone": [east],
        "shouting": [{**east, "name": "EAST"}, west],
        "weak": [{**east, "key": "00" * 32}, west],
        "hiding": [{**east, "title": "East\x1b[2J"}, west],
    }[change]


def area(change: str) -> dict[str, Any]:
    corners = {
        "bow tie": ((46, 6), (48, 10), (46, 10), (48, 6)),
        "beyond the pole": ((46, 6), (91, 10), (46, 10)),
    }
    vertices = [{"lat_e9": lat * 10**9, "lon_e9": lon * 10**9} for lat, lon in corners[change]]
    return {"kind": "polygon", "vertices": vertices}


def case(name: str, patch: dict[str, Any]) -> dict[str, Any]:
    for field, make in (("parties", parties), ("area", area)):
        if isinstance(patch.get(field), str):
            patch = {**patch, field: make(patch[field])}
    try:
        decode_accord(canonical(merged(json.loads(canonical(GOOD)), patch)))
    except OpenlineError as fault:
        return {
            "name": name,
            "patch": patch,
            "code": fault.code,
            "field": fault.field,
            "clause": fault.clause,
        }
    raise AssertionError(f"not bad: {name}")


def write() -> None:
    proposed = document.propose(GOOD, EAST_KEY)
    proposal = document.pack_bundle(proposed, {"east": certificate("east", EAST_KEY, EAST_NODE)})
    whole = document.countersign_bundle(
        proposal, WEST_KEY, certificate("west", WEST_KEY, WEST_NODE), at_ms=BEGIN_MS
    )
    good = {
        "about": "An accord: canonical text, SHA-256 digest, signed documents, bundle; Ed25519 seeds in hex.",
        "seeds": {"east": "01" * 32, "west": "02" * 32, "east node": "0b" * 32, "west node": "0c" * 32},
        "canonical": canonical(GOOD).decode(),
        "digest": document.accord_digest(GOOD),
        "proposed": proposed.decode(),
        "countersigned": document.countersign(proposed, WEST_KEY).decode(),
        "bundle": whole.decode(),
    }
    bad = {
        "about": "Each patch (RFC 7396) makes the accord invalid: with this code, field and clause.",
        "accord": json.loads(canonical(GOOD)),
        "cases": [case(name, patch) for name, patch in CASES],
    }
    for name, content in (("accord.json", good), ("accord-bad.json", bad)):
        (VECTORS / name).write_text(json.dumps(content, indent=1, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    write()
