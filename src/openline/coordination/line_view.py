"""How one line stands: under which accord and which node key each party speaks, who has suspended it, has it
ended?"""

from collections.abc import Iterable, Sequence
from functools import cached_property

import msgspec

from openline.coordination.fact import Fact
from openline.coordination.keychain import Reign, reigns_of
from openline.coordination.messages import End, InForce, KeyRevoked, Resume, Suspend
from openline.journal.revocation import Revocation, open_revocation


class LineView(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """versions: the accord version under which each party speaks. suspended_by: who has suspended the
    line. reigns, revoked: the node keys that each party has changed to, and taken back, on this line.
    """

    versions: dict[str, int]
    suspended_by: tuple[str, ...]
    ended: bool
    reigns: dict[str, tuple[Reign, ...]] = {}
    revoked: dict[str, tuple[Revocation, ...]] = {}

    @cached_property
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
    said = sorted(facts, key=lambda fact: fact.stamp.number)
    for fact in said:
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
        reigns={name: reigns_of(it for it in said if it.stamp.sender == name) for name in names},
        revoked={name: _revoked(it for it in said if it.stamp.sender == name) for name in names},
    )


def _revoked(facts: Iterable[Fact]) -> tuple[Revocation, ...]:
    bodies = [fact.body for fact in facts]
    return tuple(
        open_revocation(body.revocation.encode(), None) for body in bodies if isinstance(body, KeyRevoked)
    )
