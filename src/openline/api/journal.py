"""GET /api/journal: the last messages of both directions, and whether they are acknowledged."""

from collections.abc import Iterator

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openline.api.answers import answer, resource, whole_query
from openline.api.services import Services
from openline.node.desk import Desk
from openline.node.node import Node
from openline.node.ports import Transaction

USUAL_MESSAGES = 50
MAX_MESSAGES = 1_000


class MessageRow(msgspec.Struct, frozen=True, kw_only=True):
    """at_ms: when it was said or came, by this node's clock."""

    accord_id: str
    sender: str
    lane: str
    number: int
    kind: str
    hash: str
    at_ms: int
    acknowledged: bool


def routes(given: Services) -> list[Route]:
    async def show(request: Request) -> Response:
        limit = whole_query(request, "limit", USUAL_MESSAGES, MAX_MESSAGES)
        accord_id = request.query_params.get("accord")
        return answer(await given.turn(lambda node, _: messages(node, accord_id, limit)))

    return [Route("/api/journal", resource(show), methods=["GET"])]


def messages(node: Node, accord_id: str | None, limit: int) -> list[MessageRow]:
    """The newest first."""
    with node.looking() as (tx, desks, _own):
        rows = [
            row
            for desk in desks.values()
            if accord_id in (None, desk.accord_id)
            for row in _last_of(tx, desk, limit)
        ]
    rows.sort(key=lambda row: (row.at_ms, row.number), reverse=True)
    return rows[:limit]


def _last_of(tx: Transaction, desk: Desk, limit: int) -> Iterator[MessageRow]:
    for (sender, lane), head in desk.heads.items():
        acknowledged = tx.acknowledged(desk.accord_id, sender, lane)
        for entry in tx.entries(desk.accord_id, sender, lane, max(0, head.number - limit), limit):
            yield MessageRow(
                accord_id=desk.accord_id,
                sender=sender,
                lane=lane.value,
                number=entry.number,
                kind=entry.kind,
                hash=entry.hash,
                at_ms=entry.at_ms,
                acknowledged=entry.number <= acknowledged,
            )
