"""The accord: what two parties agreed, as one signed value. docs/spec/accord.md is its reference.

A party that is not in it learns nothing; what is not in it can not be asked for. Every number is an integer,
so that the canonical text (RFC 8785) and with it the digest that both parties sign is exact.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from msgspec import Struct

from openline.accord.clauses import (
    Answers,
    Caps,
    Disclosure,
    Frequency,
    MinimaTerms,
    Party,
    Step,
)
from openline.accord.shapes import Outline
from openline.accord.wellformed import ascending, at_most, matching, moment, truth, uuid, whole
from openline.airspace.altitude import Datum
from openline.airspace.limits import DAY_MS, HOUR_MS
from openline.errors import Invalid, NotFound, OpenlineError
from openline.journal.canonical import decode_canonical, encode_sorted
from openline.journal.succession import Succession

PROTOCOL = 1
MAX_TABLE_ENTRIES = 24  # line checks a day, rungs of a ladder, frequencies, languages

Precedence = Literal["first-standing", "priority-then-standing"]

Followers = Mapping[str, Succession]
"""By the party key (hex) that is followed: which key follows it, accepted by people of this node."""
NOBODY_FOLLOWS: Final[Followers] = MappingProxyType({})

_NAMED_FIELD = re.compile(r"(?:unknown|required) field `([^`]+)`")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_LANGUAGE = re.compile(r"[a-z]{2}")


class Accord(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The terms between two parties. All fields are always on the wire.

    id: UUID, the same in every version. version: 1, 2, ... protocol: the line protocol it pins. exercise:
    exercise and real never mix. parties: two, by ascending name. area: only what touches it is told (None:
    everywhere). valid_from_ms, valid_until_ms: [from, until). datum: the one datum of all heights in notices.
    disclosure: per party, what that party TELLS. pass_on: per party, whether what that party tells may be
    passed on by the other. minimum_notice_ms: how long before its start an operation is told. line_checks:
    times of day, UTC, "HH:MM". Raises Invalid or LimitExceeded with field and clause.
    """

    id: str
    version: int
    protocol: int
    exercise: bool
    parties: tuple[Party, Party]
    area: Outline | None
    valid_from_ms: int
    valid_until_ms: int
    datum: Datum
    minima: MinimaTerms
    disclosure: dict[str, Disclosure]
    minimum_notice_ms: int
    precedence: Precedence
    heartbeat_ms: int
    line_checks: tuple[str, ...]
    answers: Answers
    escalation: tuple[Step, ...]
    frequencies: tuple[Frequency, ...]
    languages: tuple[str, ...]
    pass_on: dict[str, bool]
    free_text: bool
    caps: Caps

    def __post_init__(self) -> None:
        self._check_identity()
        self._check_parties()
        self._check_validity()
        self._check_each_party_has_terms()
        self._check_precedence()
        self._check_line()
        self._check_tables()

    def other(self, party: str) -> str:
        """The name of the partner. Raises NotFound where `party` is no party to this accord."""
        return self.parties[1 - self._seat(party)].name

    def party(self, party: str) -> Party:
        """Raises NotFound `not-a-party`."""
        return self.parties[self._seat(party)]

    def terms_of(self, party: str) -> Disclosure:
        """What `party` tells. Raises NotFound `not-a-party`."""
        self._seat(party)
        return self.disclosure[party]

    @property
    def names(self) -> tuple[str, str]:
        return self.parties[0].name, self.parties[1].name

    def valid_at(self, at_ms: int) -> bool:
        return self.valid_from_ms <= at_ms < self.valid_until_ms

    def _seat(self, party: str) -> int:
        for seat, name in enumerate(self.names):
            if name == party:
                return seat
        raise NotFound(
            "not-a-party", f"{party!r} is no party to accord {self.id}", party=party, clause="parties"
        )

    def _check_identity(self) -> None:
        uuid(self.id, "id", clause="identity")
        whole(self.version, "version", low=1, high=1_000_000, clause="identity")
        if self.protocol != PROTOCOL:
            raise Invalid(
                "unknown-protocol",
                f"protocol {self.protocol!r} is not spoken here; {PROTOCOL} is",
                field="protocol",
                clause="identity",
            )
        truth(self.exercise, "exercise", clause="identity")

    def _check_parties(self) -> None:
        if len(self.parties) != 2:
            raise Invalid("not-two-parties", "an accord has two parties", field="parties", clause="parties")
        first, second = self.parties
        if first.key == second.key:
            raise Invalid(
                "same-key",
                "both parties have the same key: nobody agrees with himself",
                field="parties",
                clause="parties",
            )
        ascending(self.names, "parties", clause="parties")

    def _check_validity(self) -> None:
        moment(self.valid_from_ms, "valid_from_ms", clause="validity")
        moment(self.valid_until_ms, "valid_until_ms", clause="validity")
        if self.valid_from_ms >= self.valid_until_ms:
            raise Invalid(
                "times-upside-down",
                "the accord ends before it begins",
                field="valid_until_ms",
                clause="validity",
            )
        if self.area is not None:
            self._check_area(self.area)

    def _check_area(self, area: Outline) -> None:
        try:
            area.figure()
        except OpenlineError as fault:
            fault.clause = "area"
            raise fault.within(field="area") from fault

    def _check_each_party_has_terms(self) -> None:
        for field, table in (("disclosure", self.disclosure), ("pass_on", self.pass_on)):
            if sorted(table) != sorted(self.names):
                raise Invalid(
                    "not-for-both-parties",
                    f"{field} speaks of {sorted(table)}, and the parties are {sorted(self.names)}",
                    field=field,
                    clause="disclosure" if field == "disclosure" else "pass-on",
                )
        for name, allowed in self.pass_on.items():
            truth(allowed, f"pass_on.{name}", clause="pass-on")

    def _check_precedence(self) -> None:
        if self.precedence not in ("first-standing", "priority-then-standing"):
            raise Invalid(
                "unknown-precedence",
                f"{self.precedence!r} is no rule",
                field="precedence",
                clause="precedence",
            )
        untold = [name for name in self.names if "priority" not in self.disclosure[name].fields]
        if self.precedence == "priority-then-standing" and untold:
            raise Invalid(
                "priority-not-told",
                f"priority decides, but {untold[0]} does not tell it",
                field=f"disclosure.{untold[0]}.fields",
                clause="precedence",
                remedy="let both parties tell the priority, or take first-standing",
            )

    def _check_line(self) -> None:
        whole(self.minimum_notice_ms, "minimum_notice_ms", high=30 * DAY_MS, clause="minimum-notice")
        whole(self.heartbeat_ms, "heartbeat_ms", low=1_000, high=HOUR_MS, clause="heartbeat")
        truth(self.free_text, "free_text", clause="free-text")
        for check in self.line_checks:
            matching(
                check,
                _CLOCK,
                "line_checks",
                "a time of day such as 09:00",
                code="bad-time",
                clause="line-checks",
            )
        ascending(self.line_checks, "line_checks", clause="line-checks")

    def _check_tables(self) -> None:
        for field in ("line_checks", "escalation", "frequencies", "languages"):
            at_most(getattr(self, field), MAX_TABLE_ENTRIES, field, "MAX_TABLE_ENTRIES")
        ascending([step.after_ms for step in self.escalation], "escalation", clause="escalation")
        ascending([entry.use for entry in self.frequencies], "frequencies", clause="frequencies")
        for code in self.languages:
            matching(
                code,
                _LANGUAGE,
                "languages",
                "a two-letter code (ISO 639-1)",
                code="bad-language",
                clause="languages",
            )
        if not self.languages or len(set(self.languages)) != len(self.languages):
            raise Invalid(
                "bad-language",
                "languages has to name each language once, the preferred first",
                field="languages",
                clause="languages",
            )


CLAUSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "id": "identity",
        "version": "identity",
        "protocol": "identity",
        "exercise": "identity",
        "parties": "parties",
        "area": "area",
        "valid_from_ms": "validity",
        "valid_until_ms": "validity",
        "datum": "datum",
        "minima": "minima",
        "disclosure": "disclosure",
        "minimum_notice_ms": "minimum-notice",
        "precedence": "precedence",
        "heartbeat_ms": "heartbeat",
        "line_checks": "line-checks",
        "answers": "answers",
        "escalation": "escalation",
        "frequencies": "frequencies",
        "languages": "languages",
        "pass_on": "pass-on",
        "free_text": "free-text",
        "caps": "caps",
    }
)
"""From each field to the clause of docs/spec/accord.md that it belongs to."""


def decode_accord(data: bytes) -> Accord:
    """The accord that its canonical text spells.

    Raises Invalid with field and clause: as Accord itself, `field-unknown`, `field-malformed`,
    `not-canonical`, ...
    """
    try:
        accord: Accord = decode_canonical(data, Accord)
    except OpenlineError as fault:
        if fault.clause is None:
            _name_clause(fault)
        raise
    if encode_sorted(accord) != data:  # else two texts would have one digest
        text = "every term is stated, a party's disclosure in full"
        raise Invalid("field-malformed", text, field="disclosure", clause="disclosure")
    return accord


def _name_clause(fault: OpenlineError) -> None:
    """The decoder names an unknown or missing field in its text only; points are only in the area."""
    named = _NAMED_FIELD.search(fault.text)
    if named:
        fault.field = f"{fault.field}.{named[1]}" if fault.field else named[1]
    elif fault.field in ("lat_e9", "lon_e9", "vertices"):
        fault.within(field="area")
    top = re.split(r"[.\[]", fault.field or "")[0]
    fault.clause = CLAUSES.get(top, "accord")


def check_succession(earlier: Accord, later: Accord, followers: Followers = NOBODY_FOLLOWS) -> None:
    """A new version keeps id, parties and exercise mark and counts on by one. A party's key changes only to
    one of which people here have accepted that it follows. Raises Invalid.
    """
    _check_party_keys(earlier, later, followers)
    same = {
        "id": earlier.id == later.id,
        "parties": all(map(_is_same_but_for_key, earlier.parties, later.parties)),
        "exercise": earlier.exercise == later.exercise,
    }
    for field, kept in same.items():
        if not kept:
            raise Invalid(
                "not-the-same-accord",
                f"a new version keeps {field}; otherwise it is another accord",
                field=field,
                clause="versions",
            )
    if later.version != earlier.version + 1:
        raise Invalid(
            "version-out-of-order",
            f"version {later.version} can not follow version {earlier.version}",
            field="version",
            clause="versions",
            remedy=f"propose it as version {earlier.version + 1}",
        )


def _is_same_but_for_key(before: Party, after: Party) -> bool:
    return (before.name, before.title) == (after.name, after.title)


def _check_party_keys(earlier: Accord, later: Accord, followers: Followers) -> None:
    for before, after in zip(earlier.parties, later.parties, strict=True):
        if before.key == after.key or not _is_same_but_for_key(before, after):
            continue
        follower = followers.get(before.key)
        if follower is None or (follower.party, follower.new_key) != (after.name, after.key):
            raise Invalid(
                "party-key-not-accepted",
                f"the new version states another party key for {after.name}, and nobody here has accepted it",
                party=after.name,
                field="parties.key",
                clause="versions",
                remedy="compare its words with the partner, then: openline key accept FILE --words ...",
            )
