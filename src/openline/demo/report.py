"""What the demo states at its end: one value, as JSON for scripts and as a table for people."""

from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table

from openline.demo.flights import SIDES
from openline.demo.founding import TITLES
from openline.formats.flights import Skipped


class JournalChecked(msgspec.Struct, frozen=True, kw_only=True):
    """What ``openline journal verify`` found. root: over the heads of all lanes, equal on both sides."""

    entries: int
    verified: bool
    root: str


class Remaining(msgspec.Struct, frozen=True, kw_only=True):
    """A conflict that stands open, and why."""

    conflict_id: str
    first: str | None
    second: str | None
    state: str
    reason: str


class Burden(msgspec.Struct, frozen=True, kw_only=True):
    """What settling took of one side. moved: operations that stand otherwise than they were filed; cost_s:
    of these changes, in seconds of delay (docs/explanation/resolver.md); share: of the cost of both sides,
    0 where nothing was moved.
    """

    moved: int
    cost_s: float
    share: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of both sides by "A" and "B". Scripts may rely on the fields up to wall_s.

    operations: that its node holds as its own. notices: of different operations, received from the partner.
    conflicts: different ones ever stated, as that node holds them. settled + open = conflicts. messages:
    with a number on a lane, both directions. gave_way: in how many conflicts that side's operation moved or
    was withdrawn; burden: what that cost it. rest_ms: how long until both sides held the same, after
    filings or moves; lam_ms: until all that a side had said was acknowledged (medians, and the worst).
    """

    parties: tuple[str, str]
    flights: int
    operations: dict[str, int]
    notices: dict[str, int]
    conflicts: dict[str, int]
    conflict_ids_equal: bool
    picture_digest: dict[str, str]
    settled: int
    open: int
    by_outcome: dict[str, int]
    messages: int
    restarts: int
    suspensions: int
    journal: dict[str, JournalChecked]
    proof_checked: bool
    wall_s: float
    minima: str
    seed: int
    line_checks: int
    answers: dict[str, int]
    gave_way: dict[str, int]
    burden: dict[str, Burden]
    said: dict[str, int]
    rest_ms: dict[str, int]
    lam_ms: dict[str, int | None]
    remaining: tuple[Remaining, ...]
    skipped: tuple[Skipped, ...]

    @property
    def is_sound(self) -> bool:
        """Both sides hold the same and can prove it. That a conflict stands open, named, is no fault."""
        return (
            self.conflict_ids_equal
            and len(set(self.picture_digest.values())) == 1
            and len({journal.root for journal in self.journal.values()}) == 1
            and all(journal.verified for journal in self.journal.values())
            and self.proof_checked
        )


SHORT: Final = 16


def print_report(report: Report, console: Console) -> None:
    """Both sides beside each other, then what they have together."""
    console.print(_sides(report))
    console.print(_together(report))
    for one in report.remaining:
        console.print(f"stands open: {one.first} and {one.second} ({one.state}): {one.reason}", markup=False)
    for left in report.skipped:
        console.print(f"not filed: {left.callsign}: {left.reason}", markup=False)


def _sides(report: Report) -> Table:
    table = Table(title=f"{report.flights} flights, minima {report.minima}, exercise", title_justify="left")
    table.add_column("")
    for side in SIDES:
        table.add_column(TITLES[side], justify="right")
    rows: dict[str, dict[str, object]] = {
        "own operations": {**report.operations},
        "notices received": {**report.notices},
        "conflicts held": {**report.conflicts},
        "gave way": {**report.gave_way},
        "operations moved": {side: report.burden[side].moved for side in SIDES},
        "cost of the moves": {side: _borne(report.burden[side]) for side in SIDES},
        "messages said": {**report.said},
        "LAM after (median)": {side: _ms(report.lam_ms[side]) for side in SIDES},
        "picture digest": {side: report.picture_digest[side][:SHORT] for side in SIDES},
        "journal entries": {side: report.journal[side].entries for side in SIDES},
        "journal root": {side: report.journal[side].root[:SHORT] for side in SIDES},
        "journal verified": {side: _yes(report.journal[side].verified) for side in SIDES},
    }
    for name, figures in rows.items():
        table.add_row(name, *(str(figures[side]) for side in SIDES))
    return table


def _together(report: Report) -> Table:
    table = Table(title="together", title_justify="left", show_header=False)
    table.add_column("")
    table.add_column("", justify="right")
    outcomes = {f"  {name.replace('-', ' ')}": count for name, count in report.by_outcome.items()}
    rows: dict[str, object] = {
        "the same conflicts on both sides": _yes(report.conflict_ids_equal),
        "settled": report.settled,
        **outcomes,
        "open": report.open,
        "line checks, suspensions, kills": f"{report.line_checks}, {report.suspensions}, {report.restarts}",
        "one message proved to a stranger": _yes(report.proof_checked),
        "line at rest after (median, worst)": f"{report.rest_ms['median']}, {report.rest_ms['worst']} ms",
        "took": f"{report.wall_s:.1f} s",
    }
    for name, value in rows.items():
        table.add_row(name, str(value))
    return table


def _borne(burden: Burden) -> str:
    return f"{burden.cost_s:,.0f} s ({burden.share:.0%})"


def _ms(value: int | None) -> str:
    return "" if value is None else f"{value} ms"


def _yes(value: bool) -> str:
    return "yes" if value else "NO"
