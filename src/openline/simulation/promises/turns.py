"""Whose turn is it? How each dialogue and each talk stands, who sits where, and who is awaited until when:
derived once more, from the signed words alone, as both sides would err alike.
"""

from openline.coordination.conflict_view import ConflictView
from openline.coordination.dialogue import Dialogue
from openline.coordination.line import Line as NodesLine
from openline.coordination.messages import Proposal
from openline.coordination.owed import owed
from openline.coordination.talk_view import TalkView
from openline.simulation import conflicts
from openline.simulation.centre import Centre
from openline.simulation.debts import debts, stand_of, talks_of
from openline.simulation.dialogues import Stand
from openline.simulation.founding import Line
from openline.simulation.promises.promise import Promise
from openline.simulation.words import Words


class TurnsAreAsSigned(Promise):
    """After each storm: there is a dialogue of every conflict that was stated, in the state that the tables
    of docs/spec/line-protocol.md (section 9) give, at the same message, with the same requester, proposer,
    proposal, agreement and stand-by; talks likewise (section 16); who sits where is what the last SHIFT of
    each seat says; and of all that waits for an answer the node knows who owes which, and until when.
    """

    name = "turns-are-as-signed"

    def healed(self) -> None:
        for centre, line in self.honest_sides():
            words = centre.ledger.words(line.accord_id)
            with centre.node.looking() as (_, desks, _own):
                nodes = desks[line.accord_id].line
                self._check_dialogues(centre, line, nodes, words)
                self._check_talks(centre, line, nodes, words)
                self._check_seats(centre, line, nodes, words)
                self._check_awaited(centre, line, nodes, words)

    def _check_dialogues(self, centre: Centre, line: Line, nodes: NodesLine, words: Words) -> None:
        views = {view.conflict_id: view for view in nodes.picture.conflicts()}
        pairs = conflicts.stated(words)
        for conflict_id in sorted(views.keys() ^ pairs.keys()):
            self.broken(
                centre.name, f"conflict {conflict_id[:12]} is in the picture or the words, and not both"
            )
        for conflict_id, pair in pairs.items():
            stand = stand_of(conflict_id, pair, words, line)
            for what, is_so, signed in _compared(views[conflict_id], stand):
                if is_so != signed:
                    text = f"{what} of conflict {conflict_id[:12]} is {is_so}, and was signed {signed}"
                    self.broken(centre.name, text)
            is_held = conflicts.is_held(conflict_id, pair, words)
            wanted = ("agreed" if stand.agreement else "open") if is_held else "gone"
            if views[conflict_id].status != wanted:
                self.broken(centre.name, f"conflict {conflict_id[:12]} is not {wanted}, as it was signed")

    def _check_talks(self, centre: Centre, line: Line, nodes: NodesLine, words: Words) -> None:
        views = {talk.talk_id: talk for talk in nodes.picture.conversed.talks()}
        signed = talks_of(words, line)
        for talk_id in sorted(views.keys() | signed.keys()):
            view, stand = views.get(talk_id, TalkView(talk_id=talk_id)), signed.get(talk_id)
            tip = stand.tip.hash if stand and stand.tip else None
            wanted = (stand.state, tip, stand.proposer, stand.start_ms) if stand else None
            found = view.state.value, view.tip.hash if view.tip else None, view.proposer, view.start_ms
            if found != wanted:
                self.broken(centre.name, f"talk {talk_id[:8]} is {found}, and was signed {wanted}")

    def _check_seats(self, centre: Centre, line: Line, nodes: NodesLine, words: Words) -> None:
        for name in line.names:
            said = sorted((it for it in words.of("SHIFT") if it.sender == name), key=lambda it: it.number)
            last = {it.body["officer"]["position"]: it.body for it in said}
            signed = {
                seat: body["officer"]["pseudonym"] for seat, body in last.items() if body["act"] != "off"
            }
            sit = {seat: who.pseudonym for seat, who in nodes.picture.conversed.on_duty(name).items()}
            if sit != signed:
                self.broken(centre.name, f"{sit} sit at {name}, and {signed} have signed on")

    def _check_awaited(self, centre: Centre, line: Line, nodes: NodesLine, words: Words) -> None:
        awaited = {(it.by, it.message, it.answer.value, it.due_ms) for it in owed(nodes)}
        signed = {(it.by, it.word.hash, it.answer, it.due_ms) for it in debts(words, line)}
        if awaited != signed:
            by, message, answer, due_ms = first = min(awaited ^ signed)
            stands = "is awaited" if first in awaited else "is not awaited"
            text = f"{answer} of {by} to {message[:12]} by {due_ms} {stands}, against the words"
            self.broken(centre.name, f"{line.title}: {text}")


def _compared(view: ConflictView, stand: Stand) -> list[tuple[str, object, object]]:
    """What of a dialogue, how the node has it, and how it was signed."""
    has: Dialogue = view.dialogue
    return [
        ("the state", has.state.value, stand.state),
        ("the last move", has.tip, stand.tip),
        ("the requester", has.requester, stand.requester),
        ("the proposer", has.proposer, stand.proposer),
        ("the proposal", _as_said(has.proposal), _whole(stand.proposal)),
        ("the agreement", has.agreement, stand.agreement),
        ("what is agreed", _as_said(has.agreed), _whole(stand.agreed)),
        ("the stand-by", has.standby_until_ms, stand.until_ms),
    ]


def _as_said(proposal: Proposal | None) -> tuple[object, ...] | None:
    return (proposal.notice_id, proposal.delay_ms, proposal.climb_dmm) if proposal else None


def _whole(change: dict[str, object] | None) -> tuple[object, ...] | None:
    return (change["notice_id"], change.get("delay_ms", 0), change.get("climb_dmm", 0)) if change else None
