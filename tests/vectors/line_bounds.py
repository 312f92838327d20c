"""Every field of every kind at its bounds and just beyond them, as the codec's own shapes have them."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec.inspect import (
    BoolType,
    EnumType,
    Field,
    IntType,
    LiteralType,
    Metadata,
    StrType,
    StructType,
    Type,
    UnionType,
    VarTupleType,
    type_info,
)

from openline.coordination.messages import BODIES, Kind
from openline.journal.canonical import canonical
from openline.journal.entry import Lane
from vectors import line_scene as scene
from vectors.line_refused import judged

Path = tuple[str | int, ...]
Change = tuple[Path, str, Any]
"""Where, what is done there (set, repeat, remove), and with what."""

LONG = 5_000
"""Longer texts than that have a shape of their own (a sealed document), and say nothing as a row of x."""
HASH = "ab" * 32
SAMPLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    r"^[0-9a-f]{64}\Z": ((HASH,), (HASH[1:], HASH + "a", HASH + "\n", HASH.upper(), "")),
    r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z": (
        (scene.A1,),
        (scene.A1.upper(), scene.A1.replace("-", ""), scene.A1 + "\n", "{" + scene.A1 + "}"),
    ),
    r"^[a-z0-9-]{1,32}\Z": (("a", "-", "x" * 32), ("", "x" * 33, "Alpha", "a b", "alpha\n", "ä")),
    r"^[a-z0-9_.-]{1,64}\Z": (("a", "x" * 64, "a_b.c-1"), ("", "x" * 65, "A", "a b", "a\n")),
    r"^[A-Z0-9]{1,8}\Z": (("A", "ABCDEF12"), ("", "ABCDEF123", "abc", "A B", "A\n")),
    r"^[0-7]{4}\Z": (("0000", "7777"), ("777", "77777", "7778", "7777\n")),
    r"^[0-9a-f]{6}\Z": (("000000", "ffffff"), ("fffff", "fffffff", "FFFFFF", "ffffff\n")),
}
NOTICE_BOUNDS: dict[str, tuple[tuple[Any, ...], tuple[Any, ...]]] = {
    "notice_id": ((scene.A2,), (scene.A2.upper(), scene.A2.replace("-4", "-1", 1), scene.A2 + "\n")),
    "version": ((1, 2**31 - 1), (0, 2**31)),
    "state": (
        ("Proposed", "Accepted", "Activated", "Nonconforming", "Contingent", "Ended"),
        ("accepted", "Flying"),
    ),
    "keeps_place": ((True,), (False, 1)),
    "agreed": ((HASH,), (HASH[1:], HASH.upper(), None)),
    "priority": ((0, 1_000), (-1, 1_001, True)),
    "callsign": (("A", "ABCDEF1"), ("", "ABCDEF12", "abc", "A1\n")),
    "aircraft_type": (("A3", "A320"), ("A", "A3200", "320A", "a320")),
    "volumes": ((), ([], None)),
    "off_nominal_volumes": ((), ([], None)),
    "volumes.0.lower_dmm": ((-6_096_000,), (-6_096_001, 1.5)),
    "volumes.0.upper_dmm": ((304_495_200,), (304_495_201,)),
    "volumes.0.start_ms": ((scene.START_MS,), (-1, "0")),
    "volumes.0.end_ms": ((scene.START_MS + 720 * 3_600_000,), (scene.START_MS + 721 * 3_600_000 + 1,)),
    "volumes.0.shape.kind": ((), ("circle", "sector")),
    "volumes.0.shape.vertices.0.lat_e9": ((45_900_000_000,), (-90_000_000_001, 90_000_000_001, None)),
    "volumes.0.shape.vertices.0.lon_e9": ((6_900_000_000,), (-180_000_000_001, 180_000_000_001)),
    "volumes.1.shape.radius_dmm": ((1, 9_260_000_000), (0, 9_260_000_001)),
    "volumes.1.shape.center.lat_e9": ((-90_000_000_000, 90_000_000_000), (90_000_000_001,)),
    "volumes.1.shape.center.lon_e9": ((-180_000_000_000, 180_000_000_000), (180_000_000_001,)),
    "trajectory.points.0.height_dmm": ((-6_096_000, 304_495_200), (-6_096_001, 304_495_201)),
    "trajectory.points.0.time_ms": (
        (scene.START_MS,),
        (-1, scene.START_MS + 4_200_000, scene.START_MS - 30 * 86_400_000),
    ),
    "trajectory.points.0.lat_e9": ((47_000_000_001,), (90_000_000_001, 37_000_000_000, -10_000_000_000)),
    "trajectory.lateral_tolerance_dmm": ((0, 1_852_000_000), (-1, 1_852_000_001)),
    "trajectory.vertical_tolerance_dmm": ((0, 200_000_000), (-1, 200_000_001)),
    "trajectory.time_tolerance_ms": ((0, 21_600_000), (-1, 21_600_001)),
}


def bounds(talk: scene.Scene) -> dict[str, Any]:
    """talk: that of messages.json."""
    return {
        "about": "A body of each kind, and single changes to it. `path` says where, with the number of "
        "an item from 0; `set` puts a value there, `remove` takes the field away, `repeat` makes a list "
        "that many times its first item. `code` is the reference's word for the refusal, null where the "
        "changed body is taken. Signed by alpha, under the accord.",
        "accord": scene.plain(scene.ACCORD),
        "kinds": [_of_kind(kind, lane, body) for kind, lane, body in _bodies(talk)],
    }


def _bodies(talk: scene.Scene) -> Iterator[tuple[Kind, Lane, dict[str, Any]]]:
    """The fullest body of each kind among `messages.json`, alpha's words where they are a party's."""
    for kind in Kind:
        said = [it for it in talk.facts if it.kind is kind]
        if kind in (Kind.KEY, Kind.REVOKE, Kind.PASSED_ON):
            said = [it for it in said if it.stamp.sender == "alpha"]
        fullest = max(said, key=lambda it: len(canonical(it.body)))
        body = scene.plain(fullest.body)
        lane = fullest.stamp.lane
        if kind is Kind.NOTICE:
            body, lane = _whole_notice(), Lane.ROUTINE
        yield kind, lane, body


def _whole_notice() -> dict[str, Any]:
    whole = scene.a_notice(
        scene.A1,
        volumes=(scene.a_volume(), scene.a_disc()),
        callsign="SWR10A",
        aircraft_type="A320",
        priority=5,
    )
    notice: dict[str, Any] = scene.plain(whole)
    return notice


def _of_kind(kind: Kind, lane: Lane, body: dict[str, Any]) -> dict[str, Any]:
    changes = _in_notice() if kind is Kind.NOTICE else _in_struct(type_info(BODIES[kind]), (), body)
    rows = []
    for path, does, value in changes:
        fault = judged(kind.value, lane, canonical_or_not(changed(body, path, does, value)), scene.ACCORD)
        rows.append({"path": ".".join(map(str, path)), does: value, "code": fault.code if fault else None})
    assert judged(kind.value, lane, canonical(body), scene.ACCORD) is None, kind
    return {"kind": kind.value, "lane": lane.value, "body": body, "changes": rows}


def changed(body: Any, path: Path, does: str, value: Any) -> Any:
    body = copy.deepcopy(body)
    *outer, last = path
    inside = body
    for name in outer:
        inside = inside[name]
    if does == "set":
        inside[last] = value
    elif does == "remove":
        del inside[last]
    else:
        inside[last] = inside[last][:1] * value
    return body


def canonical_or_not(body: Any) -> bytes:
    """Of what is outside the domain (a float) its sorted JSON."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _in_struct(info: Type, path: Path, body: dict[str, Any]) -> Iterator[Change]:
    assert isinstance(info, StructType)
    yield (*path, "target"), "set", "x"
    for field in info.fields:
        yield from _in_field(field, (*path, field.name), body.get(field.name))


