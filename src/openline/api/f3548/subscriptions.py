"""/dss/v1/subscriptions: who wants to be told what happens where (F3548-21 A4.2)."""

from typing import Any, Final

from openline.api.f3548.ids import entity_id, version_of
from openline.api.f3548.operation import (
    CONSTRAINT_PROCESSING,
    STRATEGIC_COORDINATION,
    Asked,
    Given,
    Operation,
    any_of,
)
from openline.utm.dss import requests
from openline.utm.wire import references as wire

PATH: Final = "/dss/v1/subscriptions"
SCOPES: Final = any_of(CONSTRAINT_PROCESSING, STRATEGIC_COORDINATION)
ID: Final = "subscriptionid"


def operations(given: Given) -> tuple[Operation, ...]:
    dss = given.dss

    async def query(asked: Asked) -> Any:
        return await dss(requests.QuerySubscriptions(asked.caller, asked.body))

    async def get(asked: Asked) -> Any:
        return await dss(requests.GetSubscription(asked.caller, entity_id(asked, ID)))

    async def create(asked: Asked) -> Any:
        return await dss(requests.PutSubscription(asked.caller, entity_id(asked, ID), None, asked.body))

    async def update(asked: Asked) -> Any:
        version = version_of(asked, "version")
        return await dss(requests.PutSubscription(asked.caller, entity_id(asked, ID), version, asked.body))

    async def delete(asked: Asked) -> Any:
        version = version_of(asked, "version")
        return await dss(requests.DeleteSubscription(asked.caller, entity_id(asked, ID), version))

    one, version = f"{PATH}/{{subscriptionid}}", f"{PATH}/{{subscriptionid}}/{{version}}"
    return (
        Operation(
            id="querySubscriptions",
            method="POST",
            path=f"{PATH}/query",
            handler=query,
            scopes=SCOPES,
            body=wire.QuerySubscriptionParameters,
            answer=wire.QuerySubscriptionsResponse,
            also=(413,),
        ),
        Operation(
            id="getSubscription",
            method="GET",
            path=one,
            handler=get,
            scopes=SCOPES,
            answer=wire.GetSubscriptionResponse,
            also=(404,),
        ),
        Operation(
            id="createSubscription",
            method="PUT",
            path=one,
            handler=create,
            scopes=SCOPES,
            body=wire.PutSubscriptionParameters,
            answer=wire.PutSubscriptionResponse,
            also=(409,),
        ),
        Operation(
            id="updateSubscription",
            method="PUT",
            path=version,
            handler=update,
            scopes=SCOPES,
            body=wire.PutSubscriptionParameters,
            answer=wire.PutSubscriptionResponse,
            also=(404, 409),
        ),
        Operation(
            id="deleteSubscription",
            method="DELETE",
            path=version,
            handler=delete,
            scopes=SCOPES,
            answer=wire.DeleteSubscriptionResponse,
            also=(404, 409),
        ),
    )
