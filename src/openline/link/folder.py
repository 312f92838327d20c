"""Where the messages lie that people carry: files in a folder of some stick, each whole or not there at all.

A file is one batch (``batch``), exactly as over the network. Its name is for people and against mix-ups:
whoever imports believes nothing of it but its ending, in any case, for FAT may shout. Layout and names:
docs/spec/carried-by-hand.md.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from openline.errors import LimitExceeded, NotFound, Refused, Unavailable
from openline.link.batch import MAX_BODY_BYTES
from openline.node.carrying import Load, Span
from openline.units import rfc3339_from_ms

ENDING: Final = ".olb"
INDEX_ENDING: Final = ".txt"
BESIDE_ENDING: Final = ".new"

MAX_FILES: Final = 1_000
"""Of one export; what does not go into them waits for the next."""

MAX_FILE_MESSAGES: Final = 500
MAX_FILE_BYTES: Final = 8 * 1024 * 1024
"""Of one file in a folder; each is heard in one transaction, which nobody else can write in."""

MAX_FOLDER_ENTRIES: Final = 10_000
"""Names in a folder that is imported; more is no stick of ours."""

_HASH_CHARS: Final = 12
_ACCORD_CHARS: Final = 8
_PLAIN: Final = re.compile(r"[^a-z0-9-]")


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """One file of an export: its name, what it holds, and the SHA-256 of it."""

    name: str
    spans: tuple[Span, ...]
    messages: int
    bytes: int
    sha256: str


# Writing


def name_of(load: Load, spans: Sequence[Span], data: bytes) -> str:
    """Accord, sender, the numbers of both lanes, and the start of the file's SHA-256: equal names are equal
    files.
    """
    return f"{_stem(load)}-{_ranges(load, spans)}-{_digest(data)[:_HASH_CHARS]}{ENDING}"


def _stem(load: Load) -> str:
    return f"openline-{_plain(load.accord_id)[:_ACCORD_CHARS]}-{_plain(load.party)}"


def _ranges(load: Load, spans: Iterable[Span]) -> str:
    """Of our own lanes; what is given back to the partner shows in the index."""
    found = {span.lane.value: f"{span.after + 1}-{span.up_to}" for span in spans if span.party == load.party}
    return f"u{found.get('urgent', '0')}-r{found.get('routine', '0')}"


def _plain(text: str) -> str:
    return _PLAIN.sub("-", text.lower())


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def write_batch(folder: Path, load: Load, spans: Sequence[Span], messages: int, data: bytes) -> Written:
    """A file in the folder. Raises Unavailable ``file-unwritable``."""
    name = name_of(load, spans, data)
    write_whole(folder / name, data)
    return describe(name, spans, messages, data)


def describe(name: str, spans: Sequence[Span], messages: int, data: bytes) -> Written:
    return Written(name=name, spans=tuple(spans), messages=messages, bytes=len(data), sha256=_digest(data))


def write_index(folder: Path, load: Load, written: Sequence[Written], left: int) -> str:
    """What people read to know what lies here. Returns its name."""
    name = f"{_stem(load)}-{written[0].sha256[:_HASH_CHARS]}{INDEX_ENDING}"
    write_whole(folder / name, "\n".join(_index_lines(load, written, left)).encode())
    return name


def _index_lines(load: Load, written: Sequence[Written], left: int) -> Iterable[str]:
    yield f"Openline: messages from {load.party} to {load.partner}, carried by hand"
    yield f"{'EXERCISE' if load.exercise else 'REAL'}   accord {load.accord_id}"
    yield f"written {rfc3339_from_ms(load.at_ms)}"
    if load.silent:
        yield f"heads only: {load.silent}"
    if left:
        yield f"{left:,} more messages wait for the next export"
    yield ""
    for it in written:
        lanes = ", ".join(f"{span.party} {span.lane} {span.after + 1} to {span.up_to}" for span in it.spans)
        yield it.name
        yield f"    {it.messages:,} messages ({lanes or 'heads and acknowledgements'}), {it.bytes:,} bytes"
        yield f"    SHA-256 {it.sha256}"
    yield ""
    yield f"At {load.partner}: openline line import FOLDER; then carry the folder back: the answer is in it."
    yield "Files may be taken in any order and as often as you like."
    yield ""


def write_whole(path: Path, data: bytes) -> None:
    """Written beside, on the disk, and moved into place: after a crash it is there whole, or not at all.

    Raises Unavailable ``file-unwritable``.
    """
    beside = path.with_name(path.name + BESIDE_ENDING)
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        _sync_folder(path.parent)
    except OSError as fault:
        raise _unwritable(path, fault) from None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unwritable(path: Path, fault: OSError) -> Unavailable:
    text = f"{path} cannot be written: {fault.strerror or fault}"
    remedy = "is the stick in, with room on it, and not locked?"
    return Unavailable("file-unwritable", text, message=str(path), field="TARGET", remedy=remedy)


def make_folder(folder: Path) -> None:
    """Raises Unavailable ``file-unwritable``."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise _unwritable(folder, fault) from None


def refuse_existing(path: Path) -> None:
    """Two exports never write over one another. Raises Refused ``target-exists``."""
    if path.exists():
        raise Refused(
            "target-exists",
            f"{path} is there already",
            message=str(path),
            field="TARGET",
            remedy="give another name, or a folder: files in it are named by what they hold",
        )


# Reading


def batches_in(source: Path) -> list[Path]:
    """The file itself; of a folder every file in it that ends as ours do, by name.

    Raises NotFound ``no-such-file``, LimitExceeded ``folder-too-full``, Unavailable ``file-unreadable``.
    """
    try:
        if not source.is_dir():
            if not source.exists():
                raise NotFound("no-such-file", f"there is no {source}", message=str(source), field="SOURCE")
            return [source]
        found = sorted(source.iterdir())
    except OSError as fault:
        raise unreadable(source, fault) from None
    if len(found) > MAX_FOLDER_ENTRIES:
        raise LimitExceeded(
            "folder-too-full",
            f"{source} holds more than {MAX_FOLDER_ENTRIES:,} files",
            message=str(source),
            field="SOURCE",
            clause="MAX_FOLDER_ENTRIES",
            remedy="put the Openline files into a folder of their own",
        )
    return [path for path in found if path.name.lower().endswith(ENDING) and path.is_file()]


def read_batch(path: Path) -> bytes:
    """Raises Unavailable ``file-unreadable``, LimitExceeded ``body-too-large``."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BODY_BYTES + 1)
    except OSError as fault:
        raise unreadable(path, fault) from None
    if len(data) > MAX_BODY_BYTES:
        text = f"{path.name} has more than {MAX_BODY_BYTES:,} bytes"
        raise LimitExceeded("body-too-large", text, message=str(path), clause="MAX_BODY_BYTES")
    return data


def unreadable(path: Path, fault: OSError) -> Unavailable:
    text = f"{path} cannot be read: {fault.strerror or fault}"
    remedy = "copy the stick and try again, or ask for another export"
    return Unavailable("file-unreadable", text, message=str(path), field="SOURCE", remedy=remedy)
