"""The node's own journal: what is nobody else's, such as times of receipt and local events, hash-linked.

It is never sent, so it is not signed and has no tree; the chain of hashes shows what was changed, dropped or
reordered.
"""

import hashlib
from collections.abc import Iterable
from typing import Final

import msgspec

from openline.errors import OpenlineError
from openline.journal.bounds import MAX_KIND_CHARS, NO_HASH, check_count, check_hash, check_moment, check_text
from openline.journal.canonical import canonical
from openline.journal.verify import Finding

_CONTEXT: Final = b"openline-private-v1\n"
PRIVATE_LANE: Final = "private"
"""What findings name as the lane."""


class PrivateRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """number: from 1, no gaps. at_ms: the node's clock. body: canonical JSON. previous: the hash of the
    record before it, 64 zeros for number 1. hash: SHA-256("openline-private-v1\\n" || canonical JSON of all
    the other fields), in hex.
    """

    number: int
    at_ms: int
    kind: str
    body: msgspec.Raw
    previous: str
    hash: str

    def __post_init__(self) -> None:
        check_count(self.number, "number", least=1)
        check_moment(self.at_ms, "at_ms")
        check_text(self.kind, "kind", MAX_KIND_CHARS)
        check_hash(self.previous, "previous")
        check_hash(self.hash, "hash")


def next_record(head: PrivateRecord | None, at_ms: int, kind: str, body: msgspec.Raw) -> PrivateRecord:
    """The record after ``head`` (None for the first). Raises Invalid as ``canonical`` for a body that is not
    canonical.
    """
    number, previous = (1, NO_HASH) if head is None else (head.number + 1, head.hash)
    digest = _hash(number, at_ms, kind, body, previous)
    return PrivateRecord(number=number, at_ms=at_ms, kind=kind, body=body, previous=previous, hash=digest)


def verify_chain(records: Iterable[PrivateRecord], head: PrivateRecord | None = None) -> list[Finding]:
    """Everything that is wrong with the private journal, in one pass; empty if it is whole.

    records: in ascending order, from 1. head: the last record as remembered elsewhere, against which a cut
    end shows. Codes: ``hash-wrong``, ``gap``, ``out-of-order``, ``previous-wrong``, ``cut-off``, and those of
    ``canonical``.
    """
    findings: list[Finding] = []
    number, previous = 0, NO_HASH
    for record in records:
        findings += [_finding(record.number, *problem) for problem in _problems(record, number, previous)]
        number, previous = record.number, record.hash
    if head is not None and (head.number, head.hash) != (number, previous):
        findings.append(
            _finding(number + 1, "cut-off", f"number {head.number} was the last, here it is {number}")
        )
    return findings


def _problems(record: PrivateRecord, number: int, previous: str) -> list[tuple[str, str]]:
    problems = []
    if record.number > number + 1:
        problems.append(("gap", f"{number + 1} to {record.number - 1} are missing"))
    elif record.number <= number:
        problems.append(("out-of-order", f"it stands behind number {number}"))
    if record.number == number + 1 and record.previous != previous:
        problems.append(("previous-wrong", f"it follows {record.previous}, before it stands {previous}"))
    try:
        digest = _hash(record.number, record.at_ms, record.kind, record.body, record.previous)
    except OpenlineError as error:
        problems.append((error.code, error.text))
    else:
        if digest != record.hash:
            problems.append(("hash-wrong", f"the record hashes to {digest}, kept is {record.hash}"))
    return problems


def _hash(number: int, at_ms: int, kind: str, body: msgspec.Raw, previous: str) -> str:
    content = {"at_ms": at_ms, "body": body, "kind": kind, "number": number, "previous": previous}
    return hashlib.sha256(_CONTEXT + canonical(content)).hexdigest()


def _finding(number: int, code: str, text: str) -> Finding:
    return Finding(code, PRIVATE_LANE, number, text)
