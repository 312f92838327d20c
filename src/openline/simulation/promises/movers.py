"""Does the right one move, and is a finding that of today? Both sides run the same code, so that they err
alike: here it is derived once more, from the signed words alone.
"""

from openline.coordination.conflict_view import ConflictView
from openline.simulation.centre import Centre
from openline.simulation.conflicts import is_held, must_move
from openline.simulation.founding import Line
from openline.simulation.promises.promise import Promise
from openline.simulation.words import Words


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
        accord = line.versions[words.governing()]
        with centre.node.looking() as (_, desks, _own):
            for view in desks[line.accord_id].line.picture.conflicts():
                pair = view.first.notice_id, view.second.notice_id
                self._check_held(centre, view, words)
                wanted = must_move(pair, words, accord)
                if view.held and view.mover != wanted:
                    text = f"{view.mover} has to move in conflict {view.conflict_id[:12]}, and not {wanted}"
                    self.broken(centre.name, text)

    def _check_held(self, centre: Centre, view: ConflictView, words: Words) -> None:
        pair = view.first.notice_id, view.second.notice_id
        if is_held(view.conflict_id, pair, words) != view.held:
            stands = "held" if view.held else "not held"
            self.broken(centre.name, f"conflict {view.conflict_id[:12]} is {stands}, against its findings")
