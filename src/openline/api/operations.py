"""/api/operations: our own operations, and filing."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openline.airspace.operation import State
from openline.api.answers import MAX_BODY_BYTES, MAX_ROWS, answer, body_of, command_of, resource, whole_query
from openline.api.services import Services
from openline.errors import OpenlineError
from openline.node.node import Node
from openline.node.results import Filed
from openline.node.together import Joint
from openline.node.views import Row, operation_rows


class Transit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    state: State


def routes(given: Services) -> list[Route]:
    async def show(request: Request) -> Response:
        whole = request.query_params.get("geometry") != "no"
        most = whole_query(request, "limit", MAX_ROWS, MAX_ROWS)
        return answer(await given.turn(lambda node, _: operations(given, node, whole)[:most]))

    async def file(request: Request) -> Response:
        filings = given.read_filing(await body_of(request, MAX_BODY_BYTES))
        filed = await given.turn(Joint(lambda node, now_ms: node.file_many(filings, now_ms)))
        given.wake()
        return answer({"filed": [_filed_or_problem(it) for it in filed]})

    async def transit(request: Request) -> Response:
        state = (await command_of(request, Transit)).state
        operation_id = request.path_params["operation_id"]
        filed = await given.turn(Joint(lambda node, now_ms: node.transit(operation_id, state, now_ms)))
        given.wake()
        return answer(filed)

    return [
        Route("/api/operations", resource(show), methods=["GET"]),
        Route("/api/operations", resource(file), methods=["POST"]),
        Route("/api/operations/{operation_id}/state", resource(transit), methods=["POST"]),
    ]


def operations(given: Services, node: Node, whole: bool) -> list[Row]:
    """Every operation, those that start first in front; whole: with their geometry as GeoJSON."""
    with node.looking() as (_, desks, own):
        rows = operation_rows(own, desks)
        if whole:
            return [row | {"geometry": given.as_geojson(own.need(row["id"]))} for row in rows]
    return rows


def _filed_or_problem(it: Filed | OpenlineError) -> Filed | dict[str, str]:
    return it.as_dict() if isinstance(it, OpenlineError) else it
