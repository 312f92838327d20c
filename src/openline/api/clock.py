"""POST /api/clock: a conductor steps the simulated time of an exercise."""

from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openline.api.answers import answer, command_of, resource
from openline.api.services import Services
from openline.errors import Refused
from openline.journal.bounds import MAX_MOMENT_MS
from openline.node.node import Node


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    now_ms: Annotated[int, msgspec.Meta(ge=0, le=MAX_MOMENT_MS)]


def routes(given: Services) -> list[Route]:
    async def step(request: Request) -> Response:
        asked = await command_of(request, Step)
        await given.turn(lambda node, _: _step(given, node, asked.now_ms))
        given.wake()
        return answer({"now_ms": asked.now_ms})

    return [Route("/api/clock", resource(step), methods=["POST"])]


def _step(given: Services, node: Node, now_ms: int) -> None:
    """What that time brings about has happened when the conductor gets its answer."""
    if given.step_clock is None:
        raise Refused(
            "clock-is-real",
            "this node runs on real time, and nobody steps that",
            field="clock",
            remedy='an exercise has clock = "simulated" in its settings',
        )
    given.step_clock(now_ms)
    node.tick(now_ms)
