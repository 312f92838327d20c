"""What somebody who trusts neither side does at the end: the same commands that anybody would type."""

import json
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from openline.demo.report import JournalChecked
from openline.errors import OpenlineError

COMMAND_S: Final = 120.0


def examine(
    directories: Mapping[str, Path], entry: str, file: Path, keys: Mapping[str, str]
) -> tuple[dict[str, JournalChecked], bool]:
    """Each side's journal verified, and one message of the first side proved and checked; all at once."""
    with ThreadPoolExecutor(len(directories) + 1) as pool:
        proof = pool.submit(_prove_and_check, next(iter(directories.values())), entry, file, keys)
        journals = dict(zip(directories, pool.map(_verified, directories.values()), strict=True))
        return journals, proof.result()


def _prove_and_check(directory: Path, entry: str, file: Path, keys: Mapping[str, str]) -> bool:
    """One message becomes a small file, and the file convinces whoever has both public keys (hex, by party).

    The check is told of no node's directory: file and keys are all that it has.
    """
    prove = ("--directory", str(directory), "journal", "prove", entry, "--out", str(file), "--json")
    proved, said = _openline(*prove)
    if not (proved and said["acknowledged"]):
        return False
    given = [part for name, key in keys.items() for part in ("--key", f"{name}={key}")]
    checked, _ = _openline("journal", "check", str(file), *given, "--json")
    return checked


def _verified(directory: Path) -> JournalChecked:
    good, found = _openline("--directory", str(directory), "journal", "verify", "--json")
    return JournalChecked(entries=found["entries"], verified=good and found["verified"], root=found["root"])


def _openline(*arguments: str) -> tuple[bool, dict[str, Any]]:
    """Whether the command ended well, and the JSON that it wrote."""
    command = [sys.executable, "-m", "openline", *arguments]
    done = subprocess.run(
        command, capture_output=True, timeout=COMMAND_S, check=False, stdin=subprocess.DEVNULL
    )
    try:
        return done.returncode == 0, json.loads(done.stdout)
    except ValueError:
        words = done.stderr.decode(errors="replace").strip()[-500:]
        raise OpenlineError("command-failed", f"openline {' '.join(arguments)}: {words}") from None
