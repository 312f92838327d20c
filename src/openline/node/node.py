"""The spine: verify, append, decide, apply, reply; commit, then speak.

Every public method is one step: it takes the store's writer, takes in what other processes have committed,
decides, and commits. What it returns is durable. A step that raises leaves no trace, in the store or here:
the cache is thrown away and read anew.

What officers say is imported when one says something: it brings the resolver, and a list waits for none.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from openline.accord.agreement import Followers
from openline.accord.document import Bundle, open_bundle
from openline.accord.terms import check_succession
from openline.airspace.operation import Operation, State
from openline.coordination.conflict_view import ConflictView
from openline.coordination.conversation import DutyAct
from openline.coordination.decide import Alarm
from openline.coordination.fact import Fact
from openline.coordination.keychain import Certified
from openline.coordination.messages import Kind, Officer, Shown
from openline.errors import Invalid, OpenlineError, Refused
from openline.journal.entry import Lane
from openline.node import (
    calling,
    carried,
    filing,
    hearing,
    party_words,
    reach,
    rotation,
    session,
    shifts,
    speaking,
    supplied,
    taking,
)
from openline.node.attending import attend
from openline.node.desk import Desk, unproved_setting
from openline.node.hearer import Hearer
from openline.node.line_state import LineState
from openline.node.ports import AccordRow
from openline.node.reacting import follow, react
from openline.node.results import Filed, Heard, LineStatus, Problem
from openline.node.seen import line_states
from openline.node.step import RESTORED, Step
from openline.node.steps import Steps
from openline.node.together import Outcome
from openline.node.watch import began_setting, watch

if TYPE_CHECKING:
    from openline.node.officer import Move


class Node(Steps):
    """One party's node. All times are arguments; ``new_id`` gives a fresh UUID4 text for notices. signer: the
    node key, or the ring of those that are at hand.
    """

    # Filing

    def file(self, operation: Operation, now_ms: int) -> Filed:
        """File a new operation, or revise one that has this id. Returns after it is committed and said.

        Raises Invalid for what contradicts itself, Refused where an accord's cap forbids it or a revision
        would break an agreed operation, Unavailable while a restored node has not recovered its lanes.
        Nothing is stored then.
        """
        with self.step(now_ms) as step:
            return _filed(step, operation)

    def file_many(self, operations: Sequence[Operation], now_ms: int) -> list[Filed | OpenlineError]:
        """File several in one transaction, each for itself: one that is refused stops none of the others."""
        with self.step(now_ms) as step:
            return [_filed_or_fault(step, operation) for operation in operations]

    def take(
        self, operations: Sequence[Operation], over: Sequence[str], now_ms: int
    ) -> list[Filed | OpenlineError]:
        """What suppliers filed with our DSS, and the ids of what they took back, in one transaction: it
        stands, and is told as it is (`taking`). Answers in that order.
        """
        with self.step(now_ms) as step:
            works = [partial(taking.take, step, it) for it in operations]
            works += [partial(taking.end, step, it) for it in over]
            names = [*(it.id for it in operations), *over]
            return [_taken_or_fault(step, name, work) for name, work in zip(names, works, strict=True)]

    def transit(self, operation_id: str, state: State, now_ms: int) -> Filed:
        """Bring one of our operations into another state (F3548-21). Raises Refused where that is
        forbidden.
        """
        with self.step(now_ms) as step:
            notes = filing.transit(step, operation_id, state)
            react(step)
            return filing.result(step, operation_id, notes)

    # The dialogue, by an officer

    def move(self, accord_id: str, conflict_id: str, move: "Move", now_ms: int) -> ConflictView:
        """One move in the dialogue of a conflict: request, accept, reject, stand by, counter or cancel.

        Raises NotFound for an unknown conflict, Refused ``not-your-move`` where the dialogue's table does not
        have it.
        """
        from openline.node import officer

        with self.step(now_ms) as step:
            step.check_recovered()
            desk = step.desk(accord_id)
            view, kind, body = officer.body_of(desk, conflict_id, move)
            speaking.say(step, desk, kind, body)
            react(step)
            return desk.line.picture.conflict(view.conflict_id) or view

    def say(self, accord_id: str, kind: Kind, body: msgspec.Struct, now_ms: int) -> Fact:
        """Say a message that stands for itself or answers one: checks, calls, talks, text, suspension, end.

        Raises Refused, NotFound or Invalid for what would be void, with nothing said.
        """
        from openline.node import officer

        with self.step(now_ms) as step:
            step.check_recovered()
            desk = step.desk(accord_id)
            officer.check_sayable(desk, kind, body)
            if isinstance(body, Shown):
                body = calling.shown(desk, body)
            rested = not speaking.runs(step, desk)
            fact = speaking.say(step, desk, kind, body)
            follow(step, desk, rested)
            self._attend(step, desk)
            return fact

    def say_many(
        self, accord_id: str, said: Sequence[tuple[Kind, msgspec.Struct]], now_ms: int
    ) -> list[Fact | OpenlineError]:
        """``say`` several in one transaction, in their order, each for itself: one that may not be said stops
        none of the others.
        """
        works = [partial(self.say, accord_id, kind, body, now_ms) for kind, body in said]
        return [_said_or_fault(outcome) for outcome in self.together(works, now_ms)]

    def shift(self, act: DutyAct, who: Officer, now_ms: int) -> list[Fact]:
        """An officer signs on, relieves another or signs off: said on every line (`shifts`)."""
        with self.step(now_ms) as step:
            step.check_recovered()
            return shifts.change(step, act, who)

    def check(self, accord_id: str, who: Officer, now_ms: int) -> Fact:
        """Try the line: a CHECK, or the answer to the partner's oldest CHECK that waits for one."""
        from openline.node import officer

        with self.step(now_ms) as step:
            step.check_recovered()
            desk = step.desk(accord_id)
            kind, body = officer.check_or_answer(desk, who)
            return speaking.say(step, desk, kind, body)

    # Accords

    def install_accord(self, data: bytes, now_ms: int) -> Bundle:
        """Install a countersigned accord: the first version opens a line, a later one takes effect with
        our IN_FORCE.
        """
        bundle = open_bundle(data)
        bundle.check_countersigned()
        bundle.accord.party(self.party)
        with self.step(now_ms) as step:
            desk = step.desks.get(bundle.accord.id)
            if desk is None:
                step.tx.save_accord(AccordRow(bundle.accord.id, bundle.accord.version, "IN_FORCE", data))
                step.tx.put_setting(began_setting(bundle.accord.id), str(now_ms))
                if step.tx.setting(RESTORED) is not None:
                    step.tx.put_setting(unproved_setting(bundle.accord.id), "1")
            else:
                _install_version(step, desk, bundle)
            step.record("accord", {"accord": bundle.accord.id, "version": bundle.accord.version})
        self._forget()
        return bundle

    # Keys

    def change_key(self, certificate: bytes, now_ms: int, *, lost: bool = False) -> list[str]:
        """Go on under the node key of this certificate on every line. Returns the accords on which KEY was
        said. lost: the key before cannot or must not seal it. Raises as ``rotation.change_key``.
        """
        with self.step(now_ms) as step:
            step.check_recovered()
            return rotation.change_key(step, certificate, lost=lost)

    def revoke(self, revocation: bytes, now_ms: int) -> rotation.Learned:
        """Take one of our own node keys back, on every line."""
        with self.step(now_ms) as step:
            return rotation.revoke(step, revocation)

    def learn(self, word: bytes, now_ms: int) -> rotation.Learned:
        """Keep what a party says of its keys, brought by hand. Raises as ``rotation.learn``."""
        with self.step(now_ms) as step:
            return rotation.learn(step, word)

    def followers(self, accord_id: str) -> Followers:
        """By party key: which key follows it, as people here have accepted. Empty where there is no such
        line.
        """
        with self.looking() as (_, desks, _own):
            return desks[accord_id].keys.followers() if accord_id in desks else {}

    def certified(self) -> dict[str, Certified]:
        """By accord: the node key of ours that counts there."""
        with self.looking() as (_, desks, _own):
            chains = {name: desk.keys.chain(self.party) for name, desk in desks.items()}
            return {name: list(chain.current.values())[-1] for name, chain in chains.items()}

    def checkpoint(self, accord_id: str, now_ms: int) -> bytes:
        """Our word on where all four lanes of this line stand (``evidence``)."""
        from openline.node.evidence import make_checkpoint

        with self.looking() as (tx, desks, own):
            step = Step(self.party, tx, desks, own, self._ring, self._new_id, now_ms)
            desk = step.desk(accord_id)
            return make_checkpoint(tx, desk, step.speaker(desk), now_ms)

    # The line

    def receive(
        self, accord_id: str, batch: Sequence[bytes], now_ms: int, *, asked_ms: int | None = None
    ) -> Heard:
        """Take what the partner sent, in its order. All that is new is committed, with our LAM, before
        this returns. asked_ms: where it answers a batch of ours, when that went out, by the same clock.
        """
        with self.step(now_ms) as step:
            desk = step.desk(accord_id)
            hearer = Hearer(step, desk, self.session_of(accord_id), asked_ms)
            rested = not speaking.runs(step, desk)
            for sealed in batch:
                hearer.hear(sealed)
            if hearer.taken:
                follow(step, desk, rested)
                self._attend(step, desk)
            if hearer.has_learned:
                self._words = party_words.kept_words(step.tx)
            return hearer.finish()

    def quarantine(self, accord_id: str, data: bytes, fault: OpenlineError, now_ms: int) -> Problem:
        """Keep bytes that nobody can vouch for apart (bounded), and count them."""
        with self.step(now_ms) as step:
            return session.quarantine(step.tx, accord_id, data, fault, now_ms)

    def heads(self, accord_id: str, now_ms: int, *, answer: bool = True) -> bytes:
        """Our HEADS: opens a session and is its heartbeat."""
        with self.looking() as (tx, desks, own):
            step = Step(self.party, tx, desks, own, self._ring, self._new_id, now_ms)
            desk = step.desk(accord_id)
            return session.heads(desk, step.speaker(desk), now_ms, answer=answer)

    def opening(self, accord_id: str, now_ms: int) -> list[bytes]:
        """What opens a session: our HEADS, and before them what the partner has to know to believe them."""
        with self.looking() as (tx, desks, own):
            step = Step(self.party, tx, desks, own, self._ring, self._new_id, now_ms)
            desk = step.desk(accord_id)
            now = self.session_of(accord_id)
            before = [
                *rotation.revocations_beside(tx, desk),
                *rotation.keys_ahead(tx, desk, now.partner_received),
            ]
            heads = session.heads(desk, step.speaker(desk), now_ms, answer=True)
            if step.asks_first(desk):
                now.asked = (*now.asked, carried.hash_of(heads))[-carried.MAX_ASKED :]
            return [*before, heads]

    def outbound(
        self, accord_id: str, limit: int = session.MAX_BATCH, lanes: Sequence[Lane] = tuple(Lane)
    ) -> list[bytes]:
        """What the partner has not acknowledged of these lanes, urgent first. Nothing before a session has
        opened with an exchange of heads.
        """
        with self.looking() as (tx, desks, own):
            desk = Step(self.party, tx, desks, own, self._ring, self._new_id, 0).desk(accord_id)
            return session.outbound(tx, desk, self.session_of(accord_id), limit, lanes)

    def lane_mark(self, accord_id: str, lane: Lane) -> object:
        """From memory alone, so that any thread may ask: equal to an earlier one where this process has said
        nothing since on the lane, and knows of nothing else that would go out on it. None where it knows
        nothing of the line.
        """
        desk = (self._desks or {}).get(accord_id)
        if desk is None:
            return None
        return desk.said(lane).number, *self.session_of(accord_id).mark(lane)

    def report(self, accord_id: str, report: reach.Report, now_ms: int) -> None:
        """What the link says of an exchange of its own: evidence of where a fault lies. Raises NotFound."""
        with self.step(now_ms) as step:
            known = reach.kept(step.tx, step.desk(accord_id).accord_id)
            reach.keep(step.tx, accord_id, reach.after(known, report, now_ms))

    def tick(self, now_ms: int) -> None:
        """What time alone brings about: operations that end, notices that rested, alarms for what is
        missing.
        """
        with self.step(now_ms) as step:
            if not step.is_recovering:
                filing.end_what_is_over(step)
                filing.tell_what_rested(step)
                react(step)
            states = line_states(step.tx, step.desks, self.session_of, now_ms)
            for desk in step.all_desks():
                attend(step, desk)
                self._watch(step, desk, states[desk.accord_id])

    def _watch(self, step: Step, desk: Desk, state: LineState) -> None:
        standing = {alarm.alarm_id for alarm in step.tx.alarms()}
        by_time = watch(step.tx, desk, self.session_of(desk.accord_id), state, step.now_ms)
        of_suppliers = supplied.watch(desk, partial(step.own_behind, desk))
        for found in chain(by_time, of_suppliers, rotation.watch(step, desk)):
            if isinstance(found, Alarm):
                step.alarm(desk.accord_id, found.kind, found.subject, found.text)
            elif f"{desk.accord_id}/{found}" in standing:
                step.tx.clear_alarm(f"{desk.accord_id}/{found}", step.now_ms)

    def is_indexed(self) -> bool:
        """Whether the conflict indexes hold every live notice as it stands."""
        with self.looking() as (_, desks, _own):
            return all(desk.line.is_indexed for desk in desks.values())

    def fill_indexes(self) -> bool:
        """Bring some more notices into the conflict indexes; True where none is missing. Who asks about a
        conflict need not call this: the rest is brought in then.
        """
        with self.looking() as (_, desks, _own):
            return all(desk.line.fill_index() for desk in desks.values())

    def status(self, now_ms: int) -> list[LineStatus]:
        """Every line at a glance."""
        with self.looking() as (tx, desks, _):
            states = line_states(tx, desks, self.session_of, now_ms)
            return [
                session.status(tx, desk, self.session_of(name), states[name]) for name, desk in desks.items()
            ]


