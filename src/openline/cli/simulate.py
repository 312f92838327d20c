"""``openline simulate``: whole nodes under one seed, everything that can go wrong, and what must hold."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from openline.cli.given import Json
from openline.cli.output import note, progress, say, show
from openline.units import MS_PER_SECOND

if TYPE_CHECKING:
    from openline.simulation import Report, Setup

_SHOWN_OF_TRACE = 25


def register(app: typer.Typer) -> None:
    app.command()(simulate)


@dataclass(frozen=True)
class _Wanted:
    """steps, until: how far. trace: whether each thing that happens is printed."""

    steps: int
    until: int | None
    trace: bool
    as_json: bool


def simulate(
    seed: Annotated[int, typer.Option(help="The same seed is the same course of events.")] = 1,
    steps: Annotated[int, typer.Option(min=1, help="How many things happen.")] = 2_000,
    parties: Annotated[int, typer.Option(min=2, max=8, help="How many nodes; each pair has a line.")] = 2,
    liar: Annotated[
        bool, typer.Option("--liar", help="The last party's key is in bad hands: it says two things at once.")
    ] = False,
    haste: Annotated[
        int, typer.Option(min=1, max=20, help="How many times as often people act and trouble comes.")
    ] = 1,
    without: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND", help="Leave out a kind of act or trouble, such as crash; repeatable."),
    ] = None,
    until: Annotated[
        int | None, typer.Option(min=1, metavar="STEP", help="Stop at this step, and show how it came there.")
    ] = None,
    trace: Annotated[bool, typer.Option("--trace", help="Print everything that happens.")] = False,
    shrink: Annotated[
        bool, typer.Option("--shrink", help="After a failure: find out which kinds of trouble it needs.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Try it all under a seed: real nodes, journals and stores in memory, and everything that can go wrong.

    The network loses, doubles, delays and cuts; processes die around any commit; disks are full and clocks
    leap, stores come back from older copies, messages are forged and repeated, keys change, are revoked and
    misused, lines are suspended, accords end, officers are away. After every step the promises are checked:
    nothing acknowledged is lost or acted on twice, both journals verify and agree, an emergency is shown or
    climbs, nothing is disclosed or passed on beyond the accord, queues are bounded. After each storm all
    heals, and both sides must hold the same. Where a promise breaks it ends with exit code 3, the
    seed, the step, what happened last, and the command that does it again.

    \b
    Example:
      openline simulate --seed 7 --steps 5000 --parties 3
      openline simulate --seed 7 --until 812 --trace
      openline simulate --seed 7 --without crash --without cut
    Read on: docs/reliability.md, what is simulated and what it found.
    """
    from openline.simulation import Setup

    setup = Setup(seed=seed, parties=parties, liar=liar, haste=haste, without=frozenset(without or ()))
    wanted = _Wanted(steps, until, trace, as_json)
    report = _run(setup, wanted)
    if shrink and report.failure is not None:
        report = _shrunk(setup, report)
    _show(report, wanted)
    if report.failure is not None:
        from openline.errors import Unverifiable

        failed = report.failure
        raise Unverifiable(
            "promise-broken",
            f"{failed.promise} does not hold at step {failed.step}",
            party=failed.who,
            remedy=report.replay,
        )


def _run(setup: "Setup", wanted: _Wanted) -> "Report":
    from openline.simulation import simulate as simulated

    is_quiet = wanted.as_json or wanted.trace
    listen = note if wanted.trace else (lambda line: None)
    with progress(f"seed {setup.seed}", wanted.until or wanted.steps, quiet=is_quiet) as advance:
        return simulated(setup, wanted.steps, until=wanted.until, listen=listen, progress=advance)


def _shrunk(setup: "Setup", report: "Report") -> "Report":
    from openline.simulation import shrink

    note("looking for what the failure needs ...")
    return shrink(setup, report, tell=note)


def _show(report: "Report", wanted: _Wanted) -> None:
    import msgspec

    show(msgspec.to_builtins(report), lambda: _for_people(report, wanted), as_json=wanted.as_json)


def _for_people(report: "Report", wanted: _Wanted) -> None:
    minutes = report.simulated_ms / MS_PER_SECOND / 60
    said = sum(report.said.values())
    say(
        f"seed {report.seed}, {report.parties} parties: {report.steps:,} steps, {minutes:,.0f} minutes "
        f"of simulated time, {said:,} messages said, {report.lost:,} bodies lost, "
        f"{report.acts.get('died', 0)} crashes, {report.storms} storms healed"
    )
    if report.failure is None:
        say(f"all {len(report.promises)} promises held: {', '.join(report.promises)}")
        return
    say(f"BROKEN at step {report.failure.step}: {report.failure.promise} ({report.failure.who})")
    say(f"  {report.failure.text}")
    if not wanted.trace:
        say("what happened last:")
        for line in report.failure.trace[-_SHOWN_OF_TRACE:]:
            say(f"  {line}")
    say(f"again: {report.replay}")
