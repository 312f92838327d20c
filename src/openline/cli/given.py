"""What the verbs are given: options that several share, files, moments. Nothing heavy is imported here."""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from openline.errors import Invalid, NotFound, Unavailable
from openline.units import ms_from_rfc3339

DEFAULT_DIRECTORY = "openline-node"
MAX_GIVEN_BYTES = 64 * 1024 * 1024
STDIN = "-"

MinimaName = Literal["enroute", "threes", "f3548"]
"""As in openline.conflict.minima, which is too heavy to ask for its names (a test holds them together)."""


def _or_before_the_verb(ctx: typer.Context, value: bool) -> bool:
    return value or bool(ctx.find_root().params["as_json"])


Json = Annotated[
    bool,
    typer.Option(
        "--json",
        callback=_or_before_the_verb,
        help="Print JSON, and errors as one JSON object on stderr.",
    ),
]
OutFile = Annotated[Path, typer.Option("--out", "--output", metavar="FILE", help="The file to write.")]
AccordOption = Annotated[
    str | None,
    typer.Option("--accord", metavar="ID", help="Which line: its accord's id, or the start of it."),
]
Position = Annotated[str, typer.Option(help="Duty position that you sit at.")]
Pseudonym = Annotated[str, typer.Option(help="Who you are there; the node vouches for it.")]
Automaton = Annotated[bool, typer.Option("--automaton", help="No person is at it: say so.")]
PassphraseFile = Annotated[
    Path | None, typer.Option(help="File with the party key's passphrase, if it has one.")
]


def group(name: str, help: str) -> typer.Typer:
    """A group of verbs that shows its help when it is called bare."""
    return typer.Typer(name=name, help=help, no_args_is_help=True, rich_markup_mode=None)


def directory_of(ctx: typer.Context) -> Path:
    return Path(ctx.find_root().params["directory"])  # some versions of Typer keep it as text there


def read_file(path: Path, what: str, most: int = MAX_GIVEN_BYTES) -> bytes:
    """The bytes of a file, or of standard input for ``-``. Raises NotFound, Invalid or Unavailable."""
    try:
        if str(path) == STDIN:
            data = sys.stdin.buffer.read(most + 1)
        else:
            with path.open("rb") as file:
                data = file.read(most + 1)
    except FileNotFoundError:
        raise NotFound("no-such-file", f"there is no {path}", message=str(path), field=what) from None
    except OSError as fault:
        text = f"{path} cannot be read: {fault.strerror or fault}"
        raise Unavailable("file-unreadable", text, message=str(path), field=what) from None
    if len(data) > most:
        text = f"{path} has more than {most:,} bytes"
        raise Invalid("file-too-large", text, message=str(path), field=what, clause="MAX_GIVEN_BYTES")
    return data


def write_file(path: Path, data: bytes, what: str) -> None:
    """Whole or not at all: written beside and moved into place. Raises Unavailable."""
    if str(path) == STDIN:
        sys.stdout.buffer.write(data)
        return
    beside = path.with_name(path.name + ".partial")
    try:
        beside.write_bytes(data)
        os.replace(beside, path)
    except OSError as fault:
        text = f"{path} cannot be written: {fault.strerror or fault}"
        raise Unavailable("file-unwritable", text, message=str(path), field=what) from None


def moment_ms(text: str, field: str) -> int:
    """An RFC 3339 time with its zone. Raises Invalid ``bad-time``."""
    try:
        return ms_from_rfc3339(text)
    except ValueError:
        raise Invalid(
            "bad-time",
            f"{text!r} is no time with a zone",
            field=field,
            clause="RFC 3339",
            remedy="such as 2018-08-01T12:00:00Z",
        ) from None


def passphrase(path: Path | None) -> bytes | None:
    return read_file(path, "--passphrase-file", 4096).rstrip(b"\r\n") if path else None


def whole_units(value: float, per_unit: int, field: str) -> int:
    """A number of an option in the whole units that are signed. Raises Invalid for what is no number."""
    try:
        return round(value * per_unit)
    except (ValueError, OverflowError):
        text = f"{value} is no number to reckon with"
        raise Invalid("not-finite", text, field=field, remedy="give a finite number") from None
