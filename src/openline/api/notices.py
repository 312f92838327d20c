"""GET /api/notices: what both parties have told and passed on, as the line's picture has it; and the
picture itself.
"""

import asyncio
from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openline.api.answers import MAX_ROWS, answer, lines_meant, resource, whole_query
from openline.api.services import Drawn, Services
from openline.coordination.conflict_view import ConflictStatus
from openline.coordination.passed_view import Passed
from openline.coordination.told import Told
from openline.node.desk import Desk
from openline.node.node import Node
from openline.node.views import Row, notice_rows

USUAL_WIDTH, USUAL_HEIGHT = 1_200, 800
LEAST_PIXELS, MAX_PIXELS = 240, 4_000


def routes(given: Services) -> list[Route]:
    async def show(request: Request) -> Response:
        accord_id, whole = request.query_params.get("accord"), request.query_params.get("geometry") != "no"
        most = whole_query(request, "limit", MAX_ROWS, MAX_ROWS)
        return answer(await given.turn(lambda node, _: notices(given, node, accord_id, whole)[:most]))

    async def picture(request: Request) -> Response:
        width = whole_query(request, "width", USUAL_WIDTH, MAX_PIXELS)
        height = whole_query(request, "height", USUAL_HEIGHT, MAX_PIXELS)
        drawn = await given.turn(lambda node, now_ms: seen(given, node, now_ms, (width, height)))
        # Off the event loop: a picture of thousands of operations takes its time, and the line must not wait.
        return Response(await asyncio.to_thread(given.draw, drawn), media_type="image/svg+xml")

    return [
        Route("/api/notices", resource(show), methods=["GET"]),
        Route("/picture.svg", resource(picture), methods=["GET"]),
    ]


def notices(given: Services, node: Node, accord_id: str | None, whole: bool) -> list[Row]:
    """geojson: as it was told, never finer."""
    with node.looking() as (tx, desks, _own):
        rows = notice_rows(tx, lines_meant(desks, accord_id))
        if whole:
            for row in rows:
                told = desks[row["accord_id"]].line.operation_of(row["notice_id"])
                row["geojson"] = given.as_geojson(told)
    return rows


def _of_others_too(desk: Desk) -> Iterator[Told | Passed]:
    """What both told of their own, and what the partner passed on; what we pass on is there already."""
    picture = desk.line.picture
    yield from picture.all_told()
    yield from (it for it in picture.passed.all() if it.party == desk.partner)


def seen(given: Services, node: Node, now_ms: int, size: tuple[int, int]) -> Drawn:
    """What the picture shows now: all that is live, with its conflicts; once everything is over, all that
    was.
    """
    with node.looking() as (_, desks, _own):
        told = [it for desk in desks.values() for it in _of_others_too(desk)]
        views = [view for desk in desks.values() for view in desk.line.picture.conflicts()]
        exercise = any(desk.line.exercise for desk in desks.values())
    if any(it.live for it in told):
        told = [it for it in told if it.live]
        live = {it.notice_id for it in told}
        views = [
            view
            for view in views
            if view.status is not ConflictStatus.GONE or {view.first.notice_id, view.second.notice_id} <= live
        ]
    return Drawn(
        us=given.party,
        title=given.title,
        exercise=exercise,
        now_ms=now_ms,
        told=tuple(told),
        conflicts=tuple(views),
        width=max(size[0], LEAST_PIXELS),
        height=max(size[1], LEAST_PIXELS),
    )
