"""``openline join``: another directory serves the same node, over the database that both share."""

from pathlib import Path
from typing import Annotated

import typer

from openline.cli.given import Json, directory_of
from openline.cli.init import ADDRESS, CONSOLE_PORT, LINE_PORT, listener
from openline.cli.output import say, show


def register(app: typer.Typer) -> None:
    app.command()(join)


def join(
    ctx: typer.Context,
    first: Annotated[Path, typer.Argument(help="The directory of a replica that is there already.")],
    line: Annotated[
        str, typer.Option(metavar=ADDRESS, help="Where this replica's line listens.")
    ] = f"127.0.0.1:{LINE_PORT}",
    console: Annotated[
        str, typer.Option(metavar=ADDRESS, help="Where this replica's console listens.")
    ] = f"127.0.0.1:{CONSOLE_PORT}",
    f3548: Annotated[
        str | None, typer.Option(metavar=ADDRESS, help="Where it listens for suppliers, if the first does.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a further replica of a node whose store is on PostgreSQL.

    Settings, the node key, its certificate and the files that the settings name are copied; the party key is
    not, for no replica needs it. For another host, copy the directory made here there.

    \b
    Example:
      openline --directory alpha-2 join alpha --line 127.0.0.1:7420 --console 127.0.0.1:7421
    Read on: docs/how-to/scale.md.
    """
    from openline import bootstrap

    home = bootstrap.join(
        directory_of(ctx),
        bootstrap.Home(first),
        line=listener(line, "--line"),
        console=listener(console, "--console"),
        f3548=listener(f3548, "--f3548") if f3548 else None,
    )
    made = {"directory": str(home.directory), "first": str(first)}
    show(made, lambda: say(f"{home.directory} is a replica of {first}"), as_json=as_json)
