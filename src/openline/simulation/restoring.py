"""What if a store is replaced? A node comes back on an older copy, and asks its partners what it has said."""

import random
from typing import TYPE_CHECKING, Final

from openline.simulation.chances import waiting_ms
from openline.simulation.keyholders import bring_again

if TYPE_CHECKING:
    import sqlite3

    from openline.simulation.centre import Centre
    from openline.simulation.world import World

AGE_MS: Final = 15_000
"""How old a copy is, on average, when it is brought back."""


def restore(world: "World", centre: "Centre", chance: random.Random) -> bool:
    """Somebody copies the store; some time later its disk dies, and the copy is brought back."""
    age_ms = waiting_ms(chance, AGE_MS)
    if centre.is_liar or centre.is_recovering:
        return False
    copy, keys_said = centre.copy_store(), centre.keys_said
    world.scheduler.after(age_ms, lambda: _bring_back(world, centre, copy, keys_said))
    return True


def _bring_back(world: "World", centre: "Centre", copy: "sqlite3.Connection", keys_said: int) -> bool:
    """Not a copy from before the node's key has changed: without the key before it takes people, and
    ``openline key rotate --lost`` (tests/simulation/test_keys_go_on.py). What people had brought they bring
    again.
    """
    is_of_today = centre.keys_said == keys_said and len(centre.identity.keys) == 1
    if world.is_healing or centre.is_recovering or not is_of_today:
        return False
    world.bring_back(centre, copy)
    for word in centre.brought:
        world.errand(lambda word=word: bring_again(world, centre, word))  # type: ignore[misc]
    return True
