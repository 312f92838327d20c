"""``openline call``: emergencies, assistance, alerts, and whose aircraft this is."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from openline.cli.given import (
    AccordOption,
    Automaton,
    Json,
    Position,
    Pseudonym,
    group,
    moment_ms,
    whole_units,
)
from openline.cli.officer import body_of, officer_of, say_on
from openline.cli.opened import opened
from openline.cli.output import fields, moment, say, short, show
from openline.errors import Invalid
from openline.units import DMM_PER_FOOT, DMM_PER_NAUTICAL_MILE, E9_PER_DEGREE

if TYPE_CHECKING:
    from openline.coordination.fields import Aircraft, Where
    from openline.coordination.messages import Kind

At = Annotated[str | None, typer.Option("--at", metavar="LAT,LON", help="The place, in decimal degrees.")]
Radius = Annotated[float, typer.Option("--radius-nm", help="How far around it.")]
Lower = Annotated[float | None, typer.Option("--lower-ft", help="From this height (the accord's datum).")]
Upper = Annotated[float | None, typer.Option("--upper-ft", help="Up to this height.")]
From = Annotated[str | None, typer.Option("--from", metavar="TIME", help="From when, RFC 3339.")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Until when, RFC 3339.")]
Callsign = Annotated[str | None, typer.Option(help="The aircraft's callsign.")]
Squawk = Annotated[str | None, typer.Option(help="Its transponder code, 4 octal digits.")]
Course = Annotated[int | None, typer.Option("--course", help="Its true course in degrees.")]
Speed = Annotated[int | None, typer.Option("--speed-kt", help="Its ground speed in knots.")]
Words = Annotated[str | None, typer.Option("--text", help="Free text; it is not translated.")]
Notices = Annotated[
    list[str] | None, typer.Option("--notice", help="A notice that it is about; may be repeated.")
]
Message = Annotated[str, typer.Argument(metavar="MESSAGE", help="The call's hash, or the start of it.")]


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
        where=_where(at, radius_nm, lower_ft, upper_ft, since, until),
        aircraft=_aircraft(callsign, squawk),
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
        where=_where(at, radius_nm, None, None, since, until),
        aircraft=_aircraft(callsign, None),
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
        where=_where(at, radius_nm, lower_ft, upper_ft, since, until),
        aircraft=_aircraft(callsign, None),
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
        where=_where(at, 0.0, lower_ft, upper_ft, None, None),
        seen_ms=moment_ms(seen, "--seen") if seen else now_ms,
        officer=officer_of(position, pseudonym, automaton),
        aircraft=_aircraft(callsign, squawk, course, speed_kt),
    )
    _say(ctx, accord, Kind.IDENTIFY, body, as_json)


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
    values = [_value(it) for it in value]
    _answer(ctx, message, Kind.READBACK, Readback, as_json, officer=officer, values=values)


def listed(
    ctx: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    as_json: Json = False,
) -> None:
    """List the calls that stand, the gravest first, and what may be said of each.

    \b
    Example:
      openline call list --json
    Read on: docs/how-to/handle-an-emergency.md.
    """
    from openline.node.spoken import call_rows

    with opened(ctx) as it, it.node.looking() as (_, desks, _own):
        rows = call_rows(desks, standing_only=not every)

    def people() -> None:
        for row in rows:
            fields(_in_words(row))
        if not rows:
            say("no call stands")

    show(rows, people, as_json=as_json)


def _in_words(row: dict[str, Any]) -> dict[str, object]:
    said = row["said"]
    what = [f"{name} {said[name]}" for name in ("nature", "wanted", "need") if name in said]
    compared = row["readback"]
    return {
        "call": f"{row['kind']} of {row['caller']} at {moment(row['at_ms'])} ({short(row['message'])})",
        "about": ", ".join(what) or "an aircraft",
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
    _say(ctx, accord_id, kind, body_of(shape, answers=cited, **rest), as_json)


def _where(
    at: str | None,
    radius_nm: float,
    lower_ft: float | None,
    upper_ft: float | None,
    since: str | None,
    until: str | None,
) -> "Where | None":
    from openline.coordination.fields import Where

    if at is None:
        return None
    latitude_e9, longitude_e9 = _place(at, "--at")
    heights = {"lower_dmm": (lower_ft, "--lower-ft"), "upper_dmm": (upper_ft, "--upper-ft")}
    times = {"from_ms": (since, "--from"), "until_ms": (until, "--until")}
    where: Where = body_of(
        Where,
        latitude_e9=latitude_e9,
        longitude_e9=longitude_e9,
        radius_dmm=whole_units(radius_nm, DMM_PER_NAUTICAL_MILE, "--radius-nm"),
        **{
            it: None if feet is None else whole_units(feet, DMM_PER_FOOT, named)
            for it, (feet, named) in heights.items()
        },
        **{it: moment_ms(text, named) if text else None for it, (text, named) in times.items()},
    )
    return where


def _aircraft(
    callsign: str | None, squawk: str | None, course: int | None = None, speed_kt: int | None = None
) -> "Aircraft | None":
    from openline.coordination.fields import Aircraft

    given = {"callsign": callsign, "squawk": squawk, "course_deg": course, "ground_speed_kt": speed_kt}
    is_known = any(value is not None for value in given.values())
    return body_of(Aircraft, **given) if is_known else None


def _place(text: str, field: str) -> tuple[int, int]:
    """Latitude and longitude. Raises Invalid ``bad-place``."""
    try:
        latitude, longitude = (float(part) for part in text.split(","))
        if abs(latitude) > 90 or abs(longitude) > 180:
            raise ValueError
    except ValueError:
        raise Invalid(
            "bad-place",
            f"{text!r} is no place",
            field=field,
            remedy="such as 35.3,40.1 (latitude, longitude)",
        ) from None
    return round(latitude * E9_PER_DEGREE), round(longitude * E9_PER_DEGREE)


def _value(text: str) -> dict[str, Any]:
    """One value that was understood. Raises Invalid."""
    name, equals, what = text.partition("=")
    if not equals:
        raise Invalid(
            "bad-value", f"{text!r} is no value", field="--value", remedy="NAME=WHAT, as call list names them"
        )
    if what.endswith("ft"):
        try:
            feet = float(what.removesuffix("ft"))
        except ValueError:
            raise Invalid(
                "bad-value", f"{what!r} is no height", field="--value", remedy="such as 5000ft"
            ) from None
        return {"name": name, "height_dmm": whole_units(feet, DMM_PER_FOOT, "--value")}
    if "," in what:
        latitude_e9, longitude_e9 = _place(what, "--value")
        return {"name": name, "latitude_e9": latitude_e9, "longitude_e9": longitude_e9}
    return {"name": name, "time_ms": moment_ms(what, "--value")}
