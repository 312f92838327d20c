"""Which locks does a change take? Space in cells, names, and one key for all availabilities.

Whoever may meet shares a key: space is cut into cubes of CELL_M about the Earth's centre, which know no pole
and no antimeridian, and an entity has the cubes of the boxes around its parts, each widened by half of
VICINITY_M. Two that are as near as that have boxes that overlap, so they share a cube; each cube is hashed to
one of SPACE_KEYS numbers.
"""

import hashlib
from collections.abc import Iterable
from itertools import product
from typing import Final

import numpy as np

from openline.conflict.kernels.layout import Floats
from openline.utm.dss.limits import VICINITY_M
from openline.utm.dss.records import Ref

SPACE_KEYS: Final = 1_024
"""Keys 0 to 1023: of space."""
NAME_KEYS: Final = 1_024
"""Keys 1024 to 2047: of names (a kind and an id)."""
AVAILABILITIES: Final = SPACE_KEYS + NAME_KEYS
"""The key of all availabilities: every view asks for it."""
ALL_KEYS: Final = range(AVAILABILITIES + 1)
CELL_M: Final = 12_000.0
"""The side of a cube: about 0.1 degree."""
MAX_CELLS: Final = 256
"""An entity in more cubes than this has all keys of space."""

_MARGIN_M: Final = VICINITY_M / 2 + 1.0
"""Around every box: the boxes of two that are relevant to one another overlap."""
_OUTWARD: Final = np.array((-_MARGIN_M, _MARGIN_M) * 3)
_LEAST_M: Final = 6_356_752.0 - 1_000.0
_GREATEST_M: Final = 6_378_137.0 + 1_000.0
"""The surface lies between these distances from the centre; a cube that does not reach it holds nothing."""
_MIXED: Final = 0xFFFF_FFFF_FFFF_FFFF

ALL_SPACE: Final = tuple(range(SPACE_KEYS))


def name_key(ref: Ref) -> int:
    digest = hashlib.blake2b(f"{ref.kind}:{ref.id}".encode(), digest_size=8).digest()
    return SPACE_KEYS + int.from_bytes(digest) % NAME_KEYS


def space_keys(boxes: Floats) -> tuple[int, ...]:
    """Of parts, by the boxes around them ((n, 6): x from, to, y from, to, z from, to; m). Rising."""
    cells: set[tuple[int, int, int]] = set()
    for x0, x1, y0, y1, z0, z1 in _corners(boxes):
        if x0 == x1 and y0 == y1 and z0 == z1:
            cells.add((x0, y0, z0))
            continue
        if (x1 - x0 + 1) * (y1 - y0 + 1) * (z1 - z0 + 1) > MAX_CELLS * 16:
            return ALL_SPACE
        around = product(range(x0, x1 + 1), range(y0, y1 + 1), range(z0, z1 + 1))
        cells.update(cell for cell in around if _reaches_surface(cell))
        if len(cells) > MAX_CELLS:
            return ALL_SPACE
    return tuple(sorted({_hashed(cell) for cell in cells}))


def _corners(boxes: Floats) -> list[list[int]]:
    cells: list[list[int]] = np.floor((boxes + _OUTWARD) / CELL_M).astype(np.int64).tolist()
    return cells


def _reaches_surface(cell: tuple[int, int, int]) -> bool:
    near = far = 0.0
    for at in cell:
        low, high = at * CELL_M, (at + 1) * CELL_M
        nearest = low if low > 0 else -high if high < 0 else 0.0
        near += nearest * nearest
        far += max(low * low, high * high)
    return near <= _GREATEST_M * _GREATEST_M and far >= _LEAST_M * _LEAST_M


def _hashed(cell: tuple[int, int, int]) -> int:
    """The same in every process, and neighbours far apart."""
    x, y, z = cell
    mixed = (x * 0x9E37_79B9_7F4A_7C15 ^ y * 0xC2B2_AE3D_27D4_EB4F ^ z * 0x1656_67B1_9E37_79F9) & _MIXED
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58_476D_1CE4_E5B9 & _MIXED
    return (mixed ^ (mixed >> 31)) % SPACE_KEYS


def rising(*keys: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(set().union(*keys)))
