"""How close is too close: the lateral and vertical minima, and the time for which closer is tolerated."""

from typing import ClassVar, Final

import msgspec

from openline.airspace import checks
from openline.errors import Invalid
from openline.units import (
    DMM_PER_FOOT,
    DMM_PER_NAUTICAL_MILE,
    dmm_from_feet,
    dmm_from_nautical_miles,
    ms_from_seconds,
)

MAX_LATERAL_DMM: Final = 100 * DMM_PER_NAUTICAL_MILE
MAX_VERTICAL_DMM: Final = 100_000 * DMM_PER_FOOT
MAX_DWELL_MS: Final = 24 * 3_600_000


class Minima(msgspec.Struct, frozen=True):
    """Two operations conflict where both are nearer than lateral and vertical minimum for longer than the
    dwell.

    A zero minimum is met by closed sets that share a point, a positive one by sets strictly closer. Dwell 0
    is met by any contact, one instant included; a positive dwell by a continuous time strictly longer.

    lateral_dmm, vertical_dmm: 0.1 mm. dwell_ms: milliseconds.
    Raises Invalid "wrong-type", LimitExceeded "out-of-range" (negative, or above this module's limits).
    """

    lateral_dmm: int
    vertical_dmm: int
    dwell_ms: int = 0

    threes: ClassVar["Minima"]
    enroute: ClassVar["Minima"]
    f3548: ClassVar["Minima"]

    def __post_init__(self) -> None:
        checks.whole(self.lateral_dmm, "lateral_dmm", 0, MAX_LATERAL_DMM, "MAX_LATERAL_DMM")
        checks.whole(self.vertical_dmm, "vertical_dmm", 0, MAX_VERTICAL_DMM, "MAX_VERTICAL_DMM")
        checks.whole(self.dwell_ms, "dwell_ms", 0, MAX_DWELL_MS, "MAX_DWELL_MS")

    @classmethod
    def of(cls, *, lateral_nm: float = 0.0, vertical_ft: float = 0.0, dwell_s: float = 0.0) -> "Minima":
        """From the units that people use, to the nearest 0.1 mm and millisecond."""
        checks.real(lateral_nm, "lateral_nm", 0.0, 100.0, "MAX_LATERAL_DMM")
        checks.real(vertical_ft, "vertical_ft", 0.0, 100_000.0, "MAX_VERTICAL_DMM")
        checks.real(dwell_s, "dwell_s", 0.0, 86_400.0, "MAX_DWELL_MS")
        return cls(dmm_from_nautical_miles(lateral_nm), dmm_from_feet(vertical_ft), ms_from_seconds(dwell_s))

    @classmethod
    def named(cls, name: str) -> "Minima":
        """A preset by its name; raises Invalid where there is none of that name."""
        if not isinstance(name, str) or name not in PRESETS:
            remedy = f"one of {', '.join(sorted(PRESETS))}"
            raise Invalid(
                "unknown-minima", f"there are no minima named {name!r:.40}", field="minima", remedy=remedy
            )
        return PRESETS[name]


Minima.threes = Minima(3 * DMM_PER_NAUTICAL_MILE, 3_000 * DMM_PER_FOOT, 180_000)
"""The 'rule of threes' of the 2015 memorandum: 3 NM or 3,000 ft apart, closer for at most 3 minutes."""

Minima.enroute = Minima(5 * DMM_PER_NAUTICAL_MILE, 1_000 * DMM_PER_FOOT, 0)
"""En-route radar separation: 5 NM or 1,000 ft."""

Minima.f3548 = Minima(0, 0, 0)
"""ASTM F3548-21: plain 4D intersection."""

PRESETS = {"threes": Minima.threes, "enroute": Minima.enroute, "f3548": Minima.f3548}
