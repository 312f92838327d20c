"""Which key counts where, what is believed, and the words that are read over the telephone."""

from collections.abc import Iterator, Mapping
from typing import Any

from openline.coordination.keychain import Certified, KeyChain, reigns_of
from openline.coordination.messages import Check, Kind, Officer
from openline.errors import OpenlineError
from openline.journal.canonical import canonical
from openline.journal.certificate import (
    CERTIFICATE_PAYLOAD_TYPE,
    Certificate,
    open_certificate,
    seal_certificate,
)
from openline.journal.entry import Lane
from openline.journal.envelope import seal
from openline.journal.keys import SigningKey
from openline.journal.revocation import REVOCATION_PAYLOAD_TYPE, open_revocation
from openline.journal.succession import (
    SUCCESSION_PAYLOAD_TYPE,
    Succession,
    open_succession,
    seal_succession,
)
from openline.journal.words import LONG, SHORT, words_of
from vectors import line_scene as scene

OFFICER = Officer(position="watch", pseudonym="one", automaton=False)


# Reckoned with the curve's own arithmetic, from the secret 12345678901234567890: no library signs so.
SIGNATURES = (
    (
        "a plain signature",
        "7767a3242dc9b58bbc68488c1265cc6cc5f26c6f3c88a5d55e901b0734dca572",
        "6f70656e6c696e65",
        "b862409fb5c4c4123df2abf7462b88f041ad36dd6864ce872fd5472be363c5b1b2c0533f30701297312986d5cb2d007e8d8ac421194969be415925dae8beea01",
        True,
    ),
    (
        "S not below the group order",
        "7767a3242dc9b58bbc68488c1265cc6cc5f26c6f3c88a5d55e901b0734dca572",
        "6f70656e6c696e65",
        "b862409fb5c4c4123df2abf7462b88f041ad36dd6864ce872fd5472be363c5b19f94499c4ad324ef07c67d78aa27df928d8ac421194969be415925dae8beea11",
        False,
    ),
    (
        "R of small order",
        "7767a3242dc9b58bbc68488c1265cc6cc5f26c6f3c88a5d55e901b0734dca572",
        "6f70656e6c696e65",
        "0100000000000000000000000000000000000000000000000000000000000000872722e7421a597004dd8440bd968d445f81f46ff5ae62770ddf9d229ab9af0a",
        True,
    ),
    (
        "holds with the cofactor only: R has a part of small order",
        "7767a3242dc9b58bbc68488c1265cc6cc5f26c6f3c88a5d55e901b0734dca572",
        "6f70656e6c696e65",
        "16b981d0b88cdf3ab9fa87190822fe4905b475efda3aec7c34abfa92c19320f4e00593baf343274d0349fa1d54b537e1a4a521afccc5154bfdad8ca33c8de40e",
        False,
    ),
    (
        "holds with the cofactor only: the key has a part of small order",
        "b15bf26424d1b69dd33b7a9e57db5de4a2aadea4a2a051efd9bfd6af74165d2b",
        "6f70656e6c696e652030",
        "b862409fb5c4c4123df2abf7462b88f041ad36dd6864ce872fd5472be363c5b1f705bc218a7b3433aae55619381a67c7c9a084bb8815d669404ce5b6196ada09",
        False,
    ),
    (
        "a key with a part of small order, which falls out",
        "b15bf26424d1b69dd33b7a9e57db5de4a2aadea4a2a051efd9bfd6af74165d2b",
        "6f70656e6c696e652033",
        "b862409fb5c4c4123df2abf7462b88f041ad36dd6864ce872fd5472be363c5b1437b4e564a5dc049e04b66e391076637b2ae3aa2bfad9460194c004dac6bfb08",
        True,
    ),
)


def keys() -> dict[str, Any]:
    return {
        "about": "Node keys and party keys: docs/spec/line-protocol.md section 20 and docs/spec/journal.md.",
        "chains": [_chain(lost=lost) for lost in (False, True)],
        "words": {"short": list(SHORT), "long": list(LONG)},
        "fingerprints": [
            {"key": key.public.hex, "key_id": key.id, "words": list(words_of(key.public))}
            for key in scene.KEYS.values()
        ],
        "certificate": _word(scene.a_certificate("alpha", "second node alpha"), open_certificate),
        "revocation": _word(scene.a_revocation("alpha", "node alpha", "stolen"), open_revocation),
        "refused": list(_refused()),
        "signatures": [
            {"why": why, "key": key, "message_hex": message, "signature_hex": signature, "holds": holds}
            for why, key, message, signature, holds in SIGNATURES
        ],
        "successions": [_succession(*names) for names in (("party alpha",), ("party bravo",), ())],
    }


def _chain(*, lost: bool) -> dict[str, Any]:
    """Two routine, one urgent, KEY, one more on each lane: which key counts for each number, and for the
    next.
    """
    talk = scene.Scene()
    talk.tell("alpha", scene.A1)
    talk.tell("alpha", scene.A2)
    talk.say("alpha", Kind.CHECK, Check(officer=OFFICER))
    talk.change_key("alpha", lost=lost)
    talk.tell("alpha", scene.A1, 2)
    talk.say("alpha", Kind.CHECK, Check(officer=OFFICER))
    base = Certified.of(scene.a_certificate("alpha", "node alpha"))
    chain = KeyChain([base], reigns_of(talk.facts))
    return {
        "lost": lost,
        "first_key": base.key.id,
        "messages": [scene.fact_as_vector(fact) for fact in talk.facts],
        "sealed": [sealed.decode() for sealed in talk.sealed],
        "counts": [
            {"lane": lane.value, "number": number, "key_id": next(iter(chain.at(lane, number)))}
            for lane in Lane
            for number in range(1, 5)
        ],
    }


