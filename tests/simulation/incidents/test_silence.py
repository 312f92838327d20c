"""The Koreas' liaison lines. Calls at 09:00 and 17:00 each day; since April 2023 nobody has answered, and
for days nobody knew whether it was a fault or a refusal.
"""

from openline.coordination.calls import Emergency, Nature, Wanted
from openline.coordination.messages import Check, Kind
from simulation.incidents.stage import Stage, officer

FOX, ELK = officer("liaison", "fox"), officer("liaison", "elk")


def test_silence_is_seen_within_a_minute_is_no_refusal_and_a_missed_call_is_said_to_be_missed() -> None:
    stage = Stage("2023-04-07", "08:59:00", line_checks=("09:00", "17:00"))
    stage.cut, cut_ms = True, stage.now_ms
    stage.at("09:00:00", step_s=5)
    assert stage.state("alpha") != "suspended"
    stage.at("09:00:10", step_s=5)
    assert stage.state("alpha") == "silent"
    assert stage.alarm_raised_ms("alpha", "LINE SILENT") - cut_ms <= 65_000
    assert "silence is not refusal" in stage.alarms("alpha")["LINE SILENT"]

    stage.room["alpha"].say(stage.room.accord_id, Kind.CHECK, Check(officer=FOX), stage.now_ms)
    stage.at("09:05:01", step_s=60)
    assert "agreed for 2023-04-07T09:00:00Z was not held" in stage.alarms("alpha")["LINE CHECK MISSED"]
    assert {"LAM MISSING", "LINE SILENT"} <= stage.alarms(
        "alpha"
    ).keys()  # stored, shown, answered: told apart


def test_after_an_outage_of_any_length_both_catch_up_in_order_and_what_is_urgent_comes_first() -> None:
    stage = Stage("2023-04-07", "10:00:00", line_checks=())
    stage.cut = True
    for number in range(5):
        area = stage.box((37.0 + number, 127.0), 0.1, (30.0, 31.0))
        stage.room["alpha"].file(area, stage.now_ms)
    emergency = Emergency(nature=Nature.DISTRESS, wanted=Wanted.CALL_US, officer=FOX)
    stage.room["alpha"].say(stage.room.accord_id, Kind.EMERGENCY, emergency, stage.now_ms)
    stage.at("22:00:00", step_s=3_600)
    assert stage.state("bravo") == "silent"

    stage.cut = False
    stage.room.open_session()
    first = stage.room["alpha"].outbound(stage.room.accord_id, limit=1)
    stage.room.post("alpha", first)
    assert "EMERGENCY" in stage.alarms("bravo")
    with stage.room["bravo"].looking() as (_, desks, _own):
        assert list(desks[stage.room.accord_id].line.picture.all_told()) == []
    stage.carry()
    stage.at("22:00:01")
    statuses = [stage.room.status(name) for name in ("alpha", "bravo")]
    assert statuses[0].digest == statuses[1].digest
    assert [it.quiet for it in statuses] == [True, True]
    assert stage.state("alpha") == "open"
    assert "LINE SILENT" not in stage.alarms("alpha")
