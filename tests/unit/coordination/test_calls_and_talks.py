"""How calls, readbacks, talks, minutes and seats stand: from what was said, whatever the order."""

import itertools
import random
import re

import msgspec
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from openline.coordination.call_view import ANSWERS, CALLS, ESCALATED, OVER, STATES, CallState
from openline.coordination.calls import Readback, ReadValue
from openline.coordination.conversation import DutyAct, Minute, Minutes, Shift, Talk, TalkAct, Topic
from openline.coordination.messages import BODIES, SAFETY_OF_LIFE, Kind, Shown, lane_of
from openline.coordination.readback import POSITION_TOLERANCE_M, Verdict, values_of
from openline.coordination.talk_view import TALK_TRANSITIONS, MinutesState, Side, TalkState
from openline.journal.entry import Lane
from unit.coordination.callers import PERSON, TALKS, a_call, an_answer
from unit.coordination.talkers import NAMES, Talker, a_picture, an_accord

CHANCE = random.Random(1)


class Line:
    """Two parties that hear everything at once unless told otherwise."""

    def __init__(self) -> None:
        accord = an_accord()
        self.alpha, self.bravo = (Talker(name, accord) for name in NAMES)

    def say(self, name: str, kind: Kind, body: msgspec.Struct, *, heard: bool = True) -> str:
        talker = self.alpha if name == "alpha" else self.bravo
        said = talker.say(kind, body).hash
        if heard:
            self.sync()
        return said

    def sync(self) -> None:
        self.alpha.hear_all(self.bravo)
        self.bravo.hear_all(self.alpha)
        assert self.alpha.picture.digest() == self.bravo.picture.digest()


def state_of(line: Line, call: str) -> CallState:
    view = line.bravo.picture.conversed.call(call)
    assert view is not None
    return view.state


@pytest.mark.parametrize("kind", CALLS)
def test_a_call_is_open_until_the_other_side_answers_with_the_kind_that_answers_it(kind: Kind) -> None:
    for answer in (Kind.TAKEN, Kind.ASSISTING, Kind.IDENTIFIED):
        line = Line()
        call = line.say("alpha", kind, a_call(kind))
        line.say("alpha", answer, an_answer(answer, call, CHANCE))  # nobody takes his own call
        assert state_of(line, call) is CallState.OPEN
        line.say("bravo", answer, an_answer(answer, call, CHANCE))
        assert (state_of(line, call) is not CallState.OPEN) is (answer in ANSWERS[kind])


@pytest.mark.parametrize("kind", sorted(ESCALATED))
def test_what_endangers_life_is_over_only_when_both_sides_have_closed_it(kind: Kind) -> None:
    for first, second in itertools.permutations(NAMES):
        line = Line()
        call = line.say("alpha", kind, a_call(kind))
        line.say(first, Kind.CLOSE, an_answer(Kind.CLOSE, call, CHANCE))
        line.say(first, Kind.CLOSE, an_answer(Kind.CLOSE, call, CHANCE))
        assert state_of(line, call) is CallState.CLOSING
        line.say(second, Kind.CLOSE, an_answer(Kind.CLOSE, call, CHANCE))
        assert state_of(line, call) is CallState.CLOSED


def test_every_state_of_a_call_is_in_the_table_and_one_of_them_is_its_end() -> None:
    for kind in CALLS:
        states = {state for (of, _, _), state in STATES.items() if of is kind}
        assert OVER[kind] < states


def test_calls_overtake_and_run_through_a_suspension() -> None:
    for kind in (*CALLS, *itertools.chain(*ANSWERS.values()), Kind.ESCALATED, Kind.CLOSE, Kind.READBACK):
        assert lane_of(kind, msgspec.Struct()) is Lane.URGENT
        assert kind in SAFETY_OF_LIFE
    assert lane_of(Kind.TEXT, msgspec.Struct()) is Lane.ROUTINE
    assert Kind.TEXT not in SAFETY_OF_LIFE


def test_shown_counts_also_where_it_comes_before_what_was_shown() -> None:
    """To a node back from a backup its own words come lane by lane."""
    line = Line()
    call = line.say("alpha", Kind.ALERT, a_call(Kind.ALERT))
    shown = line.say("bravo", Kind.SHOWN, Shown(messages=(call,), officer=PERSON, urgent=True))
    facts = [line.alpha.picture.find(it) for it in (shown, call)]
    picture = a_picture(an_accord())
    for fact in facts:
        assert fact is not None
        picture.apply(fact)
    assert picture.conversed.shown_at(call) == {PERSON.position}


