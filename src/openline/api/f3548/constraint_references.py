"""/dss/v1/constraint_references: where flying is constrained, and who knows more (F3548-21 A4.2)."""

from typing import Any, Final

from openline.api.f3548.ids import entity_id, version_of
from openline.api.f3548.operation import (
    CONSTRAINT_MANAGEMENT,
    CONSTRAINT_PROCESSING,
    Asked,
    Given,
    Operation,
    any_of,
)
from openline.utm.dss import requests
from openline.utm.wire import references as wire

PATH: Final = "/dss/v1/constraint_references"
READ: Final = any_of(CONSTRAINT_MANAGEMENT, CONSTRAINT_PROCESSING)
WRITE: Final = any_of(CONSTRAINT_MANAGEMENT)


def operations(given: Given) -> tuple[Operation, ...]:
    dss = given.dss

    async def query(asked: Asked) -> Any:
        return await dss(requests.QueryConstraints(asked.caller, asked.body))

    async def get(asked: Asked) -> Any:
        return await dss(requests.GetConstraint(asked.caller, entity_id(asked)))

    async def create(asked: Asked) -> Any:
        return await dss(requests.PutConstraint(asked.caller, entity_id(asked), None, asked.body))

    async def update(asked: Asked) -> Any:
        ovn = version_of(asked, "ovn")
        return await dss(requests.PutConstraint(asked.caller, entity_id(asked), ovn, asked.body))

    async def delete(asked: Asked) -> Any:
        ovn = version_of(asked, "ovn")
        return await dss(requests.DeleteConstraint(asked.caller, entity_id(asked), ovn))

    one, version = f"{PATH}/{{entityid}}", f"{PATH}/{{entityid}}/{{ovn}}"
    put, changed = wire.PutConstraintReferenceParameters, wire.ChangeConstraintReferenceResponse
    return (
        Operation(
            id="queryConstraintReferences",
            method="POST",
            path=f"{PATH}/query",
            handler=query,
            scopes=READ,
            body=wire.QueryConstraintReferenceParameters,
            answer=wire.QueryConstraintReferencesResponse,
            also=(413,),
        ),
        Operation(
            id="getConstraintReference",
            method="GET",
            path=one,
            handler=get,
            scopes=READ,
            answer=wire.GetConstraintReferenceResponse,
            also=(404,),
        ),
        Operation(
            id="createConstraintReference",
            method="PUT",
            path=one,
            handler=create,
            scopes=WRITE,
            body=put,
            answer=changed,
            status=201,
            also=(409, 413),
        ),
        Operation(
            id="updateConstraintReference",
            method="PUT",
            path=version,
            handler=update,
            scopes=WRITE,
            body=put,
            answer=changed,
            also=(404, 409, 413),
        ),
        Operation(
            id="deleteConstraintReference",
            method="DELETE",
            path=version,
            handler=delete,
            scopes=WRITE,
            answer=changed,
            also=(404, 409),
        ),
    )
