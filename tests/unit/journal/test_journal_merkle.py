"""The tree against the definitions of RFC 9162, written down a second time, naively."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openline.errors import Invalid, Unverifiable
from openline.journal.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    frontier_of,
    hash_leaf,
    inclusion_proof,
    root_of,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [hash_leaf(bytes([number])) for number in range(72)]
SIZES = st.integers(1, 70)


def _k(size: int) -> int:
    return max(2**power for power in range(size.bit_length()) if 2**power < size)


def naive_root(data: list[bytes]) -> bytes:
    """Sec. 2.1.1, on leaf data."""
    if not data:
        return hashlib.sha256(b"").digest()
    if len(data) == 1:
        return hashlib.sha256(b"\x00" + data[0]).digest()
    k = _k(len(data))
    return hashlib.sha256(b"\x01" + naive_root(data[:k]) + naive_root(data[k:])).digest()


def naive_path(index: int, data: list[bytes]) -> list[bytes]:
    """Sec. 2.1.3.1."""
    if len(data) == 1:
        return []
    k = _k(len(data))
    if index < k:
        return [*naive_path(index, data[:k]), naive_root(data[k:])]
    return [*naive_path(index - k, data[k:]), naive_root(data[:k])]


def naive_consistency(first: int, data: list[bytes], known: bool = True) -> list[bytes]:
    """SUBPROOF, sec. 2.1.4.1."""
    if first == len(data):
        return [] if known else [naive_root(data)]
    k = _k(len(data))
    if first <= k:
        return [*naive_consistency(first, data[:k], known), naive_root(data[k:])]
    return [*naive_consistency(first - k, data[k:], False), naive_root(data[:k])]


def _data(size: int) -> list[bytes]:
    return [bytes([number]) for number in range(size)]


def test_roots_and_all_inclusion_proofs_are_those_of_the_rfc_for_every_size_to_33() -> None:
    assert root_of([]) == EMPTY_ROOT == naive_root([])
    for size in range(1, 34):
        assert root_of(LEAVES[:size]) == naive_root(_data(size))
        for index in range(size):
            assert list(inclusion_proof(LEAVES, index, size)) == naive_path(index, _data(size))


def test_all_consistency_proofs_are_those_of_the_rfc_for_every_size_to_33() -> None:
    for second in range(1, 34):
        for first in range(1, second + 1):
            proof = consistency_proof(LEAVES, first, second)
            assert list(proof) == naive_consistency(first, _data(second))
            assert verify_consistency(first, second, root_of(LEAVES[:first]), root_of(LEAVES[:second]), proof)


@settings(max_examples=200)
@given(st.data())
def test_an_inclusion_proof_convinces_for_its_own_leaf_place_and_root_only(data: st.DataObject) -> None:
    size = data.draw(SIZES)
    index = data.draw(st.integers(0, size - 1))
    other_index = data.draw(st.integers(0, size + 2))
    proof, root = inclusion_proof(LEAVES, index, size), root_of(LEAVES[:size])
    assert verify_inclusion(LEAVES[index], index, size, proof, root)
    assert verify_inclusion(LEAVES[index], other_index, size, proof, root) == (other_index == index)
    assert not verify_inclusion(LEAVES[index + 1], index, size, proof, root)
    assert not verify_inclusion(LEAVES[index], index, size, (*proof, proof[-1] if proof else root), root)
    assert not verify_inclusion(LEAVES[index], index, size, proof, root_of(LEAVES[: size + 1]))
    assert not verify_inclusion(LEAVES[index], index, 1 << (size.bit_length() + 1), proof, root)
    if proof:
        assert not verify_inclusion(LEAVES[index], index, size, proof[:-1], root)
        assert not verify_inclusion(LEAVES[index], index, size, _changed(proof, data), root)


@settings(max_examples=200)
@given(st.data())
def test_a_consistency_proof_convinces_for_its_own_two_trees_only(data: st.DataObject) -> None:
    second = data.draw(st.integers(2, 69))
    first = data.draw(st.integers(1, second - 1))
    old, new = root_of(LEAVES[:first]), root_of(LEAVES[:second])
    proof = consistency_proof(LEAVES, first, second)
    assert verify_consistency(first, second, old, new, proof)
    forked = root_of([*LEAVES[: first - 1], LEAVES[69], *LEAVES[first:second]])
    assert not verify_consistency(first, second, old, forked, proof)
    assert not verify_consistency(first, second, new, old, proof)
    assert not verify_consistency(first, second, old, new, proof[:-1])
    assert not verify_consistency(first, second, old, new, (*proof, proof[-1]))
    assert not verify_consistency(first, second, old, new, _changed(proof, data))
    assert verify_consistency(second, second, new, new, ())
    assert not verify_consistency(second, second, new, new, proof)
    assert not verify_consistency(second, second, old, new, ())
    assert not verify_consistency(0, second, EMPTY_ROOT, new, ())


def _changed(proof: tuple[bytes, ...], data: st.DataObject) -> tuple[bytes, ...]:
    at = data.draw(st.integers(0, len(proof) - 1))
    return (*proof[:at], bytes([proof[at][0] ^ 1]) + proof[at][1:], *proof[at + 1 :])


@settings(max_examples=100)
@given(st.integers(0, 70), st.integers(0, 70))
def test_a_frontier_put_away_and_taken_up_again_grows_the_same_tree(one: int, two: int) -> None:
    stop, size = sorted((one, two))
    frontier = Frontier.from_bytes(frontier_of(LEAVES[:stop]).to_bytes())
    for leaf in LEAVES[stop:size]:
        frontier = frontier.append(leaf)
    assert frontier == frontier_of(LEAVES[:size])
    assert frontier.root == naive_root(_data(size))
    assert len(frontier.nodes) == size.bit_count()


@pytest.mark.parametrize(
    "data", [b"", b"\x00" * 7, b"\x00" * 9, b"\x00" * 7 + b"\x01", b"\x00" * 7 + b"\x03" + b"h" * 32]
)
def test_a_broken_frontier_is_unverifiable(data: bytes) -> None:
    with pytest.raises(Unverifiable) as caught:
        Frontier.from_bytes(data)
    assert caught.value.code == "frontier-malformed"


@pytest.mark.parametrize(
    "ask",
    [
        lambda: inclusion_proof(LEAVES, 3, 3),
        lambda: inclusion_proof(LEAVES, -1, 3),
        lambda: inclusion_proof(LEAVES, 0, 73),
        lambda: consistency_proof(LEAVES, 0, 3),
        lambda: consistency_proof(LEAVES, 4, 3),
        lambda: consistency_proof(LEAVES, 4, 73),
    ],
)
def test_a_place_outside_the_tree_is_invalid(ask) -> None:
    with pytest.raises(Invalid) as caught:
        ask()
    assert caught.value.code == "index-outside-tree"
