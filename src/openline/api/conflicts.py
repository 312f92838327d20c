"""/api/conflicts: what both sides hold, the ways out, and the duty officer's moves."""

from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openline.api.answers import MAX_ROWS, answer, command_of, resource, whole_query
from openline.api.services import Services
from openline.api.shapes import ConflictRow, conflict_row
from openline.coordination.messages import Hash, Instant, Kind, Proposal, Reason
from openline.coordination.picture import ConflictStatus, ConflictView
from openline.errors import Invalid, NotFound
from openline.node.desk import Desk
from openline.node.node import Node
from openline.node.officer import Move, find_conflict
from openline.resolve.alternatives import alternatives
from openline.resolve.limits import Limits


class MoveAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A move, as `node.officer.Move`; accord_id: only needed where two lines have a conflict of one prefix."""

    kind: Kind
    accord_id: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    answers: Hash | None = None
    proposal: Proposal | None = None
    reason: Reason = Reason.OTHER
    until_ms: Instant | None = None


class AlternativeRow(msgspec.Struct, frozen=True, kw_only=True):
    """cost: in seconds of delay."""

    notice_id: str
    delay_ms: int
    climb_dmm: int
    sentence: str
    cost: float


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
        return answer(await given.turn(lambda node, _: proved(node, conflict_id, notice_id)))

    async def move(request: Request) -> Response:
        asked = await command_of(request, MoveAsked)
        conflict_id = request.path_params["conflict_id"]
        made = await given.turn(lambda node, now_ms: make(node, conflict_id, asked, now_ms))
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
    try:
        return ConflictStatus(text) if text is not None else None
    except ValueError:
        names = ", ".join(ConflictStatus)
        raise Invalid(
            "bad-query", f"{text[:20]!r} is no status", field="status", remedy=f"one of {names}"
        ) from None  # type: ignore[index]


def conflicts(node: Node, accord_id: str | None, status: ConflictStatus | None) -> list[ConflictRow]:
    """By when they begin."""
    with node.looking() as (_, desks, _own):
        rows = [
            row
            for desk in desks.values()
            if accord_id in (None, desk.accord_id)
            for row in _rows(desk, status)
        ]
    return sorted(rows, key=lambda row: (row.start_ms, row.conflict_id))


def _rows(desk: Desk, status: ConflictStatus | None) -> list[ConflictRow]:
    operations = {row.notice_id: operation_id for operation_id, row in desk.notices.items()}
    views = (view for view in desk.line.picture.conflicts() if status in (None, view.status))
    return [conflict_row(view, desk.accord_id, desk.me, operations) for view in views]


def conflict(node: Node, conflict_id: str, accord_id: str | None) -> ConflictRow:
    with node.looking() as (_, desks, _own):
        desk, view = _found(desks, conflict_id, accord_id)
        operations = {row.notice_id: operation_id for operation_id, row in desk.notices.items()}
        return conflict_row(view, desk.accord_id, desk.me, operations)


def _found(desks: dict[str, Desk], conflict_id: str, accord_id: str | None) -> tuple[Desk, ConflictView]:
    """On whichever line it is. Raises NotFound, as the node's own search does."""
    fault = NotFound("no-such-conflict", "there is no line at all", field="conflict_id")
    for desk in desks.values():
        if accord_id not in (None, desk.accord_id):
            continue
        try:
            return desk, find_conflict(desk, conflict_id)
        except NotFound as missing:
            fault = missing
    raise fault


def proved(node: Node, conflict_id: str, notice_id: str | None) -> list[AlternativeRow]:
    """Changes to one of the two operations (ours, unless another is named) that are free of any conflict told."""
    with node.looking() as (_, desks, _own):
        desk, view = _found(desks, conflict_id, None)
        wanted = notice_id or view.of(desk.me).notice_id
        if wanted not in (view.first.notice_id, view.second.notice_id):
            raise NotFound("no-such-notice", "this conflict is not about that notice", field="notice")
        ways = alternatives(desk.line.operation_of(wanted), desk.line.index, Limits())
    return [
        AlternativeRow(
            notice_id=wanted,
            delay_ms=way.change.delay_ms,
            climb_dmm=way.change.climb_dmm,
            sentence=way.sentence,
            cost=way.cost,
        )
        for way in ways
    ]


def make(node: Node, conflict_id: str, asked: MoveAsked, now_ms: int) -> ConflictRow:
    with node.looking() as (_, desks, _own):
        desk, view = _found(desks, conflict_id, asked.accord_id)
    move = Move(
        kind=asked.kind,
        answers=asked.answers,
        proposal=asked.proposal,
        reason=asked.reason,
        until_ms=asked.until_ms,
    )
    node.move(desk.accord_id, view.conflict_id, move, now_ms)
    return conflict(node, view.conflict_id, desk.accord_id)
