"""A node's keys change: what is said of it on every line in one step, and what people have brought of it.

A KEY message and everything sealed under the new key commit together, and the place of KEY alone decides
which key counts where. So at whatever moment a node dies, its journal says what it has to seal with.
"""

from collections.abc import Collection, Iterator, Mapping

import msgspec

from openline.accord.document import party_keys
from openline.coordination.decide import Alarm
from openline.coordination.messages import KeyChanged, KeyRevoked, Kind
from openline.errors import OpenlineError, Refused, Unavailable, Unverifiable
from openline.journal.certificate import Certificate, open_certificate
from openline.journal.entry import Lane
from openline.journal.envelope import open_envelope
from openline.journal.revocation import Revocation, open_revocation
from openline.journal.succession import open_succession
from openline.node.desk import Desk
from openline.node.party_words import WordKind, keep_word, kind_of_word, party_of_word
from openline.node.ports import Transaction
from openline.node.speaking import say
from openline.node.step import Step


class Learned(msgspec.Struct, frozen=True):
    """A word that was brought: its kind, whose it is, and on which lines it counts. new: it was not known."""

    kind: WordKind
    party: str
    accords: tuple[str, ...]
    new: bool


def change_key(step: Step, sealed: bytes, *, lost: bool) -> list[str]:
    """Say KEY on every line that does not speak under this certificate's key yet. Returns their accords.

    lost: the key before cannot or must not seal it. Raises Unverifiable as ``open_certificate``; Refused
    ``key-used-before``, ``node-key-missing``; Unavailable as ``Step.sealer``.
    """
    said = []
    for desk in step.all_desks():
        certificate = _own_certificate(step, desk, sealed)
        chain = desk.keys.chain(step.party)
        if certificate.key.id in chain.current:
            continue
        if certificate.key.id in chain.every:
            text = "this key has counted before; a key that was followed by another does not come back"
            raise Refused(
                "key-used-before", text, party=step.party, message=certificate.key.id, clause="keys"
            )
        body = KeyChanged(certificate=sealed.decode("ascii"), lost=lost)
        say(step, desk, Kind.KEY, body, signer=step.ring.find(certificate.key.id) if lost else None)
        step.record("key", {"accord": desk.accord_id, "key": certificate.key.id})
        said.append(desk.accord_id)
    return said


def _own_certificate(step: Step, desk: Desk, sealed: bytes) -> Certificate:
    accord = desk.line.accords[desk.line.speaking_version]
    try:
        certificate = open_certificate(sealed, party_keys(accord))
        certificate.key_at(step.now_ms)
    except OpenlineError as fault:
        raise fault.within(message=f"accord {accord.id}") from None
    if certificate.party != step.party:
        raise Unverifiable("party-unknown", f"the certificate is of {certificate.party}", party=step.party)
    if step.ring.find(certificate.key.id) is None:
        raise Refused(
            "node-key-missing",
            f"the key of this certificate is not at hand: {certificate.key.id}",
            party=step.party,
            field="keys",
            remedy="give the certificate of the key that `openline key request` made here",
        )
    return certificate


def revoke(step: Step, sealed: bytes) -> Learned:
    """Take one of our own node keys back: kept, and said as REVOKE on every line on which we can seal. Where
    we cannot, or while we do not know what we have said, it goes beside the lanes.
    """
    learned = learn(step, sealed)
    if (learned.kind, learned.party) != ("revocation", step.party):
        raise Refused("not-our-word", "it is no revocation by our own party", party=step.party, field="FILE")
    for desk in () if step.is_recovering else step.all_desks():
        is_of_line = desk.accord_id in learned.accords and step.can_seal(desk)
        if is_of_line and _may_say_it(step, desk, open_revocation(sealed, None)):
            say(step, desk, Kind.REVOKE, KeyRevoked(revocation=sealed.decode("ascii")))
    return learned


def _may_say_it(step: Step, desk: Desk, revocation: Revocation) -> bool:
    """Not with the very key that it takes back, and not twice."""
    said = {it.key_id for it in desk.line.picture.line.revoked[step.party]}
    return (
        revocation.key_id not in said
        and revocation.key_id in desk.keys.chain(step.party).every
        and revocation.key_id not in desk.keys.chain(step.party).current
    )


