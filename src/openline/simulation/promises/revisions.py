"""Does a revision break what is agreed? Compared pair by pair, without the index, as it is told."""

import json
from collections.abc import Iterator
from typing import Final

from openline.conflict import conflict_between
from openline.simulation import conflicts
from openline.simulation.centre import Centre
from openline.simulation.founding import Line
from openline.simulation.ledger import News, Row
from openline.simulation.promises.promise import Promise
from openline.simulation.words import Word, Words

AGREED: Final = frozenset({"Accepted", "Activated", "Nonconforming", "Contingent"})
KEEPS_ITS_PLACE: Final = frozenset({"Accepted", "Activated"})
"""Who revises these may break nothing. A Proposed one asks for its place; who is off nominal is where he is.
"""


class RevisionsBreakNothing(Promise):
    """Where an operator's revision of an agreed operation is kept, what is told of it conflicts with no
    agreed operation that the partner had told by then, but for those with which it was in conflict before.
    """

    name = "revisions-break-nothing"

    def committed(self, centre: Centre, news: News) -> None:
        filed = [json.loads(row.body) for row in news.private if row.kind == "filed"]
        revised = {it["operation"] for it in filed if it["version"] > 1 and it["state"] in KEEPS_ITS_PLACE}
        for entry in news.entries if revised else ():
            line = self.world.lines[entry.accord]
            is_ours = entry.kind == "NOTICE" and entry.sender == centre.name
            if is_ours and self.world.is_honest(line):
                self._check_told(centre, line, entry, revised)

    def _check_told(self, centre: Centre, line: Line, entry: Row, revised: set[str]) -> None:
        words = centre.ledger.words(entry.accord)
        told = words.by_hash[entry.hash]
        name, state = told.body["notice_id"], told.body["state"]
        behind = centre.ledger.behind(name)
        is_by_agreement = "agreed" in told.body or words.newest(name) is not told
        if behind & revised and state in KEEPS_ITS_PLACE and not is_by_agreement:
            self._check_free(centre, line, told, words.known_to(told))

    def _check_free(self, centre: Centre, line: Line, told: Word, known: Words) -> None:
        minima = line.versions[known.governing()].minima.as_minima()
        before = set(_in_conflict_with(told.body["notice_id"], known))
        with centre.node.looking() as (_, desks, _own):
            nodes = desks[line.accord_id].line
            revised = nodes.operation_of(told.body["notice_id"])
            for other in _agreed(line.other(centre.name), known):
                if other not in before and conflict_between(revised, nodes.operation_of(other), minima):
                    text = f"the revision of {told.body['notice_id']} breaks what is agreed of {other}"
                    self.broken(centre.name, text)


def _in_conflict_with(notice_id: str, known: Words) -> Iterator[str]:
    for conflict_id, pair in conflicts.stated(known).items():
        if notice_id in pair and conflicts.is_held(conflict_id, pair, known):
            yield from pair


def _agreed(party: str, known: Words) -> list[str]:
    """The party's operations that are agreed, by their notice ids."""
    names = dict.fromkeys(it.body["notice_id"] for it in known.of("NOTICE") if it.sender == party)
    return [name for name in names if known.newest(name).body["state"] in AGREED]
