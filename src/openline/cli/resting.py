"""``openline accord suspend``, ``resume``, ``end``: what is said about an accord on its own line."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from openline.cli.given import AccordOption, Json
from openline.cli.opened import opened
from openline.cli.output import note, say, show
from openline.errors import Invalid

if TYPE_CHECKING:
    import msgspec

    from openline.coordination.messages import Kind

ReasonWord = Literal[
    "traffic", "constraint", "performance", "weather", "workload", "too-late", "safety", "technical",
    "instructed", "other",
]  # fmt: skip
"""As in openline.coordination.messages.Reason (a test holds them together)."""

ReasonOption = Annotated[ReasonWord, typer.Option(help="Why; a reason never says what an operation is for.")]


def suspend(
    ctx: typer.Context, reason: ReasonOption = "other", accord: AccordOption = None, as_json: Json = False
) -> None:
    """Suspend a line: everything rests but safety-of-life traffic, until you resume it.

    It is said to the partner as what it is: no fault, and no refusal.

    \b
    Example:
      openline accord suspend --reason technical
    Read on: docs/spec/line-protocol.md, suspension.
    """
    from openline.coordination.messages import Kind, Reason, Suspend

    _say(ctx, accord, Kind.SUSPEND, Suspend(reason=Reason(reason)), as_json=as_json)


def resume(ctx: typer.Context, accord: AccordOption = None, as_json: Json = False) -> None:
    """Take back your suspension; what rested meanwhile is told now.

    \b
    Example:
      openline accord resume
    Read on: docs/spec/line-protocol.md, suspension.
    """
    from openline.coordination.messages import Kind, Resume

    _say(ctx, accord, Kind.RESUME, Resume(), as_json=as_json)


def end(
    ctx: typer.Context,
    yes: Annotated[
        bool, typer.Option("--yes", help="Yes, for good: an ended accord does not come back.")
    ] = False,
    reason: ReasonOption = "other",
    accord: AccordOption = None,
    as_json: Json = False,
) -> None:
    """End an accord for good. Safety-of-life traffic stays possible as long as the line is there.

    \b
    Example:
      openline accord end --reason instructed --yes
    Read on: docs/spec/accord.md, states.
    """
    from openline.coordination.messages import End, Kind, Reason

    if not yes:
        raise Invalid(
            "not-confirmed", "an ended accord does not come back", field="--yes", remedy="add --yes"
        )
    _say(ctx, accord, Kind.END, End(reason=Reason(reason)), as_json=as_json)


def _say(
    ctx: typer.Context, accord: str | None, kind: "Kind", body: "msgspec.Struct", *, as_json: bool
) -> None:
    from openline.node.views import desk_of

    with opened(ctx) as it:
        with it.node.looking() as (_, desks, _own):
            desk = desk_of(desks, accord)
            accord_id, partner = desk.accord_id, desk.partner
        now_ms = it.clock.now_ms()
        fact = it.node.say(accord_id, kind, body, now_ms)
        state = next(it for it in it.node.status(now_ms) if it.accord_id == accord_id).state
    data = {"accord_id": accord_id, "kind": kind.value, "message": fact.hash, "state": state}
    show(data, lambda: say(f"{kind.value} is said to {partner}; the line is {state}"), as_json=as_json)
    if not as_json:
        note("a serving node carries it to the partner")
