"""Whatever is done to a journal is found: bytes, entries, order, forks, ends."""

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openline.journal import verify as verification
from openline.journal.entry import Lane, leaf_hash
from openline.journal.envelope import keys_by_id
from openline.journal.private import PrivateRecord, next_record, verify_chain
from openline.journal.verify import LaneName, verify_lane
from unit.journal.sealed_lane import (
    NODE_A,
    NODE_B,
    NODE_KEYS,
    STRANGER,
    body,
    lam,
    sealed_lam,
    sealed_lane,
    sealed_message,
)

LENGTH = 12
ROWS, HEADS = sealed_lane([f"message {number}" for number in range(1, LENGTH + 1)])
HEAD = HEADS[-1]
LAMS = [sealed_lam(HEADS[number]) for number in (1, 4, 4, 9, 12)]
Row = tuple[int, str, bytes]


def _codes(rows: list[Row], **changed: object) -> set[str]:
    arguments = {"head": HEAD, "keys": NODE_KEYS, "lams": LAMS, **changed}
    return {finding.code for finding in verify_lane(rows, **arguments)}


@pytest.mark.parametrize("signatures", [True, False])
@pytest.mark.parametrize("length", [0, 1, 5, LENGTH])
def test_a_whole_lane_has_no_findings(length: int, signatures: bool) -> None:
    lams = [sealed for sealed, number in zip(LAMS, (1, 4, 4, 9, 12), strict=True) if number <= length]
    against = lam(HEADS[length]) if length else None
    changed = {"head": HEADS[length], "lams": lams, "against": against, "signatures": signatures}
    assert _codes(ROWS[:length], **changed) == set()


@settings(max_examples=150, deadline=None)
@given(st.integers(0, LENGTH - 1), st.data())
def test_any_changed_byte_is_found_even_where_its_hash_is_made_to_fit(at: int, data: st.DataObject) -> None:
    number, digest, sealed = ROWS[at]
    flipped = bytearray(sealed)
    flipped[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    changed = bytes(flipped)
    assert "hash-wrong" in _codes([*ROWS[:at], (number, digest, changed), *ROWS[at + 1 :]], signatures=False)
    fitted = [*ROWS[:at], (number, leaf_hash(changed), changed), *ROWS[at + 1 :]]
    assert _codes(fitted)
    assert _codes(fitted, head=None, lams=())  # without head and LAMs, the signature alone tells


@settings(max_examples=60, deadline=None)
@given(st.integers(0, LENGTH - 1), st.booleans())
def test_a_dropped_entry_is_found(at: int, renumbered: bool) -> None:
    kept = [*ROWS[:at], *ROWS[at + 1 :]]
    if renumbered:
        kept = [(number, digest, sealed) for number, (_, digest, sealed) in enumerate(kept, start=1)]
    last = at == LENGTH - 1
    expected = "cut-off" if last else ("previous-wrong" if renumbered else "gap")
    assert expected in _codes(kept)
    if not last:
        assert _codes(kept, head=None, lams=(), signatures=False)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, LENGTH - 1), min_size=2, max_size=2, unique=True), st.booleans())
def test_reordered_entries_are_found(pair: list[int], renumbered: bool) -> None:
    one, other = pair
    rows = list(ROWS)
    rows[one], rows[other] = rows[other], rows[one]
    if renumbered:
        rows = [(number, digest, sealed) for number, (_, digest, sealed) in enumerate(rows, start=1)]
    assert _codes(rows, head=None, lams=(), signatures=False) >= (
        {"number-wrong"} if renumbered else {"out-of-order"}
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(1, LENGTH))
def test_a_lane_rewritten_by_its_own_sender_shows_against_the_partner_s_checkpoint(first: int) -> None:
    """The sender holds the key, so chain and signatures are good; only what the partner signed tells."""
    rows, heads = list(ROWS[: first - 1]), list(HEADS[:first])
    for number in range(first, LENGTH + 1):
        sealed = sealed_message(heads[-1], f"rewritten {number}")
        heads.append(heads[-1].extend(sealed))
        rows.append((number, heads[-1].hash, sealed))
    assert _codes(rows, head=heads[-1], lams=()) == set()
    assert _codes(rows, head=heads[-1], lams=(), against=lam(HEAD)) == {"root-wrong"}
    assert _codes(rows, head=heads[-1], lams=LAMS) == {"root-wrong"}
    for number in range(1, LENGTH + 1):
        found = _codes(rows, head=heads[-1], lams=(), against=lam(HEADS[number]))
        assert found == ({"root-wrong"} if number >= first else set())


@settings(max_examples=30, deadline=None)
@given(st.integers(0, LENGTH - 1))
def test_what_was_cut_off_the_end_shows_against_head_lam_and_checkpoint(kept: int) -> None:
    rows, none = ROWS[:kept], {"head": HEADS[kept], "lams": (), "against": None}
    assert _codes(rows, **none) == set()
    assert _codes(rows, **{**none, "head": HEAD}) == {"cut-off"}
    assert _codes(rows, **{**none, "lams": LAMS[-1:]}) == {"cut-off"}
    assert _codes(rows, **{**none, "against": lam(HEAD)}) == {"cut-off"}


