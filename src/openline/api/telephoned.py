"""GET /api/telephoned: what was read over the telephone, beside the sealed originals where they have come."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openline.api.answers import answer, lines_meant, resource
from openline.api.services import Services
from openline.node.node import Node
from openline.node.telephoned import telephoned_rows
from openline.node.views import Row


def routes(given: Services) -> list[Route]:
    async def show(request: Request) -> Response:
        accord_id = request.query_params.get("accord")
        return answer(await given.turn(lambda node, _: calls(node, accord_id)))

    return [Route("/api/telephoned", resource(show), methods=["GET"])]


def calls(node: Node, accord_id: str | None) -> list[Row]:
    """The newest first."""
    with node.looking() as (tx, desks, _own):
        return telephoned_rows(tx, lines_meant(desks, accord_id))
