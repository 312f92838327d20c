"""What one partner told goes to another: where, how, how far, and for how long."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from openline.accord.clauses import Caps, Disclosure
from openline.accord.disclosure import covers
from openline.accord.notice import Notice, as_operation
from openline.airspace.altitude import Datum
from openline.airspace.operation import State
from openline.coordination.messages import End, Kind, Reason, Rejection, Resume, Suspend
from openline.coordination.passed_view import Passed
from openline.coordination.picture import Picture
from openline.journal.entry import Lane
from openline.node import speaking
from openline.node.passing import RETRY_MS
from openline.node.ports import Transaction
from openline.store.backup import backup, restore
from openline.store.store import open_store
from simulation.parties import Parties
from simulation.war_room import HOUR_MS, NOW_MS, box, flight

AB, BC, CD, DE = ("alpha", "bravo"), ("bravo", "charlie"), ("charlie", "delta"), ("delta", "echo")
EASTBOUND = [(46.0, 7.0, 350, 60.0), (47.0, 8.0, 350, 75.0)]
WESTBOUND = [(47.0, 7.0, 350, 60.0), (46.0, 8.0, 350, 75.0)]


def allowing(*names: str, pair: tuple[str, str]) -> dict[str, bool]:
    return {name: name in names for name in pair}


def chain(*pairs: tuple[str, str]) -> Parties:
    """A chain of lines on which everything may be passed on."""
    return Parties({pair: {"pass_on": allowing(*pair, pair=pair)} for pair in pairs})


def three(**terms: Any) -> Parties:
    """alpha lets bravo pass on; ``terms`` are those of bravo and charlie."""
    return Parties({AB: {"pass_on": allowing("alpha", pair=AB)}, BC: terms})


def alphas(room: Parties, **changes: Any) -> str:
    """File a flight of alpha's, and let it be told everywhere."""
    operation = flight(room.id(), EASTBOUND, callsign="ALF1", **changes)
    room["alpha"].file(operation, room.now_ms)
    room.exchange()
    return operation.id


def only(room: Parties, name: str, partner: str) -> Passed:
    (passed,) = room.passed(name, partner)
    return passed


# Where it goes


def test_what_alpha_lets_bravo_pass_on_reaches_charlie_with_its_origin() -> None:
    room = three()
    alphas(room)
    passed = only(room, "charlie", "bravo")
    assert (passed.origin, passed.party, passed.word) == ("alpha", "bravo", "Accepted")
    assert passed.notice.callsign == "ALF1"
    room.assert_pictures_equal()


def test_it_goes_nowhere_where_the_accord_does_not_say_so() -> None:
    room = Parties({AB: {"pass_on": allowing("bravo", pair=AB)}, BC: {"pass_on": allowing(*BC, pair=BC)}})
    alphas(room)
    assert room.passed("charlie", "bravo") == []


def test_it_never_goes_back_to_its_origin_nor_to_whom_it_came_from() -> None:
    ca = ("alpha", "charlie")
    room = chain(AB, BC, ca)
    alphas(room)
    room["bravo"].file(flight(room.id(), WESTBOUND, callsign="BRV1"), room.now_ms)
    room.exchange()
    for name, partner in room.both_ways():
        assert all(it.origin not in (name, partner) for it in room.passed(name, partner))
    assert {it.origin for it in room.passed("charlie", "bravo")} == {"alpha"}


def test_exercise_and_real_never_mix() -> None:
    room = three(exercise=False)
    alphas(room)
    assert room.passed("charlie", "bravo") == []


def test_who_has_a_line_with_the_origin_passes_on_only_what_the_origin_told_him() -> None:
    """charlie hears of alpha's by bravo as well; alpha has not allowed charlie to tell delta."""
    ac, cd = ("alpha", "charlie"), CD
    open_to_all = {pair: {"pass_on": allowing(*pair, pair=pair)} for pair in (AB, BC, cd)}
    room = Parties({**open_to_all, ac: {"pass_on": allowing(pair=ac)}})
    alphas(room)
    assert only(room, "charlie", "bravo").body.further == 2
    assert room.passed("delta", "charlie") == []