def test_no_field_and_no_code_of_any_message_can_name_a_target_a_weapon_or_a_purpose() -> None:
    forbidden = re.compile("target|weapon|purpose|munition|strike|enem|hostile|attack|objective|fire")
    for kind, body in BODIES.items():
        for definition in msgspec.json.schema(body)["$defs"].values():
            words = [*definition.get("properties", ()), *map(str, definition.get("enum", ()))]
            assert not [word for word in words if forbidden.search(word)], kind


# Read back


def readback(line: Line, call: str, *values: ReadValue) -> Verdict:
    line.say("bravo", Kind.READBACK, Readback(answers=call, values=values, officer=PERSON))
    view = line.alpha.picture.conversed.readback(call)
    assert view is not None
    assert view == line.bravo.picture.conversed.readback(call)
    return view.verdict


def test_a_whole_readback_is_the_same_a_part_of_it_is_incomplete_and_the_last_one_counts() -> None:
    line = Line()
    call = line.say("alpha", Kind.EMERGENCY, a_call(Kind.EMERGENCY))
    whole = values_of(a_call(Kind.EMERGENCY))
    assert readback(line, call, *whole) is Verdict.SAME
    assert readback(line, call, whole[0]) is Verdict.INCOMPLETE
    off = msgspec.structs.replace(whole[0], longitude_e9=8_118_000_000)
    assert readback(line, call, off, *whole[1:]) is Verdict.DIFFERS
    view = line.alpha.picture.conversed.readback(call)
    assert view is not None
    assert 8_900 < (view.differences[0].metres or 0) < 9_100
    assert readback(line, call, *whole) is Verdict.SAME


@settings(max_examples=200, deadline=None)
@given(st.floats(-89, 89), st.floats(-179, 179), st.floats(0, 360), st.floats(0, 3 * POSITION_TOLERANCE_M))
def test_a_position_differs_exactly_where_the_ellipsoid_says_it_is_farther_than_the_tolerance(
    latitude: float, longitude: float, azimuth: float, metres: float
) -> None:
    there = Geodesic.WGS84.Direct(latitude, longitude, azimuth, metres)
    said, read = (
        ReadValue(name="where", latitude_e9=round(lat * 1e9), longitude_e9=round(lon * 1e9))
        for lat, lon in ((latitude, longitude), (there["lat2"], there["lon2"]))
    )
    if abs(there["lon2"]) > 180 or abs(metres - POSITION_TOLERANCE_M) < 0.2:
        return  # on the edge itself the wire's rounding decides
    line = Line()
    emergency = a_call(Kind.EMERGENCY)
    where = msgspec.structs.replace(
        emergency.where,  # type: ignore[attr-defined]
        latitude_e9=said.latitude_e9,
        longitude_e9=said.longitude_e9,
        from_ms=None,
    )
    call = line.say("alpha", Kind.EMERGENCY, msgspec.structs.replace(emergency, where=where))
    wanted = Verdict.DIFFERS if metres > POSITION_TOLERANCE_M else Verdict.SAME
    assert readback(line, call, read) is wanted


@pytest.mark.parametrize(
    ("off_ms", "verdict"), [(0, Verdict.SAME), (59_999, Verdict.SAME), (60_000, Verdict.DIFFERS)]
)
def test_a_time_differs_from_a_whole_minute_on(off_ms: int, verdict: Verdict) -> None:
    line = Line()
    call = line.say("alpha", Kind.EMERGENCY, a_call(Kind.EMERGENCY))
    place, since = values_of(a_call(Kind.EMERGENCY))
    assert readback(line, call, place, msgspec.structs.replace(since, time_ms=off_ms)) is verdict


# Talks


def talk(act: TalkAct, follows: str | None, start_ms: int = 5) -> Talk:
    named = act in (TalkAct.PROPOSE, TalkAct.MOVE)
    return Talk(
        talk_id=TALKS[0],
        act=act,
        officer=PERSON,
        follows=follows,
        start_ms=start_ms if named else None,
        duration_ms=60_000 if act is TalkAct.PROPOSE else None,
    )


def the_talk(line: Line) -> TalkState:
    line.sync()
    view = line.alpha.picture.conversed.talk(TALKS[0])
    assert view == line.bravo.picture.conversed.talk(TALKS[0])
    assert view is not None
    return view.state


