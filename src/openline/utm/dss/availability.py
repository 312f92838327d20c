"""Whether a USS works, as an arbitrator has found (F3548-21 A4, DSS0100)."""

from typing import Final

from openline.errors import Invalid, LimitExceeded
from openline.utm.dss import errors
from openline.utm.dss.airspace import Airspace
from openline.utm.dss.decision import Decision, Put, Ready
from openline.utm.dss.keys import AVAILABILITIES, name_key, rising
from openline.utm.dss.limits import MAX_USS_ID
from openline.utm.dss.records import Availability, Kind, Record, Ref
from openline.utm.dss.requests import GetAvailability, SetAvailability
from openline.utm.dss.serving import Chance
from openline.utm.dss.settings import Settings
from openline.utm.dss.values import availability_of, encoded
from openline.utm.wire import references as wire
from openline.utm.wire.references import UssAvailabilityState

ALWAYS_MS: Final = 2**62
_STATES: Final = {state.value.lower(): state for state in UssAvailabilityState}


def _ref(uss_id: str) -> Ref:
    return Ref(Kind.AVAILABILITY, uss_id)


def ready(
    request: SetAvailability | GetAvailability, now_ms: int, chance: Chance, settings: Settings
) -> Ready:
    """Raises Invalid ``missing-field``, ``bad-availability``; LimitExceeded ``name-too-long``."""
    if not request.uss_id:
        raise errors.missing("uss_id", "say which USS")
    if len(request.uss_id) > MAX_USS_ID:
        text = f"at most {MAX_USS_ID} characters"
        raise LimitExceeded("name-too-long", text, field="uss_id", clause="MAX_USS_ID")
    if isinstance(request, SetAvailability):
        _state_of(request)
    return Ready(request)


def keys(airspace: Airspace, ready: Ready) -> frozenset[int]:
    assert isinstance(ready.request, SetAvailability | GetAvailability)
    return frozenset({AVAILABILITIES, name_key(_ref(ready.request.uss_id))})


def _state_of(request: SetAvailability) -> UssAvailabilityState:
    state = _STATES.get(request.parameters.availability.lower())
    if state is None:
        text = f"{request.parameters.availability[:40]!r} is none of Unknown, Normal and Down"
        raise Invalid("bad-availability", text, field="availability")
    return state


def put(airspace: Airspace, ready: Ready, now_ms: int, chance: Chance, settings: Settings) -> Decision:
    """Raises Refused ``version-mismatch``."""
    request = ready.request
    assert isinstance(request, SetAvailability)
    old = airspace.find(Kind.AVAILABILITY, request.uss_id)
    if _version_of(old) != request.parameters.old_version:
        raise errors.outdated(_ref(request.uss_id))
    standing = Availability(chance(), _state_of(request))
    record = Record(
        Kind.AVAILABILITY,
        request.uss_id,
        request.caller.manager,
        old.version + 1 if old is not None else 1,
        0,
        ALWAYS_MS,
        rising((AVAILABILITIES, name_key(_ref(request.uss_id)))),
        encoded(standing),
    )
    return Decision(_answer(request.uss_id, standing), (Put(record),))


def get(airspace: Airspace, ready: Ready, now_ms: int, chance: Chance, settings: Settings) -> Decision:
    """Of whom nothing was ever said it is Unknown, and has no version."""
    request = ready.request
    assert isinstance(request, GetAvailability)
    record = airspace.find(Kind.AVAILABILITY, request.uss_id)
    standing = (
        availability_of(record) if record is not None else Availability("", UssAvailabilityState.UNKNOWN)
    )
    return Decision(_answer(request.uss_id, standing))


def _version_of(record: Record | None) -> str:
    return availability_of(record).version if record is not None else ""


def _answer(uss_id: str, standing: Availability) -> wire.UssAvailabilityStatusResponse:
    status = wire.UssAvailabilityStatus(uss_id, standing.availability)
    return wire.UssAvailabilityStatusResponse(standing.version, status)
