"""From what is asked to who decides it: one row a request."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from openline.utm.dss import availability, constraints, expiry, looking, operational_intents, subscriptions
from openline.utm.dss import requests as ask
from openline.utm.dss.airspace import Airspace
from openline.utm.dss.decision import Decision, Ready
from openline.utm.dss.keys import AVAILABILITIES
from openline.utm.dss.records import Kind
from openline.utm.dss.serving import Chance
from openline.utm.dss.settings import Settings


class Row(NamedTuple):
    """ready: is it well formed (of any airspace)? keys: under which locks is it decided, or seen? decide:
    what follows.
    """

    ready: Callable[[Any, int, Chance, Settings], Ready]
    keys: Callable[[Airspace, Ready], frozenset[int]]
    decide: Callable[[Airspace, Ready, int, Chance, Settings], Decision]


_oi, _cr, _sub, _av = operational_intents, constraints, subscriptions, availability
TABLE: Final[Mapping[type, Row]] = {
    ask.PutOperationalIntent: Row(_oi.ready_put, _oi.keys_put, _oi.put),
    ask.DeleteOperationalIntent: Row(_oi.ready_delete, _oi.keys_delete, _oi.delete),
    ask.GetOperationalIntent: Row(looking.ready_one, looking.keys_of_one(Kind.OPERATIONAL_INTENT), _oi.get),
    ask.QueryOperationalIntents: Row(looking.ready_area(_oi.QUESTION), looking.keys_of_area, _oi.query),
    ask.PutConstraint: Row(_cr.ready_put, _cr.keys_change, _cr.put),
    ask.DeleteConstraint: Row(_cr.ready_delete, _cr.keys_change, _cr.delete),
    ask.GetConstraint: Row(looking.ready_one, looking.keys_of_one(Kind.CONSTRAINT), _cr.get),
    ask.QueryConstraints: Row(looking.ready_area(_cr.QUESTION), looking.keys_of_area, _cr.query),
    ask.PutSubscription: Row(_sub.ready_put, _sub.keys_change, _sub.put),
    ask.DeleteSubscription: Row(_sub.ready_delete, _sub.keys_change, _sub.delete),
    ask.GetSubscription: Row(looking.ready_one, looking.keys_of_one(Kind.SUBSCRIPTION), _sub.get),
    ask.QuerySubscriptions: Row(looking.ready_area(_sub.RULES), _sub.keys_query, _sub.query),
    ask.SetAvailability: Row(_av.ready, _av.keys, _av.put),
    ask.GetAvailability: Row(_av.ready, _av.keys, _av.get),
    ask.Sweep: Row(expiry.ready, expiry.keys, expiry.sweep),
}


def ready(request: ask.Request, now_ms: int, chance: Chance, settings: Settings) -> Ready:
    """Raises Invalid, LimitExceeded, Refused ``scope-missing``: nothing in the airspace could mend it."""
    return TABLE[type(request)].ready(request, now_ms, chance, settings)


def keys(airspace: Airspace, ready: Ready) -> frozenset[int]:
    """What a change has to hold and a question has to see, as far as this image knows."""
    return TABLE[type(ready.request)].keys(airspace, ready)


def decide(airspace: Airspace, ready: Ready, now_ms: int, chance: Chance, settings: Settings) -> Decision:
    """chance: gives a fresh UUIDv4 each time. Raises OpenlineError; the airspace is not changed."""
    return TABLE[type(ready.request)].decide(airspace, ready, now_ms, chance, settings)


ALWAYS_SEEN: Final = frozenset({AVAILABILITIES})
"""Every answer shows whether a USS is Down."""
