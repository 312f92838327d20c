"""Calls, talks, seats and what is owed, as people and programs see them: JSON-ready dicts, as `views`."""

from collections.abc import Iterable
from typing import Any

import msgspec

from openline.airspace.limits import DAY_MS
from openline.coordination.call_view import ANSWERS, CALLS, ESCALATED, CallState, CallView
from openline.coordination.calls import Escalated
from openline.coordination.conversation import TalkAct
from openline.coordination.messages import Kind
from openline.coordination.owed import owed
from openline.coordination.readback import ReadbackView, Verdict, described, values_of
from openline.coordination.scorecard import MAX_SPAN_MS, Scorecard, scorecard
from openline.coordination.talk_view import TalkState, TalkView, may_act
from openline.errors import Invalid, NotFound
from openline.journal.entry import Lane
from openline.node.desk import Desk
from openline.node.ports import Transaction
from openline.node.views import LEAST_PREFIX, Desks, Row


def call_rows(desks: Desks, *, standing_only: bool) -> list[Row]:
    """The calls of all lines: the gravest first, and of one kind the latest."""
    calls = [(desk, call) for desk in desks.values() for call in desk.line.picture.conversed.calls()]
    rows = [call_row(desk, call) for desk, call in calls if not (standing_only and call.over)]
    return sorted(rows, key=lambda row: (CALLS.index(Kind(row["kind"])), -row["at_ms"], row["message"]))


def call_row(desk: Desk, call: CallView) -> Row:
    """values: what of it is read back. shown_at: the positions at which the called side has seen it.
    your_moves: what our side may say of it now.
    """
    conversed = desk.line.picture.conversed
    return {
        "accord_id": desk.accord_id,
        "partner": desk.partner,
        "message": call.hash,
        "kind": call.kind.value,
        "caller": call.caller,
        "state": call.state.value,
        "over": call.over,
        "at_ms": call.fact.at_ms,
        "said": msgspec.to_builtins(call.fact.body),
        "answers": [_answer(it.kind, it.at_ms, it.body) for it in call.answers],
        "escalated": [it.body.position for it in call.escalated if isinstance(it.body, Escalated)],
        "closed_by": list(call.closed_by),
        "shown_at": sorted(conversed.shown_at(call.hash)),
        "values": [msgspec.to_builtins(value) for value in values_of(call.fact.body)],
        "readback": _readback(conversed.readback(call.hash)),
        "your_moves": [kind.value for kind in _moves(desk, call)],
    }


def _answer(kind: Kind, at_ms: int, body: msgspec.Struct) -> Row:
    return {"kind": kind.value, "at_ms": at_ms, **msgspec.to_builtins(body)}


def _readback(view: ReadbackView | None) -> Row | None:
    if view is None:
        return None
    return {
        "verdict": view.verdict.value,
        "by": view.fact.stamp.sender,
        "at_ms": view.fact.at_ms,
        "differences": [{"text": described(it), **msgspec.to_builtins(it)} for it in view.differences],
        "missing": list(view.missing),
    }


def _moves(desk: Desk, call: CallView) -> Iterable[Kind]:
    if call.over:
        return
    if call.caller != desk.me:
        taken = any(it.kind is Kind.TAKEN for it in call.answers)
        yield from (kind for kind in sorted(ANSWERS[call.kind]) if kind is not Kind.TAKEN or not taken)
        view = desk.line.picture.conversed.readback(call.hash)
        if values_of(call.fact.body) and (view is None or view.verdict is not Verdict.SAME):
            yield Kind.READBACK
    if call.kind in ESCALATED and desk.me not in call.closed_by:
        yield Kind.CLOSE


def talk_rows(desks: Desks) -> list[Row]:
    """The talks of all lines by their start."""
    talks = [(desk, talk) for desk in desks.values() for talk in desk.line.picture.conversed.talks()]
    return [talk_row(*it) for it in sorted(talks, key=lambda it: (it[1].start_ms or 0, it[1].talk_id))]


