"""/api/lines/{accord_id}: trying the line, suspending it, resuming, and what was shown to a person."""

from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openline.api.answers import answer, command_of, resource
from openline.api.services import Services
from openline.coordination.fact import Fact
from openline.coordination.messages import Hash, Kind, Name, Officer, Reason, Resume, Shown, Suspend
from openline.node.together import Joint


class Who(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is at the position. An automaton is always marked as one, so there is no default."""

    position: Name
    pseudonym: Name
    automaton: bool

    def officer(self) -> Officer:
        return Officer(position=self.position, pseudonym=self.pseudonym, automaton=self.automaton)


class WasShown(Who, frozen=True, kw_only=True, forbid_unknown_fields=True):
    messages: Annotated[tuple[Hash, ...], msgspec.Meta(min_length=1, max_length=1_000)]


class Why(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: Reason


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What was said: its place on the line."""

    accord_id: str
    kind: str
    hash: str
    lane: str
    number: int
    at_ms: int


def said(accord_id: str, fact: Fact) -> Said:
    return Said(
        accord_id=accord_id,
        kind=fact.kind.value,
        hash=fact.hash,
        lane=fact.stamp.lane.value,
        number=fact.stamp.number,
        at_ms=fact.at_ms,
    )


def routes(given: Services) -> list[Route]:
    async def check(request: Request) -> Response:
        who, accord_id = (await command_of(request, Who)).officer(), request.path_params["accord_id"]
        fact = await given.turn(Joint(lambda node, now_ms: node.check(accord_id, who, now_ms)))
        given.wake()
        return answer(said(accord_id, fact))

    async def suspend(request: Request) -> Response:
        return await say(request, Kind.SUSPEND, Suspend(reason=(await command_of(request, Why)).reason))

    async def resume(request: Request) -> Response:
        await command_of(request, Nothing)
        return await say(request, Kind.RESUME, Resume())

    async def shown(request: Request) -> Response:
        was = await command_of(request, WasShown)
        return await say(request, Kind.SHOWN, Shown(messages=was.messages, officer=was.officer()))

    async def say(request: Request, kind: Kind, body: msgspec.Struct) -> Response:
        accord_id = request.path_params["accord_id"]
        fact = await given.turn(Joint(lambda node, now_ms: node.say(accord_id, kind, body, now_ms)))
        given.wake()
        return answer(said(accord_id, fact))

    verbs = {"check": check, "suspend": suspend, "resume": resume, "shown": shown}
    return [
        Route(f"/api/lines/{{accord_id}}/{verb}", resource(handler), methods=["POST"])
        for verb, handler in verbs.items()
    ]
