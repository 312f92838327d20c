"""What ``openline.node.ports`` promises of a Store, on a file and in memory."""

# ruff: noqa: PT012 (what must raise here is a whole block: its steps, or its end)

import threading
from collections.abc import Callable

import msgspec
import pytest

from openline.errors import Invalid, OpenlineError, Unavailable
from openline.journal.entry import Entry, Lane, LaneHead
from openline.journal.private import verify_chain
from openline.node.ports import (
    MAX_QUARANTINE_BYTES,
    MAX_QUARANTINE_ROWS,
    AccordRow,
    AlarmRow,
    LamRow,
    NoticeRow,
    OperationRow,
    PassedRow,
    PictureRow,
    QuarantineRow,
    TelephonedRow,
)
from openline.store import SqlStore
from store.samples import ACCORD, LANE, SENDER, append, following, note, sealed


def test_an_entry_comes_back_byte_for_byte_by_place_and_by_hash(store: SqlStore) -> None:
    with store.writing() as tx:
        entries = append(tx, 3)
        append(tx, 2, lane=Lane.URGENT)
        append(tx, 1, sender="south")
    with store.reading() as tx:
        assert tx.entries(ACCORD, SENDER, LANE, after=0, limit=10) == entries
        assert tx.entries(ACCORD, SENDER, LANE, after=1, limit=1) == entries[1:2]
        assert tx.entries(ACCORD, SENDER, LANE, after=3, limit=10) == []
        assert tx.entry(ACCORD, SENDER, LANE, 2) == entries[1]
        assert tx.entry(ACCORD, SENDER, LANE, 4) is None
        assert tx.entry("another accord", SENDER, LANE, 1) is None
        assert tx.entry_by_hash(entries[2].hash) == entries[2]
        assert tx.entry_by_hash("0" * 64) is None
        assert tx.leaf_hashes(ACCORD, SENDER, LANE, up_to=2) == [entry.hash for entry in entries[:2]]


def test_a_head_moves_with_its_entries_and_lanes_do_not_mix(store: SqlStore) -> None:
    expected = LaneHead.empty()
    for number in (1, 2, 3):
        expected = expected.extend(sealed(number))
    with store.writing() as tx:
        assert tx.lane_head(ACCORD, SENDER, LANE) == LaneHead.empty()
        append(tx, 3)
        assert tx.lane_head(ACCORD, SENDER, LANE) == expected
    with store.reading() as tx:
        assert tx.lane_head(ACCORD, SENDER, LANE) == expected
        assert tx.lane_head(ACCORD, SENDER, Lane.URGENT) == LaneHead.empty()
        assert tx.lane_head(ACCORD, "south", LANE) == LaneHead.empty()
        assert tx.lane_head("another accord", SENDER, LANE) == LaneHead.empty()


def stale(head: LaneHead) -> tuple[Entry, LaneHead]:
    return following(LaneHead.empty(), b"said by another process a moment ago")


def beyond(head: LaneHead) -> tuple[Entry, LaneHead]:
    return following(head.extend(b"never stored"), b"after a gap")


@pytest.mark.parametrize("wrong", [stale, beyond])
@pytest.mark.parametrize("standing", [1, 4])
def test_a_taken_number_or_a_gap_is_refused_and_writes_nothing(
    store: SqlStore, wrong: Callable[[LaneHead], tuple[Entry, LaneHead]], standing: int
) -> None:
    with store.writing() as tx:
        before = append(tx, standing)
        head = tx.lane_head(ACCORD, SENDER, LANE)
        with pytest.raises(Unavailable) as caught:
            tx.append(*wrong(head))
    assert caught.value.code == "number-taken"
    with store.reading() as tx:
        assert tx.entries(ACCORD, SENDER, LANE, 0, 10) == before
        assert tx.lane_head(ACCORD, SENDER, LANE) == head


def test_a_lane_never_begins_with_a_gap(store: SqlStore) -> None:
    with store.writing() as tx, pytest.raises(Unavailable):
        tx.append(*beyond(LaneHead.empty()))
    with store.reading() as tx:
        assert tx.lane_head(ACCORD, SENDER, LANE) == LaneHead.empty()


