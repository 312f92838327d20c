"""What does each field of each message mean? One sentence each, for docs/spec/line-protocol.md.

A field means the same wherever it stands, unless the body that it stands in says otherwise.
"""

from collections.abc import Mapping
from typing import Final

ANYWHERE: Final[Mapping[str, str]] = {
    "accord_version": "the version of the accord that governed (section 14) when this was found",
    "act": "what is done",
    "address24": "the 24-bit address of its transponder",
    "aircraft": "the aircraft in question, as far as it is known",
    "answers": "the hash of the message that this answers",
    "automaton": "true: no person, a program acts at this position",
    "callsign": "as it calls itself or is displayed",
    "certificate": "the sealed certificate of the next node key ([journal.md](journal.md#7-certificate))",
    "conflict_id": "the conflict (section 8)",
    "course_deg": "its course over ground, clockwise from true north",
    "ground_speed_kt": "its speed over ground",
    "height_dmm": "the height that was read back, in the accord's datum",
    "latitude_e9": "north positive, WGS84",
    "longitude_e9": "east positive, WGS84",
    "lower_dmm": "the lowest height in question, in the accord's datum",
    "notices": "the operations that it is about, by their notice ids",
    "officer": "who says it, and from which position",
    "party": "the party that has to do it",
    "proposal": "what is proposed",
    "revision": "the versions of both notices that this is about (section 8)",
    "talk_id": "the talk; who proposes it makes the id",
    "text": "for people, not translated",
    "topic": "what it is about",
    "upper_dmm": "the highest height in question, in the accord's datum",
    "where": "the place in question",
}

