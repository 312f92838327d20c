"""``openline alarms``: what a duty officer must know."""

from typing import Annotated

import typer

from openline.cli.given import Json
from openline.cli.output import moment, show, table


def register(app: typer.Typer) -> None:
    app.command()(alarms)


def alarms(
    ctx: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Also those whose cause is gone.")] = False,
    as_json: Json = False,
) -> None:
    """List the alarms that stand, the oldest first.

    \b
    Example:
      openline alarms --all
    Read on: docs/spec/line-protocol.md, alarms.
    """
    from openline.cli.opened import opened
    from openline.node.views import alarm_rows

    with opened(ctx) as it, it.store.reading() as tx:
        rows = alarm_rows(tx.alarms(standing_only=not every))
    cells = [[moment(row["raised_ms"]), moment(row["cleared_ms"]), row["kind"], row["text"]] for row in rows]
    columns = ("raised", "cleared", "alarm", "what")
    show(rows, lambda: table("Alarms", columns, cells, "no alarm stands"), as_json=as_json)
