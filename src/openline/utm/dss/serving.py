"""Which subscription serves an operational intent: one that is given, an implicit one, or none.

An implicit subscription is just as large as the operational intents that depend on it: it grows with them,
shrinks when one leaves, and goes with the last. Its extents are theirs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from openline.errors import Invalid, LimitExceeded, Refused
from openline.utm.dss.airspace import Airspace
from openline.utm.dss.decision import Put
from openline.utm.dss.keys import name_key, rising, space_keys
from openline.utm.dss.limits import COVER_TOLERANCE_M, MAX_CLOCK_SKEW_MS, MAX_DEPENDENTS
from openline.utm.dss.records import Kind, Record, Ref, SubscriptionEntry
from openline.utm.dss.values import (
    NO_SUBSCRIPTION,
    extents_of,
    intent_head,
    subscription_entry,
    subscription_head,
    subscription_record,
)
from openline.utm.space import Zones, end_ms_of, judged_zones_of, start_ms_of
from openline.utm.unions import covers
from openline.utm.wire.references import PutOperationalIntentReferenceParameters
from openline.utm.wire.volumes import Volume4D

Chance = Callable[[], str]
Extents = tuple[Volume4D, ...]


@dataclass(frozen=True, slots=True)
class Served:
    """By which subscription (None: by none), whether that one wants to hear of constraints, and what this
    changes.
    """

    subscription_id: str | None
    for_constraints: bool = False
    puts: tuple[Put, ...] = ()
    removals: tuple[Record, ...] = ()


def wanted_id(parameters: PutOperationalIntentReferenceParameters) -> str | None:
    """The subscription that a request names; what stands for none is none."""
    given = (parameters.subscription_id or "").lower()
    return given if given not in ("", NO_SUBSCRIPTION) else None


def subscription_of(record: Record | None) -> str | None:
    return intent_head(record).subscription_id if record is not None else None


def serve(
    airspace: Airspace,
    old: Record | None,
    manager: str,
    intent_id: str,
    parameters: PutOperationalIntentReferenceParameters,
    fresh: "Fresh",
    now_ms: int,
    chance: Chance,
) -> Served:
    """What serves it from now on; the subscription that served it before is left.

    Raises Invalid ``unknown-subscription``, ``subscription-mute``, ``subscription-too-small``; Refused
    ``not-the-owner``; LimitExceeded ``too-many-dependents``.
    """
    before, given = subscription_of(old), wanted_id(parameters)
    served = Served(None)
    if given is not None:
        served = _by_given(airspace, given, manager, intent_id, parameters.extents, now_ms, chance)
    elif parameters.new_subscription is not None:
        served = _by_new(fresh, manager, parameters, chance)
    if before is None or before == served.subscription_id:
        return served
    puts, removals = left(airspace, before, {intent_id}, chance)
    return Served(
        served.subscription_id, served.for_constraints, served.puts + puts, served.removals + removals
    )


@dataclass(frozen=True, slots=True)
class Fresh:
    """For an implicit subscription that is new: its id, and where and when it is."""

    id: str
    zones: Zones
    space: tuple[int, ...]


def _by_new(
    fresh: Fresh, manager: str, parameters: PutOperationalIntentReferenceParameters, chance: Chance
) -> Served:
    wanted = parameters.new_subscription
    assert wanted is not None
    zones = fresh.zones
    entry = SubscriptionEntry(
        version=chance(),
        uss_base_url=wanted.uss_base_url,
        notify_for_operational_intents=True,
        notify_for_constraints=wanted.notify_for_constraints,
        implicit=True,
        time_start=zones.start or "",
        time_end=zones.end or "",
        extents=tuple(dict.fromkeys(parameters.extents)),
    )
    keys = rising(fresh.space, (name_key(Ref(Kind.SUBSCRIPTION, fresh.id)),))
    record = subscription_record(fresh.id, manager, 1, (zones.start_ms, zones.end_ms), keys, entry)
    return Served(fresh.id, wanted.notify_for_constraints, (Put(record, zones),))


def _by_given(
    airspace: Airspace, id: str, manager: str, intent_id: str, extents: Extents, now_ms: int, chance: Chance
) -> Served:
    record = standing(airspace, id, now_ms)
    if record is None:
        raise Invalid("unknown-subscription", f"there is no subscription {id[:64]}", field="subscription_id")
    if record.manager != manager:
        raise Refused("not-the-owner", f"subscription {id} is another USS's", field="subscription_id")
    head = subscription_head(record)
    if not head.notify_for_operational_intents:
        text = "the subscription does not ask to be notified of operational intents"
        raise Invalid("subscription-mute", text, field="subscription_id")
    if head.implicit:
        return Served(id, head.notify_for_constraints, _widened(airspace, record, intent_id, extents, chance))
    outer = subscription_entry(record).extents[0]
    refuse_uncovered(outer, record, extents, "subscription_id", late_ms=0, heights=False)
    return Served(id, head.notify_for_constraints)


def standing(airspace: Airspace, id: str, now_ms: int) -> Record | None:
    """A subscription, unless it is over and serves nobody."""
    record = airspace.find(Kind.SUBSCRIPTION, id)
    if record is not None and record.end_ms < now_ms and not airspace.dependents(id):
        return None
    return record


# Growing and shrinking ----------------------------------------------------------------------------
def left(
    airspace: Airspace, id: str, leaving: set[str], chance: Chance
) -> tuple[tuple[Put, ...], tuple[Record, ...]]:
    """What becomes of a subscription that these operational intents leave."""
    record = airspace.find(Kind.SUBSCRIPTION, id)
    if record is None or not subscription_head(record).implicit:
        return (), ()
    staying = [name for name in airspace.dependents(id) if name not in leaving]
    if not staying:
        return (), (record,)
    return _fitted(record, _extents_of(airspace, staying), chance), ()


def _widened(
    airspace: Airspace, record: Record, intent_id: str, extents: Extents, chance: Chance
) -> tuple[Put, ...]:
    others = [name for name in airspace.dependents(record.id) if name != intent_id]
    if len(others) >= MAX_DEPENDENTS:
        raise LimitExceeded(
            "too-many-dependents",
            f"an implicit subscription serves {MAX_DEPENDENTS} operational intents at most",
            field="subscription_id",
            clause="MAX_DEPENDENTS",
            remedy="make a subscription of your own for them",
        )
    return _fitted(record, {**_extents_of(airspace, others), intent_id: extents}, chance)


def _extents_of(airspace: Airspace, intent_ids: list[str]) -> dict[str, Extents]:
    found = {id: airspace.find(Kind.OPERATIONAL_INTENT, id) for id in intent_ids}
    return {id: extents_of(record) for id, record in found.items() if record is not None}


def _fitted(record: Record, extents: Mapping[str, Extents], chance: Chance) -> tuple[Put, ...]:
    """The subscription as large as these, in the order of their ids; nothing where it is so already."""
    entry = subscription_entry(record)
    wanted = tuple(dict.fromkeys(volume for id in sorted(extents) for volume in extents[id]))
    if wanted == entry.extents:
        return ()
    zones = judged_zones_of(wanted)
    fitted = SubscriptionEntry(
        version=chance(),
        uss_base_url=entry.uss_base_url,
        notify_for_operational_intents=entry.notify_for_operational_intents,
        notify_for_constraints=entry.notify_for_constraints,
        implicit=True,
        time_start=zones.start or "",
        time_end=zones.end or "",
        extents=wanted,
    )
    keys = rising(space_keys(zones.boxes), (name_key(record.ref),))
    span_ms = (zones.start_ms, zones.end_ms)
    put = subscription_record(record.id, record.manager, record.version + 1, span_ms, keys, fitted)
    return (Put(put, zones),)


# Covering -----------------------------------------------------------------------------------------
def refuse_uncovered(
    outer: Volume4D,
    span: Record | Zones,
    inner: Extents,
    field: str,
    *,
    late_ms: int = MAX_CLOCK_SKEW_MS,
    heights: bool = True,
) -> None:
    """An explicit subscription covers the operational intents that it serves. span: of outer, in ms. late_ms:
    how much later it may start. heights: whether those count; the standard wants the area covered where a
    subscription is named, and the 4D volume where it is changed. Raises Invalid ``subscription-too-small``.
    """
    for one in inner:
        assert one.time_start is not None
        assert one.time_end is not None
        if span.start_ms > start_ms_of(one.time_start) + late_ms:
            raise _too_small("starts later than the operational intent", field)
        if span.end_ms < end_ms_of(one.time_end):
            raise _too_small("ends before the operational intent", field)
        if heights and not _covers_heights(outer, one):
            raise _too_small("does not reach over all heights of the operational intent", field)
        if not covers(outer.volume, one.volume, COVER_TOLERANCE_M):
            raise _too_small("does not cover the area of the operational intent", field)


def _covers_heights(outer: Volume4D, inner: Volume4D) -> bool:
    low, high = outer.volume.altitude_lower, outer.volume.altitude_upper
    bottom, top = inner.volume.altitude_lower, inner.volume.altitude_upper
    assert bottom is not None
    assert top is not None
    return (low is None or low.value <= bottom.value) and (high is None or top.value <= high.value)


def _too_small(text: str, field: str) -> Invalid:
    return Invalid(
        "subscription-too-small",
        f"the subscription {text}",
        field=field,
        clause="F3548-21 A4 subscription_id",
    )
