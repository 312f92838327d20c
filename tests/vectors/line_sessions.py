"""What nodes say beside the lanes: controls and LAMs, those that are not taken, and ids of conflicts."""

from collections.abc import Iterator
from typing import Any

from openline.coordination.session import (
    SESSION_PAYLOAD_TYPE,
    Control,
    HeadClaim,
    Heads,
    Inventory,
    Lams,
    LaneClaims,
    Resend,
    Return,
    Vouch,
    open_control,
)
from openline.coordination.told import conflict_id
from openline.errors import OpenlineError
from openline.journal.canonical import canonical
from openline.journal.checkpoint import LAM_PAYLOAD_TYPE, Lam, open_lam
from openline.journal.entry import Lane
from openline.journal.envelope import keys_by_id, seal
from vectors import line_scene as scene
from vectors.line_scene import A1, A2, B1, B2, NAMES, Scene, folded

ALPHA, BRAVO = scene.KEYS["node alpha"], scene.KEYS["node bravo"]
SECOND = scene.KEYS["second node alpha"]
HASH = "ab" * 32
_NOTHING = LaneClaims(HeadClaim(0, "0" * 64), HeadClaim(0, "0" * 64))


def sessions(talk: Scene) -> dict[str, Any]:
    """talk: that of messages.json."""
    return {
        "about": "Session controls, sealed by alpha's node key, and LAMs of alpha's lane, sealed by bravo's: "
        "section 3 and journal.md, section 6. They are in no journal. Those that are refused are given with "
        "the keys that they may be sealed by; `code` is the reference's word.",
        "controls": [
            {"why": why, "payload": canonical(it).decode(), "sealed": _sealed(canonical(it)).decode()}
            for why, it in _controls(talk).items()
        ],
        "controls_refused": [_refused(*case, is_lam=False) for case in _bad_controls()],
        "lams": [_a_lam(number, previous) for number, previous in ((1, 0), (12, 1))],
        "lams_refused": [_refused(*case, is_lam=True) for case in _bad_lams()],
        "conflict_ids": [_conflict_id(*pair) for pair in ((A1, B1), (B1, A1), (A2, B1), (A2, B2))],
    }


def _control(kind: type, **fields: Any) -> Any:
    common = {
        "accord": scene.ACCORD_ID,
        "exercise": True,
        "sender": "alpha",
        "receiver": "bravo",
        "at_ms": scene.START_MS,
    }
    return kind(**{**common, **fields})


def _controls(talk: Scene) -> dict[str, Control]:
    picture = folded(talk.facts, {1: scene.ACCORD, 2: scene.LATER})
    said, received = (
        LaneClaims(*(HeadClaim(head.number, head.hash) for head in talk.speakers[name].heads.values()))
        for name in NAMES
    )
    empty = folded([], {1: scene.ACCORD}).digest()
    return {
        "the first HEADS of a line": _control(
            Heads, accord_version=1, said=_NOTHING, received=_NOTHING, digest=empty, answer=True
        ),
        "the heartbeat at the end of messages.json": _control(
            Heads, accord_version=2, said=said, received=received, digest=picture.digest(), answer=False
        ),
        "a gap on the partner's lane": _control(Resend, party="bravo", lane=Lane.ROUTINE, after=3),
        "our own words back": _control(Resend, party="alpha", lane=Lane.URGENT, after=0),
        "LAMs that were lost": _control(Lams, lane=Lane.ROUTINE, after=4),
        "the picture of messages.json": _control(
            Inventory, digest=picture.digest(), lines=list(picture.inventory()), answer=True
        ),
        "our own words, though their key is revoked": _control(Vouch, messages=[talk.facts[0].hash]),
        "what a stick answers": _control(Return, answers=HASH, received=_NOTHING),
    }


def _sealed(payload: bytes, *keys: Any) -> bytes:
    return seal(payload, SESSION_PAYLOAD_TYPE, keys or (ALPHA,))


Case = tuple[str, bytes]


def _with(value: Any, **changes: Any) -> bytes:
    """Its canonical bytes with fields replaced or added; ... takes one away."""
    content = {**scene.plain(value), **changes}
    return canonical({name: it for name, it in content.items() if it is not ...})


