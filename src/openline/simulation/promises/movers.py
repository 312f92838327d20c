"""Does the right one move, and is a finding that of today? Both sides run the same code, so that they err
alike: here it is derived once more, from the signed words alone.
"""

from openline.coordination.conflict_view import ConflictView
from openline.coordination.told import Told
from openline.simulation.centre import Centre
from openline.simulation.conflicts import is_held, must_move
from openline.simulation.founding import Line
from openline.simulation.ledger import News
from openline.simulation.promises.promise import Promise
from openline.simulation.words import Word, Words


class TheRightOneMoves(Promise):
    """What a node finds it says of the versions that stood as it knew them, under the accord that governed
    then. After each storm, by docs/spec/line-protocol.md: of each notice the version stands that was told
    last, and its standing counts from its place (section 6); who must move in a conflict that is held is whom
    section 10 names; and it is held by a finding at the versions that stand, under the accord that governs,
    which its finder has not dissolved.
    """

    name = "the-right-one-moves"

    def committed(self, centre: Centre, news: News) -> None:
        for entry in news.entries:
            line = self.world.lines[entry.accord]
            if entry.kind == "CONFLICT" and centre.says_now(entry) and self.world.is_honest(line):
                words = centre.ledger.words(entry.accord)
                self._check_said(centre, words.by_hash[entry.hash], words)

    def _check_said(self, centre: Centre, found: Word, words: Words) -> None:
        known = words.known_to(found)
        stood = {it: known.newest(found.body[it]).body["version"] for it in ("first", "second")}
        of, under = found.body["revision"], found.body["accord_version"]
        if (of, under) != (stood, known.governing()):
            text = f"{found.body['conflict_id'][:12]} is found of {of} under version {under} of the accord"
            self.broken(centre.name, f"{text}, and {stood} stood, under {known.governing()}")

    def healed(self) -> None:
        for centre, line in self.honest_sides():
            self._check(centre, line)

    def _check(self, centre: Centre, line: Line) -> None:
        words = centre.ledger.words(line.accord_id)
        accord = line.versions[words.governing()]
        with centre.node.looking() as (_, desks, _own):
            for told in desks[line.accord_id].line.picture.all_told():
                self._check_place(centre, told, words)
            for view in desks[line.accord_id].line.picture.conflicts():
                pair = view.first.notice_id, view.second.notice_id
                self._check_held(centre, view, words)
                wanted = must_move(pair, words, accord)
                if view.held and view.mover != wanted:
                    text = f"{view.mover} has to move in conflict {view.conflict_id[:12]}, and not {wanted}"
                    self.broken(centre.name, text)

    def _check_place(self, centre: Centre, told: Told, words: Words) -> None:
        newest, place = words.newest(told.notice_id).body, words.place_of(told.notice_id)
        signed = newest["version"], newest["state"], place.body["version"], place.lane, place.number
        stands = told.version, told.state, told.place_version, told.place.lane, told.place.number
        if stands != signed:
            self.broken(centre.name, f"notice {told.notice_id} is {stands}, and was signed {signed}")

    def _check_held(self, centre: Centre, view: ConflictView, words: Words) -> None:
        pair = view.first.notice_id, view.second.notice_id
        if is_held(view.conflict_id, pair, words) != view.held:
            stands = "held" if view.held else "not held"
            self.broken(centre.name, f"conflict {view.conflict_id[:12]} is {stands}, against its findings")
