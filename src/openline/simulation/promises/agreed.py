"""Is what stands as agreed what both have signed, and is it done?"""

from typing import Any

from openline.coordination.conflict_view import ConflictView
from openline.coordination.talk_view import MinutesState, TalkView
from openline.node.desk import Desk
from openline.simulation.centre import Centre
from openline.simulation.founding import Line
from openline.simulation.promises.promise import Promise
from openline.simulation.words import Word, Words


class AgreedIsSigned(Promise):
    """After each storm, by the signed words alone: the change of an agreement is carried out, or people are
    told why not; minutes are agreed exactly where one side cites the other's last version and says the same.
    What is agreed at all, and whose time a talk has, ``turns-are-as-signed`` says.
    """

    name = "agreed-is-signed"

    def healed(self) -> None:
        for centre, line in self.honest_sides():
            self._check(centre, line)

    def _check(self, centre: Centre, line: Line) -> None:
        words = centre.ledger.words(line.accord_id)
        with centre.node.looking() as (_, desks, _own):
            desk = desks[line.accord_id]
            for view in desk.line.picture.conflicts():
                if view.dialogue.agreement:
                    self._check_carried_out(centre, desk, view, words)
            for talk in desk.line.picture.conversed.talks():
                self._check_minutes(centre, talk, words)

    def _check_carried_out(self, centre: Centre, desk: Desk, view: ConflictView, words: Words) -> None:
        agreed, agreement = view.dialogue.agreed, view.dialogue.agreement
        assert agreed is not None
        mover = words.newest(agreed.notice_id)
        if not view.held or agreed.as_filed or mover.sender != centre.name or not _runs(desk):
            return
        told_why = f"{desk.accord_id}/AGREEMENT NOT CARRIED OUT/{agreement}"
        if mover.body.get("agreed") != agreement and told_why not in centre.ledger.standing_alarm_ids():
            text = (
                f"what was agreed in conflict {view.conflict_id[:12]} is not carried out, and nobody is told"
            )
            self.broken(centre.name, text)

    def _check_minutes(self, centre: Centre, talk: TalkView, words: Words) -> None:
        last: dict[str, Word] = {}
        for word in words.of("MINUTES"):
            known = last.get(word.sender)
            if word.body["talk_id"] == talk.talk_id and (known is None or known.number < word.number):
                last[word.sender] = word
        wanted = _minutes_state(list(last.values()))
        if talk.minutes_state is not wanted:
            text = f"minutes of talk {talk.talk_id[:8]} are {talk.minutes_state}, and were signed {wanted}"
            self.broken(centre.name, text)


def _minutes_state(last: list[Word]) -> MinutesState:
    if len(last) < 2:
        return MinutesState.ONE_SIDED if last else MinutesState.NONE
    one, other = last
    signs = [
        _items(one) == _items(other) and a.body.get("agrees") == b.hash
        for a, b in ((one, other), (other, one))
    ]
    return MinutesState.AGREED if any(signs) else MinutesState.DIFFER


def _items(word: Word) -> list[dict[str, Any]]:
    return list(word.body["items"])


def _runs(desk: Desk) -> bool:
    line = desk.line.picture.line
    return not line.ended and not line.suspended_by
