"""What the API is given by the wiring: it opens no store, reads no clock and knows no file format by
itself.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import msgspec

from openline.airspace.operation import Operation
from openline.coordination.conflict_view import ConflictView
from openline.coordination.passed_view import Passed
from openline.coordination.talk_view import TalkView
from openline.coordination.told import Told
from openline.node.node import Node
from openline.phrases.reader import Preferences

T = TypeVar("T")


class Turn(Protocol):
    """Runs ``work(node, now_ms)`` alone in the node's own thread. What it returns is committed."""

    async def __call__(self, work: Callable[[Node, int], T], /) -> T: ...


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """What a picture shows: a consistent moment of all lines. width, height: in pixels."""

    us: str
    title: str
    exercise: bool
    now_ms: int
    told: tuple[Told | Passed, ...]
    conflicts: tuple[ConflictView, ...]
    width: int
    height: int


class Served(msgspec.Struct, frozen=True):
    """Of suppliers: how often an operation was answered with a status, and for how long it was at it."""

    answered: Mapping[tuple[str, int], int] = {}
    busy_s: Mapping[str, float] = {}


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """turn: see Turn. read_filing: GeoJSON bytes to operations; as_geojson: the way back; as_calendar: a
    talk (of these parties, in an exercise or not) as iCalendar; draw: the picture as SVG.

    clock: "real" or "simulated"; step_clock: moves a simulated clock (None: a real one). wake: something
    may have been said. line_refusals: how often the line's listener turned somebody away, by code.
    suppliers: what their listener has done. reader: how messages are read here, where nobody says otherwise.
    """

    turn: Turn
    party: str
    title: str
    version: str
    clock: str
    read_filing: Callable[[bytes], Sequence[Operation]]
    as_geojson: Callable[[Operation], dict[str, Any]]
    as_calendar: Callable[[TalkView, tuple[str, str], bool], bytes]
    draw: Callable[[Drawn], str]
    step_clock: Callable[[int], None] | None
    wake: Callable[[], None]
    line_refusals: Callable[[], Mapping[str, int]]
    suppliers: Callable[[], Served] = Served
    reader: Preferences = Preferences()
