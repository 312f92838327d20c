"""``openline token``: bearer tokens for trying F3548 alone. In operation an authority issues them."""

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from openline.cli.given import Json, group, read_file
from openline.cli.init import ADDRESS, listener
from openline.cli.output import fields, print_json, say, show
from openline.errors import Refused, Unavailable

if TYPE_CHECKING:
    from openline.api.f3548.issuing import IssuerKey

PRIVATE = "token.key"
PUBLIC = "token.pub"
MAX_KEY_BYTES = 64 * 1024

KeyFile = Annotated[
    Path, typer.Option("--key", metavar="FILE", help="The private key, as `openline token keys` made it.")
]


def register(app: typer.Typer) -> None:
    verbs = group("token", "Bearer tokens for suppliers, made by yourself: for trying it, not for operation.")
    verbs.command()(keys)
    verbs.command()(make)
    verbs.command()(serve)
    app.add_typer(verbs)


def keys(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write the two keys.")],
    algorithm: Annotated[
        Literal["RS256", "ES256"], typer.Option(help="RS256: RSA, as the standard has it; ES256: P-256.")
    ] = "RS256",
    as_json: Json = False,
) -> None:
    """Make a pair of keys: one signs tokens, the other is what a node believes.

    \b
    Example:
      openline token keys keys
    Read on: docs/how-to/serve-suppliers.md.
    """
    from openline.api.f3548.issuing import IssuerKey, new_key

    private, public = directory / PRIVATE, directory / PUBLIC
    pem = new_key(algorithm)
    _write_new(private, pem, 0o600)
    _write_new(public, IssuerKey(pem).public_pem, 0o644)
    setting = f"keys = [{json.dumps(str(public.resolve()))}]"
    made = {"private": str(private), "public": str(public), "algorithm": algorithm, "setting": setting}

    def people() -> None:
        fields({"private key": private, "public key": public})
        say("A node believes its tokens when openline.toml has, under [f3548]:")
        say(f"  {setting}")
        say(f"Make one: openline token make --key {private} --sub uss1 --audience HOST --scope SCOPE")

    show(made, people, as_json=as_json)


def make(
    key: KeyFile,
    sub: Annotated[str, typer.Option(help="Who bears it: the manager's name, as the DSS will know it.")],
    audience: Annotated[
        str, typer.Option(help="For whom it is: the host of the URL that will be asked, such as 127.0.0.1.")
    ],
    scope: Annotated[
        list[str],
        typer.Option(help="What it allows, such as utm.strategic_coordination; may be given again."),
    ],
    minutes: Annotated[int, typer.Option(min=1, max=60, help="How long it lives.")] = 60,
    as_json: Json = False,
) -> None:
    """Print a token.

    \b
    Example:
      openline token make --key k/token.key --sub uss1 --audience 127.0.0.1 --scope utm.strategic_coordination
    Read on: docs/reference/f3548.md for the scope that each operation takes.
    """
    from openline.api.f3548.issuing import Wanted

    wanted = Wanted(sub, " ".join(scope), audience, minutes * 60)
    now_s = int(time.time())
    token = _key(key).token(wanted, now_s)
    expires = now_s + wanted.lifetime_s
    show({"access_token": token, "expires_at_ms": expires * 1_000}, lambda: say(token), as_json=as_json)


def serve(
    key: KeyFile,
    listen: Annotated[
        str, typer.Option(metavar=ADDRESS, help="Where to listen: on this machine only.")
    ] = "127.0.0.1:8085",
    as_json: Json = False,
) -> None:
    """Issue tokens over HTTP to whoever asks on this machine, until it is told to stop.

    GET or POST /token with grant_type=client_credentials, scope, audience (or intended_audience) and
    client_id (or sub), as OAuth 2 clients and InterUSS' test drivers ask; GET /jwks.json is its public key.

    \b
    Example:
      openline token serve --key keys/token.key --listen 127.0.0.1:8085
    Read on: docs/how-to/serve-suppliers.md.
    """
    from openline.running.issuing import serve_tokens

    where = listener(listen, "--listen")

    def ready(port: int) -> None:
        host = f"[{where.host}]" if ":" in where.host else where.host
        url = f"http://{host}:{port}"
        addresses = {"token": f"{url}/token", "jwks": f"{url}/jwks.json"}
        if as_json:
            print_json(addresses)
        else:
            fields(addresses)
        print(end="", flush=True)

    serve_tokens(_key(key), where, ready)


def _key(path: Path) -> "IssuerKey":
    from openline.api.f3548.issuing import IssuerKey

    return IssuerKey(read_file(path, "--key", MAX_KEY_BYTES))


def _write_new(path: Path, data: bytes, mode: int) -> None:
    """Raises Refused ``key-exists``, Unavailable ``file-unwritable``."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
    except FileExistsError:
        raise Refused(
            "key-exists", f"{path} is there already", field="DIR", remedy="choose another directory"
        ) from None
    except OSError as fault:
        text = f"{path} cannot be written: {fault.strerror or fault}"
        raise Unavailable("file-unwritable", text, message=str(path), field="DIR") from None
