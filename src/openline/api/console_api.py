"""The console's application: the API, the page that it is given, and the guard around both."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from openline.api import (
    clock,
    conflicts,
    journal,
    lines,
    messages,
    metrics,
    notices,
    operations,
    spoken,
    status,
    telephoned,
)
from openline.api.answers import answer, no_such_page, refusal
from openline.api.guard import Guard
from openline.api.services import Services
from openline.errors import Invalid

_RESOURCES = (
    status,
    operations,
    notices,
    conflicts,
    lines,
    spoken,
    journal,
    messages,
    telephoned,
    clock,
    metrics,
)


def console_app(given: Services, page: Sequence[BaseRoute] = ()) -> Starlette:
    """page: the routes of the page and its static files."""
    routes: list[BaseRoute] = [route for part in _RESOURCES for route in part.routes(given)]
    routes.append(Route("/health", _health, methods=["GET"]))
    return Starlette(
        routes=[*routes, *page],
        middleware=[Middleware(Guard)],
        exception_handlers={404: _nothing_here, 405: _no_such_method},
    )


async def _health(request: Request) -> Response:
    return answer({"health": "serving"})


async def _nothing_here(request: Request, error: Exception) -> Response:
    return refusal(no_such_page(request.url.path))


async def _no_such_method(request: Request, error: Exception) -> Response:
    return refusal(Invalid("method-not-allowed", f"{request.method} means nothing here", field="method"))
