"""A settlement by simple steps: move whoever solves most for least, then take back what can be taken back."""

from collections.abc import Iterator

from openline.resolve.choices import PER_MILLE, Choices, Chosen


def choose(choices: Choices, begin: Chosen) -> Chosen:
    """The better of two: ``begin``, in which nothing may clash, and what repairs everybody's wish to stay;
    each improved as far as single changes improve it.
    """
    found = [_improved(choices, begin)]
    repaired = _repaired(choices)
    if repaired is not None:
        found.append(_improved(choices, repaired))
    return min(found, key=choices.worth)


def _repaired(choices: Choices) -> Chosen | None:
    """All stay (or take the least that they can) and then move one by one; None where that is stuck."""
    chosen = tuple(min(numbers, key=lambda it: choices.options[it].cost_ms) for numbers in choices.of)
    while choices.clashing(chosen):
        steps = [
            (_price(choices, chosen, owner, number, solved), owner, number)
            for owner, number in _changes(choices, chosen)
            if (solved := _solved(choices, chosen, owner, number)) > 0
        ]
        if not steps:
            return None
        _, owner, number = min(steps)
        chosen = _with(chosen, owner, number)
    return chosen


def _solved(choices: Choices, chosen: Chosen, owner: int, number: int) -> int:
    """How many clashes fewer there are after a change."""
    before = choices.clashing_with(chosen, owner, chosen[owner])
    return before - choices.clashing_with(chosen, owner, number) if before else 0


def _price(choices: Choices, chosen: Chosen, owner: int, number: int, solved: int) -> float:
    """For each clash that it solves: what a change costs, and what a party then bears beyond its share."""
    excess, cost = choices.worth(_with(chosen, owner, number))
    return (cost - choices.cost_ms(chosen) + excess / PER_MILLE) / solved


def _improved(choices: Choices, chosen: Chosen) -> Chosen:
    """Nothing clashes, nobody moves without need, and no single change makes it better."""
    better: Chosen | None = chosen
    while better is not None:
        chosen = _at_need(choices, better)
        better = min(_better(choices, chosen), key=choices.worth, default=None)
    return chosen


def _at_need(choices: Choices, chosen: Chosen) -> Chosen:
    """Who could stay, stays; one after another, as each may be in the next one's way."""
    while (owner := next(choices.needless(chosen), None)) is not None:
        stay = choices.stay(owner)
        assert stay is not None  # or it were no move without need
        chosen = _with(chosen, owner, stay)
    return chosen


def _better(choices: Choices, chosen: Chosen) -> Iterator[Chosen]:
    worth = choices.worth(chosen)
    for owner, number in _changes(choices, chosen):
        if choices.clashing_with(chosen, owner, number):
            continue
        after = _with(chosen, owner, number)
        if choices.worth(after) < worth and next(choices.needless(after), None) is None:
            yield after


def _changes(choices: Choices, chosen: Chosen) -> Iterator[tuple[int, int]]:
    """Every operation with each of the options that it has not taken."""
    for owner, numbers in enumerate(choices.of):
        for number in numbers:
            if number != chosen[owner]:
                yield owner, number


def _with(chosen: Chosen, owner: int, number: int) -> Chosen:
    return (*chosen[:owner], number, *chosen[owner + 1 :])
