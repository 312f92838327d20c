"""The promises of ``AirspaceStore``, on SQLite and on a real PostgreSQL."""

import threading
import time
from collections.abc import Callable

import msgspec
import pytest
from sqlalchemy import text

from openline.errors import Invalid, Unavailable
from openline.store import SqlStore
from openline.store.airspace import SqlAirspaceStore
from openline.store.airspace_tables import MAX_KEY
from openline.utm.dss.records import Kind, Ref
from store.airspace.conftest import Another
from store.airspace.entities import AT_MS, intent, subscription


def test_a_new_store_is_empty_and_has_all_keys(airspace: SqlAirspaceStore) -> None:
    loaded = airspace.load()
    assert (loaded.records, loaded.counts, loaded.indices) == ((), {}, {})
    with airspace.seeing() as view:
        assert view.changed_since(dict.fromkeys(range(MAX_KEY + 1), 0)).counts == dict.fromkeys(
            range(MAX_KEY + 1), 0
        )


def test_what_was_put_is_loaded_whole_by_the_next(airspace: SqlAirspaceStore, another: Another) -> None:
    put = [intent("a", 1, 2, 2048), intent("a", 7, kind=Kind.CONSTRAINT), subscription("s", 0)]
    with airspace.changing([0, 1, 2, 7, 2048]) as turn:
        turn.put(put)
    loaded = another().load()
    assert sorted(loaded.records, key=lambda it: it.kind) == sorted(put, key=lambda it: it.kind)
    assert loaded.counts == {0: 1, 1: 1, 2: 1, 7: 1, 2048: 1}
    assert loaded.indices == {"s": 0}


def test_each_change_counts_once_under_each_of_its_keys(airspace: SqlAirspaceStore) -> None:
    with airspace.changing([1, 2, 3]) as turn:
        turn.put([intent("a", 1, 2), intent("b", 2, 3)])
    with airspace.changing([1, 2, 3]) as turn:
        assert turn.changed_since({1: 0, 2: 0, 3: 0}).counts == {1: 1, 2: 2, 3: 1}
        turn.remove([intent("a", 1, 2)])
    assert airspace.load().counts == {1: 2, 2: 3, 3: 1}


def test_an_asker_hears_what_it_has_missed_and_nothing_else(airspace: SqlAirspaceStore) -> None:
    with airspace.changing([1, 2, 9]) as turn:
        turn.put([intent("known", 1), intent("old", 1), intent("gone", 1), intent("far", 9)])
    with airspace.changing([1, 2, 9]) as turn:
        turn.put([intent("old", 1, version=2), intent("new", 1, 2), intent("far", 9, version=2)])
        turn.remove([intent("gone", 1)])
    with airspace.seeing() as view:
        changed = view.changed_since({1: 3, 2: 0})
    assert changed.counts == {1: 6, 2: 1}
    assert {it.id: it.version for it in changed.records} == {"old": 2, "new": 1}
    assert changed.removed == (Ref(Kind.OPERATIONAL_INTENT, "gone"),)


def test_one_that_moves_is_a_change_where_it_was_and_where_it_is(airspace: SqlAirspaceStore) -> None:
    with airspace.changing([1, 2]) as turn:
        turn.put([intent("a", 1, 2)])
    with airspace.changing([1, 2, 3]) as turn:
        turn.put([intent("a", 3, version=2)])
    with airspace.seeing() as view:
        seen_from_where_it_was = view.changed_since({1: 1})
    assert seen_from_where_it_was.records == (intent("a", 3, version=2),)
    assert airspace.load().counts == {1: 2, 2: 2, 3: 1}


def test_a_record_under_a_key_that_is_not_held_is_not_written(airspace: SqlAirspaceStore) -> None:
    """Whoever asks did not know where it stands: by memory that is behind."""
    with airspace.changing([1, 2]) as turn:
        turn.put([intent("a", 1, 2)])
    with pytest.raises(Unavailable, match="store-contended"), airspace.changing([1]) as turn:
        turn.put([intent("a", 1, version=2)])
    assert airspace.load().records == (intent("a", 1, 2),)


def test_a_key_that_is_none_is_said_to_be_none(airspace: SqlAirspaceStore) -> None:
    with pytest.raises(Invalid, match="no-such-key"), airspace.changing([MAX_KEY + 1]):
        pass


def test_a_block_that_raises_leaves_nothing(airspace: SqlAirspaceStore) -> None:
    with airspace.changing([1]) as turn:
        turn.put([subscription("s", 1)])
    before = airspace.load()
    with pytest.raises(KeyError), airspace.changing([1]) as turn:  # noqa: PT012
        turn.put([intent("a", 1)])
        turn.notify({"s": 1})
        raise KeyError
    assert airspace.load() == before


