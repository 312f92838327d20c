"""Does the key prove that a supplier knows what is around its operational intent? (F3548-21 A4 Key)"""

from typing import Final

from openline.utm.dss.airspace import Airspace
from openline.utm.dss.conflict import AirspaceConflict
from openline.utm.dss.records import Kind, Record
from openline.utm.dss.requests import PutOperationalIntent
from openline.utm.dss.serving import Served
from openline.utm.dss.values import constraint_head, constraint_reference, intent_head, intent_reference
from openline.utm.space import Zones
from openline.utm.wire import references as wire
from openline.utm.wire.references import OperationalIntentState as WireState
from openline.utm.wire.references import UssAvailabilityState

OFF_NOMINAL: Final = frozenset({WireState.NONCONFORMING, WireState.CONTINGENT})
"""The states in which an aircraft is outside its intent."""


def refuse_incomplete_key(
    airspace: Airspace, request: PutOperationalIntent, zones: Zones, served: Served, now_ms: int
) -> None:
    """Raises AirspaceConflict where the caller does not prove to know all that is there. Who is outside its
    intent need not prove it, and who does not ask to hear of constraints not that it knows those.
    """
    if request.told or request.parameters.state in OFF_NOMINAL:
        return
    key, manager = frozenset(request.parameters.key or ()), request.caller.manager
    intents = [
        one
        for one in airspace.near(Kind.OPERATIONAL_INTENT, zones, request.id)
        if _needs_key(airspace, one, key, now_ms)
    ]
    constraints = [
        one
        for one in (airspace.near(Kind.CONSTRAINT, zones) if served.for_constraints else ())
        if one.end_ms >= now_ms and constraint_head(one).ovn not in key
    ]
    if intents or constraints:
        raise AirspaceConflict(
            wire.AirspaceConflictResponse(
                "the key lacks the OVNs of operational intents or constraints that are there",
                tuple(intent_reference(one, airspace.availability(one.manager), manager) for one in intents),
                tuple(
                    constraint_reference(one, airspace.availability(one.manager), manager)
                    for one in constraints
                ),
            )
        )


def _needs_key(airspace: Airspace, record: Record, key: frozenset[str], now_ms: int) -> bool:
    """Not of one that is over, nor of an Accepted one whose USS is Down: nobody could tell its OVN."""
    if record.end_ms < now_ms:
        return False
    head = intent_head(record)
    if head.ovn in key:
        return False
    is_down = airspace.availability(record.manager) is UssAvailabilityState.DOWN
    return head.state is not WireState.ACCEPTED or not is_down
