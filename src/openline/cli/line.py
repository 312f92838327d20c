"""``openline line``: the line itself, and the people at both ends of it."""

from typing import Annotated, Any

import typer

from openline.cli.given import AccordOption, Automaton, Json, Position, Pseudonym, group
from openline.cli.officer import officer_of
from openline.cli.opened import opened
from openline.cli.output import fields, moment, say, short, show
from openline.errors import Invalid


def register(app: typer.Typer) -> None:
    verbs = group("line", "The line itself, and the people at both ends of it.")
    for verb in (status, check, shown):
        verbs.command()(verb)
    app.add_typer(verbs)


def status(ctx: typer.Context, accord: AccordOption = None, as_json: Json = False) -> None:
    """Show how each line stands: open, silent, suspended, recovering, ended are different words.

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
        "state": row["state"] + by,
        "last heard": moment(row["last_heard_ms"]) or "never",
        "their clock": "not known" if difference is None else f"{difference / 1000:+.3f} s against ours",
        **lanes,
        "pictures": equal[row["pictures_equal"]],
        "notices": ", ".join(f"{name} {count}" for name, count in row["notices"].items()),
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
