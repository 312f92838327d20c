"""``openline accord``: the group of verbs, the party's key, and the terms in words."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openline.cli.bundles import bundle_of, installed, show_bundle
from openline.cli.given import Json, PassphraseFile, directory_of, group, passphrase, read_file
from openline.cli.opened import opened
from openline.cli.output import fields, moment, show, table
from openline.cli.propose import propose
from openline.cli.resting import end, resume, suspend
from openline.cli.sign import sign
from openline.errors import NotFound

if TYPE_CHECKING:
    from openline.bootstrap import Opened


def register(app: typer.Typer) -> None:
    verbs = group("accord", "The signed terms between you and one partner.")
    verbs.command()(key)
    verbs.command()(propose)
    verbs.command()(sign)
    verbs.command("show")(show_accord)
    verbs.command()(suspend)
    verbs.command()(resume)
    verbs.command()(end)
    app.add_typer(verbs)


def key(ctx: typer.Context, passphrase_file: PassphraseFile = None, as_json: Json = False) -> None:
    """Print the public key of your party, for the partner's `accord propose --their-key`.

    Read the key id to each other over another way, such as the telephone, before anything is signed.

    \b
    Example:
      openline accord key --json
    Read on: docs/spec/accord.md, keys.
    """
    from openline.bootstrap import Home

    home = Home(directory_of(ctx))
    party = home.settings().party
    public = home.party_key(passphrase(passphrase_file)).public
    data = {"party": party, "key": public.hex, "key_id": public.id}
    show(
        data, lambda: fields({"party": party, "public key": public.hex, "key id": public.id}), as_json=as_json
    )


def show_accord(
    ctx: typer.Context,
    what: Annotated[
        str | None,
        typer.Argument(metavar="FILE|ID", help="A bundle, or an installed accord; all, if not given."),
    ] = None,
    version: Annotated[
        int | None, typer.Option(help="Which version of an installed one; the newest.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the terms of an accord in words, and the key ids of both parties.

    \b
    Examples:
      openline accord show accord.bundle
      openline accord show 1b4e28ba --json
    Read on: docs/spec/accord.md.
    """
    if what is not None and (what == "-" or Path(what).exists()):
        show_bundle(bundle_of(read_file(Path(what), "FILE")), as_json=as_json)
        return
    with opened(ctx) as it:
        if what is None:
            _show_all(it, as_json=as_json)
            return
        found = installed(it, what)
    chosen = [bundle for bundle in found if version in (None, bundle.accord.version)]
    if not chosen:
        raise NotFound("no-such-version", f"version {version} is not installed", field="--version")
    show_bundle(chosen[-1], as_json=as_json)


def _show_all(it: "Opened", *, as_json: bool) -> None:
    now_ms = it.clock.now_ms()
    states = {status.accord_id: status.state for status in it.node.status(now_ms)}
    with it.node.looking() as (_, desks, _own):
        rows: list[dict[str, Any]] = [
            {
                "accord_id": desk.accord_id,
                "partner": desk.partner,
                "versions": sorted(desk.bundles),
                "in_force": desk.line.accord.version,
                "state": states[desk.accord_id],
                "exercise": desk.line.exercise,
                "valid_from_ms": desk.line.accord.valid_from_ms,
                "valid_until_ms": desk.line.accord.valid_until_ms,
            }
            for desk in desks.values()
        ]
    cells = [
        [row["accord_id"], row["partner"], row["in_force"], row["state"], moment(row["valid_until_ms"])]
        for row in rows
    ]
    columns = ("accord", "partner", "version", "state", "valid until")
    show(rows, lambda: table("Accords", columns, cells, "no accord is installed yet"), as_json=as_json)
