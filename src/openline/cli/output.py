"""What the verbs print: JSON for programs, tables for people, and progress on standard error."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from openline.cli.exits import plain
from openline.units import rfc3339_from_ms

SHORT_ID = 12
"""Characters of an id in a table. A verb takes any start of an id that is clear."""
WIDE = 200
"""Columns where no terminal says how many there are: a pipe should not lose the end of a line."""


def show(data: Any, people: Callable[[], None], *, as_json: bool) -> None:
    """Print ``data`` as JSON, or let ``people`` print it for people."""
    if as_json:
        print_json(data)
    else:
        people()


def print_json(data: Any) -> None:
    print(json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False))


def say(text: str) -> None:
    """One line for people, whoever wrote parts of it."""
    print(plain(text))


def note(text: str) -> None:
    """Beside the output: on standard error, so that it disturbs nobody who reads the output."""
    print(plain(text), file=sys.stderr)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], empty: str) -> None:
    """A table of plain texts; ``empty`` is said where there are no rows."""
    if not rows:
        say(empty)
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else WIDE)
    shown = Table(title=Text(plain(title)), box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*[Text(plain(str(cell))) for cell in row])
    console.print(shown)


def fields(pairs: Mapping[str, object]) -> None:
    """Names and values, one a line, aligned."""
    width = max(map(len, pairs), default=0)
    for name, value in pairs.items():
        say(f"{name:<{width}}  {value}")


def short(name: str | None) -> str:
    return name[:SHORT_ID] if name else ""


def moment(at_ms: int | None) -> str:
    return rfc3339_from_ms(at_ms) if at_ms is not None else ""


@contextmanager
def progress(what: str, total: int, *, quiet: bool = False) -> Iterator[Callable[[int], None]]:
    """A bar on standard error while something long is done; none where nobody looks. Call it to advance."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(plain(what), total=total)
        yield lambda done: bar.advance(task, done)


def dialogue_word(row: Mapping[str, Any]) -> str:
    """Where the dialogue stands; of a conflict that is gone, how the one that settled it ended."""
    ended = row["outcome"]["state"] if row["outcome"] else None
    return str(ended if row["status"] == "gone" and ended else row["dialogue"]["state"])
