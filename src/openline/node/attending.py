"""What calls ask of this node at once and as time passes: alarms, and the accord's ladder.

An urgent message stands at every duty position at once; where nobody takes it, the node itself calls one
position of the ladder after the other, and says so. Nothing is remembered: each rule looks at what was said
and answers with what is missing, so a crash repeats nothing and forgets nothing.
"""

from collections.abc import Collection, Iterator

from openline.airspace.limits import DAY_MS
from openline.coordination.call_view import CALLS, ESCALATED, CallState, CallView
from openline.coordination.calls import Escalated
from openline.coordination.conversed import WAIT_FOR_PEOPLE
from openline.coordination.decide import Alarm, Say
from openline.coordination.dialogue import MOVES
from openline.coordination.messages import Kind
from openline.coordination.owed import Owed, owed
from openline.coordination.readback import Verdict, described
from openline.node.clock_difference import MAX_DIFFERENCE_MS
from openline.node.desk import Desk
from openline.node.ports import Transaction
from openline.node.speaking import say
from openline.node.step import Step
from openline.units import MS_PER_SECOND, rfc3339_from_ms

ATTENDED = frozenset(
    {
        *(kind.value for kind in (Kind.EMERGENCY, Kind.ASSISTANCE, Kind.ALERT, Kind.IDENTIFY)),
        "ESCALATED",
        "NOT TAKEN",
        "SHOWN MISSING",
        "READBACK DIFFERS",
        "ANSWER MISSING",
        "CHECK UNANSWERED",
    }
)
"""The alarms that stand exactly as long as their cause does."""


def attend(step: Step, desk: Desk) -> None:
    """Raise what has to be raised, clear what is over, and call whom the ladder names next."""
    standing = {row.alarm_id: row.kind for row in step.tx.alarms() if row.accord_id == desk.accord_id}
    wanted = set()
    for it in list(_found(step.tx, desk, standing.keys(), step.now_ms)):
        if isinstance(it, Alarm):
            alarm_id = step.alarm_id(desk.accord_id, it.kind, it.subject)
            wanted.add(alarm_id)
            if alarm_id not in standing:
                step.alarm(desk.accord_id, it.kind, it.subject, it.text)
        elif not step.is_recovering and step.can_seal(desk):
            say(step, desk, it.kind, it.body)
    for alarm_id, kind in standing.items():
        if kind in ATTENDED and alarm_id not in wanted:
            step.tx.clear_alarm(alarm_id, step.now_ms)


def _found(tx: Transaction, desk: Desk, standing: Collection[str], now_ms: int) -> Iterator[Alarm | Say]:
    """standing: the ids of the alarms that stand on this line already."""
    for call in desk.line.picture.conversed.calls():
        if not call.over:
            yield _standing(desk, call)
            if call.caller == desk.me:
                yield from _not_answered(desk, call, standing, now_ms)
            elif call.state is CallState.OPEN and call.kind in ESCALATED:
                yield from _climb(tx, desk, call, now_ms)
    yield from _differing(desk)
    yield from _not_shown(desk, now_ms)
    for it in owed(desk.line):
        if now_ms > it.due_ms:
            yield _overdue(desk, it)


def _standing(desk: Desk, call: CallView) -> Alarm:
    """It stands at every position until it is over."""
    officer = call.fact.body.officer  # type: ignore[attr-defined]
    who = f"{call.caller} ({officer.position}, {officer.pseudonym})"
    since = rfc3339_from_ms(call.fact.at_ms)
    return Alarm(call.kind.value, call.hash, f"{call.kind} of {who} since {since}")


def _climb(tx: Transaction, desk: Desk, call: CallView, now_ms: int) -> Iterator[Alarm | Say]:
    """Counted from when it was here: an emergency that a broken line held up still has its ladder."""
    entry = tx.entry_by_hash(call.hash)
    waited_ms = _waited_ms(entry.at_ms if entry else call.fact.at_ms, now_ms)
    for rung in desk.line.accord.escalation:
        if waited_ms < rung.after_ms and not call.called(rung.position):
            return
        yield Alarm(
            "ESCALATED",
            f"{call.hash}/{rung.position}",
            f"call {rung.position} now: nobody has taken the {call.kind} of {call.caller} "
            f"for {rung.after_ms // MS_PER_SECOND} s",
        )
        if not call.called(rung.position):
            body = Escalated(answers=call.hash, position=rung.position, after_ms=rung.after_ms)
            yield Say(Kind.ESCALATED, body)


