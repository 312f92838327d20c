"""Which node key of a party counts at which place of its lanes?

The accord's bundle names the first key. A KEY message names the next, and says by its own place from where it
counts: above its number on the urgent lane, above its `beside` on the routine one. So every number of every
lane has one key that may seal it, whatever order the messages come in.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from openline.coordination.fact import Fact
from openline.coordination.messages import KeyChanged
from openline.coordination.stamp import Stamp
from openline.journal.certificate import Certificate, open_certificate
from openline.journal.entry import Lane
from openline.journal.keys import VerifyKey


class Certified(msgspec.Struct, frozen=True):
    """A node key with the party's word for it, as it was sealed."""

    certificate: Certificate
    sealed: bytes
    key: VerifyKey

    @classmethod
    def of(cls, sealed: bytes) -> "Certified":
        """Of a certificate that was verified before."""
        certificate = open_certificate(sealed, None)
        return cls(certificate, sealed, certificate.key)


class Reign(msgspec.Struct, frozen=True):
    """A key counts for its party's numbers above ``urgent`` on the one lane and ``routine`` on the other."""

    certified: Certified
    urgent: int
    routine: int

    def reaches(self, lane: Lane, number: int) -> bool:
        return number > (self.urgent if lane is Lane.URGENT else self.routine)


def reign_of(said: KeyChanged, stamp: Stamp) -> Reign:
    """What a KEY message that was verified begins. One of a lost key's successor is sealed by the new key
    itself.
    """
    first_after = stamp.number - 1 if said.lost else stamp.number
    return Reign(Certified.of(said.certificate.encode()), first_after, stamp.beside)


def reigns_of(facts: Iterable[Fact]) -> tuple[Reign, ...]:
    """Of one party's KEY messages, in whatever order they came."""
    said = sorted(
        (fact for fact in facts if isinstance(fact.body, KeyChanged)), key=lambda it: it.stamp.number
    )
    return tuple(reign_of(fact.body, fact.stamp) for fact in said if isinstance(fact.body, KeyChanged))


class KeyChain:
    """A party's node keys on one line. base: those of the accord's bundles. reigns: by rising number."""

    def __init__(self, base: Sequence[Certified], reigns: Sequence[Reign]) -> None:
        later = {reign.certified.key.id for reign in reigns}
        self._base = {it.key.id: it for it in base if it.key.id not in later}
        self._reigns = tuple(reigns)

    @property
    def goes_on(self) -> bool:
        """Whether any key has followed the accord's."""
        return bool(self._reigns)

    @property
    def current(self) -> Mapping[str, Certified]:
        """What counts for everything that is yet to be said, by key id."""
        return _one(self._reigns[-1]) if self._reigns else self._base

    def at(self, lane: Lane, number: int) -> Mapping[str, Certified]:
        """What may have sealed this number, by key id: one key, or those of the accord's bundles."""
        for reign in reversed(self._reigns):
            if reign.reaches(lane, number):
                return _one(reign)
        return self._base

    @property
    def every(self) -> dict[str, Certified]:
        """Every key that ever counted, by key id."""
        return {**self._base, **{it.certified.key.id: it.certified for it in self._reigns}}

    def extended(self, reigns: Sequence[Reign]) -> "KeyChain":
        return KeyChain(tuple(self._base.values()), (*self._reigns, *reigns)) if reigns else self


def _one(reign: Reign) -> dict[str, Certified]:
    return {reign.certified.key.id: reign.certified}
