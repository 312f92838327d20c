"""The clauses of an accord: each class is one clause, each field one term with its unit.

The reference for a second implementation is docs/spec/accord.md. Errors name the field by its path and the
clause by its name there. Everything is an integer, a boolean or a text.
"""

import re
from typing import Literal

from msgspec import Struct

from openline.accord.shapes import POLE_E9
from openline.accord.wellformed import ascending, matching, text, truth, whole
from openline.airspace.limits import DAY_MS, HOUR_MS, MAX_DURATION_MS, MAX_HORIZON_MS, MAX_PRIORITY
from openline.conflict.minima import Minima
from openline.errors import Invalid, OpenlineError
from openline.journal.keys import VerifyKey
from openline.units import DMM_PER_FOOT

DISCLOSABLE = ("aircraft_type", "callsign", "priority")
MAX_GRID_E9 = 1_000_000_000  # a degree, 60 NM: coarser says nothing that could keep two flights apart
MAX_LAYER_DMM = 10_000 * DMM_PER_FOOT
MAX_STEP_MS = HOUR_MS

Field = Literal["aircraft_type", "callsign", "priority"]

_NAME = re.compile(r"[a-z0-9-]{1,32}")
_POSITION = re.compile(r"[a-z0-9-]{1,32}")


class Party(Struct, frozen=True, forbid_unknown_fields=True):
    """Who agrees: a name for machines, a title for people, and the Ed25519 public key kept offline (hex)."""

    name: str
    title: str
    key: str

    def __post_init__(self) -> None:
        matching(
            self.name, _NAME, "parties.name", "1 to 32 of a-z, 0-9 and -", code="bad-name", clause="parties"
        )
        text(self.title, "parties.title", longest=100, clause="parties")
        try:
            VerifyKey.from_hex(self.key)
        except Invalid as fault:
            raise Invalid(
                "bad-key", fault.text, field="parties.key", clause="parties", remedy=fault.remedy
            ) from None


class MinimaTerms(Struct, frozen=True, forbid_unknown_fields=True):
    """How close is a conflict: lateral and vertical in 0.1 mm, the time both may last in ms. 0 is plain
    contact."""

    lateral_dmm: int
    vertical_dmm: int
    dwell_ms: int

    def __post_init__(self) -> None:
        try:
            self.as_minima()
        except OpenlineError as fault:
            fault.clause = "minima"
            raise fault.within(field="minima") from None

    @classmethod
    def named(cls, name: str) -> "MinimaTerms":
        """threes: 3 NM, 3,000 ft, 180 s (Syria 2015); enroute: 5 NM, 1,000 ft; f3548: plain intersection."""
        minima = Minima.named(name)
        return cls(minima.lateral_dmm, minima.vertical_dmm, minima.dwell_ms)

    def as_minima(self) -> Minima:
        """As the conflict engine takes them."""
        return Minima(self.lateral_dmm, self.vertical_dmm, self.dwell_ms)


class Disclosure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one party tells: the fields, and how coarse positions, heights and times may be.

    grid_e9: positions lie on multiples of it in latitude and longitude; 0 and 1 both mean the wire's own 1e-9
    degree. It divides 90 degrees, so that the poles and the antimeridian are grid lines. layer_dmm, step_ms:
    heights and times lie on multiples; 0 is exact. trajectories: flight paths are told as paths (else as
    volumes around each leg). finer: a notice on the exact grid may be asked for, limited to the window of a
    possible conflict.
    """

    fields: tuple[Field, ...] = ()
    grid_e9: int = 0
    layer_dmm: int = 0
    step_ms: int = 0
    trajectories: bool = True
    finer: bool = True

    def __post_init__(self) -> None:
        unknown = [name for name in self.fields if name not in DISCLOSABLE]
        if unknown:
            raise Invalid(
                "unknown-field",
                f"{unknown[0]!r} can not be disclosed: no such field exists on the wire",
                field="disclosure.fields",
                clause="disclosure",
                remedy=f"choose among {', '.join(DISCLOSABLE)}",
            )
        ascending(self.fields, "disclosure.fields", clause="disclosure")
        self._check_coarseness()

    def _check_coarseness(self) -> None:
        whole(self.grid_e9, "disclosure.grid_e9", high=MAX_GRID_E9, clause="disclosure")
        if self.grid_e9 and POLE_E9 % self.grid_e9:
            raise Invalid(
                "grid-does-not-divide",
                f"a grid of {self.grid_e9}e-9 degree does not divide 90 degrees",
                field="disclosure.grid_e9",
                clause="disclosure",
                remedy="take a grid such as 10000000 (0.01 degree) or 50000000 (0.05 degree)",
            )
        whole(self.layer_dmm, "disclosure.layer_dmm", high=MAX_LAYER_DMM, clause="disclosure")
        whole(self.step_ms, "disclosure.step_ms", high=MAX_STEP_MS, clause="disclosure")
        truth(self.trajectories, "disclosure.trajectories", clause="disclosure")
        truth(self.finer, "disclosure.finer", clause="disclosure")


class Answers(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long each kind of answer may take before it is missed, in ms: stored, shown to a person, a proposal
    answered, a check answered, a call taken, whose aircraft it is said, what was said in it read back, and a
    proposed talk (or the minutes of one) answered."""

    lam_ms: int
    shown_ms: int
    answer_ms: int
    check_ms: int
    take_ms: int
    identify_ms: int
    readback_ms: int
    talk_ms: int

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            whole(getattr(self, name), f"answers.{name}", low=1, high=7 * DAY_MS, clause="answers")


class Step(Struct, frozen=True, forbid_unknown_fields=True):
    """One rung of the escalation ladder: that long after the message, that duty position is called too."""

    after_ms: int
    position: str

    def __post_init__(self) -> None:
        whole(self.after_ms, "escalation.after_ms", high=DAY_MS, clause="escalation")
        matching(
            self.position,
            _POSITION,
            "escalation.position",
            "1 to 32 of a-z, 0-9 and -",
            code="bad-name",
            clause="escalation",
        )


class Frequency(Struct, frozen=True, forbid_unknown_fields=True):
    """A radio frequency in kHz (the channel name for 8.33 kHz channels) and what crews use it for."""

    use: str
    khz: int

    def __post_init__(self) -> None:
        text(self.use, "frequencies.use", longest=32, clause="frequencies")
        whole(self.khz, "frequencies.khz", low=100, high=3_000_000, clause="frequencies")


class Caps(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The most that one party may ask for: highest priority, area of one volume (m2), duration, how far ahead
    (ms), and how many notices may be open at a time. Nonconforming and Contingent are never refused."""

    priority: int
    area_m2: int
    duration_ms: int
    horizon_ms: int
    open_notices: int

    def __post_init__(self) -> None:
        whole(self.priority, "caps.priority", high=MAX_PRIORITY, clause="caps")
        whole(self.area_m2, "caps.area_m2", low=1, clause="caps")
        whole(self.duration_ms, "caps.duration_ms", low=1, high=MAX_DURATION_MS, clause="caps")
        whole(self.horizon_ms, "caps.horizon_ms", low=1, high=MAX_HORIZON_MS, clause="caps")
        whole(self.open_notices, "caps.open_notices", low=1, high=1_000_000, clause="caps")
