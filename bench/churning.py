"""A set that has lived: loaded at one stroke, then a tenth of it exchanged piece by piece, with questions."""

import numpy as np

from openline.conflict import ConflictIndex, Minima
from volumes import Ints, Volumes, generate

_AT_A_TIME = 100
"""Volumes that leave, and as many that come, between two questions."""


def churned(count: int, seed: int) -> tuple[ConflictIndex, Volumes, Ints]:
    """The index, the volumes that are in it at last (``count``), and the id of each."""
    leaving = count // 10
    everything = generate(count + leaving, seed)
    first = everything.take(np.arange(count))
    index = ConflictIndex.from_volumes(*first.arrays, minima=Minima.f3548)
    gone = np.random.default_rng(seed).choice(count, leaving, replace=False)
    for begin in range(0, leaving, _AT_A_TIME):
        end = min(begin + _AT_A_TIME, leaving)
        coming = np.arange(count + begin, count + end)
        index.add_volumes(*everything.take(coming).arrays, ids=coming)
        for row in gone[begin:end].tolist():
            index.remove(row)
        index.query_volume(*next(everything.take(coming[:1]).each()))
    live = np.setdiff1d(np.arange(count + leaving), gone)
    return index, everything.take(live), live
