"""What the accord caps is refused with its clause, distress never; line checks come and are missed at their
times."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.accord.area import touches_area
from openline.accord.caps import check_caps, inside_area, vagueness_m2
from openline.accord.disclosure import disclose
from openline.accord.notice import Notice
from openline.accord.schedule import (
    check_times,
    is_short_notice,
    missed_checks,
    next_check_ms,
    notice_given_ms,
)
from openline.accord.shapes import Outline, Point
from openline.accord.terms import Accord, Caps, Disclosure
from openline.airspace.operation import Operation, State
from openline.airspace.position import Position
from openline.airspace.volume import Circle
from openline.errors import Refused
from unit.accord.agreed import BEGIN_MS, DAY_MS, HOUR_MS, NOTICE_ID, accord, operation, path, square, volume

TIGHT = Caps(priority=5, area_m2=100_000_000, duration_ms=HOUR_MS, horizon_ms=HOUR_MS, open_notices=3)
AGREED = accord(Disclosure(fields=("priority",)), caps=TIGHT)


def tell(flown: Operation, agreed: Accord = AGREED) -> Notice:
    return disclose(flown, agreed, "east", notice_id=NOTICE_ID, version=1, state=flown.state)


WIDE_PATH = path((47.0, 8.0, 0, 0), (47.1, 8.0, 0, 60_000), lateral_dmm=60_000_000)
LATE_PATH = path((47.0, 8.0, 0, 0), (47.1, 8.0, 0, 60_000), lateral_dmm=10_000_000, time_ms=1_000_000)
BEYOND = {
    "caps.priority": (operation(volume(square()), priority=6), 0, BEGIN_MS),
    "caps.area_m2": (operation(volume(square(side_deg=0.2))), 0, BEGIN_MS),
    "caps.duration_ms": (operation(volume(square(), end_ms=BEGIN_MS + 2 * HOUR_MS + 1)), 0, BEGIN_MS),
    "caps.horizon_ms": (operation(volume(square(), start_ms=BEGIN_MS + HOUR_MS + 1)), 0, BEGIN_MS),
    "caps.open_notices": (operation(volume(square())), 3, BEGIN_MS),
    "validity": (operation(volume(square())), 0, BEGIN_MS + 90 * DAY_MS),
}


def test_at_the_caps_all_is_well():
    check_caps(tell(operation(volume(square()))), AGREED, open_notices=2, now_ms=BEGIN_MS)


@pytest.mark.parametrize("clause", BEYOND)
def test_beyond_a_cap_it_is_refused_with_the_clause(clause):
    flown, open_notices, now_ms = BEYOND[clause]
    with pytest.raises(Refused) as caught:
        check_caps(tell(flown), AGREED, open_notices=open_notices, now_ms=now_ms)
    assert caught.value.clause == clause


@pytest.mark.parametrize("state", [State.NONCONFORMING, State.CONTINGENT, State.ENDED])
@pytest.mark.parametrize("clause", BEYOND)
def test_distress_and_endings_are_never_refused(clause, state):
    flown, open_notices, now_ms = BEYOND[clause]
    notice = disclose(flown, AGREED, "east", notice_id=NOTICE_ID, version=1, state=state)
    check_caps(notice, AGREED, open_notices=open_notices, now_ms=now_ms)


@pytest.mark.parametrize("vague", [WIDE_PATH, LATE_PATH])
def test_a_path_with_wide_tolerances_is_no_way_round_the_area_cap(vague):
    notice = tell(operation(trajectory=vague))
    assert vagueness_m2(notice) > TIGHT.area_m2
    with pytest.raises(Refused) as caught:
        check_caps(notice, AGREED, open_notices=0, now_ms=BEGIN_MS)
    assert caught.value.clause == "caps.area_m2"


AREA = Outline(
    tuple(Point(int(lat * 1e9), int(lon * 1e9)) for lat, lon in ((47, 8), (47, 9), (48, 9), (48, 8)))
)
CASES = {
    "a volume in the middle": (operation(volume(square(47.5, 8.5))), True),
    "a volume around it all": (operation(volume(square(46.0, 7.0, 3.0))), True),
    "a volume that overlaps the rim": (operation(volume(square(46.95, 7.95))), True),
    "a volume beside it": (operation(volume(square(46.5, 7.5))), False),
    "a volume at the antipode": (operation(volume(square(-47.5, -171.5))), False),
    "a circle whose rim reaches in": (operation(volume(Circle(Position(47.5, 7.9), 100_000_000))), True),
    "a circle beside it": (operation(volume(Circle(Position(47.5, 7.9), 50_000_000))), False),
    "a path across it between two points outside": (
        operation(trajectory=path((47.5, 7.0, 0, 0), (47.5, 10.0, 0, HOUR_MS))),
        True,
    ),
    "a path beside it": (operation(trajectory=path((46.5, 7.0, 0, 0), (46.5, 10.0, 0, HOUR_MS))), False),
    "a path beside it whose tolerance reaches in": (
        operation(trajectory=path((46.9, 7.0, 0, 0), (46.9, 10.0, 0, HOUR_MS), lateral_dmm=120_000_000)),
        True,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_only_what_touches_the_area_is_told(case):
    flown, touches = CASES[case]
    agreed = accord(area=AREA)
    assert touches_area(flown, agreed) is touches
    assert inside_area(tell(flown, agreed), agreed) is touches
    assert inside_area(tell(flown), AGREED)


# Schedule ----------------------------------------------------------------------------------------------
CHECKED = accord(line_checks=("09:00", "17:00"))
MIDNIGHT = (BEGIN_MS // DAY_MS + 1) * DAY_MS


@given(st.integers(-3 * DAY_MS, 95 * DAY_MS))
def test_the_next_check_is_the_first_agreed_time_of_day_still_to_come(after_ms):
    now_ms = BEGIN_MS + after_ms
    check = next_check_ms(CHECKED, now_ms)
    every = [
        day * DAY_MS + hour * HOUR_MS
        for day in range(BEGIN_MS // DAY_MS, BEGIN_MS // DAY_MS + 92)
        for hour in (9, 17)
    ]
    agreed = [one for one in every if CHECKED.valid_at(one) and one > now_ms]
    assert check == (agreed[0] if agreed else None)


def test_an_accord_without_checks_has_no_next_one():
    assert next_check_ms(accord(line_checks=()), BEGIN_MS) is None


def test_a_check_is_missed_once_its_answer_time_has_passed_without_one():
    grace_ms = CHECKED.answers.check_ms
    morning, evening = MIDNIGHT + 9 * HOUR_MS, MIDNIGHT + 17 * HOUR_MS
    assert check_times(CHECKED, MIDNIGHT, MIDNIGHT + DAY_MS) == (morning, evening)
    assert missed_checks(CHECKED, [], MIDNIGHT, morning + grace_ms) == ()
    assert missed_checks(CHECKED, [], MIDNIGHT, morning + grace_ms + 1) == (morning,)
    assert missed_checks(CHECKED, [morning + grace_ms], MIDNIGHT, MIDNIGHT + DAY_MS) == (evening,)
    assert missed_checks(CHECKED, [morning - 1, evening], MIDNIGHT, MIDNIGHT + DAY_MS) == (morning,)


def test_notice_given_is_counted_from_the_first_telling():
    notice = tell(operation(volume(square())))
    start_ms = BEGIN_MS + HOUR_MS
    assert notice_given_ms(notice, BEGIN_MS) == HOUR_MS
    assert notice_given_ms(notice, start_ms + 1) == -1
    least = AGREED.minimum_notice_ms
    assert not is_short_notice(notice, AGREED, start_ms - least)
    assert is_short_notice(notice, AGREED, start_ms - least + 1)
