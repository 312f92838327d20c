"""Bodies that a node answers with LRM: signed and numbered, and wrong by themselves or under the accord."""

from collections.abc import Iterator
from typing import Any

import msgspec

from openline.accord.terms import Accord
from openline.coordination.codec import check_fact, decode_message
from openline.coordination.messages import Kind, lane_of
from openline.coordination.passing import PassedOn
from openline.errors import OpenlineError
from openline.journal.bounds import NO_HASH
from openline.journal.canonical import canonical
from openline.journal.entry import Lane, Payload
from vectors import line_scene as scene

Case = tuple[str, str, Lane, bytes, Accord]


def judged(kind: str, lane: Lane, body: bytes, accord: Accord) -> OpenlineError | None:
    """The error of the reference, or None where it takes the body."""
    payload = Payload(scene.Speaker("alpha").place(lane, scene.START_MS), kind, msgspec.Raw(body))
    try:
        check_fact(decode_message(NO_HASH, payload), accord)
    except OpenlineError as fault:
        return fault
    return None


def _altered(value: msgspec.Struct, **changes: Any) -> bytes:
    """The canonical bytes with fields replaced or added; ... takes one away."""
    content = {**scene.plain(value), **changes}
    return canonical({name: it for name, it in content.items() if it is not ...})


_NOTICE = scene.a_notice(scene.A1, trajectory=None, volumes=(scene.a_volume(),))
_FLIGHT = scene.a_notice(scene.A1)
_STATED = scene.a_statement(scene.A1, scene.B1)
_REQUEST = scene.a_move(Kind.REQUEST, None)
_HASH = "ab" * 32


def _in_volume(**changes: Any) -> bytes:
    volume = {**scene.plain(_NOTICE)["volumes"][0], **changes}
    return _altered(_NOTICE, volumes=[{name: it for name, it in volume.items() if it is not ...}])


def _ring(*vertices: tuple[int, int]) -> dict[str, Any]:
    return {"kind": "polygon", "vertices": [{"lat_e9": lat, "lon_e9": lon} for lat, lon in vertices]}


def _notices() -> Iterator[tuple[str, bytes]]:
    bow = _ring(
        (46 * 10**9, 7 * 10**9), (47 * 10**9, 8 * 10**9), (46 * 10**9, 8 * 10**9), (47 * 10**9, 7 * 10**9)
    )
    yield "a field for a target", _altered(_NOTICE, target="x")
    yield "a field for a weapon, inside a volume", _in_volume(weapon="x")
    yield "a field for a purpose", _altered(_NOTICE, purpose="x")
    yield from _rings()
    yield from _paths()
    yield (
        "off-nominal volumes of a flight as planned",
        _altered(_NOTICE, off_nominal_volumes=scene.plain(_NOTICE)["volumes"]),
    )
    yield "a time beyond the year 2100", _in_volume(start_ms=1, end_ms=4_102_444_800_001)
    yield "a volume of more than 30 days", _in_volume(start_ms=1, end_ms=2 + 30 * 86_400_000)
    yield "a default spelt out", _altered(_NOTICE, keeps_place=False)
    yield "an absent field as null", _altered(_NOTICE, priority=None)
    yield "an empty list spelt out", _altered(_NOTICE, off_nominal_volumes=[])
    yield "no notice id", _altered(_NOTICE, notice_id=...)
    yield (
        "a notice id that is no version 4 UUID",
        _altered(_NOTICE, notice_id=scene.A1.replace("-4", "-1", 1)),
    )
    yield "a notice id in capitals", _altered(_NOTICE, notice_id=scene.A1.upper())
    yield "version 0", _altered(_NOTICE, version=0)
    yield "a version beyond 2^31 - 1", _altered(_NOTICE, version=2**31)
    yield "a version as text", _altered(_NOTICE, version="1")
    yield "an unknown state", _altered(_NOTICE, state="Flying")
    yield "no volume and no trajectory", _altered(_NOTICE, volumes=...)
    yield "altitudes upside down", _in_volume(lower_dmm=2, upper_dmm=1)
    yield "times upside down", _in_volume(start_ms=2, end_ms=1)
    yield "a volume that takes no time", _in_volume(start_ms=1, end_ms=1)
    yield "below -8,000 m", _in_volume(lower_dmm=-80_000_001)
    yield "above 100,000 m", _in_volume(upper_dmm=1_000_000_001)
    yield "a ring of two vertices", _in_volume(shape=_ring((0, 0), (1, 1)))
    yield "a ring that crosses itself", _in_volume(shape=bow)
    yield "a latitude beyond the pole", _in_volume(shape=_ring((90_000_000_001, 0), (0, 0), (0, 1)))
    yield "a shape of unknown kind", _in_volume(shape={"kind": "sector"})
    yield (
        "a disc without radius",
        _in_volume(shape={"center": {"lat_e9": 0, "lon_e9": 0}, "kind": "circle", "radius_dmm": 0}),
    )
    yield "a callsign with a line break", _altered(_NOTICE, callsign="ABC\n1")
    yield "an aircraft type that is none", _altered(_NOTICE, aircraft_type="a320")
    yield "an agreement that is no hash", _altered(_NOTICE, agreed="yes")
    yield "priority below 0", _altered(_NOTICE, priority=-1)
    yield (
        "a trajectory of one point",
        _altered(
            _FLIGHT,
            trajectory={
                **scene.plain(_FLIGHT)["trajectory"],
                "points": scene.plain(_FLIGHT)["trajectory"]["points"][:1],
            },
        ),
    )


