"""Who must move where neither knew the other: who has given way less often, and each cause counts once."""

import hashlib

import pytest

from openline.airspace.operation import State
from openline.coordination.fact import Fact
from openline.coordination.messages import Kind
from openline.coordination.precedence import Yielding, mover
from openline.coordination.stamp import Stamp
from openline.coordination.told import Told, told_from
from openline.journal.entry import Lane
from unit.coordination.talkers import NOTICES, a_notice, an_accord


def told_at(party: str, number: int) -> Told:
    """Filed after ten messages of either side, without knowing of the other's."""
    stamp = Stamp(party, Lane.ROUTINE, number, 0, 0, 10)
    notice = a_notice(NOTICES[party][0], 1, State.ACCEPTED)
    fact = Fact(hashlib.sha256(party.encode()).hexdigest(), Kind.NOTICE, stamp, 0, notice)
    told = told_from([fact])
    assert told is not None
    return told


def gave_way(party: str, cause: str, number: int) -> Yielding:
    return Yielding(party, cause, Stamp(party, Lane.ROUTINE, number, 0, 0, 0))


@pytest.mark.parametrize(
    ("yieldings", "moves"),
    [
        ([], "alpha"),
        ([gave_way("alpha", "a", 1)], "bravo"),
        ([gave_way("alpha", "a", 1), gave_way("bravo", "b", 1)], "alpha"),
        # Whoever cites one agreement in every version has not given way once more.
        ([gave_way("alpha", "a", 1), gave_way("bravo", "b", 1), gave_way("alpha", "a", 2)], "alpha"),
        # What one of both places did not know is not common.
        ([gave_way("alpha", "a", 1), gave_way("bravo", "b", 1), gave_way("alpha", "c", 11)], "alpha"),
    ],
)
def test_each_cause_in_the_common_past_counts_once(yieldings: list[Yielding], moves: str) -> None:
    first, second = told_at("alpha", 12), told_at("bravo", 12)
    assert mover(first, second, an_accord(), lambda: yieldings) == moves
