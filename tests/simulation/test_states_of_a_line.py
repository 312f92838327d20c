"""How a line between two whole nodes stands, on what evidence, and what came over it too late."""

from openline.coordination.messages import Kind, Reason, Suspend
from openline.journal.entry import Lane, open_line
from openline.node.ports import AlarmRow
from openline.node.reach import Failure, Report
from openline.node.views import Row, notice_rows
from simulation.war_room import NOW_MS, WarRoom, flight

MINUTE_MS = 60_000


def alarms(room: WarRoom, name: str, at_ms: int) -> list[AlarmRow]:
    room[name].tick(at_ms)
    with room[name].looking() as (tx, _, _own):
        return tx.alarms()


def kinds(room: WarRoom, name: str, at_ms: int) -> list[str]:
    return [alarm.kind for alarm in alarms(room, name, at_ms)]


def notices(room: WarRoom, name: str) -> list[Row]:
    with room[name].looking() as (tx, desks, _own):
        return notice_rows(tx, desks)


def file(room: WarRoom, latitude: float, from_minute: float) -> None:
    path = [(latitude, 7.0, 300, from_minute), (latitude, 8.0, 300, from_minute + 10.0)]
    room["alpha"].file(flight(room.id(), path), room.now_ms)


# The evidence


def test_a_failing_exchange_is_evidence_for_the_alarm_and_for_other_processes() -> None:
    room, later = WarRoom(), NOW_MS + 10 * MINUTE_MS
    room.exchange()
    room["alpha"].report(room.accord_id, Report(failure=Failure.REFUSED, detail="so the system"), NOW_MS + 9)
    (alarm,) = alarms(room, "alpha", later)
    assert alarm.kind == "LINE SILENT"
    assert "fault: theirs" in alarm.text
    assert "so the system" in alarm.text
    (other,) = room.parties["alpha"].new_node().status(later)
    assert (other.state, other.fault) == ("silent", "theirs")
    assert other.evidence == room["alpha"].status(later)[0].evidence


def test_the_alarm_of_silence_ends_when_the_partner_is_heard_again() -> None:
    room = WarRoom()
    room.exchange()
    room.now_ms = NOW_MS + 10 * MINUTE_MS
    assert kinds(room, "alpha", room.now_ms) == ["LINE SILENT"]
    room.exchange()
    room["alpha"].report(room.accord_id, Report(round_trip_ms=20), room.now_ms)
    assert kinds(room, "alpha", room.now_ms) == []
    standing = room["alpha"].status(room.now_ms)[0]
    assert (standing.state, standing.round_trip_ms) == ("open", 20)


def test_a_partner_that_is_heard_and_not_reached_raises_line_degraded_until_it_is_reached() -> None:
    room = WarRoom()
    room.exchange()
    room["alpha"].report(room.accord_id, Report(failure=Failure.TIMED_OUT), NOW_MS)
    room.now_ms = NOW_MS + 10_000
    room["alpha"].receive(room.accord_id, [room["bravo"].heads(room.accord_id, room.now_ms)], room.now_ms)
    assert kinds(room, "alpha", room.now_ms) == ["LINE DEGRADED"]
    room["alpha"].report(room.accord_id, Report(round_trip_ms=20), room.now_ms)
    assert kinds(room, "alpha", room.now_ms) == []


def test_a_line_that_degrades_and_then_falls_silent_has_one_alarm_for_it() -> None:
    room = WarRoom()
    room.exchange()
    room["alpha"].report(room.accord_id, Report(failure=Failure.TIMED_OUT), NOW_MS)
    assert kinds(room, "alpha", NOW_MS + 10_000) == ["LINE DEGRADED"]
    assert kinds(room, "alpha", NOW_MS + MINUTE_MS) == ["LINE SILENT"]


