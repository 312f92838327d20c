"""What our operators are told, and of which conflicts (F3548-21 SCD0090, SCD0095, CMSA)."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from openline.airspace.operation import Operation
from openline.conflict.between import conflict_between
from openline.conflict.minima import Minima
from openline.utm.space import time_of
from openline.utm.wire.details import UserNotificationRecord


class Event(StrEnum):
    CAUSED_CONFLICT = "caused-conflict"
    """His operation conflicts with others', and may (SCD0090)."""
    CONFLICT = "conflict"
    """Somebody else's now conflicts with his (SCD0095)."""
    CONSTRAINT = "constraint"
    """A constraint intersects his operation."""
    STATE_CHANGED = "state-changed"
    """The USS has changed the state of his operation by itself."""
    LOST = "lost"
    """The DSS does not have his operation any more."""
    NOT_PERFORMING = "not-performing"
    """His flights do not keep to their intents well enough (ACM)."""


class UserNotification(msgspec.Struct, frozen=True):
    """event_ms: when it came about; at_ms: when the operator was told. conflicts: ids of the others."""

    event: Event
    flight_id: str
    intent_id: str
    event_ms: int
    at_ms: int
    conflicts: tuple[str, ...] = ()
    text: str = ""

    def as_record(self) -> UserNotificationRecord:
        """As the standard's logs have it."""
        others = f" with {', '.join(self.conflicts)}" if self.conflicts else ""
        return UserNotificationRecord(
            triggering_event_time=time_of(self.event_ms),
            notification_time=time_of(self.at_ms),
            notification_triggering_event=self.event.value,
            notification_details=f"{self.intent_id}{others} {self.text}".strip(),
        )


def met_by(shape: Operation, own: Iterable[Operation]) -> tuple[Operation, ...]:
    """Those of our operations that it conflicts with."""
    return tuple(one for one in own if conflict_between(one, shape, Minima.f3548) is not None)