def _rings() -> Iterator[tuple[str, bytes]]:
    e9 = 10**9
    corner, east, north = (46 * e9, 7 * e9), (46 * e9, 8 * e9), (47 * e9, 7 * e9)
    yield "a ring that is closed", _in_volume(shape=_ring(corner, east, north, corner))
    yield "a ring with a corner twice", _in_volume(shape=_ring(corner, east, corner, north))
    seam = _ring((0, 180 * e9), (e9, 179 * e9), (0, -180 * e9), (-e9, 179 * e9))
    yield "a corner twice, east and west of the antimeridian", _in_volume(shape=seam)
    yield "a ring along one line", _in_volume(shape=_ring((0, 0), (0, e9), (0, 2 * e9)))
    yield "a ring around the Earth", _in_volume(shape=_ring((0, 0), (0, 120 * e9), (0, -120 * e9)))
    disc = {"center": {"lat_e9": 0, "lon_e9": 0}, "kind": "circle", "radius_dmm": 9_260_000_001}
    yield "a disc of more than 500 NM", _in_volume(shape=disc)


def _paths() -> Iterator[tuple[str, bytes]]:
    path = scene.plain(_FLIGHT)["trajectory"]
    first, second = path["points"]

    def along(*points: dict[str, int]) -> bytes:
        return _altered(_FLIGHT, trajectory={**path, "points": list(points)})

    yield "a path whose times stand still", along(first, {**second, "time_ms": first["time_ms"]})
    yield "a leg of more than 5,000 km", along(first, {**second, "lat_e9": 0, "time_ms": 1_533_200_000_000})
    yield "a leg faster than 1,500 m/s", along(first, {**second, "time_ms": first["time_ms"] + 1_000})
    yield "a flight level above FL999", along(first, {**second, "height_dmm": 304_495_201})
    late = {"time_tolerance_ms": 21_600_001}
    yield "a time tolerance of more than 6 hours", _altered(_FLIGHT, trajectory={**path, **late})