def test_it_goes_as_far_as_every_accord_on_the_way_lets_it_and_three_hops_at_most() -> None:
    room = chain(AB, BC, CD, DE, ("echo", "foxtrot"))
    alphas(room)
    hops = [only(room, name, partner) for partner, name in (BC, CD, DE)]
    assert [it.body.further for it in hops] == [2, 1, 0]
    assert {it.origin for it in hops} == {"alpha"}
    assert room.passed("foxtrot", "echo") == []
    assert len({it.notice_id for it in hops}) == 3


def test_it_stops_where_the_second_accord_does_not_say_so() -> None:
    room = Parties(
        {
            AB: {"pass_on": allowing("alpha", pair=AB)},
            BC: {"pass_on": allowing("charlie", pair=BC)},
            CD: {"pass_on": allowing(*CD, pair=CD)},
        }
    )
    alphas(room)
    assert only(room, "charlie", "bravo").body.further == 0
    assert room.passed("delta", "charlie") == []


def test_a_ring_of_parties_comes_to_rest() -> None:
    """delta hears of alpha's operation by two ways; nobody can know that it is one, and nobody goes round."""
    room = chain(AB, BC, CD, ("bravo", "delta"))
    alphas(room)
    assert len(room.passed("delta", "bravo")) >= 1
    assert len([it for it in room.passed("delta", "charlie") if it.party == "charlie"]) == 1
    room.assert_pictures_equal()


# What is told


def test_it_is_told_within_bravos_terms_and_still_covers_what_alpha_told() -> None:
    coarse = Disclosure(fields=("aircraft_type",), grid_e9=50_000_000, layer_dmm=3_048_000, step_ms=600_000)
    room = three(disclosure=coarse, datum=Datum.WGS84)
    alphas(room)
    passed = only(room, "charlie", "bravo")
    assert passed.notice.callsign is None
    assert passed.notice.trajectory is not None
    assert all(point.lat_e9 % 50_000_000 == 0 for point in passed.notice.trajectory.points)
    with room["bravo"].looking() as (_, desks, _own):
        line = desks[room.accord_id(*AB)].line
        (told,) = line.picture.all_told()
        assert covers(passed.notice, line.operation_of(told.notice_id), Datum.WGS84)


def test_a_priority_that_alpha_does_not_tell_is_not_told_as_none() -> None:
    room = Parties(
        {AB: {"pass_on": allowing("alpha", pair=AB), "disclosure": Disclosure(fields=("callsign",))}, BC: {}}
    )
    alphas(room)
    assert only(room, "charlie", "bravo").notice.priority is None


def test_what_lies_outside_the_area_of_the_second_accord_is_not_passed_on() -> None:
    from openline.accord.shapes import Outline, Point

    corners = ((0, 0), (0, 1), (1, 1), (1, 0))
    far_away = Outline(tuple(Point(lat * 10**9, lon * 10**9) for lat, lon in corners))
    room = three(area=far_away)
    alphas(room)
    assert room.passed("charlie", "bravo") == []
    nearer = [(lat - 46.0, lon - 7.0, level, minutes) for lat, lon, level, minutes in EASTBOUND]
    room["alpha"].file(flight(room.id(), nearer), room.now_ms)
    room.exchange()
    assert only(room, "charlie", "bravo").origin == "alpha"


def test_what_the_caps_do_not_let_pass_is_an_alarm_and_goes_when_they_do() -> None:
    caps = Caps(
        priority=100, area_m2=10**11, duration_ms=24 * HOUR_MS, horizon_ms=50 * 60_000, open_notices=10
    )
    room = three(caps=caps)
    alphas(room)
    assert room.passed("charlie", "bravo") == []
    ((kind, text),) = room.alarms("bravo")
    assert kind == "NOT PASSED ON"
    assert "ALF1 of alpha" in text
    room.now_ms += 11 * 60_000
    assert room.now_ms > NOW_MS + RETRY_MS
    room.exchange()
    assert only(room, "charlie", "bravo").origin == "alpha"
    assert not [it for it in room.alarms("bravo") if it[0] == "NOT PASSED ON"]


# For how long


