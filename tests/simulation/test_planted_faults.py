"""Can the simulation find things? Each planted fault is caught by a promise; without one all of them hold."""

import msgspec
import pytest

from openline.simulation import Setup, simulate
from openline.simulation.activities import KINDS
from openline.simulation.promises import all_promises
from openline.simulation.world import World
from simulation import planted, planted_meaning, planted_turns
from simulation.planted import Plant


class Case(msgspec.Struct, frozen=True):
    """plant: the fault. promise: which has to catch it, within how many steps. heals: it shows when all heals
    after these.
    """

    plant: Plant
    promise: str
    within: int
    seed: int = 1
    parties: int = 2
    liar: bool = False
    haste: int = 6
    without: frozenset[str] = frozenset()
    heals: bool = False

    @property
    def setup(self) -> Setup:
        return Setup(
            seed=self.seed,
            parties=self.parties,
            liar=self.liar,
            haste=self.haste,
            without=self.without,
        )


HEALING = 200
"""Steps that healing takes at most."""
NOBODY = frozenset({"look", "show", "mislay"})
"""No officer looks, no console puts anything before one, and no key is missing."""

KEYS = KINDS - {"file", "rotate", "misuse"}
"""Only keys change, and old ones are misused."""

MISLAID = KINDS - {"file", "fly", "emergency", "mislay"}
SUSPENDED = KINDS - {"file", "fly", "suspend", "cut"}
BOTH_REST = KINDS - {"file", "suspend"}
HURRY = KINDS - {"file", "emergency", "call", "crash", "cut", "weather"}
RESTORES = KINDS - {"file", "fly", "restore"}
ENDS = KINDS - {"file", "fly", "end"}
PASSING = KINDS - {"file", "revise", "fly", "agree"}
"""Only operations come and go, and terms change."""

MEETING = KINDS - {"file", "revise", "fly", "look"}
TALKING = KINDS - {"talk", "look"}
SHIFTS = KINDS - {"shift", "check", "call", "emergency"}
CALLING = KINDS - {"call", "emergency", "look"}
ASKING = KINDS - {"file", "look"}
"""Operations meet, and officers speak about it."""

REVISING = KINDS - {"file", "revise"}
BROUGHT_BACK = KINDS - {"check", "call", "look", "show", "restore"}

