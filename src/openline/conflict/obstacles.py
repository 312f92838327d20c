"""What may come into an operation's way if it is moved in time and height: a copy, made at one moment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from openline.conflict.kernels.layout import Floats

Pairs = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True, eq=False)
class Obstacles:
    """The operation's own parts, those that may come into its way, and which with which.

    heads, bodies; other_heads, other_bodies: see `conflict.kernels.layout`. touching (n, 2): volumes of both
    (own row, other row) that are within lateral reach. flown (m, 2): pairs with a leg that may be. reach: of
    the index.
    """

    heads: Floats
    bodies: Floats
    other_heads: Floats
    other_bodies: Floats
    touching: Pairs
    flown: Pairs
    reach: Floats

    def only(self, wanted: Sequence[bool]) -> "Obstacles":
        """Without those of the others' parts that are not wanted (one word for each row of other_heads)."""
        kept = np.array(wanted, dtype=bool)
        touching, flown = self.touching[kept[self.touching[:, 1]]], self.flown[kept[self.flown[:, 1]]]
        return replace(self, touching=touching, flown=flown)
