"""Who asks too much: a bucket a caller, that fills with time and from which each request takes one."""

from typing import Final

from openline.api.f3548.limits import BURST_S, MAX_CALLERS

_LEVEL: Final = 0
_AT: Final = 1


class Buckets:
    """Forgets the caller that it has known longest when there are too many: a bucket begins full, so that
    nobody is worse off for being forgotten.
    """

    def __init__(self, per_s: float, most: int = MAX_CALLERS) -> None:
        self._per_s = per_s
        self._full = max(1.0, per_s * BURST_S)
        self._most = most
        self._buckets: dict[str, list[float]] = {}

    def take(self, who: str, now_s: float) -> float:
        """Take one; gives the seconds to wait where there is none (0: taken). now_s: of a steady clock."""
        bucket = self._buckets.get(who)
        if bucket is None:
            if len(self._buckets) >= self._most:
                del self._buckets[next(iter(self._buckets))]
            bucket = self._buckets[who] = [self._full, now_s]
        level = min(self._full, bucket[_LEVEL] + (now_s - bucket[_AT]) * self._per_s)
        bucket[_AT] = now_s
        taken = level >= 1.0
        bucket[_LEVEL] = level - 1.0 if taken else level
        return 0.0 if taken else (1.0 - level) / self._per_s

    def __len__(self) -> int:
        return len(self._buckets)