def _others() -> Iterator[tuple[str, Kind, bytes]]:
    finer = {"conflict_id": scene.CONFLICT, "notice_id": scene.A1, "revision": {"first": 1, "second": 1}}
    upright = {**finer, "notice_id": scene.A1.replace("-4", "-1", 1)}
    yield "a finer notice of an id that is no version 4 UUID", Kind.FINER, canonical(upright)
    fallen = {**scene.plain(scene.a_disc()), "lower_dmm": 2, "upper_dmm": 1}
    yield "a finer volume upside down", Kind.FINER, canonical({**finer, "volumes": [fallen]})
    flat = {**scene.plain(scene.a_disc()), "shape": _ring((0, 0), (0, 10**9), (0, 2 * 10**9))}
    yield "a finer ring along one line", Kind.FINER, canonical({**finer, "volumes": [flat]})
    path = scene.plain(_FLIGHT)["trajectory"]
    first, second = path["points"]
    still = {**path, "points": [first, {**second, "time_ms": first["time_ms"]}]}
    yield "a finer path whose times stand still", Kind.FINER, canonical({**finer, "trajectory": still})
    yield "notice ids not sorted", Kind.CONFLICT, _altered(_STATED, first=scene.B1, second=scene.A1)
    yield "a conflict id that is not the hash", Kind.CONFLICT, _altered(_STATED, conflict_id=_HASH)
    yield "a window upside down", Kind.CONFLICT, _altered(_STATED, start_ms=2, end_ms=1)
    yield "an unknown finding", Kind.CONFLICT, _altered(_STATED, finding="likely")
    yield "a revision with version 0", Kind.CONFLICT, _altered(_STATED, revision={"first": 0, "second": 1})
    yield (
        "a reason in words of one's own",
        Kind.RJC,
        _altered(scene.a_move(Kind.RJC, _HASH), reason="because"),
    )
    yield "a purpose in a request", Kind.REQUEST, _altered(_REQUEST, purpose="x")
    yield (
        "a climb beyond 30,480 m",
        Kind.REQUEST,
        _altered(_REQUEST, proposal={"climb_dmm": 304_800_001, "notice_id": scene.B1}),
    )
    yield (
        "a delay beyond a day",
        Kind.REQUEST,
        _altered(_REQUEST, proposal={"delay_ms": 86_400_001, "notice_id": scene.B1}),
    )
    yield (
        "a change of 0 spelt out",
        Kind.REQUEST,
        _altered(_REQUEST, proposal={"delay_ms": 0, "notice_id": scene.B1}),
    )
    yield "an answer to nothing", Kind.ACP, _altered(scene.a_move(Kind.ACP, _HASH), answers=...)
    yield "an answer to half a hash", Kind.ACP, _altered(scene.a_move(Kind.ACP, _HASH), answers="ab" * 16)
    yield (
        "a hash with a line feed behind it",
        Kind.CANCEL,
        _altered(scene.a_move(Kind.CANCEL, _HASH), answers="ab" * 32 + "\n"),
    )
    yield "a hash in capitals", Kind.CANCEL, _altered(scene.a_move(Kind.CANCEL, _HASH), answers="AB" * 32)
    yield "a stand-by until never", Kind.SBY, _altered(scene.a_move(Kind.SBY, _HASH), until_ms=-1)
    yield (
        "nothing shown",
        Kind.SHOWN,
        canonical({"messages": [], "officer": {"automaton": True, "position": "watch", "pseudonym": "one"}}),
    )
    yield (
        "an officer with a full name",
        Kind.CHECK,
        canonical({"officer": {"automaton": False, "position": "watch", "pseudonym": "Ann Lee"}}),
    )
    yield (
        "an officer who may be an automaton",
        Kind.CHECK,
        canonical({"officer": {"position": "watch", "pseudonym": "one"}}),
    )
    yield "a suspension without a reason", Kind.SUSPEND, b"{}"
    yield "a resumption with a word too many", Kind.RESUME, b'{"reason":"safety"}'
    yield (
        "a rejection with an endless text",
        Kind.LRM,
        canonical({"code": "x", "lane": "routine", "message": _HASH, "number": 1, "text": "x" * 501}),
    )
    yield "a body that is no object", Kind.CANCEL, b"7"
    yield "a body that is null", Kind.RESUME, b"null"


def _words() -> Iterator[tuple[str, Kind, bytes]]:
    """What a KEY or REVOKE carries has to be the word of its sender's own party."""
    theirs = scene.a_certificate("bravo", "second node bravo").decode()
    yield "a certificate of the other party", Kind.KEY, canonical({"certificate": theirs})
    party = scene.a_certificate("alpha", "party alpha").decode()
    yield "a certificate for a party key", Kind.KEY, canonical({"certificate": party})
    yield "no certificate", Kind.KEY, b"{}"
    yield "a certificate that is none", Kind.KEY, canonical({"certificate": "x"})
    mine = scene.a_certificate("alpha", "second node alpha").decode()
    yield "a certificate with a byte changed", Kind.KEY, canonical({"certificate": mine.replace("A", "B", 1)})
    yield "lost spelt out as false", Kind.KEY, canonical({"certificate": mine, "lost": False})
    yield "a certificate as a revocation", Kind.REVOKE, canonical({"revocation": mine})
    taken = scene.a_revocation("bravo", "node bravo").decode()
    early = scene.a_certificate("alpha", "second node alpha", from_ms=scene.START_MS + 1).decode()
    yield "a certificate that is not valid yet", Kind.KEY, canonical({"certificate": early})
    yield "a revocation by the other party", Kind.REVOKE, canonical({"revocation": taken})


_WHO = {"automaton": False, "pseudonym": "one", "position": "watch"}
_ROBOT = {**_WHO, "automaton": True}
_MINUTES = {"items": [], "officer": _WHO, "talk_id": scene.TALK}
_HIDDEN = {
    "a control character": "\x1b",
    "a tab": "\t",
    "a control character of Latin-1": "\x85",
    "a character for private use": "\ue000",
    "a noncharacter": "\ufdd0",
    "a noncharacter of a higher plane": "\U0001ffff",
    "a mark of direction": "\u200f",
}
_CALL = {"nature": "distress", "officer": _WHO, "wanted": "take-note"}
_WHERE = {"latitude_e9": 1, "longitude_e9": 1}
_TALK = {"act": "propose", "duration_ms": 60_000, "officer": _WHO, "start_ms": 1, "talk_id": scene.TALK}


