"""``openline line paper``: messages of ours as pages to be read over the telephone."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openline.cli.given import AccordOption, Json, write_file
from openline.cli.opened import opened
from openline.cli.output import say, show
from openline.errors import LimitExceeded

if TYPE_CHECKING:
    from openline.aloud.paper import Page
    from openline.journal.entry import Entry
    from openline.node.desk import Desk
    from openline.node.ports import Transaction

MAX_PAGES = 100
"""Messages that are printed at once."""


def register(verbs: typer.Typer) -> None:
    verbs.command()(paper)


def paper(
    ctx: typer.Context,
    number: Annotated[
        int | None, typer.Option(min=1, help="Its number; without it, all that is not acknowledged.")
    ] = None,
    lane: Annotated[str, typer.Option(help="Its lane: urgent or routine.")] = "urgent",
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the pages as HTML to print on A4.")
    ] = None,
    accord: AccordOption = None,
    as_json: Json = False,
) -> None:
    """Print messages of ours to be read over the telephone, with check words for each line and the whole.

    \b
    Example:
      openline line paper --number 3 --lane urgent --html page.html
    Read on: docs/how-to/carry-by-hand.md.
    """
    from openline.aloud.lines import readable
    from openline.aloud.paper import Page, as_html, as_text
    from openline.node.views import desk_of

    with opened(ctx) as it, it.node.looking() as (tx, desks, _own):
        desk = desk_of(desks, accord)
        entries = [_one(tx, desk, lane, number)] if number else _all_waiting(tx, desk)
        pages = [Page(readable(entry), desk.partner) for entry in entries]
    if html is not None:
        write_file(html, as_html(pages).encode(), "--html")

    def people() -> None:
        if html is not None:
            say(f"{len(pages)} page(s) in {html}")
        elif pages:
            print(as_text(pages), end="")
        else:
            say("everything is acknowledged: there is nothing to read")

    show([_page_row(page) for page in pages], people, as_json=as_json)


def _one(tx: "Transaction", desk: "Desk", lane: str, number: int) -> "Entry":
    from openline.node.evidence import find_entry

    return find_entry(tx, {desk.accord_id: desk}, f"{lane}:{number}")[1]


def _all_waiting(tx: "Transaction", desk: "Desk") -> "list[Entry]":
    from openline.journal.entry import Lane

    found: list[Entry] = []
    for lane in (Lane.URGENT, Lane.ROUTINE):
        after = tx.acknowledged(desk.accord_id, desk.me, lane)
        found += tx.entries(desk.accord_id, desk.me, lane, after, MAX_PAGES + 1 - len(found))
    if len(found) > MAX_PAGES:
        raise LimitExceeded(
            "too-many-pages",
            f"more than {MAX_PAGES} messages wait to be acknowledged",
            field="--number",
            clause="MAX_PAGES",
            remedy="name one with --lane and --number, or carry them: openline line export",
        )
    return found


def _page_row(page: "Page") -> dict[str, Any]:
    from openline.aloud.reading import read_aloud

    return {
        "title": page.title,
        "lines": [
            {
                "number": line.number,
                "label": line.label,
                "value": line.value,
                "aloud": read_aloud(line.value),
                "check": line.check,
            }
            for line in page.message.lines
        ],
        "whole": page.message.whole,
    }
