"""What goes onto a stick, and what is taken from one? The same sealed items as over the network, without a
session.

A stick says nothing of whether the partner lives: it opens no session and ends no silence. A node that may
have said more than it remembers carries HEADS alone, and believes that it has recovered only on a RETURN to
HEADS that it wrote since (``carried``).
"""

from collections.abc import Iterator, Sequence

import msgspec

from openline.coordination import session as wire
from openline.journal.entry import Lane, Seen
from openline.node import carried, lams, rotation, session, speaking
from openline.node.carried import frame_of
from openline.node.desk import Desk
from openline.node.hearer import Hearer
from openline.node.node import Node
from openline.node.ports import Transaction
from openline.node.reacting import follow
from openline.node.results import Problem
from openline.node.step import RESTORED, Step

MAX_CALLED_FOR = 2_000
"""Items of one answer beside heads and messages."""


class Span(msgspec.Struct, frozen=True):
    """Messages of one lane with numbers above ``after`` and up to ``up_to``."""

    party: str
    lane: Lane
    after: int
    up_to: int


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be carried to the partner: ``opening`` at the head of every file, ``called_for`` in the
    first, then the messages of ``spans``.

    silent: why nothing of ours is in it but HEADS; empty where there is more. at_ms: when.
    """

    accord_id: str
    party: str
    partner: str
    exercise: bool
    at_ms: int
    opening: tuple[bytes, ...]
    called_for: tuple[bytes, ...] = ()
    spans: tuple[Span, ...]
    silent: str = ""


class Brought(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one file.

    new, known: messages. early: messages that others have to come before. waiting: what a node did not take
    that has first to recover. given_back: our own words. heads: the partner's, as they were sealed.
    called_for: what it is owed for it: LAMs, LAMS, our inventory. claims: what its HEADS say.
    """

    new: int = 0
    known: int = 0
    early: int = 0
    waiting: int = 0
    given_back: int = 0
    heads: tuple[bytes, ...] = ()
    called_for: tuple[bytes, ...] = ()
    claims: wire.Heads | None = None
    problems: tuple[Problem, ...] = ()


# Onto a stick


def load(node: Node, accord_id: str, now_ms: int, answering: Sequence[Brought] = ()) -> Load:
    """Our HEADS, our LAMs, and what the partner does not hold by its own last word, urgent first.

    answering: what the partner has just brought. Its HEADS are answered with RETURN then, and words of its
    own that it has lost go back to it.
    """
    with node.step(now_ms) as step:
        desk = step.desk(accord_id)
        silent = _silent(step, desk)
        heads = session.heads(desk, step.speaker(desk), now_ms, answer=bool(silent))
        claims = _newest_claims(answering)
        received = {lane: claims.received.on(lane).number for lane in Lane} if claims else {}
        known = [*rotation.revocations_beside(step.tx, desk), *rotation.keys_ahead(step.tx, desk, received)]
        opening = [*known, heads, *_returns(step, desk, answering)]
        called_for: dict[bytes, None] = {}
        spans = list(_given_back(desk, answering))
        if step.asks_first(desk):
            carried.ask(step.tx, accord_id, heads)
        if not silent:
            opening += [
                lams.give(step.tx, desk, step.speaker(desk), lane, now_ms)
                for lane in Lane
                if desk.received(lane).number
            ]
            opening += _missing_lams(step, desk)
            called_for = dict.fromkeys(
                it for brought in answering for it in brought.called_for if _what(it) != "LAMS"
            )
            spans += _unacknowledged(step.tx, desk)
        step.record("carried-out", {"accord": accord_id, **_numbers(spans)})
    return Load(
        accord_id=accord_id,
        party=desk.me,
        partner=desk.partner,
        exercise=desk.line.exercise,
        at_ms=now_ms,
        opening=tuple(opening),
        called_for=tuple(called_for)[-MAX_CALLED_FOR:],
        spans=tuple(spans),
        silent=silent,
    )


def _silent(step: Step, desk: Desk) -> str:
    """Why this node may say nothing here but HEADS."""
    if step.asks_first(desk):
        return "restored from a backup: the partner has first to give back what this node has said since"
    claims = carried.claimed(step.tx, desk.accord_id)
    if claims and any(claims.received.get(lane, 0) > desk.said(lane).number for lane in Lane):
        return f"{desk.partner} holds more of our words than we do: it has first to give them back"
    forked = tuple(f"{desk.accord_id}/LANE FORKED/{lane}/" for lane in Lane)
    if any(alarm.alarm_id.startswith(forked) for alarm in step.tx.alarms()):
        return "LANE FORKED stands: people have first to compare both journals"
    return ""


def _returns(step: Step, desk: Desk, answering: Sequence[Brought]) -> Iterator[bytes]:
    """One for each HEADS that were brought, the newest last."""
    heads = dict.fromkeys(carried.hash_of(it) for brought in answering for it in brought.heads)
    for answers in list(heads)[-carried.MAX_ASKED :]:
        yield session.returned(desk, step.speaker(desk), answers, step.now_ms)


def _given_back(desk: Desk, answering: Sequence[Brought]) -> Iterator[Span]:
    """The partner's own words that it does not remember, by the newest HEADS that it brought."""
    newest = _newest_claims(answering)
    if newest is None:
        return
    for lane in Lane:
        after, here = newest.said.on(lane).number, desk.received(lane).number
        if after < here:
            yield Span(desk.partner, lane, after, here)


def _newest_claims(answering: Sequence[Brought]) -> wire.Heads | None:
    claims = [brought.claims for brought in answering if brought.claims is not None]
    return max(claims, key=lambda it: it.at_ms, default=None)


