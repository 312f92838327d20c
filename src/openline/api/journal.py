"""GET /api/journal: the last messages of both directions, and whether they are acknowledged."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openline.api.answers import answer, lines_meant, resource, whole_query
from openline.api.services import Services
from openline.node.node import Node
from openline.node.views import Row, journal_rows

USUAL_MESSAGES = 50
MAX_MESSAGES = 1_000


def routes(given: Services) -> list[Route]:
    async def show(request: Request) -> Response:
        limit = whole_query(request, "limit", USUAL_MESSAGES, MAX_MESSAGES)
        accord_id = request.query_params.get("accord")
        return answer(await given.turn(lambda node, _: messages(node, accord_id, limit)))

    return [Route("/api/journal", resource(show), methods=["GET"])]


def messages(node: Node, accord_id: str | None, limit: int) -> list[Row]:
    """The newest last."""
    with node.looking() as (tx, desks, _own):
        return journal_rows(tx, lines_meant(desks, accord_id).values(), limit)
