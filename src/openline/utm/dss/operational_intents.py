"""Operational intent references: create, change, end, look up and search (F3548-21 A4, DSS0005,1 and 2)."""

import math
from typing import Final

import msgspec

from openline.airspace.operation import TRANSITIONS, State
from openline.errors import Invalid, LimitExceeded, Refused
from openline.utm.dss import errors, looking, notifying, serving
from openline.utm.dss.airspace import Airspace
from openline.utm.dss.checks import refuse_bad_id, refuse_bad_url
from openline.utm.dss.decision import Decision, Put, Ready
from openline.utm.dss.keys import name_key, rising, space_keys
from openline.utm.dss.knowing import OFF_NOMINAL, refuse_incomplete_key
from openline.utm.dss.limits import (
    MAX_AREA_KM2,
    MAX_KEY,
    MAX_VOLUMES,
    OI_MAX_PLAN_HORIZON_MS,
    OI_MAX_VERTICES,
)
from openline.utm.dss.ovn import requested_ovn
from openline.utm.dss.records import Intent, Kind, Record, Ref
from openline.utm.dss.requests import (
    Caller,
    DeleteOperationalIntent,
    GetOperationalIntent,
    PutOperationalIntent,
    QueryOperationalIntents,
)
from openline.utm.dss.serving import Chance, Fresh, Served, serve, subscription_of, wanted_id
from openline.utm.dss.settings import Settings
from openline.utm.dss.values import (
    extents_of,
    intent_head,
    intent_record,
    intent_reference,
)
from openline.utm.space import Rules, Zones, judged_zones_of, start_ms_of, zones_of
from openline.utm.wire import references as wire
from openline.utm.wire.references import OperationalIntentState as WireState
from openline.utm.wire.references import UssAvailabilityState

CONFORMANCE_MONITORING: Final = "utm.conformance_monitoring_sa"
RULES: Final = Rules(
    needs_heights=True,
    needs_times=True,
    max_volumes=MAX_VOLUMES,
    max_vertices=OI_MAX_VERTICES,
    vertices_limit="F3548-21 OiMaxVertices",
    max_area_km2=MAX_AREA_KM2,
    area_limit="MAX_AREA_KM2",
)
TOLD: Final = msgspec.structs.replace(RULES, max_area_km2=math.inf)
"""What a partner has told is as large as it was told."""
QUESTION: Final = msgspec.structs.replace(RULES, needs_heights=False, needs_times=False, max_volumes=1)
_KIND: Final = Kind.OPERATIONAL_INTENT


def _ref(id: str) -> Ref:
    return Ref(_KIND, id)


# Put ----------------------------------------------------------------------------------------------
def ready_put(request: PutOperationalIntent, now_ms: int, chance: Chance, settings: Settings) -> Ready:
    """Raises Invalid, LimitExceeded; Refused ``scope-missing``."""
    asked = request.parameters
    refuse_bad_id(request.id)
    _refuse_missing_scope(request)
    refuse_bad_url(asked.uss_base_url, "uss_base_url", allow_http=settings.allow_http)
    _refuse_bad_subscription(request, settings)
    if len(asked.key or ()) > MAX_KEY:
        text = f"a key of more than {MAX_KEY:,} OVNs"
        raise LimitExceeded("key-too-long", text, field="key", clause="MAX_KEY")
    if asked.requested_ovn_suffix is not None:
        requested_ovn(request.id, asked.requested_ovn_suffix, now_ms)
    zones = zones_of(asked.extents, TOLD if request.told else RULES)
    _refuse_bad_times(request, zones, now_ms)
    fresh = chance() if asked.new_subscription is not None else ""
    return Ready(request, zones, space_keys(zones.boxes), fresh)


def _refuse_missing_scope(request: PutOperationalIntent) -> None:
    if request.told or request.parameters.state not in OFF_NOMINAL:
        return
    if CONFORMANCE_MONITORING not in request.caller.scopes:
        raise Refused(
            "scope-missing",
            f"{request.parameters.state} is for those who monitor conformance",
            field="state",
            clause="F3548-21 SCD0100",
            remedy=f"a token with the scope {CONFORMANCE_MONITORING}",
        )


