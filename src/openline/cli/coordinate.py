"""``openline coordinate``: the dialogue that settles a conflict, move by move."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from openline.cli.given import AccordOption, Json, group, whole_units
from openline.cli.opened import opened
from openline.cli.output import dialogue_word, say, short, show, table
from openline.cli.resting import ReasonOption
from openline.errors import Invalid
from openline.units import DMM_PER_FLIGHT_LEVEL, DMM_PER_FOOT, MS_PER_SECOND, feet_from_dmm

if TYPE_CHECKING:
    from openline.airspace.altitude import Altitude
    from openline.coordination.conflict_view import ConflictView
    from openline.coordination.messages import Proposal
    from openline.node.desk import Desk

Conflict = Annotated[str, typer.Argument(metavar="CONFLICT", help="The conflict's id, or the start of it.")]
Side = Literal["ours", "theirs"]
ClimbFt = Annotated[float | None, typer.Option(help="Higher by so many feet; negative: lower.")]
DelayS = Annotated[float | None, typer.Option(help="Later by so many seconds; negative: earlier.")]
Level = Annotated[
    float | None, typer.Option(metavar="FL", help="To this flight level, counted from its highest.")
]
Answers = Annotated[
    str | None, typer.Option(metavar="HASH", help="Only if this message is still the last one (its tip).")
]
MS_PER_MINUTE = 60 * MS_PER_SECOND


def register(app: typer.Typer) -> None:
    verbs = group("coordinate", "The dialogue that settles a conflict, move by move.")
    for verb in (request, counter, accept, reject, standby, cancel, ways):
        verbs.command()(verb)
    app.add_typer(verbs)


def request(
    ctx: typer.Context,
    conflict: Conflict,
    climb_ft: ClimbFt = None,
    delay_s: DelayS = None,
    level: Level = None,
    moves: Annotated[Side, typer.Option(help="Whose operation would change.")] = "ours",
    answers: Answers = None,
    accord: AccordOption = None,
    as_json: Json = False,
) -> None:
    """Ask (REQUEST): may our operation fly as filed, or with this change?

    The node of the party that must give way asks by itself when a conflict is found; ask again after a
    rejection or withdrawal, or for another agreement.

    \b
    Example:
      openline coordinate request 8f03 --level 370
    Read on: docs/spec/line-protocol.md, the dialogue.
    """
    change = _Change(climb_ft, delay_s, level)
    _move(ctx, accord, conflict, "REQUEST", answers, change=change, moves=moves, as_json=as_json)


def counter(
    ctx: typer.Context,
    conflict: Conflict,
    climb_ft: ClimbFt = None,
    delay_s: DelayS = None,
    level: Level = None,
    moves: Annotated[
        Side | None, typer.Option(help="Whose operation would change; the one that the proposal speaks of.")
    ] = None,
    answers: Answers = None,
    accord: AccordOption = None,
    as_json: Json = False,
) -> None:
    """Answer with another proposal (CDN): another level or another time.

    \b
    Examples:
      openline coordinate counter 8f03 --level 370
      openline coordinate counter 8f03 --delay-s 240 --moves ours
    Read on: `openline coordinate ways`; docs/spec/line-protocol.md, the dialogue.
    """
    change = _Change(climb_ft, delay_s, level)
    if change.is_none:
        remedy = "give --climb-ft, --delay-s or --level; `openline coordinate ways` proves some"
        raise Invalid("proposal-missing", "a counter says what else", field="--level", remedy=remedy)
    _move(ctx, accord, conflict, "CDN", answers, change=change, moves=moves, as_json=as_json)


def accept(
    ctx: typer.Context,
    conflict: Conflict,
    answers: Answers = None,
    accord: AccordOption = None,
    as_json: Json = False,
) -> None:
    """Accept what lies on the table (ACP). If it moves our operation, the node moves it and tells so.

    \b
    Example:
      openline coordinate accept 8f03
    Read on: docs/spec/line-protocol.md, the dialogue.
    """
    _move(ctx, accord, conflict, "ACP", answers, as_json=as_json)


def reject(
    ctx: typer.Context,
    conflict: Conflict,
    reason: ReasonOption = "other",
    answers: Answers = None,
    accord: AccordOption = None,
    as_json: Json = False,
) -> None:
    """Reject what lies on the table (RJC), with a reason.

    \b
    Example:
      openline coordinate reject 8f03 --reason weather
    Read on: docs/spec/line-protocol.md, the dialogue.
    """
    _move(ctx, accord, conflict, "RJC", answers, reason=reason, as_json=as_json)


def standby(
    ctx: typer.Context,
    conflict: Conflict,
    minutes: Annotated[float, typer.Option(min=0, help="By when the answer comes.")] = 5.0,
    answers: Answers = None,
    accord: AccordOption = None,
    as_json: Json = False,
) -> None:
    """Say that the answer comes later (SBY): it is being looked at.

    \b
    Example:
      openline coordinate standby 8f03 --minutes 10
    Read on: docs/spec/line-protocol.md, the dialogue.
    """
    wait_ms = whole_units(minutes, MS_PER_MINUTE, "--minutes")
    _move(ctx, accord, conflict, "SBY", answers, wait_ms=wait_ms, as_json=as_json)


def cancel(
    ctx: typer.Context,
    conflict: Conflict,
    answers: Answers = None,
    accord: AccordOption = None,
    as_json: Json = False,
) -> None:
    """Withdraw from a proposal or an agreement (CANCEL).

    \b
    Example:
      openline coordinate cancel 8f03
    Read on: docs/spec/line-protocol.md, the dialogue.
    """
    _move(ctx, accord, conflict, "CANCEL", answers, as_json=as_json)


def ways(
    ctx: typer.Context,
    conflict: Conflict,
    moves: Annotated[Side, typer.Option(help="Whose operation would change.")] = "ours",
    accord: AccordOption = None,
    as_json: Json = False,
) -> None:
    """List changes that are proved free of conflict with all that is told, the shortest first.

    \b
    Example:
      openline coordinate ways 8f03 --moves theirs
    Read on: docs/spec/line-protocol.md, the dialogue.
    """
    from openline.node.views import find_conflict
    from openline.resolve.alternatives import alternatives
    from openline.resolve.limits import Limits

    with opened(ctx) as it, it.node.looking() as (_, desks, _own):
        desk, view = find_conflict(desks, conflict, accord)
        line = desk.line
        operation = line.operation_of(_notice_of(desk, view, moves))
        found = alternatives(operation, line.index, line.accord, it.clock.now_ms(), limits=Limits.levels)
    rows: list[dict[str, Any]] = [
        {
            "notice_id": operation.id,
            "delay_ms": way.change.delay_ms,
            "climb_dmm": way.change.climb_dmm,
            "sentence": way.sentence,
            "cost": way.cost,
        }
        for way in found
    ]
    cells = [
        [row["sentence"], f"{feet_from_dmm(row['climb_dmm']):g}", f"{row['delay_ms'] / 1000:g}"]
        for row in rows
    ]
    columns = ("what", "--climb-ft", "--delay-s")
    empty = "no change within the usual limits is free of conflict"
    show(
        rows, lambda: table(f"Ways out of {short(view.conflict_id)}", columns, cells, empty), as_json=as_json
    )


class _Change:
    """What the options say of a change: a climb or a level, a delay, or nothing at all."""

    def __init__(self, climb_ft: float | None, delay_s: float | None, level: float | None) -> None:
        if climb_ft is not None and level is not None:
            raise Invalid(
                "climb-and-level", "a climb and a level are two", field="--level", remedy="give one"
            )
        self._climb_dmm = 0 if climb_ft is None else whole_units(climb_ft, DMM_PER_FOOT, "--climb-ft")
        self._delay_ms = 0 if delay_s is None else whole_units(delay_s, MS_PER_SECOND, "--delay-s")
        self._level_dmm = None if level is None else whole_units(level, DMM_PER_FLIGHT_LEVEL, "--level")

    @property
    def is_none(self) -> bool:
        return not self._climb_dmm and not self._delay_ms and self._level_dmm is None

    def of(self, desk: "Desk", notice_id: str) -> "Proposal":
        """As a proposal about this operation. Raises Invalid where it is beyond what can be said."""
        import msgspec

        from openline.coordination.messages import MAX_CLIMB_DMM, MAX_DELAY_MS, Proposal

        climb_dmm = self._climb_dmm
        if self._level_dmm is not None:
            climb_dmm = self._level_dmm - _highest(desk, notice_id).height_dmm
        wire = {"notice_id": notice_id, "delay_ms": self._delay_ms, "climb_dmm": climb_dmm}
        try:
            return msgspec.convert(wire, Proposal)
        except msgspec.ValidationError as fault:
            text = f"such a change cannot be said: {fault}"
            furthest = f"{MAX_DELAY_MS // 3_600_000} h and {MAX_CLIMB_DMM // DMM_PER_FOOT:,} ft"
            remedy = f"at most {furthest} either way"
            raise Invalid("out-of-range", text, field="proposal", clause="REQUEST", remedy=remedy) from None


def _highest(desk: "Desk", notice_id: str) -> "Altitude":
    """The level that an operation is known by: the highest it has. Raises Invalid where it has no levels."""
    from openline.airspace.altitude import Datum

    operation = desk.line.operation_of(notice_id)
    volumes = [one.volume.upper for one in (*operation.volumes, *operation.off_nominal_volumes)]
    points = operation.trajectory.points if operation.trajectory else ()
    highest = max([point.altitude for point in points] or volumes, key=lambda it: it.height_dmm)
    if highest.datum is not Datum.PRESSURE:
        text = f"under this accord heights are told as {highest.datum}, and not as levels"
        raise Invalid("not-a-level", text, field="--level", clause="datum", remedy="give --climb-ft")
    return highest


def _move(
    ctx: typer.Context,
    accord: str | None,
    conflict: str,
    kind: str,
    answers: str | None,
    *,
    change: _Change | None = None,
    moves: Side | None = None,
    reason: str = "other",
    wait_ms: int | None = None,
    as_json: bool,
) -> None:
    from openline.coordination.messages import Kind, Reason
    from openline.node.officer import Move
    from openline.node.views import conflict_row, find_conflict

    with opened(ctx) as it:
        now_ms = it.clock.now_ms()
        with it.node.looking() as (_, desks, _own):
            desk, view = find_conflict(desks, conflict, accord)
            move: Move = Move(
                kind=Kind(kind),
                answers=answers,
                proposal=_proposal(desk, view, change, moves),
                reason=Reason(reason),
                until_ms=None if wait_ms is None else now_ms + wait_ms,
            )
            accord_id, conflict_id = desk.accord_id, view.conflict_id
        after = it.node.move(accord_id, conflict_id, move, now_ms)
        with it.node.looking() as (_, desks, _own):
            row = conflict_row(desks[accord_id], after)
    state = f"the dialogue is {dialogue_word(row)}, the conflict {row['status']}"
    show(row, lambda: say(f"{kind} is said on {short(conflict_id)}: {state}"), as_json=as_json)


def _proposal(
    desk: "Desk", view: "ConflictView", change: _Change | None, moves: Side | None
) -> "Proposal | None":
    if change is None:
        return None
    return change.of(desk, _notice_of(desk, view, moves))


def _notice_of(desk: "Desk", view: "ConflictView", moves: Side | None) -> str:
    """Whose operation: as said; else the one that the proposal on the table speaks of; else ours."""
    if moves is None and view.dialogue.proposal is not None:
        return view.dialogue.proposal.notice_id
    return view.of(desk.partner if moves == "theirs" else desk.me).notice_id
