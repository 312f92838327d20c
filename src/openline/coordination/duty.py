"""Who is on duty where, as each side has told the other."""

from collections.abc import Iterable

from openline.coordination.conversation import DutyAct, Shift
from openline.coordination.fact import Fact
from openline.coordination.fields import Officer


def position_key(fact: Fact) -> str:
    """The seat that a SHIFT is about: seats of two parties may bear one name."""
    assert isinstance(fact.body, Shift)
    return f"{fact.stamp.sender}/{fact.body.officer.position}"


def manned_by(facts: Iterable[Fact]) -> Officer | None:
    """Who sits there now. facts: every SHIFT of one seat, in any order."""
    last = max(facts, key=lambda fact: fact.stamp.number, default=None)
    if last is None or not isinstance(last.body, Shift) or last.body.act is DutyAct.OFF:
        return None
    return last.body.officer
