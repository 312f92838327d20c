"""Is what stands as agreed what both have signed, and is it done?"""

from typing import Any

from openline.coordination.conflict_view import ConflictView
from openline.coordination.talk_view import MinutesState, TalkState, TalkView
from openline.node.desk import Desk
from openline.simulation.centre import Centre
from openline.simulation.founding import Line
from openline.simulation.promises.promise import Promise
from openline.simulation.words import MOVES, Word, Words

_TALKS = {"propose": "PROPOSED", "move": "PROPOSED", "confirm": "CONFIRMED", "cancel": "CANCELLED"}


class AgreedIsSigned(Promise):
    """After each storm, by the signed words alone: an agreement is an ACP of a proposal that the other side
    made and nobody has withdrawn since, and its change is carried out or people are told why not; minutes are
    agreed exactly where one side cites the other's last version and says the same; a talk is confirmed by
    whoever did not propose its time.
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
                    self._check_agreement(centre, view, words)
                    self._check_carried_out(centre, desk, view, words)
            for talk in desk.line.picture.conversed.talks():
                self._check_talk(centre, talk, words)
                self._check_minutes(centre, talk, words)

    # Conflicts

    def _check_agreement(self, centre: Centre, view: ConflictView, words: Words) -> None:
        agreed, name = view.dialogue.agreed, view.conflict_id[:12]
        accept = words.by_hash.get(view.dialogue.agreement or "")
        proposal = words.by_hash.get(accept.body["answers"]) if accept is not None else None
        if accept is None or accept.kind != "ACP" or proposal is None or proposal.sender == accept.sender:
            self.broken(
                centre.name, f"conflict {name} is agreed, and nobody has accepted what another proposed"
            )
        change = proposal.body["proposal"]
        said = change["notice_id"], change.get("delay_ms", 0), change.get("climb_dmm", 0)
        if agreed is None or said != (agreed.notice_id, agreed.delay_ms, agreed.climb_dmm):
            self.broken(centre.name, f"agreed in conflict {name} is another change than was accepted")
        after = words.about(accept.hash, *MOVES)
        if after and all(it.kind == "CANCEL" for it in after):
            self.broken(centre.name, f"the agreement in conflict {name} was withdrawn, and it stands")

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

    # Talks

    def _check_talk(self, centre: Centre, talk: TalkView, words: Words) -> None:
        if talk.tip is None:
            return
        tip = words.by_hash[talk.tip.hash]
        if talk.state != _TALKS[tip.body["act"]]:
            self.broken(centre.name, f"talk {talk.talk_id[:8]} is {talk.state} after {tip.body['act']}")
        timed = _timed_by(tip, words)
        if talk.state is TalkState.CONFIRMED and timed.sender == tip.sender:
            self.broken(centre.name, f"{tip.sender} has confirmed its own time of talk {talk.talk_id[:8]}")
        if talk.start_ms != timed.body.get("start_ms"):
            self.broken(centre.name, f"talk {talk.talk_id[:8]} is at another time than was proposed last")

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


def _timed_by(tip: Word, words: Words) -> Word:
    """The act by which the time that stands was proposed."""
    while tip.body["act"] not in ("propose", "move"):
        tip = words.by_hash[tip.body["follows"]]
    return tip


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
