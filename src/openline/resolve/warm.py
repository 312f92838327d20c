"""Compile what the resolver needs beyond the engine; see `openline.conflict.warm`."""

from collections.abc import Iterator

from openline.conflict.index import ConflictIndex
from openline.conflict.warm import Step, example_flight, example_volume
from openline.resolve.alternatives import alternatives


def steps() -> Iterator[Step]:
    """In the order in which they must be made."""
    index = ConflictIndex()
    volume, other, flight, second = (
        example_volume(11),
        example_volume(12),
        example_flight(13),
        example_flight(14),
    )
    yield "the resolver's index", lambda: index.add_many((other, flight))
    yield "ways out for volumes", lambda: alternatives(volume, index, None, 0)
    yield "ways out for flights", lambda: alternatives(second, index, None, 0)
