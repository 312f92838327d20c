"""Many threads at one index: nothing crashes, nothing is torn, every answer is of a moment of its asking."""

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np

from openline.airspace.altitude import Altitude, Datum
from openline.airspace.operation import Operation, State
from openline.airspace.volume import Circle, Position, Volume3D, Volume4D
from openline.conflict import ConflictIndex, Minima
from unit.conflict.index_pool import LOADS, text_id

NOON_MS = 1_533_124_800_000
STEADY = Position(47.0, 8.0)
CHURNED = Position(-30.0, 150.0)
PATIENCE_S = 60.0
"""For a thread that should have come to its end long ago."""
ROUNDS = 120


def disc(number: int, place: Position, east_deg: float) -> Operation:
    """A kilometre about a place."""
    low, high = Altitude.metres(100.0, Datum.WGS84), Altitude.metres(200.0, Datum.WGS84)
    centre = Position(place.latitude_deg, place.longitude_deg + east_deg)
    body = Volume4D(Volume3D(Circle(centre, 10_000_000), low, high), NOON_MS, NOON_MS + 600_000)
    return Operation(id=text_id(number), version=1, state=State.ACCEPTED, priority=0, volumes=(body,))


def steady_index() -> ConflictIndex:
    """Twelve operations in a row, each meeting its neighbours, that no thread touches."""
    index = ConflictIndex(Minima.f3548)
    index.add_many(disc(n, STEADY, 0.02 * n) for n in range(12))
    return index


@contextmanager
def working(*work: Callable[[], None]) -> Iterator[None]:
    """Each again and again in a thread of its own, until the end; what one of them raises is raised here."""
    over = threading.Event()

    def again(one: Callable[[], None]) -> None:
        try:
            while not over.is_set():
                one()
        finally:
            over.set()

    with ThreadPoolExecutor(len(work)) as pool:
        running: list[Future[None]] = [pool.submit(again, one) for one in work]
        try:
            yield
        finally:
            over.set()
            for one in running:
                one.result(PATIENCE_S)


class Churn:
    """Adds, replaces and removes far from what is steady: single ones, and whole loads."""

    def __init__(self, index: ConflictIndex, seed: int) -> None:
        self.index, self.chance = index, random.Random(seed)
        self.first = 1_000 * (seed + 1)
        self.there: set[int] = set()

    def __call__(self) -> None:
        number = self.first + self.chance.randrange(40)
        filed = disc(number, CHURNED, self.chance.uniform(0.0, 0.3))
        if number not in self.there:
            self.index.add(filed)
            self.there.add(number)
        elif self.chance.random() < 0.5:
            self.index.replace(filed)
        else:
            self.index.remove(filed.id)
            self.there.discard(number)


def churn_of_loads(index: ConflictIndex) -> Callable[[], None]:
    def change() -> None:
        arrays = LOADS[0].arrays
        ids = [f"row {n}" for n in range(len(LOADS[0].bodies))]
        index.add_volumes(**arrays, ids=ids)
        for name in ids:
            index.remove(name)

    return change


def test_what_nobody_touches_is_always_answered_right() -> None:
    index = steady_index()
    asked = [disc(100 + n, STEADY, 0.02 * n + 0.005) for n in range(12)]
    alone = [index.conflicts(one) for one in asked]
    near = [index.conflicts_of(text_id(n)) for n in range(12)]
    assert all(alone)
    with working(Churn(index, 1), Churn(index, 2), churn_of_loads(index)):
        for turn in range(ROUNDS):
            n = turn % 12
            assert index.conflicts(asked[n]) == alone[n]
            assert index.conflicts_of(text_id(n)) == near[n]
            assert not index.is_clear(asked[n])
            assert text_id(n) in index


