"""GET /api/notices: what both parties have told, as the line's picture has it; and the picture itself."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openline.accord.notice import as_operation
from openline.api.answers import MAX_ROWS, answer, resource, whole_query
from openline.api.services import Drawn, Services
from openline.coordination.picture import ConflictStatus
from openline.coordination.told import Told
from openline.node.desk import Desk
from openline.node.node import Node


class NoticeView(msgspec.Struct, frozen=True, kw_only=True):
    """operation_id: only where it is our own. geojson: as it was told, never finer."""

    accord_id: str
    notice_id: str
    party: str
    version: int
    state: str
    callsign: str | None
    start_ms: int
    end_ms: int
    operation_id: str | None
    geojson: dict[str, Any] | None


def routes(given: Services) -> list[Route]:
    async def show(request: Request) -> Response:
        accord_id, whole = request.query_params.get("accord"), request.query_params.get("geometry") != "no"
        most = whole_query(request, "limit", MAX_ROWS, MAX_ROWS)
        return answer(await given.turn(lambda node, _: notices(given, node, accord_id, whole)[:most]))

    async def picture(request: Request) -> Response:
        drawn = await given.turn(lambda node, now_ms: seen(given, node, now_ms))
        return Response(given.draw(drawn), media_type="image/svg+xml")

    return [
        Route("/api/notices", resource(show), methods=["GET"]),
        Route("/picture.svg", resource(picture), methods=["GET"]),
    ]


def notices(given: Services, node: Node, accord_id: str | None, whole: bool) -> list[NoticeView]:
    with node.looking() as (_, desks, _own):
        rows = [
            _view(given, desk, told, whole)
            for desk in desks.values()
            if accord_id in (None, desk.accord_id)
            for told in desk.line.picture.all_told()
            if told.live
        ]
    return sorted(rows, key=lambda row: (row.start_ms, row.notice_id))


def _view(given: Services, desk: Desk, told: Told, whole: bool) -> NoticeView:
    notice = told.notice
    return NoticeView(
        accord_id=desk.accord_id,
        notice_id=told.notice_id,
        party=told.party,
        version=told.version,
        state=notice.state.value,
        callsign=notice.callsign,
        start_ms=notice.start_ms,
        end_ms=notice.end_ms,
        operation_id=desk.operation_id_of(told.notice_id) if told.party == desk.me else None,
        geojson=given.as_geojson(as_operation(notice, desk.line.accord.datum)) if whole else None,
    )


def seen(given: Services, node: Node, now_ms: int) -> Drawn:
    """What the picture shows now: everything live, and every conflict that is held; all that ever was once it is over."""
    with node.looking() as (_, desks, _own):
        told = [it for desk in desks.values() for it in desk.line.picture.all_told()]
        views = [view for desk in desks.values() for view in desk.line.picture.conflicts()]
        exercise = any(desk.line.exercise for desk in desks.values())
    if any(it.live for it in told):
        told = [it for it in told if it.live]
        standing = {it.notice_id for it in told}
        views = [
            view
            for view in views
            if view.status is not ConflictStatus.GONE
            or (view.first.notice_id in standing and view.second.notice_id in standing)
        ]
    return Drawn(
        us=given.party,
        title=given.title,
        exercise=exercise,
        now_ms=now_ms,
        told=tuple(told),
        conflicts=tuple(views),
    )
