"""``openline init``: a directory becomes a node."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from openline.cli.given import Json, directory_of
from openline.cli.output import fields, say, show
from openline.errors import Invalid

if TYPE_CHECKING:
    from openline.bootstrap import F3548, Listener

LINE_PORT = 7410
CONSOLE_PORT = 7411
ADDRESS = "HOST:PORT"


def register(app: typer.Typer) -> None:
    app.command()(init)


def init(
    ctx: typer.Context,
    party: Annotated[str, typer.Option(help="Name of your party on the line: 1 to 32 of a-z, 0-9, -.")],
    title: Annotated[str | None, typer.Option(help="What people call it; the name, if not given.")] = None,
    line: Annotated[
        str, typer.Option(metavar=ADDRESS, help="Where the line listens, for the partner.")
    ] = f"127.0.0.1:{LINE_PORT}",
    console: Annotated[
        str, typer.Option(metavar=ADDRESS, help="Where the console listens, for your own people.")
    ] = f"127.0.0.1:{CONSOLE_PORT}",
    database: Annotated[
        str | None,
        typer.Option(metavar="URL", help="postgresql://USER@HOST/NAME, an empty database; else a file."),
    ] = None,
    f3548: Annotated[
        str | None,
        typer.Option(metavar=ADDRESS, help="Where suppliers (ASTM F3548-21) are served, if they are."),
    ] = None,
    clock: Annotated[
        Literal["real", "simulated"],
        typer.Option(help="simulated: time stands still until a conductor steps it (exercises only)."),
    ] = "real",
    encrypt_keys: Annotated[
        bool, typer.Option("--encrypt-keys", help="Keep the private keys under a passphrase (PKCS#8).")
    ] = False,
    now: Annotated[
        str | None, typer.Option(metavar="TIME", help="Where a simulated clock begins (RFC 3339).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a node: settings, keys and an empty store.

    The party key signs accords and is to be kept offline once they are signed; the node key seals messages.
    A database on PostgreSQL may be shared by several replicas; its password stays out of the URL, which is
    written to openline.toml: use a password file or PGPASSWORD.

    \b
    Examples:
      openline --directory alpha init --party alpha --title "Alpha Centre" --line 0.0.0.0:7410
      openline --directory alpha init --party alpha --database postgresql://openline@db.example/alpha
    Read on: docs/reference/settings.md, docs/how-to/scale.md, and `openline accord propose`.
    """
    from openline import bootstrap
    from openline.accord.clauses import Party
    from openline.journal.keys import SigningKey
    from openline.keyfiles import new_passphrase

    try:
        Party(party, title or party, SigningKey.generate().public.hex)  # the names must do for an accord
    except Invalid as fault:
        fault.field = "--party" if fault.field == "parties.name" else "--title"
        raise
    settings = bootstrap.Settings(
        party=party,
        title=title or party,
        database=database or bootstrap.DATABASE,
        clock=clock,
        line=listener(line, "--line"),
        console=listener(console, "--console"),
        f3548=_suppliers(f3548),
    )
    secret = new_passphrase("the new keys") if encrypt_keys else None
    home = bootstrap.init(directory_of(ctx), settings, _now_ms(clock, now), secret)
    key = home.party_key(secret).public
    made = {"directory": str(home.directory), "party": party, "key": key.hex, "key_id": key.id}

    def people() -> None:
        say(f"{party}'s node is in {home.directory}")
        fields({"public key": key.hex, "key id": key.id})
        say("Give the public key to your partner; compare key ids over another way, such as the telephone.")

    show(made, people, as_json=as_json)


def _now_ms(clock: str, now: str | None) -> int:
    from openline.bootstrap import RealClock
    from openline.cli.given import moment_ms

    if now is None:
        return RealClock().now_ms()
    if clock != "simulated":
        text = "the real clock tells the time itself"
        raise Invalid("now-is-now", text, field="--now", remedy="add --clock simulated, or leave --now out")
    return moment_ms(now, "--now")


def _suppliers(address: str | None) -> "F3548 | None":
    from openline.bootstrap import F3548

    if address is None:
        return None
    given = listener(address, "--f3548")
    return F3548(host=given.host, port=given.port)


def listener(address: str, option: str) -> "Listener":
    from openline.bootstrap import Listener

    host, _, port = address.rpartition(":")
    if not (host and port.isascii() and port.isdigit() and int(port) <= 65_535):
        text = f"{address!r} is no address"
        raise Invalid("bad-address", text, field=option, remedy="give HOST:PORT, such as 127.0.0.1:7410")
    return Listener(host=host.strip("[]"), port=int(port))
