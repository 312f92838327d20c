"""The picture is well formed, shows what was told and nothing else, and has no edge at the antimeridian
or a pole.
"""

import math
import re
from xml.etree import ElementTree

import pytest

from openline.console.picture import HEIGHT, WIDTH, picture_svg
from openline.coordination.conflict_view import ConflictView
from openline.coordination.told import Told
from simulation.war_room import WarRoom, box, flight

SVG = "{http://www.w3.org/2000/svg}"


def seen(room: WarRoom) -> tuple[list[Told], list[ConflictView]]:
    with room["alpha"].looking() as (_, desks, _own):
        (desk,) = desks.values()
        return list(desk.line.picture.all_told()), list(desk.line.picture.conflicts())


def drawn(room: WarRoom, **more: object) -> ElementTree.Element:
    told, conflicts = seen(room)
    return ElementTree.fromstring(picture_svg(told, conflicts, us="alpha", **more))  # type: ignore[arg-type]


def lines_of(picture: ElementTree.Element) -> list[list[tuple[float, float]]]:
    """The tracks and outlines: the paths of the groups that have a title."""
    groups = [
        group
        for group in picture.iter(f"{SVG}g")
        if group.get("stroke") and group.find(f"{SVG}title") is not None
    ]
    paths = [path.get("d", "") for group in groups for path in group.iter(f"{SVG}path")]
    pairs = [re.findall(r"(-?[\d.]+) (-?[\d.]+)", path) for path in paths]
    return [[(float(x), float(y)) for x, y in pair] for pair in pairs]


def titles(picture: ElementTree.Element) -> list[str]:
    return [title.text or "" for title in picture.iter(f"{SVG}title")]


@pytest.fixture
def crossing() -> WarRoom:
    room = WarRoom()
    room["alpha"].file(
        flight(room.id(), [(47.0, 7.0, 350, 30), (47.0, 9.0, 350, 45)], callsign="SWR1"), room.now_ms
    )
    room.exchange()
    room["bravo"].file(
        flight(room.id(), [(46.2, 8.0, 350, 30), (47.8, 8.0, 350, 45)], callsign="EDW1"), room.now_ms
    )
    room["bravo"].file(box(room.id(), (46.4, 7.2), 0.3, (100.0, 900.0), (1, 2)), room.now_ms)
    room.exchange()
    return room


def test_it_shows_every_operation_and_conflict_by_name(crossing: WarRoom) -> None:
    picture = drawn(crossing, exercise=True)
    words = titles(picture)
    assert len(lines_of(picture)) == 3
    assert any(it.startswith("SWR1 (alpha), Accepted") for it in words)
    assert any(it.startswith("EDW1 (bravo), Proposed") for it in words)
    assert any("EDW1" in it and "SWR1" in it and "open, dialogue REQUESTED" in it for it in words)
    assert "EXERCISE" in [text.text for text in picture.iter(f"{SVG}text")]


def test_the_conflict_lies_where_the_two_lines_cross(crossing: WarRoom) -> None:
    picture = drawn(crossing)
    (point,) = (
        g.get("transform", "")
        for g in picture.iter(f"{SVG}g")
        if "SWR1 and" in "".join(titles(g)) or "and SWR1" in "".join(titles(g))
    )
    x, y = map(float, re.findall(r"[\d.]+", point))
    tracks = [
        line for line in lines_of(picture) if line != max(lines_of(picture), key=lambda it: it[0] == it[-1])
    ]
    (x1, y1), (x2, y2) = next((line[0], line[-1]) for line in tracks if abs(line[0][0] - line[-1][0]) > 100)
    across = abs((x2 - x1) * (y1 - y) - (x1 - x) * (y2 - y1)) / math.hypot(x2 - x1, y2 - y1)
    assert across < 60  # within the minima of the crossing


def test_it_is_a_pure_function(crossing: WarRoom) -> None:
    told, conflicts = seen(crossing)
    assert picture_svg(told, conflicts, us="alpha") == picture_svg(told[::-1], conflicts[::-1], us="alpha")


def test_no_text_becomes_markup(crossing: WarRoom) -> None:
    picture = drawn(crossing, title='<script>alert("1")</script>&')
    assert '<script>alert("1")</script>&' in [text.text for text in picture.iter(f"{SVG}text")]
    assert not list(picture.iter(f"{SVG}script"))


@pytest.mark.parametrize(
    "path",
    [
        [(-17.0, 179.2, 350, 30), (-17.5, -179.3, 350, 45)],
        [(89.2, 10.0, 350, 30), (89.4, -170.0, 350, 45)],
        [(0.0, 0.0, 350, 30), (0.0, 0.5, 350, 34)],
    ],
    ids=["antimeridian", "pole", "origin"],
)
def test_a_flight_fills_the_sheet_and_never_jumps_across_it(
    path: list[tuple[float, float, int, float]],
) -> None:
    room = WarRoom()
    room["alpha"].file(flight(room.id(), path), room.now_ms)
    (line,) = lines_of(drawn(room))
    assert all(-1 <= x <= WIDTH + 1 and -1 <= y <= HEIGHT + 1 for x, y in line)
    spans = [max(it) - min(it) for it in zip(*line, strict=True)]
    assert spans[0] > 0.85 * WIDTH or spans[1] > 0.85 * (HEIGHT - 110)


def test_a_picture_of_nothing_is_a_picture() -> None:
    assert ElementTree.fromstring(picture_svg([], [], us="alpha", now_ms=0)).tag == f"{SVG}svg"
