"""The search finds all that can matter, wherever on the Earth; and nothing of which the boxes are apart."""

import numpy as np
import pytest

from openline.conflict.kernels.cells import EMPTY, find, home
from openline.conflict.kernels.grid import CLASSES, RADIUS, SPAN_MS, class_of, keys_of
from openline.conflict.kernels.layout import CAP, END, OWNER, START, TOLERANCE
from openline.conflict.kernels.rows import CELLS, KEY
from openline.conflict.kernels.search import near, near_part
from openline.conflict.tables import Tables
from unit.conflict.kernels.disc_parts import GEOD, SCENES, Parts, boxes_meet, parts_at, places, within_reach

REACHES = ((0.005, 0.5), (9_260.0, 3_048_000.0))
"""m and 0.1 mm: those of touching, and 5 NM with 1,000 ft."""


def _owners_found(
    tables: Tables, asked: Parts, row: int, reach: tuple[float, float], skip: int = -1
) -> list[int]:
    found = np.empty(4, dtype=np.int32)
    found, count = near(tables.arrays, asked.heads, asked.boxes, row, skip, *reach, found)
    return sorted(tables.arrays.heads[found[:count], OWNER].astype(int).tolist())


def _filled(parts: Parts, radius_m: float = 1_000.0) -> Tables:
    """Of each row an operation, whose slot is the row."""
    tables = Tables(radius_m)
    slots = tables.add_many(parts.heads, parts.boxes, parts.bodies)
    assert slots.tolist() == list(range(len(parts)))
    return tables


@pytest.mark.parametrize("largest_m", [3_000.0, 1_000_000.0, 9_000_000.0])
@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("reach", REACHES)
def test_all_within_reach_are_found_and_none_whose_boxes_are_apart(
    scene: str, largest_m: float, reach: tuple[float, float]
) -> None:
    rng = np.random.default_rng([SCENES.index(scene), int(largest_m), int(reach[0])])
    parts = parts_at(rng, places(rng, 1_500, scene), largest_m)
    tables = _filled(parts, reach[0])
    asked = parts_at(rng, np.concatenate([places(rng, 30, scene), parts.lonlat[:60]]), largest_m)
    met = 0
    for row in range(len(asked)):
        owners = _owners_found(tables, asked, row, reach)
        must = set(np.flatnonzero(within_reach(asked, row, parts, *reach)).tolist())
        may = set(np.flatnonzero(boxes_meet(asked, row, parts, *reach)).tolist())
        assert len(set(owners)) == len(owners)
        assert must <= set(owners) <= may
        met += len(must)
    assert met > 0


@pytest.mark.parametrize("scene", SCENES)
def test_a_part_of_the_index_finds_what_it_would_find_as_a_stranger(scene: str) -> None:
    rng = np.random.default_rng(len(scene))
    parts = parts_at(rng, places(rng, 1_500, scene), 20_000.0)
    tables, found = _filled(parts), np.empty(1, dtype=np.int32)
    for part in rng.integers(0, tables.parts, 100).tolist():
        owner = int(tables.arrays.heads[part, OWNER])
        found, count = near_part(tables.arrays, part, owner, *REACHES[1], found)
        owners = set(tables.arrays.heads[found[:count], OWNER].astype(int).tolist())
        must = set(np.flatnonzero(within_reach(parts, owner, parts, *REACHES[1])).tolist()) - {owner}
        may = set(np.flatnonzero(boxes_meet(parts, owner, parts, *REACHES[1])).tolist()) - {owner}
        assert must <= owners <= may


def test_discs_that_only_just_touch_across_a_seam_find_one_another() -> None:
    """A metre over or under their reach, in any direction, about places where rows and columns begin anew."""
    rng = np.random.default_rng(3)
    middles = [
        (180.0, 0.0),
        (-180.0, 60.0),
        (0.0, 0.0),
        (12.0, 89.9),
        (0.0, 90.0),
        (77.0, -90.0),
        (-90.0, -89.99),
    ]
    for longitude, latitude in middles:
        here = np.tile([longitude, latitude], (200, 1))
        apart_m = 10.0 ** rng.uniform(1.0, 6.9, 200)
        to_lon, to_lat, _ = GEOD.fwd(here[:, 0], here[:, 1], rng.uniform(0.0, 360.0, 200), apart_m)
        asked, others = parts_at(rng, here, 10.0), parts_at(rng, np.stack([to_lon, to_lat], 1), 10.0)
        for parts in (asked, others):
            parts.heads[:, [START, END, TOLERANCE]] = 1.7e12, 1.7e12, 0.0
            parts.heads[:, 2:6] = 0.0
        share = rng.uniform(0.0, 1.0, 200)
        over_m = rng.choice([-1.0, 0.001], 200)
        _resize(asked, share * apart_m)
        _resize(others, np.maximum(0.0, (1.0 - share) * apart_m + over_m))
        tables = _filled(others)
        for row in range(200):
            must = set(np.flatnonzero(within_reach(asked, row, others, 0.005, 0.5)).tolist())
            assert must <= set(_owners_found(tables, asked, row, (0.005, 0.5)))


