"""``openline talk`` and ``openline text``: talks between people, what was agreed in them, and free text."""

import uuid
from pathlib import Path
from typing import Annotated, Any

import typer

from openline.cli.given import (
    AccordOption,
    Automaton,
    Json,
    OutFile,
    Position,
    Pseudonym,
    group,
    moment_ms,
    read_file,
    write_file,
)
from openline.cli.officer import body_of, officer_of, say_on
from openline.cli.opened import opened
from openline.cli.output import moment, say, short, show, table
from openline.errors import Invalid, NotFound
from openline.units import MS_PER_SECOND

MINUTE_MS = 60 * MS_PER_SECOND
MAX_MINUTES_BYTES = 256 * 1024

TalkId = Annotated[str, typer.Argument(metavar="TALK", help="The talk's id, or the start of it.")]
At = Annotated[str, typer.Option("--at", metavar="TIME", help="When it begins, RFC 3339.")]
Agenda = Annotated[
    list[str] | None,
    typer.Option("--about", metavar="TOPIC[:TEXT]", help="A point of the agenda; may be repeated."),
]


def register(app: typer.Typer) -> None:
    verbs = group("talk", "Talks between people: proposed, confirmed, moved, cancelled; and their minutes.")
    for verb in (propose, confirm, move, cancel, minutes, agree, export):
        verbs.command()(verb)
    verbs.command("list")(listed)
    app.add_typer(verbs)
    app.command()(text)


def propose(
    ctx: typer.Context,
    at: At,
    position: Position,
    pseudonym: Pseudonym,
    lasting: Annotated[int, typer.Option("--minutes", help="How long, in minutes.")] = 30,
    about: Agenda = None,
    accord: AccordOption = None,
    as_json: Json = False,
) -> None:
    """Propose a talk (TALK): its time, its length and what it is about.

    \b
    Example:
      openline talk propose --at 2026-01-01T12:00Z --about incident --position watch --pseudonym fox
    Read on: docs/how-to/hold-a-talk.md.
    """
    from openline.coordination.conversation import Talk, TalkAct
    from openline.coordination.messages import Kind

    body = body_of(
        Talk,
        talk_id=str(uuid.uuid4()),
        act=TalkAct.PROPOSE,
        officer=officer_of(position, pseudonym, False),
        start_ms=moment_ms(at, "--at"),
        duration_ms=lasting * MINUTE_MS,
        agenda=[_point(it) for it in about or ()],
    )
    data = {**say_on(ctx, accord, Kind.TALK, body), "talk_id": body.talk_id}
    show(data, lambda: say(f"talk {short(body.talk_id)} is proposed to {data['partner']}"), as_json=as_json)


def confirm(
    ctx: typer.Context, talk: TalkId, position: Position, pseudonym: Pseudonym, as_json: Json = False
) -> None:
    """Confirm the time that the other side has proposed.

    \b
    Example:
      openline talk confirm 0c5f --position watch --pseudonym fox
    Read on: docs/how-to/hold-a-talk.md.
    """
    _act(ctx, talk, "confirm", position, pseudonym, as_json)


def move(
    ctx: typer.Context,
    talk: TalkId,
    at: At,
    position: Position,
    pseudonym: Pseudonym,
    about: Agenda = None,
    as_json: Json = False,
) -> None:
    """Move a talk to another time, which the other side then confirms.

    \b
    Example:
      openline talk move 0c5f --at 2026-01-01T14:00:00Z --position watch --pseudonym fox
    Read on: docs/how-to/hold-a-talk.md.
    """
    agenda = [_point(it) for it in about] if about else None
    _act(ctx, talk, "move", position, pseudonym, as_json, start_ms=moment_ms(at, "--at"), agenda=agenda)


def cancel(
    ctx: typer.Context, talk: TalkId, position: Position, pseudonym: Pseudonym, as_json: Json = False
) -> None:
    """Cancel a talk.

    \b
    Example:
      openline talk cancel 0c5f --position watch --pseudonym fox
    Read on: docs/how-to/hold-a-talk.md.
    """
    _act(ctx, talk, "cancel", position, pseudonym, as_json)


def minutes(
    ctx: typer.Context,
    talk: TalkId,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="One line each: TOPIC: TEXT (or - for standard input).")
    ],
    position: Position,
    pseudonym: Pseudonym,
    as_json: Json = False,
) -> None:
    """Write down what was agreed (MINUTES); the other side signs it, or writes its own version beside it.

    \b
    Example:
      openline talk minutes 0c5f agreed.txt --position watch --pseudonym fox
    Read on: docs/how-to/hold-a-talk.md.
    """
    lines = read_file(file, "FILE", MAX_MINUTES_BYTES).decode("utf-8", "replace").splitlines()
    items = [{**_point(line), "text": _point(line).get("text", "")} for line in lines if line.strip()]
    _minutes(ctx, talk, position, pseudonym, as_json, items=items)


def agree(
    ctx: typer.Context, talk: TalkId, position: Position, pseudonym: Pseudonym, as_json: Json = False
) -> None:
    """Sign the other side's minutes word for word: then they are signed by both.

    \b
    Example:
      openline talk agree 0c5f --position watch --pseudonym fox
    Read on: docs/how-to/hold-a-talk.md.
    """
    _minutes(ctx, talk, position, pseudonym, as_json, items=None)


