"""Constraint references: create, change, remove, look up and search (F3548-21 A4, DSS0005,3 and 4)."""

from typing import Final

import msgspec

from openline.errors import Invalid, LimitExceeded
from openline.utm.dss import errors, looking, notifying
from openline.utm.dss.airspace import Airspace
from openline.utm.dss.checks import refuse_bad_id, refuse_bad_url
from openline.utm.dss.decision import Decision, Put, Ready
from openline.utm.dss.keys import name_key, rising, space_keys
from openline.utm.dss.limits import (
    CSTR_MAX_AREA_KM2,
    CSTR_MAX_DURATION_MS,
    CSTR_MAX_PLANNING_HORIZON_MS,
    CSTR_MAX_VERTICES,
    MAX_VOLUMES,
)
from openline.utm.dss.records import ConstraintEntry, Kind, Record, Ref
from openline.utm.dss.requests import Caller, DeleteConstraint, GetConstraint, PutConstraint, QueryConstraints
from openline.utm.dss.serving import Chance
from openline.utm.dss.settings import Settings
from openline.utm.dss.values import constraint_head, constraint_record, constraint_reference, extents_of
from openline.utm.space import Rules, Zones, judged_zones_of, start_ms_of, zones_of
from openline.utm.wire import references as wire

RULES: Final = Rules(
    needs_times=True,
    max_volumes=MAX_VOLUMES,
    max_vertices=CSTR_MAX_VERTICES,
    vertices_limit="F3548-21 CstrMaxVertices",
    max_area_km2=CSTR_MAX_AREA_KM2,
    area_limit="F3548-21 CstrMaxAreaKm2",
)
QUESTION: Final = msgspec.structs.replace(RULES, needs_times=False, max_volumes=1)
_KIND: Final = Kind.CONSTRAINT


def _ref(id: str) -> Ref:
    return Ref(_KIND, id)


# Put ----------------------------------------------------------------------------------------------
def ready_put(request: PutConstraint, now_ms: int, chance: Chance, settings: Settings) -> Ready:
    """Raises Invalid, LimitExceeded."""
    refuse_bad_id(request.id)
    refuse_bad_url(request.parameters.uss_base_url, "uss_base_url", allow_http=settings.allow_http)
    zones = zones_of(request.parameters.extents, RULES)
    _refuse_bad_times(request, zones, now_ms)
    return Ready(request, zones, space_keys(zones.boxes))


def _refuse_bad_times(request: PutConstraint, zones: Zones, now_ms: int) -> None:
    if zones.end_ms < now_ms:
        raise Invalid("already-over", "its end lies in the past", field="extents")
    if zones.end_ms - zones.start_ms > CSTR_MAX_DURATION_MS:
        text = "a constraint lasts 24 hours at most"
        raise LimitExceeded("too-long", text, field="extents", clause="F3548-21 CstrMaxDurationHours")
    latest_ms = max(start_ms_of(one.time_start) for one in request.parameters.extents if one.time_start)
    if latest_ms - now_ms > CSTR_MAX_PLANNING_HORIZON_MS:
        text = "it starts more than 56 days from now"
        raise LimitExceeded(
            "beyond-horizon", text, field="extents", clause="F3548-21 CstrMaxPlanningHorizonDays"
        )


def keys_change(airspace: Airspace, ready: Ready) -> frozenset[int]:
    """Of where it is and was, and of its id."""
    request = ready.request
    assert isinstance(request, PutConstraint | DeleteConstraint)
    old = airspace.find(_KIND, request.id)
    return frozenset({name_key(_ref(request.id)), *ready.space, *(old.keys if old is not None else ())})


def put(airspace: Airspace, ready: Ready, now_ms: int, chance: Chance, settings: Settings) -> Decision:
    """Raises NotFound, Refused ``already-exists``, ``not-the-manager``, ``version-mismatch``."""
    request, zones = ready.request, ready.zones
    assert isinstance(request, PutConstraint)
    assert zones is not None
    old = airspace.find(_KIND, request.id)
    _refuse_mismatch(request, old)
    entry = ConstraintEntry(
        ovn=chance(),
        uss_base_url=request.parameters.uss_base_url,
        time_start=zones.start or "",
        time_end=zones.end or "",
        extents=request.parameters.extents,
    )
    record = constraint_record(
        request.id,
        request.caller.manager,
        old.version + 1 if old is not None else 1,
        (zones.start_ms, zones.end_ms),
        rising(ready.space, (name_key(_ref(request.id)),)),
        entry,
    )
    places = [zones] if old is None else [judged_zones_of(extents_of(old)), zones]
    return _changed(airspace, record, (Put(record, zones),), (), places, request.caller, now_ms)


def _refuse_mismatch(request: PutConstraint | DeleteConstraint, old: Record | None) -> None:
    ref = _ref(request.id)
    if old is None:
        if request.ovn is not None:
            raise errors.unknown(ref)
        return
    if old.manager != request.caller.manager:
        raise errors.foreign(ref)
    if request.ovn is None:
        raise errors.exists(ref)
    if constraint_head(old).ovn != request.ovn:
        raise errors.outdated(ref)


# Delete -------------------------------------------------------------------------------------------
def ready_delete(request: DeleteConstraint, now_ms: int, chance: Chance, settings: Settings) -> Ready:
    refuse_bad_id(request.id)
    return Ready(request)


def delete(airspace: Airspace, ready: Ready, now_ms: int, chance: Chance, settings: Settings) -> Decision:
    """Raises NotFound, Refused ``not-the-manager``, ``version-mismatch``."""
    request = ready.request
    assert isinstance(request, DeleteConstraint)
    old = airspace.find(_KIND, request.id)
    if old is None:
        raise errors.unknown(_ref(request.id))
    _refuse_mismatch(request, old)
    places = [judged_zones_of(extents_of(old))]
    return _changed(airspace, old, (), (old,), places, request.caller, now_ms)


def _changed(
    airspace: Airspace,
    record: Record,
    puts: tuple[Put, ...],
    removals: tuple[Record, ...],
    places: list[Zones],
    caller: Caller,
    now_ms: int,
) -> Decision:
    met = notifying.meeting(airspace, places, now_ms)
    told, notified = notifying.subscribers(airspace, met.values(), notifying.for_constraints)
    answer = wire.ChangeConstraintReferenceResponse(told, _shown(airspace, record, caller))
    return Decision(answer, puts, removals, notified)


# Questions ----------------------------------------------------------------------------------------
def get(airspace: Airspace, ready: Ready, now_ms: int, chance: Chance, settings: Settings) -> Decision:
    """Raises NotFound."""
    request = ready.request
    assert isinstance(request, GetConstraint)
    record = looking.one(airspace, _KIND, request.id)
    return Decision(wire.GetConstraintReferenceResponse(_shown(airspace, record, request.caller)))


def query(airspace: Airspace, ready: Ready, now_ms: int, chance: Chance, settings: Settings) -> Decision:
    """What is over is shown to who asks about that time, until it is removed."""
    request, zones = ready.request, ready.zones
    assert isinstance(request, QueryConstraints)
    assert zones is not None
    found = tuple(_shown(airspace, one, request.caller) for one in airspace.near(_KIND, zones))
    return Decision(wire.QueryConstraintReferencesResponse(found))


def _shown(airspace: Airspace, record: Record, caller: Caller) -> wire.ConstraintReference:
    return constraint_reference(record, airspace.availability(record.manager), caller.manager)
