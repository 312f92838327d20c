"""What does a code mean? Every word of a machine that people read, member for member."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from openline.accord.states import AccordState
from openline.airspace.operation import State
from openline.coordination.call_view import CallState
from openline.coordination.calls import AlertNature, Nature, Need, Wanted, Whose
from openline.coordination.conflict_view import ConflictStatus
from openline.coordination.conversation import DutyAct, TalkAct, Topic
from openline.coordination.dialogue import DialogueState
from openline.coordination.fields import Reason
from openline.coordination.messages import FindingKind
from openline.coordination.readback import Verdict
from openline.coordination.talk_view import MinutesState, TalkState
from openline.journal.entry import Lane
from openline.phrases.catalogue import Message

_WIRE: Final[Mapping[type[StrEnum], Mapping[StrEnum, Message]]] = {
    Reason: {
        Reason.TRAFFIC: Message("reason", "other traffic"),
        Reason.CONSTRAINT: Message("reason", "an airspace restriction"),
        Reason.PERFORMANCE: Message("reason", "aircraft performance"),
        Reason.WEATHER: Message("reason", "weather"),
        Reason.WORKLOAD: Message("reason", "workload"),
        Reason.TOO_LATE: Message("reason", "too late"),
        Reason.SAFETY: Message("reason", "safety"),
        Reason.TECHNICAL: Message("reason", "technical reasons"),
        Reason.INSTRUCTED: Message("reason", "instructions received"),
        Reason.OTHER: Message("reason", "another reason"),
    },
    Nature: {
        Nature.DISTRESS: Message("emergency", "distress"),
        Nature.URGENCY: Message("emergency", "urgency"),
        Nature.COLLISION_RISK: Message("emergency", "risk of collision"),
        Nature.ENDANGERED: Message("emergency", "people or aircraft endangered"),
        Nature.NO_COMMUNICATION: Message("emergency", "communication failure"),
        Nature.UNLAWFUL_INTERFERENCE: Message("emergency", "unlawful interference"),
        Nature.MINIMUM_FUEL: Message("emergency", "minimum fuel"),
        Nature.MEDICAL: Message("emergency", "medical emergency"),
        Nature.OTHER: Message("emergency", "another emergency"),
    },
    Wanted: {
        Wanted.STOP: Message("wanted", "STOP. Stop at once whatever you are doing at this place."),
        Wanted.KEEP_CLEAR: Message("wanted", "KEEP CLEAR. Keep aircraft away from this place."),
        Wanted.CALL_CREW: Message("wanted", "Call the crew on the radio."),
        Wanted.CALL_US: Message("wanted", "Call the sender by telephone."),
        Wanted.TAKE_NOTE: Message("wanted", "Take note."),
    },
    Need: {
        Need.SEARCH: Message("need", "search"),
        Need.RESCUE: Message("need", "rescue"),
        Need.MEDICAL: Message("need", "medical assistance"),
        Need.RECOVERY: Message("need", "recovery of an aircraft or its crew"),
        Need.RELAY: Message("need", "relay of communications"),
        Need.SAFE_PASSAGE: Message("need", "safe passage"),
        Need.OTHER: Message("need", "other assistance"),
    },
    AlertNature: {
        AlertNature.LEAVING_PLAN: Message("alert", "aircraft leaving its plan"),
        AlertNature.TRAFFIC: Message("alert", "conflicting traffic"),
        AlertNature.AIRSPACE_CLOSED: Message("alert", "airspace closed"),
        AlertNature.NAVIGATION_UNRELIABLE: Message("alert", "navigation unreliable"),
        AlertNature.FREQUENCY_UNUSABLE: Message("alert", "frequency unusable"),
        AlertNature.WEATHER: Message("alert", "hazardous weather"),
        AlertNature.HAZARD: Message("alert", "hazard"),
        AlertNature.OTHER: Message("alert", "other"),
    },
    Whose: {
        Whose.OURS: Message("whose", "the aircraft of the side that answers"),
        Whose.NOT_OURS: Message("whose", "not an aircraft of the side that answers"),
        Whose.WILL_NOT_SAY: Message("whose", "the side that answers declines to say"),
    },
    Topic: {
        Topic.COORDINATION: Message("topic", "coordination"),
        Topic.INCIDENT: Message("topic", "an incident"),
        Topic.PROCEDURES: Message("topic", "procedures"),
        Topic.FREQUENCIES: Message("topic", "frequencies"),
        Topic.ACCORD: Message("topic", "the accord"),
        Topic.SUSPENSION: Message("topic", "suspension"),
        Topic.TECHNICAL: Message("topic", "technical matters"),
        Topic.KEYS: Message("topic", "signing keys"),
        Topic.OTHER: Message("topic", "another topic"),
    },
    TalkAct: {
        TalkAct.PROPOSE: Message("talk", "propose a talk"),
        TalkAct.CONFIRM: Message("talk", "confirm the talk"),
        TalkAct.MOVE: Message("talk", "propose another time"),
        TalkAct.CANCEL: Message("talk", "cancel the talk"),
    },
    DutyAct: {
        DutyAct.ON: Message("duty", "come on duty"),
        DutyAct.HANDOVER: Message("duty", "take over the position"),
        DutyAct.OFF: Message("duty", "go off duty"),
    },
    FindingKind: {
        FindingKind.POSSIBLE: Message("finding", "possible"),
        FindingKind.CERTAIN: Message("finding", "certain"),
        FindingKind.DISSOLVED: Message("finding", "dissolved"),
    },
    State: {
        State.PROPOSED: Message("flight", "proposed"),
        State.ACCEPTED: Message("flight", "planned"),
        State.ACTIVATED: Message("flight", "in progress"),
        State.NONCONFORMING: Message("flight", "nonconforming"),
        State.CONTINGENT: Message("flight", "contingent"),
        State.ENDED: Message("flight", "ended"),
    },
    Lane: {
        Lane.URGENT: Message("lane", "urgent"),
        Lane.ROUTINE: Message("lane", "routine"),
    },
}

_STATES: Final[Mapping[type[StrEnum], Mapping[StrEnum, Message]]] = {
    DialogueState: {
        DialogueState.NOTIFIED: Message("dialogue", "notified"),
        DialogueState.REQUESTED: Message("dialogue", "requested"),
        DialogueState.COUNTERED: Message("dialogue", "counter-proposal made"),
        DialogueState.ACCEPTED: Message("dialogue", "accepted"),
        DialogueState.REVISED: Message("dialogue", "accepted, revision requested"),
        DialogueState.REVISED_COUNTERED: Message("dialogue", "accepted, counter-proposal to the revision"),
        DialogueState.REJECTED: Message("dialogue", "rejected"),
        DialogueState.CANCELLED: Message("dialogue", "withdrawn"),
    },
    ConflictStatus: {
        ConflictStatus.OPEN: Message("conflict", "not settled"),
        ConflictStatus.AGREED: Message("conflict", "settled"),
        ConflictStatus.GONE: Message("conflict", "no longer a conflict"),
    },
    CallState: {
        CallState.OPEN: Message("call", "not taken"),
        CallState.TAKEN: Message("call", "taken"),
        CallState.ANSWERED: Message("call", "answered"),
        CallState.CLOSING: Message("call", "closed by one side"),
        CallState.CLOSED: Message("call", "closed by both sides"),
    },
    TalkState: {
        TalkState.NONE: Message("talk state", "none"),
        TalkState.PROPOSED: Message("talk state", "proposed"),
        TalkState.CONFIRMED: Message("talk state", "confirmed"),
        TalkState.CANCELLED: Message("talk state", "cancelled"),
    },
    MinutesState: {
        MinutesState.NONE: Message("minutes", "none"),
        MinutesState.ONE_SIDED: Message("minutes", "from one side only"),
        MinutesState.DIFFER: Message("minutes", "the two versions differ"),
        MinutesState.AGREED: Message("minutes", "signed by both sides"),
    },
    Verdict: {
        Verdict.SAME: Message("read back", "read back correctly"),
        Verdict.INCOMPLETE: Message("read back", "read back incompletely"),
        Verdict.DIFFERS: Message("read back", "understood differently"),
    },
    AccordState: {
        AccordState.PROPOSED: Message("accord", "proposed"),
        AccordState.COUNTERSIGNED: Message("accord", "signed by both parties"),
        AccordState.IN_FORCE: Message("accord", "in force"),
        AccordState.SUSPENDED: Message("accord", "suspended"),
        AccordState.ENDED: Message("accord", "ended"),
    },
}

CODES: Final[Mapping[type[StrEnum], Mapping[StrEnum, Message]]] = MappingProxyType({**_WIRE, **_STATES})
"""Every code of a message, and every state that is shown, by the enumeration that it belongs to."""

LINE_STATES: Final[Mapping[str, Message]] = MappingProxyType(
    {
        "connecting": Message("line", "connecting"),
        "open": Message("line", "open"),
        "degraded": Message("line", "degraded"),
        "silent": Message("line", "silent"),
        "suspended": Message("line", "suspended"),
        "recovering": Message("line", "recovering"),
        "not yet in force": Message("line", "not yet in force"),
        "expired": Message("line", "expired"),
        "ended": Message("line", "ended"),
    }
)
"""How a line stands, as ``LineStatus.state`` says it."""


LINE_FAULTS: Final[Mapping[str, Message]] = MappingProxyType(
    {
        "ours": Message("fault", "the fault is on our side"),
        "theirs": Message("fault", "the fault is on the other side"),
        "unknown": Message("fault", "it is not known on whose side the fault is"),
    }
)
"""Where a fault of the line lies, as ``LineState.fault`` says it."""


def word_of(code: StrEnum) -> Message:
    return CODES[type(code)][code]
