"""From a msgspec type to a Hypothesis strategy for the JSON of its values: whatever is declared (fields,
bounds, patterns, choices) is honoured, so a kind of message that is added is fuzzed from then on.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import inspect as types

from openline.accord.shapes import Point
from openline.coordination.messages import BODIES, Hash, Kind, Uuid
from openline.coordination.told import conflict_id
from simulation.war_room import HOUR_MS, NOW_MS

Json = Any
LEAST, MOST = -(2**53) + 1, 2**53 - 1
MOST_ITEMS = 3
"""Items of a list, where its type does not ask for more: what many do, limits say."""

HASHES = tuple(f"{number:064x}" for number in range(1, 9))
UUIDS = tuple(f"00000000-0000-4000-8000-{number:012x}" for number in range(1, 9))
"""Stand for messages and ids that are there: whoever has a line puts real ones in their place."""

_hashes = st.sampled_from(HASHES) | st.binary(min_size=32, max_size=32).map(bytes.hex)
_uuids = st.sampled_from(UUIDS) | st.uuids(version=4).map(str)
_BY_PATTERN = {
    types.type_info(Hash).pattern: _hashes,  # type: ignore[attr-defined]
    types.type_info(Uuid).pattern: _uuids,  # type: ignore[attr-defined]
}

# What a value must be beyond its type stands in __post_init__, which no strategy can read. Fields of these
# names are drawn so that most of them pass, in every class that has them.
_NEAR = {
    "notice_id": _uuids,
    "agreed": _hashes,
    "latitude_e9": st.integers(45 * 10**9, 48 * 10**9),
    "longitude_e9": st.integers(6 * 10**9, 9 * 10**9),
    "lat_e9": st.integers(45 * 10**9, 48 * 10**9),
    "lon_e9": st.integers(6 * 10**9, 9 * 10**9),
    "lower_dmm": st.integers(0, 10**7),
    "upper_dmm": st.integers(10**7, 10**8),
    "height_dmm": st.integers(0, 10**8),
    "radius_dmm": st.integers(1, 10**8),
    "start_ms": st.integers(NOW_MS, NOW_MS + HOUR_MS),
    "end_ms": st.integers(NOW_MS + HOUR_MS + 1, NOW_MS + 3 * HOUR_MS),
    "priority": st.integers(0, 100),
    "version": st.integers(1, 4),
    "accord_version": st.integers(1, 2),
    "callsign": st.sampled_from(["SWR1", "LOT9"]),
    "aircraft_type": st.sampled_from(["A320", "H60"]),
}


def json_of(of: Any) -> st.SearchStrategy[Json]:
    """The JSON of values of this type."""
    return _of(types.type_info(of))


def body_of(kind: Kind, accord_id: str) -> st.SearchStrategy[Json]:
    """The JSON of bodies of this kind. A conflict's id is the hash of what it is about: no type says so."""
    made = json_of(BODIES[kind])
    return made.map(lambda body: _with_its_id(body, accord_id)) if kind is Kind.CONFLICT else made


def _with_its_id(stated: Json, accord_id: str) -> Json:
    first, second = sorted((stated["first"], stated["second"]))
    name = conflict_id(accord_id, first, second)
    return {**stated, "first": first, "second": second, "conflict_id": name}


def _of(info: types.Type) -> st.SearchStrategy[Json]:
    made = _MADE.get(type(info))
    if made is None:
        raise TypeError(f"no strategy is known for {info}")
    return made(info)


def _text(info: types.StrType) -> st.SearchStrategy[str]:
    if info.pattern is not None:
        known = info.pattern in _BY_PATTERN
        return _BY_PATTERN[info.pattern] if known else st.from_regex(re.compile(info.pattern), fullmatch=True)
    most = 60 if info.max_length is None else min(info.max_length, 60)
    least = info.min_length or 0
    return st.text("abc éж字", min_size=least, max_size=most) | st.text(min_size=least, max_size=most)


def _whole(info: types.IntType) -> st.SearchStrategy[int]:
    low = LEAST if info.ge is None else max(info.ge, LEAST)
    high = MOST if info.le is None else min(info.le, MOST)
    return st.integers(low, high)


def _list(info: types.ListType | types.VarTupleType) -> st.SearchStrategy[Json]:
    least = info.min_length or 0
    most = max(least, min(MOST_ITEMS, MOST_ITEMS if info.max_length is None else info.max_length))
    return st.lists(_of(info.item_type), min_size=least, max_size=most)


def _dict(info: types.DictType) -> st.SearchStrategy[Json]:
    return st.dictionaries(_of(info.key_type), _of(info.value_type), max_size=MOST_ITEMS)


def _choices(values: Any) -> st.SearchStrategy[Json]:
    return st.sampled_from(sorted(values))


def _union(info: types.UnionType) -> st.SearchStrategy[Json]:
    return st.one_of([_of(it) for it in info.types])


def _struct(info: types.StructType) -> st.SearchStrategy[Json]:
    return _of_class(info.cls)


