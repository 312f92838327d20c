"""Who speaks: the options of a verb that says something, as the officer whom the node attests."""

from typing import TYPE_CHECKING, Any

import typer

from openline.cli.opened import opened
from openline.errors import Invalid

if TYPE_CHECKING:
    import msgspec

    from openline.coordination.messages import Kind, Officer


def officer_of(position: str, pseudonym: str, automaton: bool) -> "Officer":
    """Raises Invalid ``bad-name``, naming the option."""
    import msgspec

    from openline.coordination.messages import Officer

    wire = {"position": position, "pseudonym": pseudonym, "automaton": automaton}
    try:
        return msgspec.convert(wire, Officer)
    except msgspec.ValidationError as fault:
        option = "--pseudonym" if "pseudonym" in str(fault) else "--position"
        text = f"{option} has 1 to 32 of a-z, 0-9 and -"
        raise Invalid("bad-name", text, field=option) from None


def body_of(shape: type[Any], **fields: Any) -> Any:
    """A message's body from what was given; what was not (None) is left out.

    Raises Invalid ``bad-option`` naming the field.
    """
    import msgspec

    given = {name: value for name, value in fields.items() if value is not None}
    try:
        return msgspec.convert(msgspec.to_builtins(given), shape)
    except msgspec.ValidationError as fault:
        reason, _, path = str(fault).partition(" - at ")
        field = path.strip("`").removeprefix("$").lstrip(".") or None
        raise Invalid("bad-option", reason, field=field) from None


def say_on(ctx: typer.Context, accord: str | None, kind: "Kind", body: "msgspec.Struct") -> dict[str, str]:
    """Say it on the line meant, and tell where it is: accord, partner, kind and hash."""
    from openline.node.views import desk_of

    with opened(ctx) as it:
        with it.node.looking() as (_, desks, _own):
            desk = desk_of(desks, accord)
            accord_id, partner = desk.accord_id, desk.partner
        fact = it.node.say(accord_id, kind, body, it.clock.now_ms())
    return {"accord_id": accord_id, "partner": partner, "kind": fact.kind.value, "message": fact.hash}
