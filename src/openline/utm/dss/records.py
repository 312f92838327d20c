"""What the DSS keeps: one record an entity, as the store knows it, and what stands in each kind.

The store reads `Record`s and never their values. Every record has *keys*: the locks under which it is
written. Two entities that may meet share a key of space; two that bear one id share a key of name. Whoever
changes a record holds all keys of the old one and of the new one, and every key counts its changes, so that
a replica that knows a key's count knows whether it has missed anything.
"""

from enum import StrEnum

import msgspec

from openline.utm.wire.references import OperationalIntentState, UssAvailabilityState
from openline.utm.wire.volumes import Volume4D


class Kind(StrEnum):
    OPERATIONAL_INTENT = "operational_intent"
    CONSTRAINT = "constraint"
    SUBSCRIPTION = "subscription"
    AVAILABILITY = "availability"


class Ref(msgspec.Struct, frozen=True):
    """Names a record."""

    kind: Kind
    id: str


class Record(msgspec.Struct, frozen=True):
    """manager: who may change it. start_ms, end_ms: when it is in force (0, 2**62 for an availability).

    keys: rising numbers, each once (`dss.keys`). value: the JSON of the struct of its kind below.
    """

    kind: Kind
    id: str
    manager: str
    version: int
    start_ms: int
    end_ms: int
    keys: tuple[int, ...]
    value: bytes

    @property
    def ref(self) -> Ref:
        return Ref(self.kind, self.id)


class IntentHead(msgspec.Struct, frozen=True):
    """An operational intent reference without its extents (a reader skips them, which is quicker).

    time_start, time_end: as the supplier wrote them; `Record` has them in whole milliseconds, rounded
    outward. subscription_id: None where it has none. told: said over a line.
    """

    state: OperationalIntentState
    ovn: str
    uss_base_url: str
    subscription_id: str | None
    time_start: str
    time_end: str
    told: bool = False


class Intent(IntentHead, frozen=True, kw_only=True):
    extents: tuple[Volume4D, ...]


class ConstraintHead(msgspec.Struct, frozen=True):
    """A constraint reference without its extents. time_start, time_end: as of `IntentHead`."""

    ovn: str
    uss_base_url: str
    time_start: str
    time_end: str


class ConstraintEntry(ConstraintHead, frozen=True, kw_only=True):
    extents: tuple[Volume4D, ...]


class SubscriptionHead(msgspec.Struct, frozen=True):
    """A subscription without its extents. Its notification index is not here: it rises without the
    subscription's keys (`ports`). time_start, time_end: as of `IntentHead`.
    """

    version: str
    uss_base_url: str
    notify_for_operational_intents: bool
    notify_for_constraints: bool
    implicit: bool
    time_start: str
    time_end: str


class SubscriptionEntry(SubscriptionHead, frozen=True, kw_only=True):
    """extents: one volume, or, of an implicit one, those of the operational intents that depend on it."""

    extents: tuple[Volume4D, ...]


class Availability(msgspec.Struct, frozen=True):
    version: str
    availability: UssAvailabilityState