def test_a_revision_is_passed_on_under_the_same_id_and_an_end_as_an_end() -> None:
    room = three()
    identifier = alphas(room)
    first = only(room, "charlie", "bravo")
    higher = [(lat, lon, 370, minutes) for lat, lon, _, minutes in EASTBOUND]
    room["alpha"].file(flight(identifier, higher, callsign="ALF1"), room.now_ms)
    room.exchange()
    second = only(room, "charlie", "bravo")
    assert (second.notice_id, second.version) == (first.notice_id, first.version + 1)
    room["alpha"].transit(identifier, State.ENDED, room.now_ms)
    room.exchange()
    ended = only(room, "charlie", "bravo")
    assert (ended.word, ended.notice.callsign) == ("Ended", None)


def test_when_alpha_takes_its_leave_back_it_is_withdrawn_and_does_not_read_as_ended() -> None:
    room = chain(AB, BC, CD)
    alphas(room)
    room.revise(AB, pass_on=allowing(pair=AB))
    room.exchange()
    assert only(room, "charlie", "bravo").word == "Withdrawn"
    assert only(room, "delta", "charlie").word == "Withdrawn"
    assert only(room, "delta", "charlie").notice.state is State.ACCEPTED
    room.revise(AB, pass_on=allowing("alpha", pair=AB))
    room.exchange()
    assert only(room, "charlie", "bravo").word == "Accepted"
    assert only(room, "delta", "charlie").word == "Accepted"


def test_alphas_word_counts_as_soon_as_bravo_has_heard_it() -> None:
    """Before bravo itself speaks under the new version."""
    room = three()
    alphas(room)
    later = msgspec.structs.replace(room.accords[AB], version=2, pass_on=allowing(pair=AB))
    room.accords[AB] = later
    room["alpha"].install_accord(room.signed(AB, later).data, room.now_ms)
    room.exchange()
    assert only(room, "charlie", "bravo").word == "Withdrawn"


def test_when_the_second_accord_lets_it_go_further_it_does_and_when_not_it_is_taken_back() -> None:
    room = Parties({AB: {"pass_on": allowing("alpha", pair=AB)}, BC: {}, CD: {}})
    alphas(room)
    room.revise(BC, pass_on=allowing("bravo", pair=BC))
    room.exchange()
    assert only(room, "charlie", "bravo").body.further == 2
    assert only(room, "delta", "charlie").word == "Accepted"
    room.revise(BC, pass_on=allowing(pair=BC))
    room.exchange()
    assert only(room, "charlie", "bravo").word == "Accepted"
    assert only(room, "delta", "charlie").word == "Withdrawn"


def test_a_suspension_of_the_first_line_withdraws_nothing_and_the_end_of_its_accord_does() -> None:
    room = three()
    alphas(room)
    room["alpha"].say(room.accord_id(*AB), Kind.SUSPEND, Suspend(reason=Reason.SAFETY), room.now_ms)
    room.exchange()
    assert only(room, "charlie", "bravo").word == "Accepted"
    room["alpha"].say(room.accord_id(*AB), Kind.END, End(reason=Reason.INSTRUCTED), room.now_ms)
    room.exchange()
    assert only(room, "charlie", "bravo").word == "Withdrawn"


def test_when_the_first_accord_has_run_out_what_was_passed_on_is_withdrawn() -> None:
    until_ms = NOW_MS + HOUR_MS // 2
    room = Parties({AB: {"pass_on": allowing("alpha", pair=AB), "valid_until_ms": until_ms}, BC: {}})
    alphas(room)
    room.now_ms = until_ms - 1
    room.exchange()
    assert only(room, "charlie", "bravo").word == "Accepted"
    room.now_ms = until_ms
    room.exchange()
    assert only(room, "charlie", "bravo").word == "Withdrawn"


def test_while_the_second_line_rests_nothing_is_passed_on_and_then_what_stands_by_then() -> None:
    room = three()
    room["charlie"].say(room.accord_id(*BC), Kind.SUSPEND, Suspend(reason=Reason.SAFETY), room.now_ms)
    room.exchange()
    identifier = alphas(room)
    assert room.passed("charlie", "bravo") == []
    room["charlie"].say(room.accord_id(*BC), Kind.RESUME, Resume(), room.now_ms)
    room.exchange()
    assert only(room, "charlie", "bravo").version == 1
    room["bravo"].say(room.accord_id(*BC), Kind.SUSPEND, Suspend(reason=Reason.SAFETY), room.now_ms)
    room["alpha"].transit(identifier, State.ENDED, room.now_ms)
    room.exchange()
    assert only(room, "charlie", "bravo").word == "Accepted"
    room["bravo"].say(room.accord_id(*BC), Kind.RESUME, Resume(), room.now_ms)
    room.exchange()
    assert only(room, "charlie", "bravo").word == "Ended"


