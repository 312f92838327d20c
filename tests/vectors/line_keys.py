"""Which key counts where, what is believed, and the words that are read over the telephone."""

from typing import Any

from openline.coordination.keychain import Certified, KeyChain, reigns_of
from openline.coordination.messages import Check, Kind, Officer
from openline.journal.certificate import Certificate, open_certificate, seal_certificate
from openline.journal.entry import Lane
from openline.journal.keys import SigningKey
from openline.journal.revocation import open_revocation
from openline.journal.succession import Succession, open_succession, seal_succession
from openline.journal.words import LONG, SHORT, words_of
from vectors import line_scene as scene

OFFICER = Officer(position="watch", pseudonym="one", automaton=False)


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
