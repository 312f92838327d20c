"""The way in and the only way out: every expected error becomes words and an exit code, never a traceback."""

import gc
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from functools import cache
from typing import cast

import typer

from openline.cli.exits import Exit, exit_of, report
from openline.errors import OpenlineError

# Typer has brought its own copy of click since 0.26 and used click before; only this way are both met.
UsageError = cast(type[Exception], typer.BadParameter.__bases__[0])


YOUNG_OBJECTS = 50_000
"""Made before Python looks among them for cycles that nobody holds. A verb makes many objects at once (its
imports, the rows of a large node) and hardly a cycle; looking every 700 costs a third of the time.
"""


def main() -> None:
    gc.set_threshold(YOUNG_OBJECTS)
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Carry out one command line and give its exit code."""
    as_json = "--json" in arguments
    try:
        code = _verbs()(args=list(arguments), prog_name="openline", standalone_mode=False)
        sys.stdout.flush()
        return _ended(code)
    except OpenlineError as fault:
        report(fault.as_dict(), as_json=as_json)
        return exit_of(fault)
    except UsageError as fault:
        return _misused(fault, as_json=as_json)
    except (KeyboardInterrupt, typer.Abort):
        return _ended(Exit.INTERRUPTED)
    except (BrokenPipeError, SystemExit):  # Typer makes a SystemExit of the one, and nobody here of anything
        return _reader_gone()
    except Exception:
        traceback.print_exc()
        print("this is a fault of openline itself; please report it with the lines above", file=sys.stderr)
        return Exit.INTERNAL


@cache
def _verbs() -> Callable[..., object]:
    """The tree of all verbs: to make it takes longer than many of them do, so it is made once."""
    from openline.cli.app import app

    return typer.main.get_command(app)


def _ended(code: object) -> int:
    """What a verb returns is None, or the code of its typer.Exit; Typer makes 130 of a KeyboardInterrupt."""
    if code == Exit.INTERRUPTED:
        print("interrupted", file=sys.stderr)
    return code if isinstance(code, int) else Exit.OK


def _misused(fault: Exception, *, as_json: bool) -> int:
    """A verb or option that does not exist, or a value that cannot be read."""
    if not as_json:
        fault.show()  # type: ignore[attr-defined]
        return Exit.INVALID
    parameter, context = getattr(fault, "param", None), getattr(fault, "ctx", None)
    found = {"error": "invalid", "code": "usage", "text": fault.format_message()}  # type: ignore[attr-defined]
    if parameter is not None:
        found["field"] = parameter.opts[0] if parameter.opts else parameter.name
    found["remedy"] = f"{context.command_path if context else 'openline'} --help"
    report(found, as_json=True)
    return Exit.INVALID


def _reader_gone() -> int:
    """``openline ... | head``: nobody reads on. Python's own flush at the end must not complain either. It
    is no success: what the verb would have ended with (``journal verify``!) is not known.
    """
    sys.stdout = sys.__stdout__ or sys.stdout
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return Exit.READER_GONE