def _in_field(field: Field, path: Path, value: Any) -> Iterator[Change]:
    if not field.required:
        yield path, "set", None
        if field.default is not None:
            yield path, "set", msgspec.to_builtins(field.default)
    elif value is not None:
        yield path, "remove", True
    yield path, "set", {}
    info = _plain(field.type)
    if isinstance(info, StructType):
        if info.cls.__module__.startswith("openline.coordination") and value is not None:
            yield from _in_struct(info, path, value)
    elif isinstance(info, VarTupleType):
        yield from _in_list(info, path, value)
    else:
        for one in _values(info):
            yield path, "set", one


def _in_list(info: VarTupleType, path: Path, value: Any) -> Iterator[Change]:
    if info.min_length:
        yield path, "set", []
    if not value:
        return
    item = _plain(info.item_type)
    if isinstance(item, StructType) and not item.cls.__module__.startswith("openline.coordination"):
        return
    assert info.max_length is not None
    yield path, "repeat", info.max_length
    yield path, "repeat", info.max_length + 1
    if isinstance(item, StructType):
        yield from _in_struct(item, (*path, 0), value[0])
    else:
        for one in _values(item):
            yield (*path, 0), "set", one


def _values(info: Type) -> Iterator[Any]:
    """At the bounds, and beyond."""
    if isinstance(info, IntType):
        assert info.ge is not None
        assert info.le is not None
        yield from (info.ge, info.le, info.ge - 1, info.le + 1, str(info.ge), True)
    elif isinstance(info, BoolType):
        yield from (True, 0, "true")
    elif isinstance(info, EnumType):
        yield from [*(member.value for member in info.cls), "target"]
    elif isinstance(info, LiteralType):
        yield from [*info.values, "target"]
    elif isinstance(info, StrType) and info.pattern is not None:
        taken, beyond = SAMPLES[info.pattern]
        yield from [*taken, *beyond, 1]
    elif isinstance(info, StrType):
        yield 1
        if info.max_length is not None and info.max_length < LONG:
            yield from ("x" * info.max_length, "x" * (info.max_length + 1))


def _plain(info: Type) -> Type:
    if isinstance(info, Metadata):
        return _plain(info.type)
    if isinstance(info, UnionType):
        return next(_plain(it) for it in info.types if type(_plain(it)).__name__ != "NoneType")
    return info


def _in_notice() -> Iterator[Change]:
    for name in ("target", "volumes.0.target", "volumes.0.shape.target", "trajectory.points.0.target"):
        yield _path(name), "set", "x"
    required = ("notice_id", "version", "state", "volumes.0.lower_dmm", "volumes.0.shape")
    for name in (*required, "volumes.1.shape.radius_dmm", "trajectory.points", "trajectory.points.0.time_ms"):
        yield _path(name), "remove", True
    for name, (taken, beyond) in NOTICE_BOUNDS.items():
        for value in (*taken, *beyond):
            yield _path(name), "set", value
    yield _path("volumes"), "repeat", 1_000
    yield _path("volumes"), "repeat", 1_001
    yield _path("off_nominal_volumes"), "set", [scene.plain(scene.a_disc())]


def _path(name: str) -> Path:
    return tuple(int(part) if part.isdigit() else part for part in name.split("."))
