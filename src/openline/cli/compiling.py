"""``openline compile``: make the conflict engine ready, so that nobody waits for it later."""

import typer

from openline.cli.given import Json
from openline.cli.output import note, progress, say, show


def register(app: typer.Typer) -> None:
    app.command(name="compile")(compile_engine)


def compile_engine(as_json: Json = False) -> None:
    """Compile the conflict engine for this machine, once: minutes the first time, seconds after that.

    What is compiled is kept in the user's cache folder ($OPENLINE_CACHE_DIR, where it is set). Nobody has to
    call this: without it the first question that compares something compiles what it needs.

    \b
    Example:
      openline compile
    Read on: docs/adr/0012-compiled-conflict-engine.md.
    """
    from openline.conflict import warm
    from openline.conflict.kernels.jit import CACHE_DIR, is_kept
    from openline.resolve.warm import steps as resolver_steps

    steps = [*warm.steps(), *resolver_steps()]
    to_keep = CACHE_DIR is not None and not is_kept()
    twice = sum(map(len, warm.ABREAST)) if to_keep else 0
    with progress("compiling", len(steps) + twice, quiet=as_json) as done:
        for _ in warm.compile_abreast() if to_keep else ():
            done(1)
        for _, compiled in steps:
            compiled()
            done(1)
    if CACHE_DIR is None:
        note("no cache folder can be written: every process compiles for itself; set OPENLINE_CACHE_DIR")
    what = {"compiled": [name for name, _ in steps], "kept_in": CACHE_DIR}
    show(
        what,
        lambda: say(f"ready; kept in {CACHE_DIR}" if CACHE_DIR else "ready, for this process"),
        as_json=as_json,
    )
