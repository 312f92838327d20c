"""One operation as it was told: all versions of its notice, the one that stands, and the place it holds."""

import hashlib
from collections.abc import Iterable

import msgspec

from openline.accord.notice import Notice
from openline.airspace.operation import State
from openline.coordination.fact import Fact, NoticeHeading
from openline.coordination.messages import OFF_NOMINAL, Revision
from openline.coordination.stamp import Stamp
from openline.journal.canonical import canonical

ENDED = "Ended"


class Told(msgspec.Struct, frozen=True):
    """What stands of one notice.

    fact: the message that told the version that stands. priority: None where it is not told. place: the stamp
    of the version from which its standing counts: a revision keeps its place only inside its earlier notice.
    """

    notice_id: str
    version: int
    state: State
    priority: int | None
    fact: Fact
    first_told_ms: int
    place_version: int
    place: Stamp

    @property
    def party(self) -> str:
        return self.fact.stamp.sender

    @property
    def hash(self) -> str:
        return self.fact.hash

    @property
    def stamp(self) -> Stamp:
        return self.fact.stamp

    @property
    def notice(self) -> Notice:
        """With its geometry, which is read when it is first asked for."""
        assert isinstance(self.fact.body, Notice)
        return self.fact.body

    @property
    def live(self) -> bool:
        return self.state != ENDED

    @property
    def off_nominal(self) -> bool:
        return self.state in OFF_NOMINAL


def told_from(facts: Iterable[Fact]) -> Told | None:
    """The highest version stands. Of two messages with one version (a fault of their sender) the earlier
    on its lane does.
    """
    versions: dict[int, tuple[Fact, Notice | NoticeHeading]] = {}
    for fact in sorted(facts, key=lambda fact: (fact.stamp.lane, fact.stamp.number)):
        heading = fact.heading
        versions.setdefault(heading.version, (fact, heading))
    if not versions:
        return None
    in_order = [versions[version] for version in sorted(versions)]
    place, placed = in_order[0]
    for fact, heading in in_order[1:]:
        if not heading.keeps_place:
            place, placed = fact, heading
    last, standing = in_order[-1]
    return Told(
        notice_id=standing.notice_id,
        version=standing.version,
        state=standing.state,
        priority=standing.priority,
        fact=last,
        first_told_ms=min(fact.at_ms for fact, _ in in_order),
        place_version=placed.version,
        place=place.stamp,
    )


def conflict_id(accord_id: str, one: str, other: str) -> str:
    """One id a pair: SHA-256 of the canonical JSON of [accord id, the two notice ids, sorted]. No figure
    enters it.
    """
    return hashlib.sha256(canonical([accord_id, *sorted((one, other))])).hexdigest()


def versions_of(first: Told, second: Told) -> Revision:
    return Revision(first=first.version, second=second.version)


def places_of(first: Told, second: Told) -> Revision:
    return Revision(first=first.place_version, second=second.place_version)
