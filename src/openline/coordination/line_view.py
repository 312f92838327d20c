"""How one line stands: under which accord each party speaks, who has suspended it, has it ended?"""

from collections.abc import Iterable, Sequence

import msgspec

from openline.coordination.fact import Fact
from openline.coordination.messages import End, InForce, Resume, Suspend


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """versions: the accord version under which each party speaks. suspended_by: who has suspended the
    line.
    """

    versions: dict[str, int]
    suspended_by: tuple[str, ...]
    ended: bool

    @property
    def accord_version(self) -> int:
        """The version that governs what both compute: the newest under which both already speak."""
        return min(self.versions.values())


def line_view_of(names: Sequence[str], base_version: int, facts: Iterable[Fact]) -> LineView:
    """names: of the parties. base_version: under which both speak until they say otherwise. facts: what was
    said of the line itself, in any order.
    """
    versions = dict.fromkeys(names, base_version)
    suspended: dict[str, bool] = {}
    ended = False
    for fact in sorted(facts, key=lambda fact: fact.stamp.number):
        sender = fact.stamp.sender
        if isinstance(fact.body, InForce):
            versions[sender] = max(versions[sender], fact.body.version)
        elif isinstance(fact.body, Suspend | Resume):
            suspended[sender] = isinstance(fact.body, Suspend)
        ended = ended or isinstance(fact.body, End)
    return LineView(
        versions=versions,
        suspended_by=tuple(name for name in names if suspended.get(name)),
        ended=ended,
    )
