"""A DSS in a test: short words for what suppliers ask, and volumes of a small world."""

import itertools
import uuid
from typing import Any

from openline.errors import OpenlineError
from openline.units import rfc3339_from_ms
from openline.utm.dss import requests as ask
from openline.utm.dss.registry import Registry
from openline.utm.dss.settings import Settings
from openline.utm.wire import references as wire
from openline.utm.wire.references import OperationalIntentState as State
from openline.utm.wire.volumes import (
    Altitude,
    Circle,
    LatLngPoint,
    Polygon,
    Radius,
    Time,
    Volume3D,
    Volume4D,
)
from unit.utm.dss.memory_store import Database, MemoryStore

NOW_MS = 1_795_000_000_000
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
SCOPES = frozenset(
    {"utm.strategic_coordination", "utm.conformance_monitoring_sa", "utm.constraint_processing"}
)
UNKNOWN = wire.UssAvailabilityState.UNKNOWN


def uuid4(number: int, family: int = 0) -> str:
    return str(uuid.UUID(int=(family << 64) | number, version=4))


def at(moment_ms: int) -> Time:
    return Time(rfc3339_from_ms(moment_ms), "RFC3339")


def altitude(metres: float) -> Altitude:
    return Altitude(metres, "W84", "M")


def polygon(*lnglat: tuple[float, float]) -> Volume3D:
    return Volume3D(outline_polygon=Polygon(tuple(LatLngPoint(lng=lng, lat=lat) for lng, lat in lnglat)))


def circle(lng: float = 8.0, lat: float = 47.0, radius_m: float = 200.0) -> Volume3D:
    return Volume3D(outline_circle=Circle(LatLngPoint(lng=lng, lat=lat), Radius(radius_m, "M")))


def volume(
    shape: Volume3D | None = None,
    low: float | None = 0.0,
    high: float | None = 120.0,
    start_ms: int | None = 0,
    end_ms: int | None = HOUR_MS,
) -> Volume4D:
    """Times from NOW_MS on."""
    shape = shape or circle()
    return Volume4D(
        Volume3D(
            outline_circle=shape.outline_circle,
            outline_polygon=shape.outline_polygon,
            altitude_lower=None if low is None else altitude(low),
            altitude_upper=None if high is None else altitude(high),
        ),
        None if start_ms is None else at(NOW_MS + start_ms),
        None if end_ms is None else at(NOW_MS + end_ms),
    )


class Chances:
    """UUIDv4s in their order."""

    def __init__(self, family: int = 1) -> None:
        self._numbers = itertools.count(1)
        self._family = family

    def __call__(self) -> str:
        return uuid4(next(self._numbers), 0xC0 + self._family)


class Room:
    """One registry over a database of its own, or a shared one."""

    def __init__(self, database: Database | None = None, *, family: int = 1, **settings: Any) -> None:
        self.database = database or Database()
        self.store = MemoryStore(self.database, is_shared=database is not None)
        self.registry = Registry(self.store, Settings(**settings), Chances(family))
        self.registry.load()
        self.now_ms = NOW_MS

    def __call__(self, request: Any) -> Any:
        """The answer, or raises what it came to."""
        (answer,) = self.registry.answer_all([request], self.now_ms)
        if isinstance(answer, OpenlineError):
            raise answer
        return answer


def caller(manager: str, *, scopes: frozenset[str] = SCOPES) -> ask.Caller:
    return ask.Caller(manager, scopes)


def put_intent(
    id: str,
    manager: str = "uss1",
    *extents: Volume4D,
    ovn: str | None = None,
    state: State = State.ACCEPTED,
    key: tuple[str, ...] = (),
    told: bool = False,
    scopes: frozenset[str] = SCOPES,
    implicit: bool = False,
    for_constraints: bool = False,
    **more: Any,
) -> ask.PutOperationalIntent:
    if implicit:
        url = f"https://{manager}.example/implicit"
        more["new_subscription"] = wire.ImplicitSubscriptionParameters(url, for_constraints)
    more.setdefault("uss_base_url", f"https://{manager}.example/uss")
    parameters = wire.PutOperationalIntentReferenceParameters(extents or (volume(),), state, key=key, **more)
    return ask.PutOperationalIntent(caller(manager, scopes=scopes), id, ovn, parameters, told)


def delete_intent(id: str, ovn: str, manager: str = "uss1") -> ask.DeleteOperationalIntent:
    return ask.DeleteOperationalIntent(caller(manager), id, ovn)


def get_intent(id: str, manager: str = "uss1") -> ask.GetOperationalIntent:
    return ask.GetOperationalIntent(caller(manager), id)


def find_intents(area: Volume4D, manager: str = "uss1") -> ask.QueryOperationalIntents:
    parameters = wire.QueryOperationalIntentReferenceParameters(area)
    return ask.QueryOperationalIntents(caller(manager), parameters)


def put_constraint(
    id: str, manager: str = "authority", *extents: Volume4D, ovn: str | None = None, **more: Any
) -> ask.PutConstraint:
    more.setdefault("uss_base_url", f"https://{manager}.example/uss")
    parameters = wire.PutConstraintReferenceParameters(extents or (volume(),), **more)
    return ask.PutConstraint(caller(manager), id, ovn, parameters)


def delete_constraint(id: str, ovn: str, manager: str = "authority") -> ask.DeleteConstraint:
    return ask.DeleteConstraint(caller(manager), id, ovn)


def find_constraints(area: Volume4D, manager: str = "uss1") -> ask.QueryConstraints:
    return ask.QueryConstraints(caller(manager), wire.QueryConstraintReferenceParameters(area))


def put_subscription(
    id: str,
    manager: str = "uss1",
    extents: Volume4D | None = None,
    *,
    version: str | None = None,
    intents: bool = True,
    constraints: bool = False,
    url: str | None = None,
) -> ask.PutSubscription:
    parameters = wire.PutSubscriptionParameters(
        extents or volume(), url or f"https://{manager}.example/notified", intents, constraints
    )
    return ask.PutSubscription(caller(manager), id, version, parameters)


def delete_subscription(id: str, version: str, manager: str = "uss1") -> ask.DeleteSubscription:
    return ask.DeleteSubscription(caller(manager), id, version)


def get_subscription(id: str, manager: str = "uss1") -> ask.GetSubscription:
    return ask.GetSubscription(caller(manager), id)


def find_subscriptions(area: Volume4D, manager: str = "uss1") -> ask.QuerySubscriptions:
    return ask.QuerySubscriptions(caller(manager), wire.QuerySubscriptionParameters(area))


def set_availability(uss_id: str, state: str, old_version: str = "") -> ask.SetAvailability:
    parameters = wire.SetUssAvailabilityStatusParameters(state, old_version)
    return ask.SetAvailability(caller("arbitrator"), uss_id, parameters)


def get_availability(uss_id: str) -> ask.GetAvailability:
    return ask.GetAvailability(caller("uss1"), uss_id)


def notified(answer: Any) -> dict[str, dict[str, int]]:
    """By base URL the indices by subscription."""
    return {
        one.uss_base_url: {state.subscription_id: state.notification_index for state in one.subscriptions}
        for one in answer.subscribers
    }


def ids(answer: Any) -> list[str]:
    """Of what a question found."""
    (found,) = (getattr(answer, name) for name in answer.__struct_fields__)
    return [one.id for one in found]
