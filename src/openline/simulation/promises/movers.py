"""Does the right one move, and is a finding that of today? Both sides run the same code, so that they err
alike: here it is derived once more, from the signed words alone.
"""

from typing import Final

from openline.accord.terms import Accord
from openline.coordination.conflict_view import ConflictView
from openline.simulation.centre import Centre
from openline.simulation.founding import Line
from openline.simulation.promises.promise import Promise
from openline.simulation.words import Word, Words

OFF_NOMINAL: Final = frozenset({"Nonconforming", "Contingent"})


class TheRightOneMoves(Promise):
    """After each storm: who must move in a conflict that is held is whom docs/spec/line-protocol.md (section
    10) names; and it is held by a finding at the versions that stand, under the accord that governs, which
    its finder has not dissolved.
    """

    name = "the-right-one-moves"

    def healed(self) -> None:
        for centre, line in self.honest_sides():
            self._check(centre, line)

    def _check(self, centre: Centre, line: Line) -> None:
        words = centre.ledger.words(line.accord_id)
        with centre.node.looking() as (_, desks, _own):
            desk = desks[line.accord_id]
            for view in desk.line.picture.conflicts():
                self._check_held(centre, view, words, desk.line.accord.version)
                wanted = must_move(view.first.notice_id, view.second.notice_id, words, desk.line.accord)
                if view.held and view.mover != wanted:
                    text = f"{view.mover} has to move in conflict {view.conflict_id[:12]}, and not {wanted}"
                    self.broken(centre.name, text)

    def _check_held(self, centre: Centre, view: ConflictView, words: Words, version: int) -> None:
        ones = [words.newest(name) for name in (view.first.notice_id, view.second.notice_id)]
        last: dict[str, Word] = {}
        for word in words.of("CONFLICT"):
            revision = [word.body["revision"][name] for name in ("first", "second")]
            is_todays = revision == [it.body["version"] for it in ones]
            if (
                word.body["conflict_id"] == view.conflict_id
                and is_todays
                and word.body["accord_version"] == version
                and (word.sender not in last or last[word.sender].number < word.number)
            ):
                last[word.sender] = word
        is_found = any(it.body["finding"] != "dissolved" for it in last.values())
        is_held = is_found and all(it.body["state"] != "Ended" for it in ones)
        if is_held != view.held:
            stands = "held" if view.held else "not held"
            self.broken(centre.name, f"conflict {view.conflict_id[:12]} is {stands}, against its findings")


def must_move(first_id: str, second_id: str, words: Words, accord: Accord) -> str:
    """The four rules, in their order."""
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