def _said_or_fault(outcome: Outcome[Fact]) -> Fact | OpenlineError:
    if outcome.value is not None:
        return outcome.value
    if isinstance(outcome.fault, OpenlineError):
        return outcome.fault
    raise outcome.fault or AssertionError("it neither said anything nor failed")


def _filed(step: Step, operation: Operation) -> Filed:
    notes = filing.file(step, operation)
    react(step)
    return filing.result(step, operation.id, notes)


def _filed_or_fault(step: Step, operation: Operation) -> Filed | OpenlineError:
    try:
        return _filed(step, operation)
    except (Invalid, Refused) as fault:  # decided before anything was written
        return fault


def _taken_or_fault(step: Step, operation_id: str, work: Callable[[], list[str]]) -> Filed | OpenlineError:
    try:
        notes = work()
    except (Invalid, Refused) as fault:  # decided before anything was written
        return fault
    react(step)
    return filing.result(step, operation_id, notes)


def _install_version(step: Step, desk: Desk, bundle: Bundle) -> None:
    """Another version of an accord that is here: it governs from the position of both sides' IN_FORCE on."""
    from openline.node import officer

    version = bundle.accord.version
    if version not in desk.bundles:
        check_succession(desk.bundles[max(desk.bundles)].accord, bundle.accord, desk.keys.followers())
        hearing.install(step, desk, bundle)
    elif bundle.accord != desk.bundles[version].accord:
        raise Refused(
            "version-taken", "another text of this version is installed", field="version", clause="versions"
        )
    if version > desk.line.speaking_version:
        step.check_recovered()
        speaking.say(step, desk, Kind.IN_FORCE, officer.in_force(bundle))
        react(step)
