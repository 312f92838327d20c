"""Il-20, 17 September 2018. One side says that it had under one minute's warning; the other says "much
longer". A third party fired, and 15 people died. The minute is disputed to this day.
"""

import pytest

from openline.errors import OpenlineError
from openline.journal.entry import Lane
from openline.journal.proof import check_proof
from openline.node.evidence import find_entry, prove
from openline.node.spoken import scorecard_of
from simulation.incidents.stage import Stage

MINUTE_MS = 60_000


def test_how_long_the_warning_was_is_the_same_figure_on_both_sides_and_proved_to_a_stranger() -> None:
    stage = Stage("2018-09-17", "18:40:00", minimum_notice_ms=15 * MINUTE_MS)
    told_ms = stage.now_ms
    filed = stage.file("alpha", stage.box((35.4, 35.2), 0.3, (59 / 3_600, 1.0)))
    assert any("notice" in note for note in filed.notes)  # the filer is told at once that it is short
    stage.at("18:41:00")

    cards = [_card(stage, name) for name in ("alpha", "bravo")]
    assert cards[0] == cards[1]
    assert (cards[0].sides["alpha"].notices.short, cards[0].sides["alpha"].notices.least_ms) == (1, 59_000)

    # An inquiry gets one message with its proof: who said it, and when the other side had stored it.
    keys = {name: party.party_key.public for name, party in stage.room.parties.items()}
    for name in ("alpha", "bravo"):
        with stage.room[name].looking() as (tx, desks, _own):
            desk, entry = find_entry(tx, desks, f"{Lane.ROUTINE}:1", theirs=name == "bravo")
            proof = prove(tx, desk, entry)
        report = check_proof(proof, keys)
        assert (report.sender, report.receiver) == ("alpha", "bravo")
        assert report.sent_at_ms == told_ms
        assert report.received_at_ms == told_ms  # bravo's own signed word
        with pytest.raises(OpenlineError):
            check_proof(_altered(proof), keys)


def _card(stage: Stage, name: str):  # type: ignore[no-untyped-def]
    with stage.room[name].looking() as (tx, desks, _own):
        desk = desks[stage.room.accord_id]
        return scorecard_of(tx, desk, stage.now_ms - 3_600_000, stage.now_ms + 1)


def _altered(proof: bytes) -> bytes:
    """One character of the sealed message is another."""
    place = proof.index(b'"entry":"') + 60
    other = b"B" if proof[place : place + 1] != b"B" else b"C"
    return proof[:place] + other + proof[place + 1 :]
