"""The tables of the dialogue and of the kinds, as the Markdown that docs/spec/line-protocol.md shows.

Code, tests and documents read one table: ``docs/generate.py`` writes these texts into the document, and a
test fails where the two differ.
"""

import inspect
from collections.abc import Iterable, Mapping, Sequence

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

from openline.coordination.call_view import ANSWERS, CALLS, ESCALATED, STATES
from openline.coordination.dialogue import (
    CROSSINGS,
    CROSSINGS_WITHOUT_PROPOSAL,
    TRANSITIONS,
    DialogueState,
    Role,
    Winner,
)
from openline.coordination.meanings import meaning_of
from openline.coordination.messages import BODIES, SAFETY_OF_LIFE, Kind, lane_of
from openline.coordination.talk_view import TALK_TRANSITIONS
from openline.journal.bounds import MAX_MOMENT_MS

NOTICE_SEE_BELOW = "see section 6"

_PATTERNS: Mapping[str, str] = {
    "[0-9a-f]{64}": "hash",
    "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}": "UUID, lower case",
    "[a-z0-9-]{1,32}": "name: 1 to 32 of `a-z 0-9 -`",
    "[a-z0-9_.-]{1,64}": "code: 1 to 64 of `a-z 0-9 _ . -`",
    "[A-Z0-9]{1,8}": "callsign: 1 to 8 of `A-Z 0-9`",
    "[0-7]{4}": "4 octal digits",
    "[0-9a-f]{6}": "6 hexadecimal digits, lower case",
}
_LARGEST = 2**53 - 1
_UNITS: Mapping[str, str] = {
    "_ms": "ms",
    "_dmm": "0.1 mm",
    "_e9": "1e-9 degree",
    "_deg": "degree",
    "_kt": "knot",
}


def dialogue_diagram() -> str:
    """The dialogue's state table as a Mermaid state diagram."""
    arrows: dict[tuple[str, str], dict[Role, list[str]]] = {}
    for (state, role, kind), following in TRANSITIONS.items():
        arrows.setdefault((state.value, following.value), {}).setdefault(role, []).append(kind.value)
    lines = [f"    {start} --> {end}: {_said_by(said)}" for (start, end), said in arrows.items()]
    return "\n".join(
        ["```mermaid", "stateDiagram-v2", f"    [*] --> {DialogueState.NOTIFIED.value}", *lines, "```"]
    )


def _said_by(said: Mapping[Role, Sequence[str]]) -> str:
    return ", ".join(f"{role.value} {' / '.join(kinds)}" for role, kinds in said.items())


def transitions_table() -> str:
    """Every move that the dialogue permits. What is not in it does not count."""
    rows = (
        (state.value, role.value, kind.value, following.value)
        for (state, role, kind), following in TRANSITIONS.items()
    )
    return _table(("state", "who", "says", "becomes"), rows)


def crossings_table() -> str:
    """Which of two moves stands that cite the same message, neither sender having seen the other's."""
    on_the_table = (
        ("yes", f"proposer {one}", f"answerer {other}", _stands(winner))
        for (one, other), winner in CROSSINGS.items()
    )
    without = (
        ("no", f"mover {one}", f"other {other}", _stands(winner, leader="mover"))
        for (one, other), winner in CROSSINGS_WITHOUT_PROPOSAL.items()
    )
    return _table(
        ("proposal on the table", "one says", "the other says", "whose stands"), (*on_the_table, *without)
    )


def _stands(winner: Winner, leader: str = "proposer") -> str:
    names = {
        Winner.PROPOSER: f"the {leader}'s",
        Winner.ANSWERER: "the answerer's" if leader == "proposer" else "the other's",
        Winner.REQUESTER: "the requester's",
        Winner.MOVER: "the mover's",
    }
    return names[winner]


def kinds_table() -> str:
    """Every kind of message: what it says, on which lane it travels, and whether a suspension stops it."""
    return _table(
        ("kind", "says", "lane", "safety of life"),
        ((f"`{kind.value}`", _sentence(kind), _lane(kind), _safety(kind)) for kind in Kind),
    )


def _sentence(kind: Kind) -> str:
    if kind is Kind.NOTICE:
        return "One version of what the partner may know of one operation."
    text = inspect.getdoc(BODIES[kind]) or ""
    first = " ".join(text.split("\n\n")[0].split())
    return first.partition(": ")[2].replace("``", "`")


def _lane(kind: Kind) -> str:
    """Asked of ``lane_of`` itself where the body does not matter."""
    if kind is Kind.NOTICE:
        return "routine; urgent in Nonconforming and Contingent"
    if kind is Kind.LRM:
        return "that of the message it cites"
    if kind is Kind.SHOWN:
        return "routine; urgent where `urgent` says so"
    return lane_of(kind, msgspec.Struct()).value