def test_an_entry_cannot_be_given_another_entrys_head(store: SqlStore) -> None:
    entry, _ = following(LaneHead.empty(), b"one")
    _, other_head = following(LaneHead.empty(), b"another")
    with store.writing() as tx, pytest.raises(Invalid):
        tx.append(entry, other_head)


def test_the_same_bytes_cannot_stand_in_two_lanes(store: SqlStore) -> None:
    entry, head = following(LaneHead.empty(), b"the same")
    with pytest.raises(Unavailable), store.writing() as tx:
        tx.append(entry, head)
        tx.append(msgspec.structs.replace(entry, lane=Lane.URGENT), head)
    with store.reading() as tx:
        assert tx.entry_by_hash(entry.hash) is None


def test_a_block_that_raises_leaves_no_trace(store: SqlStore) -> None:
    with store.writing() as tx:
        append(tx)
        note(tx)
        tx.put_setting("party", "north")
    with pytest.raises(KeyError), store.writing() as tx:
        append(tx, 5)
        note(tx)
        tx.put_setting("party", "nobody")
        tx.save_operation(OperationRow("op", 1, "Accepted", 1, b"{}"))
        tx.count("said", 5)
        raise KeyError("a bug in the caller comes out as it is")
    with store.reading() as tx:
        assert tx.lane_head(ACCORD, SENDER, LANE).number == 1
        assert len(tx.private_records(0, 10)) == 1
        assert tx.setting("party") == "north"
        assert list(tx.operations()) == []
        assert tx.counters() == {}


def test_a_block_that_swallowed_a_database_error_stores_nothing(store: SqlStore) -> None:
    with pytest.raises(Unavailable) as caught, store.writing() as tx:
        tx.save_notice_row(NoticeRow(ACCORD, "op-1", "notice", 1))
        for _ in range(2):
            with pytest.raises(Unavailable):
                tx.save_notice_row(NoticeRow(ACCORD, "op-2", "notice", 1))
        with pytest.raises(Unavailable):
            tx.put_setting("after", "the failure")
    assert caught.value.code == "number-taken"
    with store.reading() as tx:
        assert tx.notice_rows(ACCORD) == {}
        assert tx.setting("after") is None


def test_a_reading_block_cannot_write(store: SqlStore) -> None:
    with pytest.raises(Unavailable) as caught, store.reading() as tx:
        tx.put_setting("party", "north")
    assert caught.value.code == "store-read-only"
    with store.writing() as tx:
        assert tx.setting("party") is None
        tx.put_setting("party", "north")


@pytest.mark.parametrize("odd", ["half \ud800 a character", 2**63])
def test_what_no_database_can_hold_is_invalid_and_not_a_crash(store: SqlStore, odd: object) -> None:
    with pytest.raises(Invalid), store.writing() as tx:
        if isinstance(odd, str):
            tx.put_setting("party", odd)
        else:
            tx.count("said", odd)  # type: ignore[arg-type]


def test_saving_again_replaces_and_rows_come_in_the_order_of_their_keys(store: SqlStore) -> None:
    accords = [
        AccordRow("a", 1, "ended", b"\x00\xff"),
        AccordRow("a", 2, "in force", b"2"),
        AccordRow("b", 1, "", b""),
    ]
    operations = [OperationRow("o1", 1, "Accepted", 5, b"\x00"), OperationRow("o2", 3, "Ended", 2**53, b"{}")]
    notices = [NoticeRow("a", "o1", "n1", 0), NoticeRow("a", "o2", "n2", 7), NoticeRow("b", "o1", "n1", 1)]
    with store.writing() as tx:
        for accord in reversed(accords):
            tx.save_accord(msgspec.structs.replace(accord, state="proposed"))
            tx.save_accord(accord)
        for operation in reversed(operations):
            tx.save_operation(msgspec.structs.replace(operation, version=9, value=b"older"))
            tx.save_operation(operation)
        for notice in reversed(notices):
            tx.save_notice_row(msgspec.structs.replace(notice, told_version=9))
            tx.save_notice_row(notice)
        tx.put_setting("party", "south")
        tx.put_setting("party", "north")
    with store.reading() as tx:
        assert tx.accords() == accords
        assert list(tx.operations()) == operations
        assert list(tx.operations(["Ended", "Activated"])) == operations[1:]
        assert list(tx.operations([])) == []
        assert tx.operation("o1") == operations[0]
        assert tx.operation("o3") is None
        assert tx.notice_rows("a") == {"o1": notices[0], "o2": notices[1]}
        assert tx.setting("party") == "north"
        assert tx.setting("another") is None


