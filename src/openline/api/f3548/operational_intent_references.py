"""/dss/v1/operational_intent_references: what is planned where, and who knows more (F3548-21 A4.2)."""

from typing import Any, Final

from openline.api.f3548.ids import entity_id, version_of
from openline.api.f3548.operation import (
    CONFORMANCE_MONITORING,
    CONSTRAINT_PROCESSING,
    STRATEGIC_COORDINATION,
    Asked,
    Given,
    Operation,
    any_of,
)
from openline.utm.dss import requests
from openline.utm.wire import references as wire

PATH: Final = "/dss/v1/operational_intent_references"
READ: Final = any_of(STRATEGIC_COORDINATION, CONFORMANCE_MONITORING)
WRITE: Final = (
    frozenset({STRATEGIC_COORDINATION}),
    frozenset({STRATEGIC_COORDINATION, CONSTRAINT_PROCESSING}),
    frozenset({CONFORMANCE_MONITORING}),
)
"""Which of them a state needs is judged with the request."""


def operations(given: Given) -> tuple[Operation, ...]:
    dss = given.dss

    async def query(asked: Asked) -> Any:
        return await dss(requests.QueryOperationalIntents(asked.caller, asked.body))

    async def get(asked: Asked) -> Any:
        return await dss(requests.GetOperationalIntent(asked.caller, entity_id(asked)))

    async def create(asked: Asked) -> Any:
        return await dss(requests.PutOperationalIntent(asked.caller, entity_id(asked), None, asked.body))

    async def update(asked: Asked) -> Any:
        ovn = version_of(asked, "ovn")
        return await dss(requests.PutOperationalIntent(asked.caller, entity_id(asked), ovn, asked.body))

    async def delete(asked: Asked) -> Any:
        ovn = version_of(asked, "ovn")
        return await dss(requests.DeleteOperationalIntent(asked.caller, entity_id(asked), ovn))

    one, version = f"{PATH}/{{entityid}}", f"{PATH}/{{entityid}}/{{ovn}}"
    put, changed = (
        wire.PutOperationalIntentReferenceParameters,
        wire.ChangeOperationalIntentReferenceResponse,
    )
    return (
        Operation(
            id="queryOperationalIntentReferences",
            method="POST",
            path=f"{PATH}/query",
            handler=query,
            scopes=READ,
            body=wire.QueryOperationalIntentReferenceParameters,
            answer=wire.QueryOperationalIntentReferenceResponse,
            also=(413,),
        ),
        Operation(
            id="getOperationalIntentReference",
            method="GET",
            path=one,
            handler=get,
            scopes=READ,
            answer=wire.GetOperationalIntentReferenceResponse,
            also=(404,),
        ),
        Operation(
            id="createOperationalIntentReference",
            method="PUT",
            path=one,
            handler=create,
            scopes=WRITE,
            body=put,
            answer=changed,
            status=201,
            also=(409, 412, 413),
            conflict=wire.AirspaceConflictResponse,
        ),
        Operation(
            id="updateOperationalIntentReference",
            method="PUT",
            path=version,
            handler=update,
            scopes=WRITE,
            body=put,
            answer=changed,
            also=(404, 409, 412, 413),
            conflict=wire.AirspaceConflictResponse,
        ),
        Operation(
            id="deleteOperationalIntentReference",
            method="DELETE",
            path=version,
            handler=delete,
            scopes=READ,
            answer=changed,
            also=(404, 409, 412),
        ),
    )