def _word(sealed: bytes, opened: Any) -> dict[str, Any]:
    party = {"alpha": scene.KEYS["party alpha"].public}
    return {"sealed": sealed.decode(), "says": scene.plain(opened(sealed, party))}


def _succession(*signers: str) -> dict[str, Any]:
    """Alpha's party key is followed by a new one; who stands for it beside the new key."""
    new = scene.KEYS["second node bravo"]  # any other key
    word = Succession(
        party="alpha",
        old_key=scene.KEYS["party alpha"].public.hex,
        new_key=new.public.hex,
        certificate=_under(new).decode(),
        at_ms=scene.START_MS,
    )
    sealed = seal_succession(word, [new, *(scene.KEYS[name] for name in signers)])
    signed = open_succession(sealed, {name: scene.KEYS[f"party {name}"].public for name in scene.NAMES})
    return {
        "signed_by": ["the new key", *signers],
        "sealed": sealed.decode(),
        "says": scene.plain(word),
        "is_whole": signed.is_whole,
    }


def _under(party_key: SigningKey) -> bytes:
    times = {"valid_from_ms": scene.START_MS, "valid_until_ms": scene.START_MS + scene.HOUR_MS}
    return seal_certificate(
        Certificate(party="alpha", node_key=scene.KEYS["node alpha"].public.hex, **times), party_key
    )


# Words that are not believed


def _refused() -> Iterator[dict[str, Any]]:
    """Each is given with both party keys. kind: as what it is read."""
    certificate = scene.plain(open_certificate(scene.a_certificate("alpha", "second node alpha"), None))
    revocation = scene.plain(open_revocation(scene.a_revocation("alpha", "node alpha", "stolen"), None))
    succession = {
        "at_ms": scene.START_MS,
        "certificate": _under(scene.KEYS["second node bravo"]).decode(),
        "new_key": scene.KEYS["second node bravo"].public.hex,
        "old_key": scene.KEYS["party alpha"].public.hex,
        "party": "alpha",
    }
    small, ordinate_too_large = "01" + "00" * 31, "ee" + "ff" * 30 + "7f"
    of_order_8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"
    yield from _cases(
        "certificate",
        certificate,
        {
            "no purpose": {"purpose": ...},
            "another purpose": {"purpose": "party"},
            "times upside down": {"valid_until_ms": certificate["valid_from_ms"]},
            "a moment below 0": {"valid_from_ms": -1},
            "a key of small order": {"node_key": small},
            "a key of order 8": {"node_key": of_order_8},
            "a key of order 8 with the other sign": {"node_key": of_order_8[:-2] + "85"},
            "a key whose y is not below 2^255 - 19": {"node_key": ordinate_too_large},
            "a key in capitals": {"node_key": certificate["node_key"].upper()},
            "a party without a name": {"party": ""},
            "a party that is not known": {"party": "charlie"},
            "the other party's name": {"party": "bravo"},
            "a field that is not known": {"target": "x"},
        },
        ["party alpha"],
    )
    yield from _cases(
        "revocation",
        revocation,
        {
            "a reason of one's own": {"reason": "because"},
            "no reason": {"reason": ...},
            "a moment beyond the year 9999": {"from_ms": 253_402_300_800_000},
            "a key of small order": {"node_key": small},
            "the other party's name": {"party": "bravo"},
            "a field that is not known": {"target": "x"},
        },
        ["party alpha"],
    )
    yield from _cases(
        "succession",
        succession,
        {
            "an old key that the accord does not state": {"old_key": scene.KEYS["node alpha"].public.hex},
            "a new key that is the old one": {"new_key": succession["old_key"]},
            "a new key that is the other party's": {"new_key": scene.KEYS["party bravo"].public.hex},
            "a certificate under the old key": {
                "certificate": scene.a_certificate("alpha", "node alpha").decode()
            },
            "a certificate of 4,097 characters": {"certificate": "x" * 4_097},
            "no moment": {"at_ms": ...},
            "a party that is not known": {"party": "charlie"},
        },
        ["second node bravo", "party alpha"],
    )
    yield _case("succession", "the new key has not signed", succession, ["party alpha"])
    yield _case("certificate", "two signatures", certificate, ["party alpha", "party bravo"])
    yield _case("certificate", "a node that certifies itself", certificate, ["second node alpha"])
    yield _case("revocation", "sealed by the node's key", revocation, ["node alpha"])


def _cases(
    kind: str, says: dict[str, Any], changes: Mapping[str, dict[str, Any]], signers: list[str]
) -> Iterator[dict[str, Any]]:
    for why, changed in changes.items():
        content = {name: it for name, it in {**says, **changed}.items() if it is not ...}
        yield _case(kind, why, content, signers)


TYPES = {
    "certificate": CERTIFICATE_PAYLOAD_TYPE,
    "revocation": REVOCATION_PAYLOAD_TYPE,
    "succession": SUCCESSION_PAYLOAD_TYPE,
}
READ: Mapping[str, Any] = {
    "certificate": open_certificate,
    "revocation": open_revocation,
    "succession": open_succession,
}


def _case(kind: str, why: str, says: dict[str, Any], signers: list[str]) -> dict[str, Any]:
    sealed = seal(canonical(says), TYPES[kind], [scene.KEYS[name] for name in signers])
    try:
        READ[kind](sealed, {name: scene.KEYS[f"party {name}"].public for name in scene.NAMES})
    except OpenlineError as fault:
        return {"kind": kind, "why": why, "sealed": sealed.decode(), "code": fault.code}
    raise AssertionError(why)