def _calls() -> Iterator[tuple[str, Kind, bytes]]:
    yield "an emergency about a target", Kind.EMERGENCY, canonical({**_CALL, "target": "x"})
    yield "an emergency of a nature of one's own", Kind.EMERGENCY, canonical({**_CALL, "nature": "attack"})
    upside_down = {**_WHERE, "lower_dmm": 2, "upper_dmm": 1}
    yield "a place upside down", Kind.EMERGENCY, canonical({**_CALL, "where": upside_down})
    backwards = {**_WHERE, "from_ms": 2, "until_ms": 1}
    yield "a place whose time runs backwards", Kind.EMERGENCY, canonical({**_CALL, "where": backwards})
    yield "a call taken by an automaton", Kind.TAKEN, canonical({"answers": _HASH, "officer": _ROBOT})
    yield "a call closed by an automaton", Kind.CLOSE, canonical({"answers": _HASH, "officer": _ROBOT})
    steered = {"officer": _WHO, "text": "abc \u202e def"}
    yield "minutes written by an automaton", Kind.MINUTES, canonical(_MINUTES | {"officer": _ROBOT})
    value = {"name": "where", "time_ms": 1}
    read = {"answers": _HASH, "officer": _ROBOT, "values": [value]}
    yield "a readback by an automaton", Kind.READBACK, canonical(read)
    nothing = {**read, "officer": _WHO, "values": [{"name": "where"}]}
    yield "a value of nothing", Kind.READBACK, canonical(nothing)
    for why, hidden in _HIDDEN.items():
        yield f"a text with {why}", Kind.TEXT, canonical({"officer": _WHO, "text": f"abc{hidden}def"})
    yield "a text of white space", Kind.TEXT, canonical({"officer": _WHO, "text": "\u2003\n\u3000"})
    spoken = {**_CALL, "text": "\u0007"}
    yield "an emergency that rings a bell", Kind.EMERGENCY, canonical(spoken)
    yield "a text that turns its own direction", Kind.TEXT, canonical(steered)
    yield "a text of nothing", Kind.TEXT, canonical({"officer": _WHO, "text": " "})
    yield (
        "a value that is a time and a height",
        Kind.READBACK,
        canonical(
            {
                "answers": _HASH,
                "officer": _WHO,
                "values": [{"height_dmm": 1, "name": "where", "time_ms": 1}],
            }
        ),
    )
    half = {"answers": _HASH, "officer": _WHO, "values": [{"latitude_e9": 1, "name": "where"}]}
    yield "half a position", Kind.READBACK, canonical(half)
    yield "a proposal that follows something", Kind.TALK, canonical({**_TALK, "follows": _HASH})
    without = {name: value for name, value in _TALK.items() if name != "duration_ms"}
    yield "a talk of no length", Kind.TALK, canonical(without)
    confirmed = {"act": "confirm", "officer": _WHO, "talk_id": scene.TALK}
    yield "a confirmation of nothing", Kind.TALK, canonical(confirmed)
    timed = {**confirmed, "follows": _HASH, "start_ms": 1}
    yield "a confirmation that names another time", Kind.TALK, canonical(timed)
    yield "a move to no time", Kind.TALK, canonical({**confirmed, "act": "move", "follows": _HASH})
    longer = {**confirmed, "follows": _HASH, "duration_ms": 60_000}
    yield "a confirmation of another length", Kind.TALK, canonical(longer)
    other = {**confirmed, "act": "cancel", "follows": _HASH, "agenda": [{"topic": "other"}]}
    yield "a cancellation with an agenda", Kind.TALK, canonical(other)


_PASSED = PassedOn(origin="charlie", notice=scene.a_notice(scene.C1))


