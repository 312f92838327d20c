"""Changes to one operation that are proved free of conflict, the cheapest first.

Not the neighbours of one another: of each kind of change (later, higher, later and lower, aside to the left)
the cheapest, and a combination only where none of its parts alone is free for as little.
docs/explanation/resolver.md says what is complete, and why.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from openline.airspace.change import Change, apply
from openline.airspace.judged import judged_before
from openline.airspace.operation import Operation
from openline.conflict.index import ConflictIndex
from openline.conflict.minima import Minima
from openline.errors import Invalid, LimitExceeded
from openline.resolve.cost import cost_of, cost_of_parts
from openline.resolve.limits import Limits, Range, Terms, climbs, delays
from openline.resolve.search import Plane
from openline.resolve.sentence import sentence_of
from openline.resolve.sides import sides_of

if TYPE_CHECKING:
    from openline.conflict.obstacles import Obstacles

Among = Callable[[str], bool]
Progress = Callable[[int, int], None]
"""Told how many searches are done, and of how many."""

MAX_PROOFS: Final = 1_000_000
"""Changes that are put to the index in one search."""
_TELL_EVERY: Final = 200
"""Proofs between two words of progress."""

_SIDES: Final = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1))
"""Later or earlier, and up or down: each alone before both."""


class Proof(msgspec.Struct, frozen=True):
    """What was asked, so that anybody can ask again: `conflict_between` the changed operation and each of the
    others under these minima is None.

    operations: how many the index held then. minima: its minima.
    """

    operations: int
    minima: Minima


class Alternative(msgspec.Struct, frozen=True):
    """change: what is done; operation: as it would be filed; cost: in seconds of delay (`cost.cost_of`);
    sentence: in words; proof: that it is free of conflict.
    """

    change: Change
    operation: Operation
    cost: float
    sentence: str
    proof: Proof


def alternatives(
    operation: Operation,
    index: ConflictIndex,
    accord: Terms | None,
    now: int,
    limit: int = 5,
    *,
    limits: Limits | None = None,
    among: Among | None = None,
    progress: Progress | None = None,
) -> list[Alternative]:
    """At most ``limit`` changes without a conflict with anything in the index, cheapest first.

    [] means that within the limits no delay, advance, change of level or combination of these on their
    steps is free, and no offset on its steps. Where the operation has no conflict as filed, that is the one
    answer.

    now: ms; nothing is moved into the past. accord: how far ahead, and how long before its start, an
    operation may be told; None where there is none. limits: `Limits()`. The operation itself (its id) is
    not in its own way, nor is anything for whose id ``among`` answers False. progress: told now and then,
    from the caller's own thread.

    Raises Invalid "bad-limit", "wrong-type", "ended"; LimitExceeded "too-many-proofs", and as the index does.
    """
    if type(limit) is not int or limit < 1:
        raise Invalid("bad-limit", f"limit is {limit!r:.40}", field="limit", remedy="one or more")
    asked = Asked(operation, ((index, among),), accord, now, limit, limits or Limits(), progress)
    return search(asked)


def search(asked: "Asked") -> list[Alternative]:
    """As `alternatives`, against several indexes at once."""
    return _Search(asked).run()


@dataclass(frozen=True, slots=True)
class Asked:
    """against: what stands in the way, each index with what of it counts. The rest as in `alternatives`."""

    operation: Operation
    against: tuple[tuple[ConflictIndex, Among | None], ...]
    accord: Terms | None
    now_ms: int
    limit: int
    limits: Limits
    progress: Progress | None = None


class _Kind(NamedTuple):
    """Later (1) or earlier (-1), up or down, right or left (volumes: 1 for any bearing); 0 is as filed."""

    later: int
    up: int
    aside: int

    def parts(self) -> Iterator["_Kind"]:
        """Itself and what does less of the same, as filed left out."""
        for later in {0, self.later}:
            for up in {0, self.up}:
                for aside in {0, self.aside}:
                    if later or up or aside:
                        yield _Kind(later, up, aside)


class _Search:
    """One search for the alternatives of one operation."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._sides = sides_of(asked.operation, asked.limits, asked.now_ms)
        self._best: dict[_Kind, Alternative] = {}
        self._further: list[Alternative] = []
        self._done = self._proofs = 0

    def run(self) -> list[Alternative]:
        as_filed = self._proved(Change())
        if as_filed is None:
            self._search_without_offset()
            self._search_offsets()
            if not self._best:
                self._search_with_offsets()
        self._done = self._total
        self._tell()
        return [as_filed] if as_filed else self._found()[: self._asked.limit]

    def _found(self, most: float = float("inf")) -> list[Alternative]:
        """What was found up to a cost, the cheapest first, without what does more and costs no less."""
        worth = [one for kind, one in self._best.items() if one.cost <= self._least(kind)]
        return sorted((one for one in worth + self._further if one.cost <= most), key=_order)

    def _least(self, kind: _Kind) -> float:
        """The least that any part of such a change was found to cost."""
        found = (self._best[part].cost for part in kind.parts() if part in self._best)
        return min(found, default=float("inf"))

    def _is_enough(self, next_cost: float) -> bool:
        """Nothing that costs so much would be among the answers."""
        return len(self._found(next_cost)) >= self._asked.limit

    def _search_without_offset(self) -> None:
        plane = self._plane(Change())
        for later, up in _SIDES:
            self._take(plane, _Kind(later, up, 0))
        if plane.boxes is None:
            for later in (1, -1):
                self._take_further(plane, later)

    def _search_offsets(self) -> None:
        """To each side alone, the least that is free."""
        for side in self._sides:
            if self._is_enough(cost_of(side)):
                return
            kind = _Kind(0, 0, _sign(side.offset_dmm))
            if kind not in self._best and self._looks_free(side):
                free = self._proved(side)
                if free is not None:
                    self._best[kind] = free
            self._count_done()

    def _looks_free(self, side: Change) -> bool:
        """As `_proved`, without the judgement of rings that costs most; what is answered is judged."""
        with judged_before():
            return self._proved(side) is not None

    def _search_with_offsets(self) -> None:
        """Where nothing else helps: an offset, and a change of time or level or both with it."""
        for side in self._sides:
            if self._is_enough(cost_of(side)):
                return
            try:
                plane = self._plane(side)
            except Invalid:
                continue  # no such way can be filed at all
            for later, up in _SIDES:
                self._take(plane, _Kind(later, up, _sign(side.offset_dmm)))

    def _take(self, plane: Plane[Alternative], kind: _Kind) -> None:
        """The cheapest of a kind, where it is worth more than what is known."""
        found = plane.cheapest(kind.later, kind.up, self._least(kind))
        if found is not None:
            self._best[kind] = found.proof
        self._count_done()

    def _take_further(self, plane: Plane[Alternative], later: int) -> None:
        """The free times beyond the first: its level may be kept by waiting for the next gap."""
        for number, step in enumerate(plane.gaps(later)):
            if number == self._asked.limit:
                return
            if number > 0:
                self._further.append(step.proof)

    def _plane(self, side: Change) -> Plane[Alternative]:
        """Delays and climbs with that offset. Raises as `apply`."""
        # numba comes in here: who imports the resolver need not wait for it.
        from openline.resolve.lasting import boxes_of
        from openline.resolve.regions import regions_of

        asked = self._asked
        moved = apply(asked.operation, side)
        times = delays(moved, asked.limits, asked.accord, asked.now_ms)
        levels = climbs(moved, asked.limits)
        obstacles = self._obstacles(moved, times, levels)
        return Plane(
            regions_of(obstacles, levels),
            times,
            levels,
            lambda delay_ms, climb_dmm: cost_of_parts(delay_ms, climb_dmm, side.offset_dmm),
            lambda delay_ms, climb_dmm: self._proved(
                msgspec.structs.replace(side, delay_ms=delay_ms, climb_dmm=climb_dmm)
            ),
            boxes_of(obstacles),
        )

    def _obstacles(self, moved: Operation, times: Range, levels: Range) -> list["Obstacles"]:
        earliest_ms, latest_ms = times.first * times.step, times.last * times.step
        down_dmm, up_dmm = max(0, -levels.first) * levels.step, max(0, levels.last) * levels.step
        return [
            index.obstacles(moved, earliest_ms, latest_ms, down_dmm, up_dmm, among=among)
            for index, among in self._asked.against
        ]

    def _proved(self, change: Change) -> Alternative | None:
        """The change as an alternative, where the index finds nothing against it."""
        self._count()
        asked = self._asked
        try:
            changed = apply(asked.operation, change)
        except Invalid:
            return None  # no such height, time or way can be filed at all
        if not all(index.is_clear(changed, among=among) for index, among in asked.against):
            return None
        proof = Proof(sum(len(index) for index, _ in asked.against), asked.against[0][0].minima)
        return Alternative(change, changed, cost_of(change), sentence_of(asked.operation, change), proof)

    def _count(self) -> None:
        self._proofs += 1
        if self._proofs > MAX_PROOFS:
            text = f"more than {MAX_PROOFS:,} changes would have to be tried"
            remedy = "take longer steps or narrower limits"
            raise LimitExceeded("too-many-proofs", text, clause="MAX_PROOFS", remedy=remedy)
        if self._proofs % _TELL_EVERY == 0:
            self._tell()

    @property
    def _total(self) -> int:
        """Searches: without an offset, each offset alone, and each with all others."""
        return len(_SIDES) + len(self._sides) * (1 + len(_SIDES))

    def _count_done(self) -> None:
        self._done += 1
        self._tell()

    def _tell(self) -> None:
        if self._asked.progress is not None:
            self._asked.progress(self._done, self._total)


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)


def _order(one: Alternative) -> tuple[float, int, int, int, int, int]:
    """By cost; of equals the smaller climb, up before down, later before earlier, right before left, bearings
    from north on: the same everywhere.
    """
    change = one.change
    return (
        one.cost,
        abs(change.climb_dmm),
        -change.climb_dmm,
        -change.delay_ms,
        -change.offset_dmm,
        change.bearing_deg or 0,
    )