def test_a_partner_that_hears_nothing_of_us_is_told_from_one_that_is_silent() -> None:
    """Its HEADS come, and what it has received does not move."""
    room = WarRoom()
    room.exchange()
    file(room, 46.0, 60.0)
    room.now_ms = NOW_MS + 30_000
    room["alpha"].receive(room.accord_id, [room["bravo"].heads(room.accord_id, room.now_ms)], room.now_ms)
    (standing,) = room["alpha"].status(room.now_ms)
    assert standing.state == "degraded"
    assert "it does not hear us" in standing.evidence[0]
    assert kinds(room, "alpha", room.now_ms) == ["LAM MISSING"]


def test_a_suspended_line_says_what_rests_and_whether_it_is_silent() -> None:
    room = WarRoom()
    room.exchange()
    room["alpha"].say(room.accord_id, Kind.SUSPEND, Suspend(reason=Reason.TECHNICAL), NOW_MS)
    room.exchange()
    (standing,) = room["bravo"].status(NOW_MS)
    assert (standing.state, standing.link) == ("suspended", "open")
    assert standing.scope == "everything but safety of life"
    assert room["bravo"].status(NOW_MS + MINUTE_MS)[0].link == "silent"
    assert kinds(room, "bravo", NOW_MS + MINUTE_MS) == ["LINE SILENT"]


def test_heads_that_took_long_to_come_are_no_clock_that_is_wrong() -> None:
    """TCP sent them again for four seconds: the answer says how far the clock can be off at the most."""
    room = WarRoom()
    asked = room["alpha"].heads(room.accord_id, NOW_MS)
    (answer, _returned) = room["bravo"].receive(room.accord_id, [asked], NOW_MS + 2_000).answers
    room["alpha"].receive(room.accord_id, [answer], NOW_MS + 4_000, asked_ms=NOW_MS)
    assert room["alpha"].status(NOW_MS + 4_000)[0].clock_difference_ms == 0
    assert kinds(room, "alpha", NOW_MS + 4_000) == []


# What came too late


def test_what_comes_after_an_outage_is_marked_late_or_over_and_what_came_in_time_is_not() -> None:
    room = WarRoom()
    room.open_session()
    file(room, 46.0, from_minute=5.0)
    file(room, 47.0, from_minute=90.0)
    room.now_ms = NOW_MS + 30 * MINUTE_MS
    room.exchange()
    file(room, 48.0, from_minute=120.0)
    room.exchange()
    heard = notices(room, "bravo")
    assert [row["stale"] for row in heard] == ["over", "late", None]
    assert {row["received_ms"] for row in heard} == {room.now_ms}
    assert {(row["stale"], row["received_ms"]) for row in notices(room, "alpha")} == {(None, None)}


def test_a_clock_that_is_known_to_be_behind_makes_no_notice_late() -> None:
    room, ahead_ms = WarRoom(), MINUTE_MS
    heads = room["alpha"].heads(room.accord_id, NOW_MS)
    (answer, _returned) = room["bravo"].receive(room.accord_id, [heads], NOW_MS + ahead_ms).answers
    room["alpha"].receive(room.accord_id, [answer], NOW_MS, asked_ms=NOW_MS)
    file(room, 46.0, from_minute=60.0)
    room["bravo"].receive(room.accord_id, room["alpha"].outbound(room.accord_id), NOW_MS + ahead_ms)
    assert [row["stale"] for row in notices(room, "bravo")] == [None]


def test_each_lane_can_be_sent_by_itself() -> None:

    room = WarRoom()
    room.open_session()
    file(room, 46.0, from_minute=60.0)
    room["alpha"].say(room.accord_id, Kind.SUSPEND, Suspend(reason=Reason.TECHNICAL), NOW_MS)
    for lane in Lane:
        batch = room["alpha"].outbound(room.accord_id, lanes=[lane])
        assert {open_line(sealed, None).place.lane for sealed in batch} == {lane}
    both = room["alpha"].outbound(room.accord_id)
    assert open_line(both[0], None).place.lane is Lane.URGENT
