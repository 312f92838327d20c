"""Canonical JSON against two oracles: Python's json for what is said, and rfc8785 for how it is spelt."""

import json
from typing import Any

import rfc8785
from hypothesis import strategies as st

from fuzz.fuzzing import fuzzed
from fuzz.spoiling import spoilt
from openline.errors import Invalid
from openline.journal.bounds import MAX_WIRE_INTEGER
from openline.journal.canonical import MAX_DEPTH, canonical, decode_canonical

WHOLE = st.integers(-MAX_WIRE_INTEGER, MAX_WIRE_INTEGER)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | WHOLE | st.text(max_size=8),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=4), inside, max_size=4),
    max_leaves=12,
)


class Outside(Exception):
    """Not of the domain that canonical JSON is held to here."""


def outside(_: object) -> Any:
    raise Outside


def oracle(data: bytes) -> bool:
    """Whether the bytes are the one spelling of a value of the domain."""
    try:
        tree = json.loads(data.decode(), parse_float=outside, parse_constant=outside)
        check_domain(tree, 1)
        return bool(rfc8785.dumps(tree) == data)
    except (Outside, ValueError, RecursionError, rfc8785.CanonicalizationError):
        return False


def check_domain(tree: Any, depth: int) -> None:
    if isinstance(tree, dict | list) and depth > MAX_DEPTH:
        raise Outside
    if isinstance(tree, dict):
        if any(ord(character) > 0xFFFF for name in tree for character in name):
            raise Outside
        tree = list(tree.values())
    for inside in tree if isinstance(tree, list) else ():
        check_domain(inside, depth + 1)


@fuzzed(100, data=spoilt(VALUES) | st.binary(max_size=40))
def test_the_reader_accepts_exactly_what_both_oracles_accept(data: bytes) -> None:
    try:
        value = decode_canonical(data, Any)
    except Invalid:
        assert not oracle(data)
        return
    assert oracle(data)
    assert value == json.loads(data)
    assert canonical(value) == data
