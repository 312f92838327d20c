"""Four parties, two of which share and exclude a third: every byte that leaves a node is opened, and nothing
in it tells anybody what the accords do not let him know. Leaks that are planted are found.
"""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from openline.coordination import codec
from openline.node import filing, passing, speaking
from openline.node.ports import PassedRow
from simulation.overheard import leaks, origins_on
from simulation.shared_day import AB, AD, BC, LINES, Day

SEEDS = (3, 5)
STEPS = 25
PLANTED_SEED, FEW_STEPS = 3, 2


def lived_through(seed: int, steps: int = STEPS) -> Day:
    day = Day(seed)
    day.run(steps)
    day.heal()
    return day


def missing(day: Day) -> list[str]:
    """What the accords let somebody know, and he does not, or not whose it is."""
    found = []
    for line in LINES:
        for teller, receiver in (line, line[::-1]):
            standing = [it for it in day.room.passed(receiver, teller) if it.party == teller and it.live]
            for origin in origins_on(day.room, line, teller):
                told = {it.notice.callsign for it in standing if it.origin == origin}
                tells = "callsign" in day.room.accords[line].terms_of(teller).fields
                wanted = day.live(origin)
                if (told != wanted) if tells else (len(told) != min(1, len(wanted))):
                    found.append(f"of {origin}'s, {teller} tells {receiver} {told}, and should {wanted}")
    return found


def test_the_oracle_reads_the_accords_as_people_do() -> None:
    room = Day(1).room
    assert origins_on(room, AB, "bravo") == {"charlie": 2}
    assert origins_on(room, AB, "alpha") == {}
    assert origins_on(room, BC, "bravo") == origins_on(room, BC, "charlie") == {}
    assert origins_on(room, AD, "alpha") == {"bravo": 2, "charlie": 1}
    assert origins_on(room, AD, "delta") == {}


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_leaks_and_what_may_be_known_arrives_with_its_origin(seed: int) -> None:
    day = lived_through(seed)
    assert leaks(day.room, day.secrets) == []
    assert missing(day) == []
    day.room.assert_pictures_equal()
    kinds = {entry for name in day.room.parties for entry in said_by(day, name)}
    assert {"NOTICE", "PASSED_ON", "CONFLICT", "ACP", "EMERGENCY", "SUSPEND", "TEXT"} <= kinds


def said_by(day: Day, name: str) -> set[str]:
    with day.room[name].looking() as (tx, desks, _own):
        return {
            entry.kind
            for desk in desks.values()
            for (sender, lane) in desk.heads
            for entry in tx.entries(desk.accord_id, sender, lane, 0, 10_000)
        }


# Leaks that are planted

Plant = Callable[[pytest.MonkeyPatch], None]


def ignores_the_clause(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(passing, "may_be_passed_on", lambda source, now_ms: True)


def takes_the_sources_id(patch: pytest.MonkeyPatch) -> None:
    def row(
        accord: str, source_accord: str, source: str, notice_id: str, version: int, said: str
    ) -> PassedRow:
        return PassedRow(accord, source_accord, source, source.split()[1], version, said)

    patch.setattr(passing, "PassedRow", row)


def hashes_the_sources_id(patch: pytest.MonkeyPatch) -> None:
    """Its own operation's id, hashed, in a field that takes a hash."""
    import hashlib

    whole = speaking._draft

    def drafted(desk: Any, operation: Any, *rest: Any) -> Any:
        digest = hashlib.sha256(operation.id.encode()).hexdigest()
        return msgspec.structs.replace(whole(desk, operation, *rest), agreed=digest)

    patch.setattr(speaking, "_draft", drafted)


def gives_itself_out_as_the_origin(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(passing, "_origin", lambda heard: heard.party)


def tells_fields_beyond_its_terms(patch: pytest.MonkeyPatch) -> None:
    whole = passing._disclosed

    def disclosed(step: Any, target: Any, told: Any, *rest: Any) -> Any:
        return msgspec.structs.replace(whole(step, target, told, *rest), aircraft_type=told.aircraft_type)

    patch.setattr(passing, "_disclosed", disclosed)
    patch.setattr(codec, "check_notice", lambda *given: None)


def lets_it_go_further(patch: pytest.MonkeyPatch) -> None:
    whole = passing.further_on
    patch.setattr(
        passing, "further_on", lambda *given: None if whole(*given) is None else passing.MAX_FURTHER
    )


def tells_the_agreement_of_another_line(patch: pytest.MonkeyPatch) -> None:
    whole = filing.bring

    class Everywhere(dict[str, str]):
        def get(self, key: str, default: Any = None) -> Any:
            return next(iter(self.values()), default)

    patch.setattr(
        filing,
        "bring",
        lambda step, one, other, agreed=None: whole(step, one, other, Everywhere(agreed or {})),
    )


def has_one_id_for_an_operation(patch: pytest.MonkeyPatch) -> None:
    whole = speaking.draft_notice
    patch.setattr(
        speaking,
        "draft_notice",
        lambda desk, operation, new_id, agreed=None: whole(
            desk, operation, lambda: operation.id, agreed=agreed
        ),
    )


PLANTS = {
    ignores_the_clause: "passes alpha's on upon ('bravo', 'charlie')",
    takes_the_sources_id: "in common",
    hashes_the_sources_id: "own id on",
    gives_itself_out_as_the_origin: "of charlie's, alpha tells delta set()",
    tells_fields_beyond_its_terms: "bravo tells ['aircraft_type'] on ('alpha', 'bravo')",
    lets_it_go_further: "go further than it may",
    tells_the_agreement_of_another_line: "in common",
    has_one_id_for_an_operation: "in common",
}
"""What is planted, and words of what has to be found."""


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_a_node_that_leaks_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    day = lived_through(PLANTED_SEED, FEW_STEPS)
    found = leaks(day.room, day.secrets) + missing(day)
    assert [it for it in found if PLANTS[plant] in it], found
