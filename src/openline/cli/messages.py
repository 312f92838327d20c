"""``openline messages``: what was said, in the reader's own language and units."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from openline.cli.given import AccordOption, Json, group
from openline.cli.opened import opened
from openline.cli.output import moment, print_json, say, short
from openline.cli.phrased import phrase_for, print_phrase, reader_for

if TYPE_CHECKING:
    from openline.node.reading import Read
    from openline.phrases.phrase import Phrase

LanguageOption = Annotated[
    str | None,
    typer.Option(metavar="TAG", help="en, ru, ar, fr, es or zh; the node's setting, if not given."),
]
UnitsOption = Annotated[
    Literal["level", "feet", "metres"] | None,
    typer.Option(help="All units, by that of heights; the node's setting, or by language, if not given."),
]
CoordinatesOption = Annotated[
    Literal["dms", "dm", "decimal"] | None,
    typer.Option(help="The form of coordinates; the node's setting, if not given."),
]


def register(app: typer.Typer) -> None:
    verbs = group("messages", "What was said, in your own language and units.")
    verbs.command("list")(list_messages)
    verbs.command("show")(show_message)
    app.add_typer(verbs)


def list_messages(
    ctx: typer.Context,
    language: LanguageOption = None,
    units: UnitsOption = None,
    coordinates: CoordinatesOption = None,
    accord: AccordOption = None,
    lane: Annotated[
        Literal["urgent", "routine"] | None, typer.Option(help="Only this lane; both, if not given.")
    ] = None,
    last: Annotated[int, typer.Option(min=1, max=1_000, help="How many, at most: the newest.")] = 20,
    as_json: Json = False,
) -> None:
    """Show the last messages of both directions as sentences, the newest last.

    A message is signed once, as codes and numbers; each side reads it in its own language. What a person
    wrote is marked as not translated.

    \b
    Examples:
      openline messages list --language ru --lane urgent
      openline messages list --units metres --last 5 --json
    Read on: docs/explanation/one-meaning-many-languages.md.
    """
    from openline.journal.entry import Lane
    from openline.node.reading import last_messages
    from openline.node.views import desk_of

    with opened(ctx) as it:
        reader = reader_for(it, language, units, coordinates)
        with it.node.looking() as (tx, desks, _own):
            chosen = [desk_of(desks, accord)] if accord else list(desks.values())
            found = last_messages(tx, chosen, last, Lane(lane) if lane else None)
            phrases = [(message, phrase_for(message, reader)) for message in found]
    if as_json:
        print_json([_row(*pair) for pair in phrases])
        return
    for message, phrase in phrases:
        _for_people(message, phrase)
    if not phrases:
        say("nothing has been said yet")


def show_message(
    ctx: typer.Context,
    message: Annotated[
        str, typer.Argument(metavar="MESSAGE", help="The start of its hash, or LANE:NUMBER of ours.")
    ],
    language: LanguageOption = None,
    units: UnitsOption = None,
    coordinates: CoordinatesOption = None,
    theirs: Annotated[
        bool, typer.Option("--theirs", help="LANE:NUMBER means the partner's lane, not ours.")
    ] = False,
    accord: AccordOption = None,
    as_json: Json = False,
) -> None:
    """Show one message as a sentence.

    \b
    Example:
      openline messages show 5e1c9a --language fr
    Read on: docs/reference/phraseology.md.
    """
    from openline.node.evidence import find_entry
    from openline.node.reading import read

    with opened(ctx) as it:
        reader = reader_for(it, language, units, coordinates)
        with it.node.looking() as (tx, desks, _own):
            desk, entry = find_entry(tx, desks, message, accord_id=accord, theirs=theirs)
            found = read(tx, desk, entry)
            phrase = phrase_for(found, reader)
    if as_json:
        print_json(_row(found, phrase))
    else:
        _for_people(found, phrase)


def _row(it: "Read", phrase: "Phrase") -> dict[str, Any]:
    """The same as the console API's."""
    return {**it.row, "phrase": phrase.as_dict()}


def _for_people(it: "Read", phrase: "Phrase") -> None:
    entry = it.entry
    place = f"{entry.sender} {entry.lane.value} {entry.number}"
    say(f"{moment(entry.at_ms)}  {place}  {entry.kind}  {short(entry.hash)}")
    print_phrase(phrase)
    print()
