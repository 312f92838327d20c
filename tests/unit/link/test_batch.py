"""The batch carries exact bytes, and whatever came over the wire comes apart or is named."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openline.errors import Invalid, LimitExceeded
from openline.link import batch
from openline.node.results import Problem

ITEMS = st.lists(
    st.binary(min_size=1, max_size=60).filter(lambda it: b"\n" not in it), min_size=1, max_size=20
)
PROBLEM = Problem(error="unverifiable", code="key-unknown", text="who?", party="bravo")


@given(ITEMS)
def test_what_is_carried_arrives_byte_for_byte_and_in_order(items: list[bytes]) -> None:
    assert batch.decode_batch(batch.encode_batch(items)) == batch.Batch(tuple(items), b"")


@given(ITEMS, st.integers(min_value=1))
def test_a_body_cut_anywhere_gives_only_whole_items_and_names_the_rest(items: list[bytes], cut: int) -> None:
    body = batch.encode_batch(items)
    body = body[: max(1, cut % len(body))]
    came = batch.decode_batch(body)
    assert came.items == tuple(items[: len(came.items)])
    assert b"".join(item + b"\n" for item in came.items) + came.truncated == body


@given(st.binary(max_size=300))
def test_any_bytes_at_all_come_apart_or_are_refused_by_name(body: bytes) -> None:
    for decode in (batch.decode_batch, batch.decode_answer):
        with contextlib.suppress(Invalid):  # and nothing else
            decode(body)


def test_an_item_with_a_newline_cannot_be_sent() -> None:
    with pytest.raises(Invalid, match="item-holds-newline"):
        batch.encode_batch([b"one\ntwo"])


@pytest.mark.parametrize(
    ("body", "limit"),
    [(b"x" * (batch.MAX_BODY_BYTES + 1), "MAX_BODY_BYTES"), (b"\n" * (batch.MAX_ITEMS + 1), "MAX_ITEMS")],
)
def test_meeting_a_limit_is_an_error_that_names_it(body: bytes, limit: str) -> None:
    with pytest.raises(LimitExceeded) as met:
        batch.decode_batch(body)
    assert met.value.clause == limit


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(min_value=1, max_value=6), max_size=12))
def test_a_long_backlog_is_split_without_loss_into_bodies_within_the_limits(sizes: list[int]) -> None:
    items = [bytes([65 + number % 26]) * (size * 1024 * 1024) for number, size in enumerate(sizes)]
    parts = list(batch.split_batches(items))
    assert [item for part in parts for item in part] == items
    assert all(len(batch.encode_batch(part)) <= batch.MAX_BODY_BYTES for part in parts)


def test_an_answer_never_outgrows_what_the_other_side_reads() -> None:
    items = [b"i" * (5 * 1024 * 1024)] * 5
    body = batch.encode_answer(items, [PROBLEM] * 3)
    came = batch.decode_answer(body)
    assert len(body) <= batch.MAX_BODY_BYTES
    assert len(came.items) == 3
    assert len(came.problems) == 3


def test_whoever_could_not_be_verified_does_not_learn_whose_line_it_is() -> None:
    (told,) = batch.decode_answer(batch.encode_answer([], [PROBLEM])).problems
    assert (told.code, told.party) == ("key-unknown", None)
