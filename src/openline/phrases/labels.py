"""What is a value called? The labels of lines, and what they say of values that are not plain ones."""

from openline.phrases.catalogue import Counted, Message

# What many kinds have
PLACE = Message("label", "Place")
RADIUS = Message("label", "Radius")
HEIGHTS = Message("label", "Heights")
TIMES = Message("label", "Time")
OFFICER = Message("label", "Said by")
FLIGHT = Message("label", "Flight")
REFERS_TO = Message("label", "Refers to")
REASON = Message("label", "Reason")
FREE_TEXT = Message("label", "Free text, not translated")
CONFLICT = Message("label", "Conflict")
VERSIONS = Message("label", "Versions")
MORE = Message("label", "Not listed")

BETWEEN = Message("heights", "between {lower} and {upper}")
AT_HEIGHT = Message("heights", "at {height}")
FROM_HEIGHT = Message("heights", "at or above {lower}")
TO_HEIGHT = Message("heights", "at or below {upper}")
FROM_UNTIL = Message("times", "from {start} until {end}")
FROM_ON = Message("times", "from {start} on")
UNTIL = Message("times", "until {end}")
SEATED = Message("officer", "{pseudonym}, position {position}")
AUTOMATON = Message("officer", "{pseudonym}, position {position} (an automaton, not a person)")
FLIGHT_NAME = Message("flight name", "{callsign} ({notice})")
CITED = Message("cited", "{kind} of {sender}, {lane} lane no. {number} ({hash})")
NOT_HERE = Message("cited", "message {hash}")
SEPARATOR = Message("layout", "; ")
MORE_LEFT = Counted("more", "{count} more", "{count} more")
FIRST_SECOND = Message("versions", "{first} (first flight), {second} (second flight)")

# Aircraft
CALLSIGN = Message("label", "Call sign")
SQUAWK = Message("label", "Transponder code")
ADDRESS = Message("label", "24-bit aircraft address")
TRACK = Message("label", "True track")
GROUND_SPEED = Message("label", "Ground speed")
SEEN = Message("label", "Seen there at")

# Notices
VERSION = Message("label", "Version")
STANDING = Message("label", "Precedence")
CARRIES_OUT = Message("label", "Carries out")
PRIORITY = Message("label", "Priority")
ORIGIN = Message("label", "Whose flight")
MAY_GO_FURTHER = Message("label", "May be passed on again, at most")
AIRCRAFT_TYPE = Message("label", "Aircraft type")
AREA = Message("label", "Area {number}")
DEVIATION_AREA = Message("label", "Area {number}, possible deviation")
ROUTE = Message("label", "Route")
POINT = Message("label", "Point {number}")
TOLERANCES = Message("label", "Tolerances")
KEEPS_PLACE = Message("standing", "this version lies inside the earlier one and keeps its place")
NEW_PLACE = Message("standing", "this version takes a new place")
POINTS = Counted("route", "{count} point", "{count} points")
TOLERANCE = Message("route", "{lateral} to either side, {vertical} up and down, {time} early or late")
LEG_POINT = Message("route", "{position}, {height}, {time}")
CIRCLE = Message("area", "circle of {radius} around {position}; {heights}; {times}")
OUTLINE = Counted(
    "area",
    "outline of {count} corner: {corners}; {heights}; {times}",
    "outline of {count} corners: {corners}; {heights}; {times}",
)

# Conflicts and dialogue
CLOSEST_LATERAL = Message("label", "Closest horizontally")
CLOSEST_VERTICAL = Message("label", "Closest vertically")
CLOSEST_TIME = Message("label", "Closest at")
CLOSEST_PLACE = Message("label", "Closest place")
ACCORD_VERSION = Message("label", "Version of the accord")
PROPOSAL = Message("label", "Proposal")
PLACES = Message("label", "Versions that give precedence")
AS_FILED = Message("proposal", "flight {flight} as filed, without change")
LATER = Message("proposal", "flight {flight}: later by {duration}")
EARLIER = Message("proposal", "flight {flight}: earlier by {duration}")
HIGHER = Message("proposal", "flight {flight}: higher by {height}")
LOWER = Message("proposal", "flight {flight}: lower by {height}")
LATER_HIGHER = Message("proposal", "flight {flight}: later by {duration} and higher by {height}")
LATER_LOWER = Message("proposal", "flight {flight}: later by {duration} and lower by {height}")
EARLIER_HIGHER = Message("proposal", "flight {flight}: earlier by {duration} and higher by {height}")
EARLIER_LOWER = Message("proposal", "flight {flight}: earlier by {duration} and lower by {height}")

# The line
REJECTED = Message("label", "Rejected message")
CODE = Message("label", "Code")
FIELD = Message("label", "Field")
CLAUSE = Message("label", "Clause")
DOCUMENT = Message("label", "Sealed document")
CHARACTERS = Counted("document", "{count} character", "{count} characters")
CERTIFICATE = Message("label", "Sealed certificate")
REVOCATION = Message("label", "Sealed revocation")
NUMBERED = Message("cited", "{lane} lane no. {number} ({hash})")

# Calls
WANTED = Message("label", "Requested action")
AFTER = Message("label", "After")
NEED = Message("label", "Assistance")
PERSONS = Message("label", "Persons")
PERSONS_COUNTED = Counted("persons", "{count} person", "{count} persons")
ABLE_FROM = Message("label", "From")

# Conversation
TALK = Message("label", "Talk")
START = Message("label", "Start")
DURATION = Message("label", "Duration")
AGENDA_ITEM = Message("label", "Agenda item {number}")
ITEM = Message("label", "Item {number}")
AGREED_ITEMS = Message("label", "Items")
NO_ITEMS = Message("minutes", "no items")
RESPONSIBLE = Message("label", "Item {number}, responsible")
DUE = Message("label", "Item {number}, due")
ITEM_TEXT = Message("label", "Item {number}, free text, not translated")
RELIEVED = Message("label", "Relieved")
TAKEN_OVER = Message("label", "Taken over")
STILL_OPEN = Counted("shift", "{count} open message", "{count} open messages")

# Whether it counts
STATUS = Message("label", "Status")
TAKEN_OUT = Message("status", "rejected as faulty; this message does not count")

READ_NAMES = {
    "where": PLACE,
    "where.lower": Message("read back", "Lower limit"),
    "where.upper": Message("read back", "Upper limit"),
    "where.from": Message("read back", "From"),
    "where.until": Message("read back", "Until"),
    "seen": SEEN,
    "start": START,
    "closest": CLOSEST_PLACE,
    "closest.time": CLOSEST_TIME,
    "volume.#.start": Message("read back", "Area {number}, from"),
    "volume.#.end": Message("read back", "Area {number}, until"),
    "volume.#.lower": Message("read back", "Area {number}, lower limit"),
    "volume.#.upper": Message("read back", "Area {number}, upper limit"),
    "volume.#.centre": Message("read back", "Area {number}, centre"),
    "volume.#.corner.#": Message("read back", "Area {number}, corner {corner}"),
    "point.#": POINT,
    "point.#.height": Message("read back", "Point {number}, height"),
    "point.#.time": Message("read back", "Point {number}, time"),
}
"""By the name of a value that can be read back (coordination.readback), with # for a number."""
