"""A flight plan of the flight planning interface, and what it means as a flight of ours."""

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from openline.errors import Invalid
from openline.utm.space import time_of
from openline.utm.uss.intents import Wanted
from openline.utm.uss.limits import OI_MAX_PLAN_HORIZON_MS
from openline.utm.wire import volumes as wire
from openline.utm.wire.references import OperationalIntentState

UsageState = Literal["Planned", "InUse", "Closed"]
FunctionalState = Literal["Nominal", "OffNominal", "Contingent", "NotSpecified"]
MAX_FLIGHT_AREAS: Final = 1_000
"""Volumes of one flight plan."""
LOWEST_M: Final = -8_000.0
HIGHEST_M: Final = 100_000.0

_S = OperationalIntentState
STATES: Final[Mapping[tuple[UsageState, FunctionalState], OperationalIntentState]] = {
    ("Planned", "Nominal"): _S.ACCEPTED,
    ("Planned", "NotSpecified"): _S.ACCEPTED,
    ("InUse", "Nominal"): _S.ACTIVATED,
    ("InUse", "NotSpecified"): _S.ACTIVATED,
    ("InUse", "OffNominal"): _S.NONCONFORMING,
    ("InUse", "Contingent"): _S.CONTINGENT,
}
"""What the user does and how his aircraft does, as the state of its operational intent."""


class Time(msgspec.Struct, frozen=True):
    value: str
    format: Literal["RFC3339"] = "RFC3339"


class Altitude(msgspec.Struct, frozen=True):
    """reference: W84 alone is known here; the ground's height and the place of take-off are not."""

    value: float
    reference: Literal["W84", "SFC", "Takeoff"] = "W84"
    units: Literal["M"] = "M"


class Radius(msgspec.Struct, frozen=True):
    value: float
    units: Literal["M"] = "M"


class Circle(msgspec.Struct, frozen=True):
    center: wire.LatLngPoint
    radius: Radius


class Volume3D(msgspec.Struct, frozen=True):
    outline_circle: Circle | None = None
    outline_polygon: wire.Polygon | None = None
    altitude_lower: Altitude | None = None
    altitude_upper: Altitude | None = None


class Volume4D(msgspec.Struct, frozen=True):
    volume: Volume3D
    time_start: Time | None = None
    time_end: Time | None = None


class BasicFlightPlanInformation(msgspec.Struct, frozen=True):
    usage_state: UsageState
    uas_state: FunctionalState | None = None
    area: tuple[Volume4D, ...] = ()


class OpIntentInformation(msgspec.Struct, frozen=True):
    priority: int | None = None


class FlightPlan(msgspec.Struct, frozen=True):
    """What else a plan may hold (operator, aircraft, authorisations) has no bearing here and is not read."""

    basic_information: BasicFlightPlanInformation
    astm_f3548_21: OpIntentInformation | None = None
    additional_information: dict[str, Any] | None = None


class UpsertFlightPlanRequest(msgspec.Struct, frozen=True):
    flight_plan: FlightPlan
    execution_style: Literal["Hypothetical", "IfAllowed", "InReality"]
    request_id: str


class ClearAreaRequest(msgspec.Struct, frozen=True):
    request_id: str
    extent: Volume4D


def wanted_of(plan: FlightPlan) -> Wanted | str:
    """The flight that it asks for, or why such a one is not supported. Raises Invalid."""
    basic = plan.basic_information
    state = STATES.get((basic.usage_state, basic.uas_state or "Nominal"))
    if state is None:
        text = f"a flight that is {basic.usage_state} is not {basic.uas_state}"
        raise Invalid("bad-plan", text, field="basic_information.uas_state")
    if not basic.area or len(basic.area) > MAX_FLIGHT_AREAS:
        text = f"a flight has 1 to {MAX_FLIGHT_AREAS:,} volumes"
        raise Invalid("bad-plan", text, field="basic_information.area")
    for one in basic.area:
        for height in (one.volume.altitude_lower, one.volume.altitude_upper):
            if height is not None and height.reference != "W84":
                return f"heights over {height.reference} are not supported: the ground is not known here"
    information = plan.astm_f3548_21 or OpIntentInformation()
    return Wanted(
        state=state,
        area=tuple(_volume(one) for one in basic.area),
        priority=information.priority or 0,
    )


def area_of(extent: Volume4D, now_ms: int) -> wire.Volume4D:
    """What is to be cleared; where it does not say, at all heights, and from now to as far as may be
    planned.
    """
    volume = _volume(extent)
    low = volume.volume.altitude_lower or wire.Altitude(LOWEST_M, "W84", "M")
    high = volume.volume.altitude_upper or wire.Altitude(HIGHEST_M, "W84", "M")
    shape = msgspec.structs.replace(volume.volume, altitude_lower=low, altitude_upper=high)
    end = volume.time_end or time_of(now_ms + OI_MAX_PLAN_HORIZON_MS - 1_000)
    return wire.Volume4D(shape, volume.time_start or time_of(now_ms), end)


def _volume(one: Volume4D) -> wire.Volume4D:
    shape = one.volume
    circle = shape.outline_circle
    if circle is not None and not circle.radius.value > 0:
        raise Invalid("bad-plan", "a radius is above 0", field="outline_circle.radius")
    return wire.Volume4D(
        wire.Volume3D(
            outline_circle=None
            if circle is None
            else wire.Circle(circle.center, wire.Radius(circle.radius.value, "M")),
            outline_polygon=shape.outline_polygon,
            altitude_lower=_altitude(shape.altitude_lower),
            altitude_upper=_altitude(shape.altitude_upper),
        ),
        _time(one.time_start),
        _time(one.time_end),
    )


def _altitude(one: Altitude | None) -> wire.Altitude | None:
    if one is None:
        return None
    if not LOWEST_M <= one.value <= HIGHEST_M:
        raise Invalid("bad-plan", f"{one.value} m is no altitude", field="altitude")
    return wire.Altitude(one.value, "W84", "M")


def _time(one: Time | None) -> wire.Time | None:
    return None if one is None else wire.Time(one.value, "RFC3339")
