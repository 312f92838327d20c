"""Requests in, JSON out: the one place where bodies are read, and where errors become answers."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from openline.errors import Invalid, LimitExceeded, NotFound, OpenlineError, Unavailable
from openline.node.desk import Desk
from openline.node.views import desk_of

MAX_BODY_BYTES: Final = 4 * 1024 * 1024
"""The largest filing (the same as a GeoJSON file's)."""
MAX_COMMAND_BYTES: Final = 64 * 1024
"""Everything but a filing."""
MAX_ROWS: Final = 10_000
"""Rows of one answer."""

_log = structlog.get_logger("openline.api")
_STATUS: Final = {"invalid": 400, "unverifiable": 400, "refused": 409, "not-found": 404, "unavailable": 503}
_BY_CODE: Final = {
    "wrong-content-type": 415,
    "method-not-allowed": 405,
    "host-not-ours": 403,
    "origin-not-ours": 403,
}

T = TypeVar("T")
Handler = Callable[[Request], Awaitable[Response]]


def answer(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status_code=status, media_type="application/json")


def status_of(fault: OpenlineError) -> int:
    if isinstance(fault, LimitExceeded):
        return 413
    return _BY_CODE.get(fault.code, _STATUS.get(fault.word, 400))


def refusal(fault: OpenlineError) -> Response:
    return answer(fault.as_dict(), status_of(fault))


def resource(handler: Handler) -> Handler:
    """The handler, with every error as its JSON answer. What nobody foresaw is logged, and nothing was
    stored.
    """

    async def handled(request: Request) -> Response:
        try:
            return await handler(request)
        except OpenlineError as fault:
            _log.warning(
                "refused", path=request.url.path, word=fault.word, code=fault.code, field=fault.field
            )
            return refusal(fault)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception:
            _log.exception("fault", path=request.url.path)
            return refusal(
                Unavailable("fault", "this node failed on it; nothing was stored", remedy="see its log")
            )

    return handled


async def body_of(request: Request, limit: int = MAX_COMMAND_BYTES) -> bytes:
    """The body, never holding more than the limit of it. Raises Invalid ``wrong-content-type``,
    LimitExceeded.
    """
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type not in ("application/json", "application/geo+json"):
        # A form of a foreign page cannot send this type without asking first: this is what stops it (CSRF).
        raise Invalid("wrong-content-type", "send it as application/json", field="content-type")
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > limit:
            raise LimitExceeded(
                "body-too-large",
                f"a body here has at most {limit:,} bytes",
                field="body",
                clause="MAX_BODY_BYTES",
            )
    return bytes(body)


async def command_of(request: Request, shape: type[T]) -> T:
    """A small JSON object of exactly this shape. Raises Invalid with the field."""
    return decoded(await body_of(request), shape)


def decoded(body: bytes, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as fault:
        raise misfit(str(fault)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise Invalid("not-json", f"it is not JSON: {str(fault)[:120]}", field="body") from None


def misfit(text: str) -> Invalid:
    """msgspec says: ``Expected `int`, got `float` - at `$.proposal.delay_ms```; the path becomes the
    field.
    """
    reason, _, path = text.partition(" - at ")
    field = path.strip("`").removeprefix("$").lstrip(".") or "body"
    code = (
        "unknown-field"
        if "unknown field" in reason
        else "missing-field"
        if "missing" in reason
        else "wrong-type"
    )
    if code != "wrong-type" and "`" in reason:
        name = reason.split("`")[1]
        field = name if field == "body" else f"{field}.{name}"
    return Invalid(code, reason, field=field[:200])


def whole_query(request: Request, name: str, default: int, most: int) -> int:
    """A whole number of the query, from 1 to ``most``. Raises Invalid ``bad-query``, LimitExceeded."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) < 1:
        raise Invalid("bad-query", f"{name} is a whole number from 1", field=name)
    if int(text) > most:
        raise LimitExceeded("too-many-rows", f"{name} is at most {most:,}", field=name, clause="MAX_ROWS")
    return int(text)


def lines_meant(desks: Mapping[str, Desk], accord_id: str | None) -> dict[str, Desk]:
    """All lines, or the one named. Raises NotFound ``no-such-line``."""
    if accord_id is None:
        return dict(desks)
    desk = desk_of(desks, accord_id)
    return {desk.accord_id: desk}


def no_such_page(path: str) -> NotFound:
    return NotFound(
        "no-such-page",
        f"there is nothing at {path[:100]}",
        field="path",
        remedy="docs/reference/console-api.md",
    )
