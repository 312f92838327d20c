"""Who may speak to the console at all: this machine, by its own name.

Until there are accounts, reaching the console is being the duty officer. So it binds to loopback only,
and a page of a stranger in a browser on this machine gets nowhere: its requests bear another Host (DNS
rebinding), another Origin, or a content type that browsers let no form send.
"""

import ipaddress
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from openline.api.answers import refusal
from openline.errors import OpenlineError, Refused

LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})

SECURITY_HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}


def check_loopback(host: str) -> None:
    """Raises Refused ``console-not-loopback`` for an address that others can reach."""
    try:
        local = host in LOCAL_NAMES or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise Refused(
            "console-not-loopback",
            f"the console does not listen on {host}: whoever reached it would be the duty officer",
            field="console.host",
            remedy="use 127.0.0.1, and reach it from elsewhere through ssh -L",
        )


def _hostname(header: str) -> str:
    """The name in a Host header: ``[::1]:7411`` is ::1."""
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.rpartition(":")[0] if ":" in header else header


def check_request(scope: Scope) -> None:
    """Raises Refused ``host-not-ours``, ``origin-not-ours``."""
    headers = Headers(scope=scope)
    hosts = headers.getlist("host")
    name = _hostname(hosts[0]).lower() if len(hosts) == 1 else ""
    if name not in LOCAL_NAMES:
        raise Refused(
            "host-not-ours",
            f"the console is not called {name[:100]!r}",
            field="host",
            remedy="open it as http://127.0.0.1 or http://localhost, with its port",
        )
    origin = headers.get("origin")
    if origin is not None and origin.partition("://")[2].lower() != hosts[0].lower():
        raise Refused("origin-not-ours", f"a page of {origin[:100]} may not use the console", field="origin")


class Guard:
    """ASGI middleware: refuses before anything is read, and puts the security headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SECURITY_HEADERS)
            await send(message)

        try:
            check_request(scope)
        except OpenlineError as fault:
            await refusal(fault)(scope, receive, send_guarded)
            return
        await self._app(scope, receive, send_guarded)
