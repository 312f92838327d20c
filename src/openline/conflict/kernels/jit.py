"""How kernels are compiled: without the GIL, once a machine, kept on disk where there is a place for it.

numba notices a change only in the file that holds a function, not in those that it calls or takes constants
from, so the folder of the cache is named after a file and all that it imports of ours. Where no folder can be
written the kernels are compiled in each process: slower to start, and never an error.
"""

import fcntl
import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

import numba
from numba.core.caching import CompileResultCacheImpl, FunctionCache, IndexDataCacheFile, _CacheLocator

F = TypeVar("F", bound=Callable[..., Any])

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


def _folder_of(source: Path) -> str:
    """Named after what is in the file, so that every copy of it finds what is kept."""
    return os.path.join(cast(str, CACHE_DIR), f"{source.stem}-{_version(source)}")


def is_kept() -> bool:
    """Whether there is something on disk of every file of kernels, as they stand."""
    sources = [it for it in Path(__file__).parent.glob("*.py") if "\n@kernel\n" in it.read_text("utf-8")]
    return CACHE_DIR is not None and all(os.path.isdir(_folder_of(it)) for it in sources)


class _Place(_CacheLocator):
    def __init__(self, source: Path, line: int) -> None:
        self._version, self._line, self._path = _version(source), line, _folder_of(source)

    @classmethod
    def from_function(cls, function: Callable[..., Any], file: str) -> "_Place":
        return cls(Path(file), function.__code__.co_firstlineno)

    def ensure_cache_path(self) -> None:
        os.makedirs(self._path, mode=0o700, exist_ok=True)

    def get_cache_path(self) -> str:
        return self._path

    def get_source_stamp(self) -> str:
        return self._version

    def get_disambiguator(self) -> str:
        return str(self._line)


class _File(IndexDataCacheFile):
    """Read and written by one process at a time. numba gives the machine code for each sort of arguments the
    next free number, so of two processes that compile at once one could come to run what the other has made
    for other arguments.
    """

    def save(self, key: object, data: object) -> None:
        with _locked(fcntl.LOCK_EX):
            super().save(key, data)  # type: ignore[no-untyped-call]

    def load(self, key: object) -> object:
        with _locked(fcntl.LOCK_SH):
            return super().load(key)  # type: ignore[no-untyped-call]


class _Form(CompileResultCacheImpl):
    _locator_classes = [_Place]  # noqa: RUF012 (a list there, too)


class _Cache(FunctionCache):
    _impl_class = _Form

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        place = self._impl.locator
        self._cache_file = _File(  # type: ignore[no-untyped-call]
            place.get_cache_path(), self._impl.filename_base, place.get_source_stamp()
        )


@contextmanager
def _locked(how: int) -> Iterator[None]:
    folder = cast(str, CACHE_DIR)
    os.makedirs(folder, mode=0o700, exist_ok=True)  # whoever empties a cache may have taken it, too
    lock = os.open(os.path.join(folder, ".lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, how)
        yield
    finally:
        os.close(lock)


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
    compiled: Any = numba.njit(nogil=True, error_model="numpy", inline=inline)(function)
    if CACHE_DIR is not None and compiled is not function:  # which it is under NUMBA_DISABLE_JIT
        compiled._cache = _Cache(function)
    return cast(F, compiled)
