"""Where do a node's private keys lie, and what opens them?

``keys/`` holds ``node.pem`` with ``node.certificate``, ``party.pem`` as long as it is not offline, and beside
them ``next.pem`` and ``next.certificate`` while one node key follows another. Which of two counts, the
journal says; the files only have to be there. Each is written whole or not at all.
"""

import getpass
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from openline.errors import Invalid, NotFound, Unavailable
from openline.journal.certificate import open_certificate
from openline.journal.keys import SigningKey

PASSPHRASE_FILE: Final = "OPENLINE_PASSPHRASE_FILE"
PASSPHRASE_FD: Final = "OPENLINE_PASSPHRASE_FD"
CREDENTIALS_DIRECTORY: Final = "CREDENTIALS_DIRECTORY"
CREDENTIAL: Final = "openline-passphrase"
"""Under this name in the directory that systemd gives (LoadCredential=, LoadCredentialEncrypted=)."""

MAX_PASSPHRASE_BYTES: Final = 1_023
"""More is taken by no PKCS#8 reader that we know of."""

Passphrase = Callable[[str], bytes]
"""From what is to be opened, in words, to its passphrase."""


# Passphrases


def find_passphrase(what: str) -> bytes:
    """From the file, the credential or the descriptor that the environment names, else from the terminal.

    Never from the command line, where every process sees it. Raises Invalid ``passphrase-needed`` where
    nobody can be asked, Unavailable ``passphrase-unreadable``.
    """
    given = passphrase_given()
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise Invalid(
            "passphrase-needed",
            f"{what} is encrypted, and nobody is here to be asked for its passphrase",
            field="passphrase",
            remedy=f"set {PASSPHRASE_FILE}, or give systemd's credential {CREDENTIAL}",
        )
    return getpass.getpass(f"Passphrase of {what}: ").encode()


def passphrase_given() -> bytes | None:
    """What the environment names; None where it names nothing."""
    if path := os.environ.get(PASSPHRASE_FILE):
        return read_passphrase(Path(path))
    folder = os.environ.get(CREDENTIALS_DIRECTORY)
    if folder and (Path(folder) / CREDENTIAL).exists():
        return read_passphrase(Path(folder) / CREDENTIAL)
    if number := os.environ.get(PASSPHRASE_FD):
        return _from_descriptor(number)
    return None