def test_two_messages_under_one_number_are_a_fork_and_the_same_one_twice_a_repetition() -> None:
    other = sealed_message(HEADS[4], "the other fifth")
    assert _codes([*ROWS[:5], (5, leaf_hash(other), other), *ROWS[5:]]) == {"forked"}
    assert _codes([*ROWS[:5], ROWS[4], *ROWS[5:]]) == {"repeated"}


def _replaced(at: int, **changed: object) -> list[Row]:
    sealed = sealed_message(HEADS[at], "other", **changed)
    return [*ROWS[:at], (at + 1, leaf_hash(sealed), sealed)]


@pytest.mark.parametrize(
    ("rows", "changed", "code"),
    [
        (_replaced(3, key=STRANGER), {"head": None, "lams": ()}, "key-unknown"),
        (_replaced(3, accord="another"), {"head": None, "lams": ()}, "lane-mixed"),
        (_replaced(3, lane=Lane.URGENT), {"head": None, "lams": ()}, "lane-mixed"),
        (_replaced(3, exercise=False), {"head": None, "lams": ()}, "lane-mixed"),
        (ROWS, {"name": LaneName.of(lam(HEAD, sender="west"))}, "lane-mixed"),
        (ROWS, {"keys": keys_by_id(NODE_B.public)}, "key-unknown"),
        (ROWS, {"keys": keys_by_id(NODE_A.public)}, "key-unknown"),
        (ROWS, {"lam_keys": keys_by_id(NODE_A.public)}, "key-unknown"),
        (ROWS, {"lams": [b"rubbish"]}, "envelope-malformed"),
        (ROWS, {"lams": [sealed_lam(HEADS[3], lane=Lane.URGENT)]}, "lam-elsewhere"),
        (ROWS, {"lams": [sealed_lam(HEADS[3], number=99, lane=Lane.URGENT)]}, "lam-elsewhere"),
        (ROWS, {"lams": [LAMS[3], LAMS[0]]}, "lam-out-of-order"),
        (ROWS, {"lams": [sealed_lam(HEADS[3], root="0" * 64)]}, "root-wrong"),
        (ROWS, {"head": HEADS[5]}, "head-wrong"),
        (ROWS, {"head": msgspec.structs.replace(HEAD, hash="0" * 64)}, "head-wrong"),
        (ROWS, {"head": msgspec.structs.replace(HEAD, frontier=HEADS[8].frontier)}, "head-wrong"),
        ([], {"lams": (), "against": lam(HEADS[2]), "head": None}, "cut-off"),
    ],
)
def test_each_kind_of_damage_has_its_own_word(rows: list[Row], changed: dict, code: str) -> None:
    assert code in _codes(rows, **changed)


def test_a_journal_wrong_throughout_is_reported_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "MAX_FINDINGS", 5)
    findings = verify_lane(ROWS, head=HEAD, keys=keys_by_id(STRANGER.public))
    assert [finding.code for finding in findings] == ["key-unknown"] * 5 + ["too-many-findings"]


RECORDS: list[PrivateRecord] = []
for _number in range(8):
    _head = RECORDS[-1] if RECORDS else None
    RECORDS.append(next_record(_head, 1_000 * _number, "received", body({"count": _number})))


def _impostor(record: PrivateRecord) -> PrivateRecord:
    """Something else that claims to have stood before the record."""
    return msgspec.structs.replace(record, number=record.number - 1, hash="e" * 64)


Change = Callable[[PrivateRecord], PrivateRecord]


@pytest.mark.parametrize(
    "change",
    [
        lambda record: msgspec.structs.replace(record, at_ms=record.at_ms + 1),
        lambda record: msgspec.structs.replace(record, kind="sent"),
        lambda record: msgspec.structs.replace(record, body=body({"count": -1})),
        lambda record: msgspec.structs.replace(record, body=msgspec.Raw(b'{"count": 1}')),
        lambda record: msgspec.structs.replace(record, number=record.number + 1),
        lambda record: msgspec.structs.replace(record, previous="f" * 64),
        lambda record: msgspec.structs.replace(record, hash="f" * 64),
        lambda record: next_record(_impostor(record), record.at_ms, record.kind, record.body),
        lambda record: next_record(None, record.at_ms, record.kind, record.body),
    ],
)
@pytest.mark.parametrize("at", range(1, len(RECORDS)))
def test_any_change_in_the_private_journal_is_found(at: int, change: Change) -> None:
    assert verify_chain(RECORDS, RECORDS[-1]) == []
    assert verify_chain([*RECORDS[:at], change(RECORDS[at]), *RECORDS[at + 1 :]])


@pytest.mark.parametrize(
    ("records", "code"),
    [
        (RECORDS[1:], "gap"),
        ([*RECORDS[:3], *RECORDS[4:]], "gap"),
        ([*RECORDS[:3], RECORDS[2], *RECORDS[3:]], "out-of-order"),
        ([RECORDS[1], RECORDS[0], *RECORDS[2:]], "out-of-order"),
        (RECORDS[:-1], "cut-off"),
        ([], "cut-off"),
    ],
)
def test_dropped_repeated_reordered_and_cut_off_private_records_are_found(records: list, code: str) -> None:
    assert code in {finding.code for finding in verify_chain(records, RECORDS[-1])}
