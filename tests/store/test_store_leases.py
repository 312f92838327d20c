"""One holder at a time, on a file, in memory and on PostgreSQL; no clock is compared with another."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openline.store import SqlStore
from openline.store.leases import Leases

FOR_MS = 6_000


def test_a_lease_has_one_holder_who_renews_it(store: SqlStore) -> None:
    first, second = Leases(store), Leases(store)
    assert first.take("node", "a", 0, FOR_MS)
    assert not second.take("node", "b", 0, FOR_MS)
    assert first.take("node", "a", 5_999, FOR_MS)
    assert not second.take("node", "b", 6_000, FOR_MS)
    assert second.take("line/1", "b", 6_000, FOR_MS)


def test_a_lease_that_stands_still_is_taken_after_its_time_and_not_before(store: SqlStore) -> None:
    first, second = Leases(store), Leases(store)
    assert first.take("node", "a", 1_000_000, FOR_MS)  # another host, another clock
    assert not second.take("node", "b", 50, FOR_MS)
    assert not second.take("node", "b", 50 + FOR_MS - 1, FOR_MS)
    assert second.take("node", "b", 50 + FOR_MS, FOR_MS)
    assert not first.take("node", "a", 1_006_001, FOR_MS)


def test_a_lease_given_back_is_taken_at_once_and_only_its_holder_gives_it_back(store: SqlStore) -> None:
    first, second = Leases(store), Leases(store)
    assert first.take("node", "a", 0, FOR_MS)
    second.give_back("node", "b")
    assert not second.take("node", "b", 1, FOR_MS)
    first.give_back("node", "a")
    assert second.take("node", "b", 2, FOR_MS)


def test_a_process_that_starts_again_is_another_holder(store: SqlStore) -> None:
    assert Leases(store).take("node", "a", 0, FOR_MS)
    assert not Leases(store).take("node", "a-again", 1, FOR_MS)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    offsets=st.tuples(*[st.integers(0, 10**12)] * 3),
    course=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4_000), st.booleans()), max_size=40),
)
def test_no_two_ever_hold_it_whatever_their_clocks_say(
    file_store: SqlStore, offsets: tuple[int, ...], course: list[tuple[int, int, bool]]
) -> None:
    """Against true time, which no replica knows: each believes that it holds the lease for FOR_MS from before
    its last renewal, and never two at once.
    """
    replicas = [Leases(file_store) for _ in offsets]
    with file_store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = OFF")
        connection.exec_driver_sql("DELETE FROM lease")
        connection.commit()
    true_ms, until_ms = 0, [0, 0, 0]
    for which, passed_ms, gives_back in course:
        true_ms += passed_ms
        if gives_back and until_ms[which] > true_ms:
            replicas[which].give_back("node", str(which))
            until_ms[which] = 0
        elif replicas[which].take("node", str(which), true_ms + offsets[which], FOR_MS):
            until_ms[which] = true_ms + FOR_MS
        assert sum(until > true_ms for until in until_ms) <= 1
