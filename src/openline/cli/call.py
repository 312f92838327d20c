"""``openline call``: emergencies, assistance, alerts, and whose aircraft this is."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from openline.cli.call_answers import (
    Callsign,
    From,
    Words,
    assist,
    close,
    identified,
    readback,
    take,
)
from openline.cli.given import (
    AccordOption,
    Automaton,
    Json,
    Position,
    Pseudonym,
    group,
    moment_ms,
)
from openline.cli.officer import body_of, officer_of, say_on
from openline.cli.opened import opened
from openline.cli.output import fields, moment, say, short, show
from openline.cli.phrased import phrase_for, print_phrase, reader_for
from openline.cli.places import aircraft_of, where_of

if TYPE_CHECKING:
    from openline.coordination.messages import Kind

At = Annotated[str | None, typer.Option("--at", metavar="LAT,LON", help="The place, in decimal degrees.")]
Radius = Annotated[float, typer.Option("--radius-nm", help="How far around it.")]
Lower = Annotated[float | None, typer.Option("--lower-ft", help="From this height (the accord's datum).")]
Upper = Annotated[float | None, typer.Option("--upper-ft", help="Up to this height.")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Until when, RFC 3339.")]
Squawk = Annotated[str | None, typer.Option(help="Its transponder code, 4 octal digits.")]
Course = Annotated[int | None, typer.Option("--course", help="Its true course in degrees.")]
Speed = Annotated[int | None, typer.Option("--speed-kt", help="Its ground speed in knots.")]
Notices = Annotated[
    list[str] | None, typer.Option("--notice", help="A notice that it is about; may be repeated.")
]


def register(app: typer.Typer) -> None:
    verbs = group("call", "What cannot wait: emergencies, assistance, alerts, whose aircraft this is.")
    for verb in (emergency, assistance, alert, identify, take, assist, identified, readback, close):
        verbs.command()(verb)
    verbs.command("list")(listed)
    app.add_typer(verbs)


def emergency(
    ctx: typer.Context,
    nature: Annotated[str, typer.Argument(help="distress, urgency, endangered, collision-risk, ...")],
    wanted: Annotated[str, typer.Argument(help="stop, keep-clear, call-crew, call-us or take-note.")],
    position: Position,
    pseudonym: Pseudonym,
    automaton: Automaton = False,
    at: At = None,
    radius_nm: Radius = 0.0,
    lower_ft: Lower = None,
    upper_ft: Upper = None,
    since: From = None,
    until: Until = None,
    callsign: Callsign = None,
    squawk: Squawk = None,
    notice: Notices = None,
    text: Words = None,
    accord: AccordOption = None,
    as_json: Json = False,
) -> None:
    """Say an EMERGENCY: it overtakes everything, and stands until both sides have closed it.

    \b
    Example:
      openline call emergency endangered stop --at 35.3,40.1 --radius-nm 2 --position watch --pseudonym fox
    Read on: docs/how-to/handle-an-emergency.md.
    """
    from openline.coordination.calls import Emergency
    from openline.coordination.messages import Kind

    body = body_of(
        Emergency,
        nature=nature,
        wanted=wanted,
        officer=officer_of(position, pseudonym, automaton),
        where=where_of(at, radius_nm, lower_ft, upper_ft, since, until),
        aircraft=aircraft_of(callsign, squawk),
        notices=tuple(notice or ()),
        text=text,
    )
    _say(ctx, accord, Kind.EMERGENCY, body, as_json)


def assistance(
    ctx: typer.Context,
    need: Annotated[
        str, typer.Argument(help="search, rescue, medical, recovery, relay, safe-passage, other.")
    ],
    position: Position,
    pseudonym: Pseudonym,
    automaton: Automaton = False,
    offered: Annotated[bool, typer.Option("--offered", help="We offer it; else we ask for it.")] = False,
    persons: Annotated[int | None, typer.Option(help="How many people need it.")] = None,
    at: At = None,
    radius_nm: Radius = 0.0,
    since: From = None,
    until: Until = None,
    callsign: Callsign = None,
    text: Words = None,
    accord: AccordOption = None,
    as_json: Json = False,
) -> None:
    """Ask for help in search and rescue, or offer it (ASSISTANCE).

    \b
    Example:
      openline call assistance search --at 35.3,40.1 --persons 2 --position watch --pseudonym fox
    Read on: docs/how-to/handle-an-emergency.md.
    """
    from openline.coordination.calls import Assistance
    from openline.coordination.messages import Kind

    body = body_of(
        Assistance,
        need=need,
        officer=officer_of(position, pseudonym, automaton),
        offered=offered,
        where=where_of(at, radius_nm, None, None, since, until),
        aircraft=aircraft_of(callsign, None),
        persons=persons,
        text=text,
    )
    _say(ctx, accord, Kind.ASSISTANCE, body, as_json)


def alert(
    ctx: typer.Context,
    nature: Annotated[str, typer.Argument(help="leaving-plan, traffic, airspace-closed, hazard, ...")],
    position: Position,
    pseudonym: Pseudonym,
    automaton: Automaton = False,
    at: At = None,
    radius_nm: Radius = 0.0,
    lower_ft: Lower = None,
    upper_ft: Upper = None,
    since: From = None,
    until: Until = None,
    callsign: Callsign = None,
    notice: Notices = None,
    text: Words = None,
    accord: AccordOption = None,
    as_json: Json = False,
) -> None:
    """Tell the other side something that it has to know at once (ALERT).

    \b
    Example:
      openline call alert leaving-plan --callsign LYNX3 --position watch --pseudonym fox
    Read on: docs/how-to/handle-an-emergency.md.
    """
    from openline.coordination.calls import Alert
    from openline.coordination.messages import Kind

    body = body_of(
        Alert,
        nature=nature,
        officer=officer_of(position, pseudonym, automaton),
        where=where_of(at, radius_nm, lower_ft, upper_ft, since, until),
        aircraft=aircraft_of(callsign, None),
        notices=tuple(notice or ()),
        text=text,
    )
    _say(ctx, accord, Kind.ALERT, body, as_json)


def identify(
    ctx: typer.Context,
    at: Annotated[str, typer.Option("--at", metavar="LAT,LON", help="Where it was seen.")],
    position: Position,
    pseudonym: Pseudonym,
    automaton: Automaton = False,
    seen: Annotated[str | None, typer.Option(metavar="TIME", help="When; now, if left out.")] = None,
    lower_ft: Lower = None,
    upper_ft: Upper = None,
    callsign: Callsign = None,
    squawk: Squawk = None,
    course: Course = None,
    speed_kt: Speed = None,
    accord: AccordOption = None,
    as_json: Json = False,
) -> None:
    """Ask whose aircraft this is (IDENTIFY). To say nothing is an answer too; silence is none.

    \b
    Example:
      openline call identify --at 35.3,40.1 --course 270 --speed-kt 420 --position watch --pseudonym fox
    Read on: docs/how-to/handle-an-emergency.md.
    """
    from openline.coordination.calls import Identify
    from openline.coordination.messages import Kind

    with opened(ctx) as it:
        now_ms = it.clock.now_ms()
    body = body_of(
        Identify,
        where=where_of(at, 0.0, lower_ft, upper_ft, None, None),
        seen_ms=moment_ms(seen, "--seen") if seen else now_ms,
        officer=officer_of(position, pseudonym, automaton),
        aircraft=aircraft_of(callsign, squawk, course, speed_kt),
    )
    _say(ctx, accord, Kind.IDENTIFY, body, as_json)


def listed(
    ctx: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    as_json: Json = False,
) -> None:
    """List the calls that stand, the gravest first, and what may be said of each.

    What a call says is shown as `openline messages` shows it, in your own language and units.

    \b
    Example:
      openline call list --json
    Read on: docs/how-to/handle-an-emergency.md.
    """
    from openline.node.evidence import find_entry
    from openline.node.reading import read
    from openline.node.spoken import call_rows

    with opened(ctx) as it, it.node.looking() as (tx, desks, _own):
        rows = call_rows(desks, standing_only=not every)
        reader = reader_for(it)
        found = [] if as_json else [read(tx, *find_entry(tx, desks, row["message"])) for row in rows]
        phrases = [phrase_for(message, reader) for message in found]

    def people() -> None:
        for row, phrase in zip(rows, phrases, strict=True):
            say(f"{row['kind']} of {row['caller']} at {moment(row['at_ms'])} ({short(row['message'])})")
            print_phrase(phrase)
            fields(_how_it_stands(row))
            print()
        if not rows:
            say("no call stands")

    show(rows, people, as_json=as_json)


def _how_it_stands(row: dict[str, Any]) -> dict[str, object]:
    compared = row["readback"]
    return {
        "state": row["state"] + (f", closed by {', '.join(row['closed_by'])}" if row["closed_by"] else ""),
        "shown at": ", ".join(row["shown_at"]) or "no position yet",
        "escalated to": ", ".join(row["escalated"]) or "nobody",
        "read back": compared["verdict"] if compared else "no",
        "you may say": ", ".join(row["your_moves"]) or "nothing more",
    }


def _say(ctx: typer.Context, accord: str | None, kind: "Kind", body: Any, as_json: bool) -> None:
    data = say_on(ctx, accord, kind, body)
    show(
        data, lambda: say(f"{kind} is said to {data['partner']} ({short(data['message'])})"), as_json=as_json
    )
