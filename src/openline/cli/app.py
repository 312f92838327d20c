"""All verbs in one tree, and what is true of every one of them."""

from pathlib import Path
from typing import Annotated

import typer

from openline import __version__
from openline.cli import (
    accord,
    alarms,
    call,
    compiling,
    conflicts,
    coordinate,
    copies,
    demo,
    duty,
    filing,
    init,
    join,
    journal,
    key,
    line,
    messages,
    operations,
    partner,
    serve,
    simulate,
    talk,
    token,
)
from openline.cli.given import DEFAULT_DIRECTORY

HELP = """The line between two control centres that share one sky.

A node knows all of its own operations, tells the partner what the accord says, finds the conflicts between
what both have said, and carries the dialogue that settles them. A first line, by hand:

\b
  openline --directory A init --party alpha --title "Alpha Centre"
  openline --directory A accord propose --with bravo --their-key HEX --out accord.bundle
  openline --directory B accord sign accord.bundle          (their side; they send it back)
  openline --directory A accord sign accord.bundle --url http://bravo.example:7410
  openline --directory A serve
  openline --directory A file plans.geojson
  openline --directory A conflicts --open

Read on: docs/reference/cli.md has every verb, option and exit code; README.md has the demo.
"""

app = typer.Typer(
    name="openline",
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        print(f"openline {__version__}")
        raise typer.Exit


@app.callback()
def openline(
    directory: Annotated[
        Path, typer.Option(metavar="DIR", envvar="OPENLINE_DIRECTORY", help="The node's directory.")
    ] = Path(DEFAULT_DIRECTORY),
    as_json: Annotated[bool, typer.Option("--json", help="The same as --json behind the verb.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Read by ``directory_of``; a verb that needs no node never looks at it."""
    del directory, as_json, version


init.register(app)
join.register(app)
serve.register(app)
token.register(app)
key.register(app)
partner.register(app)
accord.register(app)
filing.register(app)
operations.register(app)
conflicts.register(app)
coordinate.register(app)
line.register(app)
messages.register(app)
call.register(app)
talk.register(app)
duty.register(app)
alarms.register(app)
journal.register(app)
copies.register(app)
demo.register(app)
simulate.register(app)
compiling.register(app)