def test_all_pairs_hold_what_nobody_touches_and_nothing_twice() -> None:
    index = steady_index()
    steady = pairs_of(index)
    assert len(steady) == 11

    def ask_all() -> None:
        pairs = pairs_of(index)
        assert steady <= pairs
        told = [one.ids for one in index.all_conflicts()]
        assert len(set(told)) == len(told)
        assert steady <= {frozenset(ids) for ids in told}

    with working(Churn(index, 1), churn_of_loads(index), ask_all, ask_all):
        for _ in range(ROUNDS // 4):
            ask_all()
    assert pairs_of(index) >= steady


def pairs_of(index: ConflictIndex) -> set[frozenset[str]]:
    first, second = index.all_pairs()
    pairs = [frozenset(pair) for pair in zip(first.tolist(), second.tolist(), strict=True)]
    assert len(set(pairs)) == len(pairs)
    return set(pairs)


def test_an_answer_is_of_one_moment() -> None:
    """One thread moves an operation to and fro between two others far apart: it is with one of them."""
    index = ConflictIndex(Minima.f3548)
    west, east = disc(1, CHURNED, 0.0), disc(2, CHURNED, 1.0)
    index.add_many([west, east, disc(3, CHURNED, 0.0)])
    places = (disc(3, CHURNED, 0.01), disc(3, CHURNED, 0.99))
    turn = [0]

    def move() -> None:
        turn[0] += 1
        index.replace(places[turn[0] % 2])

    with working(move):
        for _ in range(ROUNDS):
            assert len(index.conflicts_of(text_id(3))) == 1
            assert len(pairs_of(index)) == 1
            assert len(list(index.all_conflicts())) == 1
            assert len(index) == 3
    assert turn[0] > 0


def test_a_whole_load_is_there_or_is_not() -> None:
    index = ConflictIndex.from_volumes(**LOADS[1].arrays)
    row = LOADS[0].question(0)
    before = len(index.query_volume(**row))
    count = len(LOADS[0].bodies)
    arrays = dict(LOADS[0].arrays)
    arrays["lonlat"] = np.tile(row["lonlat"], (count, 1))
    arrays["offsets"] = np.arange(count + 1) * len(row["lonlat"])
    for name in ("altitude_lower_m", "altitude_upper_m", "start_s", "end_s"):
        arrays[name] = np.full(count, row[name])
    sizes = set()
    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(lambda: index.add_volumes(**arrays))
        while not loading.done():
            sizes.add(len(index.query_volume(**row)))
        loading.result(PATIENCE_S)
    sizes.add(len(index.query_volume(**row)))
    assert sizes <= {before, before + count}
    assert before + count in sizes


def test_whoever_chooses_among_others_may_ask_the_index_too() -> None:
    """Also while another thread waits for its turn to change it."""
    index = steady_index()
    asked = disc(100, STEADY, 0.025)
    expected = index.conflicts(asked)

    def also_meets(other: str) -> bool:
        return len(index) >= 12 and other in index and bool(index.conflicts_of(other))

    def ask() -> None:
        for _ in range(ROUNDS):
            assert index.conflicts(asked, among=also_meets) == expected

    asking = threading.Thread(target=ask, daemon=True)
    churn = Churn(index, 1)
    changing = threading.Thread(target=lambda: [churn() for _ in range(ROUNDS)], daemon=True)
    for thread in (asking, changing):
        thread.start()
    for thread in (asking, changing):
        thread.join(PATIENCE_S)
        assert not thread.is_alive(), "they wait for one another"


def test_a_question_that_fails_leaves_the_index_free_to_change() -> None:
    index = steady_index()

    def refuse(other: str) -> bool:
        raise RuntimeError(other)

    for ask in (
        lambda: index.conflicts(disc(100, STEADY, 0.0), among=refuse),
        lambda: index.conflicts_of(text_id(3), among=refuse),
        lambda: index.is_clear(disc(100, STEADY, 0.0), among=refuse),
        lambda: index.conflicts_of(text_id(999)),
        lambda: index.query_volume([[0.0, 0.0]], 0.0, 1.0, 0.0, 1.0),
        lambda: index.remove(text_id(999)),
    ):
        for _ in range(2):
            failing = threading.Thread(target=lambda ask=ask: _fail(ask), daemon=True)
            failing.start()
            failing.join(PATIENCE_S)
            assert not failing.is_alive()
    changing = threading.Thread(target=lambda: index.remove(text_id(0)), daemon=True)
    changing.start()
    changing.join(PATIENCE_S)
    assert not changing.is_alive()
    assert len(index) == 11


def _fail(ask: Callable[[], object]) -> None:
    try:
        ask()
    except Exception:
        return
    raise AssertionError("nothing was raised")


def test_an_index_is_made_once_however_many_begin_with_it() -> None:
    """The engine is made with the first thing that is added, and that may be many things at once."""
    for _ in range(20):
        index = ConflictIndex(Minima.f3548)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n, index=index: index.add(disc(n, STEADY, 0.02 * n)), range(8)))
        assert len(index) == 8
        assert len(pairs_of(index)) == 7
