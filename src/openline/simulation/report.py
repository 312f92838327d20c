"""What came of a simulation, as values: the same for the same setup, so that two runs can be compared."""

import shlex

import msgspec

from openline.simulation.founding import BEGIN_MS
from openline.simulation.world import World


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A promise that did not hold. step: in which step. trace: the last things that happened, the oldest
    first.
    """

    promise: str
    who: str
    text: str
    step: int
    trace: tuple[str, ...]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """acts: how often what was done, or befell somebody. said: messages by kind. fingerprint: over the whole
    course. replay: the command that does it again.
    """

    seed: int
    parties: int
    liar: bool
    haste: int
    without: tuple[str, ...]
    steps: int
    storms: int
    simulated_ms: int
    acts: dict[str, int]
    said: dict[str, int]
    lost: int
    doubled: int
    promises: tuple[str, ...]
    fingerprint: str
    replay: str
    failure: Failure | None = None

    @property
    def is_sound(self) -> bool:
        return self.failure is None


def report_of(world: World, wanted_steps: int, storms: int, failure: Failure | None) -> Report:
    setup = world.setup
    return Report(
        seed=setup.seed,
        parties=setup.parties,
        liar=setup.liar,
        haste=setup.haste,
        without=tuple(sorted(setup.without)),
        steps=world.steps,
        storms=storms,
        simulated_ms=world.scheduler.now_ms - BEGIN_MS,
        acts=dict(sorted(world.acts.items())),
        said=dict(sorted(world.said.items())),
        lost=world.wire.lost,
        doubled=world.wire.doubled,
        promises=tuple(promise.name for promise in world.promises),
        fingerprint=world.fingerprint,
        replay=_replay(world, wanted_steps),
        failure=failure,
    )


def _replay(world: World, steps: int) -> str:
    """With as many steps as were asked for: they say when the last storm ends and all heals."""
    setup = world.setup
    words = ["openline", "simulate", "--seed", str(setup.seed), "--parties", str(setup.parties)]
    words += ["--steps", str(steps)]
    words += ["--liar"] if setup.liar else []
    words += ["--haste", str(setup.haste)] if setup.haste > 1 else []
    for kind in sorted(setup.without):
        words += ["--without", kind]
    return shlex.join(words)