def read_passphrase(path: Path) -> bytes:
    """The first line of a file, as bytes. Raises Unavailable ``passphrase-unreadable``, Invalid as
    ``checked_passphrase``.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_PASSPHRASE_BYTES + 2)
    except OSError as fault:
        raise _unreadable(str(path), fault) from None
    return checked_passphrase(data.split(b"\n")[0].rstrip(b"\r"))


_read_before: dict[int, bytes] = {}


def _from_descriptor(number: str) -> bytes:
    """A pipe can be read once only, and several keys may want it."""
    try:
        descriptor = int(number)
        if descriptor not in _read_before:
            data = os.read(descriptor, MAX_PASSPHRASE_BYTES + 2)
            _read_before[descriptor] = checked_passphrase(data.split(b"\n")[0].rstrip(b"\r"))
    except (OSError, ValueError) as fault:
        raise _unreadable(f"{PASSPHRASE_FD}={number}", fault) from None
    return _read_before[descriptor]


def _unreadable(where: str, fault: Exception) -> Unavailable:
    return Unavailable("passphrase-unreadable", f"{where}: {fault}", field="passphrase")


def checked_passphrase(passphrase: bytes) -> bytes:
    """Raises Invalid ``passphrase-empty``, ``passphrase-too-long``."""
    if not passphrase:
        raise Invalid("passphrase-empty", "an empty passphrase protects nothing", field="passphrase")
    if len(passphrase) > MAX_PASSPHRASE_BYTES:
        text = f"a passphrase has at most {MAX_PASSPHRASE_BYTES} bytes"
        raise Invalid("passphrase-too-long", text, field="passphrase", clause="MAX_PASSPHRASE_BYTES")
    return passphrase


def new_passphrase(what: str) -> bytes:
    """To encrypt with: from where ``find_passphrase`` would take it; at a terminal it is asked for twice."""
    given = passphrase_given()
    if given is not None:
        return given
    first = checked_passphrase(find_passphrase(what))
    if getpass.getpass("Once more: ").encode() != first:
        raise Invalid(
            "passphrases-differ", "the two are not the same; nothing was changed", field="passphrase"
        )
    return first


# Files


def is_encrypted(pem: bytes) -> bool:
    return b"BEGIN ENCRYPTED PRIVATE KEY" in pem


def read_key(path: Path, passphrase: Passphrase = find_passphrase) -> SigningKey:
    """Raises NotFound ``no-such-key``; Invalid ``key-malformed``, ``passphrase-wrong``,
    ``passphrase-needed``.
    """
    try:
        pem = path.read_bytes()
    except FileNotFoundError:
        raise NotFound("no-such-key", f"there is no {path}", field=f"keys/{path.name}") from None
    try:
        return SigningKey.from_pem(pem, passphrase(str(path)) if is_encrypted(pem) else None)
    except Invalid as fault:
        raise fault.within(message=str(path)) from None


def write_whole(path: Path, data: bytes, mode: int) -> None:
    """Whole or not at all: written beside, synced, and moved into place; the move itself is synced, too."""
    beside = path.with_name(path.name + ".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class KeyFiles:
    """The folder ``keys/`` of one node."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.party = folder / "party.pem"
        self.node = folder / "node.pem"
        self.certificate = folder / "node.certificate"
        self.next = folder / "next.pem"
        self.next_certificate = folder / "next.certificate"
        self.next_party = folder / "party.next.pem"
        self.old_party = folder / "party.old.pem"

    def next_key_id(self) -> str | None:
        """Of the node key that is certified to follow; None where none is."""
        if not (self.next_certificate.exists() and self.next.exists()):
            return None
        return open_certificate(self.next_certificate.read_bytes(), None).key.id

    def promote(self) -> None:
        """The next key takes the place of the one before. A crash in between leaves the certificate still to
        be moved, and whoever opens the node then does it; two at once do no harm.
        """
        for path, place in ((self.next, self.node), (self.next_certificate, self.certificate)):
            with suppress(FileNotFoundError):
                path.replace(place)
        _sync(self.folder)

    def recover(self) -> None:
        """After a crash between the two moves of ``promote``."""
        if self.next_certificate.exists() and not self.next.exists():
            self.promote()


class FileRing:
    """The node keys in the folder: opened when one is first asked for, read anew when the files change."""

    def __init__(self, files: KeyFiles, passphrase: Passphrase = find_passphrase) -> None:
        self._files = files
        self._passphrase = passphrase
        self._keys: dict[str, SigningKey] = {}
        self._newest: SigningKey | None = None
        self._read: object = None
        self._secret: bytes | None = None

    def find(self, key_id: str, /) -> SigningKey | None:
        if key_id not in self._keys:
            self._refresh()
        return self._keys.get(key_id)

    def newest(self) -> SigningKey:
        """Raises NotFound ``no-such-key`` where there is no node key at all."""
        self._refresh()
        return self._newest or self._opened(self._files.node)

    def _refresh(self) -> None:
        now = [_stamp(path) for path in (self._files.node, self._files.next)]
        if now == self._read:
            return
        for path in (self._files.node, self._files.next):
            with suppress(NotFound):
                self._newest = self._opened(path)
                self._keys[self._newest.id] = self._newest
        self._read = now

    def _opened(self, path: Path) -> SigningKey:
        try:
            return read_key(path, self._ask)
        except Invalid:
            self._secret = None  # it was the wrong one
            raise

    def _ask(self, what: str) -> bytes:
        """Once: a node that serves cannot ask its officers in the night."""
        self._secret = self._secret or self._passphrase(what)
        return self._secret


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