def test_a_line_that_is_opened_later_is_caught_up() -> None:
    room = chain(AB, CD)
    alphas(room)
    room.open_line(BC, pass_on=allowing(*BC, pair=BC))
    room.exchange()
    assert only(room, "charlie", "bravo").word == "Accepted"
    assert only(room, "delta", "charlie").word == "Accepted"


# Once, whatever happens


def test_nothing_is_said_twice_by_a_node_that_starts_again() -> None:
    room = three()
    identifier = alphas(room)
    for _ in range(3):
        room.parties["bravo"].restart()
        room.exchange()
    assert only(room, "charlie", "bravo").version == 1
    room["alpha"].transit(identifier, State.ENDED, room.now_ms)
    room.exchange()
    for _ in range(2):
        room.parties["bravo"].restart()
        room.exchange()
    assert only(room, "charlie", "bravo").version == 2


class Crash(BaseException):
    """The process is gone. No code of the node may catch this and go on."""


class Crashing:
    """A store whose process dies at one commit: before it (all undone) or just after it (nobody was told)."""

    def __init__(self, store: Any) -> None:
        self.store, self.left, self.after = store, -1, False

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        self.left -= 1
        with self.store.writing() as tx:
            yield tx
            if self.left == 0 and not self.after:
                raise Crash
        if self.left == 0:
            raise Crash

    def reading(self) -> Any:
        return self.store.reading()


def test_a_crash_at_any_commit_neither_loses_nor_doubles() -> None:
    room = three()
    room.exchange()
    bravo = room.parties["bravo"]
    bravo.store = crashing = Crashing(bravo.store)  # type: ignore[assignment]
    moments = [(commit, after) for commit in range(1, 9) for after in (False, True)]
    for filed, (commit, after) in enumerate(moments, start=1):
        bravo.restart()
        crashing.left, crashing.after = commit, after
        room["alpha"].file(flight(room.id(), EASTBOUND, callsign=f"ALF{filed}"), room.now_ms)
        with suppress(Crash):
            room.exchange()
        assert crashing.left <= 0
        bravo.restart()
        room.exchange()
        passed = room.passed("charlie", "bravo")
        assert {it.notice.callsign for it in passed} == {f"ALF{number + 1}" for number in range(filed)}
        assert {(it.version, it.origin) for it in passed} == {(1, "alpha")}
        assert len(passed) == filed
    room.assert_pictures_equal()


def test_what_charlie_rejects_is_not_said_again_until_it_changes() -> None:
    room = three()
    identifier = alphas(room)
    passed = only(room, "charlie", "bravo")
    with room["charlie"].step(room.now_ms) as step:
        body = Rejection(
            lane=Lane.ROUTINE,
            number=passed.fact.stamp.number,
            message=passed.hash,
            code="planted-for-the-test",
        )
        speaking.say(step, step.desk(room.accord_id(*BC)), Kind.LRM, body)
    room.exchange()
    room.parties["bravo"].restart()
    room.exchange()
    assert room.passed("bravo", "charlie") == []
    room["alpha"].file(flight(identifier, WESTBOUND, callsign="ALF1"), room.now_ms)
    room.exchange()
    assert only(room, "charlie", "bravo").version == 2
    room.assert_pictures_equal()


def three_with_bravo_on_disk(folder: Path) -> Parties:
    room = three()
    room.exchange()
    bravo = room.parties["bravo"]
    bravo.store = open_store(folder / "node.db")
    bravo.restart()
    for pair in (AB, BC):
        bravo.node.install_accord(room.signed(pair, room.accords[pair]).data, room.now_ms)
    room.exchange()
    return room


def bravo_comes_back(room: Parties, copy: Path) -> None:
    bravo = room.parties["bravo"]
    bravo.store.close()
    restore(copy, copy.with_suffix(".restored"))
    bravo.store = open_store(copy.with_suffix(".restored"))
    bravo.restart()
    for _ in range(3):
        room.now_ms += 1_000
        room.exchange()


