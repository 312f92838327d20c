"""The index answers as a brute-force comparison of all pairs would, whatever was added and removed."""

from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from openline.airspace.operation import Operation, State
from openline.conflict import ConflictIndex, Minima, conflict_between
from openline.errors import Invalid, NotFound
from unit.conflict.index_pool import (
    ENTRIES,
    FAR,
    IDS,
    LOADS,
    NAMES,
    Entry,
    Figures,
    Id,
    Load,
    expected,
    figures,
    figures_of,
    in_order,
)

entries = st.sampled_from(ENTRIES)
loads = st.sampled_from(LOADS)
names = st.sampled_from(NAMES)
MINIMA = (Minima.enroute, Minima.f3548, Minima.threes, Minima.of(lateral_nm=1.0, dwell_s=20.0))


class IndexAgainstModel(RuleBasedStateMachine):
    """The model is a dict of entries; every answer is computed from all of its pairs."""

    def __init__(self) -> None:
        super().__init__()
        self.index = ConflictIndex(Minima.f3548)
        self.model: dict[Id, Entry] = {}
        self.next_number = 0

    @initialize(minima=st.sampled_from(MINIMA), load=st.one_of(st.none(), loads))
    def begin(self, minima: Minima, load: Load | None) -> None:
        self.minima = minima
        if load is None:
            self.index = ConflictIndex(minima)
        else:
            self.index = ConflictIndex.from_volumes(**load.arrays, ids=load.names, minima=minima)
            self.take(load)

    def names_of(self, load: Load) -> tuple[Id, ...]:
        if load.names is not None:
            return load.names
        return tuple(range(self.next_number, self.next_number + len(load.bodies)))

    def take(self, load: Load) -> None:
        given = self.names_of(load)
        self.model.update((entry.id, entry) for entry in load.entries(given))
        self.next_number = max([self.next_number, *(name + 1 for name in given if isinstance(name, int))])

    # Changes

    @rule(entry=entries)
    def add(self, entry: Entry) -> None:
        if entry.id in self.model:
            with pytest.raises(Invalid) as refused:
                self.index.add(entry.filed)
            assert refused.value.code == "duplicate-id"
            return
        self.index.add(entry.filed)
        self.model[entry.id] = entry

    @rule(several=st.lists(entries, max_size=4))
    def add_many(self, several: list[Entry]) -> None:
        ids = [entry.id for entry in several]
        if len(set(ids)) < len(ids) or set(ids) & set(self.model):
            with pytest.raises(Invalid) as refused:
                self.index.add_many(entry.filed for entry in several)
            assert refused.value.code == "duplicate-id"
            return
        self.index.add_many(entry.filed for entry in several)
        self.model.update(zip(ids, several, strict=True))

    @rule(load=loads)
    def add_volumes(self, load: Load) -> None:
        if set(self.names_of(load)) & set(self.model):
            with pytest.raises(Invalid) as refused:
                self.index.add_volumes(**load.arrays, ids=load.names)
            assert refused.value.code == "duplicate-id"
            return
        self.index.add_volumes(**load.arrays, ids=load.names)
        self.take(load)

    @rule(entry=entries)
    def replace(self, entry: Entry) -> None:
        if entry.id not in self.model:
            with pytest.raises(NotFound) as refused:
                self.index.replace(entry.filed)
            assert refused.value.code == "unknown-operation"
            return
        self.index.replace(entry.filed)
        self.model[entry.id] = entry

    @rule(name=names)
    def remove(self, name: Id) -> None:
        if name not in self.model:
            with pytest.raises(NotFound) as refused:
                self.index.remove(name)
            assert refused.value.code == "unknown-operation"
            return
        self.index.remove(name)
        del self.model[name]

    @rule(entry=entries, load=loads)
    def what_is_refused_changes_nothing(self, entry: Entry, load: Load) -> None:
        ended = Operation(id=str(entry.id), version=9, state=State.ENDED, priority=0, trajectory=FAR)
        for ask in (self.index.replace, self.index.add, self.index.conflicts):
            with pytest.raises((Invalid, NotFound)):
                ask(ended)
        for field, bad in (("end_s", np.nan), ("altitude_upper_m", -9_000.0), ("lonlat", 400.0)):
            spoiled = {**load.arrays, field: load.arrays[field].copy()}
            spoiled[field].flat[-1] = bad
            with pytest.raises(Invalid):
                self.index.add_volumes(**spoiled, ids=load.names)

    # Questions

    def expected(self, asked: Entry, among: Any = None) -> list[tuple[str, Figures]]:
        return expected(asked, self.model.values(), self.minima, among)

    @rule(entry=entries)
    def ask(self, entry: Entry) -> None:
        found = self.index.conflicts(entry.filed)
        assert [(one.other(entry.id), figures_of(one)) for one in found] == self.expected(entry)
        assert self.index.is_clear(entry.filed) == (not found)

    @rule(entry=entries)
    def ask_among_some(self, entry: Entry) -> None:
        few = {*IDS[::2], "1", "3"}.__contains__
        found = self.index.conflicts(entry.filed, among=few)
        assert [(one.other(entry.id), figures_of(one)) for one in found] == self.expected(entry, few)
        assert self.index.is_clear(entry.filed, among=few) == (not found)

    @rule(name=names)
    def ask_for_what_is_there(self, name: Id) -> None:
        if name not in self.model:
            with pytest.raises(NotFound):
                self.index.conflicts_of(name)
            return
        found = self.index.conflicts_of(name)
        told = [(one.other(str(name)), figures_of(one)) for one in found]
        assert told == self.expected(self.model[name])

    @rule(load=loads, row=st.integers(0, 10))
    def ask_with_arrays(self, load: Load, row: int) -> None:
        row %= len(load.bodies)
        answer = self.index.query_volume(**load.question(row))
        asked = load.entry((row,)).called("none that is in the index")
        wanted = [name for name in self.model if figures(asked, self.model[name], self.minima)]
        assert in_order(answer.tolist()) == in_order(wanted)
        self.refuse_other_kind(answer)

    @rule()
    def ask_for_all(self) -> None:
        wanted = {
            frozenset((str(one.id), other)): found
            for one in self.model.values()
            for other, found in self.expected(one)
        }
        told = [(frozenset(one.ids), figures_of(one)) for one in self.index.all_conflicts()]
        assert len(told) == len(wanted)
        assert dict(told) == wanted
        first, second = self.index.all_pairs()
        self.refuse_other_kind(first)
        self.refuse_other_kind(second)
        pairs = [frozenset(map(str, pair)) for pair in zip(first.tolist(), second.tolist(), strict=True)]
        assert len(pairs) == len(wanted)
        assert set(pairs) == set(wanted)

    def refuse_other_kind(self, answer: np.ndarray) -> None:
        """Numbers while all ids are numbers."""
        only_numbers = all(isinstance(name, int) for name in self.model)
        assert answer.dtype == (np.int64 if only_numbers else object)
        assert all(type(name) in (int, str) for name in answer.tolist())

    @invariant()
    def it_holds_what_the_model_holds(self) -> None:
        assert len(self.index) == len(self.model)
        assert [name in self.index for name in NAMES] == [name in self.model for name in NAMES]


