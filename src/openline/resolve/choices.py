"""Which of their options several operations may take together, and how evenly the parties then bear it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from openline.resolve.alternatives import Alternative

PER_MILLE: Final = 1_000

Chosen = tuple[int, ...]
"""For each operation the number of its option."""


class Option(msgspec.Struct, frozen=True):
    """One way to fly one operation. owner: the number of the operation. cost_ms: thousandths of a second."""

    owner: int
    alternative: Alternative
    cost_ms: int

    @property
    def moves(self) -> bool:
        return not self.alternative.change.is_none


class Shares(msgspec.Struct, frozen=True):
    """Of all that is borne, at most so many thousandths by each party; what it has borne before counts too.

    most: by party, 1,000 and more are no limit. carried_ms: by party.
    """

    most: Mapping[str, int]
    carried_ms: Mapping[str, int]

    def excess(self, burden_ms: Mapping[str, int]) -> int:
        """By how many thousandths of a millisecond the party that is worst off bears more; 0 where none
        does.
        """
        borne = {party: self.carried_ms.get(party, 0) + burden_ms.get(party, 0) for party in self.most}
        total = sum(borne.values())
        return max([0, *(PER_MILLE * borne[party] - most * total for party, most in self.most.items())])


class Choices(msgspec.Struct, frozen=True):
    """options: by number. of: for each operation the numbers of its options. party: of each operation.
    clashes: for each option those of other operations with which it conflicts. stays: for each operation
    its option that moves nothing, None where it can not stay.
    """

    options: Sequence[Option]
    of: Sequence[Sequence[int]]
    party: Sequence[str]
    clashes: Sequence[frozenset[int]]
    shares: Shares

    def stay(self, owner: int) -> int | None:
        """Its option that moves nothing, None where it can not stay."""
        return next((number for number in self.of[owner] if not self.options[number].moves), None)

    def cost_ms(self, chosen: Chosen) -> int:
        return sum(self.options[number].cost_ms for number in chosen)

    def burden_ms(self, chosen: Chosen) -> dict[str, int]:
        """What each party bears."""
        burden = dict.fromkeys(self.shares.most, 0)
        for owner, number in enumerate(chosen):
            burden[self.party[owner]] += self.options[number].cost_ms
        return burden

    def worth(self, chosen: Chosen) -> tuple[int, int]:
        """What is to be least: first what a party bears beyond its share, then all."""
        return self.shares.excess(self.burden_ms(chosen)), self.cost_ms(chosen)

    def clashing(self, chosen: Chosen) -> int:
        """How many pairs of the chosen conflict."""
        together = frozenset(chosen)
        return sum(len(self.clashes[number] & together) for number in chosen) // 2

    def clashing_with(self, chosen: Chosen, owner: int, number: int) -> int:
        """With how many of the others an option would conflict."""
        return len(self.clashes[number].intersection(chosen) - {chosen[owner]})

    def needless(self, chosen: Chosen) -> Iterator[int]:
        """The operations that are moved although they could stay."""
        together = frozenset(chosen)
        for owner, number in enumerate(chosen):
            stay = self.stay(owner)
            if self.options[number].moves and stay is not None and not self.clashes[stay] & together:
                yield owner
