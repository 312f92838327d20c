"""What does somebody on the network do, who has heard everything and has the wrong keys? And a party gone
mad?
"""

import json
import random
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from openline.journal.canonical import canonical
from openline.journal.envelope import seal
from openline.journal.keys import SigningKey
from openline.link.batch import decode_answer, encode_batch
from openline.simulation import oracle
from openline.simulation.promises.alarms import AlarmsTellTheTruth
from openline.simulation.wire import Packet

if TYPE_CHECKING:
    from openline.simulation.centre import Centre
    from openline.simulation.founding import Line
    from openline.simulation.world import World

FLOOD: Final = 300
"""Items of one flood."""

_OFFICER: Final = {"automaton": False, "position": "watch", "pseudonym": "nobody"}
_FORGED_BODIES: Final[Mapping[str, Mapping[str, Any]]] = {
    "CHECK": {"officer": _OFFICER},
    "SUSPEND": {"reason": "other"},
    "END": {"reason": "other"},
}


def replay(world: "World", centre: "Centre", chance: random.Random) -> bool:
    """Old bytes come once more, whole bodies as they were: on their own line or another of this centre."""
    picked, turn, elsewhere = chance.random(), chance.random(), chance.random()
    packets = [packet for packet in world.wire.overheard if packet.receiver == centre.name]
    if not packets:
        return False
    packet = packets[int(picked * len(packets))]
    items = decode_answer(packet.body).items
    lines = world.lines_of(centre.name)
    line = lines[int(elsewhere * len(lines))] if turn < 0.2 else world.lines[packet.accord_id]
    if items:
        _put(world, centre, line, list(items), f"old bytes of {packet.sender}")
    return bool(items)


def forge(world: "World", centre: "Centre", chance: random.Random) -> bool:
    """A message, LAM or HEADS for this centre that is right in everything but the key."""
    make = chance.choice((_forged_message, _forged_message, _forged_lam, _forged_heads, _garbled))
    line = chance.choice(world.lines_of(centre.name))
    whose = chance.choice(("stranger", "party", "receiver", "third"))
    key = _wrong_key(world, centre, line, whose, chance)
    sealed = make(world, centre, line, key, chance)
    if sealed is not None:
        _put(world, centre, line, [sealed], f"a forgery by the key of: {whose}")
    return sealed is not None


def misuse(world: "World", centre: "Centre", chance: random.Random) -> bool:
    """Somebody has a node key of a partner that was followed, and says with it, in order and in form, what
    would come next, to somebody who knows by then that the key counts no more.
    """
    line = chance.choice(world.lines_of(centre.name))
    make, picked = chance.choice((_forged_message, _forged_lam, _forged_heads)), chance.random()
    followed = world.identities[line.other(centre.name)].followed
    key = followed[int(picked * len(followed))] if followed else None
    if key is None or not _judges(centre, line) or not _is_known_followed(centre, line, key):
        return False
    sealed = make(world, centre, line, key, chance)
    if sealed is None:
        return False
    world.note(None, f"goes on for {line.other(centre.name)} at {centre.name}, with the old key {key.id[:8]}")
    heard = world.receive(centre, line, [sealed])
    if heard is not None and make is _forged_message:
        for promise in world.promises_of(AlarmsTellTheTruth):
            promise.misused(centre, line, key.id)
    return True


def _judges(centre: "Centre", line: "Line") -> bool:
    """Whether it takes what is said to it there, and does not wait for words of its own that it has lost."""
    if not centre.is_up or centre.is_recovering:
        return False
    return not centre.node.session_of(line.accord_id).recovering


def _is_known_followed(centre: "Centre", line: "Line", key: SigningKey) -> bool:
    """Whether another key counts for the partner's next words, as this centre's own journal has it."""
    partner = line.other(centre.name)
    keys = centre.ledger.keys_of(line.accord_id, partner, line.first_keys[partner])
    return bytes.fromhex(key.public.hex) in keys[:-1]


def flood(world: "World", centre: "Centre", chance: random.Random) -> bool:
    """As many bytes that nobody can vouch for as one body carries at ease."""
    line = chance.choice(world.lines_of(centre.name))
    items = [b'{"payload":"%d"}' % chance.getrandbits(48) for _ in range(FLOOD)]
    _put(world, centre, line, items, f"{FLOOD} items of garbage")
    return True


def _put(world: "World", centre: "Centre", line: "Line", items: list[bytes], what: str) -> None:
    world.note(None, f"sends {centre.name} on {line.title}: {what}")
    way = line.accord_id, line.other(centre.name), centre.name
    world.wire.put(Packet(*way, 0, False, encode_batch(items)))


# Forgeries


def _wrong_key(
    world: "World", centre: "Centre", line: "Line", whose: str, chance: random.Random
) -> SigningKey:
    partner = world.identities[line.other(centre.name)]
    others = [it for name, it in world.identities.items() if name not in line.names]
    if whose == "party":
        return partner.party_key
    if whose == "receiver":
        return centre.identity.node_key
    if whose == "third" and others:
        return chance.choice(others).node_key
    return SigningKey.from_seed(chance.randbytes(32))


Forger = Callable[["World", "Centre", "Line", SigningKey, random.Random], bytes | None]


def _forged_message(
    world: "World", centre: "Centre", line: "Line", key: SigningKey, chance: random.Random
) -> bytes:
    """The very next message of the partner's lane, by somebody who has counted along."""
    kind = chance.choice(sorted(_FORGED_BODIES))
    place = next_place(world, centre, line)
    payload = {"body": _FORGED_BODIES[kind], "kind": kind, "place": place}
    return seal(canonical(payload), oracle.LINE_TYPE, [key])