PATHS = {
    TalkState.NONE: (),
    TalkState.PROPOSED: (("alpha", TalkAct.PROPOSE),),
    TalkState.CONFIRMED: (("alpha", TalkAct.PROPOSE), ("bravo", TalkAct.CONFIRM)),
    TalkState.CANCELLED: (("alpha", TalkAct.PROPOSE), ("bravo", TalkAct.CANCEL)),
}


def at(state: TalkState) -> tuple[Line, str | None]:
    line, tip = Line(), None
    for name, act in PATHS[state]:
        tip = line.say(name, Kind.TALK, talk(act, tip))
    return line, tip


@pytest.mark.parametrize("state", TalkState)
@pytest.mark.parametrize("act", TalkAct)
@pytest.mark.parametrize("name", NAMES)
def test_an_act_on_a_talk_counts_exactly_where_the_table_has_it(
    state: TalkState, act: TalkAct, name: str
) -> None:
    line, tip = at(state)
    line.say(name, Kind.TALK, talk(act, tip))
    side = Side.PROPOSER if name == "alpha" and state is not TalkState.NONE else Side.OTHER
    wanted = TALK_TRANSITIONS.get((state, side, act), state)
    if (state, act) == (TalkState.NONE, TalkAct.PROPOSE) or tip is not None:
        assert the_talk(line) is wanted


def test_of_two_acts_that_cross_a_cancellation_stands_and_of_two_moves_one() -> None:
    for one, other in itertools.product((TalkAct.MOVE, TalkAct.CANCEL), (TalkAct.MOVE, TalkAct.CANCEL)):
        line, tip = at(TalkState.CONFIRMED)
        line.say("alpha", Kind.TALK, talk(one, tip, 7), heard=False)
        line.say("bravo", Kind.TALK, talk(other, tip, 9), heard=False)
        cancelled = TalkAct.CANCEL in (one, other)
        assert the_talk(line) is (TalkState.CANCELLED if cancelled else TalkState.PROPOSED)
        view = line.alpha.picture.conversed.talk(TALKS[0])
        assert view is not None
        assert view.start_ms == (5 if cancelled else 7)


def test_a_confirmation_that_crosses_a_move_is_void() -> None:
    line, tip = at(TalkState.PROPOSED)
    line.say("alpha", Kind.TALK, talk(TalkAct.MOVE, tip, 9), heard=False)
    line.say("bravo", Kind.TALK, talk(TalkAct.CONFIRM, tip), heard=False)
    assert the_talk(line) is TalkState.PROPOSED


def test_minutes_are_agreed_when_one_side_signs_the_others_words_and_else_both_versions_stand() -> None:
    line, _ = at(TalkState.CONFIRMED)
    items = (Minute(topic=Topic.PROCEDURES, text="places are read back"),)
    mine = Minutes(talk_id=TALKS[0], items=items, officer=PERSON)
    written = line.say("alpha", Kind.MINUTES, mine)
    assert _minutes(line) is MinutesState.ONE_SIDED
    other = Minutes(talk_id=TALKS[0], items=(), officer=PERSON)
    line.say("bravo", Kind.MINUTES, other)
    assert _minutes(line) is MinutesState.DIFFER
    line.say("bravo", Kind.MINUTES, msgspec.structs.replace(other, agrees=written))
    assert _minutes(line) is MinutesState.DIFFER  # it cites the words and says others
    line.say("bravo", Kind.MINUTES, msgspec.structs.replace(mine, agrees=written))
    assert _minutes(line) is MinutesState.AGREED


def _minutes(line: Line) -> MinutesState:
    view = line.bravo.picture.conversed.talk(TALKS[0])
    assert view is not None
    return view.minutes_state


# Duty


def test_seats_of_one_name_at_two_parties_are_two_seats_and_the_last_word_counts() -> None:
    line = Line()
    owl = msgspec.structs.replace(PERSON, pseudonym="owl")
    line.say("alpha", Kind.SHIFT, Shift(act=DutyAct.ON, officer=PERSON))
    line.say("bravo", Kind.SHIFT, Shift(act=DutyAct.ON, officer=owl))
    line.say("alpha", Kind.SHIFT, Shift(act=DutyAct.HANDOVER, officer=owl, relieved="fox"))
    line.say("bravo", Kind.SHIFT, Shift(act=DutyAct.OFF, officer=owl))
    assert line.bravo.picture.conversed.on_duty("alpha") == {"watch": owl}
    assert line.alpha.picture.conversed.on_duty("bravo") == {}
