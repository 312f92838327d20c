"""One consistent set of changes for many conflicts between parties, at the least cost, and borne evenly.

Every operation of the conflicts may stay, or take one of its alternatives against all that is outside;
which of these go together is checked pair by pair. The greedy method is at hand always, the exact one needs
a solver. docs/explanation/resolver.md has the rules.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Final, Literal, Protocol

import msgspec

from openline.airspace.operation import Operation
from openline.conflict.found import Conflict
from openline.conflict.index import ConflictIndex
from openline.errors import Invalid, LimitExceeded
from openline.resolve import exact, greedy
from openline.resolve.alternatives import Alternative, Asked, Progress, search
from openline.resolve.choices import PER_MILLE, Choices, Chosen, Option, Shares
from openline.resolve.limits import Caps, Limits, Terms
from openline.units import MS_PER_SECOND

Method = Literal["greedy", "exact"]

MAX_OPERATIONS: Final = 200
"""Operations in one settlement."""
EVEN_WITHIN: Final = 0.10
"""By how much of its share a party may bear more than that."""

NONE_WITHIN_LIMITS: Final = "none-within-limits"
"""Reason: the operations could not all be given a place within the limits, one after another."""
SHARES_NOT_KEPT: Final = "shares-not-kept"
"""Reason: no settlement among the options, without needless moves, keeps to the shares (of the greedy method:
none that it found). This is the one that is nearest to them.
"""


class Agreed(Terms, Protocol):
    """An accord: its terms, and between whom (`openline.accord.terms.Accord` does)."""

    @property
    def names(self) -> tuple[str, str]: ...


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """moves: of the operations that change, by id; the others of the conflicts stay as filed. cost: of all,
    in seconds of delay; burden: of each party. is_settled: what is moved and what stays conflict neither
    with one another nor with anything in the index. reason: None, NONE_WITHIN_LIMITS (then nothing is
    moved) or SHARES_NOT_KEPT. is_best: no other choice among the options is better (only the exact method
    can tell).
    """

    moves: Mapping[str, Alternative]
    cost: float
    burden: Mapping[str, float]
    is_settled: bool
    reason: str | None
    method: Method
    is_best: bool


def settle(
    conflicts: Iterable[Conflict],
    index: ConflictIndex,
    accords: Sequence[Agreed],
    now: int,
    *,
    operations: Mapping[str, Operation],
    owners: Mapping[str, str],
    shares: Mapping[str, float] | None = None,
    carried: Mapping[str, float] | None = None,
    limits: Limits | None = None,
    method: Method = "greedy",
    progress: Progress | None = None,
) -> Settlement:
    """Changes to the operations of these conflicts, after which there is none, neither among them nor with
    anything in the index.

    operations: those of the conflicts that may be moved, by id; what is not there stays where it is.
    owners: their parties, and those of what stays as far as it is theirs. accords: what binds a party's
    operations (see `alternatives`). shares: what each party should bear of the whole, in sum 1; default:
    all that the conflicts concern alike. It may bear a tenth of that more. carried: what each has borne
    before, in seconds of delay, as it counts towards the shares. now: ms. limits: `Limits()`.

    Nobody is moved without need: who could stay while all others do as settled, stays. Within that the
    party that is worst off bears as little beyond its share as can be, and then the whole costs as little
    as can be.

    Raises Invalid "owner-missing", "bad-shares", "unknown-method"; LimitExceeded "too-many-operations";
    Unavailable "solver-missing" where the exact method has no solver; and as `alternatives`.
    """
    if method not in ("greedy", "exact"):
        raise Invalid(
            "unknown-method", f"there is no method {method!r:.40}", field="method", remedy="greedy, exact"
        )
    parties = _parties(conflicts := list(conflicts), operations, owners)
    concerned = {owners[name] for conflict in conflicts for name in conflict.ids if name in owners}
    portions = _shares(concerned, shares, carried)
    task = _Task(conflicts, index, accords, now, operations, parties, limits or Limits(), progress)
    placed = task.placed()
    if placed is None:
        return _unsettled(portions, method)
    choices, begin = task.choices(placed, portions)
    chosen, is_best = greedy.choose(choices, begin), False
    if method == "exact":
        chosen, is_best = exact.choose(choices, chosen)
    return _settlement(choices, chosen, task.ids, method, is_best)


def _unsettled(shares: Shares, method: Method) -> Settlement:
    return Settlement(
        moves={},
        cost=0.0,
        burden=dict.fromkeys(shares.most, 0.0),
        is_settled=False,
        reason=NONE_WITHIN_LIMITS,
        method=method,
        is_best=False,
    )


def _settlement(
    choices: Choices, chosen: Chosen, ids: Sequence[str], method: Method, is_best: bool
) -> Settlement:
    taken = {ids[choices.options[number].owner]: choices.options[number] for number in chosen}
    excess, cost_ms = choices.worth(chosen)
    return Settlement(
        moves={name: option.alternative for name, option in taken.items() if option.moves},
        cost=cost_ms / MS_PER_SECOND,
        burden={party: ms / MS_PER_SECOND for party, ms in choices.burden_ms(chosen).items()},
        is_settled=True,
        reason=SHARES_NOT_KEPT if excess else None,
        method=method,
        is_best=is_best,
    )


def _parties(
    conflicts: Sequence[Conflict], operations: Mapping[str, Operation], owners: Mapping[str, str]
) -> dict[str, str]:
    """Of each operation that may be moved, by id in ascending order."""
    movable = sorted({name for conflict in conflicts for name in conflict.ids if name in operations})
    if len(movable) > MAX_OPERATIONS:
        text = f"{len(movable)} operations to settle, more than {MAX_OPERATIONS}"
        raise LimitExceeded(
            "too-many-operations", text, clause="MAX_OPERATIONS", remedy="settle them in parts"
        )
    for name in movable:
        if name not in owners:
            raise Invalid("owner-missing", f"whose operation {name} is, is not said", field="owners")
    return {name: owners[name] for name in movable}


def _shares(
    parties: set[str], shares: Mapping[str, float] | None, carried: Mapping[str, float] | None
) -> Shares:
    each = shares if shares is not None else {party: 1.0 / len(parties) for party in parties}
    if not parties <= set(each) or any(not 0.0 <= share <= 1.0 for share in each.values()):
        text = "a share, from 0 to 1, is needed for every party, and for these there are not all"
        raise Invalid("bad-shares", text, field="shares")
    if each and abs(sum(each.values()) - 1.0) > 1e-6:
        raise Invalid("bad-shares", f"the shares are {sum(each.values()):g} in sum, not 1", field="shares")
    return Shares(
        {party: round(PER_MILLE * share * (1.0 + EVEN_WITHIN)) for party, share in sorted(each.items())},
        {party: round(seconds * MS_PER_SECOND) for party, seconds in sorted((carried or {}).items())},
    )


class _Strictest(msgspec.Struct, frozen=True):
    """Several accords as one."""

    minimum_notice_ms: int
    valid_until_ms: int
    caps: Caps


class _Horizon(msgspec.Struct, frozen=True):
    horizon_ms: int


def _strictest(accords: Sequence[Terms]) -> Terms | None:
    if not accords:
        return None
    return _Strictest(
        max(one.minimum_notice_ms for one in accords),
        min(one.valid_until_ms for one in accords),
        _Horizon(min(one.caps.horizon_ms for one in accords)),
    )


class _Task:
    """ids: of the operations that may be moved, ascending; everything else counts them by their place
    there.
    """

    def __init__(
        self,
        conflicts: Sequence[Conflict],
        index: ConflictIndex,
        accords: Sequence[Agreed],
        now_ms: int,
        operations: Mapping[str, Operation],
        parties: Mapping[str, str],
        limits: Limits,
        progress: Progress | None,
    ) -> None:
        self.ids = list(parties)
        self._index, self._now_ms, self._limits = index, now_ms, limits
        self._operations = [operations[name] for name in self.ids]
        self._parties = list(parties.values())
        self._accords = [
            _strictest([one for one in accords if party in one.names]) for party in self._parties
        ]
        self._partners: list[set[str]] = [set() for _ in self.ids]
        for conflict in conflicts:
            for name in conflict.ids:
                if name in parties:
                    self._partners[self.ids.index(name)].add(conflict.other(name))
        self._progress, self._done = progress, 0

    def placed(self) -> list[Alternative] | None:
        """A place for each, one after another: those with few conflicts first, so that they stay, and who
        is in the way of many is moved. None where one finds no place.
        """
        places: dict[int, Alternative] = {}
        standing = ConflictIndex(self._index.minima)
        for owner in sorted(range(len(self.ids)), key=lambda it: (len(self._partners[it]), self.ids[it])):
            found = self._alternatives(owner, set(), 1, standing)
            if not found:
                return None
            places[owner] = found[0]
            standing.add(found[0].operation)
        return [places[owner] for owner in range(len(self.ids))]

    def choices(self, placed: Sequence[Alternative], shares: Shares) -> tuple[Choices, Chosen]:
        """All options, and the numbers of those that were placed."""
        options: list[Option] = []
        of: list[list[int]] = []
        begin = []
        for owner, place in enumerate(placed):
            each = {one.change: one for one in chain([place], self._options(owner))}
            begin.append(len(options))
            of.append(list(range(len(options), len(options) + len(each))))
            options += [Option(owner, one, round(one.cost * MS_PER_SECOND)) for one in each.values()]
        return Choices(options, of, self._parties, self._clashes(options), shares), tuple(begin)

    def _options(self, owner: int) -> Iterator[Alternative]:
        """To stay, where nothing outside forbids it; to move out of the way of one of those that it conflicts
        with, or of all.
        """
        yield from self._alternatives(owner, set(), 5)
        mine = self._partners[owner] & set(self.ids)
        for partner in sorted(mine):
            yield from self._alternatives(owner, {partner}, 5)
        if len(self.ids) > 2:
            yield from self._alternatives(owner, set(self.ids), 5)

    def _alternatives(
        self, owner: int, inside: set[str], limit: int, standing: ConflictIndex | None = None
    ) -> list[Alternative]:
        """Against all outside and these inside, as they were filed, and what stands already."""
        ignored = set(self.ids) - inside
        against = [(self._index, lambda name: name not in ignored)]
        against += [(standing, lambda _: True)] if standing is not None else []
        self._tell()
        return search(
            Asked(
                self._operations[owner],
                tuple(against),
                self._accords[owner],
                self._now_ms,
                limit,
                self._limits,
            )
        )

    def _clashes(self, options: Sequence[Option]) -> list[frozenset[int]]:
        """All options in one index, each as an operation of its own."""
        together = ConflictIndex(self._index.minima)
        together.add_many(
            msgspec.structs.replace(option.alternative.operation, id=_identifier(number))
            for number, option in enumerate(options)
        )
        clashes: list[set[int]] = [set() for _ in options]
        for names in zip(*together.all_pairs(), strict=True):
            first, second = (_number(name) for name in names)
            if options[first].owner != options[second].owner:
                clashes[first].add(second)
                clashes[second].add(first)
        return [frozenset(one) for one in clashes]

    def _tell(self) -> None:
        self._done += 1
        if self._progress is not None:
            searches = sum(2 + len(partners) for partners in self._partners) + len(self.ids)
            self._progress(min(self._done, searches), searches)


def _identifier(number: int) -> str:
    """An id that an operation may have, for an option."""
    return f"00000000-0000-4000-8000-{number:012x}"


def _number(identifier: str) -> int:
    return int(identifier[-12:], 16)
