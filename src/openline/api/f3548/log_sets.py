"""/uss/v1/log_sets: what this USS has logged, in the standard's form (F3548-21 A4.3)."""

from typing import Any

from openline.api.f3548.ids import text_of
from openline.api.f3548.operation import ALL_SCOPES, Asked, Given, Operation, all_of
from openline.utm.wire.details import USSLogSet


def operations(given: Given) -> tuple[Operation, ...]:
    async def log_set(asked: Asked) -> Any:
        return await given.uss.log_set(text_of(asked, "log_set_id"))

    return (
        Operation(
            id="getLogSet",
            method="GET",
            path="/uss/v1/log_sets/{log_set_id}",
            handler=log_set,
            scopes=all_of(*ALL_SCOPES),  # the standard gives it no security of its own: the default, in one
            answer=USSLogSet,
            also=(404,),
        ),
    )
