"""``openline key encrypt`` and ``decrypt``: private keys at rest."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from openline.cli.given import Json, directory_of
from openline.cli.output import say, show
from openline.errors import NotFound

if TYPE_CHECKING:
    from openline.journal.keys import SigningKey

Which = Annotated[
    Literal["node", "party", "all"], typer.Option(help="The node's keys, the party key, or whatever is here.")
]


def encrypt(ctx: typer.Context, which: Which = "all", as_json: Json = False) -> None:
    """Encrypt the private keys in keys/ under a passphrase (PKCS#8). Again, to change the passphrase.

    It is asked for, or taken from where OPENLINE_PASSPHRASE_FILE, a systemd credential or
    OPENLINE_PASSPHRASE_FD says; never from the command line. `openline serve` asks in the same way.

    \b
    Example:
      openline key encrypt --which node
    Read on: docs/how-to/keys.md; docs/reference/settings.md, passphrases.
    """
    from openline.keyfiles import new_passphrase

    opened = _opened(ctx, which)
    secret = new_passphrase("the encrypted keys")
    _write(opened, secret)
    data = {"encrypted": [path.name for path in opened]}
    show(data, lambda: say(f"encrypted: {', '.join(data['encrypted'])}"), as_json=as_json)


def decrypt(ctx: typer.Context, which: Which = "all", as_json: Json = False) -> None:
    """Keep the private keys in keys/ without a passphrase again.

    \b
    Example:
      openline key decrypt --which node
    Read on: docs/how-to/keys.md.
    """
    opened = _opened(ctx, which)
    _write(opened, None)
    data = {"decrypted": [path.name for path in opened]}
    show(data, lambda: say(f"not encrypted any more: {', '.join(data['decrypted'])}"), as_json=as_json)


def _opened(ctx: typer.Context, which: str) -> dict[Path, "SigningKey"]:
    """All of them are opened before the first is written. Raises Invalid ``passphrase-wrong``."""
    from openline.bootstrap import Home
    from openline.keyfiles import read_key

    home = Home(directory_of(ctx))
    home.settings()
    files = home.keys
    named = {"node": (files.node, files.next), "party": (files.party, files.next_party, files.old_party)}
    chosen = [path for name, paths in named.items() if which in (name, "all") for path in paths]
    found = {path: read_key(path) for path in chosen if path.exists()}
    if not found:
        raise NotFound("no-such-key", f"no {which} key is in {files.folder}", field="--which")
    return found


def _write(opened: dict[Path, "SigningKey"], secret: bytes | None) -> None:
    from openline.keyfiles import write_whole

    for path, key in opened.items():
        write_whole(path, key.to_pem(secret), 0o600)
