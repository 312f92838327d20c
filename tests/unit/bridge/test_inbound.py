"""What partners have told, as operational intents: it covers what was told, and the same is done once."""

import random
import uuid

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openline.accord.notice import as_operation
from openline.airspace.altitude import Datum
from openline.airspace.operation import Operation, State
from openline.bridge import inbound
from openline.bridge.standing import standing_of
from openline.coordination.told import Told
from openline.utm.uss.inside import Sample, is_inside
from openline.utm.uss.shapes import shape_of
from openline.utm.wire.references import OperationalIntentState
from simulation.war_room import NOW_MS, WarRoom, box, flight
from unit.bridge.stand_in import record_of

BASE = "http://127.0.0.1:7412"


def told_at_bravo(operation: Operation, **terms: object) -> tuple[Told, Datum]:
    """What bravo holds of alpha's operation."""
    room = WarRoom(**terms)
    room["alpha"].file(operation, NOW_MS)
    room.exchange()
    with room["bravo"].looking() as (_, desks, _own):
        line = desks[room.accord_id].line
        (told,) = line.picture.all_told()
        return told, line.accord.datum


def shown(operation: Operation, **terms: object) -> inbound.Shown:
    return inbound.shown(*told_at_bravo(operation, **terms))


@settings(max_examples=15, deadline=None)
@given(
    datum=st.sampled_from(list(Datum)),
    start=st.tuples(st.floats(-60, 60), st.floats(-179.9, 179.9)),
    steps=st.lists(
        st.tuples(st.floats(-0.4, 0.4), st.floats(0.05, 0.4), st.integers(50, 400)), min_size=1, max_size=4
    ),
    chance=st.randoms(use_true_random=False),
)
def test_what_is_shown_of_a_path_holds_every_place_of_it(
    datum: Datum,
    start: tuple[float, float],
    steps: list[tuple[float, float, int]],
    chance: random.Random,
) -> None:
    lat, lon = start
    points = [(lat, lon, 100, 60.0)]
    for number, (north, east, level) in enumerate(steps, 1):
        lat, lon = lat + north, (lon + east + 180.0) % 360.0 - 180.0
        points.append((lat, lon, level, 60.0 + 10.0 * number))
    told, datum = told_at_bravo(flight(str(uuid.UUID(int=7, version=4)), points), datum=datum)
    one = inbound.shown(told, datum)
    volumes = shape_of(one.id, one.extents).volumes
    path = as_operation(told.notice, datum).trajectory
    assert path is not None
    for _ in range(20):
        before, after = (lambda at: path.points[at : at + 2])(chance.randrange(len(path.points) - 1))
        part = chance.random()
        time_ms = round(before.time_ms + part * (after.time_ms - before.time_ms))
        place = _between(before.position, after.position, part)
        sample = Sample(time_ms, place, None)
        assert is_inside(sample, volumes)


def _between(one, other, part):  # type: ignore[no-untyped-def]
    from openline.airspace.geodesy import direct, inverse
    from openline.airspace.position import Position

    far, azimuth = inverse(one.latitude_deg, one.longitude_deg, other.latitude_deg, other.longitude_deg)
    lat, lon = direct(one.latitude_deg, one.longitude_deg, [float(azimuth)], float(far) * part)
    return Position(float(lat[0]), float(lon[0]))


@pytest.mark.parametrize("datum", list(Datum))
def test_heights_are_on_the_ellipsoid_and_only_ever_outward(datum: Datum) -> None:
    operation = box(str(uuid.UUID(int=1, version=4)), (46.0, 7.0), 0.01, (1_000.0, 1_100.0), (1.0, 2.0))
    (volume,) = shown(operation, datum=datum).extents
    lower, upper = volume.volume.altitude_lower, volume.volume.altitude_upper
    assert lower is not None and upper is not None  # noqa: PT018
    assert lower.value <= 1_000.0 < 1_100.0 <= upper.value
    if datum is Datum.WGS84:
        assert (lower.value, upper.value) == (1_000.0, 1_100.0)


