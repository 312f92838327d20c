"""What a change costs those who fly it, in seconds of delay: the one scale on which alternatives are
ordered.
"""

from typing import Final

from openline.airspace.change import Change
from openline.units import DMM_PER_FOOT, DMM_PER_METRE, MS_PER_SECOND

PER_SECOND_LATER: Final = 1.0
PER_SECOND_EARLIER: Final = 1.5
"""Getting ready sooner asks more of people than waiting."""
PER_FOOT: Final = 0.06
"""A thousand feet cost as much as a minute's delay."""
PER_METRE: Final = 0.03
"""A nautical mile aside costs nearly as much as a thousand feet."""
FOR_EACH_FURTHER_KIND: Final = 30.0
"""Two things to get right instead of one, or three."""


def cost_of(change: Change) -> float:
    """In seconds of delay: 1 a second later, 1.5 a second earlier, 60 a thousand feet, 30 a kilometre
    aside, and 30 more for each further kind of change.
    """
    return cost_of_parts(change.delay_ms, change.climb_dmm, change.offset_dmm)


def cost_of_parts(delay_ms: int, climb_dmm: int, offset_dmm: int) -> float:
    """As `cost_of`, from plain numbers (0.1 mm, ms): the search asks it for every step it takes."""
    kinds = (delay_ms != 0) + (climb_dmm != 0) + (offset_dmm != 0)
    if not kinds:
        return 0.0
    later = PER_SECOND_LATER if delay_ms > 0 else PER_SECOND_EARLIER
    cost = later * abs(delay_ms) / MS_PER_SECOND
    cost += PER_FOOT * abs(climb_dmm) / DMM_PER_FOOT
    cost += PER_METRE * abs(offset_dmm) / DMM_PER_METRE
    return cost + FOR_EACH_FURTHER_KIND * (kinds - 1)
