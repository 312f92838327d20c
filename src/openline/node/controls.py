"""What session controls say of the lanes, and call for: HEADS, RESEND, LAMS, INVENTORY, VOUCH, RETURN.

Whoever sends them may mean no good: what one of them can cause, thousands in one batch cause no more than
once.
"""

from collections.abc import Callable, Sequence

from openline.coordination import session as wire
from openline.coordination.keychain import Reign
from openline.errors import Invalid
from openline.journal.entry import Lane
from openline.node import carried, clock_difference, lams, rotation, session
from openline.node.candour import Candour
from openline.node.desk import Desk
from openline.node.ports import Signer
from openline.node.results import Problem
from openline.node.step import Step


class Controls:
    """The part of a batch that carries no number, and what the whole of it has come to so far."""

    def __init__(self, step: Step, desk: Desk, now: session.Session, asked_ms: int | None = None) -> None:
        """asked_ms: for a batch that answers one of ours, when that went out."""
        self.taken = 0
        self._asked_ms = asked_ms
        self._taken_back = 0
        self._step = step
        self._tx = step.tx
        self._now_ms = step.now_ms
        self._desk = desk
        self._session = now
        self._answers: list[bytes] = []
        self._answered: set[tuple[str, ...]] = set()
        self._problems: list[Problem] = []
        self._candour = Candour(step.tx, desk)
        self._disproved: set[Lane] = set()  # lanes of ours of which a LAM in this batch was wrong
        self._late_lams: dict[Lane, int] = {}  # by lane, the last of the LAMs that come after later ones
        self._is_refolded = False
        self._is_compared = False
        self._to_acknowledge: set[Lane] = set()
        self._given: dict[lams.Given, bytes] = {}  # LAMs of ours that the partner gives back
        self._gaps: set[Lane] = set()
        self._first: dict[Lane, int] = {}  # by lane, the last number that came as the next one
        self._is_restored = step.asks_first(desk)  # as it began: it is asked of every message
        self._lams_to_compare: set[Lane] = set()
        self._ahead: tuple[Reign, ...] = ()
        self._under_revoked: set[str] = set()  # ids of the revoked keys that something was refused under
        self.has_learned = False

    @property
    def _signer(self) -> Signer:
        """For LAMs and controls."""
        return self._step.speaker(self._desk)

    def _control(self, control: wire.Control, key_id: str, sealed: bytes) -> None:
        desk = self._desk
        wire.check_addressed(
            control, accord=desk.accord_id, exercise=desk.line.exercise, sender=desk.partner, receiver=desk.me
        )
        if isinstance(control, wire.Heads):
            self._heads(control)
            if control.answer:
                self._answer_once(("HEADS",), lambda: self._own_heads(sealed, control))
        elif isinstance(control, wire.Resend):
            wanted = ("RESEND", control.party, control.lane.value)
            self._answer_once(wanted, lambda: session.resend(self._tx, desk, control))
        elif isinstance(control, wire.Return):
            if control.answers in (*self._session.asked, *carried.asked(self._tx, desk.accord_id)):
                self._session.returned = control.received
        elif isinstance(control, wire.Lams):
            asked = ("LAMS", control.lane.value)
            self._answer_once(asked, lambda: session.lams(self._tx, desk, self._signer, control))
        elif isinstance(control, wire.Vouch):
            self._session.vouched = {**self._session.vouched, key_id: frozenset(control.messages)}
        else:
            self._inventory(control)

    def _heads(self, claims: wire.Heads) -> None:
        """What the partner holds counts whatever its clock says; only what is newer shows that it lives.

        Older HEADS are repeated by somebody on the network, or the partner's clock was put back: they may not
        hide a silence, and they may not stop the line either.
        """
        now = self._session
        now.open = True
        if self._is_newer(claims):
            now.heard_ms, now.claims = self._now_ms, claims
            asked_ms = None if claims.answer else self._asked_ms
            sample = clock_difference.sample(claims.at_ms, self._now_ms, asked_ms)
            now.clock_samples = clock_difference.with_sample(now.clock_samples, sample)
        for lane in Lane:
            self._hold_against(lane, claims.received.on(lane))
        self._compare(claims)
        self._lams_to_compare.update(Lane)
        self._vouch()

    def _own_heads(self, asked: bytes, claims: wire.Heads) -> list[bytes]:
        """With our RETURN to those that asked: HEADS alone may be old ones that somebody repeats, and a node
        back from a backup could not tell. Who has acknowledged more than it holds has forgotten its LAMs too:
        they go before its messages, so that it acknowledges those in the same words.
        """
        desk, signer, now_ms = self._desk, self._signer, self._now_ms
        own = [session.heads(desk, signer, now_ms, answer=False)]
        if not self._session.carried:
            own.append(session.returned(desk, signer, carried.hash_of(asked), now_ms))
            own += session.lams_back(self._tx, desk, claims)
        return own

    def _answer_once(self, wanted: tuple[str, ...], answer: Callable[[], Sequence[bytes]]) -> None:
        """The first control of a sort is answered, those after it in the same batch are not: an answer may be
        a thousand times as large as what asks for it.
        """
        if wanted not in self._answered:
            self._answers += answer()
            self._answered.add(wanted)

    def _vouch(self) -> None:
        """For what is in flight under a key of ours that is revoked."""
        ours = rotation.to_vouch_for(
            self._tx, self._desk, self._now_ms, self._session.partner_received, wire.MAX_VOUCHED
        )
        if ours:
            self._answers.append(session.vouch(self._desk, self._signer, ours, self._now_ms))

    def _is_newer(self, claims: wire.Heads) -> bool:
        """Said after the last HEADS; at the same moment only while our own clock stands still too
        (simulated time).
        """
        known = self._session.claims
        if known is None or claims.at_ms != known.at_ms:
            return known is None or claims.at_ms > known.at_ms
        return self._session.heard_ms == self._now_ms

    def _hold_against(self, lane: Lane, held: wire.HeadClaim) -> None:
        """What the partner holds of our lane, against what we remember to have said."""
        desk, now = self._desk, self._session
        ours = desk.said(lane)
        now.partner_received[lane] = min(held.number, ours.number)
        if held.number > ours.number:
            now.recovering = True
            self._alarm_unless_restored(lane, held.number - ours.number)
            self._answer_once(("BACK", lane.value), lambda: [self._ask_back(lane)])
        elif held.number and held.hash != self._hash_at(lane, held.number):
            now.forked = True
            self._alarm(
                "LANE FORKED",
                lane.value,
                f"{desk.partner} holds another number {held.number} on our {lane} lane than we do; "
                "this node speaks no more on this line until people have compared both journals",
            )

    def _alarm_unless_restored(self, lane: Lane, more: int) -> None:
        """A node that was never restored has forgotten nothing: somebody else has spoken in its name."""
        if not self._is_restored:
            text = f"{self._desk.partner} says that it holds {more} more of our {lane} lane than we have said"
            cause = "a copy of this node speaks, or its key is in other hands, or that is not so"
            self._alarm("LANE AHEAD", lane.value, f"{text}: {cause}")

    def _hash_at(self, lane: Lane, number: int) -> str | None:
        entry = self._tx.entry(self._desk.accord_id, self._desk.me, lane, number)
        return entry.hash if entry else None

    def _compare(self, claims: wire.Heads) -> None:
        """Digests count only between equal heads."""
        desk, now = self._desk, self._session
        pairs = [(claims.received.on(lane).number, desk.said(lane).number) for lane in Lane]
        pairs += [(claims.said.on(lane).number, desk.received(lane).number) for lane in Lane]
        if any(theirs != ours for theirs, ours in pairs):
            return
        now.equal = claims.digest == desk.line.picture.digest() or claims.digest == self._refolded()
        if now.equal:
            self._tx.clear_alarm(f"{desk.accord_id}/PICTURES DIFFER/picture", self._now_ms)
        else:
            self._name_differences()

    def _name_differences(self) -> None:
        """Send our inventory, so that the alarm can name the operations; one too large to send is alarmed
        as it is.
        """
        try:
            self._answer_once(("INVENTORY",), lambda: [self._own_inventory(answer=True)])
        except Invalid:
            text = "our picture and the partner's differ; they are too large to compare on the line"
            self._alarm(
                "PICTURES DIFFER", "picture", f"{text}. Remedy: openline journal verify on both sides"
            )

    def _own_inventory(self, *, answer: bool) -> bytes:
        return session.inventory(self._desk, self._signer, self._now_ms, answer=answer)

    def _refolded(self) -> str:
        """The digest of the picture folded anew from the journal; where that heals ours, the healed one is
        kept. Once in a batch: to read the whole journal costs.
        """
        desk = self._desk
        if self._is_refolded:
            return desk.line.picture.digest()
        self._is_refolded = True
        fresh = desk.refolded(self._tx)
        if fresh.digest() != desk.line.picture.digest():
            desk.line.replace_picture(fresh)
            self._step.record("refolded", {"accord": desk.accord_id, "digest": fresh.digest()})
        return fresh.digest()

    def _inventory(self, theirs: wire.Inventory) -> None:
        """Compared once in a batch, for it takes our whole picture."""
        desk = self._desk
        if self._is_compared:
            return
        self._is_compared = True
        names = wire.differing(desk.line.picture.inventory(), theirs.lines)
        if names:
            self._session.equal = False
            shown = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
            self._alarm(
                "PICTURES DIFFER", "picture", f"our picture and that of {desk.partner} differ on {shown}"
            )
        if theirs.answer:
            self._answer_once(("INVENTORY",), lambda: [self._own_inventory(answer=False)])

    def _ask_back(self, lane: Lane) -> bytes:
        desk = self._desk
        return session.ask_again(desk, self._signer, desk.me, lane, desk.said(lane).number, self._now_ms)

    def _alarm(self, kind: str, subject: str, text: str) -> None:
        self._step.alarm(self._desk.accord_id, kind, subject, text)
