"""``openline demo``: two control centres settle the conflicts of a real morning."""

from pathlib import Path
from typing import Annotated

import typer

from openline.cli.given import Json, MinimaName


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    headless: Annotated[
        bool, typer.Option("--headless", help="Show no page; just do it and report.")
    ] = False,
    as_json: Json = False,
    flights: Annotated[int | None, typer.Option(min=1, help="How many flights; all, if not given.")] = None,
    minima: Annotated[MinimaName, typer.Option(help="How close is a conflict.")] = "enroute",
    seed: Annotated[int, typer.Option(help="Chance of the officers' answers and of the kill.")] = 1,
    directory: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Leave both nodes in DIR/A and DIR/B.")
    ] = None,
    given: Annotated[
        Path | None, typer.Option("--input", metavar="FILE", help="Your own flights: CSV or GeoJSON.")
    ] = None,
    keep_serving: Annotated[
        bool, typer.Option("--keep-serving", help="Go on serving the page at the end, until Ctrl-C.")
    ] = False,
) -> None:
    """Two nodes as two processes, over HTTP: real flights filed, conflicts found by both, settled and proved.

    The recorded flights of Swiss airspace of 1 August 2018 are split between two parties. One node is killed
    and restarted on the way, and the accord is suspended and resumed. Everything bears the exercise mark.

    \b
    Example:
      openline demo --flights 100 --minima threes --directory /tmp/two
      openline --directory /tmp/two/A journal verify
    Read on: README.md, what you will see.
    """
    from openline.demo import run

    run(
        headless=headless,
        as_json=as_json,
        flights=flights,
        minima=minima,
        seed=seed,
        directory=directory,
        input_path=given,
        keep_serving=keep_serving,
    )