def next_place(world: "World", centre: "Centre", line: "Line") -> dict[str, Any]:
    """Of the urgent lane, as ``centre`` would take it from its partner now."""
    sender, ledger = line.other(centre.name), centre.ledger
    number = ledger.number(line.accord_id, sender, "urgent")
    return {
        "accord": line.accord_id,
        "accord_version": 1,
        "at_ms": world.scheduler.now_ms,
        "beside": ledger.number(line.accord_id, sender, "routine"),
        "exercise": True,
        "lane": "urgent",
        "number": number + 1,
        "previous": ledger.hash_at((line.accord_id, sender, "urgent"), number),
        "receiver": centre.name,
        "seen": {lane: ledger.number(line.accord_id, centre.name, lane) for lane in ("routine", "urgent")},
        "sender": sender,
    }


def _forged_lam(
    world: "World", centre: "Centre", line: "Line", key: SigningKey, chance: random.Random
) -> bytes | None:
    """All that this centre has said is acknowledged, so that it would never send it again."""
    lane = chance.choice(("routine", "urgent"))
    own = line.accord_id, centre.name, lane
    number = centre.ledger.number(*own)
    if number == 0:
        return None
    lam = {
        "accord": line.accord_id,
        "at_ms": world.scheduler.now_ms,
        "exercise": True,
        "lane": lane,
        "number": number,
        "receiver": line.other(centre.name),
        "root": centre.ledger.root_at(own, number),
        "sender": centre.name,
    }
    return seal(canonical(lam), oracle.LAM_TYPE, [key])


def _forged_heads(
    world: "World", centre: "Centre", line: "Line", key: SigningKey, chance: random.Random
) -> bytes:
    """The partner holds much more of our lanes than there is: a node that believes it stops to speak."""
    nothing = {"hash": oracle.NO_HASH, "number": 0}
    beyond = {"hash": chance.randbytes(32).hex(), "number": 1_000_000}
    heads = {
        "accord": line.accord_id,
        "accord_version": 1,
        "answer": True,
        "at_ms": world.scheduler.now_ms + 1,
        "digest": oracle.NO_HASH,
        "exercise": True,
        "kind": "HEADS",
        "received": {"routine": beyond, "urgent": beyond},
        "receiver": centre.name,
        "said": {"routine": nothing, "urgent": nothing},
        "sender": line.other(centre.name),
    }
    return seal(canonical(heads), oracle.SESSION_TYPE, [key])


def _garbled(
    world: "World", centre: "Centre", line: "Line", _key: SigningKey, chance: random.Random
) -> bytes | None:
    """Something that the partner did say, with one letter changed on the way."""
    packets = [
        it for it in world.wire.overheard if it.way == (line.accord_id, line.other(centre.name), centre.name)
    ]
    items = [item for packet in packets for item in decode_answer(packet.body).items]
    if not items:
        return None
    sealed = bytearray(items[int(chance.random() * len(items))])
    sealed[chance.randrange(len(sealed))] = ord("A") + chance.randrange(26)
    return bytes(sealed)


# A party gone mad


def lie(world: "World", centre: "Centre", chance: random.Random) -> bool:
    """A party whose key is in bad hands says another thing under a number of its own, goes on from a message
    that it never said, or says something that its own node knows nothing of.
    """
    line = chance.choice(world.lines_of(centre.name))
    make = chance.choice((_second_version, _second_version, _broken_chain, _strange_words))
    victim = world.centres[line.other(centre.name)]
    if not centre.is_liar or not _judges(victim, line):
        return False
    payload = make(world, centre, victim, line, chance)
    if payload is None:
        return False
    sealed = seal(canonical(payload), oracle.LINE_TYPE, [centre.identity.node_key])
    world.note(None, f"{centre.name} lies to {victim.name}: {make.__name__.strip('_').replace('_', ' ')}")
    heard = world.receive(victim, line, [sealed])
    if heard is not None and make is not _strange_words:
        for promise in world.promises_of(AlarmsTellTheTruth):
            promise.lied_to(victim, line)
    return True


def _second_version(
    world: "World", centre: "Centre", victim: "Centre", line: "Line", chance: random.Random
) -> dict[str, Any] | None:
    """Of a message that the victim holds."""
    lane, back = chance.choice(("routine", "urgent")), chance.randrange(3)
    key = line.accord_id, centre.name, lane
    kept = victim.ledger.sealed(key, victim.ledger.number(*key) - back)
    said = oracle.read(kept) if kept is not None else None
    if said is None:
        return None
    payload: dict[str, Any] = json.loads(said.text)
    payload["place"]["at_ms"] += 1
    return payload


def _broken_chain(
    world: "World", centre: "Centre", victim: "Centre", line: "Line", chance: random.Random
) -> dict[str, Any]:
    place = next_place(world, victim, line) | {"previous": chance.randbytes(32).hex()}
    return {"body": {"officer": _OFFICER}, "kind": "CHECK", "place": place}


def _strange_words(
    world: "World", centre: "Centre", victim: "Centre", line: "Line", chance: random.Random
) -> dict[str, Any]:
    """The next message of its lane in order and in form, of a kind that nobody knows."""
    return {
        "body": {"what": chance.randrange(100)},
        "kind": "GREETING",
        "place": next_place(world, victim, line),
    }
