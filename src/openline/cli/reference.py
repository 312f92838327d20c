"""docs/reference/cli.md, made from the verbs themselves: ``python -m openline.cli.reference`` prints it.

A test holds the file against this, so a verb or option cannot be added, changed or dropped in silence.
"""

from collections.abc import Iterator
from typing import Any

import typer

from openline.cli.app import app

PREFACE = """# The command line

<!-- Made by `python -m openline.cli.reference`; a test holds it against the verbs. -->

    openline [--directory DIR] VERB ...

Every verb works on the node in `--directory` (environment: `OPENLINE_DIRECTORY`; default: `openline-node`),
directly on its store: no server need run. A node that is serving takes in what a verb has committed and
carries it to the partner. Ids may be shortened to any start of them, from four characters, that is clear.

## Exit codes

| code | meaning |
|---|---|
| 0 | done |
| 1 | refused: understood, and the accord, the standing of others or the state forbids it |
| 2 | invalid, or misused: an option, a file or a value is wrong; send it corrected |
| 3 | unverifiable, or `journal verify` has found something |
| 4 | not found: no such node, line, operation, conflict, message or file |
| 5 | unavailable: not now (store busy, port taken, recovering); nothing was stored, try again |
| 70 | a fault of openline itself, with a traceback |
| 130 | interrupted |
| 141 | whoever read the output has gone (`openline ... \\| head`); what the verb found is not known |

## Output and errors

People get text and tables on standard output; tables shorten ids to 12 characters. With `--json` (before or
behind the verb) standard output is one JSON value in the same shape as the console API's, with whole ids and
times in milliseconds since 1970 (UTC), and nothing else.

Errors go to standard error: a sentence, and below it party, message, field, clause and remedy as far as they
are known. With `--json` they are one JSON object there, and standard output stays empty:

    {"error": "refused", "code": "accord-suspended", "text": "...", "party": "bravo", "clause": "states",
     "remedy": "..."}

`error` is invalid, refused, unverifiable, not-found or unavailable; `code` is a word that keeps its meaning.
`openline file` is the exception: an operation that is not taken is such an object among the results.
"""


def reference() -> str:
    """The whole page."""
    root: Any = typer.main.get_command(app)
    context = root.make_context("openline", [], resilient_parsing=True)
    pages = [PREFACE, "## Options of every verb\n", _table(root, context)]
    for path, command in verbs():
        pages.append(f"## `{path}`\n\n{_words(command)}\n")
        pages.append(_table(command, command.make_context(path, [], resilient_parsing=True)))
    return "\n".join(pages).rstrip() + "\n"


def verbs() -> Iterator[tuple[str, Any]]:
    """Every verb with its whole name, such as ``openline accord sign``, groups left out."""
    yield from _under("openline", typer.main.get_command(app))


def _under(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield path, command
        return
    for name, child in children.items():
        yield from _under(f"{path} {name}", child)


def _words(command: Any) -> str:
    """The help as Markdown: what stands below a \\b is shown as it is typed."""
    return "\n\n".join(map(_block, (command.help or "").strip().split("\n\n")))


def _block(text: str) -> str:
    mark, *lines = text.split("\n")
    if mark.strip() != "\b":
        return text
    typed = [f"    {line.strip()}" for line in lines if line.startswith("  ")]
    around = [line for line in lines if not line.startswith("  ")]
    return "\n\n".join([around[0], "\n".join(typed), *around[1:]])


def _table(command: Any, context: Any) -> str:
    rows = [_row(parameter, context) for parameter in command.params if parameter.name != "help"]
    if not rows:
        return ""
    return "\n".join(["| option | what |", "|---|---|", *rows, ""])


def _row(parameter: Any, context: Any) -> str:
    is_option = parameter.param_type_name == "option"
    names = [*parameter.opts, *parameter.secondary_opts] if is_option else []
    takes = (
        "" if getattr(parameter, "is_flag", False) else parameter.metavar or parameter.display_type(context)
    )
    notes = ["required"] if parameter.required else []
    if not (parameter.required or parameter.default is None or parameter.default is False):
        notes.append(f"default: {parameter.default}")
    text = f"{parameter.help} ({'; '.join(notes)})" if notes else parameter.help
    cells = (f"`{', '.join(names)} {takes}`".replace(" `", "`").replace("` ", "`"), text)
    return " ".join(["|", *[f"{cell.replace('|', chr(92) + '|')} |" for cell in cells]])


if __name__ == "__main__":
    print(reference(), end="")
