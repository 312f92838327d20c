"""/dss/v1/reports and /uss/v1/reports: what went wrong between us, as the other side saw it (F3548-21 A4)."""

from typing import Any

from openline.api.f3548.operation import ALL_SCOPES, Asked, Given, Operation, any_of
from openline.utm.wire.references import ErrorReport


def operations(given: Given) -> tuple[Operation, ...]:
    async def report(asked: Asked) -> Any:
        return await given.uss.report(asked.caller.manager, asked.body)

    return tuple(
        Operation(
            id=name,
            method="POST",
            path=path,
            handler=report,
            scopes=any_of(*ALL_SCOPES),
            body=ErrorReport,
            answer=ErrorReport,
            status=201,
        )
        for name, path in (("makeDssReport", "/dss/v1/reports"), ("makeUssReport", "/uss/v1/reports"))
    )
