"""``openline line export`` and ``import``: the line where no network runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openline.cli.given import AccordOption, Json
from openline.cli.opened import opened
from openline.cli.output import note, progress, say, show
from openline.errors import NotFound

if TYPE_CHECKING:
    from openline.link.carry_in import FileTaken, Imported
    from openline.link.carry_out import Exported
    from openline.node.results import Problem


def register(verbs: typer.Typer) -> None:
    verbs.command()(export)
    verbs.command("import")(import_)


def export(
    ctx: typer.Context,
    target: Annotated[
        Path, typer.Argument(metavar="DIR|FILE", help="A folder (made if need be), or a file ending in .olb.")
    ],
    accord: AccordOption = None,
    as_json: Json = False,
) -> None:
    """Write what the partner has not acknowledged onto a stick: the same sealed messages as over the network.

    Urgent ones come first, with our heads and acknowledgements. A folder takes any number of exports: no file
    is ever written over. A node that was restored and has not recovered writes its heads only.

    \b Example: openline line export /media/stick Read on: docs/how-to/carry-by-hand.md.
    """
    import msgspec

    from openline.link.carry_out import carry_out
    from openline.link.folder import ENDING
    from openline.node.carrying import waiting
    from openline.node.views import desk_of

    one_file = not target.is_dir() and target.name.lower().endswith(ENDING)
    with opened(ctx) as it:
        with it.node.looking() as (_tx, desks, _own):
            accord_id = desk_of(desks, accord).accord_id
        total = waiting(it.node, accord_id)
        with progress("messages", total, quiet=as_json) as advance:
            done = carry_out(
                it.node, accord_id, target, it.clock.now_ms(), one_file=one_file, progress=advance
            )
    show(msgspec.to_builtins(done), lambda: _say_exported(done), as_json=as_json)


def _say_exported(done: "Exported") -> None:
    say(f"{done.messages:,} message(s) for {done.partner} in {len(done.files)} file(s): {done.target}")
    for it in done.files:
        say(f"  {it.name}")
    if done.silent:
        say(f"heads only: {done.silent}")
    if done.left:
        say(f"{done.left:,} more wait for the next export")


def import_(
    ctx: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="DIR|FILE", help="What the partner has written.")],
    answer: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the answer goes; without it, beside the files.")
    ] = None,
    accord: AccordOption = None,
    as_json: Json = False,
) -> None:
    """Take what the partner has written onto a stick, and write the answer for the way back.

    Files are taken in any order and any number of times; a file is taken whole, or after a crash not at all.
    Of a damaged one the good part is taken. The answer acknowledges, and asks again for what is missing. It
    ends with 0 if all was in order, else with the code of the first thing that was not.

    \b Example: openline line import /media/stick Read on: docs/how-to/carry-by-hand.md.
    """
    import msgspec

    from openline.cli.exits import exit_of_word
    from openline.link.carry_in import carry_in
    from openline.link.folder import batches_in
    from openline.node.views import desk_of

    with opened(ctx) as it:
        with it.node.looking() as (_tx, desks, _own):
            only = desk_of(desks, accord).accord_id if accord else None
            if not desks:
                raise NotFound("no-such-line", "this node has no line yet", field="accord")
        with progress("files", len(batches_in(source)), quiet=as_json) as advance:
            lines, others = carry_in(
                it.node, source, it.clock.now_ms(), accord_id=only, answer=answer, progress=advance
            )
    data = {"lines": msgspec.to_builtins(lines), "others": msgspec.to_builtins(others)}
    show(data, lambda: _say_imported(lines, others), as_json=as_json)
    wrong = _problems(lines, others)
    if wrong:
        raise typer.Exit(exit_of_word(wrong[0].error))


def _say_imported(lines: "list[Imported]", others: "list[FileTaken]") -> None:
    for line in lines:
        say(f"from {line.partner}: {line.new:,} new message(s), {line.known:,} known")
        if line.given_back:
            say(f"  {line.given_back:,} of our own words were given back")
        for it in line.files:
            _say_file(it)
        for gap in line.missing:
            say(f"  MISSING: {gap.lane} {gap.first} to {gap.last}; the answer asks for them")
        if line.answer:
            say(f"  answer: {line.answer.messages:,} message(s) in {line.answer.target}; carry it back")
        if line.answer_problem:
            note(f"  NO ANSWER WRITTEN: {line.answer_problem.text}; openline line export writes it elsewhere")
    for it in others:
        _say_file(it)


def _say_file(it: "FileTaken") -> None:
    waits = f", {it.early:,} too early" if it.early else ""
    waits += f", {it.waiting:,} not taken before this node has recovered" if it.waiting else ""
    say(f"  {it.name}: {it.state}, {it.new:,} new, {it.known:,} known{waits}")
    for problem in it.problems:
        say(f"    {problem.error}: {problem.text} ({problem.code})")


def _problems(lines: "list[Imported]", others: "list[FileTaken]") -> "list[Problem]":
    files = [it for line in lines for it in line.files] + others
    found = [problem for it in files for problem in it.problems]
    return found + [line.answer_problem for line in lines if line.answer_problem]
