"""The broad phase: which parts may be near one another at all, from boxes alone.

Boxes are earth-centred, so that there is no seam anywhere: a chord is never longer than its arc, and boxes
that are further apart than the reach in one coordinate hold nothing that is nearer. Times and heights are
compared as they are. What passes may still be far apart; what is dropped is surely separated.
"""

from typing import Any

import numpy as np

from openline.conflict.frame import Floats
from openline.conflict.prepared import Box
from openline.conflict.reach import Reach, unsure_m

Ints = np.ndarray[Any, np.dtype[np.int64]]
Pairs = tuple[Ints, Ints]
"""Rows of one table and of the other, side by side."""

_AXES = ((Box.X_LOW, Box.X_HIGH), (Box.Y_LOW, Box.Y_HIGH), (Box.Z_LOW, Box.Z_HIGH))


def candidates(mine: Floats, leg_count: int, table: Floats, rows: Ints, reach: Reach) -> Pairs:
    """Parts of one operation against rows of a table of boxes (both with the columns of Box).

    The first leg_count rows of mine are legs in order of time.
    """
    rows = _near_all(mine, table, rows, reach)
    pairs = _together_in_time(mine, leg_count, table, rows)
    pairs = _near(mine, table, pairs, reach)
    return _approaching(mine, table, pairs, reach)


def _near_all(mine: Floats, table: Floats, rows: Ints, reach: Reach) -> Ints:
    """Rows that meet the box around all of mine."""
    rows = rows[table[rows, Box.START] <= mine[:, Box.END].max()]
    rows = rows[table[rows, Box.END] >= mine[:, Box.START].min()]
    own = _margin(reach, mine[:, Box.REACH].max())
    for low, high in _AXES:
        margin = own + table[rows, Box.REACH]
        keep = table[rows, low] <= mine[:, high].max() + margin
        keep &= table[rows, high] >= mine[:, low].min() - margin
        rows = rows[keep]
    return rows


def _margin(reach: Reach, tolerance: float) -> float:
    near = reach.lateral_m + tolerance
    return near + unsure_m(near)


def _together_in_time(mine: Floats, leg_count: int, table: Floats, rows: Ints) -> Pairs:
    """Each row with those of mine that are there at the same time. Legs follow one another, so theirs are a
    range.
    """
    legs = mine[:leg_count]
    first = np.searchsorted(legs[:, Box.END], table[rows, Box.START], side="left")
    last = np.searchsorted(legs[:, Box.START], table[rows, Box.END], side="right")
    count = np.maximum(last - first, 0)
    begin = np.repeat(first - (np.cumsum(count) - count), count)
    parts, others = [np.arange(len(begin)) + begin], [np.repeat(rows, count)]
    for part in range(leg_count, len(mine)):
        at = (table[rows, Box.START] <= mine[part, Box.END]) & (table[rows, Box.END] >= mine[part, Box.START])
        others.append(rows[at])
        parts.append(np.full(len(others[-1]), part))
    return np.concatenate(parts), np.concatenate(others)


def _near(mine: Floats, table: Floats, pairs: Pairs, reach: Reach) -> Pairs:
    for low, high in _AXES:
        i, j = pairs
        margin = _margin(reach, 0.0) * (1.0 + 1e-5) + mine[i, Box.REACH] + table[j, Box.REACH]
        keep = (mine[i, low] <= table[j, high] + margin) & (mine[i, high] >= table[j, low] - margin)
        pairs = i[keep], j[keep]
    i, j = pairs
    keep = _gap(mine, i, table, j) <= reach.vertical_dmm
    return i[keep], j[keep]


def _gap(mine: Floats, i: Ints, table: Floats, j: Ints) -> Floats:
    """The vertical gap as `vertical_gap_dmm` has it, over the parts' whole time."""
    same = (mine[i, Box.DATUM] == table[j, Box.DATUM]) & (mine[i, Box.DATUM] > 0.0)
    native = np.maximum(
        mine[i, Box.NATIVE_LOW] - table[j, Box.NATIVE_HIGH],
        table[j, Box.NATIVE_LOW] - mine[i, Box.NATIVE_HIGH],
    )
    ellipsoid = np.maximum(mine[i, Box.LOW] - table[j, Box.HIGH], table[j, Box.LOW] - mine[i, Box.HIGH])
    return np.asarray(np.where(same, native, ellipsoid), dtype=np.float64)


def _approaching(mine: Floats, table: Floats, pairs: Pairs, reach: Reach) -> Pairs:
    """Of two legs those that come near as points in straight motion, each with its slack.

    At a time t of the conflict each aircraft is where it planned to be within its time tolerance of t, so no
    further from the straight line's place at t than its slack.
    """
    i, j = pairs
    start = np.maximum(mine[i, Box.START], table[j, Box.START])
    lasting = np.minimum(mine[i, Box.END], table[j, Box.END]) - start
    square, across, speed = np.zeros(len(i)), np.zeros(len(i)), np.zeros(len(i))
    for place, velocity in ((Box.X, Box.VX), (Box.Y, Box.VY), (Box.Z, Box.VZ)):
        first = mine[i, place] + mine[i, velocity] * (start - mine[i, Box.BEGIN])
        second = table[j, place] + table[j, velocity] * (start - table[j, Box.BEGIN])
        apart, closing = first - second, mine[i, velocity] - table[j, velocity]
        square, across, speed = square + apart**2, across + apart * closing, speed + closing**2
    soonest = np.clip(-across / np.maximum(speed, 1e-30), 0.0, np.maximum(lasting, 0.0))
    least = np.sqrt(np.maximum(square + 2.0 * across * soonest + speed * soonest**2, 0.0))
    near = _margin(reach, 0.0) * (1.0 + 1e-5) + (mine[i, Box.REACH] + table[j, Box.REACH]) * (1.0 + 1e-5)
    # NaN (a volume is not a moving point) fails the comparison and is kept.
    far = least > near + mine[i, Box.SLACK] + table[j, Box.SLACK] + 0.1
    return i[~far], j[~far]
