"""Hearing: what does a message mean that was verified (`verifying`)?

Three outcomes are kept apart. Unverifiable: quarantined, counted, never in the journal. Signed but wrong by
itself or under the accord: journalled, answered LRM, taken out of both pictures, and the lane goes on.
Everything else: applied.
"""

from openline.accord.document import Bundle, party_keys, replace_accord
from openline.accord.notice import Notice, as_operation
from openline.accord.terms import Accord, check_succession
from openline.airspace.judged import judged_before
from openline.coordination.codec import as_flown, check_fact, decode_message
from openline.coordination.fact import Fact
from openline.coordination.messages import (
    Finer,
    InForce,
    KeyChanged,
    Kind,
    Rejection,
    Suspend,
    is_safety_of_life,
)
from openline.coordination.passing import PassedOn
from openline.coordination.picture import Entity
from openline.coordination.stamp import knew
from openline.errors import Invalid, OpenlineError, Refused, Unverifiable
from openline.journal.bounds import NO_HASH
from openline.journal.certificate import open_certificate
from openline.journal.entry import Payload, Place, Succession, leaf_hash, open_line
from openline.journal.entry import check_succession as follows
from openline.journal.envelope import keys_by_id
from openline.node.desk import Desk
from openline.node.ports import AccordRow
from openline.node.speaking import keeps_place, open_notices, say
from openline.node.step import Step
from openline.node.verifying import Placed, key_id_of, version_unknown


def take(step: Step, desk: Desk, placed: Placed) -> Fact | None:
    """Judge a message that is next on its lane, and journal it whatever comes of that. Returns the fact, or
    None where it was answered LRM. Raises Unavailable as ``Step.sealer`` where it would have to be, and no
    key is at hand: then it is not stored, and comes again.
    """
    place = placed.payload.place
    message_hash = leaf_hash(placed.sealed)
    accord = desk.line.accords[place.accord_version]
    try:
        fact = decode_message(message_hash, placed.payload)
        check_fact(fact, accord)
        _check_under_accord(desk, fact, accord)
        bundle = _to_install(desk, fact)
    except (Invalid, Refused, Unverifiable) as fault:  # signed and numbered: only what it carries fails
        is_answered = desk.line.picture.is_rejected(message_hash, place.sender)  # before we were restored
        if not is_answered:
            step.sealer(desk)
        desk.journal(step.tx, placed.sealed, message_hash, placed.payload, step.now_ms)
        if not is_answered:
            say(step, desk, Kind.LRM, _rejection(place, message_hash, fault))
        return None
    desk.journal(step.tx, placed.sealed, message_hash, placed.payload, step.now_ms)
    if bundle is not None:
        install(step, desk, bundle)
    desk.line.apply(fact)
    return fact


def _rejection(place: Place, message_hash: str, fault: OpenlineError) -> Rejection:
    return Rejection(
        lane=place.lane,
        number=place.number,
        message=message_hash,
        code=fault.code,
        field=fault.field[:200] if fault.field else None,
        clause=fault.clause[:200] if fault.clause else None,
        text=fault.text[:500],
    )


def _check_under_accord(desk: Desk, fact: Fact, accord: Accord) -> None:
    """What only a look at accord and picture can tell. accord: the version that the message names. Raises
    Invalid or Refused.
    """
    if not is_safety_of_life(fact.kind, fact.body):
        _check_not_resting(desk, fact)
    if isinstance(fact.body, Notice):
        _check_notice(desk, fact, fact.body, accord)
    elif isinstance(fact.body, Finer):
        _check_finer(desk, fact.body, accord)
    elif isinstance(fact.body, PassedOn):
        _check_passed_on(desk, fact, fact.body, accord)


def _check_not_resting(desk: Desk, fact: Fact) -> None:
    """Said under an expired accord, or by someone who already had our SUSPEND. What crossed it on the wire
    is no fault.
    """
    accord = desk.line.accords[desk.line.picture.line.versions[fact.stamp.sender]]
    if not accord.valid_at(fact.at_ms):
        raise Refused("accord-not-valid", "the accord was not valid when this was said", clause="validity")
    if desk.me in desk.line.picture.line.suspended_by and knew(fact.stamp, _own_suspension(desk).stamp):
        raise Refused(
            "suspended", "the line was suspended when this was said, and its sender knew", clause="suspension"
        )


def _own_suspension(desk: Desk) -> Fact:
    facts = desk.line.picture.facts(Entity.LINE, "line")
    ours = [fact for fact in facts if isinstance(fact.body, Suspend) and fact.stamp.sender == desk.me]
    return max(ours, key=lambda fact: fact.stamp.number)


