"""``openline duty``: who sits where, and what waits for an answer."""

import typer

from openline.cli.given import Automaton, Json, Position, Pseudonym, group
from openline.cli.officer import officer_of
from openline.cli.opened import opened
from openline.cli.output import moment, say, short, show, table


def register(app: typer.Typer) -> None:
    verbs = group("duty", "Who sits where, and what waits for an answer.")
    for verb in (on, handover, off, owed):
        verbs.command()(verb)
    verbs.command("show")(who)
    app.add_typer(verbs)


def on(
    ctx: typer.Context,
    position: Position,
    pseudonym: Pseudonym,
    automaton: Automaton = False,
    as_json: Json = False,
) -> None:
    """Sign on at a duty position; every partner is told (SHIFT).

    \b
    Example:
      openline duty on --position watch --pseudonym fox
    Read on: docs/how-to/change-the-watch.md.
    """
    _change(ctx, "on", position, pseudonym, automaton, as_json)


def handover(
    ctx: typer.Context,
    position: Position,
    pseudonym: Pseudonym,
    automaton: Automaton = False,
    as_json: Json = False,
) -> None:
    """Take a position over from whoever sits there, with everything that waits for an answer.

    \b
    Example:
      openline duty handover --position watch --pseudonym owl
    Read on: docs/how-to/change-the-watch.md.
    """
    _change(ctx, "handover", position, pseudonym, automaton, as_json)


def off(ctx: typer.Context, position: Position, pseudonym: Pseudonym, as_json: Json = False) -> None:
    """Sign off. Refused while something waits for an answer and nobody else is on duty.

    \b
    Example:
      openline duty off --position watch --pseudonym fox
    Read on: docs/how-to/change-the-watch.md.
    """
    _change(ctx, "off", position, pseudonym, False, as_json)


def who(ctx: typer.Context, as_json: Json = False) -> None:
    """Show who sits where on both sides of every line.

    \b
    Example:
      openline duty show
    Read on: docs/how-to/change-the-watch.md.
    """
    from openline.node.spoken import duty_rows

    with opened(ctx) as it, it.node.looking() as (_, desks, _own):
        rows = duty_rows(desks)
    cells = [
        [row["party"], row["position"], row["pseudonym"] + (" (automaton)" if row["automaton"] else "")]
        for row in rows
    ]
    columns = ("party", "position", "who")
    show(rows, lambda: table("On duty", columns, cells, "nobody has signed on"), as_json=as_json)


def owed(ctx: typer.Context, as_json: Json = False) -> None:
    """List what waits for an answer of either side, the first due first.

    \b
    Example:
      openline duty owed
    Read on: docs/how-to/change-the-watch.md.
    """
    from openline.node.spoken import owed_rows

    with opened(ctx) as it, it.node.looking() as (_, desks, _own):
        rows = owed_rows(desks, it.clock.now_ms())
    cells = [
        [row["by"], row["answer"], row["kind"], short(row["message"]), moment(row["due_ms"])] for row in rows
    ]
    columns = ("who", "owes", "to", "message", "until")
    show(rows, lambda: table("Owed", columns, cells, "nothing waits for an answer"), as_json=as_json)


def _change(
    ctx: typer.Context, act: str, position: str, pseudonym: str, automaton: bool, as_json: bool
) -> None:
    from openline.coordination.conversation import DutyAct

    officer = officer_of(position, pseudonym, automaton)
    with opened(ctx) as it:
        facts = it.node.shift(DutyAct(act), officer, it.clock.now_ms())
    rows = [
        {"kind": fact.kind.value, "message": fact.hash, "taken_over": list(fact.body.taken_over)}  # type: ignore[attr-defined]
        for fact in facts
    ]
    open_items = sum(len(row["taken_over"]) for row in rows)

    def people() -> None:
        say(f"{pseudonym} at {position}: {act}; {len(rows)} partner(s) told")
        if open_items:
            say(f"{open_items} message(s) wait for an answer: openline duty owed")

    show(rows, people, as_json=as_json)
