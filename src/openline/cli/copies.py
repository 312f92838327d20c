"""``openline backup`` and ``openline restore``: a copy of the store, and its return."""

from pathlib import Path
from typing import Annotated

import typer

from openline.cli.given import Json, directory_of
from openline.cli.output import say, show
from openline.errors import Invalid


def register(app: typer.Typer) -> None:
    app.command()(backup)
    app.command()(restore)


def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where the copy goes.")],
    force: Annotated[bool, typer.Option("--force", help="Replace what is there.")] = False,
    as_json: Json = False,
) -> None:
    """Copy the store as it is now; the node may go on working meanwhile.

    The keys and settings are not in it: keep `keys/` and `openline.toml` apart, and safe. A store on
    PostgreSQL is copied by pg_dump instead (docs/how-to/scale.md).

    \b
    Example:
      openline backup /backups/alpha-monday.db
    Read on: docs/adr/0003-storage.md.
    """
    from openline.cli.opened import opened
    from openline.store.backup import backup as copy

    with opened(ctx) as it:
        copy(it.store, file, force=force)
    data = {"backup": str(file), "bytes": file.stat().st_size}
    show(data, lambda: say(f"the store is copied to {file}"), as_json=as_json)


def restore(
    ctx: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="The copy that `openline backup` made.", show_default=False)
    ] = None,
    brought_back: Annotated[
        bool,
        typer.Option("--brought-back", help="The database is brought back already, by its server's tools."),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the store that is there.")] = False,
    as_json: Json = False,
) -> None:
    """Put a backup in the store's place. Stop the node first.

    The node knows then that it may have said more than it remembers: it gets its own words back from the
    partner before it speaks again.

    \b
    Examples:
      openline restore /backups/alpha-monday.db --force
      openline restore --brought-back                   (after pg_restore, before any replica serves)
    Read on: docs/spec/line-protocol.md, sessions.
    """
    if brought_back == (file is not None):
        text = "a restore needs a file, or --brought-back, and not both"
        raise Invalid("what-to-restore", text, field="FILE", remedy="openline restore --help")
    if file is None:
        _mark(ctx, as_json)
    else:
        _restore(ctx, file, force, as_json)


def _mark(ctx: typer.Context, as_json: bool) -> None:
    from openline.cli.opened import opened
    from openline.store.backup import mark_brought_back

    with opened(ctx) as it:
        mark_brought_back(it.store)
    show({"restored": True}, lambda: say("the node asks its partner before it speaks"), as_json=as_json)


def _restore(ctx: typer.Context, file: Path, force: bool, as_json: bool) -> None:
    from openline.bootstrap import Home
    from openline.store.backup import restore as bring_back

    home = Home(directory_of(ctx))
    target = home.database(home.settings())
    bring_back(file, target, force=force)
    data = {"restored": target, "from": str(file)}
    show(
        data,
        lambda: say(f"{target} is restored from {file}; it asks its partner before it speaks"),
        as_json=as_json,
    )