TestIndexAgainstModel = IndexAgainstModel.TestCase
TestIndexAgainstModel.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)


@pytest.mark.parametrize("minima", MINIMA)
def test_the_pool_has_conflicts_and_pairs_without(minima: Minima) -> None:
    pool = [
        *ENTRIES,
        *(load.entry((row,)).called(f"{n} {row}") for n, load in enumerate(LOADS) for row in (0, 1)),
    ]
    pairs = [(a, b) for n, a in enumerate(pool) for b in pool[n + 1 :] if a.id != b.id]
    found = sum(figures(a, b, minima) is not None for a, b in pairs)
    assert 3 < found < len(pairs) - 20


def test_an_operation_has_no_conflict_with_itself() -> None:
    filed = ENTRIES[0].stand_in
    assert conflict_between(filed, filed, Minima.enroute) is None
    index = ConflictIndex(Minima.enroute)
    index.add(filed)
    assert index.conflicts(filed) == index.conflicts_of(filed.id) == []
    assert index.is_clear(filed)


def test_all_conflicts_are_told_as_they_were_when_the_first_was_asked_for() -> None:
    index = ConflictIndex(Minima.enroute)
    index.add_many({entry.id: entry.filed for entry in ENTRIES}.values())
    before = list(index.all_conflicts())
    assert len(before) > 3
    telling = index.all_conflicts()
    told = [next(telling)]
    for entry in ENTRIES:
        if entry.id in index:
            index.remove(entry.id)
    index.add_volumes(**LOADS[0].arrays)
    assert told + list(telling) == before


def test_row_numbers_go_on_after_the_largest_that_was_ever_used() -> None:
    rows = LOADS[0]
    index = ConflictIndex.from_volumes(**rows.arrays)
    assert [name in index for name in range(6)] == [True] * 5 + [False]
    index.remove(4)
    index.add_volumes(**rows.arrays)
    assert [name in index for name in range(3, 11)] == [True, False] + [True] * 5 + [False]


def test_row_numbers_go_on_in_an_index_that_was_emptied() -> None:
    index = ConflictIndex.from_volumes(**LOADS[0].arrays)
    for name in range(5):
        index.remove(name)
    assert len(index) == 0
    index.add_volumes(**LOADS[0].arrays)
    assert [name in index for name in range(11)] == [False] * 5 + [True] * 5 + [False]


def test_an_answer_is_the_askers_own() -> None:
    """Writing into it changes nothing in the index."""
    index = ConflictIndex.from_volumes(**LOADS[0].arrays)
    question = LOADS[0].question(0)
    before = index.query_volume(**question)
    index.query_volume(**question)[:] = -1
    for array in index.all_pairs():
        array[:] = -1
    assert sorted(index.query_volume(**question).tolist()) == sorted(before.tolist())
    assert 0 in index
