"""The best settlement of all, by a solver: OR-tools CP-SAT, which comes with the extra `solver`."""

from typing import Any, Final

from openline.errors import Unavailable
from openline.resolve.choices import PER_MILLE, Choices, Chosen

MAX_WORK: Final = 60.0
"""CP-SAT's own measure of work, about a second each: the same on every machine, so that answers are too."""


def choose(choices: Choices, begin: Chosen) -> tuple[Chosen, bool]:
    """The settlement in which the party that is worst off bears least beyond its share, and of these the
    cheapest, without needless moves; and whether that is certain. ``begin`` is one, so there always is an
    answer.

    Raises Unavailable "solver-missing".
    """
    cp_model = _solver()
    task = _Task(cp_model, choices, begin)
    excess_is_least, chosen = task.least(task.excess)
    task.model.add(task.excess <= max(choices.worth(chosen)[0], 0))
    cost_is_least, chosen = task.least(task.cost, chosen)
    return chosen, excess_is_least and cost_is_least


def _solver() -> Any:
    try:
        from ortools.sat.python import cp_model
    except ImportError:
        text = "the exact settlement needs the solver OR-tools, which is not installed"
        raise Unavailable(
            "solver-missing", text, remedy="pip install openline[solver], or settle by the greedy method"
        ) from None
    return cp_model


class _Task:
    """One option for each operation, none that clash, none that moves without need."""

    def __init__(self, cp_model: Any, choices: Choices, begin: Chosen) -> None:
        self._cp_model, self._choices, self._begin = cp_model, choices, begin
        self.model = cp_model.CpModel()
        self._takes = [self.model.new_bool_var(f"option {n}") for n in range(len(choices.options))]
        self.cost = sum(it.cost_ms * take for it, take in zip(choices.options, self._takes, strict=True))
        most = PER_MILLE * sum(it.cost_ms for it in choices.options) + self._carried_most()
        self.excess = self.model.new_int_var(0, most, "excess")
        self._add_rules()
        self._add_shares()

    def least(self, aim: Any, hint: Chosen | None = None) -> tuple[bool, Chosen]:
        """Whether it is proved to be the least, and what is chosen."""
        self.model.minimize(aim)
        self.model.clear_hints()
        for number in hint or self._begin:
            self.model.add_hint(self._takes[number], 1)
        solver = self._cp_model.CpSolver()
        solver.parameters.max_deterministic_time = MAX_WORK
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 1
        state = solver.solve(self.model)
        if state not in (self._cp_model.OPTIMAL, self._cp_model.FEASIBLE):
            return False, hint or self._begin
        chosen = tuple(
            next(n for n in numbers if solver.value(self._takes[n])) for numbers in self._choices.of
        )
        return state == self._cp_model.OPTIMAL, chosen

    def _add_rules(self) -> None:
        choices, takes = self._choices, self._takes
        for owner, numbers in enumerate(choices.of):
            self.model.add_exactly_one(takes[n] for n in numbers)
            stay = choices.stay(owner)
            if stay is not None:
                # Who moves would clash by staying.
                self.model.add_bool_or(takes[stay], *(takes[n] for n in sorted(choices.clashes[stay])))
        for number, clashes in enumerate(choices.clashes):
            for other in sorted(it for it in clashes if it > number):
                self.model.add_bool_or(~takes[number], ~takes[other])

    def _add_shares(self) -> None:
        """As `Shares.excess`."""
        shares = self._choices.shares
        total = self.cost + sum(shares.carried_ms.get(party, 0) for party in shares.most)
        for party, most in shares.most.items():
            own = sum(
                it.cost_ms * take
                for it, take in zip(self._choices.options, self._takes, strict=True)
                if self._choices.party[it.owner] == party
            )
            borne = own + shares.carried_ms.get(party, 0)
            self.model.add(self.excess >= PER_MILLE * borne - most * total)

    def _carried_most(self) -> int:
        return PER_MILLE * sum(self._choices.shares.carried_ms.values())