def test_discs_that_touch_around_a_pole_find_one_another() -> None:
    """As far apart as they are from the pole: where a metre is the most longitude that it can be."""
    rng = np.random.default_rng(9)
    for _ in range(60):
        from_pole_m = rng.uniform(5_000.0, 200_000.0)
        start = rng.uniform(-180.0, 180.0, 40)
        lon, lat, _ = GEOD.fwd(np.zeros(40), np.full(40, 90.0), start, np.full(40, from_pole_m))
        apart_m = rng.uniform(0.3, 1.0, 40) * from_pole_m
        to_lon, to_lat, _ = GEOD.fwd(
            lon, lat, rng.choice([-1, 1], 40) * rng.uniform(40.0, 110.0, 40), apart_m
        )
        asked = parts_at(rng, np.stack([lon, lat], 1), 10.0)
        others = parts_at(rng, np.stack([to_lon, to_lat], 1), 10.0)
        for parts in (asked, others):
            parts.heads[:, [START, END, TOLERANCE]] = 1.7e12, 1.7e12, 0.0
            parts.heads[:, 2:6] = 0.0
        _resize(asked, apart_m)
        _resize(others, np.full(40, 0.001))
        tables = _filled(others)
        for row in range(40):
            assert row in _owners_found(tables, asked, row, (0.005, 0.5))


def _resize(parts: Parts, radius_m: np.ndarray) -> None:
    parts.boxes[:, 0::2] += (parts.heads[:, CAP] - radius_m)[:, None]
    parts.boxes[:, 1::2] -= (parts.heads[:, CAP] - radius_m)[:, None]
    parts.heads[:, CAP] = radius_m


def test_what_is_as_large_as_the_earth_is_found_from_everywhere() -> None:
    rng = np.random.default_rng(8)
    small = parts_at(rng, places(rng, 300, "earth"), 100.0)
    small.heads[:, [START, END]] = 1.7e12, 1.7e12 + 1_000.0
    small.heads[:, 2:6] = 0.0
    all_of_it = small.only([0])
    _resize(all_of_it, np.array([20_100_000.0]))
    assert _owners_found(_filled(small), all_of_it, 0, REACHES[0]) == list(range(300))
    tables = _filled(all_of_it)
    assert all(_owners_found(tables, small, row, REACHES[0]) == [0] for row in range(300))


def test_an_owner_is_skipped_and_a_short_buffer_grows() -> None:
    rng = np.random.default_rng(4)
    parts = parts_at(rng, np.tile([8.0, 47.0], (50, 1)), 1_000.0)
    parts.heads[:, [START, END]] = 1.7e12, 1.7e12 + 60_000.0
    parts.heads[:, 2:6] = 0.0
    tables = _filled(parts)
    assert _owners_found(tables, parts, 0, REACHES[0], skip=7) == [owner for owner in range(50) if owner != 7]
    for room in (1, 49, 50):
        found, count = near(
            tables.arrays, parts.heads, parts.boxes, 0, -1, *REACHES[0], np.empty(room, np.int32)
        )
        assert sorted(found[:count].tolist()) == list(range(50))


def test_every_part_belongs_to_the_smallest_class_that_holds_it() -> None:
    classes = Tables(1_000.0).arrays.classes
    for within_m, lasting_ms in ((0.0, 0.0), (1_000.0, 128_000.0), (1_000.1, 128_001.0), (4e6, 1e9)):
        number = class_of(classes, within_m, lasting_ms)
        fits = [
            n for n in range(CLASSES) if classes[n, RADIUS] >= within_m and classes[n, SPAN_MS] >= lasting_ms
        ]
        assert number == min(fits, key=lambda n: (classes[n, RADIUS], classes[n, SPAN_MS]))
    assert class_of(classes, 2e7, 1e12) == CLASSES - 1


def test_a_cell_is_found_when_others_go_and_rows_wrap_around() -> None:
    """A table of 64 rows in which all keys begin at its last three rows."""
    rng = np.random.default_rng(5)
    parts = parts_at(rng, places(rng, 3_000, "town"), 2_000.0)
    tables = Tables()
    keys = np.empty(len(parts), dtype=np.int64)
    keys_of(tables.arrays.classes, parts.heads, keys)
    unlike = np.unique(keys, return_index=True)[1]
    last = [row for row in unlike.tolist() if home(keys[row], 63) >= 61][:30]
    assert len(last) == 30
    tables.arrays = tables.arrays._replace(cells=np.zeros((64, 4), dtype=np.int64))
    for _ in range(20):
        live = {}
        for row in rng.permutation(last).tolist():
            one = parts.only([row])
            live[row] = tables.add(one.heads, one.boxes, one.bodies)
        assert tables.arrays.cells[0, KEY] != EMPTY, "nothing wrapped around"
        for row in rng.permutation(last).tolist():
            tables.remove(live.pop(row))
            cells = tables.arrays.cells
            for other in last:
                assert (find(cells, keys[other]) >= 0) == (other in live)
            assert np.count_nonzero(cells[:, KEY]) == len(live) == tables.arrays.state[CELLS]
        assert (tables.arrays.cells[:, KEY] == EMPTY).all()


def test_a_question_larger_than_what_lives_costs_no_more_than_to_look_at_all_of_it() -> None:
    """Months over a continent, among parts of seconds and metres: some 10^9 cells. It must come back."""
    rng = np.random.default_rng(6)
    parts = parts_at(rng, places(rng, 500, "town"), 50.0)
    asked = parts.only([0])
    asked.heads[:, [START, END]] = 1.7e12 - 1e10, 1.7e12 + 1e10
    _resize(asked, np.array([3_000_000.0]))
    owners = _owners_found(_filled(parts), asked, 0, REACHES[1])
    must = set(np.flatnonzero(within_reach(asked, 0, parts, *REACHES[1])).tolist())
    assert must <= set(owners)
    assert must
