"""/api/conflicts: what both sides hold, the ways out, and the duty officer's moves."""

from typing import TYPE_CHECKING, Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openline.api.answers import MAX_ROWS, answer, command_of, lines_meant, resource, whole_query
from openline.api.services import Services
from openline.coordination.conflict_view import ConflictStatus
from openline.coordination.messages import Hash, Instant, Kind, Proposal, Reason
from openline.errors import Invalid, NotFound
from openline.node.node import Node
from openline.node.officer import Move
from openline.node.together import Joint
from openline.node.views import Row, conflict_row, conflict_rows, find_conflict

if TYPE_CHECKING:
    from openline.resolve import Alternative

USUAL_WAYS = 5
MAX_WAYS = 20
"""Proved alternatives in one answer."""


class MoveAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A move, as `node.officer.Move`; accord_id: only needed where two lines have conflicts that begin
    alike.
    """

    kind: Kind
    accord_id: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    answers: Hash | None = None
    proposal: Proposal | None = None
    reason: Reason = Reason.OTHER
    until_ms: Instant | None = None


def routes(given: Services) -> list[Route]:
    async def show(request: Request) -> Response:
        accord_id, status = request.query_params.get("accord"), _status(request)
        most = whole_query(request, "limit", MAX_ROWS, MAX_ROWS)
        return answer(await given.turn(lambda node, _: conflicts(node, accord_id, status)[:most]))

    async def show_one(request: Request) -> Response:
        conflict_id = request.path_params["conflict_id"]
        return answer(await given.turn(lambda node, _: conflict(node, conflict_id, None)))

    async def ways_out(request: Request) -> Response:
        conflict_id, notice_id = request.path_params["conflict_id"], request.query_params.get("notice")
        most = whole_query(request, "limit", USUAL_WAYS, MAX_WAYS)
        return answer(
            await given.turn(lambda node, now_ms: proved(node, conflict_id, notice_id, most, now_ms))
        )

    async def move(request: Request) -> Response:
        asked = await command_of(request, MoveAsked)
        conflict_id = request.path_params["conflict_id"]
        made = await given.turn(Joint(lambda node, now_ms: make(node, conflict_id, asked, now_ms)))
        given.wake()
        return answer(made)

    return [
        Route("/api/conflicts", resource(show), methods=["GET"]),
        Route("/api/conflicts/{conflict_id}", resource(show_one), methods=["GET"]),
        Route("/api/conflicts/{conflict_id}/alternatives", resource(ways_out), methods=["GET"]),
        Route("/api/conflicts/{conflict_id}/moves", resource(move), methods=["POST"]),
    ]


def _status(request: Request) -> ConflictStatus | None:
    text = request.query_params.get("status")
    if text is None:
        return None
    try:
        return ConflictStatus(text)
    except ValueError:
        names = ", ".join(ConflictStatus)
        fault = Invalid("bad-query", f"{text[:20]!r} is no status", field="status", remedy=f"one of {names}")
        raise fault from None


def conflicts(node: Node, accord_id: str | None, status: ConflictStatus | None) -> list[Row]:
    with node.looking() as (_, desks, _own):
        return conflict_rows(lines_meant(desks, accord_id), status)


def conflict(node: Node, conflict_id: str, accord_id: str | None) -> Row:
    with node.looking() as (_, desks, _own):
        return conflict_row(*find_conflict(desks, conflict_id, accord_id))


def proved(node: Node, conflict_id: str, notice_id: str | None, most: int, now_ms: int) -> list[Row]:
    """At most so many changes to one of the two operations (ours, unless another is named) that are free
    of conflict with all that was told, in whole minutes and levels; cost in seconds of delay.
    """
    # only here: the resolver loads slowly, and serving begins without it
    from openline.resolve import Limits, alternatives

    with node.looking() as (_, desks, _own):
        desk, view = find_conflict(desks, conflict_id)
        wanted = notice_id or view.of(desk.me).notice_id
        if wanted not in (view.first.notice_id, view.second.notice_id):
            raise NotFound("no-such-notice", "this conflict is not about that notice", field="notice")
        line = desk.line
        operation = line.operation_of(wanted)
        ways = alternatives(operation, line.index, line.accord, now_ms, most, limits=Limits.levels)
    return [_way_row(wanted, way) for way in ways]


def _way_row(notice_id: str, way: "Alternative") -> Row:
    return {
        "notice_id": notice_id,
        "delay_ms": way.change.delay_ms,
        "climb_dmm": way.change.climb_dmm,
        "sentence": way.sentence,
        "cost": way.cost,
    }


def make(node: Node, conflict_id: str, asked: MoveAsked, now_ms: int) -> Row:
    with node.looking() as (_, desks, _own):
        desk, view = find_conflict(desks, conflict_id, asked.accord_id)
    move = Move(
        kind=asked.kind,
        answers=asked.answers,
        proposal=asked.proposal,
        reason=asked.reason,
        until_ms=asked.until_ms,
    )
    return conflict_row(desk, node.move(desk.accord_id, view.conflict_id, move, now_ms))
