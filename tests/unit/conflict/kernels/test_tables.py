"""The tables against a dictionary of what was put in: after any changes they hold that, and no more."""

from contextlib import suppress
from functools import cache
from typing import Any

import numpy as np
import pytest

from openline.conflict import tables as tables_module
from openline.conflict.kernels import rows
from openline.conflict.kernels.blocks import BLOCK_CLASSES, LISTS, TOP, USED, rounded
from openline.conflict.kernels.cells import BUCKET, CAPACITY, EMPTY, ENTRY_COLUMNS, FILLED, HOLDER, PART, find
from openline.conflict.kernels.grid import LIVE, LONGEST_MS
from openline.conflict.kernels.layout import CAP, END, LENGTH, OFFSET, OWNER, START
from openline.conflict.kernels.rows import BODY_BLOCKS, BODY_UNIT, ENTRY_BLOCKS, KEY, NEXT, POSITION
from openline.conflict.kernels.search import near
from openline.conflict.tables import CELL_SLACK, LEAST, SLACK, Tables
from openline.errors import Invalid, NotFound
from unit.conflict.kernels.disc_parts import SCENES, Parts, boxes_meet, parts_at, places, within_reach

Model = dict[int, Parts]


@pytest.fixture(autouse=True)
def _little_address_space(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that all arrays grow in these tests."""
    monkeypatch.setattr(tables_module, "ADDRESSED", 64)


REACH = (50.0, 10_000.0)


def _some(rng: np.random.Generator, scene: str, most: int) -> Parts:
    lonlat = places(rng, int(rng.integers(1, most + 1)), scene)
    return parts_at(rng, lonlat, float(rng.choice([500.0, 50_000.0])))


def _as_row(heads: np.ndarray, bodies: np.ndarray, row: int) -> tuple[bytes, bytes]:
    """What a part is, apart from where it is kept."""
    head, (start, length) = heads[row].copy(), heads[row, [OFFSET, LENGTH]].astype(int)
    head[[OFFSET, OWNER]] = 0.0
    return head.tobytes(), bodies[start : start + length].tobytes()


def _chain(tables: Tables, slot: int) -> list[int]:
    parts, part = [], int(tables.arrays.owners[slot, rows.FIRST])
    while part >= 0:
        parts.append(part)
        part = int(tables.arrays.links[part, NEXT])
    return parts


def _hold_what_the_model_holds(tables: Tables, model: Model) -> None:
    arrays = tables.arrays
    assert len(tables) == len(model)
    assert tables.parts == sum(len(parts) for parts in model.values())
    for slot, parts in model.items():
        chain = _chain(tables, slot)
        assert arrays.owners[slot, rows.COUNT] == len(chain) == len(parts)
        kept = [_as_row(arrays.heads, arrays.bodies, part) for part in chain]
        given = [_as_row(parts.heads, parts.bodies, row) for row in range(len(parts))]
        assert sorted(kept) == sorted(given)
        assert (arrays.heads[chain, OWNER] == slot).all()


def _are_sound(tables: Tables, model: Model) -> None:
    """Every part has its one entry, every cell can be found, and of each set of blocks all units are
    accounted for.
    """
    arrays, state = tables.arrays, tables.arrays.state
    parts = [part for slot in model for part in _chain(tables, slot)]
    assert len(set(parts)) == len(parts)
    for part in parts:
        cell = find(arrays.cells, arrays.links[part, KEY])
        position = arrays.links[part, POSITION]
        assert cell >= 0
        assert position < arrays.cells[cell, FILLED] <= arrays.cells[cell, CAPACITY]
        at = (arrays.cells[cell, BUCKET] + position) * ENTRY_COLUMNS
        assert arrays.entries[at + PART] == part
        assert arrays.entries[at + HOLDER] == arrays.heads[part, OWNER]
    live = arrays.cells[arrays.cells[:, KEY] != EMPTY]
    assert len(live) == state[rows.CELLS]
    assert 2 * len(live) <= len(arrays.cells)
    assert live[:, FILLED].sum() == len(parts)
    assert arrays.classes[:, LIVE].sum() == len(parts)
    assert np.count_nonzero(arrays.classes[:, LIVE]) == state[rows.CLASSES_USED]
    _blocks_add_up(arrays, ENTRY_BLOCKS, arrays.entries, ENTRY_COLUMNS, live[:, [BUCKET, CAPACITY]].tolist())
    bodies = arrays.heads[[part for part in parts if arrays.heads[part, LENGTH] > 0]][:, [OFFSET, LENGTH]]
    units = [(int(offset) // BODY_UNIT, -(-int(length) // BODY_UNIT)) for offset, length in bodies]
    _blocks_add_up(arrays, BODY_BLOCKS, arrays.bodies, BODY_UNIT, units)


@cache
def _sizes_of_classes() -> dict[int, int]:
    return {rounded(size)[0]: rounded(size)[1] for size in range(1, 200_000)}


def _blocks_add_up(arrays: rows.Arrays, at: int, storage: np.ndarray, unit: int, used: list[Any]) -> None:
    extents = [(first, rounded(size)[1]) for first, size in used]
    assert sum(capacity for _, capacity in extents) == arrays.state[at + USED]
    sizes = _sizes_of_classes()
    for which in range(BLOCK_CLASSES):
        first = int(arrays.state[at + LISTS + which])
        while first >= 0:
            extents.append((first, sizes[which]))
            first = int(storage[first * unit])
    extents.sort()
    ends = [first + capacity for first, capacity in extents]
    assert [first for first, _ in extents] == [0, *ends[:-1]][: len(extents)]
    assert (ends[-1] if ends else 0) == arrays.state[at + TOP]
    assert arrays.state[at + TOP] * unit <= len(storage)


def _find_what_is_near(tables: Tables, model: Model, asked: Parts) -> None:
    found = np.empty(20_000, dtype=np.int32)
    for row in range(len(asked)):
        found, count = near(tables.arrays, asked.heads, asked.boxes, row, -1, *REACH, found)
        answer = tables.arrays.heads[found[:count], OWNER].astype(int).tolist()
        for slot, parts in model.items():
            must = int(within_reach(asked, row, parts, *REACH).sum())
            may = int(boxes_meet(asked, row, parts, *REACH).sum())
            assert must <= answer.count(slot) <= may
        assert set(answer) <= set(model)


def _change(tables: Tables, model: Model, rng: np.random.Generator, scene: str, grow: float) -> None:
    what = rng.random()
    if not model or what < grow:
        parts = _some(rng, scene, 6)
        slot = tables.add(parts.heads, parts.boxes, parts.bodies)
        assert slot not in model
        model[slot] = parts
    elif what < grow + 0.02:
        parts = _some(rng, scene, 60)
        numbers = rng.permutation(np.concatenate([np.arange(5), rng.integers(0, 5, max(0, len(parts) - 5))]))
        parts.heads[:, OWNER] = numbers[: len(parts)]
        slots = tables.add_many(parts.heads, parts.boxes, parts.bodies).tolist()
        assert len(slots) == int(parts.heads[:, OWNER].max()) + 1
        assert not set(slots) & set(model)
        for number, slot in enumerate(slots):
            model[slot] = parts.only(np.flatnonzero(parts.heads[:, OWNER] == number))
    elif what < grow + 0.25:
        slot, parts = int(rng.choice(list(model))), _some(rng, scene, 6)
        tables.replace(slot, parts.heads, parts.boxes, parts.bodies)
        model[slot] = parts
    else:
        slot = int(rng.choice(list(model)))
        tables.remove(slot)
        del model[slot]


@pytest.mark.parametrize("scene", SCENES)
def test_any_order_of_changes_leaves_what_was_put_in_and_it_is_found(scene: str) -> None:
    rng = np.random.default_rng(SCENES.index(scene))
    tables, model = Tables(), Model()
    for step in range(900):
        # Up to some hundreds of operations, and down again.
        _change(tables, model, rng, scene, grow=0.6 if step < 600 else 0.15)
        if step % 90 == 0:
            _hold_what_the_model_holds(tables, model)
            _are_sound(tables, model)
            _find_what_is_near(tables, model, _some(rng, scene, 4))
    for slot in list(model):
        tables.remove(slot)
        del model[slot]
    _are_sound(tables, model)
    assert len(tables) == tables.parts == 0


def test_nothing_is_left_when_all_is_gone() -> None:
    rng = np.random.default_rng(1)
    tables = Tables()
    parts = parts_at(rng, places(rng, 20_000, "earth"), 1_000.0)
    slots = tables.add_many(parts.heads, parts.boxes, parts.bodies)
    full = tables.bytes
    for slot in slots.tolist():
        tables.remove(slot)
    state = tables.arrays.state
    assert not tables.arrays.cells[:, KEY].any()
    assert not tables.arrays.classes[:, LIVE : LONGEST_MS + 1].any()
    assert state[rows.PARTS] == state[rows.OWNERS] == state[rows.CELLS] == state[rows.CLASSES_USED] == 0
    assert state[BODY_BLOCKS + USED] == state[ENTRY_BLOCKS + USED] == 0
    assert tables.bytes < 0.15 * full


def _no_longer_than_it_may_be(tables: Tables) -> None:
    arrays, state = tables.arrays, tables.arrays.state
    parts = max(tables.parts, LEAST)
    assert state[rows.PARTS_TOP] <= SLACK * parts
    assert state[ENTRY_BLOCKS + TOP] <= SLACK * parts
    assert state[BODY_BLOCKS + TOP] <= SLACK * max(int(state[BODY_BLOCKS + USED]), LEAST)
    assert len(arrays.cells) <= CELL_SLACK * max(int(state[rows.CELLS]), LEAST)


def test_memory_keeps_to_what_lives_through_twenty_rounds_of_churn() -> None:
    """Each round other sizes of bodies, other places and other crowds, so that no freed block is of use as
    it is.
    """
    rng = np.random.default_rng(2)
    tables, live = Tables(), []
    for turn in range(20):
        spread = 10.0 ** rng.uniform(-6.0, 1.0)
        lonlat = np.array([8.0, 47.0]) + spread * rng.uniform(-1.0, 1.0, (2_500, 2))
        parts = parts_at(rng, lonlat, 1_000.0)
        parts.heads[:, LENGTH] = int(rng.integers(0, 100))
        parts.heads[:, OFFSET] = 0.0
        for row in range(len(parts)):
            one = (parts.heads[row : row + 1], parts.boxes[row : row + 1], parts.bodies)
            if live and rng.random() < 0.5:
                tables.replace(live[int(rng.integers(len(live)))], *one)
            else:
                live.append(tables.add(*one))
        for _ in range(int(len(live) * rng.choice([0.3, 0.95]))):
            tables.remove(live.pop(int(rng.integers(len(live)))))
            _no_longer_than_it_may_be(tables)
        if turn % 5 == 4:
            _are_sound(tables, dict.fromkeys(live, parts))


def test_nothing_is_moved_while_parts_come_that_have_address_space(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables_module, "ADDRESSED", 3_000)
    rng = np.random.default_rng(14)
    tables = Tables()
    before = tables.arrays
    for _ in range(1_000):
        parts = parts_at(rng, places(rng, 2, "town"), 1_000.0)
        parts.heads[:, LENGTH] = 24.0
        parts.heads[:, OFFSET] = 0.0
        tables.add(parts.heads, parts.boxes, np.zeros(24))
    for large in ("heads", "links", "bodies", "entries"):
        assert getattr(tables.arrays, large) is getattr(before, large)


def test_a_bulk_load_takes_what_it_needs_and_no_more() -> None:
    rng = np.random.default_rng(9)
    parts = parts_at(rng, places(rng, 30_000, "town"), 1_000.0)
    tables = Tables()
    tables.add_many(parts.heads, parts.boxes, parts.bodies)
    units = int(sum(-(-length // BODY_UNIT) for length in parts.heads[:, LENGTH].astype(int).tolist()))
    state = tables.arrays.state
    assert len(tables.arrays.heads) == len(tables.arrays.links) == state[rows.PARTS_TOP] == len(parts)
    assert state[BODY_BLOCKS + TOP] <= len(tables.arrays.bodies) // BODY_UNIT <= 1.25 * units
    assert state[ENTRY_BLOCKS + TOP] <= len(tables.arrays.entries) // ENTRY_COLUMNS <= 1.25 * len(parts)
    assert len(tables.arrays.cells) <= 4 * max(int(tables.arrays.state[rows.CELLS]), LEAST)


class _Fails(Tables):
    """Has no memory for a bucket that grows in the midst of a change."""

    failed = 0

    def _widen_bucket(self, entries: int) -> None:
        self.failed += 1
        raise MemoryError


def _crowd(rng: np.random.Generator) -> Parts:
    """All in one place and moment, so that one bucket must widen again and again."""
    crowd = parts_at(rng, np.tile([8.0, 47.0], (300, 1)), 100.0)
    crowd.heads[:, START], crowd.heads[:, END] = 1.7e12, 1.7e12 + 1_000.0
    crowd.heads[:, OWNER] = 0.0
    return crowd


@pytest.mark.parametrize("change", ["add", "add_many", "replace"])
def test_a_change_for_which_there_is_no_memory_leaves_all_as_it_was(change: str) -> None:
    rng = np.random.default_rng(10)
    tables, model = _Fails(), Model()
    some = _some(rng, "town", 6)
    slot = tables.add(some.heads, some.boxes, some.bodies)
    model[slot] = some
    for _ in range(15):
        crowd, before = _crowd(rng), tables.failed
        given = (crowd.heads, crowd.boxes, crowd.bodies)
        if change == "replace":
            with suppress(MemoryError):
                tables.replace(slot, *given)
                model[slot] = crowd
        else:
            with suppress(MemoryError):
                made = getattr(tables, change)(*given)
                model[int(made if change == "add" else made[0])] = crowd
        if tables.failed > before:
            _hold_what_the_model_holds(tables, model)
            _are_sound(tables, model)
    assert tables.failed > 0


def _spoil(parts: Parts, column: int, value: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    heads = parts.heads.copy()
    heads[-1, column] = value
    return heads, parts.boxes, parts.bodies


def test_what_contradicts_itself_is_refused_before_anything_is_written() -> None:
    rng = np.random.default_rng(11)
    tables, parts = Tables(), parts_at(rng, places(rng, 20, "town"), 1_000.0)
    slot = tables.add(parts.heads, parts.boxes, parts.bodies)
    before = [array.tobytes() for array in tables.arrays]
    flat = parts.boxes.copy()
    flat[3, 2] = np.nan
    bad = [
        _spoil(parts, CAP, np.nan),
        _spoil(parts, END, np.inf),
        _spoil(parts, END, 0.0),
        _spoil(parts, CAP, -5_000.0),
        _spoil(parts, LENGTH, 1e9),
        _spoil(parts, LENGTH, -1.0),
        _spoil(parts, OFFSET, -1.0),
        (parts.heads, flat, parts.bodies),
        (parts.heads, parts.boxes[1:], parts.bodies),
        (parts.heads[:, :15], parts.boxes, parts.bodies),
        (parts.heads.astype(np.float32), parts.boxes, parts.bodies),
        (np.asfortranarray(parts.heads), parts.boxes, parts.bodies),
        (parts.heads, parts.boxes, parts.bodies.astype(np.float32)),
        (parts.heads, parts.boxes, parts.bodies[::2]),
    ]
    for heads, boxes, bodies in bad:
        for change in (tables.add, tables.add_many, lambda *given: tables.replace(slot, *given)):
            with pytest.raises(Invalid) as refused:
                change(heads, boxes, bodies)
            assert refused.value.code == "bad-parts"
    with pytest.raises(Invalid):
        tables.add_many(*_spoil(parts, OWNER, -1.0))
    assert [array.tobytes() for array in tables.arrays] == before


@pytest.mark.parametrize("slot", [-1, 1, 5_000_000])
def test_a_slot_that_nobody_has_is_told(slot: int) -> None:
    rng = np.random.default_rng(12)
    tables, parts = Tables(), parts_at(rng, places(rng, 2, "town"), 1_000.0)
    assert tables.add(parts.heads, parts.boxes, parts.bodies) == 0
    tables.add(parts.heads, parts.boxes, parts.bodies)
    tables.remove(1)
    given = (parts.heads, parts.boxes, parts.bodies)
    for change in (lambda: tables.remove(slot), lambda: tables.replace(slot, *given)):
        with pytest.raises(NotFound) as refused:
            change()
        assert refused.value.code == "unknown-slot"
    assert len(tables) == 1


def test_an_operation_without_parts_and_an_empty_load_are_no_trouble() -> None:
    rng = np.random.default_rng(13)
    tables, none = Tables(), parts_at(rng, places(rng, 1, "town"), 1_000.0).only([])
    assert len(tables.add_many(none.heads, none.boxes, none.bodies)) == 0
    slot = tables.add(none.heads, none.boxes, none.bodies)
    assert (len(tables), tables.parts) == (1, 0)
    some = parts_at(rng, places(rng, 3, "town"), 1_000.0)
    tables.replace(slot, some.heads, some.boxes, some.bodies)
    assert (len(tables), tables.parts) == (1, 3)
    tables.replace(slot, none.heads, none.boxes, none.bodies)
    tables.remove(slot)
    assert (len(tables), tables.parts) == (0, 0)
