"""How far is the partner's clock off ours? Read from HEADS, whose way here takes time. Pure.

HEADS that answer ours were made between our asking and their coming, so the difference lies between two
bounds (as in RFC 5905). HEADS that come by themselves bound it from one side only: they may have been on the
way for long.
"""

from typing import Final

import msgspec

MAX_DIFFERENCE_MS: Final = 1_000
"""Beyond this people are told."""

MAX_SAMPLES: Final = 8
MAX_BOUNDS: Final = 3
"""Of HEADS that came by themselves so many count: the quickest of them."""
DRIFT_MS: Final = 50


class Sample(msgspec.Struct, frozen=True):
    """The difference (theirs less ours) is at least ``low_ms``, and at most ``high_ms`` (None: not known)."""

    low_ms: int
    high_ms: int | None = None

    @property
    def estimate_ms(self) -> int:
        """The middle. Of HEADS that came by themselves the bound, as if they had been quick."""
        return self.low_ms if self.high_ms is None else (self.low_ms + self.high_ms) // 2

    @property
    def doubt_ms(self) -> int:
        return 0 if self.high_ms is None else (self.high_ms - self.low_ms) // 2


def sample(said_ms: int, now_ms: int, asked_ms: int | None) -> Sample:
    """said_ms: by the partner's clock. now_ms, asked_ms: when it came, and (for an answer) was asked for, by
    ours.
    """
    low_ms = said_ms - now_ms
    high_ms = None if asked_ms is None else max(low_ms, said_ms - asked_ms)
    return Sample(low_ms, high_ms)


def with_sample(known: tuple[Sample, ...], new: Sample) -> tuple[Sample, ...]:
    """The samples that speak of the clocks as they are: where a new one contradicts the old ones, a clock was
    set, and the old ones are dropped.
    """
    samples = (*known, new) if all(_agree(it, new) for it in known) else (new,)
    answers = [it for it in samples if it.high_ms is not None]
    bounds = [it for it in samples if it.high_ms is None]
    return (*answers[-MAX_SAMPLES:], *bounds[-MAX_BOUNDS:])


def _agree(one: Sample, other: Sample) -> bool:
    return _at_most(one.low_ms, other.high_ms) and _at_most(other.low_ms, one.high_ms)


def _at_most(low_ms: int, high_ms: int | None) -> bool:
    """Bounds are whole milliseconds, and clocks drift a little between two samples."""
    return high_ms is None or low_ms <= high_ms + DRIFT_MS


def difference(samples: tuple[Sample, ...]) -> int | None:
    """The difference in ms that the surest sample gives, the newest of equals: its middle, or, where it is in
    much doubt, the least that it proves. None where there is no sample.
    """
    answers = [it for it in samples if it.high_ms is not None]
    if not answers:
        return max((it.low_ms for it in samples), default=None)
    surest = min(reversed(answers), key=lambda it: it.doubt_ms)
    if surest.doubt_ms <= MAX_DIFFERENCE_MS // 2 or surest.high_ms is None:
        return surest.estimate_ms
    return max(surest.low_ms, min(surest.high_ms, 0))
