"""All pairs of parts that may be near one another, in pieces that threads can take."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from openline.conflict.kernels import ask, join
from openline.conflict.kernels.cells import PART
from openline.conflict.kernels.layout import LATERAL_M, OWNER, Floats, Ints, Numbers
from openline.conflict.tables import Tables

PIECES: Final = 64
_LEAST_EDGE_CM: Final = 10_000
_LEAST_SLOT_S: Final = 30
_EDGE: Final = 4.0
"""The edge of a cell in median sizes of the parts: larger cells hold more, smaller ones hold more parts
twice.
"""
_DENSE: Final = 1 << 22
"""Cells that are counted in an array of their own; more of them are numbered by sorting."""

Piece = Callable[[], ask.ByKind]


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    """entries in the order of time; keys (cells,), begins (cells + 1,), members; edge, margin, least, size
    (4,).
    """

    entries: Numbers
    keys: Ints
    begins: Ints
    members: Numbers
    edge: Ints
    margin: Ints
    least: Ints
    size: Ints


def pieces(tables: Tables, reach: Floats) -> Iterator[Piece]:
    """Each gives candidate pairs (part of the lesser owner, part of the greater) by kind; together all, each
    once.
    """
    arrays = tables.arrays
    entries = join.all_entries(arrays, tables.parts)
    entries = np.ascontiguousarray(entries[np.argsort(entries[:, join.TIME], kind="stable")])
    if not len(entries):
        return
    grid, large = _grid_of(entries, reach)
    if len(large):
        yield _of_large(tables, np.ascontiguousarray(entries[large, PART]), reach)
    work = np.cumsum(np.diff(grid.begins).astype(np.float64) ** 2)
    cuts = np.searchsorted(work, np.linspace(0.0, work[-1] if len(work) else 0.0, PIECES + 1)[1:-1])
    bounds = np.unique(np.concatenate(([0], cuts, [len(work)])))
    for first, last in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        yield _of_cells(tables, grid, first, last, reach)


def _grid_of(entries: Numbers, reach: Floats) -> tuple[_Grid, Numbers]:
    wide, lasting = join.extents(entries)
    # Half of the reach around each, so that two within it share a cell.
    half = int(np.ceil(50.0 * reach[LATERAL_M])) + 1
    edge_cm = max(_LEAST_EDGE_CM, int(_EDGE * (np.median(wide) + 2 * half)))
    slot_s = max(_LEAST_SLOT_S, int(_EDGE * np.median(lasting)))
    edge, margin = np.array([edge_cm] * 3 + [slot_s]), np.array([half] * 3 + [0])
    total, least, most, large = join.survey(entries, edge, margin)
    size = np.maximum(most - least + 1, 1)
    keys, members = join.keys_of_cells(entries, edge, margin, least, size, total)
    if float(np.prod(size.astype(np.float64))) <= _DENSE:
        cells, numbers = np.arange(int(np.prod(size))), keys
    else:
        cells, numbers = np.unique(keys, return_inverse=True)
    begins, members = join.sorted_into(numbers, members, len(cells))
    return _Grid(entries, cells, begins, members, edge, margin, least, size), large


def _of_cells(tables: Tables, grid: _Grid, first: int, last: int, reach: Floats) -> Piece:
    def piece() -> ask.ByKind:
        pairs = join.pairs_in(
            grid.entries, grid.keys, grid.begins, grid.members, first, last,
            grid.edge, grid.margin, grid.least, grid.size, reach,
        )  # fmt: skip
        return ask.by_kind(tables.arrays.heads, tables.arrays.heads, pairs)

    return piece


def _of_large(tables: Tables, parts: Numbers, reach: Floats) -> Piece:
    def piece() -> ask.ByKind:
        kinds = ask.candidates_within(tables.arrays, parts, reach)
        every = np.concatenate(kinds)
        ordered = _ordered(tables.arrays.heads, every, set(parts.tolist()))
        return ask.by_kind(tables.arrays.heads, tables.arrays.heads, ordered)

    return piece


def _ordered(heads: Floats, pairs: Numbers, large: set[int]) -> Numbers:
    """The lesser owner first; a pair of two large ones, which is found by both, once."""
    owners: Any = heads[pairs, OWNER]
    backwards = owners[:, 0] > owners[:, 1]
    both = np.isin(pairs[:, 1], list(large))
    pairs = pairs.copy()
    pairs[backwards] = pairs[backwards][:, ::-1]
    return np.ascontiguousarray(pairs[~(both & backwards)])