CASES = [
    Case(planted.answers_though_the_commit_failed, "said-is-committed", 60, seed=5),
    Case(planted.acknowledges_one_more_than_it_holds, "said-is-committed", 20),
    Case(planted.trusts_its_memory_after_a_step_that_failed, "said-is-committed", 60, seed=2, haste=20),
    Case(planted.shows_calls_only_when_it_ticks, "emergencies-climb", 20),
    Case(planted.does_not_check_signatures, "journals-verify", 80),
    Case(planted.takes_its_own_key_for_the_partners, "journals-verify", 130),
    Case(planted.does_not_check_the_chain, "journals-verify", 200, liar=True),
    Case(planted.takes_another_message_under_a_number_for_the_same, "alarms-tell-the-truth", 60, liar=True),
    Case(planted.keeps_another_spelling_of_what_it_hears, "journals-agree", 20),
    Case(planted.believes_a_key_that_was_followed, "journals-verify", 40, seed=2, haste=20, without=KEYS),
    Case(
        planted.believes_acknowledgements_under_any_key,
        "healed-is-equal",
        160,
        haste=20,
        without=KEYS - {"cut", "check"},
        heals=True,
    ),
    Case(planted.seals_with_the_newest_key_at_hand, "journals-verify", 30, seed=2),
    Case(planted.needs_its_key_to_hear_and_tick, "never-stuck", 180, seed=1, haste=12, without=MISLAID),
    Case(
        planted.keeps_acknowledgements_under_a_stray_key,
        "journals-verify",
        80,
        seed=1,
        haste=20,
        without=MISLAID,
    ),
    Case(planted.sends_from_the_wrong_number, "urgent-first", 40, seed=3),
    Case(planted.sends_routine_before_urgent, "urgent-first", 60, seed=12, haste=12, without=HURRY),
    Case(planted.answers_a_line_check_again_and_again, "nothing-twice", 160),
    Case(planted.confirms_a_version_that_it_has_not_stored, "acknowledged-is-kept", 60),
    Case(planted.overlooks_conflicts, "healed-is-equal", 40, seed=3, haste=12, without=PASSING, heals=True),
    Case(
        planted.speaks_through_a_suspension,
        "nothing-honest-is-rejected",
        35,
        seed=7,
        haste=20,
        without=SUSPENDED,
    ),
    Case(planted.puts_the_time_into_the_digest, "equal-heads-equal-pictures", 20),
    Case(
        planted.forgets_to_write_conflicts,
        "journals-verify",
        40,
        seed=3,
        haste=12,
        without=PASSING,
        heals=True,
    ),
    Case(planted.tells_callsigns_to_everybody, "nothing-beyond-the-accord", 80),
    Case(planted.does_not_blur_paths, "nothing-beyond-the-accord", 40, seed=3, haste=12, without=PASSING),
    Case(planted.names_a_notice_after_its_operation, "nothing-beyond-the-accord", 60),
    Case(planted.speaks_before_it_has_recovered, "journals-agree", 170, seed=1, haste=20, without=RESTORES),
    Case(
        planted.takes_none_of_its_words_back,
        "healed-is-equal",
        120,
        seed=5,
        haste=12,
        without=RESTORES,
        heals=True,
    ),
    Case(planted.tells_after_the_end, "nothing-beyond-the-accord", 20, seed=9, haste=20, without=ENDS),
    Case(
        planted.passes_on_where_it_is_forbidden,
        "passed-on-as-allowed",
        30,
        parties=3,
        haste=12,
        without=PASSING,
    ),
    Case(
        planted.passes_on_without_the_origin, "passed-on-as-allowed", 30, parties=3, haste=12, without=PASSING
    ),
    Case(
        planted.tells_a_priority_that_it_was_not_told,
        "passed-on-as-allowed",
        30,
        parties=3,
        haste=12,
        without=PASSING,
    ),
    Case(
        planted.passes_on_of_a_partner_what_another_told,
        "passed-on-as-allowed",
        50,
        parties=4,
        haste=12,
        without=PASSING,
    ),
    Case(
        planted.withdraws_nothing,
        "passed-on-as-allowed",
        80,
        seed=5,
        parties=3,
        haste=20,
        without=KINDS - {"file", "agree"},
        heals=True,
    ),
    Case(planted.never_climbs_the_ladder, "emergencies-climb", 230, haste=3, without=NOBODY),
    Case(planted.lets_a_clock_hold_up_the_ladder, "what-is-owed-is-shown", 230, haste=3, without=NOBODY),
    Case(planted.calls_a_position_again_and_again, "emergencies-climb", 230, haste=3, without=NOBODY),
    Case(planted.says_shown_when_it_has_only_stored, "shown-is-shown", 60, seed=3),
    Case(planted.lets_one_bad_item_stop_a_batch, "never-stuck", 80),
    Case(planted.tells_under_one_name_on_every_line, "nothing-beyond-the-accord", 100, parties=3),
    Case(planted.raises_no_alarm_for_a_lam_that_is_missing, "alarms-tell-the-truth", 60, seed=2),
    Case(planted.climbs_the_ladder_at_once, "emergencies-climb", 40, haste=3, without=NOBODY),
    Case(planted.leaves_the_alarm_of_a_call_that_is_over, "emergencies-climb", 40),
    Case(planted.promotes_nothing, "healed-is-equal", 120, seed=4, haste=12, without=PASSING, heals=True),
    Case(
        planted.lifts_the_suspension_of_both,
        "healed-is-equal",
        150,
        seed=3,
        haste=20,
        without=BOTH_REST,
        heals=True,
    ),
    Case(planted.keeps_whatever_is_thrown_at_it, "queues-bounded", 120, haste=20, without=KINDS - {"flood"}),
    Case(
        planted_meaning.lets_the_wrong_one_move,
        "the-right-one-moves",
        60,
        haste=12,
        without=MEETING,
        heals=True,
    ),
    Case(
        planted_meaning.holds_what_was_found_of_an_earlier_version,
        "the-right-one-moves",
        120,
        seed=2,
        haste=20,
        without=MEETING,
        heals=True,
    ),
    Case(
        planted_meaning.carries_out_nothing,
        "agreed-is-signed",
        240,
        seed=1,
        haste=12,
        without=MEETING,
        heals=True,
    ),
    Case(
        planted_meaning.takes_minutes_of_both_for_agreed,
        "agreed-is-signed",
        120,
        haste=20,
        without=TALKING,
        heals=True,
    ),
    Case(
        planted_meaning.forgets_what_is_overdue, "what-is-owed-is-shown", 60, seed=3, haste=12, without=NOBODY
    ),
    Case(
        planted_meaning.leaves_open_what_a_handover_should_take,
        "what-is-owed-is-shown",
        120,
        seed=9,
        haste=12,
        without=SHIFTS,
    ),
    Case(
        planted_meaning.believes_every_readback,
        "what-is-owed-is-shown",
        120,
        seed=3,
        haste=12,
        without=CALLING,
    ),
    Case(planted_meaning.ends_nothing, "over-is-ended", 240, seed=4, haste=6),
    Case(planted_meaning.does_not_notice_silence, "alarms-tell-the-truth", 120, seed=2, haste=6),
    Case(
        planted_meaning.gives_no_lam_back, "healed-is-equal", 200, haste=12, without=BROUGHT_BACK, heals=True
    ),
    Case(
        planted_meaning.warns_of_no_traffic_passed_on,
        "healed-is-equal",
        60,
        seed=3,
        haste=12,
        parties=3,
        without=PASSING,
        heals=True,
    ),
    Case(
        planted_meaning.warns_of_traffic_that_is_gone,
        "healed-is-equal",
        230,
        haste=12,
        parties=3,
        without=PASSING,
        heals=True,
    ),
    Case(
        planted_meaning.takes_an_automaton_for_a_person,
        "what-is-owed-is-shown",
        120,
        seed=2,
        haste=3,
        without=KINDS - {"call", "emergency", "show", "away"},
    ),
    Case(
        planted_meaning.does_not_say_that_a_version_is_in_force,
        "healed-is-equal",
        40,
        haste=12,
        without=KINDS - {"agree"},
        heals=True,
    ),
    Case(
        planted_turns.takes_a_counter_for_a_request,
        "turns-are-as-signed",
        60,
        haste=20,
        without=ASKING,
        heals=True,
    ),
    Case(
        planted_turns.forgets_the_stand_by,
        "turns-are-as-signed",
        90,
        seed=7,
        haste=20,
        without=ASKING,
        heals=True,
    ),
    Case(
        planted_turns.reads_the_dialogue_of_earlier_places,
        "turns-are-as-signed",
        60,
        haste=20,
        without=REVISING,
        heals=True,
    ),
    Case(
        planted_turns.awaits_the_answer_of_the_wrong_side,
        "turns-are-as-signed",
        30,
        haste=20,
        without=ASKING,
        heals=True,
    ),
    Case(
        planted_turns.forgets_what_is_owed_in_dialogues,
        "what-is-owed-is-shown",
        240,
        haste=8,
        without=KINDS - {"file"},
    ),
    Case(
        planted_turns.forgets_what_is_owed_in_talks,
        "what-is-owed-is-shown",
        60,
        seed=6,
        haste=5,
        without=KINDS - {"talk", "show"},
    ),
    Case(
        planted_turns.does_not_notice_that_nobody_looks,
        "what-is-owed-is-shown",
        120,
        seed=3,
        haste=3,
        without=KINDS - {"talk"},
    ),
    Case(
        planted_turns.records_no_change_of_state,
        "done-is-recorded",
        30,
        seed=2,
        haste=20,
        without=KINDS - {"file", "fly"},
    ),
    Case(planted_turns.records_an_alarm_at_every_look, "done-is-recorded", 20),
    Case(
        planted_turns.lets_a_revision_break_what_is_agreed,
        "revisions-break-nothing",
        120,
        haste=20,
        without=REVISING,
    ),
    Case(planted_turns.claims_to_have_heard_it_on_the_other_lane, "journals-verify", 30, seed=2),
    Case(planted_turns.says_shown_of_what_is_urgent_on_the_routine_lane, "shown-is-shown", 30),
    Case(
        planted_turns.leaves_whoever_came_first_in_his_seat,
        "turns-are-as-signed",
        60,
        haste=20,
        without=KINDS - {"shift"},
        heals=True,
    ),
    Case(
        planted_turns.lets_the_newer_version_govern,
        "the-right-one-moves",
        60,
        seed=8,
        haste=20,
        without=KINDS - {"file", "agree"},
    ),
]


