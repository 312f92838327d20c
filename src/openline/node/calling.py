"""May this be said of a call, a talk or a readback? What would be void is refused at once."""

import msgspec

from openline.coordination.call_view import ANSWERS, ESCALATED, CallView, cited_call
from openline.coordination.calls import Close, Escalated, Readback, Taken
from openline.coordination.conversation import FreeText, Minutes, Shift, Talk
from openline.coordination.fact import Fact
from openline.coordination.messages import Kind, Shown
from openline.coordination.readback import values_of
from openline.coordination.talk_view import TalkState, TalkView, may_act
from openline.errors import Invalid, NotFound, Refused
from openline.journal.entry import Lane
from openline.node.desk import Desk

SAYABLE = (
    Kind.EMERGENCY,
    Kind.TAKEN,
    Kind.CLOSE,
    Kind.ASSISTANCE,
    Kind.ASSISTING,
    Kind.ALERT,
    Kind.IDENTIFY,
    Kind.IDENTIFIED,
    Kind.READBACK,
    Kind.TEXT,
    Kind.TALK,
    Kind.MINUTES,
)
"""What people say in bodies of their own. Dialogues, checks and shifts have verbs of their own."""


def check(desk: Desk, kind: Kind, body: msgspec.Struct) -> None:
    """Raises NotFound or Refused with the field, Invalid for what cannot be read back."""
    if isinstance(body, Readback):
        _check_readback(desk, body)
    elif isinstance(body, Talk):
        _check_talk(desk, body)
    elif isinstance(body, Minutes):
        _check_minutes(desk, body)
    elif isinstance(body, FreeText) and body.answers is not None:
        find(desk, body.answers)
    elif isinstance(body, Shift | Escalated):
        raise Refused(
            "said-by-the-node",
            f"{kind} is said by the node itself",
            message=kind,
            clause="duty",
            remedy="openline shift says who is on duty; the ladder is climbed by itself",
        )
    elif (cited := cited_call(body)) is not None:
        _check_call(desk, kind, body, cited)


def find(desk: Desk, message_hash: str) -> Fact:
    """A message of this line, by its hash or by the start of it if that is enough. Raises NotFound."""
    alike = desk.facts_alike(message_hash)
    if len(message_hash) < 4 or len(alike) != 1:
        raise NotFound(
            "no-such-message",
            f"{len(alike)} messages of this line begin with {message_hash!r}",
            party=desk.me,
            field="answers",
            remedy="give more of its hash",
        )
    return alike[0]


def shown(desk: Desk, body: Shown) -> Shown:
    """As it travels: on the urgent lane where one of the messages did."""
    known = [desk.line.picture.find(it) for it in body.messages]
    urgent = any(fact is not None and fact.stamp.lane is Lane.URGENT for fact in known)
    return msgspec.structs.replace(body, urgent=urgent)


def _check_call(desk: Desk, kind: Kind, body: msgspec.Struct, cited: str) -> None:
    call = desk.line.picture.conversed.call(cited)
    if call is None:
        raise NotFound("no-such-call", f"nobody has said a call {cited[:12]}", party=desk.me, field="answers")
    if isinstance(body, Close):
        _check_close(desk, call)
    elif call.caller == desk.me:
        raise _refused("own-call", f"it is our own {call.kind}; the other side answers it", call)
    elif kind not in ANSWERS[call.kind]:
        raise _refused("no-answer-to-that", f"{kind} is no answer to {call.kind}", call)
    elif call.over:
        raise _refused("call-over", f"the {call.kind} is {call.state}", call)
    elif isinstance(body, Taken) and any(it.kind is Kind.TAKEN for it in call.answers):
        who = call.answers[-1].body.officer  # type: ignore[attr-defined]
        raise _refused("already-taken", f"{who.pseudonym} at {who.position} has it in hand", call)


def _check_close(desk: Desk, call: CallView) -> None:
    if call.kind not in ESCALATED:
        raise _refused("nothing-to-close", f"{call.kind} ends by itself when it is answered", call)
    if desk.me in call.closed_by:
        raise _refused("already-closed", f"we have closed it; {desk.partner} has to close it too", call)


def _refused(code: str, text: str, call: CallView) -> Refused:
    return Refused(code, text, message=call.hash, field="answers", clause="calls")


def _check_readback(desk: Desk, body: Readback) -> None:
    cited = find(desk, body.answers)
    if cited.stamp.sender == desk.me:
        raise Refused("own-message", "we read back what the other side has said", field="answers")
    known = {value.name for value in values_of(cited.body)}
    if not known:
        raise Invalid("nothing-to-read-back", f"{cited.kind} has no place, time or height", field="answers")
    strange = [value.name for value in body.values if value.name not in known]
    if strange:
        raise Invalid(
            "value-unknown",
            f"{cited.kind} has no value {strange[0]!r}",
            field="values",
            remedy=f"it has {', '.join(sorted(known))}",
        )


def _check_talk(desk: Desk, body: Talk) -> None:
    view = desk.line.picture.conversed.talk(body.talk_id) or TalkView(talk_id=body.talk_id)
    tip = view.tip.hash if view.tip else None
    if body.follows != tip:
        raise Refused(
            "superseded", "another message about this talk has come since", field="follows", message=tip
        )
    if not may_act(view, desk.me, body.act):
        raise Refused(
            "not-your-move",
            f"the talk is {view.state}: {body.act} is not ours to say now",
            field="act",
            message=tip,
            clause="talks",
        )


def _check_minutes(desk: Desk, body: Minutes) -> None:
    view = desk.line.picture.conversed.talk(body.talk_id)
    if view is None or view.state is TalkState.NONE:
        raise NotFound("no-such-talk", "nobody has proposed this talk", field="talk_id", party=desk.me)
    if body.agrees is None:
        return
    theirs = view.minutes.get(desk.partner)
    if theirs is None or theirs.hash != body.agrees:
        raise Refused("superseded", "the other side has written another version since", field="agrees")
    if isinstance(theirs.body, Minutes) and theirs.body.items != body.items:
        raise Refused(
            "not-the-same",
            "who signs the other side's minutes says the same; another version cites none",
            field="items",
        )