IN_BODY: Final[Mapping[str, Mapping[str, str]]] = {
    "Aircraft": {"squawk": "the code that its transponder shows"},
    "Alert": {"nature": "what is to be known"},
    "Assistance": {
        "need": "what kind of help",
        "offered": "true: the sender offers it; false: it asks for it",
        "persons": "how many people it is for",
    },
    "Assisting": {
        "can": "true: the sender can and will",
        "from_ms": "from when on it can",
    },
    "Checked": {"answers": "the hash of the CHECK"},
    "Closest": {
        "latitude_e9": "of the place midway between the two nearest places; north positive",
        "longitude_e9": "of the same place; east positive",
        "time_ms": "when they are closest",
        "lateral_dmm": "how far apart along the ellipsoid",
        "vertical_dmm": "how far apart in height",
    },
    "ConflictStated": {
        "conflict_id": "the hash of accord and notice ids (section 8)",
        "first": "the notice id that comes first by code point",
        "second": "the other notice id",
        "finding": "how sure the sender is; `dissolved` takes its own finding back",
        "start_ms": "the first moment at which the minima are broken",
        "end_ms": "the last moment at which they are; not before `start_ms`",
        "closest": "the closest approach, for people",
    },
    "Accept": {"answers": "the hash of the REQUEST or CDN that is agreed"},
    "Reject": {
        "answers": "the hash of the REQUEST or CDN that is not agreed",
        "reason": "why not",
    },
    "Standby": {
        "answers": "the hash of the REQUEST or CDN that is being looked at",
        "until_ms": "by when it is answered",
    },
    "Counter": {"answers": "the hash of the REQUEST or CDN in whose place this comes"},
    "Cancel": {"answers": "the hash of the REQUEST, CDN or ACP that is taken back"},
    "Close": {"answers": "the hash of the call that is over"},
    "Emergency": {
        "nature": "what it is; `endangered`: what goes on at this place endangers people or aircraft",
        "wanted": "what the other side is asked to do; `stop`: whatever it does at this place",
    },
    "End": {"reason": "why the accord ends"},
    "Escalated": {
        "answers": "the hash of the call that nobody has taken",
        "position": "the duty position that is called now",
        "after_ms": "the rung of the accord's ladder: so long after the call came",
    },
    "Finer": {
        "notice_id": "the sender's notice, a version 4 UUID",
        "volumes": "its volumes and off-nominal volumes within the window, exactly",
        "trajectory": "its path within the window, exactly",
    },
    "FreeText": {"text": "what is said", "answers": "the hash of the message that this is about"},
    "Identified": {
        "answers": "the hash of the IDENTIFY",
        "whose": "whose aircraft it is; not to say is an answer too",
        "notice_id": "the notice of its operation, where it was told",
        "callsign": "its call sign",
    },
    "Identify": {
        "where": "where it was seen",
        "seen_ms": "when it was there",
        "aircraft": "what was seen of it",
    },
    "InForce": {
        "version": "the version of the accord that the document has",
        "document": "the sealed accord, signed by both ([accord.md](accord.md#signing)), as text",
    },
    "KeyChanged": {"lost": "true: the key before is lost, and the next key seals this itself (section 20)"},
    "KeyRevoked": {
        "revocation": "the sealed revocation ([journal.md](journal.md#11-words-of-a-party)), as text"
    },
    "Minute": {
        "text": "what was agreed",
        "due_ms": "by when",
    },
    "Minutes": {
        "items": "what was agreed, in this order",
        "agrees": "the hash of the other side's MINUTES that say the same",
    },
    "Officer": {
        "position": "the duty position",
        "pseudonym": "the person there, by a name that the node vouches for and that says nothing else",
    },
    "PassedOn": {
        "origin": "the party whose operation it is, by the name in its own accord with who heard it first",
        "notice": "the operation, as the sender's terms let it be told here",
        "further": "how many more times it may be passed on",
        "withdrawn": "true: the sender says no more of it; it may fly all the same",
    },
    "Proposal": {
        "notice_id": "the operation that would change; with no change, the one that is to fly as filed",
        "delay_ms": "so much later (negative: earlier) than its notice says",
        "climb_dmm": "so much higher (negative: lower) than its notice says",
    },
    "ReadValue": {
        "name": "which value of the cited message this is (section 16)",
        "latitude_e9": "of the position that was read back; north positive",
        "longitude_e9": "of the same position; east positive",
        "time_ms": "the moment that was read back",
    },
    "Readback": {
        "answers": "the hash of the message that is read back",
        "values": "its values as they were understood",
    },
    "Rejection": {
        "lane": "the lane of the message that is rejected, and of this one",
        "number": "its number there",
        "message": "its hash",
        "code": "why: a word of the sender's choice (section 11)",
        "field": "the field that is wrong, as a dotted path",
        "clause": "the clause of the accord that forbids it",
        "text": "why, for people: of any characters, so a reader shows it with care",
    },
    "Request": {
        "places": "the place versions of both notices (section 6): the dialogue belongs to them",
        "follows": "the hash of the message that closed the dialogue before; none for the first",
    },
    "Revision": {
        "first": "the version of the notice whose id comes first by code point",
        "second": "the version of the other",
    },
    "Shift": {
        "act": "`on`: the officer takes the seat; `handover`: from `relieved`; `off`: leaves it empty",
        "officer": "who sits there from now on; with `off`, who leaves",
        "relieved": "the pseudonym of who sat there before",
        "taken_over": "the hashes of what was open at that moment, and is the new officer's now",
    },
    "Shown": {
        "messages": "the hashes of the messages that stood before the officer",
        "urgent": "true: one of them is urgent, and so is this",
    },
    "Suspend": {"reason": "why the line is suspended"},
    "Taken": {"answers": "the hash of the call that is in hand"},
    "Talk": {
        "follows": "the hash of the act before; none for `propose`",
        "start_ms": "when the talk begins; with `propose` and `move`, and only there",
        "duration_ms": "how long it takes; `move` without it leaves it as it was",
        "agenda": "what is to be talked about; `move` without it leaves it as it was",
    },
    "Where": {
        "radius_dmm": "how far around it; 0: the point itself",
        "from_ms": "from when on it matters",
        "until_ms": "until when it matters",
    },
}


def meaning_of(body: str, field: str) -> str:
    """body: the name of its class. Raises KeyError for a field that nobody has described."""
    return IN_BODY.get(body, {}).get(field) or ANYWHERE[field]