@cache
def _of_class(cls: type[msgspec.Struct]) -> st.SearchStrategy[Json]:
    if cls.__name__ in _WHOLE:
        return _WHOLE[cls.__name__]()
    info = types.type_info(cls)
    assert isinstance(info, types.StructType)
    required = {it.encode_name: _field(it) for it in info.fields if it.required}
    optional = {it.encode_name: _field(it) for it in info.fields if not it.required}
    made = st.fixed_dictionaries(required, optional=optional)
    if cls.__name__ in _TIDIED:
        made = made.map(_TIDIED[cls.__name__])
    if info.tag is not None:
        made = made.map(lambda members: {**members, info.tag_field: info.tag})
    return made


def _field(field: types.Field) -> st.SearchStrategy[Json]:
    """A field that has a default is not spelt out with it."""
    made = _NEAR[field.encode_name] if field.encode_name in _NEAR else _of(field.type)
    default = [] if field.default == () else field.default
    return made if field.required else made.filter(lambda value: value != default)


_MADE: dict[type[types.Type], Any] = {
    types.StrType: _text,
    types.IntType: _whole,
    types.BoolType: lambda _: st.booleans(),
    types.NoneType: lambda _: st.none(),
    types.RawType: lambda _: st.just({}),
    types.AnyType: lambda _: st.none(),
    types.EnumType: lambda info: _choices(it.value for it in info.cls),
    types.LiteralType: lambda info: _choices(info.values),
    types.ListType: _list,
    types.VarTupleType: _list,
    types.TupleType: lambda info: st.tuples(*map(_of, info.item_types)).map(list),
    types.DictType: lambda info: st.dictionaries(
        _of(info.key_type), _of(info.value_type), max_size=MOST_ITEMS
    ),
    types.UnionType: _union,
    types.StructType: _struct,
}


# Geometry: a ring that does not cross itself, times that rise


def _outline() -> st.SearchStrategy[Json]:
    def ring(corner: Json, size: int, order: int) -> Json:
        lat, lon = corner["lat_e9"], corner["lon_e9"]
        corners = [(lat, lon), (lat, lon + size), (lat + size, lon + size), (lat + size, lon)]
        crossed = [corners[0], corners[2], corners[1], corners[3]]  # now and then it does
        vertices = [{"lat_e9": y, "lon_e9": x} for y, x in (crossed if order == 0 else corners)]
        return {"kind": "polygon", "vertices": vertices}

    return st.builds(ring, json_of(Point), st.integers(1, 10**9), st.integers(0, 9))


def _path() -> st.SearchStrategy[Json]:
    def path(places: list[Json], start_ms: int, step_ms: int, tolerance: tuple[int, int, int]) -> Json:
        points = [
            {**place, "height_dmm": 10**8, "time_ms": start_ms + number * step_ms}
            for number, place in enumerate(places)
        ]
        names = ("lateral_tolerance_dmm", "vertical_tolerance_dmm", "time_tolerance_ms")
        return {"points": points, **dict(zip(names, tolerance, strict=True))}

    tolerances = st.tuples(st.integers(0, 10**8), st.integers(0, 10**6), st.integers(0, 60_000))
    start_ms, step_ms = st.integers(NOW_MS, NOW_MS + HOUR_MS), st.sampled_from([1, HOUR_MS, 2 * HOUR_MS])
    return st.builds(path, st.lists(json_of(Point), min_size=2, max_size=5), start_ms, step_ms, tolerances)


_SOMEWHERE = {
    "shape": {"kind": "circle", "center": {"lat_e9": 46 * 10**9, "lon_e9": 7 * 10**9}, "radius_dmm": 10**7},
    "lower_dmm": 0,
    "upper_dmm": 10**7,
    "start_ms": NOW_MS,
    "end_ms": NOW_MS + HOUR_MS,
}


def _in_its_state(notice: Json) -> Json:
    """Without what only an aircraft off nominal has, where it is not; and it is always somewhere."""
    if notice["state"] not in ("Nonconforming", "Contingent"):
        notice = {name: it for name, it in notice.items() if name != "off_nominal_volumes"}
    is_told = any(name in notice for name in ("volumes", "off_nominal_volumes", "trajectory"))
    return notice if is_told else {**notice, "volumes": [_SOMEWHERE]}


def _as_acted(talk: Json) -> Json:
    """Who proposes or moves a talk says when; every act but the first follows another."""
    talk = {"start_ms": NOW_MS, "duration_ms": HOUR_MS, "follows": HASHES[0], **talk}
    dropped = {"propose": {"follows"}, "move": set()}.get(talk["act"], {"start_ms", "duration_ms", "agenda"})
    return {name: it for name, it in talk.items() if name not in dropped}


def _one_value(value: Json) -> Json:
    """A position, a time or a height, and no two of them."""
    choices = [("latitude_e9", "longitude_e9"), ("time_ms",), ("height_dmm",)]
    chosen = next((names for names in choices if all(name in value for name in names)), None)
    one = {name: value[name] for name in chosen} if chosen else {"time_ms": NOW_MS}
    return {"name": value["name"], **one}


_WHOLE = {"Outline": _outline, "NoticeTrajectory": _path}
"""Classes whose parts fit one another only if they are made together."""
_TIDIED: dict[str, Callable[[Json], Json]] = {
    "Notice": _in_its_state,
    "Talk": _as_acted,
    "ReadValue": _one_value,
}
