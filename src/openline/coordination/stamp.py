"""Who knew what: causality from what each envelope says its sender had received, never from clocks.

A line has four lanes: urgent and routine, in each direction. An envelope carries its own number, the head of
its sender's other lane when it was sealed (``beside``) and the highest numbers received on the partner's
lanes (``seen``). Together these are a vector clock over the four lanes (Fidge 1988, Mattern 1989), so
"happened before" is decided exactly.
"""

import msgspec

from openline.journal.entry import Lane, Place


class Stamp(msgspec.Struct, frozen=True):
    """Where a message stands in the causal order of its line."""

    sender: str
    lane: Lane
    number: int
    beside: int
    seen_urgent: int
    seen_routine: int

    def has_received(self, lane: Lane) -> int:
        """The highest number of the partner's ``lane`` that the sender had received."""
        return self.seen_urgent if lane is Lane.URGENT else self.seen_routine


def stamp_of(place: Place) -> Stamp:
    return Stamp(place.sender, place.lane, place.number, place.beside, place.seen.urgent, place.seen.routine)


def knew(later: Stamp, earlier: Stamp) -> bool:
    """Whether the sender of ``later`` had said or received ``earlier`` before it said ``later``."""
    if later.sender != earlier.sender:
        return earlier.number <= later.has_received(earlier.lane)
    if later.lane is earlier.lane:
        return earlier.number < later.number
    return earlier.number <= later.beside
