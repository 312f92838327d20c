"""One spelling: byte-identical with RFC 8785 on our domain, and refused outside it."""

import json
from typing import Annotated, Any, Literal

import msgspec
import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from openline.errors import Invalid, LimitExceeded
from openline.journal.bounds import MAX_WIRE_INTEGER
from openline.journal.canonical import (
    MAX_DEPTH,
    canonical,
    decode_canonical,
    decode_spelt,
    encode_sorted,
    is_closed,
)

CHARACTERS = st.characters(exclude_categories=["Cs"])
NAMES = st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0xFFFF), max_size=8)
INTEGERS = st.integers(-MAX_WIRE_INTEGER, MAX_WIRE_INTEGER)
VALUES = st.recursive(
    st.none() | st.booleans() | INTEGERS | st.text(CHARACTERS, max_size=12),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=25,
)


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    zone: str
    count: int


@settings(max_examples=300)
@given(VALUES)
def test_spells_as_the_rfc8785_package_does(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)
    assert decode_canonical(canonical(value), object if value is None else type(value)) == value


def test_every_single_character_is_spelt_as_rfc_8785_says() -> None:
    """Exhaustive: the escapes are where JSON writers differ."""
    everything = [chr(code) for code in range(0x110000) if not 0xD800 <= code <= 0xDFFF]
    for start in range(0, len(everything), 4096):
        block = everything[start : start + 4096]
        assert canonical(block) == rfc8785.dumps(block)


@settings(max_examples=100)
@given(st.dictionaries(st.text(CHARACTERS, max_size=4), st.integers(0, 9), max_size=6))
@example({"\U00010000": 1, "\uffff": 2})  # code points and UTF-16 units order these two differently
def test_object_names_are_spelt_as_rfc_8785_says_or_refused(value: dict[str, int]) -> None:
    if any(character > "\uffff" for name in value for character in name):
        with pytest.raises(Invalid) as caught:
            canonical(value)
        assert caught.value.code == "name-outside-plane"
    else:
        assert canonical(value) == rfc8785.dumps(value)


@settings(max_examples=300)
@given(VALUES, st.data())
def test_any_other_spelling_of_a_value_is_refused(value: object, data: st.DataObject) -> None:
    spelling = json.dumps(
        value,
        ensure_ascii=data.draw(st.booleans()),
        indent=data.draw(st.none() | st.integers(0, 2)),
        separators=data.draw(st.sampled_from([(",", ":"), (", ", ":"), (",", ": ")])),
    ).encode()
    if spelling == canonical(value):
        assert decode_canonical(spelling, object) == value
    else:
        with pytest.raises(Invalid) as caught:
            decode_canonical(spelling, object)
        assert caught.value.code == "not-canonical"


