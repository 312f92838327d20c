"""One operation as it was told: all versions of its notice, the one that stands, and the place it holds."""

import hashlib
from collections.abc import Iterable

import msgspec

from openline.accord.notice import Notice
from openline.coordination.fact import Fact
from openline.coordination.messages import OFF_NOMINAL, Revision
from openline.coordination.stamp import Stamp
from openline.journal.canonical import canonical

ENDED = "Ended"


class Told(msgspec.Struct, frozen=True):
    """What stands of one notice.

    place: the stamp of the version from which its standing counts: a revision keeps its place only inside its
    earlier notice.
    """

    party: str
    notice: Notice
    hash: str
    stamp: Stamp
    first_told_ms: int
    place_version: int
    place: Stamp

    @property
    def notice_id(self) -> str:
        return self.notice.notice_id

    @property
    def version(self) -> int:
        return self.notice.version

    @property
    def live(self) -> bool:
        return self.notice.state != ENDED

    @property
    def off_nominal(self) -> bool:
        return self.notice.state in OFF_NOMINAL


def told_from(facts: Iterable[Fact]) -> Told | None:
    """The highest version stands. Of two messages with one version (a fault of their sender) the earlier
    on its lane does.
    """
    versions: dict[int, Fact] = {}
    for fact in sorted(facts, key=lambda fact: (fact.stamp.lane, fact.stamp.number)):
        versions.setdefault(_notice(fact).version, fact)
    if not versions:
        return None
    in_order = [versions[version] for version in sorted(versions)]
    place = in_order[0]
    for fact in in_order[1:]:
        if not _notice(fact).keeps_place:
            place = fact
    last = in_order[-1]
    return Told(
        party=last.stamp.sender,
        notice=_notice(last),
        hash=last.hash,
        stamp=last.stamp,
        first_told_ms=min(fact.at_ms for fact in in_order),
        place_version=_notice(place).version,
        place=place.stamp,
    )


def _notice(fact: Fact) -> Notice:
    assert isinstance(fact.body, Notice)
    return fact.body


def conflict_id(accord_id: str, one: str, other: str) -> str:
    """One id a pair: SHA-256 of the canonical JSON of [accord id, the two notice ids, sorted]. No figure
    enters it.
    """
    return hashlib.sha256(canonical([accord_id, *sorted((one, other))])).hexdigest()


def versions_of(first: Told, second: Told) -> Revision:
    return Revision(first=first.version, second=second.version)


def places_of(first: Told, second: Told) -> Revision:
    return Revision(first=first.place_version, second=second.place_version)
