"""The Black Hawks, 14 April 1994. One fleet was not in the air plan that the other one flew by; 26 people
died. In other years crews called unknown aircraft on guard, 22 times in one shift, and nobody answered.
"""

import msgspec

from openline.airspace.operation import State
from openline.coordination.calls import Identified, Identify, Whose
from openline.coordination.conflict_view import ConflictStatus
from openline.coordination.fields import Aircraft, Where
from openline.coordination.messages import Kind
from openline.node.results import Filed
from simulation.incidents.stage import Stage, officer
from simulation.test_two_nodes_one_line import views
from simulation.war_room import NOW_MS, flight

FOX, ELK = officer("watch", "fox"), officer("watch", "elk")


def test_operations_of_every_fleet_enter_one_picture_whoever_filed_them() -> None:
    stage = Stage("2018-08-01", "06:00:00")
    jets = flight(stage.room.id(), [(36.5, 43.0, 250, 60.0), (37.2, 44.0, 250, 70.0)], callsign="TIGER1")
    stage.file("bravo", jets)
    # Another command's helicopters, filed with their own supplier; the node takes what suppliers file.
    helicopters = stage.box((36.7, 43.3), 0.2, (0.9, 2.0), state=State.ACTIVATED)
    theirs = msgspec.structs.replace(helicopters, supplier="helicopter-wing", ovn="eagle-flight-0001-0001")
    (taken,) = stage.room["alpha"].take([theirs], [], stage.now_ms)
    assert isinstance(taken, Filed), taken
    stage.carry()
    for name in ("alpha", "bravo"):
        (view,) = views(stage.room, name)
        assert view.status is ConflictStatus.OPEN


def test_an_aircraft_in_no_plan_is_asked_about_and_the_answer_has_a_clock() -> None:
    stage = Stage("2018-08-01", "06:00:00")
    unknown = Identify(
        where=Where(latitude_e9=36_900_000_000, longitude_e9=43_500_000_000),
        seen_ms=NOW_MS,
        officer=FOX,
        aircraft=Aircraft(course_deg=80, ground_speed_kt=130),
    )
    asked = stage.say("alpha", Kind.IDENTIFY, unknown)
    assert "IDENTIFY" in stage.alarms("bravo")  # it stands before people; nobody has to listen to guard
    stage.at("06:02:10")
    for name in ("alpha", "bravo"):
        assert "bravo owes IDENTIFIED" in stage.alarms(name)["ANSWER MISSING"]
    stage.say(
        "bravo", Kind.IDENTIFIED, Identified(answers=asked, whose=Whose.OURS, officer=ELK, callsign="EAGLE1")
    )
    stage.at("06:02:20")
    assert not stage.alarms("alpha").keys() & {"IDENTIFY", "ANSWER MISSING"}
    with stage.room["alpha"].looking() as (_, desks, _own):
        call = desks[stage.room.accord_id].line.picture.conversed.call(asked)
    assert call is not None
    assert call.answers[-1].body.whose is Whose.OURS  # type: ignore[attr-defined]