def test_indices_count_without_gap_and_start_anew_with_a_new_subscription(airspace: SqlAirspaceStore) -> None:
    with airspace.changing([1]) as turn:
        turn.put([subscription("s", 1), subscription("t", 1)])
        assert turn.notify({"s": 1}) == {"s": 1}
    with airspace.changing([1]) as turn:
        assert turn.notify({"s": 2, "t": 1, "nobody": 1}) == {"s": 3, "t": 1}
        assert turn.notify({"s": 1}) == {"s": 4}
        assert turn.indices(["s", "t", "nobody"]) == {"s": 4, "t": 1}
    with airspace.changing([1]) as turn:
        turn.put([subscription("s", 1, version=2)])
    with airspace.seeing() as view:
        assert view.indices(["s", "t", "nobody"]) == {"s": 4, "t": 1}
    with airspace.changing([1]) as turn:
        turn.remove([subscription("s", 1, version=2), subscription("t", 1)])
        assert turn.notify({"s": 1}) == {}
        turn.put([subscription("s", 1)])
        assert turn.notify({"s": 1}) == {"s": 1}
    assert airspace.load().indices == {"s": 1}


def test_one_that_comes_and_goes_in_one_turn_was_never_there(airspace: SqlAirspaceStore) -> None:
    with airspace.changing([1]) as turn:
        turn.put([subscription("s", 1), intent("a", 1)])
        turn.remove([subscription("s", 1), intent("a", 1)])
    loaded = airspace.load()
    assert (loaded.records, loaded.indices) == ((), {})


def test_a_block_sees_one_moment(airspace: SqlAirspaceStore, another: Another) -> None:
    with airspace.seeing() as view:
        with another().changing([1]) as turn:
            turn.put([subscription("s", 1)])
        assert view.changed_since({1: 0}).counts == {1: 0}
        assert view.indices(["s"]) == {}


def test_whoever_waits_for_a_key_then_sees_all_that_was_done_under_it(
    airspace: SqlAirspaceStore, another: Another
) -> None:
    second, seen = another(), []

    def follow() -> None:
        with second.changing([3, 1, 2]) as turn:
            seen.append(turn.changed_since({1: 0, 2: 0, 3: 0}))

    with airspace.changing([2]) as turn:
        follower = threading.Thread(target=follow)
        follower.start()
        time.sleep(0.05)
        turn.put([intent("a", 2)])
        assert seen == []
    follower.join(10)
    assert seen[0].records == (intent("a", 2),)
    assert seen[0].counts == {1: 0, 2: 1, 3: 0}


def test_a_log_that_was_cut_is_told_and_the_rest_stays(
    airspace: SqlAirspaceStore, opened: Callable[[], SqlStore]
) -> None:
    later = SqlAirspaceStore(opened(), lambda: AT_MS + 10)
    with airspace.changing([1]) as turn:
        turn.put([intent("a", 1)])
    with later.changing([1]) as turn:
        turn.put([intent("b", 1)])
    airspace.prune(AT_MS + 5, AT_MS + 20)
    with airspace.seeing() as view:
        assert view.changed_since({1: 1}).records == (intent("b", 1),)
        assert view.changed_since({1: 2}).records == ()
    with pytest.raises(Unavailable, match="airspace-log-cut"), airspace.seeing() as view:
        view.changed_since({1: 0})
    assert len(airspace.load().records) == 2


def test_changes_of_a_clock_far_ahead_are_cut_too(
    airspace: SqlAirspaceStore, opened: Callable[[], SqlStore]
) -> None:
    with SqlAirspaceStore(opened(), lambda: AT_MS + 10**9).changing([1]) as turn:
        turn.put([intent("a", 1)])
    airspace.prune(AT_MS - 1_000, AT_MS)
    with pytest.raises(Unavailable, match="airspace-log-cut"), airspace.seeing() as view:
        view.changed_since({1: 0})


def test_many_keys_and_many_records_are_asked_for_in_portions(airspace: SqlAirspaceStore) -> None:
    everything = range(MAX_KEY + 1)
    put = [intent(f"i{n}", n % (MAX_KEY + 1)) for n in range(3_000)]
    with airspace.changing(everything) as turn:
        turn.put(put)
    with airspace.seeing() as view:
        changed = view.changed_since(dict.fromkeys(everything, 0))
    assert sorted(changed.records, key=lambda it: it.id) == sorted(put, key=lambda it: it.id)
    assert sorted(airspace.load().records, key=lambda it: it.id) == sorted(put, key=lambda it: it.id)


def test_a_text_that_cannot_be_stored_is_refused_and_stores_nothing(airspace: SqlAirspaceStore) -> None:
    bad = msgspec.structs.replace(intent("bad", 1), manager="uss \ud800")
    with pytest.raises(Invalid, match="not-storable"), airspace.changing([1]) as turn:
        turn.put([intent("good", 1), bad])
    assert airspace.load().records == ()


def test_a_row_that_cannot_be_read_is_no_record(
    airspace: SqlAirspaceStore, opened: Callable[[], SqlStore]
) -> None:
    with airspace.changing([1]) as turn:
        turn.put([intent("a", 1)])
    with opened().engine.connect().execution_options(openline_begin="sharing") as connection:
        connection.execute(text("UPDATE airspace_records SET keys = 'one'"))
        connection.commit()
    with pytest.raises(Unavailable, match="store-corrupt"):
        airspace.load()