def _passed_on() -> Iterator[tuple[str, Kind, bytes]]:
    yield "a party's own operation, passed on", Kind.PASSED_ON, _altered(_PASSED, origin="alpha")
    yield "the receiver's operation, passed on to it", Kind.PASSED_ON, _altered(_PASSED, origin="bravo")
    yield "passed on without an origin", Kind.PASSED_ON, _altered(_PASSED, origin=...)
    yield "passed on with the accord it came by", Kind.PASSED_ON, _altered(_PASSED, accord=scene.ACCORD_ID)
    yield "to be passed on three times more", Kind.PASSED_ON, _altered(_PASSED, further=3)
    placed = scene.a_notice(scene.C1, keeps_place=True)
    yield (
        "a place on a line that is not its own",
        Kind.PASSED_ON,
        _altered(_PASSED, notice=scene.plain(placed)),
    )
    agreed = scene.a_notice(scene.C1, agreed=_HASH)
    yield "an agreement of another line", Kind.PASSED_ON, _altered(_PASSED, notice=scene.plain(agreed))
    ended = scene.plain(scene.a_notice(scene.C1, state="Ended"))
    yield "ended and withdrawn", Kind.PASSED_ON, _altered(_PASSED, notice=ended, withdrawn=True)
    yield "withdrawn, and to be passed on", Kind.PASSED_ON, _altered(_PASSED, further=1, withdrawn=True)


def _spellings() -> Iterator[tuple[str, Kind, bytes]]:
    yield "a space", Kind.RESUME, b"{ }"
    yield (
        "a floating-point number",
        Kind.CONFLICT,
        _altered(_STATED).replace(b'"end_ms":1533106860000', b'"end_ms":1533106860000.0'),
    )
    yield (
        "a number beyond 2^53 - 1",
        Kind.CONFLICT,
        _altered(_STATED).replace(b'"end_ms":1533106860000', b'"end_ms":9007199254740992'),
    )
    yield "names not sorted", Kind.ACP, f'{{"conflict_id":"{scene.CONFLICT}","answers":"{_HASH}"}}'.encode()
    yield "a name twice", Kind.SUSPEND, b'{"reason":"safety","reason":"safety"}'
    yield "an escape that is not needed", Kind.SUSPEND, b'{"reason":"s\\u0061fety"}'


def _cases() -> Iterator[Case]:
    for why, body in _notices():
        yield why, "NOTICE", Lane.ROUTINE, body, scene.ACCORD
    for why, kind, body in (*_others(), *_calls(), *_passed_on(), *_words(), *_spellings()):
        lane = Lane.ROUTINE if kind is Kind.LRM else lane_of(kind, msgspec.Struct())
        yield why, kind.value, lane, body, scene.ACCORD
    yield "a kind that this protocol does not have", "FIRE", Lane.ROUTINE, b"{}", scene.ACCORD
    yield "a kind in small letters", "notice", Lane.ROUTINE, canonical(_NOTICE), scene.ACCORD
    yield "a routine message on the urgent lane", "NOTICE", Lane.URGENT, canonical(_NOTICE), scene.ACCORD
    yield "a suspension on the routine lane", "SUSPEND", Lane.ROUTINE, b'{"reason":"safety"}', scene.ACCORD
    yield from _without_free_text()
    spoken = canonical({"officer": _WHO, "text": "x"})
    yield "free text where it is switched off", "TEXT", Lane.ROUTINE, spoken, scene.RETICENT
    off_nominal = canonical(scene.a_notice(scene.A1, state="Contingent"))
    yield "an emergency on the routine lane", "NOTICE", Lane.ROUTINE, off_nominal, scene.ACCORD
    named = _altered(_PASSED, notice=scene.plain(scene.a_notice(scene.C1, callsign="ABC1")))
    yield (
        "a third party's callsign, which the teller does not tell",
        "PASSED_ON",
        Lane.ROUTINE,
        named,
        scene.RETICENT,
    )
    for name, value in {"callsign": "ABC1", "aircraft_type": "A320", "priority": 1}.items():
        told = _altered(_NOTICE, **{name: value})
        yield f"{name}, which the accord does not have told", "NOTICE", Lane.ROUTINE, told, scene.RETICENT


def _without_free_text() -> Iterator[Case]:
    """Where the accord has switched it off, no kind may carry any."""
    bodies = {
        Kind.EMERGENCY: {**_CALL, "text": "x"},
        Kind.ASSISTANCE: {"need": "search", "officer": _WHO, "text": "x"},
        Kind.ASSISTING: {"answers": _HASH, "can": True, "officer": _WHO, "text": "x"},
        Kind.ALERT: {"nature": "hazard", "officer": _WHO, "text": "x"},
        Kind.TALK: {**_TALK, "agenda": [{"text": "x", "topic": "other"}]},
        Kind.MINUTES: {**_MINUTES, "items": [{"text": "x", "topic": "other"}]},
    }
    for kind, body in bodies.items():
        lane = lane_of(kind, msgspec.Struct())
        yield f"{kind} with a text where free text is off", kind.value, lane, canonical(body), scene.RETICENT


CASES = list(_cases())
