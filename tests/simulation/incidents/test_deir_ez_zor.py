"""Deir ez-Zor, 17 September 2016. The place that had been notified was 9 km off. When the other side called,
the usual contact was away; the caller held for 27 minutes, told nobody else, and 15 of 37 strikes fell
meanwhile. Once the message was understood, everything stopped within five minutes.
"""

import msgspec

from openline.coordination.calls import Close, Emergency, Nature, Readback, Taken, Wanted
from openline.coordination.conversation import DutyAct
from openline.coordination.fields import Where
from openline.coordination.messages import Kind
from openline.coordination.readback import values_of
from simulation.incidents.stage import Stage, officer

USUAL, OTHER, THEIRS = officer("watch", "fox"), officer("supervisor", "owl"), officer("watch", "elk")
CALL = Emergency(
    nature=Nature.ENDANGERED,
    wanted=Wanted.STOP,
    officer=THEIRS,
    where=Where(latitude_e9=35_290_000_000, longitude_e9=40_060_000_000, radius_dmm=20_000_000),
)


def test_a_place_that_was_understood_nine_kilometres_off_is_found_before_anybody_acts_on_it() -> None:
    stage = Stage("2016-09-17", "13:00:00")
    stage.file("alpha", stage.box((35.20, 40.00), 0.05, (1.0, 4.0)))
    with stage.room["bravo"].looking() as (_, desks, _own):
        (told,) = desks[stage.room.accord_id].line.picture.all_told()
    corners = [value for value in values_of(told.notice) if value.latitude_e9 is not None]
    shifted = msgspec.structs.replace(corners[0], longitude_e9=(corners[0].longitude_e9 or 0) + 99_000_000)
    stage.say("bravo", Kind.READBACK, Readback(answers=told.hash, values=(shifted,), officer=THEIRS))
    for name in ("alpha", "bravo"):
        assert "9.0 km off" in stage.alarms(name)["READBACK DIFFERS"]
    stage.say("bravo", Kind.READBACK, Readback(answers=told.hash, values=tuple(corners), officer=THEIRS))
    assert "READBACK DIFFERS" not in stage.alarms("alpha")


def test_the_usual_contact_is_away_and_whoever_is_there_takes_the_call() -> None:
    stage = Stage("2016-09-17", "14:00:00")
    stage.room["alpha"].shift(DutyAct.ON, USUAL, stage.now_ms)
    stage.room["alpha"].shift(DutyAct.ON, OTHER, stage.now_ms)
    stage.carry()
    stage.at("14:05:00", step_s=60)
    called = stage.say("bravo", Kind.EMERGENCY, CALL)
    # It does not ask for anybody: it stands at every position in the step in which it arrives.
    assert stage.alarm_raised_ms("alpha", "EMERGENCY") == stage.now_ms
    stage.at("14:05:20")
    stage.say("alpha", Kind.TAKEN, Taken(answers=called, officer=OTHER))
    stage.say("alpha", Kind.READBACK, Readback(answers=called, values=values_of(CALL), officer=OTHER))
    stage.at("14:10:20")
    assert "NOT TAKEN" not in stage.alarms("bravo")
    for name, who in (("alpha", OTHER), ("bravo", THEIRS)):
        assert "EMERGENCY" in stage.alarms(name)  # one side alone does not end it
        stage.say(name, Kind.CLOSE, Close(answers=called, officer=who))
    stage.at("14:10:30")
    assert all("EMERGENCY" not in stage.alarms(name) for name in ("alpha", "bravo"))


def test_nobody_is_there_at_all_and_the_caller_knows_within_half_a_minute_not_twenty_seven() -> None:
    stage = Stage("2016-09-17", "14:05:00")
    called_ms = stage.now_ms
    stage.say("bravo", Kind.EMERGENCY, CALL)
    stage.at("14:07:30")
    assert stage.first_said("alpha", Kind.ESCALATED) - called_ms <= 30_000
    assert stage.alarm_raised_ms("bravo", "NOT TAKEN") - called_ms <= 30_000
    assert {"ESCALATED", "EMERGENCY"} <= stage.alarms("alpha").keys()
    assert "call commander there by other means" in stage.alarms("bravo")["NOT TAKEN"]
    assert "SHOWN MISSING" in stage.alarms("bravo")
