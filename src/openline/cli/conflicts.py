"""``openline conflicts``: what both sides hold to be too close."""

from typing import Annotated, Any

import typer

from openline.cli.given import AccordOption, Json
from openline.cli.opened import opened
from openline.cli.output import dialogue_word, moment, short, show, table

EMPTY = "no conflict stands; --gone also lists those that are none any more"
COLUMNS = ("conflict", "status", "ours", "theirs", "from", "closest", "gives way", "dialogue", "you may say")


def register(app: typer.Typer) -> None:
    app.command()(conflicts)


def conflicts(
    ctx: typer.Context,
    open_: Annotated[bool, typer.Option("--open", help="Only those that nothing settles yet.")] = False,
    gone: Annotated[bool, typer.Option("--gone", help="Also those that are none any more.")] = False,
    accord: AccordOption = None,
    as_json: Json = False,
) -> None:
    """List the conflicts between what both have told: who gives way, how the dialogue stands, your moves.

    Both nodes hold the same ones under the same ids.

    \b
    Example:
      openline conflicts --open
    Read on: `openline coordinate --help`; docs/spec/line-protocol.md, CONFLICT.
    """
    from openline.node.views import conflict_rows, desk_of

    with opened(ctx) as it, it.node.looking() as (_, desks, _own):
        chosen = {desk_of(desks, accord).accord_id: desk_of(desks, accord)} if accord else desks
        rows = [row for row in conflict_rows(chosen) if _wanted(row["status"], open_, gone)]
        party = it.node.party
    cells = [_cells(row, party) for row in rows]
    show(rows, lambda: table("Conflicts", COLUMNS, cells, EMPTY), as_json=as_json)


def _wanted(status: str, only_open: bool, gone: bool) -> bool:
    return status == "open" if only_open else gone or status != "gone"


def _cells(row: dict[str, Any], party: str) -> list[object]:
    ours, theirs = sorted((row["first"], row["second"]), key=lambda side: side["party"] != party)
    closest = row["closest"]
    return [
        short(row["conflict_id"]),
        row["status"] + (" (possible)" if row["possible"] else ""),
        ours["callsign"] or short(ours["notice_id"]),
        theirs["callsign"] or short(theirs["notice_id"]),
        moment(row["start_ms"] // 1000 * 1000),
        f"{closest['lateral_nm']:.1f} NM {closest['vertical_ft']:.0f} ft" if closest else "",
        row["mover"],
        dialogue_word(row),
        ", ".join(row["your_moves"]),
    ]
