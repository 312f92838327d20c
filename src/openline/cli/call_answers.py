"""``openline call``: what is said of a call that stands: taken, answered, read back, closed."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from openline.cli.given import Automaton, Json, Position, Pseudonym, moment_ms
from openline.cli.officer import body_of, officer_of, say_on
from openline.cli.opened import opened
from openline.cli.output import say, short, show
from openline.cli.places import value_of

if TYPE_CHECKING:
    from openline.coordination.messages import Kind

Message = Annotated[str, typer.Argument(metavar="MESSAGE", help="The call's hash, or the start of it.")]
From = Annotated[str | None, typer.Option("--from", metavar="TIME", help="From when, RFC 3339.")]
Callsign = Annotated[str | None, typer.Option(help="The aircraft's callsign.")]
Words = Annotated[str | None, typer.Option("--text", help="Free text; it is not translated.")]


def take(
    ctx: typer.Context, message: Message, position: Position, pseudonym: Pseudonym, as_json: Json = False
) -> None:
    """Take a call in hand (TAKEN): any officer may, an automaton may not.

    \b
    Example:
      openline call take 5e1c9a --position supervisor --pseudonym owl
    Read on: docs/how-to/handle-an-emergency.md.
    """
    from openline.coordination.calls import Taken
    from openline.coordination.messages import Kind

    _answer(ctx, message, Kind.TAKEN, Taken, as_json, officer=officer_of(position, pseudonym, False))


def close(
    ctx: typer.Context, message: Message, position: Position, pseudonym: Pseudonym, as_json: Json = False
) -> None:
    """Say that a call is over for our side (CLOSE). It is over when the other side has said so too.

    \b
    Example:
      openline call close 5e1c9a --position supervisor --pseudonym owl
    Read on: docs/how-to/handle-an-emergency.md.
    """
    from openline.coordination.calls import Close
    from openline.coordination.messages import Kind

    _answer(ctx, message, Kind.CLOSE, Close, as_json, officer=officer_of(position, pseudonym, False))


def assist(
    ctx: typer.Context,
    message: Message,
    can: Annotated[bool, typer.Option("--can/--cannot", help="Whether we can help.")],
    position: Position,
    pseudonym: Pseudonym,
    automaton: Automaton = False,
    since: From = None,
    text: Words = None,
    as_json: Json = False,
) -> None:
    """Answer a call for assistance (ASSISTING): whether we can, and from when.

    \b
    Example:
      openline call assist 5e1c9a --can --from 2026-01-01T12:00:00Z --position watch --pseudonym fox
    Read on: docs/how-to/handle-an-emergency.md.
    """
    from openline.coordination.calls import Assisting
    from openline.coordination.messages import Kind

    officer = officer_of(position, pseudonym, automaton)
    from_ms = moment_ms(since, "--from") if since else None
    rest = {"officer": officer, "can": can, "from_ms": from_ms, "text": text}
    _answer(ctx, message, Kind.ASSISTING, Assisting, as_json, **rest)


def identified(
    ctx: typer.Context,
    message: Message,
    whose: Annotated[str, typer.Argument(help="ours, not-ours or will-not-say.")],
    position: Position,
    pseudonym: Pseudonym,
    automaton: Automaton = False,
    notice: Annotated[str | None, typer.Option(help="Our notice that it flies under.")] = None,
    callsign: Callsign = None,
    as_json: Json = False,
) -> None:
    """Answer whose aircraft it is (IDENTIFIED).

    \b
    Example:
      openline call identified 5e1c9a not-ours --position watch --pseudonym fox
    Read on: docs/how-to/handle-an-emergency.md.
    """
    from openline.coordination.calls import Identified
    from openline.coordination.messages import Kind

    officer = officer_of(position, pseudonym, automaton)
    rest = {"officer": officer, "whose": whose, "notice_id": notice, "callsign": callsign}
    _answer(ctx, message, Kind.IDENTIFIED, Identified, as_json, **rest)


def readback(
    ctx: typer.Context,
    message: Message,
    position: Position,
    pseudonym: Pseudonym,
    value: Annotated[
        list[str],
        typer.Option(
            "--value",
            metavar="NAME=WHAT",
            help="As understood: LAT,LON or an RFC 3339 time or a height such as 5000ft.",
        ),
    ],
    as_json: Json = False,
) -> None:
    """Read back what was understood; both nodes compare it, and a difference is an alarm on both sides.

    \b
    Example:
      openline call readback 5e1c9a --value where=35.3,40.1 --position watch --pseudonym fox
    Read on: docs/how-to/handle-an-emergency.md.
    """
    from openline.coordination.calls import Readback
    from openline.coordination.messages import Kind

    officer = officer_of(position, pseudonym, False)
    values = [value_of(it) for it in value]
    _answer(ctx, message, Kind.READBACK, Readback, as_json, officer=officer, values=values)


def _answer(
    ctx: typer.Context, message: str, kind: "Kind", shape: type[Any], as_json: bool, **rest: Any
) -> None:
    """Of a call, or (a readback) of any message of the line."""
    from openline.coordination.messages import Kind
    from openline.node.evidence import find_entry
    from openline.node.spoken import find_call

    with opened(ctx) as it, it.node.looking() as (tx, desks, _own):
        if kind is Kind.READBACK:
            desk, entry = find_entry(tx, desks, message, theirs=True)
            accord_id, cited = desk.accord_id, entry.hash
        else:
            desk, call = find_call(desks, message)
            accord_id, cited = desk.accord_id, call.hash
    data = say_on(ctx, accord_id, kind, body_of(shape, answers=cited, **rest))
    what = f"{kind} is said to {data['partner']} ({short(data['message'])})"
    show(data, lambda: say(what), as_json=as_json)