def talk_row(desk: Desk, talk: TalkView) -> Row:
    acts = [act.value for act in TalkAct if may_act(talk, desk.me, act)]
    return {
        "accord_id": desk.accord_id,
        "partner": desk.partner,
        "talk_id": talk.talk_id,
        "state": talk.state.value,
        "tip": talk.tip.hash if talk.tip else None,
        "proposer": talk.proposer,
        "start_ms": talk.start_ms,
        "duration_ms": talk.duration_ms,
        "sequence": talk.sequence,
        "agenda": [msgspec.to_builtins(it) for it in talk.agenda],
        "minutes_state": talk.minutes_state.value,
        "minutes": {
            party: {"message": fact.hash, "at_ms": fact.at_ms, **msgspec.to_builtins(fact.body)}
            for party, fact in sorted(talk.minutes.items())
        },
        "your_moves": acts,
    }


def find_talk(desks: Desks, talk_id: str) -> tuple[Desk, TalkView]:
    """A talk by its id or the start of it, on any line. Raises NotFound ``no-such-talk``."""
    talks = [(desk, talk) for desk in desks.values() for talk in desk.line.picture.conversed.talks()]
    held = [(desk, talk) for desk, talk in talks if talk.state is not TalkState.NONE]
    alike = [it for it in held if it[1].talk_id == talk_id]
    if not alike and len(talk_id) >= LEAST_PREFIX:
        alike = [it for it in held if it[1].talk_id.startswith(talk_id)]
    if len(alike) != 1:
        text = f"{len(alike)} talks begin with {talk_id!r}"
        raise NotFound("no-such-talk", text, field="talk_id", remedy="openline talk list shows them")
    return alike[0]


def duty_rows(desks: Desks) -> list[Row]:
    """Who sits where, on both sides of every line, as each has told the other."""
    return [
        {
            "accord_id": desk.accord_id,
            "party": party,
            "position": position,
            "pseudonym": officer.pseudonym,
            "automaton": officer.automaton,
        }
        for desk in desks.values()
        for party in desk.line.accord.names
        for position, officer in desk.line.picture.conversed.on_duty(party).items()
    ]


def owed_rows(desks: Desks, now_ms: int) -> list[Row]:
    """What waits for an answer of either side, the first due first."""
    rows: list[Row] = [
        {"accord_id": desk.accord_id, "overdue": now_ms > it.due_ms, **_plain(it)}
        for desk in desks.values()
        for it in owed(desk.line)
    ]
    return sorted(rows, key=lambda row: (row["due_ms"], row["message"]))


def _plain(value: msgspec.Struct) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(value)
    return plain


def scorecard_of(tx: Transaction, desk: Desk, from_ms: int, until_ms: int) -> Scorecard:
    """Of one line, for what was said in [from, until). Raises Invalid ``bad-span``."""
    if not 0 <= from_ms < until_ms or until_ms - from_ms > MAX_SPAN_MS:
        days = MAX_SPAN_MS // DAY_MS
        text = f"a card looks back on a span of at most {days} days that does not end before it begins"
        raise Invalid("bad-span", text, field="until_ms", clause="MAX_SPAN_MS")
    lams = {
        (sender, lane): [(row.number, row.at_ms) for row in tx.lams(desk.accord_id, sender, lane)]
        for sender in desk.line.accord.names
        for lane in Lane
    }
    return scorecard(desk.line, lams, from_ms, until_ms)


def find_call(desks: Desks, message: str) -> tuple[Desk, CallView]:
    """A call by its hash or the start of it, on any line; those that stand first. Raises NotFound."""
    calls = [(desk, call) for desk in desks.values() for call in desk.line.picture.conversed.calls()]
    alike = [it for it in calls if it[1].hash.startswith(message)] if len(message) >= LEAST_PREFIX else []
    standing = [it for it in alike if it[1].state is not CallState.CLOSED]
    found = standing if len(standing) == 1 else alike
    if len(found) != 1:
        text = f"{len(found)} calls begin with {message!r}"
        raise NotFound("no-such-call", text, field="message", remedy="openline call list shows them")
    return found[0]
