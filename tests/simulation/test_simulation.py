"""The simulation itself: it holds, it repeats itself exactly, and it says what a failure needs."""

import json
import os
import subprocess
import sys

import pytest

from openline.errors import Invalid
from openline.simulation import Report, Setup, shrink, simulate
from openline.simulation.activities import KINDS
from openline.simulation.chances import Chances
from openline.simulation.founding import pairs_of
from openline.simulation.promises import all_promises
from openline.simulation.world import World
from simulation import planted

STEPS = 250


def held(report: Report) -> bool:
    assert report.failure is None, f"{report.failure}\n{report.replay}"
    return True


@pytest.mark.parametrize(
    ("seed", "parties", "liar"),
    [(1, 2, False), (2, 2, False), (3, 3, False), (4, 2, True), (5, 4, False), (6, 5, True)],
)
def test_every_promise_holds_through_a_storm_and_after_it(seed: int, parties: int, liar: bool) -> None:
    report = simulate(Setup(seed=seed, parties=parties, liar=liar, haste=3), STEPS)
    assert held(report)
    assert report.steps >= STEPS
    assert report.said["NOTICE"] > 3
    assert report.acts["forge"] > 0


def test_one_seed_is_one_course_in_every_process() -> None:
    here = simulate(Setup(seed=9), 60)
    command = [sys.executable, "-m", "openline", "simulate", "--seed", "9", "--steps", "60", "--json"]
    for salt in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": salt}
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        there = json.loads(done.stdout)
        assert (there["fingerprint"], there["said"]) == (here.fingerprint, here.said)


def test_another_seed_is_another_course() -> None:
    assert simulate(Setup(seed=9), 40).fingerprint != simulate(Setup(seed=10), 40).fingerprint


def test_a_failure_comes_again_in_the_same_step_with_the_same_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    planted.does_not_check_signatures(monkeypatch)
    first, second = (simulate(Setup(seed=1, haste=6), 150) for _ in range(2))
    assert first.failure is not None
    assert first == second
    assert "--seed 1 --parties 2 --steps 150 --haste 6" in first.replay
    assert first.failure.trace[-1].startswith(f"#{first.failure.step} ")


def test_a_course_can_be_looked_at_up_to_a_step() -> None:
    heard: list[str] = []
    report = simulate(Setup(seed=1), 400, until=50, listen=heard.append)
    assert report.steps == 50
    whole: list[str] = []
    simulate(Setup(seed=1), 80, listen=whole.append)
    assert whole[: len(heard)] == heard


def test_what_is_left_out_does_not_happen_and_moves_nothing_else() -> None:
    without = simulate(Setup(seed=2, without=frozenset({"crash", "disk-full"})), 200)
    assert "died" not in without.acts
    assert Chances(2).of("file", "alpha").random() == Chances(2).of("file", "alpha").random()


def test_a_failure_is_made_small_to_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    planted.does_not_check_signatures(monkeypatch)
    setup = Setup(seed=1, parties=3, haste=8)
    small = shrink(setup, simulate(setup, 150))
    assert small.failure is not None
    assert small.parties == 2
    assert set(small.without) >= KINDS - {"forge", "file"}


def test_what_holds_is_not_made_small() -> None:
    report = simulate(Setup(seed=1), 20)
    assert shrink(Setup(seed=1), report) is report


@pytest.mark.parametrize("parties", [1, 9])
def test_a_simulation_has_two_to_eight_parties(parties: int) -> None:
    with pytest.raises(Invalid) as caught:
        Setup(parties=parties)
    assert caught.value.code == "too-many-parties"


def test_only_what_there_is_can_be_left_out() -> None:
    with pytest.raises(Invalid) as caught:
        simulate(Setup(without=frozenset({"rain"})), 1)
    assert caught.value.code == "no-such-kind"
    assert "crash" in (caught.value.remedy or "")


def test_few_parties_have_all_lines_and_many_a_ring() -> None:
    assert len(pairs_of("abcd")) == 6
    assert sorted(pairs_of("abcde")) == [("a", "b"), ("a", "e"), ("b", "c"), ("c", "d"), ("d", "e")]


def test_every_promise_has_a_name_of_its_own_and_says_what_it_promises() -> None:
    promises = all_promises(World(Setup()))
    assert len({it.name for it in promises}) == len(promises)
    assert all(type(it).__doc__ for it in promises)