def learn(step: Step, sealed: bytes) -> Learned:
    """Keep a certificate, revocation or succession that came beside the lanes, if an accord's party has said
    it. A revocation of the partner's raises an alarm.

    Raises Unverifiable where no accord here has the key that signed it; Refused ``waits-for-partner`` for a
    succession that nobody but its own new key stands for.
    """
    kind = kind_of_word(sealed)
    whose = {desk.accord_id: party for desk in step.all_desks() if (party := _whose(desk, sealed))}
    if not whose:
        raise Unverifiable(
            "party-unknown",
            f"no party to an accord of this node has signed this {kind}",
            party=step.party,
            field="FILE",
            remedy="compare the words of its key with the other side: openline key words",
        )
    new = keep_word(step.tx, sealed)
    step.take_words()
    party = next(iter(whose.values()))
    if new:
        step.record("word", {"kind": kind, "party": party})
    if kind == "revocation" and new and party != step.party:
        _alarm(step, list(whose), open_revocation(sealed, None))
    return Learned(kind, party, tuple(whose), new)


def _whose(desk: Desk, sealed: bytes) -> str | None:
    for bundle in desk.bundles.values():
        try:
            keys = party_keys(bundle.accord)
            if kind_of_word(sealed) == "succession" and not open_succession(sealed, keys).is_whole:
                raise _waits()
            return party_of_word(sealed, keys)
        except Unverifiable:
            continue
    return None


def _waits() -> Refused:
    return Refused(
        "waits-for-partner",
        "the old key has not signed it, and the partner has not countersigned it either",
        field="FILE",
        remedy="openline key countersign FILE, on the partner's side",
    )


def _alarm(step: Step, accords: list[str], revocation: Revocation) -> None:
    text = f"{revocation.party} has revoked its node key {revocation.key_id[:12]}: {revocation.reason}"
    for accord_id in accords:
        step.alarm(accord_id, "KEY REVOKED", revocation.key_id, text)


def watch(step: Step, desk: Desk) -> Iterator[Alarm | str]:
    """KEY MISSING, or its name (``kind/subject``) where its cause is gone: a line on which we cannot seal is
    heard, and says nothing.
    """
    try:
        step.sealer(desk)
    except Unavailable as fault:
        yield Alarm("KEY MISSING", "key", f"{fault.text}: we hear {desk.partner} and cannot speak")
    else:
        yield "KEY MISSING/key"


# What goes in front of a batch


def keys_ahead(tx: Transaction, desk: Desk, received: Mapping[Lane, int]) -> list[bytes]:
    """Our KEY messages that the partner has not acknowledged: without them it believes nothing under the new
    key. received: what it holds by its own last word; back from a backup, it has lost some again.
    """
    if not desk.line.picture.line.reigns[desk.me]:
        return []
    acknowledged = tx.acknowledged(desk.accord_id, desk.me, Lane.URGENT)
    acknowledged = min(acknowledged, received.get(Lane.URGENT, acknowledged))
    numbers = [
        fact.stamp.number
        for fact in desk.facts_of_line(KeyChanged, desk.me)
        if fact.stamp.number > acknowledged
    ]
    entries = [tx.entry(desk.accord_id, desk.me, Lane.URGENT, number) for number in sorted(numbers)]
    return [entry.sealed for entry in entries if entry is not None]


def revocations_beside(tx: Transaction, desk: Desk) -> list[bytes]:
    """Our revocations that the partner has not acknowledged as REVOKE: a lane may be in other hands."""
    words = desk.keys.own_revocations(desk.me)
    if not words:
        return []
    acknowledged = tx.acknowledged(desk.accord_id, desk.me, Lane.URGENT)
    held = {
        fact.body.revocation.encode()
        for fact in desk.facts_of_line(KeyRevoked, desk.me)
        if isinstance(fact.body, KeyRevoked) and fact.stamp.number <= acknowledged
    }
    return [sealed for sealed in words if sealed not in held]


def revocations_of(desk: Desk, party: str, key_ids: Collection[str]) -> list[bytes]:
    """The party's own word that these keys are revoked, given back to whoever still seals under one: a node
    back from a backup does not know what its people have said since, and would vouch for nothing.
    """
    if not key_ids:
        return []
    words = desk.keys.own_revocations(party)
    return [sealed for sealed in words if open_revocation(sealed, None).key_id in key_ids]


def to_vouch_for(tx: Transaction, desk: Desk, at_ms: int, received: dict[Lane, int], most: int) -> list[str]:
    """The hashes of our messages above what the partner holds that a key of ours sealed which is revoked."""
    revoked = desk.keys.revoked(desk.me, at_ms).keys()
    if not revoked:
        return []
    standing = desk.keys.chain(desk.me).current.keys() - revoked
    found: list[str] = []
    for lane in Lane:
        for entry in tx.entries(desk.accord_id, desk.me, lane, received.get(lane, 0), most):
            sealed_by = {it.key_id for it in open_envelope(entry.sealed).signatures}
            if sealed_by & standing:
                break  # the keys of a lane only ever go on
            if sealed_by & revoked:
                found.append(entry.hash)
    return found[:most]
