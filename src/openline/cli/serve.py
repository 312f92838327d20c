"""``openline serve``: the node at work."""

from typing import TYPE_CHECKING

import typer

from openline.cli.given import Json
from openline.cli.opened import opened
from openline.cli.output import print_json, say

if TYPE_CHECKING:
    from openline.bootstrap import F3548, Listener, Settings
    from openline.running import Bound


def register(app: typer.Typer) -> None:
    app.command()(serve)


def serve(ctx: typer.Context, as_json: Json = False) -> None:
    """Run the node: listen for the partner and for your own people, and speak, until it is told to stop.

    The line, the console and, where the settings have it, the listener for suppliers have separate
    addresses, which are printed once all answer. SIGTERM and Ctrl-C end it cleanly; so may any other end, for
    what was acknowledged is on the disk.

    \b
    Example:
      openline --directory alpha serve
    Read on: docs/reference/settings.md for the addresses and TLS.
    """
    from openline.running import serve as run

    with opened(ctx) as it:
        it.ring.newest()  # an encrypted key asks now, while somebody is here

        def ready(bound: "Bound") -> None:
            addresses = _addresses(it.settings, bound)
            if as_json:
                print_json(addresses)
            else:
                for name, address in addresses.items():
                    say(f"{name:<8} {address}")
            print(end="", flush=True)

        run(it, ready=ready)


def _addresses(settings: "Settings", bound: "Bound") -> dict[str, str]:
    listeners: dict[str, tuple[Listener | F3548, int]] = {
        "line": (settings.line, bound.line),
        "console": (settings.console, bound.console),
    }
    if settings.f3548 is not None and bound.f3548 is not None:
        listeners["f3548"] = (settings.f3548, bound.f3548)
    return {name: _url(listener, port) for name, (listener, port) in listeners.items()}


def _url(listener: "Listener | F3548", port: int) -> str:
    scheme = "https" if listener.tls_certificate else "http"
    host = f"[{listener.host}]" if ":" in listener.host else listener.host
    return f"{scheme}://{host}:{port}/"
