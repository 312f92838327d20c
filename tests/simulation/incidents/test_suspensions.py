"""April and June 2017. The line was declared suspended, and nobody had defined what that means; days later
it was used all the same.
"""

import pytest

from openline.coordination.calls import Emergency, Nature, Taken, Wanted
from openline.coordination.conversation import Talk, TalkAct
from openline.coordination.fields import Reason
from openline.coordination.messages import Kind, Resume, Suspend
from openline.errors import Refused
from openline.node.officer import Move
from simulation.incidents.stage import Stage, officer
from simulation.war_room import HOUR_MS, NOW_MS

FOX, ELK = officer("watch", "fox"), officer("watch", "elk")
EMERGENCY = Emergency(nature=Nature.COLLISION_RISK, wanted=Wanted.CALL_CREW, officer=FOX)


def test_suspended_is_a_state_with_a_scope_and_safety_of_life_goes_on_both_ways() -> None:
    stage = Stage("2018-08-01", "06:00:00")
    stage.say("bravo", Kind.SUSPEND, Suspend(reason=Reason.INSTRUCTED))
    assert {stage.state(name) for name in ("alpha", "bravo")} == {"suspended"}

    later = stage.file("alpha", stage.box((36.0, 38.0), 0.2, (5.0, 6.0)))
    assert later.told == ()  # ordinary coordination rests, and is told when the line runs again
    for name, other, who in (("alpha", "bravo", ELK), ("bravo", "alpha", FOX)):
        called = stage.say(name, Kind.EMERGENCY, EMERGENCY)
        assert "EMERGENCY" in stage.alarms(other)
        stage.say(other, Kind.TAKEN, Taken(answers=called, officer=who))
    stage.say("alpha", Kind.TALK, _talk())  # how else should one agree to resume?

    with pytest.raises(Refused) as caught:
        stage.say("alpha", Kind.RESUME, Resume())
    assert caught.value.code == "not-suspended"  # only who has suspended takes it back
    stage.at("06:10:00", step_s=20)
    assert {stage.state(name) for name in ("alpha", "bravo")} == {"suspended"}  # heard all along: no silence
    assert "LINE SILENT" not in stage.alarms("alpha")

    stage.say("bravo", Kind.RESUME, Resume())
    assert {stage.state(name) for name in ("alpha", "bravo")} == {"open"}
    with stage.room["bravo"].looking() as (_, desks, _own):
        assert [told.party for told in desks[stage.room.accord_id].line.picture.all_told()] == ["alpha"]


def test_what_was_asked_when_the_line_was_suspended_is_not_refused_and_not_forgotten() -> None:
    stage = Stage("2018-08-01", "06:00:00")
    stage.file("alpha", stage.box((36.0, 38.0), 0.2, (5.0, 6.0)))
    stage.file("bravo", stage.box((36.1, 38.1), 0.2, (5.0, 6.0)))
    stage.say("alpha", Kind.SUSPEND, Suspend(reason=Reason.INSTRUCTED))
    with stage.room["alpha"].looking() as (_, desks, _own):
        (view,) = desks[stage.room.accord_id].line.picture.conflicts()
    with pytest.raises(Refused) as caught:
        stage.room["alpha"].move(stage.room.accord_id, view.conflict_id, Move(kind=Kind.ACP), stage.now_ms)
    assert (caught.value.code, caught.value.clause) == ("accord-suspended", "states")
    stage.say("alpha", Kind.RESUME, Resume())
    stage.room["alpha"].move(stage.room.accord_id, view.conflict_id, Move(kind=Kind.ACP), stage.now_ms)
    stage.carry()
    assert stage.room.status("bravo").conflicts["agreed"] == 1


def _talk() -> Talk:
    return Talk(
        talk_id="0c000000-0000-4000-8000-000000000001",
        act=TalkAct.PROPOSE,
        officer=FOX,
        start_ms=NOW_MS + HOUR_MS,
        duration_ms=HOUR_MS,
    )
