"""Everything that may happen beside the nodes' own doing: how often, and to whom."""

import random
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import msgspec

from openline.simulation import callers, endings, hostile, keyholders, officers, operators, restoring, talkers
from openline.simulation.chances import waiting_ms
from openline.simulation.faults import Fate
from openline.simulation.wire import WEATHERS

if TYPE_CHECKING:
    from openline.simulation.centre import Centre
    from openline.simulation.world import World

Act = Callable[["World", "Centre", random.Random], bool]
"""False where there was nothing to do."""

STATEMENTS: Final = 40
"""Up to which statement of its next transaction a node may be struck."""
_LEAPS_MS: Final = (-3_600_000, -120_000, -3_000, 3_000, 120_000, 3_600_000)
_CUT_MS: Final = 45_000


class Activity(msgspec.Struct, frozen=True):
    """act: what happens to (or is done by) one centre, every ``every_ms`` of simulated time on average.

    needs_node: whether it waits for the centre's process to run.
    """

    act: Act
    every_ms: int
    needs_node: bool = True


def crash(_world: "World", centre: "Centre", chance: random.Random) -> bool:
    """The process dies in the next transaction, or around its commit."""
    fate = chance.choice((Fate.CRASH_WITHIN, Fate.CRASH_BEFORE, Fate.CRASH_AFTER))
    centre.store.arm(fate, chance.randrange(1, STATEMENTS))
    return True


def fill_disk(_world: "World", centre: "Centre", chance: random.Random) -> bool:
    centre.store.arm(Fate.DISK_FULL, chance.randrange(1, STATEMENTS))
    return True


def leap(world: "World", centre: "Centre", chance: random.Random) -> bool:
    """The wall clock leaps, and leaps back when somebody sees it."""
    leap_ms, for_ms = chance.choice(_LEAPS_MS), waiting_ms(chance, _CUT_MS)
    world.set_clock(centre, leap_ms)
    world.scheduler.after(for_ms, lambda: _right_clock(world, centre))
    return True


def _right_clock(world: "World", centre: "Centre") -> bool:
    world.set_clock(centre, 0)
    return True


def cut(world: "World", centre: "Centre", chance: random.Random) -> bool:
    """A line is cut: both ways, or one."""
    line = chance.choice(world.lines_of(centre.name))
    both, for_ms = chance.random() < 0.6, waiting_ms(chance, _CUT_MS)
    way = line.accord_id, centre.name, line.other(centre.name)
    ways = {way, (way[0], way[2], way[1])} if both else {way}
    world.wire.cut |= ways
    world.note(centre, f"{line.title} is cut, {'both ways' if both else 'on its way out'}")
    world.scheduler.after(for_ms, lambda: _mend(world, centre, ways))
    return True


def _mend(world: "World", centre: "Centre", ways: set[tuple[str, str, str]]) -> bool:
    world.wire.cut -= ways
    world.note(centre, "its line is mended")
    return True


def turn_weather(world: "World", _centre: "Centre", chance: random.Random) -> bool:
    world.wire.weather = chance.choice(WEATHERS)
    world.note(None, f"the weather is {world.wire.weather.name}")
    return True


ACTIVITIES: Final[Mapping[str, Activity]] = MappingProxyType(
    {
        "file": Activity(operators.file, 30_000),
        "revise": Activity(operators.revise, 90_000),
        "fly": Activity(operators.fly, 60_000),
        "look": Activity(officers.look, 10_000),
        "show": Activity(officers.show, 10_000),
        "check": Activity(officers.try_line, 120_000),
        "emergency": Activity(callers.emergency, 150_000),
        "call": Activity(callers.call, 120_000),
        "talk": Activity(talkers.talk, 300_000),
        "shift": Activity(callers.change_shift, 120_000),
        "away": Activity(officers.leave, 300_000),
        "suspend": Activity(operators.suspend, 300_000),
        "agree": Activity(operators.agree, 400_000),
        "end": Activity(endings.end, 1_200_000),
        "rotate": Activity(keyholders.rotate, 300_000),
        "revoke": Activity(keyholders.revoke, 400_000),
        "mislay": Activity(keyholders.mislay, 500_000, needs_node=False),
        "crash": Activity(crash, 60_000),
        "restore": Activity(restoring.restore, 400_000),
        "disk-full": Activity(fill_disk, 90_000),
        "clock": Activity(leap, 240_000, needs_node=False),
        "cut": Activity(cut, 150_000, needs_node=False),
        "weather": Activity(turn_weather, 200_000, needs_node=False),
        "replay": Activity(hostile.replay, 30_000, needs_node=False),
        "forge": Activity(hostile.forge, 40_000, needs_node=False),
        "misuse": Activity(hostile.misuse, 30_000),
        "flood": Activity(hostile.flood, 900_000, needs_node=False),
        "lie": Activity(hostile.lie, 45_000, needs_node=False),
    }
)
"""By the name under which ``--without`` leaves it out. All but the first three are trouble."""

KINDS: Final = frozenset(ACTIVITIES) | {"loss", "double", "late"}
"""What may be left out; the last three are what the wire does by itself."""


def set_going(world: "World") -> None:
    for name, activity in ACTIVITIES.items():
        if name not in world.setup.without:
            for centre in world.centres.values():
                _later(world, centre, name, activity)


def _later(world: "World", centre: "Centre", name: str, activity: Activity) -> None:
    chance = world.chances.of(name, centre.name)
    world.scheduler.after(
        waiting_ms(chance, activity.every_ms // world.setup.haste),
        lambda: _do(world, centre, name, activity, chance),
    )


def _do(world: "World", centre: "Centre", name: str, activity: Activity, chance: random.Random) -> bool:
    _later(world, centre, name, activity)
    if world.is_healing or (activity.needs_node and not centre.is_up):
        return False
    is_done = activity.act(world, centre, chance)
    world.acts[name] += is_done
    return is_done
