"""/uss/v1/constraints: what USSs tell each other of constraints (F3548-21 A4.3)."""

from typing import Any, Final

from openline.api.f3548.ids import entity_id
from openline.api.f3548.operation import (
    CONSTRAINT_MANAGEMENT,
    CONSTRAINT_PROCESSING,
    Asked,
    Given,
    Operation,
    any_of,
)
from openline.utm.wire import details as wire

PATH: Final = "/uss/v1/constraints"


def operations(given: Given) -> tuple[Operation, ...]:
    uss = given.uss

    async def details(asked: Asked) -> Any:
        return await uss.constraint_details(entity_id(asked))

    async def notify(asked: Asked) -> None:
        await uss.constraint_notified(asked.caller.manager, asked.body)

    return (
        Operation(
            id="getConstraintDetails",
            method="GET",
            path=f"{PATH}/{{entityid}}",
            handler=details,
            scopes=any_of(CONSTRAINT_PROCESSING),
            answer=wire.GetConstraintDetailsResponse,
            also=(404,),
        ),
        Operation(
            id="notifyConstraintDetailsChanged",
            method="POST",
            path=PATH,
            handler=notify,
            scopes=any_of(CONSTRAINT_MANAGEMENT),
            body=wire.PutConstraintDetailsParameters,
            status=204,
            also=(409,),
        ),
    )
