"""Where the USS keeps its flights and its log: on SQLite and on PostgreSQL, for one process and for
replicas.
"""

import uuid
from threading import Thread

import pytest

from openline.errors import Unavailable
from openline.store import SqlStore
from openline.store import uss as uss_store
from openline.store.uss import SqlUssStore
from openline.utm.uss.intents import Own, Pending
from openline.utm.uss.ports import LogKind
from openline.utm.wire.details import OperationalIntentDetails
from openline.utm.wire.references import (
    OperationalIntentReference,
    OperationalIntentState,
    UssAvailabilityState,
)
from openline.utm.wire.volumes import Time

WHEN = Time("2026-01-01T00:00:00Z", "RFC3339")


@pytest.fixture(params=["file_store", "postgres_store"])
def kept(request: pytest.FixtureRequest) -> SqlUssStore:
    store: SqlStore = request.getfixturevalue(request.param)
    return SqlUssStore(store)


def own(flight_id: str = "one", subscription_id: str | None = None) -> Own:
    intent_id = str(uuid.uuid4())
    if subscription_id is None:
        pending = Pending(state=None, details=OperationalIntentDetails(), since_ms=5)
        return Own(flight_id=flight_id, intent_id=intent_id, pending=pending)
    reference = OperationalIntentReference(
        id=intent_id,
        manager="us",
        uss_availability=UssAvailabilityState.NORMAL,
        version=1,
        state=OperationalIntentState.ACCEPTED,
        time_start=WHEN,
        time_end=WHEN,
        uss_base_url="https://us.test",
        subscription_id=subscription_id,
        ovn="o" * 16,
    )
    return Own(flight_id=flight_id, intent_id=intent_id, reference=reference)


def test_a_flight_is_found_by_its_name_its_intent_and_its_subscription(kept: SqlUssStore) -> None:
    first, second = own("one", "s1"), own("two", "s2")
    kept.put(first, None, 10)
    kept.put(second, None, 20)
    for found in (
        kept.by_flight("one"),
        kept.by_intent(first.intent_id),
        kept.by_subscriptions(["s1", "x"])[0],
    ):
        assert found is not None
        assert found.own == first
    assert [one.own for one in kept.all()] == [first, second]
    assert [one.own for one in kept.due(15, 10)] == [first]
    assert kept.by_flight("three") is None
    assert kept.by_intent("three") is None


def test_of_two_replicas_that_change_one_flight_one_hears_that_it_was_overtaken(kept: SqlUssStore) -> None:
    seen = kept.put(own(), None, 10)
    changed = kept.put(seen.own, seen.revision, 11)
    with pytest.raises(Unavailable) as caught:
        kept.put(seen.own, seen.revision, 12)
    assert caught.value.code == "store-contended"
    kept.remove(seen)
    assert kept.by_flight("one") == changed
    kept.remove(changed)
    assert kept.by_flight("one") is None


def test_every_change_counts_where_many_change_one_flight_at_once(kept: SqlUssStore) -> None:
    kept.put(own(), None, 0)
    done: list[int] = []

    def work() -> None:
        for _ in range(10):
            while True:
                found = kept.by_flight("one")
                assert found is not None
                try:
                    done.append(kept.put(found.own, found.revision, 0).revision)
                    break
                except Unavailable:
                    continue

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == list(range(2, 42))


def test_the_log_keeps_the_newest_of_each_kind(kept: SqlUssStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uss_store, "PRUNE_EVERY", 2)
    monkeypatch.setattr(uss_store, "_OLDEST_KEPT", uss_store._oldest_kept(5))
    for number in range(21):
        kept.log(LogKind.REPORT, f"r{number}", number, b"%d" % number)
    kept.log(LogKind.NOTIFICATION, "n", 0, b"n")
    found = kept.logged(LogKind.REPORT, 0, 100)
    assert [one.at_ms for one in found][:5] == [20, 19, 18, 17, 16]
    assert len(found) <= 6
    assert [one.value for one in kept.logged(LogKind.REPORT, 19, 20)] == [b"20", b"19"]
    assert len(kept.logged(LogKind.NOTIFICATION, 0, 0)) == 1


def test_there_is_a_most_of_flights(kept: SqlUssStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uss_store, "MAX_INTENTS", 2)
    kept.put(own("one"), None, 0)
    last = kept.put(own("two"), None, 0)
    with pytest.raises(Unavailable) as caught:
        kept.put(own("three"), None, 0)
    assert caught.value.code == "too-many-flights"
    kept.put(last.own, last.revision, 0)