def test_what_a_node_withdrew_after_its_backup_goes_on_again_when_it_may(tmp_path: Path) -> None:
    """Its row said that it stood; that it had been withdrawn came back to the picture alone."""
    room = three_with_bravo_on_disk(tmp_path)
    alphas(room)
    backup(room.parties["bravo"].store, tmp_path / "copy.db")
    room.revise(AB, pass_on=allowing(pair=AB))
    room.exchange()
    assert only(room, "charlie", "bravo").word == "Withdrawn"
    bravo_comes_back(room, tmp_path / "copy.db")
    assert only(room, "charlie", "bravo").word == "Withdrawn"
    room.revise(AB, pass_on=allowing("alpha", pair=AB))
    room.exchange()
    assert only(room, "charlie", "bravo").word == "Accepted"
    room.assert_pictures_equal()


def test_a_node_back_from_a_backup_withdraws_what_it_knows_no_source_of(tmp_path: Path) -> None:
    room = three_with_bravo_on_disk(tmp_path)
    backup(room.parties["bravo"].store, tmp_path / "copy.db")
    alphas(room)
    before = only(room, "charlie", "bravo")
    bravo_comes_back(room, tmp_path / "copy.db")
    standing = {it.notice_id: it.word for it in room.passed("charlie", "bravo")}
    assert standing.pop(before.notice_id) == "Withdrawn"
    assert list(standing.values()) == ["Accepted"]
    room.assert_pictures_equal()


# Our own operations against it


def test_our_operation_that_meets_it_is_an_alarm_of_ours_and_no_conflict_of_the_line() -> None:
    room = three()
    identifier = alphas(room)
    filed = room["charlie"].file(flight(room.id(), WESTBOUND, callsign="CHA1"), room.now_ms)
    room.exchange()
    ((kind, text),) = room.alarms("charlie")
    assert kind == "TRAFFIC PASSED ON"
    assert "CHA1 meets ALF1 of alpha, of which bravo told" in text
    assert filed.conflicts == ()
    assert not [line for line in room.inventory("charlie", "bravo") if line[0] == "conflict"]
    assert [it for it in room.alarms("bravo") if it[0] == "TRAFFIC PASSED ON"] == []
    room["alpha"].transit(identifier, State.ENDED, room.now_ms)
    room.exchange()
    assert room.alarms("charlie") == []


@pytest.mark.parametrize("restart", [False, True])
def test_it_is_found_whichever_of_the_two_came_first_and_cleared_when_ours_moves(restart: bool) -> None:
    room = three()
    mine = room.id()
    room["charlie"].file(flight(mine, WESTBOUND, callsign="CHA1"), room.now_ms)
    alphas(room)
    assert [kind for kind, _ in room.alarms("charlie")] == ["TRAFFIC PASSED ON"]
    if restart:
        room.parties["charlie"].restart()
    higher = [(lat, lon, 390, minutes) for lat, lon, _, minutes in WESTBOUND]
    room["charlie"].file(flight(mine, higher, callsign="CHA1"), room.now_ms)
    room.exchange()
    assert room.alarms("charlie") == []


def test_our_operation_is_compared_as_it_is_and_not_as_it_is_told() -> None:
    """As told, in layers of 10,000 ft, the two overlap; as it is, ours is well above."""
    coarse = {
        "alpha": Disclosure(),
        "bravo": Disclosure(),
        "charlie": Disclosure(layer_dmm=30_480_000, grid_e9=100_000_000),
    }
    room = three(disclosure={name: coarse[name] for name in BC}, datum=Datum.WGS84)
    alphas(room)
    room["charlie"].file(box(room.id(), (46.0, 7.0), 1.0, (12_150.0, 12_180.0), (0.5, 2.0)), room.now_ms)
    room.exchange()
    with room["charlie"].looking() as (_, desks, _own):
        line = desks[room.accord_id(*BC)].line
        traffic = as_operation(only_of(line.picture), Datum.WGS84)
        assert len(line.index.conflicts(traffic)) == 1  # as they are told
    assert room.alarms("charlie") == []
    room["charlie"].file(box(room.id(), (46.0, 7.0), 1.0, (10_000.0, 10_100.0), (0.5, 2.0)), room.now_ms)
    room.exchange()
    assert [kind for kind, _ in room.alarms("charlie")] == ["TRAFFIC PASSED ON"]


def only_of(picture: Picture) -> Notice:
    (passed,) = picture.passed.all()
    return passed.notice
