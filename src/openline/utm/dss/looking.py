"""What may be asked of every resource alike: one by its id, or all that are in an area."""

from collections.abc import Callable
from typing import Protocol

from openline.utm.dss import errors
from openline.utm.dss.airspace import Airspace
from openline.utm.dss.checks import refuse_bad_id
from openline.utm.dss.decision import Ready
from openline.utm.dss.keys import name_key, space_keys
from openline.utm.dss.records import Kind, Record, Ref
from openline.utm.dss.requests import (
    GetConstraint,
    GetOperationalIntent,
    GetSubscription,
    QueryConstraints,
    QueryOperationalIntents,
    QuerySubscriptions,
)
from openline.utm.dss.serving import Chance
from openline.utm.dss.settings import Settings
from openline.utm.space import Rules, zones_of

Get = GetOperationalIntent | GetConstraint | GetSubscription
Query = QueryOperationalIntents | QueryConstraints | QuerySubscriptions
KeysOf = Callable[[Airspace, Ready], frozenset[int]]


class MakesReady(Protocol):
    def __call__(self, request: Query, now_ms: int, chance: Chance, settings: Settings, /) -> Ready: ...


def ready_one(request: Get, now_ms: int, chance: Chance, settings: Settings) -> Ready:
    """Raises Invalid."""
    refuse_bad_id(request.id)
    return Ready(request)


def keys_of_one(kind: Kind) -> KeysOf:
    """An id may be anywhere: its name's key tells."""

    def keys(airspace: Airspace, ready: Ready) -> frozenset[int]:
        assert isinstance(ready.request, Get)
        return frozenset({name_key(Ref(kind, ready.request.id))})

    return keys


def one(airspace: Airspace, kind: Kind, id: str) -> Record:
    """Raises NotFound."""
    record = airspace.find(kind, id)
    if record is None:
        raise errors.unknown(Ref(kind, id))
    return record


def ready_area(rules: Rules) -> MakesReady:
    """A question about an area that keeps to the rules."""

    def ready(request: Query, now_ms: int, chance: Chance, settings: Settings, /) -> Ready:
        """Raises Invalid, LimitExceeded."""
        area = request.parameters.area_of_interest
        if area is None:
            raise errors.missing("area_of_interest", "say where")
        zones = zones_of((area,), rules, "area_of_interest")
        return Ready(request, zones, space_keys(zones.boxes))

    return ready


def keys_of_area(airspace: Airspace, ready: Ready) -> frozenset[int]:
    return frozenset(ready.space)
