"""The line's listener: `POST /line/v1/{accord_id}` takes a batch and answers with one.

Everything new is committed, with our LAM, before the answer goes out. A stranger gets the same answer
whether there is no such line or one that is not his: he learns nothing.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Final

import msgspec
import structlog
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from openline.errors import Invalid, LimitExceeded, NotFound, OpenlineError, Unavailable
from openline.link.batch import (
    MAX_BODY_BYTES,
    MEDIA_TYPE,
    Batch,
    body_too_large,
    decode_batch,
    encode_answer,
    truncated,
)
from openline.link.turn import Turn
from openline.node.node import Node
from openline.node.results import Heard
from openline.node.together import Joint

BODY_TIMEOUT_S: Final = 100.0
"""A partner that takes longer to send one body is too slow to be heard; it sends it again. A large notice
takes a minute on a bad way.
"""

_log = structlog.get_logger("openline.line")
_STATUS: Final = {"invalid": 400, "unverifiable": 400, "refused": 409, "not-found": 404, "unavailable": 503}


class LineApp:
    """The ASGI application of the line. ``refused`` counts, by code, what was turned away before it
    reached the node.
    """

    def __init__(self, turn: Turn, on_heard: Callable[[str, int], None]) -> None:
        """on_heard: called after each batch with the accord's id and how many messages were new, so that
        our own side may speak at once.
        """
        self._turn = turn
        self._on_heard = on_heard
        self._lines: set[str] = set()  # accords that are here: none is ever taken out
        self.refused: Counter[str] = Counter()
        self.asgi = Starlette(
            routes=[
                Route("/line/v1/{accord_id}", self._line, methods=["POST"]),
                Route("/health", _health, methods=["GET"]),
            ],
            exception_handlers={404: _nothing_here, 405: _nothing_here},
        )

    async def _line(self, request: Request) -> Response:
        try:
            return await self._take(request)
        except ClientDisconnect:
            self.refused["disconnected"] += 1
            return Response(status_code=400)
        except OpenlineError as fault:
            self.refused[fault.code] += 1
            _log.warning("refused", word=fault.word, code=fault.code, field=fault.field)
            return problem_response(fault)
        except Exception:
            # The node's step has rolled back. It is our fault, so the partner may try again.
            self.refused["fault"] += 1
            _log.exception("fault")
            return problem_response(
                Unavailable("fault", "this node failed on it; nothing was stored", remedy="try again")
            )

    async def _take(self, request: Request) -> Response:
        _check_media_type(request)
        accord_id = request.path_params["accord_id"]
        await self._check_line(accord_id)
        batch = decode_batch(await read_body(request))
        try:
            heard = await self._turn(Joint(lambda node, now_ms: hear(node, accord_id, batch, now_ms)))
        except OpenlineError as fault:
            raise _could_not(fault) from fault
        self._on_heard(accord_id, heard.taken)
        for problem in heard.problems:
            _log.warning(
                "refused", accord=accord_id, word=problem.error, code=problem.code, field=problem.field
            )
        return Response(encode_answer(heard.answers, heard.problems), media_type=MEDIA_TYPE)

    async def _check_line(self, accord_id: str) -> None:
        """Before a byte of the body is read."""
        if accord_id not in self._lines:
            if not await self._turn(lambda node, now_ms: _has_line(node, accord_id)):
                raise no_such_line()
            self._lines.add(accord_id)


def hear(node: Node, accord_id: str, batch: Batch, now_ms: int) -> Heard:
    """Give the node a batch; what breaks off at its end is kept apart as evidence."""
    heard = node.receive(accord_id, batch.items, now_ms)
    if not batch.truncated:
        return heard
    problem = node.quarantine(accord_id, batch.truncated, truncated(batch.truncated), now_ms)
    return msgspec.structs.replace(heard, problems=(*heard.problems, problem))


def _could_not(fault: OpenlineError) -> Unavailable:
    """The step as a whole has failed: at whatever it was, and perhaps at what it would say on another line.
    The partner learns the code, and that it may try again; our log has the rest.
    """
    return Unavailable(fault.code, "this node could not take it; nothing was stored", remedy="try again")


async def read_body(request: Request, limit: int = MAX_BODY_BYTES) -> bytes:
    """The body, never holding more than the limit of it. Raises LimitExceeded, Unavailable ``too-slow``."""
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > limit:
        raise body_too_large()
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for part in request.stream():
                size += len(part)
                if size > limit:
                    raise body_too_large()
                parts.append(part)
    except TimeoutError:
        raise Unavailable(
            "too-slow", f"the body took longer than {BODY_TIMEOUT_S:g} s", clause="BODY_TIMEOUT_S"
        ) from None
    return b"".join(parts)


def _has_line(node: Node, accord_id: str) -> bool:
    with node.looking() as (_, desks, _own):
        return accord_id in desks


def no_such_line() -> NotFound:
    return NotFound("no-such-line", "there is no such line here")


def _check_media_type(request: Request) -> None:
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type != MEDIA_TYPE:
        raise Invalid("wrong-content-type", f"the line speaks {MEDIA_TYPE}", field="content-type")


def problem_response(fault: OpenlineError) -> Response:
    status = _STATUS.get(fault.word, 400)
    if isinstance(fault, LimitExceeded):
        status = 413
    elif fault.code == "wrong-content-type":
        status = 415
    return Response(msgspec.json.encode(fault.as_dict()), status_code=status, media_type="application/json")


async def _nothing_here(request: Request, error: Exception) -> Response:
    return problem_response(no_such_line())


async def _health(request: Request) -> Response:
    return Response(b'{"health":"serving"}', media_type="application/json")
