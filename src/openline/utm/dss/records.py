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


class Intent(msgspec.Struct, frozen=True):
    """An operational intent reference. subscription_id: None where it has none. told: said over a line."""

    state: OperationalIntentState
    ovn: str
    uss_base_url: str
    subscription_id: str | None
    extents: tuple[Volume4D, ...]
    told: bool = False


class ConstraintEntry(msgspec.Struct, frozen=True):
    ovn: str
    uss_base_url: str
    extents: tuple[Volume4D, ...]


class SubscriptionEntry(msgspec.Struct, frozen=True):
    """Its notification index is not here: it rises without the subscription's keys (`ports`)."""

    version: str
    uss_base_url: str
    extents: Volume4D
    notify_for_operational_intents: bool
    notify_for_constraints: bool
    implicit: bool


class Availability(msgspec.Struct, frozen=True):
    version: str
    availability: UssAvailabilityState