def test_what_was_passed_on_is_kept_by_where_it_goes_and_what_it_is(store: SqlStore) -> None:
    first = PassedRow("a", "b", "notice 1", "n1", 0, "")
    rows = [
        msgspec.structs.replace(first, version=2, said="x"),
        PassedRow("a", "c", "notice 1", "n2", 1, "y"),
    ]
    elsewhere = PassedRow("b", "a", "notice 1", "n1", 1, "")
    with store.writing() as tx:
        for row in (first, *reversed(rows), elsewhere):
            tx.save_passed_row(row)
    with store.reading() as tx:
        assert tx.passed_rows("a") == rows
        assert tx.passed_rows("b") == [elsewhere]
        assert tx.passed_rows("c") == []
    with pytest.raises(Unavailable) as caught, store.writing() as tx:
        tx.save_passed_row(PassedRow("a", "b", "notice 2", "n1", 1, ""))
    assert caught.value.code == "number-taken"


def test_the_picture_keeps_the_last_row_of_each_entity_of_each_accord(store: SqlStore) -> None:
    first = [PictureRow("notice", str(n), "north", "NOTIFIED", bytes([n])) for n in range(9)]
    changed = [msgspec.structs.replace(row, state="REQUESTED") for row in first[2:5]]
    with store.writing() as tx:
        tx.save_picture("a", first)
        tx.save_picture("b", first[:1])
        tx.save_picture("a", [])
        tx.save_picture("a", [*first[2:5], *changed])
    with store.reading() as tx:
        assert list(tx.picture("a")) == [*first[:2], *changed, *first[5:]]
        assert list(tx.picture("b")) == first[:1]
        assert list(tx.picture("c")) == []


def test_what_an_iterator_gives_does_not_change_while_rows_are_saved(store: SqlStore) -> None:
    rows = [OperationRow(f"{n:03}", 1, "Accepted", n, b"") for n in range(50)]
    with store.writing() as tx:
        for row in rows:
            tx.save_operation(row)
        seen = []
        for row in tx.operations():
            seen.append(row)
            tx.save_operation(
                msgspec.structs.replace(row, operation_id=f"{row.operation_id} again", version=2)
            )
    assert seen == rows


def test_a_lam_covers_all_numbers_up_to_its_own_and_the_first_stands(store: SqlStore) -> None:
    def lam(number: int, lane: Lane = LANE, at_ms: int = 5) -> LamRow:
        return LamRow(ACCORD, SENDER, lane, number, at_ms, b"\x00sealed")

    with store.writing() as tx:
        assert tx.acknowledged(ACCORD, SENDER, LANE) == 0
        for number in (7, 3):
            tx.save_lam(lam(number))
        tx.save_lam(lam(3, at_ms=9))
        tx.save_lam(lam(20, lane=Lane.URGENT))
    with store.reading() as tx:
        assert tx.acknowledged(ACCORD, SENDER, LANE) == 7
        assert tx.lam_covering(ACCORD, SENDER, LANE, 1) == lam(3)
        assert tx.lam_covering(ACCORD, SENDER, LANE, 3) == lam(3)
        assert tx.lam_covering(ACCORD, SENDER, LANE, 4) == lam(7)
        assert tx.lam_covering(ACCORD, SENDER, LANE, 8) is None
        assert list(tx.lams(ACCORD, SENDER, LANE)) == [lam(3), lam(7)]


def test_the_private_journal_is_one_whole_chain(store: SqlStore) -> None:
    with store.writing() as tx:
        assert tx.private_head() is None
        for body in (b'{"a":1}', b"[]", b'"text"'):
            note(tx, body)
    with store.writing() as tx:
        records = tx.private_records(0, 10)
        assert tx.private_head() == records[-1]
        assert tx.private_records(1, 1) == records[1:2]
        for wrong in (records[0], records[2], msgspec.structs.replace(records[2], number=4)):
            with pytest.raises(Unavailable):
                tx.append_private(wrong)
        assert tx.private_records(0, 10) == records
    assert [bytes(record.body) for record in records] == [b'{"a":1}', b"[]", b'"text"']
    assert verify_chain(records) == []