def _refuse_bad_subscription(request: PutOperationalIntent, settings: Settings) -> None:
    asked = request.parameters
    given, new = asked.subscription_id, asked.new_subscription
    if given is not None and new is not None:
        text = "either a subscription is given or a new one is asked for, not both"
        raise Invalid("two-subscriptions", text, field="new_subscription")
    if new is not None:
        field = "new_subscription.uss_base_url"
        refuse_bad_url(new.uss_base_url, field, allow_http=settings.allow_http)
    if (
        asked.state is not WireState.ACCEPTED
        and not request.told
        and new is None
        and wanted_id(asked) is None
    ):
        raise Invalid(
            "subscription-missing",
            f"an operational intent that is {asked.state} needs a subscription",
            field="subscription_id",
            clause="F3548-21 A4 subscription_id",
            remedy="name one, or ask for a new_subscription",
        )


def _refuse_bad_times(request: PutOperationalIntent, zones: Zones, now_ms: int) -> None:
    if zones.end_ms < now_ms:
        raise Invalid(
            "already-over", "its end lies in the past", field="extents", clause="F3548-21 A4 extents"
        )
    latest_ms = max(start_ms_of(one.time_start) for one in request.parameters.extents if one.time_start)
    if latest_ms - now_ms > OI_MAX_PLAN_HORIZON_MS and not request.told:
        text = "it starts more than 30 days from now"
        raise LimitExceeded("beyond-horizon", text, field="extents", clause="F3548-21 OiMaxPlanHorizonDays")


def keys_put(airspace: Airspace, ready: Ready) -> frozenset[int]:
    request = ready.request
    assert isinstance(request, PutOperationalIntent)
    old = airspace.find(_KIND, request.id)
    return _keys(airspace, old, request.id, ready.space, wanted_id(request.parameters), ready.fresh_id)


def _keys(
    airspace: Airspace, old: Record | None, id: str, space: tuple[int, ...], *served_by: str | None
) -> frozenset[int]:
    """Of where it is and was, of its id, and of all subscriptions that are drawn into it."""
    keys = {name_key(_ref(id)), *space, *(old.keys if old is not None else ())}
    for name in {*served_by, subscription_of(old)}:
        if name:
            subscription = airspace.find(Kind.SUBSCRIPTION, name)
            keys.add(name_key(Ref(Kind.SUBSCRIPTION, name)))
            keys.update(subscription.keys if subscription is not None else ())
    return frozenset(keys)


def put(airspace: Airspace, ready: Ready, now_ms: int, chance: Chance, settings: Settings) -> Decision:
    """Raises NotFound, Refused ``already-exists``, ``not-the-manager``, ``version-mismatch``, ``uss-down``;
    AirspaceConflict; Invalid ``transition-forbidden`` and as `serving.serve`.
    """
    request, zones = ready.request, ready.zones
    assert isinstance(request, PutOperationalIntent)
    assert zones is not None
    old = airspace.find(_KIND, request.id)
    _refuse_mismatch(request, old)
    _refuse_transition(request, old)
    _refuse_down(airspace, request)
    asked, manager = request.parameters, request.caller.manager
    fresh = Fresh(ready.fresh_id, zones, ready.space)
    served = serve(airspace, old, manager, request.id, asked, fresh, now_ms, chance)
    refuse_incomplete_key(airspace, request, zones, served, now_ms)
    record = _record(request, ready, old, served, now_ms, chance)
    places = [zones] if old is None else [judged_zones_of(extents_of(old)), zones]
    return _changed(airspace, record, Put(record, zones), served, places, manager, now_ms)


def _refuse_mismatch(request: PutOperationalIntent | DeleteOperationalIntent, old: Record | None) -> None:
    ref = _ref(request.id)
    if old is None:
        if request.ovn is not None:
            raise errors.unknown(ref)
        return
    head = intent_head(old)
    if old.manager != request.caller.manager or head.told is not request.told:
        raise errors.foreign(ref)  # nobody's token makes him the partner who has told it
    if request.ovn is None:
        raise errors.exists(ref)
    if head.ovn != request.ovn:
        raise errors.outdated(ref)


def _refuse_transition(request: PutOperationalIntent, old: Record | None) -> None:
    if old is None or request.told:
        return
    before, after = State(intent_head(old).state), State(request.parameters.state)
    if before is not after and after not in TRANSITIONS[before]:
        raise Invalid(
            "transition-forbidden",
            f"an operational intent cannot go from {before} to {after}",
            field="state",
            clause="F3548-21 4.4",
        )


def _refuse_down(airspace: Airspace, request: PutOperationalIntent | DeleteOperationalIntent) -> None:
    """A USS that is Down may still say that an aircraft is outside its intent."""
    if request.told:
        return
    if isinstance(request, PutOperationalIntent) and request.parameters.state in OFF_NOMINAL:
        return
    if airspace.availability(request.caller.manager) is UssAvailabilityState.DOWN:
        raise errors.down(request.caller.manager)


