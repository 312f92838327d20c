"""What one block has read, the next one knows; and it is never anything but what the store holds."""

# ruff: noqa: PT012 (what must raise here is a whole block)

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openline.journal.entry import Lane
from openline.node.ports import AlarmRow, LamRow, TelephonedRow, Transaction
from openline.store import SqlStore, open_store
from store.samples import ACCORD, LANE, SENDER, append

STATES = ("unverified", "verified")


def set_one(tx: Transaction, number: int) -> None:
    tx.put_setting(f"s{number % 2}", str(number))


def say(tx: Transaction, number: int) -> None:
    append(tx, 1 + number % 2)


def acknowledge(tx: Transaction, number: int) -> None:
    tx.save_lam(LamRow(ACCORD, SENDER, LANE, number + 1, number, b"lam"))


def ring(tx: Transaction, number: int) -> None:
    tx.raise_alarm(AlarmRow(f"a{number % 2}", ACCORD, "silence", "nothing heard", number))


def still(tx: Transaction, number: int) -> None:
    tx.clear_alarm(f"a{number % 2}", number)


def telephone(tx: Transaction, number: int) -> None:
    tx.save_telephoned(
        TelephonedRow(
            number=1 + number % 2,
            accord_id=ACCORD,
            sender=SENDER,
            lane=Lane.URGENT,
            place=1,
            state=STATES[number % 3 % 2],
            kind="TEXT",
            entered_ms=1,
            position="desk-1",
            pseudonym="north-7",
            value=b"{}",
        )
    )


def forget(tx: Transaction, number: int) -> None:
    tx.forget_telephoned(1 + number % 2)


WORKS: tuple[Callable[[Transaction, int], None], ...] = (
    set_one,
    say,
    acknowledge,
    ring,
    still,
    telephone,
    forget,
)


def all_there_is(tx: Transaction) -> object:
    return (
        [tx.setting(f"s{number}") for number in range(2)],
        tx.lane_head(ACCORD, SENDER, LANE),
        tx.acknowledged(ACCORD, SENDER, LANE),
        tx.alarms(),
        [tx.telephoned(state) for state in STATES],
    )


class Broken(Exception):
    pass


steps = st.lists(
    st.tuples(
        st.integers(0, 1),  # which of two processes, so to speak
        st.lists(st.tuples(st.sampled_from(WORKS), st.integers(0, 7)), max_size=3),
        st.booleans(),  # whether it looks at everything before it changes anything
        st.sampled_from(("commit", "break", "look")),
    ),
    max_size=12,
)


@given(steps=steps)
@settings(max_examples=100, deadline=None)
def test_a_block_finds_what_is_committed_whoever_has_committed_it(steps: list) -> None:  # type: ignore[type-arg]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "node.db"
        with open_store(path) as one, open_store(path) as other, open_store(path) as forgetful:
            stores = (one, other)
            for who, works, looks_first, end in steps:
                carry_out(stores[who], works, looks_first=looks_first, end=end)
                forgetful.close()  # it knows nothing then of what it has read
                with forgetful.reading() as tx:
                    committed = all_there_is(tx)
                for store in stores:
                    with store.reading() as tx:
                        assert all_there_is(tx) == committed


def carry_out(store: SqlStore, works: list, *, looks_first: bool, end: str) -> None:  # type: ignore[type-arg]
    if end == "look":
        with store.reading() as tx:
            all_there_is(tx)
        return
    try:
        with store.writing() as tx:
            if looks_first:
                all_there_is(tx)
            for work, number in works:
                work(tx, number)
            if end == "break":
                all_there_is(tx)
                raise Broken
    except Broken:
        pass


def held_open(store: SqlStore, ask: Callable[[Transaction], object]) -> Iterator[object]:
    """What a reading block finds, at its beginning and before its end."""
    with store.reading() as tx:
        yield ask(tx)
        yield ask(tx)


def test_who_finds_the_connection_lent_gets_another_one_and_neither_knows_the_others_words(
    file_store: SqlStore,
) -> None:
    def ask(tx: Transaction) -> object:
        return tx.setting("name")

    with file_store.writing() as tx:
        tx.put_setting("name", "first")
    reader = held_open(file_store, ask)
    assert next(reader) == "first"

    def write() -> None:
        with file_store.writing() as tx:
            assert tx.setting("name") == "first"
            tx.put_setting("name", "second")

    writer = threading.Thread(target=write)
    writer.start()
    writer.join()
    assert next(reader) == "first", "a snapshot stays what it is"
    assert list(reader) == []
    for _ in range(2):
        with file_store.reading() as tx:
            assert ask(tx) == "second"


def test_a_store_that_is_closed_holds_no_connection_and_can_be_used_again(path: Path) -> None:
    with open_store(path) as store, store.writing() as tx:
        tx.put_setting("name", "value")
    assert not path.with_name("node.db-wal").exists(), "the last connection has folded the log into the file"
    with store.reading() as tx:
        assert tx.setting("name") == "value"
        store.close()
    assert not path.with_name("node.db-wal").exists(), "one that was lent closes when it is given back"


def test_a_block_that_fails_leaves_the_connection_fit_for_the_next(sqlite_store: SqlStore) -> None:
    for _ in range(3):
        with pytest.raises(Broken), sqlite_store.writing() as tx:
            tx.put_setting("name", "never")
            raise Broken
        with sqlite_store.writing() as tx:
            assert tx.setting("name") is None
            tx.put_setting("other", "value")
