"""GET /api/status: the whole node at a glance."""

import hashlib
from collections.abc import Iterable

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openline.api.answers import answer, resource
from openline.api.services import Services
from openline.node.node import Node
from openline.node.own import SERIAL
from openline.node.ports import AlarmRow
from openline.node.results import LineStatus
from openline.units import rfc3339_from_ms


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """mark: changes when anything but the time does, so that a page asks for the rest only then."""

    party: str
    title: str
    version: str
    clock: str
    now_ms: int
    now: str
    exercise: bool
    lines: tuple[LineStatus, ...]
    alarms: tuple[AlarmRow, ...]
    mark: str


def routes(given: Services) -> list[Route]:
    async def show(request: Request) -> Response:
        return answer(await given.turn(lambda node, now_ms: status(given, node, now_ms)))

    return [Route("/api/status", resource(show), methods=["GET"])]


def status(given: Services, node: Node, now_ms: int) -> Status:
    lines = tuple(node.status(now_ms))
    with node.looking() as (tx, _, _own):
        alarms, serial = tuple(tx.alarms()), tx.setting(SERIAL) or "0"
    return Status(
        party=given.party,
        title=given.title,
        version=given.version,
        clock=given.clock,
        now_ms=now_ms,
        now=rfc3339_from_ms(now_ms),
        exercise=any(line.exercise for line in lines),
        lines=lines,
        alarms=alarms,
        mark=_mark(lines, alarms, serial),
    )


def _mark(lines: Iterable[LineStatus], alarms: Iterable[AlarmRow], serial: str) -> str:
    seen = [
        (line.root, line.digest, [(it.said, it.acknowledged) for it in line.lanes.values()]) for line in lines
    ]
    names = [alarm.alarm_id for alarm in alarms]
    return hashlib.sha256(msgspec.json.encode((seen, names, serial))).hexdigest()[:16]
