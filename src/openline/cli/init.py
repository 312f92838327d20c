"""``openline init``: a directory becomes a node."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from openline.cli.given import Json, directory_of
from openline.cli.output import fields, say, show
from openline.errors import Invalid

if TYPE_CHECKING:
    from openline.bootstrap import Listener

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
    clock: Annotated[
        Literal["real", "simulated"],
        typer.Option(help="simulated: time stands still until a conductor steps it (exercises only)."),
    ] = "real",
    now: Annotated[
        str | None, typer.Option(metavar="TIME", help="Where a simulated clock begins (RFC 3339).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a node: settings, keys and an empty store.

    The party key signs accords and is to be kept offline once they are signed; the node key seals messages.

    \b
    Example:
      openline --directory alpha init --party alpha --title "Alpha Centre" --line 0.0.0.0:7410
    Read on: docs/reference/settings.md, and `openline accord propose`.
    """
    from openline import bootstrap
    from openline.accord.clauses import Party
    from openline.journal.keys import SigningKey

    try:
        Party(party, title or party, SigningKey.generate().public.hex)  # the names must do for an accord
    except Invalid as fault:
        fault.field = "--party" if fault.field == "parties.name" else "--title"
        raise
    settings = bootstrap.Settings(
        party=party,
        title=title or party,
        clock=clock,
        line=_listener(line, "--line"),
        console=_listener(console, "--console"),
    )
    home = bootstrap.init(directory_of(ctx), settings, _now_ms(clock, now))
    key = home.party_key().public
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


def _listener(address: str, option: str) -> "Listener":
    from openline.bootstrap import Listener

    host, _, port = address.rpartition(":")
    if not (host and port.isascii() and port.isdigit() and int(port) <= 65_535):
        text = f"{address!r} is no address"
        raise Invalid("bad-address", text, field=option, remedy="give HOST:PORT, such as 127.0.0.1:7410")
    return Listener(host=host.strip("[]"), port=int(port))
