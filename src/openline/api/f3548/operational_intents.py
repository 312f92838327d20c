"""/uss/v1/operational_intents: what USSs tell each other of operational intents (F3548-21 A4.3)."""

from typing import Any, Final

from openline.api.f3548.ids import entity_id
from openline.api.f3548.operation import (
    CONFORMANCE_MONITORING,
    STRATEGIC_COORDINATION,
    Asked,
    Given,
    Operation,
    any_of,
)
from openline.utm.wire import details as wire

PATH: Final = "/uss/v1/operational_intents"


def operations(given: Given) -> tuple[Operation, ...]:
    uss = given.uss

    async def details(asked: Asked) -> Any:
        return await uss.intent_details(entity_id(asked))

    async def telemetry(asked: Asked) -> Any:
        return await uss.intent_telemetry(entity_id(asked))

    async def notify(asked: Asked) -> None:
        await uss.intent_notified(asked.caller.manager, asked.body)

    return (
        Operation(
            id="getOperationalIntentDetails",
            method="GET",
            path=f"{PATH}/{{entityid}}",
            handler=details,
            scopes=any_of(STRATEGIC_COORDINATION),
            answer=wire.GetOperationalIntentDetailsResponse,
            also=(404,),
        ),
        Operation(
            id="getOperationalIntentTelemetry",
            method="GET",
            path=f"{PATH}/{{entityid}}/telemetry",
            handler=telemetry,
            scopes=any_of(CONFORMANCE_MONITORING),
            answer=wire.GetOperationalIntentTelemetryResponse,
            also=(404, 409, 412),
        ),
        Operation(
            id="notifyOperationalIntentDetailsChanged",
            method="POST",
            path=PATH,
            handler=notify,
            scopes=any_of(STRATEGIC_COORDINATION),
            body=wire.PutOperationalIntentDetailsParameters,
            status=204,
            also=(409,),
        ),
    )
