"""When does an accord end, and what comes after it? Another one between the same two, with another line."""

import random
from typing import TYPE_CHECKING, Final

from openline.coordination.messages import End, Kind, Reason
from openline.simulation.chances import waiting_ms
from openline.simulation.founding import Line, found_line

if TYPE_CHECKING:
    from openline.simulation.centre import Centre
    from openline.simulation.world import World

NEW_ACCORD_MS: Final = 20_000
"""How long two parties take, on average, to agree on another accord."""


def end(world: "World", centre: "Centre", chance: random.Random) -> bool:
    """Say END; some time later both sides sign another accord, and install it one after the other. The line
    before goes on with what is about life.
    """
    picked, delay_ms = chance.random(), waiting_ms(chance, NEW_ACCORD_MS)
    running = [line for line in world.lines_of(centre.name) if not line.is_ending]
    if not running:
        return False
    line = running[int(picked * len(running))]
    line.is_ending = True
    world.errand(lambda: _say(world, centre, line, delay_ms), 0)
    return True


def _say(world: "World", centre: "Centre", line: Line, delay_ms: int) -> bool:
    body, what = End(reason=Reason.OTHER), f"ends {line.title}"
    if not centre.is_up:
        return False
    said = world.call(centre, what, lambda node, now_ms: node.say(line.accord_id, Kind.END, body, now_ms))
    if not said.is_done:
        return False
    world.errand(lambda: _found(world, line), delay_ms)
    return True


def _found(world: "World", ended: Line) -> bool:
    """Between two nodes whose people know which key seals: not while one of them goes on under another."""
    pair = [world.centres[name] for name in ended.names]
    if any(not it.is_up or len(it.identity.keys) > 1 for it in pair):
        return False
    first, second = (it.identity for it in pair)
    line = found_line(first, second, world.chances, serial=len(world.lines))
    world.add_line(line)
    for centre in pair:
        world.begin_line(centre, line)
    return True
