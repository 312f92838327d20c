"""What is over goes, so that nothing only grows: a bounded number a sweep, the first to end first."""

from openline.utm.dss import serving
from openline.utm.dss.airspace import Airspace
from openline.utm.dss.decision import Decision, Put, Ready
from openline.utm.dss.keys import name_key
from openline.utm.dss.limits import MAX_SWEPT, OVER_KEPT_MS
from openline.utm.dss.records import Kind, Record, Ref
from openline.utm.dss.requests import Sweep
from openline.utm.dss.serving import Chance
from openline.utm.dss.settings import Settings


def ready(request: Sweep, now_ms: int, chance: Chance, settings: Settings) -> Ready:
    return Ready(request, now_ms=now_ms)


def keys(airspace: Airspace, ready: Ready) -> frozenset[int]:
    """Of what would be removed, and of the subscriptions that serve it."""
    found: set[int] = set()
    for record in _over(airspace, ready.now_ms):
        found.update(record.keys)
        served_by = serving.subscription_of(record) if record.kind is Kind.OPERATIONAL_INTENT else None
        if served_by is not None:
            subscription = airspace.find(Kind.SUBSCRIPTION, served_by)
            found.add(name_key(Ref(Kind.SUBSCRIPTION, served_by)))
            found.update(subscription.keys if subscription is not None else ())
    return frozenset(found)


def sweep(airspace: Airspace, ready: Ready, now_ms: int, chance: Chance, settings: Settings) -> Decision:
    """Nobody is told: everybody knew when it would end. Implicit subscriptions shrink, or go too."""
    over = _over(airspace, now_ms)
    gone = {one.id for one in over if one.kind is Kind.OPERATIONAL_INTENT}
    removals = {one.ref: one for one in over if one.kind is not Kind.SUBSCRIPTION}
    puts: list[Put] = []
    for served_by in _serving(over):
        fitted, emptied = serving.left(airspace, served_by, gone, chance)
        puts += fitted
        removals.update((one.ref, one) for one in emptied)
    for one in over:
        if one.kind is Kind.SUBSCRIPTION and gone.issuperset(airspace.dependents(one.id)):
            removals[one.ref] = one
    return Decision(None, tuple(puts), tuple(removals.values()))


def _over(airspace: Airspace, now_ms: int) -> list[Record]:
    return airspace.ended_before(now_ms - OVER_KEPT_MS, MAX_SWEPT)


def _serving(over: list[Record]) -> list[str]:
    found = {serving.subscription_of(one) for one in over if one.kind is Kind.OPERATIONAL_INTENT}
    return sorted(id for id in found if id is not None)
