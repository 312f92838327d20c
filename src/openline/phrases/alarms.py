"""What does an alarm mean, and what is to be done? By its kind; what it is about stands in its own text."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from openline.phrases.catalogue import Message


class Explained(msgspec.Struct, frozen=True):
    """heading: the kind's name. meaning: what has happened. remedy: what to do."""

    heading: Message
    meaning: Message
    remedy: Message


ALARMS: Final[Mapping[str, Explained]] = MappingProxyType(
    {
        "EMERGENCY": Explained(
            Message("alarm", "EMERGENCY"),
            Message("alarm", "An emergency stands until both sides have closed it."),
            Message("alarm", "Take the call, act on it, and read its place and times back."),
        ),
        "ASSISTANCE": Explained(
            Message("alarm", "ASSISTANCE"),
            Message("alarm", "A call for assistance stands until both sides have closed it."),
            Message("alarm", "Take the call and say whether you are able to do what it says."),
        ),
        "ALERT": Explained(
            Message("alarm", "ALERT"),
            Message("alarm", "The other side has to know something at once, and nobody has taken the call."),
            Message("alarm", "Take the call and pass it on to those it concerns."),
        ),
        "IDENTIFY": Explained(
            Message("alarm", "WHOSE AIRCRAFT?"),
            Message("alarm", "A request for identification has not been answered."),
            Message(
                "alarm", "Say whether the aircraft is yours. To decline to say is an answer; silence is none."
            ),
        ),
        "ESCALATED": Explained(
            Message("alarm", "ESCALATED"),
            Message(
                "alarm",
                "Nobody here has taken a call, and the accord's ladder has reached its next position.",
            ),
            Message("alarm", "Call the position that the alarm names, and have somebody take the call."),
        ),
        "NOT TAKEN": Explained(
            Message("alarm", "NOT TAKEN"),
            Message("alarm", "Nobody at the other side has taken our call."),
            Message("alarm", "Call the position there that the alarm names by telephone or radio."),
        ),
        "SHOWN MISSING": Explained(
            Message("alarm", "SHOWN MISSING"),
            Message(
                "alarm",
                "What we said has been put before no person at the other side within the agreed time.",
            ),
            Message("alarm", "The machines may be connected and nobody sits there. Call them."),
        ),
        "READBACK DIFFERS": Explained(
            Message("alarm", "READ-BACK DIFFERS"),
            Message("alarm", "A place, a time or a height was understood differently from what was said."),
            Message("alarm", "Look at the map together, say the right value, and have it read back again."),
        ),
        "TRAFFIC PASSED ON": Explained(
            Message("alarm", "TRAFFIC PASSED ON"),
            Message(
                "alarm", "One of our flights meets a flight of a third party, which was passed on to us."
            ),
            Message(
                "alarm", "Nobody on this line can move it. Speak with the party whose it is, or move ours."
            ),
        ),
        "NOT PASSED ON": Explained(
            Message("alarm", "NOT PASSED ON"),
            Message(
                "alarm",
                "The accord with this partner does not allow us to pass on what another partner told.",
            ),
            Message("alarm", "Tell them by telephone if the other accord allows it, or agree on new terms."),
        ),
        "LINE SILENT": Explained(
            Message("alarm", "LINE SILENT"),
            Message("alarm", "Nothing is heard from the other side. Silence is neither refusal nor consent."),
            Message(
                "alarm",
                "Use the telephone and the agreed frequencies. What you say is kept and delivered later.",
            ),
        ),
        "LINE DEGRADED": Explained(
            Message("alarm", "LINE DEGRADED"),
            Message("alarm", "The line works, but slowly, with losses, or in one direction only."),
            Message("alarm", "Confirm what is urgent by telephone, and have the network looked at."),
        ),
        "CLOCKS DIFFER": Explained(
            Message("alarm", "CLOCKS DIFFER"),
            Message("alarm", "The clocks of the two sides differ by more than one second."),
            Message("alarm", "Both sides check their time source. No decision depends on the clocks."),
        ),
        "LAM MISSING": Explained(
            Message("alarm", "LAM MISSING"),
            Message(
                "alarm", "The other node has not confirmed within the agreed time that it holds what we said."
            ),
            Message(
                "alarm",
                "Call them. If their node is running, its log says why it does not accept the message.",
            ),
        ),
        "ANSWER MISSING": Explained(
            Message("alarm", "ANSWER MISSING"),
            Message("alarm", "An answer is overdue; the alarm says whose."),
            Message("alarm", "If it is ours, answer or say stand by. If it is theirs, call them."),
        ),
        "LINE CHECK MISSED": Explained(
            Message("alarm", "LINE CHECK MISSED"),
            Message("alarm", "Nobody has held the line check that was agreed for this hour."),
            Message("alarm", "Check the line now."),
        ),
        "CHECK UNANSWERED": Explained(
            Message("alarm", "LINE CHECK UNANSWERED"),
            Message("alarm", "No person has answered a line check."),
            Message("alarm", "The machines may be connected and nobody sits there. Call them."),
        ),
        "AGREEMENT NOT CARRIED OUT": Explained(
            Message("alarm", "AGREEMENT NOT CARRIED OUT"),
            Message("alarm", "A change was agreed for a flight that is not here any more, or has ended."),
            Message("alarm", "Tell the other side, and withdraw from the agreement."),
        ),
        "INTENT NOT AGREED": Explained(
            Message("alarm", "INTENT NOT AGREED"),
            Message(
                "alarm",
                "A supplier's flight is in conflict with a flight of the other side, which has not agreed.",
            ),
            Message("alarm", "Settle the conflict, or ask the supplier to change the flight."),
        ),
        "SUPPLIER MUST MOVE": Explained(
            Message("alarm", "SUPPLIER MUST MOVE"),
            Message(
                "alarm", "A change of a supplier's flight was agreed, and only the supplier can make it."
            ),
            Message("alarm", "Call the supplier and say what was agreed."),
        ),
        "INTENT NOT TOLD": Explained(
            Message("alarm", "INTENT NOT TOLD"),
            Message(
                "alarm", "The accord does not allow a supplier's flight to be notified to the other side."
            ),
            Message("alarm", "Tell the other side by telephone, or ask the supplier to change the flight."),
        ),
        "INTENT NOT TAKEN": Explained(
            Message("alarm", "INTENT NOT TAKEN"),
            Message(
                "alarm", "This node cannot hold a supplier's flight, and the other side does not know of it."
            ),
            Message("alarm", "Tell the other side by telephone, or ask the supplier to change the flight."),
        ),
        "NOTICE NOT SHOWN": Explained(
            Message("alarm", "NOTICE NOT SHOWN"),
            Message("alarm", "What the other side notified could not be passed on to our suppliers."),
            Message("alarm", "Tell the suppliers concerned by telephone."),
        ),
        "ENGINES DIFFER": Explained(
            Message("alarm", "ENGINES DIFFER"),
            Message(
                "alarm",
                "The other node finds a conflict where this one finds none. Both treat it as a conflict.",
            ),
            Message("alarm", "Compare the software versions of both nodes, and keep both journals."),
        ),
        "PICTURES DIFFER": Explained(
            Message("alarm", "PICTURES DIFFER"),
            Message("alarm", "Both nodes hold the same messages and read different pictures from them."),
            Message(
                "alarm", "Coordinate the flights that the alarm names by telephone until this is settled."
            ),
        ),
        "ROOTS DIFFER": Explained(
            Message("alarm", "ROOTS DIFFER"),
            Message("alarm", "The other side has signed that it holds other messages than those we sent."),
            Message(
                "alarm", "Verify the journals on both sides, one against the other, and keep everything."
            ),
        ),
        "LANE FORKED": Explained(
            Message("alarm", "LANE FORKED"),
            Message("alarm", "Two different messages bear the same number."),
            Message(
                "alarm",
                "Stop. Unless somebody has restored a node, treat the key as stolen. Keep both journals.",
            ),
        ),
        "LANE AHEAD": Explained(
            Message("alarm", "LANE AHEAD"),
            Message("alarm", "The other side holds more messages of ours than this node has sent."),
            Message(
                "alarm",
                "Stop. Unless somebody has restored a node, treat the key as stolen. Keep both journals.",
            ),
        ),
        "SEEN CONTRADICTED": Explained(
            Message("alarm", "SEEN CONTRADICTED"),
            Message("alarm", "The other side contradicts itself about what it has received from us."),
            Message("alarm", "Keep the journal, and ask the other side about it by telephone."),
        ),
        "MESSAGE REJECTED": Explained(
            Message("alarm", "MESSAGE REJECTED"),
            Message(
                "alarm",
                "The other side has rejected a message of ours as faulty. The aircraft is still there.",
            ),
            Message("alarm", "Tell the other side by telephone what the message said."),
        ),
        "TELEPHONED UNVERIFIED": Explained(
            Message("alarm", "TELEPHONED UNVERIFIED"),
            Message("alarm", "A message was read over the telephone; its sealed original has not come."),
            Message(
                "alarm",
                "Call back before you act on it. The alarm ends when the sealed original comes and is equal.",
            ),
        ),
        "TELEPHONED DIFFERS": Explained(
            Message("alarm", "TELEPHONED DIFFERS"),
            Message(
                "alarm", "The sealed original says something else than what was read over the telephone."
            ),
            Message("alarm", "The sealed original counts. Call the other side and find out why."),
        ),
        "KEY MISSING": Explained(
            Message("alarm", "KEY MISSING"),
            Message(
                "alarm", "No key with which this node may speak here is at hand. It hears, and is silent."
            ),
            Message("alarm", "Put the key back, or bring another into use. Until then, telephone."),
        ),
        "KEY REVOKED": Explained(
            Message("alarm", "KEY REVOKED"),
            Message("alarm", "A party has revoked one of its keys."),
            Message("alarm", "Confirm it by telephone, and compare the words of the new key."),
        ),
        "OLD KEY USED": Explained(
            Message("alarm", "OLD KEY USED"),
            Message(
                "alarm", "A message was sealed with a key that another one has replaced. It was not accepted."
            ),
            Message("alarm", "Ask the other side by telephone who still has the old key."),
        ),
        "REVOKED KEY USED": Explained(
            Message("alarm", "REVOKED KEY USED"),
            Message("alarm", "A message was sealed with a revoked key. It was not accepted."),
            Message(
                "alarm", "Treat it as an attack: tell the other side by telephone, and keep the quarantine."
            ),
        ),
    }
)
"""By the kind that a node raises it under."""
