"""The Merkle tree of RFC 9162 (Certificate Transparency 2.0) section 2.1, to the letter, with SHA-256.

Functions work on leaf hashes (32 raw bytes each), never on leaf data, so that whoever proves needs no message
bodies. A ``Frontier`` is the compact range of a growing tree: the roots of its perfect subtrees, from which
alone the root follows.
"""

import hashlib
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

import msgspec

from openline.errors import Invalid, Unverifiable

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
"""MTH({}) (sec. 2.1.1)."""

_SIZE_BYTES: Final = 8


def hash_leaf(data: bytes) -> bytes:
    """SHA-256(0x00 || data) (sec. 2.1.1)."""
    return hashlib.sha256(b"\x00" + data).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right) (sec. 2.1.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier(msgspec.Struct, frozen=True):
    """A tree of ``size`` leaves, folded: one node for each binary one of the size, the largest subtree
    first.
    """

    size: int = 0
    nodes: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> "Frontier":
        """The tree with one more leaf hash at its right end; O(log size)."""
        nodes, node, pairs = list(self.nodes), leaf, self.size
        while (
            pairs & 1
        ):  # as in binary counting: each trailing one is a full subtree that the new node completes
            node = hash_node(nodes.pop(), node)
            pairs >>= 1
        return Frontier(self.size + 1, (*nodes, node))

    @property
    def root(self) -> bytes:
        """The tree's root, MTH(D[size])."""
        if not self.nodes:
            return EMPTY_ROOT
        root = self.nodes[-1]
        for left in reversed(self.nodes[:-1]):
            root = hash_node(left, root)
        return root

    def to_bytes(self) -> bytes:
        """Size (8 bytes, big-endian), then the nodes: at most 8 + 32 * 64 bytes."""
        return self.size.to_bytes(_SIZE_BYTES, "big") + b"".join(self.nodes)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Frontier":
        """Raises Unverifiable ``frontier-malformed`` where length and size do not fit."""
        size = int.from_bytes(data[:_SIZE_BYTES], "big")
        body = data[_SIZE_BYTES:]
        if len(data) < _SIZE_BYTES or len(body) != size.bit_count() * HASH_BYTES:
            raise _malformed()
        return cls(size, tuple(body[at : at + HASH_BYTES] for at in range(0, len(body), HASH_BYTES)))


def extended(frontier: bytes, leaf: bytes) -> bytes:
    """``Frontier.from_bytes(frontier).append(leaf).to_bytes()``, on the bytes themselves: a lane's head moves
    so with every message. Raises Unverifiable ``frontier-malformed``.
    """
    size = int.from_bytes(frontier[:_SIZE_BYTES], "big")
    end = len(frontier)
    if end != _SIZE_BYTES + size.bit_count() * HASH_BYTES:
        raise _malformed()
    node, pairs = leaf, size
    while pairs & 1:
        end -= HASH_BYTES
        node = hash_node(frontier[end : end + HASH_BYTES], node)
        pairs >>= 1
    return (size + 1).to_bytes(_SIZE_BYTES, "big") + frontier[_SIZE_BYTES:end] + node


def frontier_of(leaves: Iterable[bytes]) -> Frontier:
    """The frontier over leaf hashes, in one pass with O(log n) memory."""
    frontier = Frontier()
    for leaf in leaves:
        frontier = frontier.append(leaf)
    return frontier


def root_of(leaves: Iterable[bytes]) -> bytes:
    """MTH over leaf hashes (sec. 2.1.1)."""
    return frontier_of(leaves).root


def inclusion_proof(leaves: Sequence[bytes], index: int, size: int) -> tuple[bytes, ...]:
    """PATH(index, D[size]), lowest sibling first (sec. 2.1.3.1).

    leaves: at least the first ``size`` leaf hashes. index: from 0. Raises Invalid ``index-outside-tree``.
    """
    if not 0 <= index < size <= len(leaves):
        raise _outside(f"leaf {index} of a tree of {size}, with {len(leaves)} leaves known")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_root(leaves, middle, end))
            end = middle
        else:
            path.append(_range_root(leaves, start, middle))
            start = middle
    return tuple(reversed(path))


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """True if ``proof`` shows leaf hash ``leaf`` at ``index`` of the tree of ``size`` with ``root`` (sec.
    2.1.3.2).
    """
    if not 0 <= index < size:
        return False
    first, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if first & 1 or first == last:
            node = hash_node(sibling, node)
            first, last = _climb_to_right_child(first, last)
        else:
            node = hash_node(node, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and node == root


def consistency_proof(leaves: Sequence[bytes], first: int, second: int) -> tuple[bytes, ...]:
    """PROOF(first, D[second]) (sec. 2.1.4.1); empty for equal sizes. Raises Invalid
    ``index-outside-tree``.
    """
    if not 0 < first <= second <= len(leaves):
        raise _outside(f"a tree of {first} within one of {second}, with {len(leaves)} leaves known")
    path: list[bytes] = []
    start, end, known = 0, second, True
    while first < end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(_range_root(leaves, middle, end))
            end = middle
        else:
            path.append(_range_root(leaves, start, middle))
            start, known = middle, False
    if (
        not known
    ):  # the subtree's root is the verifier's own first root only where nothing was split off to its left
        path.append(_range_root(leaves, start, end))
    return tuple(reversed(path))


def verify_consistency(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """True if the tree of ``second`` leaves begins with the tree of ``first`` (sec. 2.1.4.2)."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    if not proof:
        return False
    path = [first_root, *proof] if first.bit_count() == 1 else list(proof)
    return _climb_both(first - 1, second - 1, path) == (first_root, second_root)


def _climb_both(first: int, last: int, path: list[bytes]) -> tuple[bytes, bytes] | None:
    """Steps 4 to 7 of sec. 2.1.4.2: the two roots that the path leads to, or None if it is too long or too
    short.
    """
    while first & 1:
        first, last = first >> 1, last >> 1
    first_node = second_node = path[0]
    for sibling in path[1:]:
        if last == 0:
            return None
        if first & 1 or first == last:
            first_node, second_node = hash_node(sibling, first_node), hash_node(sibling, second_node)
            first, last = _climb_to_right_child(first, last)
        else:
            second_node = hash_node(second_node, sibling)
        first, last = first >> 1, last >> 1
    return (first_node, second_node) if last == 0 else None


def _climb_to_right_child(first: int, last: int) -> tuple[int, int]:
    """Up to where the node is a right child or the left-most: a node without a sibling rises unchanged."""
    while first and not first & 1:
        first, last = first >> 1, last >> 1
    return first, last


def _split(size: int) -> int:
    """The largest power of two smaller than ``size`` (> 1): the RFC's k."""
    return 1 << ((size - 1).bit_length() - 1)


def _range_root(leaves: Sequence[bytes], start: int, end: int) -> bytes:
    return root_of(islice(leaves, start, end))


def _malformed() -> Unverifiable:
    return Unverifiable(
        "frontier-malformed", "a frontier has 8 bytes of size and a node for each of its ones"
    )


def _outside(text: str) -> Invalid:
    return Invalid("index-outside-tree", text)