def _not_answered(
    desk: Desk, call: CallView, standing: Collection[str], now_ms: int
) -> Iterator[Alarm | Say]:
    """We have called, and the other side is silent: louder at every rung, and never silent at the last."""
    waited_ms = _waited_ms(call.fact.at_ms, now_ms)
    shown = desk.line.picture.conversed.shown_at(call.hash)
    if not shown and not call.taken and waited_ms > desk.line.accord.answers.shown_ms:
        text = f"{desk.partner} has not put our {call.kind} before anybody; speak to it by other means"
        yield Alarm("SHOWN MISSING", call.hash, text)
    if call.state is not CallState.OPEN or call.kind not in ESCALATED:
        return
    for rung in desk.line.accord.escalation:
        subject = f"{call.hash}/{rung.after_ms}"
        if waited_ms >= rung.after_ms or Step.alarm_id(desk.accord_id, "NOT TAKEN", subject) in standing:
            seen = f"shown at {', '.join(sorted(shown))}" if shown else "shown to nobody"
            yield Alarm(
                "NOT TAKEN",
                subject,
                f"nobody at {desk.partner} has taken our {call.kind} for {rung.after_ms // MS_PER_SECOND} s "
                f"({seen}); call {rung.position} there by other means",
            )


def _waited_ms(since_ms: int, now_ms: int) -> int:
    """How long, by our own clock. One that was put back to before it began cannot say, so nobody waits any
    more: to call too many is the lesser evil. Who was called stays called, whatever a clock says later.
    """
    return now_ms - since_ms if now_ms >= since_ms - MAX_DIFFERENCE_MS else DAY_MS


def _differing(desk: Desk) -> Iterator[Alarm]:
    """Until it is read back again, or the call is over."""
    for cited, view in desk.line.picture.conversed.readbacks():
        call = desk.line.picture.conversed.call(cited.hash)
        if view.verdict is Verdict.DIFFERS and not (call is not None and call.over):
            what = "; ".join(map(described, view.differences[:3]))
            text = f"{view.fact.stamp.sender} has understood our {cited.kind} otherwise: {what}"
            if cited.stamp.sender != desk.me:
                text = f"we have read the {cited.kind} of {desk.partner} back otherwise: {what}"
            yield Alarm("READBACK DIFFERS", cited.hash, f"{text}; look at the map and read back again")


def _not_shown(desk: Desk, now_ms: int) -> Iterator[Alarm]:
    """What waits for people at the other side, and was put before none: the oldest of it, once."""
    picture, within_ms = desk.line.picture, desk.line.accord.answers.shown_ms
    late = [
        it
        for it in owed(desk.line)
        if it.by == desk.partner
        and it.kind in WAIT_FOR_PEOPLE - frozenset(CALLS)
        and now_ms - it.since_ms > within_ms
        and not picture.conversed.shown_at(it.message)
    ]
    if late:
        oldest = min(late, key=lambda it: it.since_ms)
        since = rfc3339_from_ms(oldest.since_ms)
        waits = f"{len(late)} of our messages, the oldest since {since}"
        yield Alarm("SHOWN MISSING", "waiting", f"{desk.partner} has put before nobody: {waits}")


def _overdue(desk: Desk, it: Owed) -> Alarm:
    due = rfc3339_from_ms(it.due_ms)
    if it.kind is Kind.CHECK:
        asker = desk.line.accord.other(it.by)
        return Alarm("CHECK UNANSWERED", it.message, f"the line check of {asker} has not been answered")
    if it.kind in MOVES:
        text = f"{it.by} owes an answer on conflict {it.subject[:12]} since {due}"
        return Alarm("ANSWER MISSING", it.subject, text)
    text = f"{it.by} owes {it.answer} to {it.kind} {it.message[:12]} since {due}"
    return Alarm("ANSWER MISSING", f"{it.message}/{it.answer}", text)
