"""What was judged is not judged again at a start, and what was not judged yet still is."""

from collections.abc import Iterable

import msgspec

from e2e.large_store import CAPS, notice_of
from openline.airspace.altitude import Altitude, Datum
from openline.airspace.operation import Operation, State
from openline.airspace.position import Position
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.coordination.line import Line
from openline.coordination.messages import Kind, Reason, Resume, Suspend
from openline.node import speaking
from simulation.war_room import NOW_MS, WarRoom, box

DAY_MS = 24 * 3_600_000


def line_of(room: WarRoom, name: str) -> Line:
    with room[name].looking() as (_, desks, _own):
        return desks[room.accord_id].line


def test_a_start_leaves_nothing_to_judge_and_a_new_engine_everything() -> None:
    room = WarRoom()
    for name in room.parties:
        room[name].file(box(room.id(), (46, 7), 0.2, (1_000, 2_000), (1, 2)), NOW_MS)
    room.exchange()
    before = room.status("alpha")
    room.parties["alpha"].restart()
    line = line_of(room, "alpha")
    assert (line.unjudged, line.unsettled) == (set(), set())
    with room.parties["alpha"].store.writing() as tx:
        kept = msgspec.json.decode(tx.setting(f"judged/{room.accord_id}") or "")
        tx.put_setting(f"judged/{room.accord_id}", msgspec.json.encode(kept | {"under": "another"}).decode())
    room.parties["alpha"].restart()
    line = line_of(room, "alpha")
    assert line.unjudged == {told.notice_id for told in line.picture.all_told()} != set()
    room["alpha"].tick(NOW_MS)
    assert room.status("alpha") == before  # looked at once more, and nothing said twice


def test_parts_that_were_made_in_another_datum_are_made_again() -> None:
    """A new version of the accord reads the same notices otherwise."""
    room = WarRoom()
    for name in room.parties:
        room[name].file(box(room.id(), (46, 7), 0.2, (1_000, 2_000), (1, 2)), NOW_MS)
    room.exchange()
    told = {it.notice_id: it.hash for it in line_of(room, "alpha").picture.all_told()}
    in_pressure = kept_parts(room, told)
    room.install(room.draft(exercise=True, version=2, datum=Datum.WGS84))
    room.exchange()
    line = line_of(room, "alpha")
    assert line.accord.datum is Datum.WGS84
    assert {it.notice_id: it.hash for it in line.picture.all_told()} == told
    in_wgs84 = kept_parts(room, told)
    assert in_pressure.keys() == in_wgs84.keys() == told.keys()
    assert all(in_pressure[name] != in_wgs84[name] for name in told)


def kept_parts(room: WarRoom, notice_ids: Iterable[str]) -> dict[str, bytes]:
    with room.parties["alpha"].store.reading() as tx:
        return {row.notice_id: row.value for row in tx.parts(room.accord_id, notice_ids)}


def test_what_came_while_the_line_rested_is_judged_after_a_start_too() -> None:
    room = WarRoom()
    room["alpha"].file(box(room.id(), (46, 7), 0.2, (1_000, 2_000), (1, 2)), NOW_MS)
    room.exchange()
    room["alpha"].say(room.accord_id, Kind.SUSPEND, Suspend(reason=Reason.TECHNICAL), NOW_MS)
    room["bravo"].file(box(room.id(), (46, 7), 0.2, (1_000, 2_000), (1, 2)), NOW_MS)
    notice, *stated = room["bravo"].outbound(room.accord_id)
    assert stated, "bravo has seen the conflict as well"
    room["alpha"].receive(room.accord_id, [notice], NOW_MS)  # it crossed our SUSPEND; what followed is lost
    assert room.status("alpha").conflicts["ever"] == 0
    room.parties["alpha"].restart()
    room["alpha"].say(room.accord_id, Kind.RESUME, Resume(), NOW_MS)
    assert room.status("alpha").conflicts["open"] == 1
    (view,) = line_of(room, "alpha").picture.conflicts()
    assert set(view.findings) == {"alpha"}


def around_the_world_for_three_weeks(identifier: str) -> Operation:
    """Each leg may be flown; all of them together are further than the engine follows."""
    points = tuple(
        TrajectoryPoint(
            Position(0.0, -150.0 + 40.0 * (number % 9)),
            Altitude.flight_level(300),
            NOW_MS + number * 3_000_000,
        )
        for number in range(500)
    )
    path = Trajectory(points, lateral_tolerance_dmm=0, vertical_tolerance_dmm=0, time_tolerance_ms=0)
    return Operation(id=identifier, version=1, state=State.ACCEPTED, priority=0, trajectory=path)


def test_a_path_that_the_engine_does_not_take_is_answered_lrm_and_the_line_goes_on() -> None:
    room = WarRoom(caps=msgspec.structs.replace(CAPS, duration_ms=30 * DAY_MS))
    room.exchange()
    with room["bravo"].step(NOW_MS) as step:  # a partner whose node checks nothing
        desk = step.desk(room.accord_id)
        speaking.say(
            step, desk, Kind.NOTICE, notice_of(around_the_world_for_three_weeks(room.id()), room.id())
        )
    room.post("bravo", room["bravo"].outbound(room.accord_id))
    room.post("alpha", room["alpha"].outbound(room.accord_id))
    room["bravo"].file(box(room.id(), (46, 7), 0.2, (1_000, 2_000), (1, 2)), NOW_MS)
    room.exchange()
    for name in room.parties:
        assert room.status(name).notices == {"alpha": 0, "bravo": 1}
        room.parties[name].restart()
    assert room.status("alpha").digest == room.status("bravo").digest
