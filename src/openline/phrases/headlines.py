"""What does each kind of message say? Its title, and its headlines: one whole sentence for every case.

Where ICAO has a phrase (Doc 4444, Doc 9432) the headline begins with it. The sender is named in each, so that
"ours" and "yours" cannot be taken for one another by who reads it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from openline.coordination.messages import Kind
from openline.phrases.catalogue import Counted, Message

EXERCISE = Message("headline", "EXERCISE, EXERCISE, EXERCISE. {headline}")
UNREADABLE = Message("headline", "{sender} sent a message that cannot be read.")
UNREADABLE_TITLE = Message("kind", "Unreadable message")

TITLES: Final[Mapping[Kind, Message]] = MappingProxyType(
    {
        Kind.NOTICE: Message("kind", "Notice"),
        Kind.PASSED_ON: Message("kind", "Traffic passed on"),
        Kind.CONFLICT: Message("kind", "Conflict"),
        Kind.FINER: Message("kind", "Finer notice"),
        Kind.REQUEST: Message("kind", "Request"),
        Kind.ACP: Message("kind", "Acceptance"),
        Kind.RJC: Message("kind", "Rejection"),
        Kind.SBY: Message("kind", "Stand-by"),
        Kind.CDN: Message("kind", "Counter-proposal"),
        Kind.CANCEL: Message("kind", "Withdrawal"),
        Kind.CHECK: Message("kind", "Line check"),
        Kind.CHECKED: Message("kind", "Answer to a line check"),
        Kind.SHOWN: Message("kind", "Display confirmation"),
        Kind.SUSPEND: Message("kind", "Suspension"),
        Kind.RESUME: Message("kind", "Resumption"),
        Kind.IN_FORCE: Message("kind", "Entry into force"),
        Kind.END: Message("kind", "End of the accord"),
        Kind.LRM: Message("kind", "Logical rejection"),
        Kind.EMERGENCY: Message("kind", "Emergency"),
        Kind.TAKEN: Message("kind", "Call taken"),
        Kind.ESCALATED: Message("kind", "Escalation"),
        Kind.CLOSE: Message("kind", "Closure"),
        Kind.ASSISTANCE: Message("kind", "Assistance"),
        Kind.ASSISTING: Message("kind", "Answer on assistance"),
        Kind.IDENTIFY: Message("kind", "Request for identification"),
        Kind.IDENTIFIED: Message("kind", "Identification"),
        Kind.ALERT: Message("kind", "Alert"),
        Kind.READBACK: Message("kind", "Read-back"),
        Kind.TEXT: Message("kind", "Free text"),
        Kind.TALK: Message("kind", "Talk"),
        Kind.MINUTES: Message("kind", "Minutes"),
        Kind.SHIFT: Message("kind", "Change of duty"),
        Kind.KEY: Message("kind", "New key"),
        Kind.REVOKE: Message("kind", "Key revocation"),
    }
)

_EMERGENCY = {
    "distress": Message("headline", "MAYDAY, MAYDAY, MAYDAY. {sender} reports distress."),
    "urgency": Message("headline", "PAN PAN, PAN PAN, PAN PAN. {sender} reports a state of urgency."),
    "collision-risk": Message("headline", "EMERGENCY. {sender} reports a risk of collision."),
    "endangered": Message(
        "headline", "EMERGENCY. {sender} reports that people or aircraft are being endangered at this place."
    ),
    "no-communication": Message(
        "headline", "EMERGENCY. {sender} reports an aircraft without radio communication."
    ),
    "unlawful-interference": Message(
        "headline", "EMERGENCY. {sender} reports an aircraft subjected to unlawful interference."
    ),
    "minimum-fuel": Message(
        "headline", "MINIMUM FUEL. {sender} reports an aircraft that can accept little or no delay."
    ),
    "medical": Message("headline", "EMERGENCY. {sender} reports a medical emergency."),
    "other": Message("headline", "EMERGENCY. {sender} reports an emergency of another kind."),
}

_ALERT = {
    "leaving-plan": Message("headline", "ALERT. {sender} reports an aircraft leaving its plan."),
    "traffic": Message("headline", "TRAFFIC ALERT. {sender} reports conflicting traffic."),
    "airspace-closed": Message("headline", "ALERT. {sender} reports that airspace is closed."),
    "navigation-unreliable": Message("headline", "ALERT. {sender} reports that navigation is unreliable."),
    "frequency-unusable": Message("headline", "ALERT. {sender} reports that a frequency is unusable."),
    "weather": Message("headline", "ALERT. {sender} reports hazardous weather."),
    "hazard": Message("headline", "ALERT. {sender} reports a hazard."),
    "other": Message("headline", "ALERT. {sender} reports something that has to be known at once."),
}

_NOTICE = {
    "Proposed": Message("headline", "{sender}: flight {flight} is proposed and not yet agreed."),
    "Accepted": Message("headline", "{sender}: flight {flight} is planned."),
    "Activated": Message("headline", "{sender}: flight {flight} is in progress."),
    "Nonconforming": Message(
        "headline",
        "{sender}: flight {flight} is outside its notified airspace and is expected to return to it.",
    ),
    "Contingent": Message(
        "headline",
        "{sender}: flight {flight} is outside its notified airspace and is not expected to return to it.",
    ),
    "Ended": Message("headline", "{sender}: flight {flight} has ended."),
}

_PASSED_ON = {
    "told": Message("headline", "{sender} passes on what {origin} told of its flight {flight}."),
    "ended": Message("headline", "{sender} passes on what {origin} told: flight {flight} has ended."),
    "withdrawn": Message(
        "headline", "{sender} passes on no more about flight {flight} of {origin}. It may still be flown."
    ),
}

_CONFLICT = {
    "possible": Message(
        "headline", "Flights {first} and {second} may come closer to each other than the agreed minima."
    ),
    "certain": Message(
        "headline", "Flights {first} and {second} come closer to each other than the agreed minima."
    ),
    "dissolved": Message(
        "headline", "No conflict after all: flights {first} and {second} keep the agreed minima."
    ),
}

_SHIFT = {
    "on": Message("headline", "{sender}: {officer} is now on duty at position {position}."),
    "handover": Message("headline", "{sender}: {officer} takes over position {position} from {relieved}."),
    "handover-from-nobody": Message("headline", "{sender}: {officer} takes over position {position}."),
    "off": Message("headline", "{sender}: {officer} goes off duty; position {position} is not manned."),
}

_TALK = {
    "propose": Message("headline", "{sender} proposes a talk."),
    "confirm": Message("headline", "{sender} confirms the talk."),
    "move": Message("headline", "{sender} proposes another time for the talk."),
    "cancel": Message("headline", "{sender} cancels the talk."),
}

_SHOWN = {
    "person": Counted(
        "headline",
        "{sender}: {count} message was shown to the duty officer.",
        "{sender}: {count} messages were shown to the duty officer.",
    ),
    "automaton": Counted(
        "headline",
        "{sender}: {count} message was displayed by an automaton, and to no person yet.",
        "{sender}: {count} messages were displayed by an automaton, and to no person yet.",
    ),
}

ALWAYS: Final = "always"
"""The one case of a kind that has no others."""

_ONE: Final = {
    Kind.ACP: Message("headline", "{sender} accepts the proposal."),
    Kind.RJC: Message("headline", "{sender} does not accept the proposal."),
    Kind.SBY: Message("headline", "STAND BY. {sender} will answer by {time}."),
    Kind.CDN: Message("headline", "{sender} makes a counter-proposal."),
    Kind.CANCEL: Message("headline", "{sender} withdraws from the proposal or the agreement."),
    Kind.CHECK: Message("headline", "{sender} checks the line and asks for the answer of a person."),
    Kind.CHECKED: Message("headline", "{sender} answers the line check."),
    Kind.SUSPEND: Message("headline", "{sender} suspends coordination. Messages on safety of life continue."),
    Kind.RESUME: Message("headline", "{sender} resumes coordination."),
    Kind.IN_FORCE: Message(
        "headline", "{sender} applies version {version} of the accord from its next message on."
    ),
    Kind.END: Message("headline", "{sender} ends the accord. Messages on safety of life remain possible."),
    Kind.LRM: Message("headline", "{sender} rejects a message as faulty; it does not count."),
    Kind.TAKEN: Message("headline", "{sender} has taken charge of the call."),
    Kind.ESCALATED: Message(
        "headline", "{sender}: nobody has taken the call; position {position} is called as well."
    ),
    Kind.CLOSE: Message("headline", "For {sender} the call is closed."),
    Kind.IDENTIFY: Message("headline", "{sender} asks: whose aircraft is this?"),
    Kind.READBACK: Message("headline", "{sender} reads back what was understood."),
    Kind.TEXT: Message("headline", "{sender} writes a free text."),
    Kind.REVOKE: Message("headline", "{sender} revokes one of its keys."),
}

HEADLINES: Final[Mapping[Kind, Mapping[str, Message | Counted]]] = MappingProxyType(
    {
        **{kind: {ALWAYS: message} for kind, message in _ONE.items()},
        Kind.NOTICE: _NOTICE,
        Kind.PASSED_ON: _PASSED_ON,
        Kind.CONFLICT: _CONFLICT,
        Kind.FINER: {
            "there": Message(
                "headline",
                "{sender} states more exactly where flight {flight} is during the possible conflict.",
            ),
            "elsewhere": Message(
                "headline", "{sender}: during the possible conflict, flight {flight} is not there."
            ),
        },
        Kind.REQUEST: {
            "first": Message("headline", "{sender} requests agreement on a proposal."),
            "again": Message("headline", "{sender} once more requests agreement on a proposal."),
        },
        Kind.SHOWN: _SHOWN,
        Kind.EMERGENCY: _EMERGENCY,
        Kind.ASSISTANCE: {
            "requested": Message("headline", "{sender} requests assistance."),
            "offered": Message("headline", "{sender} offers assistance."),
        },
        Kind.ASSISTING: {
            "able": Message("headline", "{sender} is able to do what the call for assistance says."),
            "unable": Message("headline", "UNABLE. {sender} cannot do what the call for assistance says."),
        },
        Kind.IDENTIFIED: {
            "ours": Message("headline", "{sender} states that the aircraft is its own."),
            "not-ours": Message("headline", "{sender} states that the aircraft is not its own."),
            "will-not-say": Message("headline", "{sender} declines to say whether the aircraft is its own."),
        },
        Kind.ALERT: _ALERT,
        Kind.TALK: _TALK,
        Kind.MINUTES: {
            "written": Message("headline", "{sender} submits minutes of the talk."),
            "signed": Message("headline", "{sender} signs the other side's minutes of the talk."),
        },
        Kind.SHIFT: _SHIFT,
        Kind.KEY: {
            "changed": Message("headline", "{sender} seals its messages with a new key from here on."),
            "lost": Message(
                "headline",
                "{sender} has lost its key and seals with a new one. "
                "Compare its words by telephone before you trust it.",
            ),
        },
    }
)
"""By kind, and by the case of it: a code of its body where one decides."""
