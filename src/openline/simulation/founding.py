"""Who is there, and what has each pair agreed? Parties, keys and accords, all from the seed."""

import hashlib
import random
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any, Final

import msgspec

from openline.accord.clauses import Answers, Disclosure, MinimaTerms
from openline.accord.clauses import Party as PartyTerms
from openline.accord.document import Bundle, countersign_bundle, open_bundle, pack_bundle, propose
from openline.accord.terms import Accord, draft
from openline.journal.certificate import Certificate, seal_certificate
from openline.journal.keys import SigningKey
from openline.journal.revocation import Revocation, RevocationReason, seal_revocation
from openline.simulation.chances import Chances, uuid_from

BEGIN_MS: Final = 1_533_103_200_000
"""2018-08-01T06:00:00Z, as in the demo."""
HOUR_MS: Final = 3_600_000
_YEAR_MS: Final = 365 * 24 * HOUR_MS

MAX_PARTIES: Final = 8
NAMES: Final = ("alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel")
ALL_PAIRS_UP_TO: Final = 4
"""With more parties than these each has a line with its two neighbours only: a ring."""

GRID_E9: Final = 10_000_000
LAYER_DMM: Final = 3_048_000
STEP_MS: Final = 60_000

ANSWERS: Final = Answers(
    lam_ms=10_000,
    shown_ms=30_000,
    answer_ms=45_000,
    check_ms=60_000,
    take_ms=30_000,
    identify_ms=60_000,
    readback_ms=60_000,
    talk_ms=90_000,
)
"""Shorter than people agree on in earnest: a course lasts some minutes, and in it they have to be late."""
PASSING_ON: Final = 0.5
"""How often, of 1, a party lets what it tells be passed on."""
DISCLOSURES: Final = (
    Disclosure(fields=("aircraft_type", "callsign", "priority")),
    Disclosure(fields=("callsign",)),
    Disclosure(),
    Disclosure(fields=("priority",), grid_e9=GRID_E9, layer_dmm=LAYER_DMM, step_ms=STEP_MS),
    Disclosure(grid_e9=GRID_E9, layer_dmm=LAYER_DMM, step_ms=STEP_MS, finer=False),
    Disclosure(fields=("callsign",), trajectories=False),
)
"""From telling all that an accord may tell to hardly anything."""


class Identity:
    """A party's keys, and its word for them. node_key: the first. keys: those at hand, the newest last.
    certificate: of the one that seals, as far as its people know. followed: what has sealed before.
    revocations: the party's word against a key, by its id. is_mislaid: for now nobody finds the keys, and a
    stray one lies in their place.
    """

    def __init__(self, name: str, chance: random.Random, now_ms: int = BEGIN_MS) -> None:
        self.name = name
        self.began_ms = now_ms
        self.party_key = SigningKey.from_seed(chance.randbytes(32))
        self.node_key = SigningKey.from_seed(chance.randbytes(32))
        self.keys = [self.node_key]
        self.followed: list[SigningKey] = []
        self.revocations: dict[str, bytes] = {}
        self.is_mislaid = False
        self.stray_key = SigningKey.from_seed(hashlib.sha256(self.node_key.public.raw).digest())
        self.certificate = self.certify(self.node_key)

    def certify(self, key: SigningKey) -> bytes:
        certificate = Certificate(
            party=self.name,
            node_key=key.public.hex,
            valid_from_ms=self.began_ms - _YEAR_MS,
            valid_until_ms=self.began_ms + _YEAR_MS,
        )
        return seal_certificate(certificate, self.party_key)

    def revoke(self, key: SigningKey, reason: RevocationReason, from_ms: int = BEGIN_MS) -> bytes:
        word = Revocation(party=self.name, node_key=key.public.hex, from_ms=from_ms, reason=reason)
        return seal_revocation(word, self.party_key)


class Line:
    """One accord and the pair that has it. versions: every text of it that was signed, by its number.
    first_keys: by party, the node key that its first version names (32 raw bytes). is_ending: somebody has
    decided to say END.
    """

    def __init__(self, accord: Accord, first_keys: Mapping[str, bytes]) -> None:
        self.accord_id = accord.id
        self.names = accord.names
        self.first_keys = first_keys
        self.is_ending = False
        self.versions: dict[int, Accord] = {accord.version: accord}
        self.bundles: dict[int, Bundle] = {}

    @property
    def newest(self) -> Accord:
        return self.versions[max(self.versions)]

    def other(self, name: str) -> str:
        return self.names[1 - self.names.index(name)]

    @property
    def title(self) -> str:
        return "-".join(self.names)


def pairs_of(names: Iterable[str]) -> list[tuple[str, str]]:
    """All pairs of a few parties; of more, a ring."""
    names = list(names)
    if len(names) <= ALL_PAIRS_UP_TO:
        return list(combinations(names, 2))
    return [tuple(sorted((name, names[at - 1]))) for at, name in enumerate(names)]  # type: ignore[misc]


def found_line(first: Identity, second: Identity, chances: Chances, serial: int = 0) -> Line:
    """serial: another one for each accord between the same two."""
    chance = chances.of("accord", first.name, second.name, *([str(serial)] if serial else []))
    names = {it.name: it for it in (first, second)}
    line = Line(
        draft(
            uuid_from(chance),
            *(PartyTerms(it.name, it.name.title(), it.party_key.public.hex) for it in (first, second)),
            valid_from_ms=BEGIN_MS - _YEAR_MS,
            valid_until_ms=BEGIN_MS + _YEAR_MS,
            exercise=True,
            minimum_notice_ms=0,
            answers=ANSWERS,
            **_terms(chance, (first.name, second.name)),
        ),
        {name: bytes.fromhex(it.keys[-1].public.hex) for name, it in names.items()},
    )
    line.bundles[1] = signed(line.newest, names)
    return line


def _terms(chance: random.Random, names: tuple[str, str]) -> dict[str, Any]:
    disclosure = {name: chance.choice(DISCLOSURES) for name in names}
    told = all("priority" in it.fields for it in disclosure.values())
    return {
        "disclosure": disclosure,
        "precedence": "priority-then-standing" if told else "first-standing",
        "minima": MinimaTerms.named(chance.choice(("enroute", "threes", "f3548"))),
        "pass_on": {name: chance.random() < PASSING_ON for name in names},
    }


def next_version(line: Line, identities: Mapping[str, Identity], chance: random.Random) -> None:
    """Another version of the accord, drafted and signed by both, with other terms of disclosure."""
    standing = line.newest
    line.versions[standing.version + 1] = msgspec.structs.replace(
        standing, version=standing.version + 1, **_terms(chance, standing.names)
    )
    line.bundles[line.newest.version] = signed(line.newest, identities)


def signed(accord: Accord, identities: Mapping[str, Identity], at_ms: int = BEGIN_MS) -> Bundle:
    """The accord as both have it: proposed by the first, countersigned by the second."""
    first, second = (identities[name] for name in accord.names)
    proposed = pack_bundle(propose(accord, first.party_key), {first.name: first.certificate})
    return open_bundle(countersign_bundle(proposed, second.party_key, second.certificate, at_ms=at_ms))