def listed(ctx: typer.Context, as_json: Json = False) -> None:
    """List the talks of all lines, with their minutes.

    \b
    Example:
      openline talk list --json
    Read on: docs/how-to/hold-a-talk.md.
    """
    from openline.node.spoken import talk_rows

    with opened(ctx) as it, it.node.looking() as (_, desks, _own):
        rows = talk_rows(desks)
    cells = [
        [
            short(row["talk_id"]),
            row["partner"],
            row["state"],
            moment(row["start_ms"]),
            "; ".join(point["topic"] for point in row["agenda"]),
            row["minutes_state"],
            ", ".join(row["your_moves"]),
        ]
        for row in rows
    ]
    columns = ("talk", "with", "state", "begins", "about", "minutes", "you may")
    show(rows, lambda: table("Talks", columns, cells, "no talk is proposed"), as_json=as_json)


def export(ctx: typer.Context, talk: TalkId, out: OutFile, as_json: Json = False) -> None:
    """Write a talk as iCalendar (RFC 5545), for the calendars of those who take part.

    \b
    Example:
      openline talk export 0c5f --out talk.ics
    Read on: docs/how-to/hold-a-talk.md.
    """
    from openline.formats.calendar import calendar_of
    from openline.node.spoken import find_talk

    with opened(ctx) as it, it.node.looking() as (_, desks, _own):
        desk, view = find_talk(desks, talk)
        data = calendar_of(view, desk.line.accord.names, exercise=desk.line.exercise)
    write_file(out, data, "--out")
    shown = {"talk_id": view.talk_id, "out": str(out), "bytes": len(data)}
    show(shown, lambda: say(f"{out}: talk {short(view.talk_id)}, {view.state}"), as_json=as_json)


def text(
    ctx: typer.Context,
    words: Annotated[str, typer.Argument(metavar="TEXT", help="What is said; it is not translated.")],
    position: Position,
    pseudonym: Pseudonym,
    automaton: Automaton = False,
    accord: AccordOption = None,
    as_json: Json = False,
) -> None:
    """Say free text to the partner's people (TEXT), where the accord allows it.

    \b
    Example:
      openline text "The airfield opens at noon." --position watch --pseudonym fox
    Read on: docs/spec/line-protocol.md, TEXT.
    """
    from openline.coordination.conversation import FreeText
    from openline.coordination.messages import Kind

    body = body_of(FreeText, text=words, officer=officer_of(position, pseudonym, automaton))
    data = say_on(ctx, accord, Kind.TEXT, body)
    show(data, lambda: say(f"said to {data['partner']} ({short(data['message'])})"), as_json=as_json)


def _point(given: str) -> dict[str, str]:
    topic, _, words = given.partition(":")
    point = {"topic": topic.strip()}
    return {**point, "text": words.strip()} if words.strip() else point


def _act(
    ctx: typer.Context, talk: str, act: str, position: str, pseudonym: str, as_json: bool, **more: Any
) -> None:
    from openline.coordination.conversation import Talk
    from openline.coordination.messages import Kind
    from openline.node.spoken import find_talk

    with opened(ctx) as it, it.node.looking() as (_, desks, _own):
        desk, view = find_talk(desks, talk)
    body = body_of(
        Talk,
        talk_id=view.talk_id,
        act=act,
        officer=officer_of(position, pseudonym, False),
        follows=view.tip.hash if view.tip else None,
        **more,
    )
    data = {**say_on(ctx, desk.accord_id, Kind.TALK, body), "talk_id": view.talk_id}
    show(
        data, lambda: say(f"talk {short(view.talk_id)}: {act} is said to {data['partner']}"), as_json=as_json
    )


def _minutes(
    ctx: typer.Context,
    talk: str,
    position: str,
    pseudonym: str,
    as_json: bool,
    *,
    items: list[dict[str, str]] | None,
) -> None:
    """items: our own version; None to sign the other side's."""
    import msgspec

    from openline.coordination.conversation import Minutes
    from openline.coordination.messages import Kind
    from openline.node.spoken import find_talk

    with opened(ctx) as it, it.node.looking() as (_, desks, _own):
        desk, view = find_talk(desks, talk)
    theirs = view.minutes.get(desk.partner)
    if items is None and theirs is None:
        raise NotFound("no-minutes", f"{desk.partner} has written no minutes of it", field="TALK")
    if items is not None and not all(item["text"] for item in items):
        raise Invalid(
            "bad-minutes",
            "each line is a topic, a colon and a text",
            field="FILE",
            remedy="such as other: as before",
        )
    signed = msgspec.to_builtins(theirs.body)["items"] if items is None and theirs else items
    body = body_of(
        Minutes,
        talk_id=view.talk_id,
        items=signed,
        officer=officer_of(position, pseudonym, False),
        agrees=theirs.hash if items is None and theirs else None,
    )
    data = {**say_on(ctx, desk.accord_id, Kind.MINUTES, body), "talk_id": view.talk_id}
    what = "signed" if items is None else "written"
    show(data, lambda: say(f"minutes of {short(view.talk_id)} are {what}"), as_json=as_json)
