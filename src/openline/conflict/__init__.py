"""Do they collide? Minima, the exact test of two operations, and the index over all of them."""

from openline.conflict.between import conflict_between
from openline.conflict.found import Approach, Conflict
from openline.conflict.index import ConflictIndex
from openline.conflict.minima import Minima

__all__ = ["Approach", "Conflict", "ConflictIndex", "Minima", "conflict_between"]