def test_one_cause_raises_one_alarm_until_it_is_cleared(store: SqlStore) -> None:
    first = AlarmRow("silence/north", ACCORD, "silence", "nothing heard", 100)
    other = AlarmRow("another", "", "disk", "nearly full", 90)
    with store.writing() as tx:
        assert tx.raise_alarm(first)
        assert tx.raise_alarm(other)
        assert not tx.raise_alarm(msgspec.structs.replace(first, raised_ms=200, text="still nothing"))
        assert tx.alarms() == [other, first]
        assert tx.clear_alarm(first.alarm_id, 300)
        assert not tx.clear_alarm(first.alarm_id, 301)
        assert not tx.clear_alarm("unknown", 302)
        assert tx.alarms() == [other]
        assert tx.alarms(standing_only=False) == [other, msgspec.structs.replace(first, cleared_ms=300)]
        again = msgspec.structs.replace(first, raised_ms=400)
        assert tx.raise_alarm(again)
        assert tx.alarms() == [other, again]


def test_the_quarantine_holds_a_bounded_number_of_bounded_rows_and_the_oldest_go(store: SqlStore) -> None:
    more = MAX_QUARANTINE_ROWS + 3
    with store.writing() as tx:
        for n in range(more):
            tx.quarantine(QuarantineRow(n, ACCORD, "signature-wrong", b"%d" % n))
    with store.reading() as tx:
        kept = tx.quarantined()
    assert kept == [QuarantineRow(n, ACCORD, "signature-wrong", b"%d" % n) for n in range(3, more)]
    hostile = QuarantineRow(0, "\0\ud800" + "a" * 10**6, "code" * 10**5, b"\xff" * (MAX_QUARANTINE_BYTES + 1))
    with store.writing() as tx:
        tx.quarantine(hostile)
        last = tx.quarantined()[-1]
    assert last.data == b"\xff" * MAX_QUARANTINE_BYTES
    assert len(last.accord_id) <= 256
    assert len(last.code) <= 256


def test_calls_are_kept_changed_and_forgotten_by_number(store: SqlStore) -> None:
    calls = [
        TelephonedRow(
            number=number,
            accord_id=ACCORD,
            sender=SENDER,
            lane=Lane.URGENT,
            place=2**53 - 1,
            kind="EMERGENCY",
            state="unverified",
            entered_ms=1_533_124_800_000,
            position="watch",
            pseudonym="fox",
            value=bytes(range(256)),
        )
        for number in (1, 2, 10)
    ]
    with store.writing() as tx:
        for call in reversed(calls):
            tx.save_telephoned(call)
    verified = msgspec.structs.replace(calls[1], state="verified")
    with store.writing() as tx:
        tx.save_telephoned(verified)
        tx.forget_telephoned(10)
        tx.forget_telephoned(11)
    with store.reading() as tx:
        assert tx.telephoned() == [calls[0], verified]
        assert tx.telephoned("unverified") == [calls[0]]
        assert tx.telephoned("nothing") == []


def test_counters_add_up(store: SqlStore) -> None:
    with store.writing() as tx:
        for _ in range(3):
            tx.count("said")
        tx.count("heard", 10)
        tx.count("heard", 5)
    with store.reading() as tx:
        assert tx.counters() == {"heard": 15, "said": 3}


def test_threads_take_turns_and_lose_nothing(store: SqlStore) -> None:
    failures: list[OpenlineError] = []

    def write() -> None:
        for _ in range(20):
            try:
                with store.writing() as tx:
                    append(tx)
                    tx.count("said")
            except OpenlineError as error:
                failures.append(error)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as tx:
        written = 80 - len(failures)
        assert tx.lane_head(ACCORD, SENDER, LANE).number == tx.counters()["said"] == written > 0
    assert {error.code for error in failures} <= {"store-busy"}


def test_a_block_inside_a_writing_block_says_busy_instead_of_waiting_for_ever(store: SqlStore) -> None:
    with store.writing() as tx:
        append(tx)
        with pytest.raises(Unavailable) as caught, store.writing():
            pass
    assert caught.value.code == "store-busy"
    with store.reading() as tx:
        assert tx.lane_head(ACCORD, SENDER, LANE).number == 1
