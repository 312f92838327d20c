"""``openline line enter``, ``telephoned``, ``set-aside``: what is read to us over the telephone."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openline.cli.given import Automaton, Json, Position, Pseudonym, read_file
from openline.cli.opened import opened
from openline.cli.output import fields, moment, note, say, show, table
from openline.errors import Invalid

if TYPE_CHECKING:
    from openline.aloud.heard import Call, Typed
    from openline.aloud.lines import Line, Spoken
    from openline.coordination.messages import Kind

MAX_TYPED_BYTES = 64 * 1024
"""Of a file with a call that was taken down."""

WHOLE = "whole"


def register(verbs: typer.Typer) -> None:
    for verb in (enter, telephoned):
        verbs.command()(verb)
    verbs.command("set-aside")(set_aside)


def enter(
    ctx: typer.Context,
    position: Position,
    pseudonym: Pseudonym,
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The call, a line each: label | value | check.")
    ] = None,
    line: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="One line of it: 'label | value | check'.")
    ] = None,
    automaton: Automaton = False,
    as_json: Json = False,
) -> None:
    """Type what is read to you over the telephone; a slip is named at once, line by line, then for the whole.

    Without --file and --line it asks. The last line is `whole | check`; without it the call broke off. What
    was typed raises an alarm, is marked unverified, and is compared when the sealed original comes.

    \b Example: openline line enter --position supervisor --pseudonym fox --file call.txt Read on:
    docs/how-to/carry-by-hand.md.
    """
    from openline.aloud.heard import verified
    from openline.cli.officer import officer_of
    from openline.node.telephoned import enter as enter_call
    from openline.node.telephoned import telephoned_rows

    who = officer_of(position, pseudonym, automaton)
    with opened(ctx) as it:
        if file is None and not line:
            call = _asked()
        else:
            text = read_file(file, "--file", MAX_TYPED_BYTES).decode("utf-8", "replace") if file else ""
            call = verified(*_split([*text.splitlines(), *(line or [])]))
        with it.node.step(it.clock.now_ms()) as step:
            number = enter_call(step, call, who).number
        with it.node.looking() as (tx, desks, _own):
            row = next(row for row in telephoned_rows(tx, desks) if row["number"] == number)
    show(row, lambda: _say_call(row), as_json=as_json)


def _split(lines: list[str]) -> "tuple[list[Typed], str | None]":
    """Label before the first bar, check after the last; a value may hold bars itself. Raises Invalid
    ``bad-line``.
    """
    from openline.aloud.heard import Typed

    typed: list[Typed] = []
    whole = None
    for text in lines:
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        label, bar, rest = text.partition("|")
        if bar and label.strip().lower() == WHOLE:
            whole = rest.strip(" |")
            continue
        value, second, check = rest.rpartition("|")
        if not second:
            raise Invalid(
                "bad-line", f"{text[:60]!r} is not label | value | check", field=f"line {len(typed) + 1}"
            )
        typed.append(Typed(label, value, check))
    return typed, whole


def _asked() -> "Call":
    """Line by line from whoever sits here; what does not hold is asked again."""
    from openline.aloud.heard import Call, kind_of
    from openline.aloud.lines import HEADING, Spoken

    lines = Spoken(())
    note("Type each line as it is read: label, value, check. An empty label: that was the last line.")
    while True:
        number = len(lines.lines) + 1
        heading = HEADING[number - 1] if number <= len(HEADING) else None
        label = heading or _prompt(f"line {number}, label")
        if not label:
            break
        try:
            kind = kind_of(lines) if heading is None else None
            lines = Spoken((*lines.lines, _asked_line(number, label, kind)))
        except Invalid as fault:
            note(f"  {fault.text}; {fault.remedy or 'again, please'}")
    return Call(lines, _asked_whole(lines))


def _asked_line(number: int, label: str, kind: "Kind | None") -> "Line":
    from openline.aloud.heard import Typed, verified_line

    value = _prompt(f"line {number}, {label}")
    return verified_line(number, Typed(label, value, _prompt(f"line {number}, check")), kind)


def _asked_whole(lines: "Spoken") -> bool:
    from openline.aloud.heard import is_whole

    while True:
        heard = _prompt("check of the whole (empty: the call broke off)")
        if not heard:
            return False
        if is_whole(lines, heard):
            return True
        note("  it does not hold: a line was left out, doubled or misheard. Have them read all of it again")


def _prompt(text: str) -> str:
    return str(typer.prompt(text, default="", show_default=False, err=True)).strip()


# The list


def telephoned(ctx: typer.Context, as_json: Json = False) -> None:
    """List what was read over the telephone, the newest first, beside the sealed original where it has come.

    \b
    Example:
      openline line telephoned --json
    Read on: docs/how-to/carry-by-hand.md.
    """
    from openline.node.telephoned import telephoned_rows

    with opened(ctx) as it, it.node.looking() as (tx, desks, _own):
        rows = telephoned_rows(tx, desks)

    def people() -> None:
        for row in rows:
            _say_call(row)
        if not rows:
            say("nothing was read over the telephone")

    show(rows, people, as_json=as_json)


def _say_call(row: dict[str, Any]) -> None:
    whole = "" if row["whole"] else " (the call broke off)"
    fields(
        {
            "call": f"{row['number']}: {row['kind']}, {row['lane']} {row['place']} of {row['sender']}{whole}",
            "state": row["state"].upper(),
            "typed": f"{moment(row['entered_ms'])} by {row['pseudonym']} at {row['position']}",
            "it says": "; ".join(row["words"]) or "nothing beside its kind",
        }
    )
    differing = [it for it in row["fields"] if it["differs"]]
    if differing:
        cells = [[it["label"], it["telephoned"] or "", it["original"] or ""] for it in differing]
        table("Not as the original", ("field", "telephoned", "original"), cells, "")


def set_aside(
    ctx: typer.Context,
    call: Annotated[int, typer.Argument(metavar="CALL", help="Its number, as `telephoned` shows it.")],
    position: Position,
    pseudonym: Pseudonym,
    automaton: Automaton = False,
    as_json: Json = False,
) -> None:
    """Say that you have seen to a call: a difference is settled, or a call was none. Its alarm ends.

    \b
    Example:
      openline line set-aside 2 --position supervisor --pseudonym fox
    Read on: docs/how-to/carry-by-hand.md.
    """
    from openline.cli.officer import officer_of
    from openline.node.telephoned import set_aside as set_call_aside

    who = officer_of(position, pseudonym, automaton)
    with opened(ctx) as it, it.node.step(it.clock.now_ms()) as step:
        row = set_call_aside(step, call, who)
    show(
        {"number": row.number, "state": row.state},
        lambda: say(f"call {row.number} is set aside"),
        as_json=as_json,
    )