def _bad_controls() -> Iterator[Case]:
    heads = _control(Heads, accord_version=1, said=_NOTHING, received=_NOTHING, digest=HASH, answer=True)
    inventory = _control(Inventory, digest=HASH, lines=[["line", "alpha:1"]], answer=False)
    resend = _control(Resend, party="bravo", lane=Lane.ROUTINE, after=3)
    vouch = _control(Vouch, messages=[HASH])
    claim = {"hash": HASH, "number": 0}
    bodies = {
        "a kind that is none": _with(heads, kind="ORDERS"),
        "no kind": _with(heads, kind=...),
        "a field that is not known": _with(heads, target="x"),
        "a field of another kind": _with(heads, lane="urgent"),
        "no digest": _with(heads, digest=...),
        "half a digest": _with(heads, digest="ab" * 16),
        "an answer that is a number": _with(heads, answer=1),
        "version 0": _with(heads, accord_version=0),
        "a moment beyond the year 9999": _with(heads, at_ms=253_402_300_800_000),
        "an accord that is no UUID": _with(heads, accord="north-south"),
        "a sender in capitals": _with(heads, sender="ALPHA"),
        "number 0 with a hash": _with(heads, said={"routine": claim, "urgent": claim}),
        "a number with the hash of none": _with(
            heads, said={lane: {"hash": "0" * 64, "number": 1} for lane in ("routine", "urgent")}
        ),
        "claims of one lane": _with(heads, said={"routine": {"hash": "0" * 64, "number": 0}}),
        "a lane that is none": _with(resend, lane="express"),
        "after a number below 0": _with(resend, after=-1),
        "an inventory line of one item": _with(inventory, lines=[["line"]]),
        "an inventory line of 17 items": _with(inventory, lines=[["line"] * 17]),
        "an inventory line that is not ASCII": _with(inventory, lines=[["line", "älpha"]]),
        "an inventory line below 0": _with(inventory, lines=[["line", -1]]),
        "an inventory line of a truth": _with(inventory, lines=[["line", True]]),
        "nothing to vouch for": _with(vouch, messages=[]),
        "half a hash to vouch for": _with(vouch, messages=["ab" * 16]),
        "a space": _with(vouch).replace(b",", b", ", 1),
        "no object": b"[]",
    }
    for why, payload in bodies.items():
        yield why, _sealed(payload)
    yield "two signatures, each of a key that counts", _sealed(_with(heads), ALPHA, SECOND)
    yield "the partner's key", _sealed(_with(heads), BRAVO)
    yield "a control for a LAM", seal(_with(heads), LAM_PAYLOAD_TYPE, [ALPHA])


def _lam(number: int, previous: int) -> Lam:
    return Lam(
        accord=scene.ACCORD_ID,
        exercise=True,
        sender="alpha",
        receiver="bravo",
        lane=Lane.URGENT,
        number=number,
        previous=previous,
        root=HASH,
        at_ms=scene.START_MS,
    )


def _a_lam(number: int, previous: int) -> dict[str, str]:
    payload = canonical(_lam(number, previous))
    return {"payload": payload.decode(), "sealed": seal(payload, LAM_PAYLOAD_TYPE, [BRAVO]).decode()}


def _bad_lams() -> Iterator[Case]:
    lam = _lam(12, 1)
    bodies = {
        "number 0": _with(lam, number=0, previous=0),
        "one before that is its own": _with(lam, previous=12),
        "one before that is below 0": _with(lam, previous=-1),
        "half a root": _with(lam, root="ab" * 16),
        "a lane that is none": _with(lam, lane="express"),
        "a party that stores its own": _with(lam, sender="bravo"),
        "a field that is not known": _with(lam, target="x"),
        "no root": _with(lam, root=...),
        "a moment below 0": _with(lam, at_ms=-1),
        "a name of no characters": _with(lam, accord=""),
        "a space": _with(lam).replace(b",", b", ", 1),
    }
    for why, payload in bodies.items():
        yield why, seal(payload, LAM_PAYLOAD_TYPE, [BRAVO])
    yield "two signatures, each of a key that counts", seal(_with(lam), LAM_PAYLOAD_TYPE, [BRAVO, SECOND])
    yield "the sender's key", seal(_with(lam), LAM_PAYLOAD_TYPE, [ALPHA])
    yield "a LAM for a control", _sealed(_with(lam), BRAVO)


def _refused(why: str, sealed: bytes, *, is_lam: bool) -> dict[str, Any]:
    """Given with more keys than one that counts, so that nothing but the rule itself refuses a second."""
    counting = (BRAVO, SECOND) if is_lam else (ALPHA, SECOND)
    read: Any = open_lam if is_lam else open_control
    try:
        read(sealed, keys_by_id(*(key.public for key in counting)))
    except OpenlineError as fault:
        keys = [key.public.hex for key in counting]
        return {"why": why, "sealed": sealed.decode(), "keys": keys, "code": fault.code}
    raise AssertionError(why)


def _conflict_id(one: str, other: str) -> dict[str, Any]:
    preimage = canonical([scene.ACCORD_ID, *sorted((one, other))])
    return {
        "accord": scene.ACCORD_ID,
        "notices": [one, other],
        "hashed": preimage.decode(),
        "conflict_id": conflict_id(scene.ACCORD_ID, one, other),
    }