def test_proposed_is_shown_as_accepted_below_every_priority_and_the_rest_as_told() -> None:
    urgent = box(str(uuid.uuid4()), (46.0, 7.0), 0.01, (0.0, 100.0), (1.0, 2.0), priority=7)
    told, datum = told_at_bravo(urgent)
    assert inbound.shown(told, datum).details.priority == 7
    for state in State:
        if state is State.ENDED:
            continue
        one = inbound.shown(msgspec.structs.replace(told, state=state), datum)
        assert one.state.value == (state.value if state is not State.PROPOSED else "Accepted")


@given(st.integers(0, 2**74 - 1), st.integers(0, 2**45))
def test_a_suffix_is_a_uuid7_of_its_time_and_carries_the_mark(bits: int, now_ms: int) -> None:
    mark = bits >> 62 << 64 | bits & (2**62 - 1)
    suffix = inbound.suffix_of(mark, now_ms)
    parsed = uuid.UUID(suffix)
    assert (str(parsed), parsed.version, parsed.variant) == (suffix, 7, uuid.RFC_4122)
    assert parsed.int >> 80 == now_ms
    assert inbound.mark_of(f"{uuid.uuid4()}_{suffix}") == mark


def test_whatever_stands_there_two_rounds_of_steps_make_it_right_and_a_third_has_nothing_to_do() -> None:
    chance = random.Random(5)
    told, datum = told_at_bravo(box(str(uuid.uuid4()), (46.0, 7.0), 0.01, (0.0, 100.0), (1.0, 2.0)))
    one = inbound.shown(told, datum)
    for _ in range(200):
        faces = {
            str(uuid.UUID(int=n, version=4)): msgspec.structs.replace(
                one,
                id=str(uuid.UUID(int=n, version=4)),
                manager=chance.choice(("bravo", "charlie")),
                state=chance.choice(list(OperationalIntentState)),
                details=msgspec.structs.replace(one.details, priority=chance.randrange(3)),
            )
            for n in range(8)
        }
        wanted = {name: it for name, it in faces.items() if chance.random() < 0.6}
        standing = {
            name: msgspec.structs.replace(it, manager=chance.choice(("bravo", "charlie")))
            for name, it in faces.items()
            if chance.random() < 0.6
        }
        present = {name: _standing(it) for name, it in standing.items()}
        for _ in range(2):
            for step in list(inbound.steps([it.wanted for it in wanted.values()], present, BASE, NOW_MS)):
                if isinstance(step, inbound.Hide):
                    del present[step.standing.id]
                else:
                    assert step.over == present.get(step.id)
                    present[step.id] = _standing(wanted[step.id])
        assert {name: it.manager for name, it in present.items()} == {
            name: it.manager for name, it in wanted.items()
        }
        again = inbound.steps([it.wanted for it in wanted.values()], present, BASE, NOW_MS)
        assert list(again) == []


def _standing(one: inbound.Shown):  # type: ignore[no-untyped-def]
    put = inbound.showing(one, None, BASE, NOW_MS)
    ovn = f"{one.id}_{put.parameters.requested_ovn_suffix}"
    extents = put.parameters.extents
    return standing_of(record_of(one.id, one.manager, ovn, extents, one.state, BASE, told=True))


def test_what_is_over_is_not_put_there_and_what_may_be_untold_is_put_again() -> None:
    told, datum = told_at_bravo(box(str(uuid.uuid4()), (46.0, 7.0), 0.01, (0.0, 100.0), (1.0, 2.0)))
    one = inbound.shown(told, datum)
    standing = _standing(one)
    assert list(inbound.steps([one.wanted], {}, BASE, one.end_ms)) == []
    again = list(inbound.steps([one.wanted], {one.id: standing}, BASE, NOW_MS, {one.id}))
    assert again == [inbound.Show(one.id, standing)]
    put = inbound.showing(one, standing, BASE, NOW_MS)
    assert (put.ovn, put.told, put.caller.manager) == (standing.ovn, True, "alpha")
