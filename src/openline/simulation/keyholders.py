"""What becomes of the node keys? Another follows, an old one is taken back, and people carry word of it."""

import random
from typing import TYPE_CHECKING, Final

from openline.journal.keys import SigningKey
from openline.simulation.chances import waiting_ms

if TYPE_CHECKING:
    from openline.simulation.centre import Centre
    from openline.simulation.world import World

CARRIED_MS: Final = 30_000
"""How long people take, on average, to carry a word of the party to the other side."""
MISLAID_MS: Final = 40_000
"""How long nobody finds the keys, on average."""
SINCE_MS: Final = 2 * 3_600_000
"""So long before the party knew of it a stolen key may have been in other hands: longer than clocks leap."""
LOST: Final = 0.3
STOLEN: Final = 0.4
"""How often, of 1, the key before cannot seal the change; and how often it is in other hands by then."""


def rotate(world: "World", centre: "Centre", chance: random.Random) -> bool:
    """The party certifies another node key, and the node goes on under it on every line: tried until it is
    committed, whatever dies meanwhile. Where the key before is lost, people carry the certificate to the
    partners; where it is stolen, it is revoked as well.
    """
    key = SigningKey.from_seed(chance.randbytes(32))
    is_lost, is_stolen = chance.random() < LOST, chance.random() < STOLEN
    delays = [waiting_ms(chance, CARRIED_MS) for _ in range(2 * len(world.centres))]
    if centre.is_liar or len(centre.identity.keys) > 1:
        return False  # the key of a liar is in other hands; or the change before is not committed yet
    certificate = centre.identity.certify(key)
    centre.identity.keys.append(key)
    if is_lost:
        carry(world, centre, certificate, delays)
    if not _change(world, centre, certificate, is_lost=is_lost, is_stolen=is_stolen):
        world.errand(lambda: _change(world, centre, certificate, is_lost=is_lost, is_stolen=is_stolen))
    return True


def _change(world: "World", centre: "Centre", certificate: bytes, *, is_lost: bool, is_stolen: bool) -> bool:
    """Once it is committed nobody needs the private key before: it is destroyed."""
    identity = centre.identity
    if not centre.is_up:
        return False
    what = f"goes on under the key {identity.keys[-1].id[:8]}{', the one before is lost' if is_lost else ''}"
    if not world.call(
        centre, what, lambda node, now_ms: node.change_key(certificate, now_ms, lost=is_lost)
    ).is_done:
        return False
    identity.followed += identity.keys[:-1]
    del identity.keys[:-1]
    identity.certificate = certificate
    if is_stolen:
        world.errand(lambda: _revoke(world, centre, identity.followed[-1], is_disowned=True), 0)
    return True


def mislay(world: "World", centre: "Centre", chance: random.Random) -> bool:
    """Nobody finds the node's keys for a while; in their place lies one that counts nowhere."""
    for_ms = waiting_ms(chance, MISLAID_MS)
    if centre.is_liar or centre.identity.is_mislaid:
        return False
    centre.identity.is_mislaid = True
    world.note(centre, "its keys are mislaid")
    world.scheduler.after(for_ms, lambda: find_again(world, centre))
    return True


def find_again(world: "World", centre: "Centre") -> bool:
    if not centre.identity.is_mislaid:
        return False
    centre.identity.is_mislaid = False
    world.note(centre, "its keys are found again")
    return True


def revoke(world: "World", centre: "Centre", chance: random.Random) -> bool:
    """The party takes back a key that was followed; people may carry its word to the partners sooner than
    the lanes do.
    """
    is_disowned, is_carried = chance.random() < 0.5, chance.random() < 0.5
    delays = [waiting_ms(chance, CARRIED_MS) for _ in world.centres]
    if not centre.identity.followed:
        return False
    key = centre.identity.followed[-1]
    if is_carried:
        carry(world, centre, _word(world, centre, key, is_disowned=is_disowned), delays)
    world.errand(lambda: _revoke(world, centre, key, is_disowned=is_disowned), 0)
    return True


def _word(world: "World", centre: "Centre", key: SigningKey, *, is_disowned: bool) -> bytes:
    """A key is taken back once; whoever does it again has the same word."""
    kept = centre.identity.revocations
    if key.id not in kept:
        reason, since_ms = ("stolen", SINCE_MS) if is_disowned else ("superseded", 0)
        kept[key.id] = centre.identity.revoke(key, reason, world.scheduler.now_ms - since_ms)  # type: ignore[arg-type]
    return kept[key.id]


def _revoke(world: "World", centre: "Centre", key: SigningKey, *, is_disowned: bool) -> bool:
    word = _word(world, centre, key, is_disowned=is_disowned)
    what = f"revokes its key {key.id[:8]}"
    return centre.is_up and world.call(centre, what, lambda node, now_ms: node.revoke(word, now_ms)).is_done


def carry(world: "World", centre: "Centre", word: bytes, delays_ms: list[int]) -> None:
    """People bring a word of the party to every partner."""
    for line, delay_ms in zip(world.lines_of(centre.name), delays_ms, strict=False):
        partner = world.centres[line.other(centre.name)]
        world.errand(lambda partner=partner: _bring(world, partner, word), delay_ms)  # type: ignore[misc]


def _bring(world: "World", centre: "Centre", word: bytes) -> bool:
    centre.brought[word] = None
    return bring_again(world, centre, word)


def bring_again(world: "World", centre: "Centre", word: bytes) -> bool:
    what = "its people bring a word of a partner's party"
    return centre.is_up and world.call(centre, what, lambda node, now_ms: node.learn(word, now_ms)).is_done