def name_of(case: Case) -> str:
    return case.plant.__name__


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_a_planted_fault_is_caught(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    case.plant(monkeypatch)
    report = simulate(case.setup, case.within, until=None if case.heals else case.within)
    assert report.failure is not None, f"{name_of(case)} goes unnoticed for {report.steps} steps"
    assert report.failure.promise == case.promise, report.failure
    assert report.failure.step <= case.within + (HEALING if case.heals else 0)


def test_without_a_fault_every_promise_holds_under_the_same_seeds() -> None:
    courses: dict[Setup, tuple[int, bool]] = {}
    for case in CASES:
        within, heals = courses.get(case.setup, (0, False))
        courses[case.setup] = max(within, case.within), heals or case.heals
    for setup, (steps, heals) in courses.items():
        report = simulate(setup, steps, until=None if heals else steps)
        assert report.failure is None, f"{report.failure}\n{report.replay}"


def test_the_faults_are_many_and_each_is_planted() -> None:
    planted_ones = {
        name
        for module in (planted, planted_meaning, planted_turns)
        for name, it in vars(module).items()
        if callable(it) and not name.startswith("_") and getattr(it, "__module__", "") == module.__name__
    }
    assert {name_of(case) for case in CASES} == planted_ones
    assert len(CASES) >= 20


def test_every_promise_catches_one() -> None:
    promises = {promise.name for promise in all_promises(World(Setup()))}
    assert promises <= {case.promise for case in CASES}
