"""Turkey, 2017. Under an hour's notice of a vague area: "notification, not coordination"."""

import pytest

from openline.accord.clauses import Caps
from openline.coordination.dialogue import DialogueState
from openline.errors import Refused
from simulation.incidents.stage import Stage
from simulation.test_two_nodes_one_line import views
from simulation.war_room import HOUR_MS

CAPS = Caps(
    priority=100,
    area_m2=2_500_000_000,
    duration_ms=12 * HOUR_MS,
    horizon_ms=30 * 24 * HOUR_MS,
    open_notices=100,
)


def test_a_vague_area_is_refused_by_the_accord_and_a_short_one_is_settled_not_merely_announced() -> None:
    stage = Stage("2018-08-01", "06:00:00", minimum_notice_ms=4 * HOUR_MS, caps=CAPS)
    standing = stage.box((36.5, 37.0), 0.2, (0.5, 6.0))
    stage.file("bravo", standing)

    with pytest.raises(Refused) as caught:
        stage.file("alpha", stage.box((36.0, 36.0), 3.0, (0.8, 6.0)))
    assert caught.value.clause == "caps.area_m2"

    filed = stage.file("alpha", stage.box((36.6, 37.1), 0.3, (0.8, 6.0)))
    assert any("notice" in note for note in filed.notes)
    assert filed.state == "Proposed"  # it is kept and said, and waits for an answer
    (view,) = views(stage.room, "bravo")
    assert (view.mover, view.dialogue.state) == ("alpha", DialogueState.REQUESTED)
    stage.at("06:11:00", step_s=60)
    assert "bravo owes an answer" in stage.alarms("alpha")["ANSWER MISSING"]  # and the answer has a clock
