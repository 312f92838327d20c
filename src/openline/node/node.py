"""The spine: verify, append, decide, apply, reply; commit, then speak.

Every public method is one step: it takes the store's writer, takes in what other processes have committed,
decides, and commits. What it returns is durable. A step that raises leaves no trace, in the store or here:
the cache is thrown away and read anew.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import msgspec

from openline.accord.document import Bundle, open_bundle
from openline.accord.terms import check_succession
from openline.airspace.change import apply as apply_change
from openline.airspace.operation import OFF_NOMINAL, Operation, State, check_horizon, transition
from openline.coordination import decide
from openline.coordination.fact import Fact
from openline.coordination.messages import Kind, Officer
from openline.coordination.picture import ConflictView
from openline.errors import Invalid, NotFound, OpenlineError, Refused, Unavailable
from openline.node import hearing, officer, session, speaking
from openline.node.desk import Desk, open_desks
from openline.node.hearer import RESTORED, Hearer
from openline.node.own import Own
from openline.node.ports import AccordRow, AlarmRow, Signer, Store, Transaction
from openline.node.record import record
from openline.node.results import Filed, Heard, LineStatus, NoticeTold, Problem
from openline.node.watch import watch

MAX_ROUNDS = 64
"""How often one step may react to its own words before it is an error (each round answers what the last
one changed).
"""


class Node:
    """One party's node. All times are arguments; ``new_id`` gives a fresh UUID4 text for notices."""

    def __init__(self, store: Store, signer: Signer, party: str, new_id: Callable[[], str]) -> None:
        self.party = party
        self._store = store
        self._signer = signer
        self._new_id = new_id
        self._desks: dict[str, Desk] | None = None
        self._sessions: dict[str, session.Session] = {}
        self._own = Own()

    # The step

    @contextmanager
    def _step(self, now_ms: int) -> Iterator[Transaction]:
        """One atomic step. On any error nothing stays: neither rows nor what was derived from them."""
        try:
            with self._store.writing() as tx:
                self._refresh(tx)
                yield tx
                for desk in self._all_desks():
                    desk.write_picture(tx)
        except BaseException:
            self._desks = None
            self._own = Own()
            raise

    @contextmanager
    def _look(self) -> Iterator[Transaction]:
        """Read only, at what is committed now."""
        try:
            with self._store.reading() as tx:
                self._refresh(tx)
                yield tx
        except BaseException:
            self._desks = None
            self._own = Own()
            raise

    def _refresh(self, tx: Transaction) -> None:
        rows = tx.accords()
        known = {(desk.accord_id, version) for desk in self._all_desks() for version in desk.bundles}
        fresh = self._desks is not None and known == {(row.accord_id, row.version) for row in rows}
        if not fresh or not all(desk.refresh(tx) for desk in self._all_desks()):
            self._desks = open_desks(self.party, rows)
            for desk in self._all_desks():
                desk.read(tx)
        self._own.refresh(tx)

    def _all_desks(self) -> list[Desk]:
        return list(self._desks.values()) if self._desks else []

    def _desk(self, accord_id: str) -> Desk:
        desk = (self._desks or {}).get(accord_id)
        if desk is None:
            raise NotFound(
                "no-such-line",
                f"there is no line under accord {accord_id}",
                party=self.party,
                field="accord_id",
                remedy="openline accord show lists the accords of this node",
            )
        return desk

    def session_of(self, accord_id: str) -> session.Session:
        return self._sessions.setdefault(accord_id, session.Session())

    # Filing

    def file(self, operation: Operation, now_ms: int) -> Filed:
        """File a new operation, or revise one that has this id. Returns after it is committed and said.

        Raises Invalid for what contradicts itself, Refused where an accord's cap forbids it or a revision
        would break an agreed operation, Unavailable while a restored node has not recovered its lanes.
        Nothing is stored then.
        """
        with self._step(now_ms) as tx:
            return self._file(tx, operation, now_ms)

    def file_many(self, operations: Sequence[Operation], now_ms: int) -> list[Filed | OpenlineError]:
        """File several in one transaction, each for itself: one that is refused stops none of the others."""
        with self._step(now_ms) as tx:
            return [self._file_or_fault(tx, operation, now_ms) for operation in operations]

    def _file_or_fault(self, tx: Transaction, operation: Operation, now_ms: int) -> Filed | OpenlineError:
        try:
            return self._file(tx, operation, now_ms)
        except (Invalid, Refused) as fault:  # decided before anything was written
            return fault

    def _file(self, tx: Transaction, operation: Operation, now_ms: int) -> Filed:
        self._check_recovered(tx)
        check_horizon(operation, now_ms)
        standing = self._own.get(operation.id)
        operation = _revision_of(operation, standing)
        drafts = self._draft_everywhere(operation, standing, now_ms)
        operation = self._initial_state(operation, standing, drafts)
        self._save(tx, operation)
        record(
            tx,
            now_ms,
            "filed",
            {"operation": operation.id, "version": operation.version, "state": operation.state.value},
        )
        notes = self._tell_everywhere(tx, operation, now_ms)
        self._react(tx, now_ms)
        return self._filed(operation.id, notes)

    def _check_recovered(self, tx: Transaction) -> None:
        """A node that came back from a backup does not know what it has said since: it asks its partner
        before it speaks.
        """
        if tx.setting(RESTORED) == "1":
            raise Unavailable(
                "recovering",
                "restored from a backup, and the partner has not given back yet what this node said since",
                party=self.party,
                remedy="let `openline serve` open a session with the partner, then file again",
            )

    def _draft_everywhere(
        self, operation: Operation, standing: Operation | None, now_ms: int
    ) -> list[tuple[Desk, Operation]]:
        """What each partner would be told, as operations; raises before anything is written where one may
        not be told.
        """
        drafts = []
        for desk in self._all_desks():
            if not speaking.concerns(desk, operation):
                continue
            notice = speaking.draft_notice(desk, operation, self._new_id)
            speaking.check_tellable(desk, notice, now_ms)
            candidate = speaking.as_told(desk, notice)
            if standing is not None and standing.state in decide.AGREED_STATES:
                self._check_breaks_nothing(desk, operation, candidate)
            drafts.append((desk, candidate))
        return drafts

    def _check_breaks_nothing(self, desk: Desk, operation: Operation, candidate: Operation) -> None:
        if operation.state in OFF_NOMINAL:
            return  # who is in the air is in the air
        broken = decide.breaks(desk.line, candidate, candidate.id)
        if broken:
            raise officer.would_break(desk, candidate, broken)

    def _initial_state(
        self, operation: Operation, standing: Operation | None, drafts: list[tuple[Desk, Operation]]
    ) -> Operation:
        """A new filing that conflicts is kept and said, as Proposed; one that conflicts with nothing is
        Accepted at once.
        """
        if standing is not None or operation.state in OFF_NOMINAL:
            return operation
        clear = not any(decide.meets_partner(desk.line, candidate) for desk, candidate in drafts)
        if not clear:
            return msgspec.structs.replace(operation, state=State.PROPOSED)
        wanted: State = State.ACCEPTED if operation.state is State.PROPOSED else operation.state
        return msgspec.structs.replace(operation, state=wanted)

    def _save(self, tx: Transaction, operation: Operation) -> None:
        self._own.save(tx, operation)

    def _tell_everywhere(
        self, tx: Transaction, operation: Operation, now_ms: int, agreed: dict[str, str] | None = None
    ) -> list[str]:
        """Tell every partner concerned that may be told now; the others are told when their line runs
        again.
        """
        notes = []
        for desk in self._all_desks():
            if not speaking.concerns(desk, operation) or not speaking.untold(desk, operation):
                continue
            citing = (agreed or {}).get(desk.accord_id)
            notice = speaking.draft_notice(desk, operation, self._new_id, agreed=citing)
            if not speaking.may_say(desk, Kind.NOTICE, notice, now_ms):
                notes.append(f"{desk.partner} is told when the line runs again")
                continue
            speaking.tell(tx, desk, self._signer, operation, notice, now_ms)
            if speaking.is_late(desk, notice, now_ms):
                notes.append(f"{desk.partner} gets shorter notice than the accord asks for")
        return notes

    def _filed(self, operation_id: str, notes: list[str]) -> Filed:
        operation = self._own.need(operation_id)
        told, conflicts = [], []
        for desk in self._all_desks():
            row = desk.notices.get(operation_id)
            standing = desk.line.picture.told(row.notice_id) if row else None
            if standing is None:
                continue
            told.append(
                NoticeTold(accord_id=desk.accord_id, notice_id=standing.notice_id, version=standing.version)
            )
            conflicts += [
                view.conflict_id for view in desk.line.picture.conflicts_of(standing.notice_id) if view.held
            ]
        return Filed(
            operation_id=operation.id,
            version=operation.version,
            state=operation.state.value,
            told=tuple(told),
            conflicts=tuple(conflicts),
            notes=tuple(notes),
        )

    def transit(self, operation_id: str, state: State, now_ms: int) -> Filed:
        """Bring one of our operations into another state (F3548-21). Raises Refused where the table or an
        open conflict forbids it.
        """
        with self._step(now_ms) as tx:
            self._check_recovered(tx)
            operation = self._own.need(operation_id)
            if state is State.ACCEPTED and operation.state is State.PROPOSED:
                self._check_unblocked(operation)
            return self._transit(tx, operation, state, now_ms)

    def _transit(self, tx: Transaction, operation: Operation, state: State, now_ms: int) -> Filed:
        changed = transition(operation, state)
        if changed is operation:
            return self._filed(operation.id, [])
        changed = msgspec.structs.replace(changed, version=operation.version + 1)
        self._save(tx, changed)
        record(tx, now_ms, "state", {"operation": operation.id, "state": state.value})
        notes = self._tell_everywhere(tx, changed, now_ms)
        self._react(tx, now_ms)
        return self._filed(operation.id, notes)

    def _check_unblocked(self, operation: Operation) -> None:
        for desk in self._all_desks():
            row = desk.notices.get(operation.id)
            views = decide.blocking(desk.line, row.notice_id) if row else []
            if views:
                raise Refused(
                    "conflict-open",
                    f"it stands in {len(views)} open conflict(s), the first {views[0].conflict_id[:12]}",
                    party=desk.partner,
                    clause="precedence",
                    remedy="settle them first: openline conflicts",
                )

    # Reacting: what follows by itself from what was said

    def _react(self, tx: Transaction, now_ms: int) -> None:
        """State conflicts, ask, carry out what was agreed and promote what nothing blocks, until nothing
        more follows.
        """
        for _ in range(MAX_ROUNDS):
            reacted = [self._react_once(tx, desk, now_ms) for desk in self._all_desks()]
            if not any(reacted) and not self._promote(tx, now_ms):
                return
        raise Unavailable(
            "no-rest", f"the node still reacts to itself after {MAX_ROUNDS} rounds; nothing was stored"
        )

    def _react_once(self, tx: Transaction, desk: Desk, now_ms: int) -> bool:
        speaks = speaking.in_force(desk, now_ms)
        if not speaks:
            return False  # what is not judged yet stays so until the line runs again
        steps = decide.judge(desk.line)
        steps += decide.settle(desk.line, lambda notice_id: self._own_behind(desk, notice_id))
        for step in steps:
            self._perform(tx, desk, step, now_ms)
        return bool(steps)

    def _own_behind(self, desk: Desk, notice_id: str) -> Operation | None:
        operation_id = desk.operation_id_of(notice_id)
        return self._own.get(operation_id) if operation_id else None

    def _perform(self, tx: Transaction, desk: Desk, step: decide.Step, now_ms: int) -> None:
        if isinstance(step, decide.Say):
            speaking.say(tx, desk, self._signer, step.kind, step.body, now_ms)
        elif isinstance(step, decide.Alarm):
            self.alarm(tx, desk.accord_id, step.kind, step.subject, step.text, now_ms)
        else:
            self._carry_out(tx, desk, step, now_ms)

    def _carry_out(self, tx: Transaction, desk: Desk, step: decide.Revise, now_ms: int) -> None:
        """What was agreed is done, and told with the agreement cited."""
        operation = self._own_behind(desk, step.notice_id)
        if operation is None or operation.state is State.ENDED:
            self.alarm(
                tx,
                desk.accord_id,
                "AGREEMENT NOT CARRIED OUT",
                step.agreement,
                f"the agreed change of {step.notice_id} cannot be made: its operation is not here any more",
                now_ms,
            )
            return
        changed = apply_change(operation, step.change)
        changed = msgspec.structs.replace(changed, version=operation.version + 1)
        self._save(tx, changed)
        record(tx, now_ms, "carried-out", {"operation": operation.id, "agreement": step.agreement})
        self._tell_everywhere(tx, changed, now_ms, {desk.accord_id: step.agreement})

    def _promote(self, tx: Transaction, now_ms: int) -> bool:
        """Proposed operations that no open conflict holds back any more are Accepted."""
        promoted = False
        for operation in self._own.in_state(State.PROPOSED):
            if self._is_unblocked(operation, now_ms):
                changed = transition(operation, State.ACCEPTED)
                changed = msgspec.structs.replace(changed, version=operation.version + 1)
                self._save(tx, changed)
                self._tell_everywhere(tx, changed, now_ms)
                promoted = True
        return promoted

    def _is_unblocked(self, operation: Operation, now_ms: int) -> bool:
        return all(self._is_unblocked_on(desk, operation, now_ms) for desk in self._all_desks())

    def _is_unblocked_on(self, desk: Desk, operation: Operation, now_ms: int) -> bool:
        row = desk.notices.get(operation.id)
        if row is None:
            return not speaking.concerns(
                desk, operation
            )  # a partner that has yet to be told has yet to agree
        return speaking.in_force(desk, now_ms) and not decide.blocking(desk.line, row.notice_id)

    def alarm(self, tx: Transaction, accord_id: str, kind: str, subject: str, text: str, now_ms: int) -> None:
        """Raise an alarm once for one cause, and note it in the node's own journal."""
        if tx.raise_alarm(AlarmRow(f"{accord_id}/{kind}/{subject}"[:250], accord_id, kind, text, now_ms)):
            record(tx, now_ms, "alarm", {"kind": kind, "subject": subject, "text": text[:500]})

    # The dialogue, by an officer

    def move(self, accord_id: str, conflict_id: str, move: officer.Move, now_ms: int) -> ConflictView:
        """One move in the dialogue of a conflict: request, accept, reject, stand by, counter or cancel.

        Raises NotFound for an unknown conflict, Refused ``not-your-move`` where the dialogue's table does not
        have it now.
        """
        with self._step(now_ms) as tx:
            self._check_recovered(tx)
            desk = self._desk(accord_id)
            kind, body = officer.body_of(desk, conflict_id, move)
            speaking.say(tx, desk, self._signer, kind, body, now_ms)
            record(tx, now_ms, "move", {"conflict": conflict_id, "kind": kind.value})
            self._react(tx, now_ms)
            view = desk.line.picture.conflict(conflict_id)
            assert view is not None
            return view

    def say(self, accord_id: str, kind: Kind, body: msgspec.Struct, now_ms: int) -> Fact:
        """Say a message that stands for itself: CHECK, CHECKED, SHOWN, SUSPEND, RESUME, END."""
        with self._step(now_ms) as tx:
            self._check_recovered(tx)
            desk = self._desk(accord_id)
            rested = not speaking.in_force(desk, now_ms)
            fact = speaking.say(tx, desk, self._signer, kind, body, now_ms)
            record(tx, now_ms, "said", {"kind": kind.value, "message": fact.hash})
            self._follow(tx, desk, rested, now_ms)
            return fact

    def check(self, accord_id: str, who: Officer, now_ms: int) -> Fact:
        """Try the line: a CHECK, or the answer to every CHECK of the partner that waits for one."""
        with self._step(now_ms) as tx:
            self._check_recovered(tx)
            desk = self._desk(accord_id)
            kind, body = officer.check_or_answer(desk, who)
            fact = speaking.say(tx, desk, self._signer, kind, body, now_ms)
            record(tx, now_ms, "check", {"kind": kind.value, "position": who.position})
            return fact

    # Accords

    def install_accord(self, data: bytes, now_ms: int) -> Bundle:
        """Install a countersigned accord: the first version opens a line, a later one takes effect with
        our IN_FORCE.
        """
        bundle = open_bundle(data)
        bundle.check_countersigned()
        bundle.accord.party(self.party)
        with self._step(now_ms) as tx:
            desk = (self._desks or {}).get(bundle.accord.id)
            if desk is None:
                tx.save_accord(AccordRow(bundle.accord.id, bundle.accord.version, "IN_FORCE", data))
            elif bundle.accord.version not in desk.bundles:
                check_succession(desk.bundles[max(desk.bundles)].accord, bundle.accord)
                hearing.install(tx, desk, bundle)
            elif bundle.accord != desk.bundles[bundle.accord.version].accord:
                raise Refused(
                    "version-taken",
                    "another text of this version is installed",
                    field="version",
                    clause="versions",
                )
            if desk is not None and bundle.accord.version > desk.line.speaking_version:
                speaking.say(tx, desk, self._signer, Kind.IN_FORCE, officer.in_force(bundle), now_ms)
                self._react(tx, now_ms)
            record(tx, now_ms, "accord", {"accord": bundle.accord.id, "version": bundle.accord.version})
        self._desks = None
        return bundle

    # The line

    def receive(self, accord_id: str, batch: Sequence[bytes], now_ms: int) -> Heard:
        """Take what the partner sent, in its order. Everything new is committed, with our LAM, before this
        returns.
        """
        with self._step(now_ms) as tx:
            desk = self._desk(accord_id)
            hearer = Hearer(tx, desk, self._own, self._signer, self.session_of(accord_id), now_ms)
            rested = not speaking.in_force(desk, now_ms)
            for sealed in batch:
                hearer.hear(sealed)
            if hearer.taken:
                self._follow(tx, desk, rested, now_ms)
            return hearer.finish()

    def quarantine(self, accord_id: str, data: bytes, fault: OpenlineError, now_ms: int) -> Problem:
        """Keep bytes that nobody can vouch for apart (bounded), and count them."""
        with self._step(now_ms) as tx:
            return session.quarantine(tx, accord_id, data, fault, now_ms)

    def heads(self, accord_id: str, now_ms: int, *, answer: bool = True) -> bytes:
        """Our HEADS: opens a session and is its heartbeat."""
        with self._look():
            return session.heads(self._desk(accord_id), self._signer, now_ms, answer=answer)

    def outbound(self, accord_id: str, limit: int = session.MAX_BATCH) -> list[bytes]:
        """What the partner has not acknowledged, urgent first. Nothing before a session has opened with an
        exchange of heads.
        """
        with self._look() as tx:
            return session.outbound(tx, self._desk(accord_id), self.session_of(accord_id), limit)

    def tick(self, now_ms: int) -> None:
        """What time alone brings about: operations that end, notices that rested, alarms for what is
        missing.
        """
        with self._step(now_ms) as tx:
            if tx.setting(RESTORED) != "1":
                self._end_what_is_over(tx, now_ms)
                self._tell_what_rested(tx, now_ms)
                self._react(tx, now_ms)
            for desk in self._all_desks():
                for found in watch(tx, desk, self.session_of(desk.accord_id), now_ms):
                    if isinstance(found, decide.Alarm):
                        self.alarm(tx, desk.accord_id, found.kind, found.subject, found.text, now_ms)
                    else:
                        tx.clear_alarm(f"{desk.accord_id}/{found}", now_ms)

    def _follow(self, tx: Transaction, desk: Desk, rested: bool, now_ms: int) -> None:
        """What follows from new messages; where they made a line that rested run again, what rested is
        told first.
        """
        if rested and speaking.in_force(desk, now_ms):
            self._tell_what_rested(tx, now_ms)
        self._react(tx, now_ms)

    def _end_what_is_over(self, tx: Transaction, now_ms: int) -> None:
        for operation in self._own.over_at(now_ms):
            changed = msgspec.structs.replace(
                transition(operation, State.ENDED), version=operation.version + 1
            )
            self._save(tx, changed)
            self._tell_everywhere(tx, changed, now_ms)

    def _tell_what_rested(self, tx: Transaction, now_ms: int) -> None:
        if not any(speaking.in_force(desk, now_ms) for desk in self._all_desks()):
            return
        for operation in self._own.all():
            if any(speaking.untold(desk, operation) for desk in self._all_desks()):
                self._tell_everywhere(tx, operation, now_ms)

    # Reading

    @contextmanager
    def looking(self) -> Iterator[tuple[Transaction, dict[str, Desk], Own]]:
        """Everything there is to read, at one consistent moment. Nothing may be changed through it."""
        with self._look() as tx:
            yield tx, dict(self._desks or {}), self._own

    def status(self, now_ms: int) -> list[LineStatus]:
        with self._look() as tx:
            return [
                session.status(tx, desk, self.session_of(desk.accord_id), now_ms)
                for desk in self._all_desks()
            ]


def _revision_of(operation: Operation, standing: Operation | None) -> Operation:
    """The filing with the version that follows, in the state that it takes on. Raises Refused for an ended
    one.
    """
    if standing is None:
        if operation.state is State.ENDED:
            raise Invalid("already-ended", "an operation cannot be filed as Ended", field="state")
        return msgspec.structs.replace(operation, version=1)
    if standing.state is State.ENDED:
        raise Refused("operation-ended", "it has ended; file a new one", field="id", message=operation.id)
    kept: State = standing.state
    if operation.state in OFF_NOMINAL:
        transition(standing, operation.state)
        kept = operation.state
    return msgspec.structs.replace(operation, version=standing.version + 1, state=kept)
