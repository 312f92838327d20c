"""Can the simulation find things? Each planted fault is caught by a promise; without one all of them hold."""

from functools import cache

import msgspec
import pytest

from openline.simulation import Report, Setup, simulate
from openline.simulation.promises import all_promises
from openline.simulation.world import World
from simulation import planted
from simulation.planted import Plant


class Case(msgspec.Struct, frozen=True):
    """plant: the fault. promise: which has to catch it. within: so many steps, under this seed."""

    plant: Plant
    promise: str
    within: int
    seed: int = 1
    parties: int = 2
    liar: bool = False

    @property
    def setup(self) -> Setup:
        return Setup(seed=self.seed, parties=self.parties, liar=self.liar)


CASES = []


def name_of(case: Case) -> str:
    return case.plant.__name__


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_a_planted_fault_is_caught(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    case.plant(monkeypatch)
    report = simulate(case.setup, case.within)
    assert report.failure is not None, f"{name_of(case)} goes unnoticed for {report.steps} steps"
    assert report.failure.promise == case.promise, report.failure
    assert report.failure.step <= case.within + HEALING


HEALING = 200
"""Steps that healing takes at most: some faults show only then."""


@cache
def unharmed(setup: Setup, steps: int) -> Report:
    return simulate(setup, steps)


def test_without_a_fault_every_promise_holds_under_the_same_seeds() -> None:
    longest: dict[Setup, int] = {}
    for case in CASES:
        longest[case.setup] = max(case.within, longest.get(case.setup, 0))
    for setup, steps in longest.items():
        report = simulate(setup, steps)
        assert report.failure is None, f"{report.failure}\n{report.replay}"


def test_the_faults_are_many_and_each_is_planted() -> None:
    planted_ones = {
        name
        for name, it in vars(planted).items()
        if callable(it) and getattr(it, "__module__", "") == planted.__name__
    }
    assert {name_of(case) for case in CASES} == planted_ones
    assert len(CASES) >= 20


def test_every_promise_catches_one() -> None:
    promises = {promise.name for promise in all_promises(World(Setup()))}
    assert promises <= {case.promise for case in CASES}
