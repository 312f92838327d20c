"""Closed intervals of time, and their union. Plain floats in milliseconds."""

from collections.abc import Iterable

Interval = tuple[float, float]

SAME_INSTANT_MS = 0.5
"""Times are stated in whole milliseconds, so a gap under half of one is none, and a duration counts rounded
to one.
"""


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """The union as disjoint intervals in order; what touches is one."""
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1] + SAME_INSTANT_MS:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def lasting(intervals: Iterable[Interval], dwell_ms: int) -> list[Interval]:
    """Those of the union that are strictly longer than the dwell; with dwell 0 an instant is enough."""
    pieces = union(intervals)
    if dwell_ms == 0:
        return pieces
    return [(start, end) for start, end in pieces if end - start >= dwell_ms + SAME_INSTANT_MS]


def gaps_within(intervals: Iterable[Interval], low: float, high: float) -> list[Interval]:
    """The gaps that the union leaves within [low, high]."""
    gaps = []
    cursor = low
    for start, end in union(intervals):
        if start > cursor:
            gaps.append((cursor, start))
        cursor = max(cursor, end)
    if cursor < high:
        gaps.append((cursor, high))
    return gaps