@settings(max_examples=200)
@given(st.binary(max_size=40) | VALUES.map(canonical), st.binary(max_size=3), st.integers(0, 40))
def test_no_bytes_crash_the_reader(data: bytes, noise: bytes, at: int) -> None:
    mangled = data[:at] + noise + data[at:]
    try:
        value = decode_canonical(mangled, object)
    except Invalid:
        return
    assert rfc8785.dumps(value) == mangled


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"1.0", "float-forbidden"),
        (b"1e3", "float-forbidden"),
        (b"-0", "not-canonical"),
        (b"01", "json-malformed"),
        (b"NaN", "json-malformed"),
        (b"9007199254740992", "number-outside-range"),
        (b"-9007199254740992", "number-outside-range"),
        (b"9" * 5000, "number-outside-range"),
        (b'{"a":1,"a":1}', "not-canonical"),
        (b'{"b":1,"a":1}', "not-canonical"),
        (b'"\\u0041"', "not-canonical"),
        (b'"\\/"', "not-canonical"),
        (b'"\\u001F"', "not-canonical"),
        (b'"\\ud800"', "json-malformed"),
        (b'"\xff"', "json-malformed"),
        (b'"\xed\xa0\x80"', "json-malformed"),
        (b"\xef\xbb\xbf1", "json-malformed"),
        (b"1 ", "not-canonical"),
        (b"1 2", "json-malformed"),
        (b"", "json-malformed"),
    ],
)
def test_what_is_outside_the_domain_is_refused_by_name(data: bytes, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        decode_canonical(data, object)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (0.5, "float-forbidden"),
        ([float("nan")], "float-forbidden"),
        (((float("nan"),),), "float-forbidden"),
        ({"body": msgspec.Raw(b"null"), "height": float("inf")}, "float-forbidden"),
        (2**53, "number-outside-range"),
        ("\ud800", "text-not-unicode"),
        (object(), "value-unknown"),
        ({1: 1, "1": 2}, "value-unknown"),
        (msgspec.Raw(b'{"b":1,"a":2}'), "not-canonical"),
        (msgspec.Raw(b"nonsense"), "json-malformed"),
    ],
)
def test_what_has_no_canonical_form_is_never_written(value: object, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        canonical(value)
    assert caught.value.code == code


@pytest.mark.parametrize(("depth", "good"), [(MAX_DEPTH, True), (MAX_DEPTH + 1, False), (200_000, False)])
def test_nesting_has_a_named_limit(depth: int, good: bool) -> None:
    data = b"[" * depth + b"]" * depth
    if good:
        assert canonical(decode_canonical(data, object)) == data
        return
    with pytest.raises(LimitExceeded) as caught:
        decode_canonical(data, object)
    assert (caught.value.code, caught.value.clause) == ("too-deep", "MAX_DEPTH")


@pytest.mark.parametrize(
    ("data", "code", "field"),
    [
        (b'{"count":1,"target":2,"zone":"x"}', "field-unknown", None),
        (b'{"count":"1","zone":"x"}', "field-malformed", "count"),
        (b'{"count":1}', "field-malformed", None),
        (b"[]", "field-malformed", None),
    ],
)
def test_a_shape_refuses_unknown_missing_and_ill_typed_fields(
    data: bytes, code: str, field: str | None
) -> None:
    with pytest.raises(Invalid) as caught:
        decode_canonical(data, Shape)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert decode_canonical(b'{"count":1,"zone":"x"}', Shape) == Shape("x", 1)


# One spelling of a typed value

Count = Annotated[int, msgspec.Meta(ge=-MAX_WIRE_INTEGER, le=MAX_WIRE_INTEGER)]


class Inner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    zone: str
    way: Literal["in", "out"] = "in"


class Closed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    text: str
    count: Count
    inner: Inner | None = None
    notes: tuple[str, ...] = ()
    counts: list[Count] = []


def verdict(read: Any) -> object:
    try:
        return read()
    except Invalid as fault:
        return fault.code


def by_looking(data: bytes) -> Closed:
    """Every byte looked at, as it is done with what is not closed."""
    value: Closed = decode_canonical(data, Closed)
    if encode_sorted(value) != data:
        raise Invalid("not-the-one-spelling", "")
    return value


INNER = st.none() | st.builds(Inner, st.text(CHARACTERS, max_size=5), st.sampled_from(["in", "out"]))
CLOSED = st.builds(
    Closed,
    st.text(CHARACTERS, max_size=12),
    st.integers(-(2**70), 2**70),
    INNER,
    st.tuples(st.text(CHARACTERS, max_size=5)) | st.just(()),
    st.lists(st.integers(-(2**54), 2**54), max_size=3),
)
SPLINTERS = st.sampled_from(
    [b"", b" ", b"0", b".0", b"e0", b"-", b"\\u0041", b"\\", b"\xf0\x90\x80\x80", b'"', b",", b"null"]
)


@settings(max_examples=500)
@given(CLOSED, SPLINTERS, st.integers(0, 400), st.integers(0, 2))
def test_a_closed_value_is_read_without_a_look_as_it_is_with_one(
    value: Closed, splinter: bytes, place: int, cut: int
) -> None:
    data = encode_sorted(value)
    at = place % (len(data) + 1)
    data = data[:at] + splinter + data[at + cut :]
    assert verdict(lambda: decode_spelt(data, Closed)) == verdict(lambda: by_looking(data))


@pytest.mark.parametrize(
    "open_shape",
    [
        int,
        float,
        Any,
        msgspec.Raw,
        dict[str, str],
        list[int],
        Shape,
        Annotated[int, msgspec.Meta(ge=0)],
        bytes,
    ],
)
def test_what_could_leave_the_domain_is_not_taken_for_closed(open_shape: Any) -> None:
    assert not is_closed(open_shape)
    assert not is_closed(list[open_shape])
    assert is_closed(Closed)
