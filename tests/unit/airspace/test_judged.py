"""What was judged before is not judged again; everything else is."""

from pathlib import Path

import msgspec
import pytest

import openline
from openline.airspace.altitude import Altitude
from openline.airspace.judged import judged_before
from openline.airspace.position import Position
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.airspace.volume import Polygon
from openline.errors import OpenlineError

BOW_TIE = tuple(Position(*place) for place in ((46.0, 7.0), (46.1, 7.1), (46.1, 7.0), (46.0, 7.1)))
TOO_FAST = tuple(
    TrajectoryPoint(Position(46.0 + number, 7.0), Altitude.flight_level(100), number) for number in range(2)
)

MAY_TRUST = {
    "airspace/judged.py",
    "bridge/inbound.py",  # notices that stand in the picture: they were judged when they came
    "coordination/line.py",  # our own committed rows
    "coordination/meeting.py",  # the same, and what stands in the picture
    "node/hearing.py",  # looks again at a notice that the codec has judged whole a moment before
    "node/own.py",  # our own committed rows
    "node/passing.py",  # what stands in the picture
    "resolve/alternatives.py",  # looks around first; what it answers is judged
}
"""A filing or a message from the partner never comes through here unjudged."""


def bad_ring() -> object:
    return Polygon(BOW_TIE)


def bad_path() -> object:
    return Trajectory(TOO_FAST, lateral_tolerance_dmm=0, vertical_tolerance_dmm=0, time_tolerance_ms=0)


@pytest.mark.parametrize("make", [bad_ring, bad_path])
def test_within_the_block_alone_a_shape_is_taken_at_its_word(make: object) -> None:
    with pytest.raises(OpenlineError):
        make()  # type: ignore[operator]
    with judged_before():
        kept = make()  # type: ignore[operator]
    with pytest.raises(OpenlineError):
        msgspec.json.decode(msgspec.json.encode(kept), type=type(kept))


def test_the_block_ends_with_an_error_too() -> None:
    with pytest.raises(KeyError), judged_before():
        raise KeyError
    with pytest.raises(OpenlineError):
        bad_ring()


def test_the_block_is_opened_nowhere_but_where_it_may_be() -> None:
    root = Path(openline.__file__).parent
    found = {
        str(file.relative_to(root)) for file in root.rglob("*.py") if "judged_before" in file.read_text()
    }
    assert found == MAY_TRUST