def _record(
    request: PutOperationalIntent,
    ready: Ready,
    old: Record | None,
    served: Served,
    now_ms: int,
    chance: Chance,
) -> Record:
    asked, zones = request.parameters, ready.zones
    assert zones is not None
    names = [name_key(_ref(request.id))]
    if served.subscription_id is not None:
        # Whoever changes the subscription sees by this key who depends on it.
        names.append(name_key(Ref(Kind.SUBSCRIPTION, served.subscription_id)))
    suffix = asked.requested_ovn_suffix
    intent = Intent(
        state=asked.state,
        ovn=chance() if suffix is None else requested_ovn(request.id, suffix, now_ms),
        uss_base_url=asked.uss_base_url,
        subscription_id=served.subscription_id,
        time_start=zones.start or "",
        time_end=zones.end or "",
        told=request.told,
        extents=asked.extents,
    )
    if old is not None and intent.ovn == request.ovn:
        raise Invalid("bad-ovn-suffix", "it is the one that it has now", field="requested_ovn_suffix")
    return intent_record(
        request.id,
        request.caller.manager,
        old.version + 1 if old is not None else 1,
        (zones.start_ms, zones.end_ms),
        rising(ready.space, names),
        intent,
    )


# Delete -------------------------------------------------------------------------------------------
def ready_delete(request: DeleteOperationalIntent, now_ms: int, chance: Chance, settings: Settings) -> Ready:
    refuse_bad_id(request.id)
    return Ready(request)


def keys_delete(airspace: Airspace, ready: Ready) -> frozenset[int]:
    request = ready.request
    assert isinstance(request, DeleteOperationalIntent)
    return _keys(airspace, airspace.find(_KIND, request.id), request.id, ())


def delete(airspace: Airspace, ready: Ready, now_ms: int, chance: Chance, settings: Settings) -> Decision:
    """Raises NotFound, Refused ``not-the-manager``, ``version-mismatch``, ``uss-down``."""
    request = ready.request
    assert isinstance(request, DeleteOperationalIntent)
    old = airspace.find(_KIND, request.id)
    if old is None:
        raise errors.unknown(_ref(request.id))
    _refuse_mismatch(request, old)
    _refuse_down(airspace, request)
    served_by = subscription_of(old)
    puts, removals = serving.left(airspace, served_by, {old.id}, chance) if served_by else ((), ())
    served = Served(None, False, puts, (old, *removals))
    places = [judged_zones_of(extents_of(old))]
    return _changed(airspace, old, None, served, places, request.caller.manager, now_ms)


def _changed(
    airspace: Airspace,
    record: Record,
    put: Put | None,
    served: Served,
    places: list[Zones],
    manager: str,
    now_ms: int,
) -> Decision:
    """Who is told: all whose subscriptions it met or meets, as these stand after the change."""
    met = notifying.meeting(airspace, places, now_ms)
    for gone in served.removals:
        met.pop(gone.id, None)
    for one in served.puts:
        met[one.record.id] = one.record
        if one.record.end_ms < now_ms:  # shrunk to what is over already
            del met[one.record.id]
    told, notified = notifying.subscribers(airspace, met.values(), notifying.for_intents)
    reference = intent_reference(record, airspace.availability(record.manager), manager)
    return Decision(
        wire.ChangeOperationalIntentReferenceResponse(told, reference),
        (*served.puts, *((put,) if put is not None else ())),
        served.removals,
        notified,
    )


# Questions ----------------------------------------------------------------------------------------
def get(airspace: Airspace, ready: Ready, now_ms: int, chance: Chance, settings: Settings) -> Decision:
    """Raises NotFound."""
    request = ready.request
    assert isinstance(request, GetOperationalIntent)
    record = looking.one(airspace, _KIND, request.id)
    return Decision(wire.GetOperationalIntentReferenceResponse(_shown(airspace, record, request.caller)))


def query(airspace: Airspace, ready: Ready, now_ms: int, chance: Chance, settings: Settings) -> Decision:
    """What is over is shown to who asks about that time, until it is removed."""
    request, zones = ready.request, ready.zones
    assert isinstance(request, QueryOperationalIntents)
    assert zones is not None
    found = tuple(_shown(airspace, one, request.caller) for one in airspace.near(_KIND, zones))
    return Decision(wire.QueryOperationalIntentReferenceResponse(found))


def _shown(airspace: Airspace, record: Record, caller: Caller) -> wire.OperationalIntentReference:
    return intent_reference(record, airspace.availability(record.manager), caller.manager)
