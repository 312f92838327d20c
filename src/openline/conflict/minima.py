"""How close is too close: the lateral and vertical minima, and the time for which closer is tolerated."""

from typing import ClassVar

import msgspec

from openline.errors import Invalid, LimitExceeded
from openline.units import (
    DMM_PER_FOOT,
    DMM_PER_NAUTICAL_MILE,
    dmm_from_feet,
    dmm_from_nautical_miles,
    is_finite,
    ms_from_seconds,
)

LATERAL_LIMIT_DMM = 100 * DMM_PER_NAUTICAL_MILE
VERTICAL_LIMIT_DMM = 100_000 * DMM_PER_FOOT
DWELL_LIMIT_MS = 24 * 3_600_000


class Minima(msgspec.Struct, frozen=True):
    """Two operations conflict where both are nearer than lateral and vertical minimum for longer than the dwell.

    A zero minimum is met by closed sets that share a point, a positive one by sets strictly closer. Dwell 0 is met by any
    contact, one instant included; a positive dwell by a continuous time strictly longer.

    lateral_dmm, vertical_dmm: 0.1 mm. dwell_ms: milliseconds.
    Raises Invalid for a negative or non-integer figure, LimitExceeded above the named limits of this module.
    """

    lateral_dmm: int
    vertical_dmm: int
    dwell_ms: int = 0

    threes: ClassVar["Minima"]
    enroute: ClassVar["Minima"]
    f3548: ClassVar["Minima"]

    def __post_init__(self) -> None:
        _check("lateral_dmm", self.lateral_dmm, LATERAL_LIMIT_DMM)
        _check("vertical_dmm", self.vertical_dmm, VERTICAL_LIMIT_DMM)
        _check("dwell_ms", self.dwell_ms, DWELL_LIMIT_MS)

    @classmethod
    def of(cls, *, lateral_nm: float = 0.0, vertical_ft: float = 0.0, dwell_s: float = 0.0) -> "Minima":
        """From the units that people use, to the nearest 0.1 mm and millisecond."""
        for name, value in (("lateral_nm", lateral_nm), ("vertical_ft", vertical_ft), ("dwell_s", dwell_s)):
            if not is_finite(value):
                raise Invalid("not-a-number", f"{name} is {value}", field=name, remedy="give a finite figure")
        return cls(dmm_from_nautical_miles(lateral_nm), dmm_from_feet(vertical_ft), ms_from_seconds(dwell_s))

    @classmethod
    def named(cls, name: str) -> "Minima":
        """A preset by its name; raises Invalid where there is none of that name."""
        try:
            return PRESETS[name]
        except KeyError:
            known = ", ".join(sorted(PRESETS))
            text = f"there are no minima named {name!r}"
            raise Invalid("unknown-minima", text, field="minima", remedy=f"one of {known}") from None


def _check(field: str, value: int, limit: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Invalid("not-an-integer", f"{field} is {value!r}", field=field, remedy="give a whole number")
    if value < 0:
        raise Invalid("negative", f"{field} is {value}", field=field, remedy="give zero or more")
    if value > limit:
        text = f"{field} is {value}, more than {limit}"
        raise LimitExceeded(
            "too-large", text, field=field, clause="conflict.minima limits", remedy=f"at most {limit}"
        )


Minima.threes = Minima(3 * DMM_PER_NAUTICAL_MILE, 3_000 * DMM_PER_FOOT, 180_000)
"""The 'rule of threes' of the 2015 memorandum: 3 NM or 3,000 ft apart, closer for at most 3 minutes."""

Minima.enroute = Minima(5 * DMM_PER_NAUTICAL_MILE, 1_000 * DMM_PER_FOOT, 0)
"""En-route radar separation: 5 NM or 1,000 ft."""

Minima.f3548 = Minima(0, 0, 0)
"""ASTM F3548-21: plain 4D intersection."""

PRESETS = {"threes": Minima.threes, "enroute": Minima.enroute, "f3548": Minima.f3548}
