"""Where does chance come from? One seed, and a stream of its own for each thing that may happen.

Streams are apart, so that leaving one thing out (``Setup.without``) leaves the others as they were: that is
how a failure is made small.
"""

import random
import uuid


class Chances:
    """Streams of chance by name; the same seed and name give the same stream in every process."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._streams: dict[str, random.Random] = {}

    def of(self, *name: str) -> random.Random:
        key = "/".join(name)
        if key not in self._streams:
            self._streams[key] = random.Random(f"{self._seed}/{key}")
        return self._streams[key]


def uuid_from(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def waiting_ms(chance: random.Random, mean_ms: int) -> int:
    """How long until something that happens every ``mean_ms`` on average happens next."""
    return 1 + round(chance.expovariate(1 / mean_ms))
