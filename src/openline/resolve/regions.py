"""What surely blocks which delays and climbs: convex regions, from the parts that stand in the way.

Two volumes that meet laterally block a rectangle. A leg that passes a volume blocks, as delays, from the
volume's start less the passage's end to the volume's end less its start, where the passage is cut to what
the heights leave of it at that climb. Two legs block what `kernels.legs.blocked` says.

A climb moves heights on the ellipsoid as much as in their own datum, but for pressure altitudes, whose
margin grows with the height: where such a one is compared with another datum, the vertical reach grows with
the climb.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from openline.airspace.altitude import MARGIN_PER_MILLE_ABOVE, MARGIN_PER_MILLE_BELOW, TROPOPAUSE_DMM
from openline.conflict.kernels import delays
from openline.conflict.kernels.layout import (
    DATUM,
    DWELL_MS,
    ELLIPSOID_HIGH,
    ELLIPSOID_LOW,
    END,
    HIGH,
    KIND,
    LEG,
    LOW,
    START,
    VERTICAL_EXACT,
    Ints,
)
from openline.conflict.obstacles import Obstacles
from openline.resolve.limits import Range
from openline.resolve.search import Blocked, Floats, Spans

HALF_UNIT_MS: Final = 0.5
"""Times that were reckoned are sure to half of the unit in which they are stated."""

BELOW_RATE: Final = MARGIN_PER_MILLE_BELOW / 1_000
ABOVE_RATE: Final = MARGIN_PER_MILLE_ABOVE / 1_000
"""How the margin of a pressure altitude grows with its height, below and above the tropopause; below zero it
falls at the first rate.
"""

_MOVED_EVENLY: Final = (1.0, 2.0)
"""The datums (WGS84, AMSL) in which a climb is the same climb on the ellipsoid."""
_PRESSURE: Final = 3.0


def regions_of(obstacles: Iterable[Obstacles], climbs: Range) -> Blocked:
    """All of them as one, for any delay and these climbs. With a dwell volumes alone: see `lasting`."""
    return _Together([kind for one in obstacles for kind in _kinds_of(one, climbs)])


def _kinds_of(obstacles: Obstacles, climbs: Range) -> list[Blocked]:
    if obstacles.reach[DWELL_MS] > 0.0:
        return [_Rectangles(obstacles, climbs)]
    pairs = obstacles.flown
    own = obstacles.heads[pairs[:, 0], KIND] == LEG
    other = obstacles.other_heads[pairs[:, 1], KIND] == LEG
    through, past, legs = pairs[own & ~other], pairs[~own & other], pairs[own & other]
    kinds: list[Blocked] = [_Rectangles(obstacles, climbs)]
    # What is not there need not be compiled.
    if len(through):
        kinds.append(_Passages.of_own_legs(obstacles, through, climbs))
    if len(past):
        kinds.append(_Passages.through_own_volumes(obstacles, past, climbs))
    if len(legs):
        kinds.append(_Legs(obstacles, legs, climbs))
    return kinds


class _Together:
    """Several kinds of regions. What was asked is remembered: neighbouring bands share their rows."""

    def __init__(self, kinds: Sequence[Blocked]) -> None:
        self._kinds = kinds
        self._rows: dict[int, Spans] = {}

    def at(self, climb_dmm: int) -> Spans:
        if climb_dmm not in self._rows:
            spans = [kind.at(climb_dmm) for kind in self._kinds]
            low, high = (np.concatenate(side) for side in zip(*spans, strict=True))
            self._rows[climb_dmm] = low, high
        return self._rows[climb_dmm]


class _Rectangles:
    """Two volumes: from the moment that the one ends as the other begins, and as the lower's top meets the
    upper's bottom. Whole numbers, as they were filed, so that nothing is in doubt but what a margin does.
    """

    def __init__(self, obstacles: Obstacles, climbs: Range) -> None:
        pairs = obstacles.touching
        own, other = obstacles.heads[pairs[:, 0]], obstacles.other_heads[pairs[:, 1]]
        # Strictly longer than the dwell, in whole milliseconds; and any contact where there is none.
        dwell_ms = obstacles.reach[DWELL_MS]
        longer = dwell_ms + 1.0 if dwell_ms > 0.0 else 0.0
        lasting = np.minimum(own[:, END] - own[:, START], other[:, END] - other[:, START]) >= longer
        self._from = np.where(lasting, other[:, START] - own[:, END] + longer, np.inf)
        self._to = np.where(lasting, other[:, END] - own[:, START] - longer, -np.inf)
        # A zero minimum is met by a gap of 0, a positive one by anything less.
        reach = max(0.0, np.ceil(obstacles.reach[VERTICAL_EXACT]) - 1.0)
        low, high = _heights(own, other)
        other_low, other_high = _heights(other, own)
        self._least, self._most = other_low - high - reach, other_high - low + reach
        self._margins = _margins(obstacles, pairs, climbs)
        self._rounded = np.where(self._margins.any(axis=1), delays.HEIGHTS_IN_DOUBT_DMM, 0.0)

    def at(self, climb_dmm: int) -> Spans:
        give = self._margins @ (climb_dmm, -abs(climb_dmm)) - self._rounded
        meet = (self._least - give <= climb_dmm) & (climb_dmm <= self._most + give)
        return np.where(meet, self._from, np.inf), np.where(meet, self._to, -np.inf)


class _Passages:
    """A leg and a volume, of which either may be the one that is moved."""

    def __init__(self, rows: Floats, leg_moves: bool) -> None:
        self._rows, self._leg_moves = rows, leg_moves

    @classmethod
    def of_own_legs(cls, it: Obstacles, pairs: Ints, climbs: Range) -> "_Passages":
        margins = _margins(it, pairs, climbs)
        legs, volumes = (it.heads, it.bodies), (it.other_heads, it.other_bodies)
        return cls(delays.passages_of(*legs, *volumes, pairs, margins, it.reach), True)

    @classmethod
    def through_own_volumes(cls, it: Obstacles, pairs: Ints, climbs: Range) -> "_Passages":
        margins = _margins(it, pairs, climbs)
        legs, volumes = (it.other_heads, it.other_bodies), (it.heads, it.bodies)
        turned = np.ascontiguousarray(pairs[:, ::-1])
        return cls(delays.passages_of(*legs, *volumes, turned, margins, it.reach), False)

    def at(self, climb_dmm: int) -> Spans:
        low, high = np.empty(len(self._rows)), np.empty(len(self._rows))
        delays.passages_blocked(self._rows, self._leg_moves, float(climb_dmm), low, high)
        return low + HALF_UNIT_MS, high - HALF_UNIT_MS


class _Legs:
    """Two legs."""

    def __init__(self, obstacles: Obstacles, pairs: Ints, climbs: Range) -> None:
        self._it, self._pairs = obstacles, pairs
        self._margins = _margins(obstacles, pairs, climbs)

    def at(self, climb_dmm: int) -> Spans:
        it, low, high = self._it, np.empty(len(self._pairs)), np.empty(len(self._pairs))
        own, other = (it.heads, it.bodies), (it.other_heads, it.other_bodies)
        delays.legs_blocked(*own, *other, self._pairs, self._margins, it.reach, float(climb_dmm), low, high)
        return low + HALF_UNIT_MS, high - HALF_UNIT_MS


def _heights(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """Of one, as they are compared with those of the other."""
    native = one[:, DATUM] == other[:, DATUM]
    return (
        np.where(native, one[:, LOW], one[:, ELLIPSOID_LOW]),
        np.where(native, one[:, HIGH], one[:, ELLIPSOID_HIGH]),
    )


def _margins(obstacles: Obstacles, pairs: Ints, climbs: Range) -> Floats:
    """(n, 2), as `kernels.delays` takes it: what a climb does to the heights as the two are compared."""
    own, other = obstacles.heads[pairs[:, 0]], obstacles.other_heads[pairs[:, 1], DATUM]
    lowest = own[:, LOW] + min(0, climbs.first * climbs.step)
    highest = own[:, HIGH] + max(0, climbs.last * climbs.step)
    is_pressure = own[:, DATUM] == _PRESSURE
    # Of a volume with two datums either limit may move evenly, or at any of the rates.
    least, most = np.full(len(pairs), -BELOW_RATE), np.full(len(pairs), ABOVE_RATE)
    least[is_pressure & (lowest >= 0.0)] = BELOW_RATE
    least[is_pressure & (lowest >= TROPOPAUSE_DMM)] = ABOVE_RATE
    most[is_pressure & (highest <= TROPOPAUSE_DMM)] = BELOW_RATE
    margins = np.stack([0.5 * (most + least), 0.5 * (most - least)], axis=1)
    margins[((own[:, DATUM] == other) & (own[:, DATUM] > 0.0)) | np.isin(own[:, DATUM], _MOVED_EVENLY)] = 0.0
    return margins
