"""``openline serve``: the node at work."""

import importlib

import typer

from openline.cli.given import directory_of


def register(app: typer.Typer) -> None:
    app.command()(serve)


def serve(ctx: typer.Context) -> None:
    """Run the node: listen for the partner and for your own people, and speak, until it is told to stop.

    The line and the console listen on separate addresses, which are printed. SIGTERM and Ctrl-C end it
    cleanly; so may any other end, for what was acknowledged is on the disk.

    \b
    Example:
      openline --directory alpha serve
    Read on: docs/reference/settings.md for the addresses and TLS.
    """
    importlib.import_module("openline.running").serve(directory_of(ctx))
