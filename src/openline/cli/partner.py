"""``openline partner``: where the other side of an accord listens."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from openline.cli.given import Json, directory_of, group
from openline.cli.output import say, show, table
from openline.errors import Invalid

if TYPE_CHECKING:
    from openline.bootstrap import Home, Partner

Url = Annotated[str | None, typer.Option(metavar="URL", help="Where the partner's line listens.")]
TlsCa = Annotated[
    Path | None, typer.Option(metavar="PEM", help="Certificate to trust for it, instead of the system's.")
]


def register(app: typer.Typer) -> None:
    verbs = group("partner", "Where the other side of an accord listens.")
    verbs.command()(add)
    verbs.command("list")(listing)
    app.add_typer(verbs)


def add(
    ctx: typer.Context,
    accord: Annotated[str, typer.Option(metavar="ID", help="The accord's id, or the start of it.")],
    url: Annotated[str, typer.Option(metavar="URL", help="Where the partner's line listens.")],
    tls_ca: TlsCa = None,
    as_json: Json = False,
) -> None:
    """Say where the partner of an accord listens; again, to change it.

    A node that is serving reads this when it is started again.

    \b
    Example:
      openline partner add --accord 1b4e28ba --url https://bravo.example:7410 --tls-ca bravo.pem
    Read on: docs/reference/settings.md, [[partners]].
    """
    from openline.cli.opened import opened
    from openline.node.views import desk_of

    with opened(ctx) as it, it.node.looking() as (_, desks, _own):
        accord_id = desk_of(desks, accord).accord_id
        partner = remember(it.home, accord_id, url, tls_ca)
    show(_row(partner), lambda: say(f"the partner of {accord_id} listens at {url}"), as_json=as_json)


def listing(ctx: typer.Context, as_json: Json = False) -> None:
    """List the partners and where they listen.

    \b
    Example:
      openline partner list --json
    Read on: docs/reference/settings.md, [[partners]].
    """
    from openline.bootstrap import Home

    rows = [_row(partner) for partner in Home(directory_of(ctx)).settings().partners]
    cells = [[row["accord"], row["url"], row["tls_ca"] or ""] for row in rows]
    show(
        rows,
        lambda: table("Partners", ("accord", "url", "trusts"), cells, "there is no partner yet"),
        as_json=as_json,
    )


def remember(home: "Home", accord_id: str, url: str, tls_ca: Path | None) -> "Partner":
    """Write it into the settings, in place of what was there for this accord. Raises Invalid ``bad-url``."""
    import msgspec

    from openline.bootstrap import Partner

    _check_url(url)
    partner = Partner(accord=accord_id, url=url, tls_ca=str(tls_ca.absolute()) if tls_ca else None)
    settings = home.settings()
    others = tuple(it for it in settings.partners if it.accord != accord_id)
    home.write_settings(msgspec.structs.replace(settings, partners=(*others, partner)))
    return partner


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole:
        raise Invalid(
            "bad-url",
            f"{url!r} is no address of a line",
            field="--url",
            remedy="give http://HOST:PORT or https://HOST:PORT",
        )


def _row(partner: "Partner") -> dict[str, str | None]:
    return {"accord": partner.accord, "url": partner.url, "tls_ca": partner.tls_ca}
