"""Which conflicts are held, and who has to move in them? Read off the signed words by
docs/spec/line-protocol.md (sections 8 and 10), beside the node's own reading.
"""

from typing import Final

from openline.accord.terms import Accord
from openline.simulation.words import Word, Words

OFF_NOMINAL: Final = frozenset({"Nonconforming", "Contingent"})

Pair = tuple[str, str]
"""Two notice ids, the lesser first."""


def stated(words: Words) -> dict[str, Pair]:
    """Every conflict that was ever stated, by its id, where both notices are here: one lane may overtake
    another.
    """
    pairs = {it.body["conflict_id"]: (it.body["first"], it.body["second"]) for it in words.of("CONFLICT")}
    return {name: pair for name, pair in pairs.items() if all(words.named(it, "NOTICE") for it in pair)}


def places_of(pair: Pair, words: Words) -> dict[str, int]:
    """As REQUEST names them."""
    first, second = (int(words.place_of(name).body["version"]) for name in pair)
    return {"first": first, "second": second}


def is_held(conflict_id: str, pair: Pair, words: Words) -> bool:
    """Whether it is held by a finding at the versions that stand, under the accord that governs, which its
    finder has not dissolved.
    """
    ones = [words.newest(name) for name in pair]
    versions, governing = [it.body["version"] for it in ones], words.governing()
    last: dict[str, Word] = {}
    for word in words.named(conflict_id, "CONFLICT"):
        is_todays = [word.body["revision"][name] for name in ("first", "second")] == versions
        is_last = word.sender not in last or last[word.sender].number < word.number
        if is_todays and is_last and word.body["accord_version"] == governing:
            last[word.sender] = word
    is_found = any(it.body["finding"] != "dissolved" for it in last.values())
    return is_found and all(it.body["state"] != "Ended" for it in ones)


def must_move(pair: Pair, words: Words, accord: Accord) -> str:
    """The four rules, in their order. accord: the one that governs."""
    first_id, second_id = pair
    first, second = words.newest(first_id), words.newest(second_id)
    off = [it for it in (first, second) if it.body["state"] in OFF_NOMINAL]
    if len(off) == 1:
        return second.sender if off == [first] else first.sender
    ranks = [it.body.get("priority") or 0 for it in (first, second)]
    if accord.precedence == "priority-then-standing" and ranks[0] != ranks[1]:
        return first.sender if ranks[0] < ranks[1] else second.sender
    stood, other = words.place_of(first_id), words.place_of(second_id)
    if other.knew(stood):
        return other.sender
    if stood.knew(other):
        return stood.sender
    burdens = {name: _times_given_way(name, words, (stood, other)) for name in accord.names}
    return min(accord.names, key=lambda name: burdens[name])


def _times_given_way(party: str, words: Words, places: tuple[Word, Word]) -> int:
    """In what both places knew: by moving as agreed, once for each agreement, and by letting another fly as
    filed.
    """
    common = [word for word in words.by_hash.values() if all(place.knew(word) for place in places)]
    causes = set()
    for word in common:
        if word.sender != party:
            continue
        if word.kind == "NOTICE" and word.body["version"] > 1 and word.body.get("agreed"):
            causes.add(word.body["agreed"])
        if word.kind == "ACP" and _is_as_filed(words.by_hash.get(word.body["answers"])):
            causes.add(word.hash)
    return len(causes)


def _is_as_filed(proposal: Word | None) -> bool:
    change = proposal.body.get("proposal", {}) if proposal is not None else {}
    return bool(change) and not change.get("delay_ms") and not change.get("climb_dmm")