def _safety(kind: Kind) -> str:
    if kind is Kind.NOTICE:
        return "in Nonconforming, Contingent and Ended"
    return "yes" if kind in SAFETY_OF_LIFE else "no"


def fields_tables() -> str:
    """The fields of every body but the notice's: type and bounds, unit, default, meaning."""
    parts: list[str] = []
    shared: dict[str, StructType] = {}
    for kind, body in BODIES.items():
        if kind is Kind.NOTICE:
            continue
        info = type_info(body)
        assert isinstance(info, StructType)
        parts += [f"**`{kind.value}`**", _fields(info)]
        shared |= _structs_in(info)
    for name, info in sorted(shared.items()):
        parts += [f"**{name}**, inside others", _fields(info)]
    return "\n\n".join(parts)


def _fields(info: StructType) -> str:
    if not info.fields:
        return "No fields: the body is `{}`."
    body = info.cls.__name__
    rows = (
        (f"`{it.name}`", _type(it.type), _unit(it.name), _left_out(it), meaning_of(body, it.name))
        for it in info.fields
    )
    return _table(("field", "type", "unit", "left out", "meaning"), rows)


def _unit(field: str) -> str:
    return next((unit for ending, unit in _UNITS.items() if field.endswith(ending)), "")


def _left_out(field: Field) -> str:
    """What a field that is not there says."""
    if field.required:
        return "never"
    if field.default is None:
        return "none"
    return f"`{msgspec.json.encode(field.default).decode()}`"


_IN_SECTION_6 = frozenset(
    {"Notice", "NoticeVolume", "NoticeTrajectory", "NoticePoint", "Outline", "Disc", "Point"}
)


def _structs_in(info: StructType) -> dict[str, StructType]:
    found: dict[str, StructType] = {}
    for field in info.fields:
        inner = _plain(field.type)
        inner = _plain(inner.item_type) if isinstance(inner, VarTupleType) else inner
        if isinstance(inner, StructType) and inner.cls.__name__ not in _IN_SECTION_6:
            found |= {inner.cls.__name__: inner, **_structs_in(inner)}
    return found


def _plain(info: Type) -> Type:
    """Without metadata, and without the None that an omitted field stands for."""
    if isinstance(info, Metadata):
        return _plain(info.type)
    if isinstance(info, UnionType):
        return next(_plain(it) for it in info.types if type(_plain(it)).__name__ != "NoneType")
    return info


def _type(info: Type) -> str:
    info = _plain(info)
    if isinstance(info, IntType):
        if info.le == MAX_MOMENT_MS:
            return "moment"
        return f"integer, {_bound(info.ge)} to {_bound(info.le)}"
    if isinstance(info, StrType):
        return _text(info)
    if isinstance(info, BoolType):
        return "boolean"
    if isinstance(info, EnumType):
        return "one of " + ", ".join(f"`{member.value}`" for member in info.cls)
    if isinstance(info, LiteralType):
        return "one of " + ", ".join(f"`{value}`" for value in info.values)
    if isinstance(info, VarTupleType):
        return f"array of {info.min_length or 0} to {info.max_length:,}: {_type(info.item_type)}"
    if isinstance(info, StructType):
        name = info.cls.__name__
        return f"{name}, {NOTICE_SEE_BELOW}" if name in _IN_SECTION_6 else name
    raise TypeError(f"no words for {info}")


def _text(info: StrType) -> str:
    if info.pattern is None:
        return f"text, at most {info.max_length:,} code points"
    return _PATTERNS[info.pattern.removeprefix("^").removesuffix("$").removesuffix("\\Z")]


def _bound(value: int | None) -> str:
    return "2^53 − 1" if value == _LARGEST else f"{value:,}".replace("-", "−")


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def calls_table() -> str:
    """How a call stands, by what has been said of it."""
    rows = (
        (kind.value, "yes" if answered else "no", str(closes) if kind in ESCALATED else "", state.value)
        for (kind, answered, closes), state in STATES.items()
    )
    answers = ((kind.value, ", ".join(sorted(ANSWERS[kind]))) for kind in CALLS)
    return "\n\n".join(
        [
            _table(("call", "taken or answered by"), answers),
            _table(("call", "taken or answered", "sides that have closed it", "state"), rows),
        ]
    )


def talks_table() -> str:
    """Every act on a talk that counts."""
    rows = (
        (state.value, side.value, act.value, following.value)
        for (state, side, act), following in TALK_TRANSITIONS.items()
    )
    return _table(("state", "whose time lies on the table", "act", "becomes"), rows)


GENERATED = {
    "dialogue-diagram": dialogue_diagram,
    "dialogue-transitions": transitions_table,
    "dialogue-crossings": crossings_table,
    "kinds": kinds_table,
    "fields": fields_tables,
    "calls": calls_table,
    "talks": talks_table,
}
"""The blocks of docs/spec/line-protocol.md, by name."""
