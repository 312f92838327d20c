"""The page's own routes: plain files of this package, read once. No build step, no outside resource."""

from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

STATIC: Final = {
    "/": ("index.html", "text/html"),
    "/static/page.css": ("page.css", "text/css"),
    "/static/page.js": ("page.js", "text/javascript"),
    "/static/dom.js": ("dom.js", "text/javascript"),
    "/static/words.js": ("words.js", "text/javascript"),
    "/static/moves.js": ("moves.js", "text/javascript"),
    "/static/calls.js": ("calls.js", "text/javascript"),
    "/favicon.ico": ("mark.svg", "image/svg+xml"),
    "/static/mark.svg": ("mark.svg", "image/svg+xml"),
}


def page_routes() -> list[Route]:
    """One route a file: there is no path to wander off."""
    return [_route(path, name, media_type) for path, (name, media_type) in STATIC.items()]


def _route(path: str, name: str, media_type: str) -> Route:
    content = files("openline.console").joinpath("static", name).read_bytes()

    async def show(request: Request) -> Response:
        return Response(content, media_type=media_type)

    return Route(path, show, methods=["GET"])