def _check_notice(desk: Desk, fact: Fact, notice: Notice, accord: Accord) -> None:
    standing = desk.line.picture.told(notice.notice_id)
    if standing is not None and standing.party != fact.stamp.sender:
        raise Refused("notice-not-yours", "this notice id belongs to the other party", field="notice_id")
    if standing is not None and standing.version == notice.version:
        raise Invalid("version-taken", f"version {notice.version} was told already", field="version")
    if (
        standing is not None
        and notice.keeps_place
        and standing.version < notice.version
        and _holds_what_came_before(desk, fact)
        and not keeps_place(desk, notice, standing)
    ):
        raise Invalid(
            "does-not-keep-its-place",
            "it says that it lies inside its earlier notice, and it does not",
            field="keeps_place",
            clause="precedence",
        )
    from openline.accord.caps import check_caps  # as in speaking: only who tells or hears a notice waits

    theirs = open_notices(desk, desk.partner, notice.notice_id)
    check_caps(notice, accord, open_notices=theirs, now_ms=fact.at_ms)
    with judged_before():
        desk.line.check_comparable(as_operation(notice, accord.datum))


def _check_finer(desk: Desk, finer: Finer, accord: Accord) -> None:
    flown = as_flown(finer, accord)
    if flown is not None:
        desk.line.check_comparable(flown)


def _holds_what_came_before(desk: Desk, fact: Fact) -> bool:
    """Whether all that its sender had said by then is here. One lane overtakes the other: an urgent version
    may keep the place of a routine one that is still on its way.
    """
    return desk.received(fact.stamp.lane.other).number >= fact.stamp.beside


def _check_passed_on(desk: Desk, fact: Fact, passed: PassedOn, accord: Accord) -> None:
    """As a notice. What is passed on is counted apart from what its teller tells of its own."""
    notice, ones = passed.notice, desk.line.picture.passed
    standing = ones.get(notice.notice_id)
    if standing is not None and standing.party != fact.stamp.sender:
        raise Refused(
            "notice-not-yours", "this notice id belongs to the other party", field="notice.notice_id"
        )
    if standing is not None and standing.version == notice.version:
        raise Invalid("version-taken", f"version {notice.version} was told already", field="notice.version")
    if passed.withdrawn:
        return
    from openline.accord.caps import check_caps

    others = ones.live_count(desk.partner) - (standing is not None and standing.live)
    check_caps(notice, accord, open_notices=others, now_ms=fact.at_ms)
    with judged_before():
        desk.line.check_comparable(as_operation(notice, accord.datum))


def _to_install(desk: Desk, fact: Fact) -> Bundle | None:
    """IN_FORCE carries the countersigned document itself: to be installed, so that what follows can be
    read.
    """
    if not isinstance(fact.body, InForce) or fact.body.version in desk.line.accords:
        return None
    newest = desk.bundles[max(desk.bundles)]
    followers = desk.keys.followers()
    bundle = replace_accord(newest, fact.body.document.encode(), followers)
    check_succession(newest.accord, bundle.accord, followers)
    if bundle.accord.version != fact.body.version:
        raise Invalid("version-not-of-document", "the document is of another version", field="version")
    return bundle


def install(step: Step, desk: Desk, bundle: Bundle) -> None:
    step.tx.save_accord(AccordRow(desk.accord_id, bundle.accord.version, "IN_FORCE", bundle.data))
    desk.bundles[bundle.accord.version] = bundle
    desk.line.add_accord(bundle.accord)


def take_back(step: Step, desk: Desk, sealed: bytes) -> Fact | None:
    """One of our own messages, given back by the partner to a node that lost it (restored from a backup).

    Raises Unverifiable as ``verify_message``: it must bear our own signature and be the next of our lane.
    What a stolen key has sealed may be a thief's, and is never taken back (``key-revoked``). Raises
    Unavailable ``accord-version-unknown`` as there.
    """
    payload = _open_own(desk, sealed)
    place = payload.place
    if key_id_of(sealed) in desk.keys.stolen(desk.me):
        text = "a key of ours that is revoked as stolen has sealed it: it may not be our word"
        raise Unverifiable("key-revoked", text, party=desk.me, message=leaf_hash(sealed), clause="keys")
    if (place.accord, place.sender, place.exercise) != (desk.accord_id, desk.me, desk.line.exercise):
        raise Unverifiable("not-addressed-here", "it is none of our messages on this line", field="place")
    succession = follows(desk.said(place.lane), place)
    if succession is not Succession.NEXT:
        return None
    if place.accord_version not in desk.line.accords:
        raise version_unknown(place)  # our IN_FORCE comes back on the other lane, and then this once more
    entry = desk.journal(step.tx, sealed, leaf_hash(sealed), payload, step.now_ms)
    fact = desk.fact_of(entry)
    if fact is not None:
        bundle = _to_install(desk, fact)
        if bundle is not None:
            install(step, desk, bundle)
        desk.line.apply(fact)
    return fact


def _open_own(desk: Desk, sealed: bytes) -> Payload:
    """Also the KEY by which the successor of a lost key begins: the party's certificate in it is our own."""
    payload = open_line(sealed, None)
    if payload.kind == Kind.KEY and payload.place.accord_version in desk.line.accords:
        keys = party_keys(desk.line.accords[payload.place.accord_version])
        body = decode_message(NO_HASH, payload).body
        if isinstance(body, KeyChanged) and body.lost:
            certificate = open_certificate(body.certificate.encode(), {desk.me: keys[desk.me]})
            return open_line(sealed, keys_by_id(certificate.key))
    return open_line(sealed, desk.keys_of(desk.me))
