"""Calls, talks, duty and what is owed; and what people say: POST /api/lines/{accord_id}/say/{kind}."""

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openline.accord.wellformed import LATEST_MS
from openline.airspace.limits import DAY_MS, HOUR_MS
from openline.api.answers import Handler, answer, command_of, lines_meant, resource
from openline.api.lines import Who, said
from openline.api.services import Services
from openline.coordination.conversation import DutyAct
from openline.coordination.messages import BODIES, Kind
from openline.coordination.scorecard import Scorecard
from openline.errors import Invalid, NotFound
from openline.node.calling import SAYABLE
from openline.node.node import Node
from openline.node.spoken import call_rows, duty_rows, find_talk, owed_rows, scorecard_of, talk_rows
from openline.node.together import Joint
from openline.node.views import Desks, Row, desk_of


class Seat(Who, frozen=True, kw_only=True, forbid_unknown_fields=True):
    act: DutyAct


def routes(given: Services) -> list[Route]:
    async def calls(request: Request) -> Response:
        every = request.query_params.get("all") == "yes"
        return await show(request, lambda desks, now_ms: call_rows(desks, standing_only=not every))

    async def talks(request: Request) -> Response:
        return await show(request, lambda desks, now_ms: talk_rows(desks))

    async def duty(request: Request) -> Response:
        return await show(request, lambda desks, now_ms: duty_rows(desks))

    async def owed(request: Request) -> Response:
        return await show(request, owed_rows)

    async def show(request: Request, rows: Callable[[Desks, int], list[Row]]) -> Response:
        accord_id = request.query_params.get("accord")

        def look(node: Node, now_ms: int) -> list[Row]:
            with node.looking() as (_, desks, _own):
                return rows(lines_meant(desks, accord_id), now_ms)

        return answer(await given.turn(look))

    async def calendar(request: Request) -> Response:
        talk_id = request.path_params["talk_id"]

        def look(node: Node, _: int) -> bytes:
            with node.looking() as (_tx, desks, _own):
                desk, talk = find_talk(desks, talk_id)
                return given.as_calendar(talk, desk.line.accord.names, desk.line.exercise)

        return Response(await given.turn(look), media_type="text/calendar")

    async def card(request: Request) -> Response:
        accord_id = request.path_params["accord_id"]
        asked = {name: _moment(request, name) for name in ("from_ms", "until_ms")}

        def look(node: Node, now_ms: int) -> Scorecard:
            until_ms = asked["until_ms"] or now_ms // HOUR_MS * HOUR_MS
            with node.looking() as (tx, desks, _own):
                desk = desk_of(desks, accord_id)
                return scorecard_of(tx, desk, asked["from_ms"] or until_ms - 7 * DAY_MS, until_ms)

        return answer(await given.turn(look))

    looks: Mapping[str, Handler] = {"calls": calls, "talks": talks, "duty": duty, "owed": owed}
    return [
        *(Route(f"/api/{name}", resource(handler), methods=["GET"]) for name, handler in looks.items()),
        Route("/api/talks/{talk_id}.ics", resource(calendar), methods=["GET"]),
        Route("/api/lines/{accord_id}/scorecard", resource(card), methods=["GET"]),
        *_saying(given),
    ]


def _saying(given: Services) -> list[Route]:
    async def say(request: Request) -> Response:
        accord_id, kind = request.path_params["accord_id"], _kind(request.path_params["kind"])
        body = await command_of(request, BODIES[kind])
        fact = await given.turn(Joint(lambda node, now_ms: node.say(accord_id, kind, body, now_ms)))
        given.wake()
        return answer(said(accord_id, fact))

    async def sit(request: Request) -> Response:
        seat = await command_of(request, Seat)
        work = Joint(lambda node, now_ms: node.shift(seat.act, seat.officer(), now_ms))
        facts = await given.turn(work)
        given.wake()
        return answer([{"kind": fact.kind.value, "hash": fact.hash, "at_ms": fact.at_ms} for fact in facts])

    return [
        Route("/api/duty", resource(sit), methods=["POST"]),
        Route("/api/lines/{accord_id}/say/{kind}", resource(say), methods=["POST"]),
    ]


def _moment(request: Request, name: str) -> int | None:
    """Milliseconds since 1970 in the query. Raises Invalid ``bad-query``."""
    text = request.query_params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 15 or int(text) > LATEST_MS:
        raise Invalid("bad-query", f"{name} is a moment in milliseconds", field=name)
    return int(text)


def _kind(text: str) -> Kind:
    """Raises NotFound ``no-such-kind`` for what people do not say by themselves."""
    for kind in SAYABLE:
        if kind.value.lower() == text.lower():
            return kind
    raise NotFound(
        "no-such-kind",
        f"{text[:32]!r} is nothing that people say here",
        field="kind",
        remedy=f"one of {', '.join(kind.value.lower() for kind in SAYABLE)}",
    )
