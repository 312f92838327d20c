"""One batch from the partner, heard in its order inside one transaction.

A batch may hold thousands of items, and whoever sends it may mean no good: what one item can cause, thousands
cause no more than once.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from openline.accord.notice import as_operation
from openline.airspace.operation import Operation
from openline.coordination import session as wire
from openline.coordination.messages import KeyRevoked, Kind
from openline.coordination.passing import PassedOn
from openline.coordination.told import Told
from openline.errors import OpenlineError, Refused, Unavailable, Unverifiable
from openline.journal.checkpoint import LAM_PAYLOAD_TYPE, Lam, open_lam
from openline.journal.entry import LINE_PAYLOAD_TYPE, Lane, Payload, Succession, decode_payload
from openline.journal.envelope import Envelope, open_envelope
from openline.journal.keys import VerifyKey
from openline.journal.revocation import REVOCATION_PAYLOAD_TYPE, open_revocation
from openline.node import hearing, lams, passing, rotation, session, telephoned, verifying
from openline.node.candour import rejected
from openline.node.controls import Controls
from openline.node.desk import unproved_setting
from openline.node.results import Heard
from openline.node.speaking import remember
from openline.node.step import RESTORED

MISUSE: Final = {"key-revoked": "REVOKED KEY USED", "key-superseded": "OLD KEY USED"}
"""Of a message under a key that does not count: somebody has it who should not."""


class Hearer(Controls):
    """Collects what a batch calls for. Nothing is answered before the transaction has committed."""

    def hear(self, sealed: bytes) -> None:
        """One sealed item: a message, a LAM or a session control."""
        try:
            self._dispatch(sealed)
        except Unverifiable as found:
            fault = self._explained(found, sealed)
            self._note_revoked(fault)
            self._problems.append(
                session.quarantine(self._tx, self._desk.accord_id, sealed, fault, self._now_ms)
            )
            if fault.code in ("fork", "chain-broken"):
                self._alarm("LANE FORKED", fault.code, fault.text)
        except OpenlineError as fault:
            self._note_revoked(fault)
            self._problems.append(session.count_problem(self._tx, fault))

    def _note_revoked(self, fault: OpenlineError) -> None:
        if fault.code in ("key-revoked", verifying.NOT_VOUCHED) and fault.message is not None:
            self._under_revoked.add(fault.message)

    def _explained(self, fault: Unverifiable, sealed: bytes) -> Unverifiable:
        """A key that counted once is not merely unknown."""
        if fault.code != "key-unknown":
            return fault
        key_id = open_envelope(sealed).signatures[0].key_id
        return self._desk.keys.why_unknown(self._desk.partner, key_id, self._now_ms) or fault

    def _dispatch(self, sealed: bytes) -> None:
        envelope = open_envelope(sealed)
        if envelope.payload_type == LINE_PAYLOAD_TYPE:
            payload = decode_payload(envelope.payload)
            if payload.place.sender == self._desk.me:
                self._take_back(sealed)
            else:
                self._take(sealed, envelope, payload)
        elif envelope.payload_type == LAM_PAYLOAD_TYPE:
            if open_lam(sealed, None).receiver == self._desk.me:
                self._given_back(sealed)
            else:
                lam = open_lam(sealed, self._partner_keys())
                self._acknowledged(lam, sealed, envelope.signatures[0].key_id)
        elif envelope.payload_type == wire.SESSION_PAYLOAD_TYPE:
            control = wire.open_control(sealed, self._partner_keys())
            self._control(control, envelope.signatures[0].key_id, sealed)
        elif envelope.payload_type == REVOCATION_PAYLOAD_TYPE:
            self._revocation(sealed)
        else:
            raise Unverifiable(
                "payload-type-unknown",
                f"{envelope.payload_type!r} is no payload type of this protocol",
                party=self._desk.partner,
                field="payloadType",
                clause="protocol",
            )

    def _partner_keys(self) -> dict[str, VerifyKey]:
        return self._desk.keys.of_controls(self._desk.partner, self._now_ms, self._ahead)

    def _revocation(self, sealed: bytes) -> None:
        """Signed by the party key itself, it counts whatever stands on the lanes."""
        learned = rotation.learn(self._step, sealed)
        self.has_learned = self.has_learned or learned.new
        if learned.new and open_revocation(sealed, None).is_disowned:
            self._session.begin_anew()

    # Messages

    def _take(self, sealed: bytes, envelope: Envelope, payload: Payload) -> None:
        if self._is_restored or self._session.recovering:
            # To answer it might use a number twice; it is not acknowledged, so it comes again. But the key
            # that it brings is the one under which the partner says what we have said.
            if payload.kind == Kind.KEY and not self._verified(sealed, envelope, payload).is_known:
                self._ahead = (*self._ahead, verifying.begun_by(payload))
            return
        if payload.place.number == self._desk.received(payload.place.lane).number + 1:
            self._first[payload.place.lane] = payload.place.number
        placed = self._verified(sealed, envelope, payload)
        lane = placed.payload.place.lane
        if placed.succession is Succession.GAP:
            self._gaps.add(lane)
            if placed.payload.kind == Kind.KEY:
                self._ahead = (*self._ahead, verifying.begun_by(placed.payload))
            return
        if placed.succession is Succession.NEXT:
            for text in self._candour.contradictions(placed.payload.place):
                self._alarm("SEEN CONTRADICTED", "seen", text)
            fact = hearing.take(self._step, self._desk, placed)
            if fact is not None and isinstance(fact.body, KeyRevoked):
                self._revocation(fact.body.revocation.encode())
            for cited, text in rejected(self._tx, self._desk, fact):
                self._alarm("MESSAGE REJECTED", cited, text)
            self._session.heard_ms = self._now_ms  # new words only: anybody can repeat old ones
            self.taken += 1
        self._to_acknowledge.add(lane)

    def _verified(self, sealed: bytes, envelope: Envelope, payload: Payload) -> verifying.Placed:
        try:
            return verifying.verify_message(self._step, self._desk, sealed, envelope, payload, self._trust())
        except Unverifiable as fault:
            if fault.code in MISUSE:
                self._alarm(MISUSE[fault.code], fault.message or "key", fault.text)
            raise
        except Unavailable as fault:
            if payload.kind == Kind.KEY and fault.code in (verifying.NOT_VOUCHED, verifying.VERSION_UNKNOWN):
                self._ahead = (*self._ahead, verifying.begun_by(payload))
            raise

    def _trust(self) -> verifying.Trust:
        """What stands beside the journal: a key that is revoked vouches for nothing."""
        if not (self._ahead or self._session.vouched):
            return verifying.NOTHING_MORE
        revoked = self._desk.keys.revoked(self._desk.partner, self._now_ms)
        by_good_keys = [them for key_id, them in self._session.vouched.items() if key_id not in revoked]
        return verifying.Trust(self._ahead, frozenset().union(*by_good_keys))

    def _take_back(self, sealed: bytes) -> None:
        if not self._session.recovering:
            raise Refused(
                "not-asked-for",
                "our own message came back, and we did not ask for it",
                party=self._desk.partner,
            )
        before = self._desk.seen_of(self._desk.me)
        try:
            fact = hearing.take_back(self._step, self._desk, sealed)
        except Unverifiable as fault:
            if fault.code == "key-revoked":
                self._session.forked = True  # a thief has gone on with our lane: people have to see to it
                self._alarm("LANE FORKED", fault.code, fault.text)
            raise
        if self._desk.seen_of(self._desk.me) == before:
            return
        if fact is not None and fact.kind is Kind.NOTICE:
            told = self._desk.line.picture.told(fact.body.notice_id)  # type: ignore[attr-defined]
            if told is not None:
                self._adopt(told)
        elif fact is not None and isinstance(fact.body, PassedOn):
            passing.came_back(self._step, self._desk, fact.body.notice.notice_id)
        self._taken_back += 1
        self.taken += 1

    def _adopt(self, told: Told) -> None:
        """An operation that only its notice remembers goes on as its notice says."""
        operation_id = self._desk.operation_id_of(told.notice_id)
        known = self._step.own.get(operation_id) if operation_id else None
        adopted = as_operation(told.notice, self._desk.line.accord.datum)
        if known is not None:
            adopted = _continue(known, adopted)
        self._step.save(adopted)
        remember(self._step, self._desk, adopted, told.notice_id)

    # LAMs

    def _is_late_again(self, lam: Lam) -> bool:
        """Of LAMs that come after later ones, a batch brings those of a lane in their order, so that its tree
        is added up once for all of them.
        """
        if lam.number >= self._tx.acknowledged(self._desk.accord_id, self._desk.me, lam.lane):
            return False
        before, self._late_lams[lam.lane] = self._late_lams.get(lam.lane, 0), lam.number
        return lam.number <= before

    def _given_back(self, sealed: bytes) -> None:
        """A LAM of ours, which a node that was brought back has forgotten. It counts again when the messages
        are here; whoever has it already loses nothing by it.
        """
        desk = self._desk
        lam = open_lam(sealed, desk.keys_of(desk.me))
        addressed = (lam.accord, lam.sender, lam.receiver, lam.exercise)
        if addressed != (desk.accord_id, desk.partner, desk.me, desk.line.exercise):
            raise Unverifiable(
                "not-addressed-here", "this LAM covers no lane of this line", party=desk.partner
            )
        if len(self._given) < lams.MAX_GIVEN_BACK:
            self._given[lam.lane, lam.number] = sealed

    def _acknowledged(self, lam: Lam, sealed: bytes, key_id: str) -> None:
        """It counts under a key that people have brought, or that a KEY behind a gap begins; but it is kept
        when the journal can prove its key. It comes again.
        """
        desk = self._desk
        addressed = (lam.accord, lam.sender, lam.receiver, lam.exercise)
        if addressed != (desk.accord_id, desk.me, desk.partner, desk.line.exercise):
            raise Unverifiable("not-addressed-here", "this LAM covers no lane of ours", party=desk.partner)
        if lam.number > desk.said(lam.lane).number:
            return  # it acknowledges more than we remember: HEADS will bring it back, and the LAM comes again
        if self._is_late_again(lam):
            return  # it is asked for again
        if lam.lane in self._disproved or desk.root_at(self._tx, lam.lane, lam.number) != lam.root:
            self._disproved.add(lam.lane)  # to add up a long lane costs, so this is done once in a batch
            self._alarm(
                "ROOTS DIFFER",
                lam.lane.value,
                f"{desk.partner} acknowledges another {lam.lane} lane than the one we said",
            )
            raise Unverifiable(
                "root-differs", "the LAM's root is not that of our lane", party=desk.partner, field="root"
            )
        known = self._tx.acknowledged(desk.accord_id, desk.me, lam.lane)
        if lam.number != known and key_id in desk.keys.current(desk.partner):
            lams.note(self._tx, desk, lam, sealed)
            self._lams_to_compare.add(lam.lane)
        held = self._session.partner_received.get(lam.lane, 0)
        self._session.partner_received[lam.lane] = max(held, lam.number)

    # The end of the batch

    def finish(self) -> Heard:
        """LAMs for what is stored now, requests for what is missing; committed together with the messages
        they cover.
        """
        self._recovered()
        if self._given or self.taken:
            lams.take_back(self._tx, self._desk, self._given)
        answers = [self._lam(lane) for lane in Lane if lane in self._to_acknowledge]
        answers += self._answers
        for lane in (it for it in Lane if it in self._gaps):
            after = self._desk.received(lane).number
            if self._first.get(lane) == after + 1:
                continue  # it came, and cannot be taken yet: to ask for it again would go on for ever
            answers.append(
                session.ask_again(self._desk, self._signer, self._desk.partner, lane, after, self._now_ms)
            )
        answers += self._missing_lams()
        if ("HEADS",) in self._answered:  # not to every answer: they would answer each other
            answers[:0] = rotation.revocations_of(self._desk, self._desk.partner, self._under_revoked)
        if answers:
            received = self._session.partner_received
            answers = [*rotation.keys_ahead(self._tx, self._desk, received), *answers]
        telephoned.settle(self._step, self._desk)
        session.keep(self._tx, self._desk.accord_id, self._session)
        return Heard(answers=tuple(answers), problems=tuple(self._problems), taken=self.taken)

    def _lam(self, lane: Lane) -> bytes:
        return lams.give(self._tx, self._desk, self._signer, lane, self._now_ms)

    def _missing_lams(self) -> Iterator[bytes]:
        for lane in sorted(self._lams_to_compare):
            after = lams.to_ask(self._tx, self._desk, lane, self._session)
            if after is not None:
                yield session.ask_lams(self._desk, self._signer, lane, after, self._now_ms)

    def _recovered(self) -> None:
        """Whether we hold again all that the partner holds of ours; where there is more of it, ask for the
        rest.
        """
        now, desk = self._session, self._desk
        if now.claims is None or now.forked:
            return
        held = [claims for claims in (now.claims.received, now.returned) if claims is not None]
        behind = [lane for lane in Lane if any(desk.said(lane).number < it.on(lane).number for it in held)]
        if behind:
            if self._taken_back:
                self._answers += [self._ask_back(lane) for lane in behind]
            return
        if now.recovering:
            now.recovering = False
            now.partner_received = {lane: now.claims.received.on(lane).number for lane in Lane}
            self._step.record("recovered", {"accord": desk.accord_id})
        if now.returned and desk.is_unproved:
            self._tx.put_setting(unproved_setting(desk.accord_id), "0")
            desk.is_unproved = False
        if self._step.is_recovering and now.returned:
            self._tx.put_setting(f"recovered/{desk.accord_id}", "1")
            if all(self._tx.setting(f"recovered/{row.accord_id}") == "1" for row in self._tx.accords()):
                self._tx.put_setting(RESTORED, "0")


def _continue(known: Operation, adopted: Operation) -> Operation:
    """The known operation in the state, and where its notice has moved in the geometry, that the notice
    says.
    """
    return msgspec.structs.replace(adopted, id=known.id, version=known.version + 1, priority=known.priority)
