"""``openline line``: the line itself, and the people at both ends of it."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from openline.cli import carrying, paper, telephone
from openline.cli.given import AccordOption, Automaton, Json, Position, Pseudonym, group, moment_ms
from openline.cli.officer import officer_of
from openline.cli.opened import opened
from openline.cli.output import fields, moment, say, short, show, table
from openline.errors import Invalid


def register(app: typer.Typer) -> None:
    verbs = group("line", "The line itself, and the people at both ends of it.")
    for verb in (status, check, shown, scorecard):
        verbs.command()(verb)
    carrying.register(verbs)
    paper.register(verbs)
    telephone.register(verbs)
    app.add_typer(verbs)


def status(ctx: typer.Context, accord: AccordOption = None, as_json: Json = False) -> None:
    """Show how each line stands, and on what evidence: open, degraded, silent, suspended, ended differ.

    \b
    Example:
      openline line status --json
    Read on: docs/spec/line-protocol.md, sessions.
    """
    import msgspec

    from openline.node.views import desk_of

    with opened(ctx) as it:
        found = it.node.status(it.clock.now_ms())
        if accord:
            with it.node.looking() as (_, desks, _own):
                chosen = desk_of(desks, accord).accord_id
            found = [line for line in found if line.accord_id == chosen]
    rows = [msgspec.to_builtins(line) for line in found]

    def people() -> None:
        for row in rows:
            fields(_in_words(row))
        if not rows:
            say("this node has no line yet: openline accord sign installs one")

    show(rows, people, as_json=as_json)


def _in_words(row: dict[str, Any]) -> dict[str, object]:
    lanes = {
        f"{name} lane": f"said {lane['said']}, received {lane['received']}, "
        f"acknowledged {lane['acknowledged']} of ours"
        for name, lane in row["lanes"].items()
    }
    by = f" by {', '.join(row['suspended_by'])}" if row["suspended_by"] else ""
    difference = row["clock_difference_ms"]
    equal = {
        True: "equal when last compared",
        False: "DIFFERENT when last compared",
        None: "not compared yet",
    }
    return {
        "line": f"with {row['partner']}, accord {row['accord_id']} version {row['accord_version']}"
        f"{' (EXERCISE)' if row['exercise'] else ''}",
        "state": row["state"] + by + (f"; {row['scope']} rests" if row["scope"] else ""),
        "connection": row["link"] + (f"; fault: {row['fault']}" if row["fault"] else ""),
        "evidence": "; ".join(row["evidence"]),
        "last heard": moment(row["last_heard_ms"]) or "never",
        "round trip": "not known" if row["round_trip_ms"] is None else f"{row['round_trip_ms']} ms",
        "their clock": "not known" if difference is None else f"{difference / 1000:+.3f} s against ours",
        **lanes,
        "pictures": equal[row["pictures_equal"]],
        "notices": ", ".join(f"{name} {count}" for name, count in row["notices"].items()),
        "passed on": ", ".join(f"{name} {count}" for name, count in row["passed_on"].items() if count)
        or "nothing",
        "conflicts": ", ".join(f"{name} {count}" for name, count in row["conflicts"].items()),
        "digest": row["digest"],
        "lane heads": row["root"],
    }


def check(
    ctx: typer.Context,
    position: Position,
    pseudonym: Pseudonym,
    automaton: Automaton = False,
    accord: AccordOption = None,
    as_json: Json = False,
) -> None:
    """Try the line, from person to person; or answer their check, if one waits for an answer.

    It waits for nothing: the answer shows in `openline journal show`, and a missing one raises an alarm.

    \b
    Example:
      openline line check --position supervisor --pseudonym fox
    Read on: docs/spec/line-protocol.md, CHECK.
    """
    from openline.node.views import desk_of

    officer = officer_of(position, pseudonym, automaton)
    with opened(ctx) as it:
        with it.node.looking() as (_, desks, _own):
            desk = desk_of(desks, accord)
            accord_id, partner = desk.accord_id, desk.partner
        fact = it.node.check(accord_id, officer, it.clock.now_ms())
    data = {"accord_id": accord_id, "kind": fact.kind.value, "message": fact.hash}
    what = "their check is answered" if fact.kind.value == "CHECKED" else "a check is said"
    show(data, lambda: say(f"{what} to {partner} ({short(fact.hash)})"), as_json=as_json)


def shown(
    ctx: typer.Context,
    messages: Annotated[
        list[str], typer.Argument(metavar="MESSAGE...", help="Hashes, or the starts of them.")
    ],
    position: Position,
    pseudonym: Pseudonym,
    automaton: Automaton = False,
    accord: AccordOption = None,
    as_json: Json = False,
) -> None:
    """Say that messages of the partner were put before a person at this duty position (SHOWN).

    \b
    Example:
      openline line shown 5e1c9a --position planner --pseudonym fox
    Read on: docs/spec/line-protocol.md, SHOWN.
    """
    from openline.coordination.messages import Kind, Shown
    from openline.node.evidence import find_entry
    from openline.node.views import desk_of

    officer = officer_of(position, pseudonym, automaton)
    with opened(ctx) as it:
        with it.node.looking() as (tx, desks, _own):
            desk = desk_of(desks, accord)
            accord_id, partner = desk.accord_id, desk.partner
            entries = [find_entry(tx, {accord_id: desk}, name, theirs=True)[1] for name in messages]
        for entry in entries:
            if entry.sender != partner:
                text = f"{short(entry.hash)} is a message of ours"
                raise Invalid("not-theirs", text, field="MESSAGE", remedy=f"name messages of {partner}")
        hashes = tuple(dict.fromkeys(entry.hash for entry in entries))
        fact = it.node.say(accord_id, Kind.SHOWN, Shown(messages=hashes, officer=officer), it.clock.now_ms())
    data = {"accord_id": accord_id, "kind": fact.kind.value, "message": fact.hash, "shown": list(hashes)}
    show(data, lambda: say(f"{partner} is told that {len(hashes)} message(s) were shown"), as_json=as_json)


def scorecard(
    ctx: typer.Context,
    since: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="7 days before --until.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME", help="The last full hour.")] = None,
    accord: AccordOption = None,
    as_json: Json = False,
) -> None:
    """Show how the line was kept: both sides read the same card for the same span of time.

    \b
    Example:
      openline line scorecard --from 2026-01-01T00:00Z --until 2026-01-08T00:00Z
    Read on: docs/explanation/scorecard.md.
    """
    import msgspec

    from openline.airspace.limits import DAY_MS, HOUR_MS
    from openline.node.spoken import scorecard_of
    from openline.node.views import desk_of

    with opened(ctx) as it:
        until_ms = moment_ms(until, "--until") if until else it.clock.now_ms() // HOUR_MS * HOUR_MS
        from_ms = moment_ms(since, "--from") if since else until_ms - 7 * DAY_MS
        with it.node.looking() as (tx, desks, _own):
            card = scorecard_of(tx, desk_of(desks, accord), from_ms, until_ms)
    data = msgspec.to_builtins(card)
    show(data, lambda: _print_card(data), as_json=as_json)


def _print_card(card: dict[str, Any]) -> None:
    names = list(card["sides"])
    rows = [[what, *(of(card["sides"][name]) for name in names)] for what, of in _CARD]
    title = f"{moment(card['from_ms'])} to {moment(card['until_ms'])}"
    table(title, ("", *names), rows, "nothing was said")
    say(f"line checks kept: {card['checks_kept']} of {card['checks_due']}")
    say(f"read this to the other side, who must read the same: {card['digest'][:16]}")


def _times(of: dict[str, Any]) -> str:
    if not of["count"]:
        return "none"
    middle, ninth, longest = (f"{of[name] / 1000:.1f}" for name in ("median_ms", "ninth_ms", "longest_ms"))
    return f"{middle} / {ninth} / {longest} s of {of['count']}, {of['late']} late"


def _notice(of: dict[str, Any]) -> str:
    if not of["told"]:
        return "none"
    least, middle = (f"{of[name] / 60_000:.0f}" for name in ("least_ms", "median_ms"))
    return f"{least} least, {middle} min of {of['told']}, {of['short']} short"


_CARD: tuple[tuple[str, Callable[[dict[str, Any]], str]], ...] = (
    ("notice given: least, median", lambda side: _notice(side["notices"])),
    ("to store: median / 9 of 10 / longest", lambda side: _times(side["stored"])),
    ("to show a person", lambda side: _times(side["shown"])),
    ("to answer", lambda side: _times(side["answered"])),
    (
        "crossings asked",
        lambda side: (
            f"{side['asked']}: granted {side['granted']}, refused {side['refused']}, "
            f"withdrawn {side['withdrawn']}"
        ),
    ),
    ("gave way", lambda side: str(side["gave_way"])),
)
