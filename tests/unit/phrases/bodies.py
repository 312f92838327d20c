"""Any body of any kind, from the types themselves; geometry, which checks itself, from parts that hold."""

import enum
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from openline.accord.notice import Notice, NoticePoint, NoticeTrajectory, NoticeVolume
from openline.accord.shapes import Disc, Outline, Point
from openline.airspace.operation import State
from openline.airspace.position import place_key
from openline.coordination.calls import ReadValue
from openline.coordination.messages import BODIES, Kind
from openline.coordination.passing import MAX_FURTHER, PassedOn
from openline.phrases.labels import READ_NAMES

FEET_DMM = 3_048
heights = st.one_of(
    st.integers(-10_000_000, 1_000_000_000), st.integers(0, 600).map(lambda level: level * 100 * FEET_DMM)
)
moments = st.one_of(
    st.integers(0, 2**53 - 1), st.integers(1_500_000, 2_000_000).map(lambda minute: minute * 1_000_000)
)
latitudes = st.one_of(st.integers(-90, 90).map(lambda it: it * 10**9), st.integers(-90 * 10**9, 90 * 10**9))
longitudes = st.one_of(
    st.integers(-180, 180).map(lambda it: it * 10**9), st.integers(-180 * 10**9, 180 * 10**9)
)
points = st.builds(Point, latitudes, longitudes)


def place_of(point: Point) -> tuple[float, float]:
    """Every longitude is one place at a pole, and so are the two of the antimeridian."""
    return place_key(point.position())


shapes = st.one_of(
    st.builds(Disc, points, st.integers(1, 1_852_000_000)),
    st.builds(Outline, st.lists(points, min_size=3, max_size=6, unique_by=place_of).map(tuple)),
)
wire_moments = st.integers(1_500_000_000_000, 1_600_000_000_000)


@st.composite
def volumes(draw: st.DrawFn) -> NoticeVolume:
    lower, upper = sorted((draw(heights), draw(heights)))
    start_ms = draw(wire_moments)
    return NoticeVolume(
        shape=draw(shapes),
        lower_dmm=lower,
        upper_dmm=upper,
        start_ms=start_ms,
        end_ms=start_ms + draw(st.integers(1, 10**8)),
    )


@st.composite
def trajectories(draw: st.DrawFn) -> NoticeTrajectory:
    times = sorted(draw(st.sets(wire_moments, min_size=2, max_size=5)))
    return NoticeTrajectory(
        points=tuple(
            NoticePoint(draw(latitudes), draw(longitudes), draw(heights), time_ms) for time_ms in times
        ),
        lateral_tolerance_dmm=draw(st.integers(0, 10**8)),
        vertical_tolerance_dmm=draw(st.integers(0, 10**7)),
        time_tolerance_ms=draw(st.integers(0, 10**7)),
    )


@st.composite
def notices(draw: st.DrawFn) -> Notice:
    uuid = draw(st.uuids(version=4))
    told = draw(st.lists(volumes(), max_size=3))
    path = draw(trajectories() if not told else st.none() | trajectories())
    return Notice(
        notice_id=str(uuid),
        version=draw(st.integers(1, 1_000)),
        state=draw(st.sampled_from(State)),
        keeps_place=draw(st.booleans()),
        agreed=draw(st.none() | st.from_regex(r"[0-9a-f]{64}", fullmatch=True)),
        volumes=tuple(told),
        off_nominal_volumes=tuple(draw(st.lists(volumes(), max_size=2))),
        trajectory=path,
        priority=draw(st.none() | st.integers(0, 100)),
        callsign=draw(st.none() | st.from_regex(r"[A-Z0-9]{1,7}", fullmatch=True)),
        aircraft_type=draw(st.none() | st.from_regex(r"[A-Z][A-Z0-9]{1,3}", fullmatch=True)),
    )


def _read_values() -> st.SearchStrategy[ReadValue]:
    """One position, one time or one height: anything else is answered LRM."""
    numbered = sorted(READ_NAMES)
    names = st.sampled_from(numbered).map(lambda name: name.replace("#", "3")) | st.just("unheard-of.4")
    return st.one_of(
        st.builds(ReadValue, name=names, latitude_e9=latitudes, longitude_e9=longitudes),
        st.builds(ReadValue, name=names, time_ms=moments),
        st.builds(ReadValue, name=names, height_dmm=heights),
    )


def _passed_on() -> st.SearchStrategy[PassedOn]:
    """Its notice carries out no agreement and keeps no place."""
    return st.builds(
        PassedOn,
        origin=st.from_regex(r"[a-z0-9-]{1,32}", fullmatch=True),
        notice=notices().map(lambda it: msgspec.structs.replace(it, agreed=None, keeps_place=False)),
        further=st.integers(0, MAX_FURTHER),
        withdrawn=st.booleans(),
    )


BY_HAND = {
    PassedOn: _passed_on(),
    ReadValue: _read_values(),
    Notice: notices(),
    NoticeVolume: volumes(),
    NoticeTrajectory: trajectories(),
}
ANGLES = {"latitude_e9": latitudes, "longitude_e9": longitudes}
MOST = 3
"""Items of a list: what more of them are said is tested by itself."""

texts = st.text(
    st.one_of(
        st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Co", "Cn")),
        st.sampled_from("{}\n\u202e\u2067\u2069\x1b\u0000مرحباשלום"),
    ),
    min_size=1,
    max_size=40,
).filter(lambda text: text.strip() != "")


def bodies(kind: Kind) -> st.SearchStrategy[Any]:
    return _of(inspect.type_info(BODIES[kind]), "")


def _of(info: inspect.Type, name: str) -> st.SearchStrategy[Any]:
    match info:
        case inspect.StructType(cls=cls) if cls in BY_HAND:
            return BY_HAND[cls]
        case inspect.StructType(cls=cls, fields=fields):
            return _struct(cls, fields)
        case inspect.EnumType(cls=cls):
            return st.sampled_from(list(cls))
        case inspect.BoolType():
            return st.booleans()
        case inspect.IntType(ge=least, le=most):
            return ANGLES[name] if name in ANGLES else st.integers(least, most)
        case inspect.StrType(pattern=None):
            return texts
        case inspect.StrType(pattern=pattern):
            return st.from_regex(pattern.replace(r"\Z", "").removeprefix("^"), fullmatch=True)  # type: ignore[union-attr]
        case inspect.UnionType(types=types):
            return st.one_of(*(_of(it, name) for it in types))
        case inspect.NoneType():
            return st.none()
        case inspect.VarTupleType(item_type=item, min_length=least):
            return st.lists(_of(item, name), min_size=least or 0, max_size=MOST).map(tuple)
    raise TypeError(f"no strategy for {info}")


def _struct(cls: type[msgspec.Struct], fields: tuple[inspect.Field, ...]) -> st.SearchStrategy[Any]:
    return st.builds(cls, **{field.name: _of(field.type, field.name) for field in fields})


def enumerations() -> set[type[enum.Enum]]:
    """Every enumeration that a body has a field of."""
    found: set[type[enum.Enum]] = set()

    def look(info: inspect.Type) -> None:
        if isinstance(info, inspect.EnumType):
            found.add(info.cls)
        for part in (
            *(field.type for field in getattr(info, "fields", ())),
            *getattr(info, "types", ()),
            *([info.item_type] if isinstance(info, inspect.VarTupleType) else []),
        ):
            look(part)

    for body in BODIES.values():
        look(inspect.type_info(body))
    return found
