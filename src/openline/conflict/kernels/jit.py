"""How kernels are compiled: without the GIL, once a machine, kept on disk where there is a place for it.

numba notices a change only in the file that holds a function, not in those that it calls or takes constants
from, so the folder of the cache is named after a file and all that it imports of ours. Where no folder can be
written the kernels are compiled in each process: slower to start, and never an error.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

import numba
from numba.core import config as _config

F = TypeVar("F", bound=Callable[..., Any])

config: Any = _config

CACHE_VARIABLE = "OPENLINE_CACHE_DIR"
"""Where compiled kernels are kept; by default the user's cache folder."""

_ROOT = Path(__file__).parents[2]
_IMPORTED = re.compile(r"^from openline\.([\w.]+) import", re.MULTILINE)


@cache
def _version(source: Path) -> str:
    """A name that changes with a file of kernels, with those that it calls, and with what compiles them."""
    text = source.read_text(encoding="utf-8")
    # Constants are compiled in, so a file of `airspace` counts as a file of kernels does.
    named = (_ROOT.joinpath(*name.split(".")).with_suffix(".py") for name in _IMPORTED.findall(text))
    below = [_version(one) for one in sorted(set(named)) if one.exists()]
    return hashlib.sha256("\n".join([numba.__version__, text, *below]).encode()).hexdigest()[:16]


def _folder() -> str | None:
    """The first that can be written; None where none can."""
    given = os.environ.get(CACHE_VARIABLE)
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    shared = os.path.join(tempfile.gettempdir(), f"openline-{os.getuid()}") if hasattr(os, "getuid") else None
    for base in (given, os.path.join(home, "openline"), shared):
        if base and _writable(folder := os.path.join(base, "kernels")):
            return folder
    return None


def _writable(folder: str) -> bool:
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        # A cache is code that will be run: one that another user could have filled is not taken.
        if hasattr(os, "getuid") and os.stat(folder).st_uid != os.getuid():
            return False
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


CACHE_DIR = _folder()
"""None: nothing is kept."""


def _folder_of(function: Callable[..., Any]) -> str:
    if CACHE_DIR is None:
        return ""
    source = Path(function.__code__.co_filename)
    return os.path.join(CACHE_DIR, f"{source.stem}-{_version(source)}")


def kernel(function: F) -> F:
    """Compile on first use: no GIL, IEEE arithmetic as written (no fast-math: two nodes must agree to the
    bit), division by zero as numpy has it.
    """
    return _compiled(function, "never")


def inlined(function: F) -> F:
    """As `kernel`, and taken in by whoever calls it: for steps of the innermost loops, where handing over
    arrays would cost more than what is done with them.
    """
    return _compiled(function, "always")


def _compiled(function: F, inline: Literal["never", "always"]) -> F:
    before, config.CACHE_DIR = config.CACHE_DIR, _folder_of(function)
    try:
        cached = CACHE_DIR is not None
        compiled = numba.njit(nogil=True, cache=cached, error_model="numpy", inline=inline)(function)
    finally:
        config.CACHE_DIR = before
    return cast(F, compiled)
