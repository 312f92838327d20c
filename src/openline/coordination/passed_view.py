"""How things stand with what was passed on: of every such notice the version that stands, who told it, and
whose it is.
"""

from collections.abc import Iterable, Iterator

import msgspec

from openline.accord.notice import Notice
from openline.coordination.fact import Fact
from openline.coordination.messages import OFF_NOMINAL
from openline.coordination.passing import PassedOn
from openline.coordination.told import ENDED

WITHDRAWN = "Withdrawn"


class Passed(msgspec.Struct, frozen=True):
    """What stands of one notice that was passed on. first_told_ms: when its first version was sealed."""

    fact: Fact
    first_told_ms: int

    @property
    def body(self) -> PassedOn:
        assert isinstance(self.fact.body, PassedOn)
        return self.fact.body

    @property
    def notice(self) -> Notice:
        return self.body.notice

    @property
    def notice_id(self) -> str:
        return self.notice.notice_id

    @property
    def version(self) -> int:
        return self.notice.version

    @property
    def party(self) -> str:
        """Who passed it on."""
        return self.fact.stamp.sender

    @property
    def origin(self) -> str:
        """Whose operation it is."""
        return self.body.origin

    @property
    def hash(self) -> str:
        return self.fact.hash

    @property
    def word(self) -> str:
        """Its state; of one of which no more is said, that."""
        return WITHDRAWN if self.body.withdrawn else self.notice.state.value

    @property
    def off_nominal(self) -> bool:
        return self.notice.state in OFF_NOMINAL

    @property
    def live(self) -> bool:
        return self.word not in (ENDED, WITHDRAWN)


def passed_from(facts: Iterable[Fact]) -> Passed | None:
    """The highest version stands; of two messages with one version the earlier on its lane, as of notices."""
    said = sorted(facts, key=lambda fact: fact.stamp.number)
    standing = max((Passed(fact, said[0].at_ms) for fact in said), key=lambda it: it.version, default=None)
    if standing is None:
        return None
    return msgspec.structs.replace(standing, first_told_ms=min(fact.at_ms for fact in said))


class PassedOnes:
    """All that was passed on upon one line, in both directions. ``derive`` is the only way in."""

    def __init__(self) -> None:
        self._standing: dict[str, Passed] = {}
        self._live: dict[str, int] = {}  # by party

    def derive(self, notice_id: str, facts: Iterable[Fact]) -> None:
        before = self._standing.pop(notice_id, None)
        if before is not None and before.live:
            self._live[before.party] -= 1
        standing = passed_from(facts)
        if standing is not None:
            self._standing[notice_id] = standing
            self._live[standing.party] = self.live_count(standing.party) + standing.live

    def get(self, notice_id: str) -> Passed | None:
        return self._standing.get(notice_id)

    def all(self) -> Iterator[Passed]:
        return iter(self._standing.values())

    def live_of(self, party: str) -> Iterator[Passed]:
        """What this party has passed on and stands."""
        return (it for it in self._standing.values() if it.party == party and it.live)

    def live_count(self, party: str) -> int:
        return self._live.get(party, 0)

    def inventory(self) -> Iterator[list[str | int]]:
        for notice_id in sorted(self._standing):
            it = self._standing[notice_id]
            yield ["passed", notice_id, it.party, it.version, it.word, it.hash]
