"""A second reader of the bodies of messages, written from docs/spec alone: nothing of openline is imported.

It takes the kinds and their fields out of the tables of docs/spec/line-protocol.md themselves, so what the
page leaves out it cannot know. It judges no ring and no leg, which needs geodesics: whoever compares leaves
what is refused for ``GEOMETRY`` aside.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from unit.coordination.second_reader import (
    HASH,
    MOMENT,
    UUID,
    fits,
    is_int,
    need,
    party_word,
    read,
    spelt,
)

PAGE = (Path(__file__).parents[3] / "docs" / "spec" / "line-protocol.md").read_text(encoding="utf-8")
GEOMETRY = frozenset(
    {"self-intersection", "no-area", "outline-too-large", "leg-too-long", "impossible-speed"}
)
MONTH, LAST = 30 * 86_400_000, 4_102_444_800_000
UUID4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
HIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ue000-\uf8ff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | end) for plane in range(15) for end in (0xFFFE, 0xFFFF))
    + "\U000f0000-\U0010ffff]"
)
WHITE = "\n \xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"

Row = tuple[str, str, str]
"""A field: its name, its type in words, what it says when it is left out."""


def _block(name: str) -> str:
    return PAGE.split(f"<!-- generated: {name} -->")[1].split("<!-- end -->")[0]


def _cells(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


KINDS = {cells[0].strip("`"): (cells[2], cells[3]) for cells in _cells(_block("kinds"))}
FIELDS: dict[str, list[Row]] = {
    title: [(name.strip("`"), kind, left_out) for name, kind, _, left_out, _ in _cells(rows)]
    for title, rows in re.findall(r"\*\*`?(\w+)`?\*\*[^\n]*\n(.*?)(?=\n\*\*|\Z)", _block("fields"), re.DOTALL)
}
DEFAULTS = {"none": None, "`[]`": [], "`false`": False, "`0`": 0}


def body_of(kind: str, lane: str, data: bytes, accord: Mapping[str, Any], sender: str, at_ms: int) -> Any:
    """What these bytes say on that lane, if it holds by itself and under the accord. Raises Wrong."""
    need(kind in KINDS, "unknown-kind")
    body = read(data)
    if kind == "NOTICE":
        _notice(body, accord)
    else:
        _record(body, FIELDS[kind], accord)
    need(_lane(kind, body) == lane, "wrong-lane")
    if kind in RULES:
        RULES[kind](body, accord, sender, at_ms)
    if kind in ("NOTICE", "PASSED_ON"):
        told = {"callsign", "aircraft_type", "priority"} & set(body.get("notice", body))
        need(told <= set(accord["disclosure"][sender]["fields"]), "not-agreed-to-be-told")
    for text in () if kind == "LRM" else _texts(body):
        need(accord["free_text"], "free-text-off")
        need(text.strip(WHITE) and not HIDDEN.search(text), "not-a-text")
    return body


def _lane(kind: str, body: Mapping[str, Any]) -> str:
    words = KINDS[kind][0]
    if words.startswith("that of"):
        return str(body["lane"])
    if kind == "NOTICE":
        return "urgent" if body["state"] in ("Nonconforming", "Contingent") else "routine"
    return "urgent" if body.get("urgent") else words.split(";")[0]


def safety_of_life(kind: str, body: Mapping[str, Any]) -> bool:
    return KINDS[kind][1] == "yes" or body.get("state") in ("Nonconforming", "Contingent", "Ended")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for it in value:
            yield from _texts(it)
    elif isinstance(value, dict):
        for name, it in value.items():
            yield from [it] if name == "text" else _texts(it)


# One field


def _record(value: Any, rows: list[Row], accord: Mapping[str, Any]) -> None:
    need(isinstance(value, dict), "field-malformed")
    need(set(value) <= {name for name, _, _ in rows}, "field-unknown")
    for name, words, left_out in rows:
        if name not in value:
            need(left_out != "never", "field-malformed")
            continue
        if left_out != "never":
            need(
                value[name] is not None and not _same(value[name], DEFAULTS[left_out]), "not-the-one-spelling"
            )
        _field(value[name], words, accord)


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _field(value: Any, words: str, accord: Mapping[str, Any]) -> None:
    for pattern, judged in TYPES.items():
        found = re.fullmatch(pattern, words)
        if found:
            need(judged(value, *found.groups()), "field-malformed")
            return
    if words.startswith("array"):
        bounds, item = words.removeprefix("array of ").split(": ", 1)
        low, high = bounds.split(" to ")
        need(isinstance(value, list) and _number(low) <= len(value) <= _number(high), "field-malformed")
        for it in value:
            _field(it, item, accord)
    elif words.endswith("see section 6"):
        {"Notice": _notice, "NoticeVolume": _volume, "NoticeTrajectory": _path}[words.split(",")[0]](
            value, accord
        )
    else:
        _record(value, FIELDS[words], accord)
        if words == "Where":
            need(value.get("lower_dmm", -MOMENT) <= value.get("upper_dmm", MOMENT), "altitudes-upside-down")
            need(value.get("from_ms", 0) <= value.get("until_ms", MOMENT), "times-upside-down")


def _number(words: str) -> int:
    return 2**53 - 1 if words.startswith("2^53") else int(words.replace(",", "").replace("\u2212", "-"))


TYPES: Mapping[str, Callable[..., bool]] = {
    r"moment": lambda it: is_int(it, 0, MOMENT),
    r"integer, (\S+) to (.+)": lambda it, low, high: is_int(it, _number(low), _number(high)),
    r"boolean": lambda it: type(it) is bool,
    r"hash": lambda it: fits(it, HASH),
    r"UUID, lower case": lambda it: fits(it, UUID),
    r"text, at most ([\d,]+) code points": lambda it, most: isinstance(it, str) and len(it) <= _number(most),
    r"(?:name|code|callsign): (\d+) to (\d+) of `([^`]+)`": lambda it, low, high, letters: fits(
        it, f"[{letters.replace(' -', '-').replace(' ', '')}]{{{low},{high}}}"
    ),
    r"4 octal digits": lambda it: fits(it, "[0-7]{4}"),
    r"6 hexadecimal digits, lower case": lambda it: fits(it, "[0-9a-f]{6}"),
    r"one of (.+)": lambda it, choices: isinstance(it, str) and f"`{it}`" in choices.split(", "),
}


# Beyond one field


def _conflict(body: Any, accord: Mapping[str, Any], _: str, __: int) -> None:
    need(body["first"] < body["second"], "ids-not-sorted")
    hashed = spelt([accord["id"], body["first"], body["second"]])
    need(body["conflict_id"] == hashlib.sha256(hashed).hexdigest(), "conflict-id-wrong")
    need(body["start_ms"] <= body["end_ms"], "times-upside-down")


def _finer(body: Any, accord: Mapping[str, Any], _: str, __: int) -> None:
    need(fits(body["notice_id"], UUID4), "not-a-uuid")
    _span(body.get("volumes", []), body.get("trajectory"))


def _passed_on(body: Any, accord: Mapping[str, Any], _: str, __: int) -> None:
    notice = body["notice"]
    need(body["origin"] not in (party["name"] for party in accord["parties"]), "not-a-third-party")
    need(not {"keeps_place", "agreed"} & set(notice), "not-of-this-line")
    if body.get("withdrawn"):
        need(notice["state"] != "Ended" and not body.get("further"), "withdrawn-and-not")


def _by_person(body: Any, *_: Any) -> None:
    need(not body["officer"]["automaton"], "automaton")
    for value in body.get("values", ()):
        said = set(value) - {"name"}
        need(said in ({"latitude_e9", "longitude_e9"}, {"time_ms"}, {"height_dmm"}), "value-unclear")


def _talk(body: Any, *_: Any) -> None:
    need((body["act"] == "propose") is ("follows" not in body), "citation-wrong")
    need((body["act"] in ("propose", "move")) is ("start_ms" in body), "time-wrong")
    need(body["act"] != "propose" or "duration_ms" in body, "duration-missing")
    need("start_ms" in body or not {"duration_ms", "agenda"} & set(body), "nothing-to-change")


def _word(body: Any, accord: Mapping[str, Any], sender: str, at_ms: int) -> None:
    parties = {party["name"]: party["key"] for party in accord["parties"]}
    [(kind, sealed)] = [(name, it) for name, it in body.items() if name != "lost"]
    word = party_word(sealed.encode(), kind, parties)
    need(word["party"] == sender, "not-the-senders-word")
    if kind == "certificate":
        need(word["valid_from_ms"] <= at_ms < word["valid_until_ms"], "certificate-not-valid-then")
        need(word["node_key"] not in parties.values(), "certificate-is-party-key")


RULES: Mapping[str, Callable[..., None]] = {
    "CONFLICT": _conflict,
    "FINER": _finer,
    "PASSED_ON": _passed_on,
    **dict.fromkeys(("TAKEN", "CLOSE", "READBACK", "MINUTES"), _by_person),
    "TALK": _talk,
    **dict.fromkeys(("KEY", "REVOKE"), _word),
}


# accord.md: the notice and its shapes

STATES = ("Proposed", "Accepted", "Activated", "Nonconforming", "Contingent", "Ended")
OPTIONAL = {"keeps_place": False, "volumes": [], "off_nominal_volumes": []} | dict.fromkeys(
    ("agreed", "trajectory", "priority", "callsign", "aircraft_type")
)


def _notice(it: Any, accord: Mapping[str, Any]) -> None:
    need(isinstance(it, dict) and {"notice_id", "version", "state"} <= set(it) <= set(OPTIONAL) | _REQUIRED)
    for name, default in OPTIONAL.items():
        need(
            name not in it or (it[name] is not None and not _same(it[name], default)), "not-the-one-spelling"
        )
    need(fits(it["notice_id"], UUID4) and is_int(it["version"], 1, 2**31 - 1) and it["state"] in STATES)
    need(type(it.get("keeps_place", True)) is bool and fits(it.get("agreed", "0" * 64), HASH))
    need(is_int(it.get("priority", 0), 0, 1_000) and fits(it.get("callsign", "A"), "[A-Z0-9]{1,7}"))
    need(fits(it.get("aircraft_type", "AA"), "[A-Z][A-Z0-9]{1,3}"))
    volumes, off_nominal = it.get("volumes", []), it.get("off_nominal_volumes", [])
    need(
        isinstance(volumes, list)
        and isinstance(off_nominal, list)
        and len(volumes) + len(off_nominal) <= 1_000
    )
    for volume in (*volumes, *off_nominal):
        _volume(volume, accord)
    need(not off_nominal or it["state"] in STATES[3:], "off-nominal-volumes")
    if "trajectory" in it:
        _path(it["trajectory"], accord)
    need(volumes or off_nominal or "trajectory" in it, "nothing-told")
    _span([*volumes, *off_nominal], it.get("trajectory"))


_REQUIRED = {"notice_id", "version", "state"}


def _span(volumes: list[Any], path: Any) -> None:
    """Vertices of all, and from the first moment to the last."""
    need(sum(len(volume["shape"].get("vertices", ())) for volume in volumes) <= 50_000, "too-many")
    spans = [(volume["start_ms"], volume["end_ms"]) for volume in volumes]
    if path is not None:
        early = path["time_tolerance_ms"]
        spans.append((path["points"][0]["time_ms"] - early, path["points"][-1]["time_ms"] + early))
    need(not spans or max(end for _, end in spans) - min(start for start, _ in spans) <= MONTH, "too-long")


def _exactly(it: Any, names: str) -> None:
    need(isinstance(it, dict) and set(it) == set(names.split()))


def _is_height(value: Any, accord: Mapping[str, Any]) -> bool:
    pressure = accord["datum"] == "pressure"
    return is_int(value, -6_096_000, 304_495_200) if pressure else is_int(value, -80_000_000, 1_000_000_000)


def _point(it: Any) -> None:
    need(is_int(it["lat_e9"], -90 * 10**9, 90 * 10**9) and is_int(it["lon_e9"], -180 * 10**9, 180 * 10**9))


def _volume(it: Any, accord: Mapping[str, Any]) -> None:
    _exactly(it, "shape lower_dmm upper_dmm start_ms end_ms")
    need(_is_height(it["lower_dmm"], accord) and _is_height(it["upper_dmm"], accord))
    need(is_int(it["start_ms"], 0, LAST) and is_int(it["end_ms"], it["start_ms"] + 1, LAST))
    need(it["lower_dmm"] <= it["upper_dmm"] and it["end_ms"] - it["start_ms"] <= MONTH)
    shape = it["shape"]
    if isinstance(shape, dict) and shape.get("kind") == "circle":
        _exactly(shape, "kind center radius_dmm")
        _exactly(shape["center"], "lat_e9 lon_e9")
        _point(shape["center"])
        need(is_int(shape["radius_dmm"], 1, 9_260_000_000))
        return
    _exactly(shape, "kind vertices")
    vertices = shape["vertices"]
    need(shape["kind"] == "polygon" and isinstance(vertices, list) and 3 <= len(vertices) <= 10_000)
    for vertex in vertices:
        _exactly(vertex, "lat_e9 lon_e9")
        _point(vertex)
    need(len({_place(vertex) for vertex in vertices}) == len(vertices), "vertex-repeated")


def _place(it: Any) -> tuple[int, int]:
    """180 W is 180 E, and a pole has every longitude."""
    at_pole = abs(it["lat_e9"]) == 90 * 10**9
    return it["lat_e9"], 0 if at_pole else it["lon_e9"] % (360 * 10**9)


def _path(it: Any, accord: Mapping[str, Any]) -> None:
    _exactly(it, "points lateral_tolerance_dmm vertical_tolerance_dmm time_tolerance_ms")
    need(isinstance(it["points"], list) and 2 <= len(it["points"]) <= 5_000)
    before = -1
    for point in it["points"]:
        _exactly(point, "lat_e9 lon_e9 height_dmm time_ms")
        _point(point)
        need(_is_height(point["height_dmm"], accord) and is_int(point["time_ms"], before + 1, LAST))
        before = point["time_ms"]
    need(before - it["points"][0]["time_ms"] <= MONTH)
    need(
        is_int(it["lateral_tolerance_dmm"], 0, 1_852_000_000)
        and is_int(it["vertical_tolerance_dmm"], 0, 200_000_000)
    )
    need(is_int(it["time_tolerance_ms"], 0, 21_600_000))
