"""``openline operations``, ``notices`` and ``operation``: what flies, what is told, and its states."""

from typing import Annotated, Any, Literal

import typer

from openline.cli.given import AccordOption, Json, group
from openline.cli.opened import opened
from openline.cli.output import moment, say, short, show, table

StateWord = Literal["Proposed", "Accepted", "Activated", "Nonconforming", "Contingent", "Ended"]
_STALE = {None: "", "late": "late", "over": "when it was over"}
Identifier = Annotated[str, typer.Argument(metavar="ID", help="The operation's id, or the start of it.")]


def register(app: typer.Typer) -> None:
    app.command()(operations)
    app.command()(notices)
    verbs = group("operation", "Bring one of your operations into another state (F3548-21).")
    for verb in (activate, nonconforming, contingent, end):
        verbs.command()(verb)
    app.add_typer(verbs)


def operations(
    ctx: typer.Context,
    state: Annotated[StateWord | None, typer.Option(help="Only those in this state.")] = None,
    as_json: Json = False,
) -> None:
    """List your own operations by their start: state, whom they are told to, open conflicts.

    \b
    Example:
      openline operations --state Proposed
    Read on: docs/reference/geojson.md, states.
    """
    from openline.node.views import operation_rows

    with opened(ctx) as it, it.node.looking() as (_, desks, own):
        rows = [row for row in operation_rows(own, desks) if state in (None, row["state"])]
    cells = [
        [
            short(row["id"]),
            row["callsign"] or row["supplier"] or "",
            f"{row['state']} v{row['version']}",
            moment(row["start_ms"]),
            moment(row["end_ms"]),
            ", ".join(told["partner"] for told in row["told"]),
            sum(len(told["conflicts"]) for told in row["told"]) or "",
        ]
        for row in rows
    ]
    columns = ("operation", "callsign or supplier", "state", "from", "until", "told to", "open conflicts")
    show(
        rows,
        lambda: table("Operations", columns, cells, "there is no such operation of ours"),
        as_json=as_json,
    )


def notices(ctx: typer.Context, accord: AccordOption = None, as_json: Json = False) -> None:
    """List what is told on all lines, as the accords let it be told, and what came too late.

    Of both parties; and of third parties, where one has passed on what it was told.

    \b
    Example:
      openline notices --json
    Read on: docs/spec/line-protocol.md, NOTICE.
    """
    from openline.node.views import desk_of, notice_rows

    with opened(ctx) as it, it.node.looking() as (tx, desks, _own):
        rows = notice_rows(tx, {accord: desk_of(desks, accord)} if accord else desks)
    cells = [
        [
            short(row["notice_id"]),
            row["partner"],
            f"{row['party']}, of {row['origin']}" if row["origin"] else row["party"],
            row["callsign"] or "",
            f"{row['state']} v{row['version']}",
            moment(row["start_ms"]),
            moment(row["end_ms"]),
            short(row["operation_id"]),
            _STALE[row["stale"]],
        ]
        for row in rows
    ]
    columns = (
        "notice",
        "line with",
        "told by",
        "callsign",
        "state",
        "from",
        "until",
        "our operation",
        "came",
    )
    show(rows, lambda: table("Notices", columns, cells, "nothing is told"), as_json=as_json)


def activate(ctx: typer.Context, operation: Identifier, as_json: Json = False) -> None:
    """It is flying, or about to, inside its intent.

    \b
    Example:
      openline operation activate 1b4e28ba
    Read on: docs/reference/geojson.md, states.
    """
    _transit(ctx, operation, "Activated", as_json=as_json)


def nonconforming(ctx: typer.Context, operation: Identifier, as_json: Json = False) -> None:
    """It is outside its intent and expected back. Never refused, and told at once, on the urgent lane.

    \b
    Example:
      openline operation nonconforming 1b4e28ba
    Read on: docs/reference/geojson.md, states; `openline file` tells where it may be (off_nominal).
    """
    _transit(ctx, operation, "Nonconforming", as_json=as_json)


def contingent(ctx: typer.Context, operation: Identifier, as_json: Json = False) -> None:
    """It is outside its intent and not expected back. Never refused, and told at once, on the urgent lane.

    \b
    Example:
      openline operation contingent 1b4e28ba
    Read on: docs/reference/geojson.md, states; `openline file` tells where it may be (off_nominal).
    """
    _transit(ctx, operation, "Contingent", as_json=as_json)


def end(ctx: typer.Context, operation: Identifier, as_json: Json = False) -> None:
    """It is over, or will not be flown: its airspace is free again.

    \b
    Example:
      openline operation end 1b4e28ba
    Read on: docs/reference/geojson.md, states.
    """
    _transit(ctx, operation, "Ended", as_json=as_json)


def _transit(ctx: typer.Context, identifier: str, state: str, *, as_json: bool) -> None:
    import msgspec

    from openline.airspace.operation import State
    from openline.node.views import find_operation

    with opened(ctx) as it:
        with it.node.looking() as (_, _desks, own):
            name = find_operation(own, identifier).id
        filed: Any = it.node.transit(name, State(state), it.clock.now_ms())
    notes = "".join(f"; {text}" for text in filed.notes)
    show(
        msgspec.to_builtins(filed),
        lambda: say(f"{filed.operation_id} is {filed.state}, version {filed.version}{notes}"),
        as_json=as_json,
    )
