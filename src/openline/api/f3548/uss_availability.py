"""/dss/v1/uss_availability: whether a USS is known to work (F3548-21 A4.2)."""

from typing import Any, Final

from openline.api.f3548.ids import text_of
from openline.api.f3548.operation import (
    AVAILABILITY_ARBITRATION,
    CONFORMANCE_MONITORING,
    STRATEGIC_COORDINATION,
    Asked,
    Given,
    Operation,
    any_of,
)
from openline.utm.dss import requests
from openline.utm.wire import references as wire

PATH: Final = "/dss/v1/uss_availability/{uss_id}"


def operations(given: Given) -> tuple[Operation, ...]:
    dss = given.dss

    async def put(asked: Asked) -> Any:
        return await dss(requests.SetAvailability(asked.caller, text_of(asked, "uss_id"), asked.body))

    async def get(asked: Asked) -> Any:
        return await dss(requests.GetAvailability(asked.caller, text_of(asked, "uss_id")))

    return (
        Operation(
            id="setUssAvailability",
            method="PUT",
            path=PATH,
            handler=put,
            scopes=any_of(AVAILABILITY_ARBITRATION),
            body=wire.SetUssAvailabilityStatusParameters,
            answer=wire.UssAvailabilityStatusResponse,
            also=(409,),
        ),
        Operation(
            id="getUssAvailability",
            method="GET",
            path=PATH,
            handler=get,
            scopes=any_of(AVAILABILITY_ARBITRATION, STRATEGIC_COORDINATION, CONFORMANCE_MONITORING),
            answer=wire.UssAvailabilityStatusResponse,
        ),
    )