def _missing_lams(step: Step, desk: Desk) -> Iterator[bytes]:
    """Where a LAM of the partner's was lost on the way, a request for it."""
    for lane in Lane:
        after = lams.to_ask(step.tx, desk, lane, session.Session(carried=True))
        if after is not None:
            yield session.ask_lams(desk, step.speaker(desk), lane, after, step.now_ms)


def _unacknowledged(tx: Transaction, desk: Desk) -> Iterator[Span]:
    for lane in (Lane.URGENT, Lane.ROUTINE):
        after, said = carried.held_by_partner(tx, desk.accord_id, desk.me, lane), desk.said(lane).number
        if after < said:
            yield Span(desk.me, lane, after, said)


def waiting(node: Node, accord_id: str) -> int:
    """How many messages wait for the partner."""
    with node.looking() as (tx, desks, _own):
        return sum(span.up_to - span.after for span in _unacknowledged(tx, desks[accord_id]))


def is_recovering(node: Node) -> bool:
    with node.looking() as (tx, _desks, _own):
        return tx.setting(RESTORED) == "1"


def _numbers(spans: Sequence[Span]) -> dict[str, str]:
    return {f"{span.party}-{span.lane}": f"{span.after + 1}-{span.up_to}" for span in spans}


def messages(node: Node, accord_id: str, span: Span, most: int, most_bytes: int) -> list[bytes]:
    """The first messages of a span: at most ``most``, and as many as stay within ``most_bytes`` (one at
    least).
    """
    with node.looking() as (tx, _desks, _own):
        entries = tx.entries(accord_id, span.party, span.lane, span.after, min(most, span.up_to - span.after))
    sealed: list[bytes] = []
    size = 0
    for entry in entries:
        size += len(entry.sealed) + 1
        if sealed and size > most_bytes:
            break
        sealed.append(entry.sealed)
    return sealed


# From a stick


def bring(node: Node, accord_id: str, items: Sequence[bytes], now_ms: int) -> Brought:
    """Take what one file from the partner holds, in one transaction: all that is good of it, or (after a
    crash) nothing.
    """
    with node.step(now_ms) as step:
        return _Bringing(step, step.desk(accord_id), items).brought()


class _Bringing:
    """First what says how things stand, and our own words where we have lost them; only a node that knows all
    that it has said hears what the partner says.
    """

    def __init__(self, step: Step, desk: Desk, items: Sequence[bytes]) -> None:
        self._step = step
        self._desk = desk
        self._now = session.Session(carried=True)
        self._answers: list[bytes] = []
        self._problems: list[Problem] = []
        self._rested = not speaking.runs(step, desk)
        self._of: dict[str, list[bytes]] = {}
        self._theirs: list[tuple[Lane, int]] = []
        for item in items:
            self._sort(item)

    def _sort(self, item: bytes) -> None:
        frame = frame_of(item)
        what = frame.what if frame else "other"
        if frame and frame.lane and frame.speaker == self._desk.me:
            what = "ours"
        elif frame and frame.lane:
            self._theirs.append((frame.lane, frame.number))
        self._of.setdefault(what, []).append(item)

    def brought(self) -> Brought:
        desk, now = self._desk, self._now
        ours, start = desk.seen_of(desk.me), desk.seen()
        self._hear("HEADS", "RETURN", "LAM", "LAMS")
        if now.recovering:
            self._hear("ours")
        given_back = _sum(desk.seen_of(desk.me)) - _sum(ours)
        stands_still = self._step.asks_first(desk) or now.recovering
        new = 0 if stands_still else self._hear_messages()
        if (new or given_back) and not stands_still:
            follow(self._step, desk, self._rested)
        if now.claims is not None:
            carried.keep_claims(self._step.tx, now.claims)
        left = sum(1 for lane, number in self._theirs if number > desk.seen().on(lane))
        brought = Brought(
            new=new,
            known=sum(1 for lane, number in self._theirs if number <= start.on(lane)),
            early=0 if stands_still else left,
            waiting=left if stands_still else 0,
            given_back=given_back,
            heads=tuple(self._of.get("HEADS", ())) if now.claims else (),
            called_for=tuple(it for it in self._answers if _is_called_for(it)),
            claims=now.claims,
            problems=tuple(dict.fromkeys(self._problems)),
        )
        counted = {"new": new, "known": brought.known, "early": brought.early, "given-back": given_back}
        self._step.record("carried-in", {"accord": desk.accord_id, **counted})
        return brought

    def _hear_messages(self) -> int:
        """Then HEADS and LAMs once more: now the pictures can be compared, and LAMs fit words that were taken
        back. An inventory counts only where those pictures differ: one made at other heads is of another day.
        """
        taken = self._hear("message", "other", "HEADS", "LAM")
        if self._now.equal is False:
            self._hear("INVENTORY")
        return taken

    def _hear(self, *kinds: str) -> int:
        hearer = Hearer(self._step, self._desk, self._now)
        for kind in kinds:
            for item in self._of.get(kind, ()):
                hearer.hear(item)
        heard = hearer.finish()
        self._answers += heard.answers
        self._problems += heard.problems
        return heard.taken


def _sum(seen: Seen) -> int:
    return seen.urgent + seen.routine


def _is_called_for(sealed: bytes) -> bool:
    """HEADS are written anew, and what RESEND would ask for HEADS ask for as well."""
    return _what(sealed) in ("INVENTORY", "LAMS", "LAM")


def _what(sealed: bytes) -> str:
    frame = frame_of(sealed)
    return frame.what if frame else ""
