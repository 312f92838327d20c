"""Faults planted in what messages mean: what is agreed, who moves, what is owed. Both sides err alike."""

from msgspec.structs import replace

from openline.coordination import conflict_view, conversed, decide, picture, talk_view
from openline.coordination.fact import Fact
from openline.coordination.meeting import Looked
from openline.coordination.messages import Kind, Shown
from openline.coordination.talk_view import MinutesState
from openline.node import attending, filing, node, reacting, session, shifts
from simulation.planted import Patch


def lets_the_wrong_one_move(patch: Patch) -> None:
    real = picture.mover

    def wrong(first, second, accord, yieldings):  # type: ignore[no-untyped-def]
        return accord.other(real(first, second, accord, yieldings))

    patch.setattr(picture, "mover", wrong)


def holds_what_was_found_of_an_earlier_version(patch: Patch) -> None:
    real = conflict_view._findings

    def stale(facts, revision, accord_version):  # type: ignore[no-untyped-def]
        stated = [it for it in facts if isinstance(it.body, conflict_view.ConflictStated)]
        last = max(stated, key=lambda it: it.stamp.number, default=None)
        return real(facts, last.body.revision if last else revision, accord_version)

    patch.setattr(conflict_view, "_findings", stale)


def carries_out_nothing(patch: Patch) -> None:
    patch.setattr(decide, "_carry_out", lambda line, view: iter(()))


def takes_minutes_of_both_for_agreed(patch: Patch) -> None:
    real = talk_view._minutes_state
    patch.setattr(
        talk_view,
        "_minutes_state",
        lambda minutes: MinutesState.AGREED if len(minutes) == 2 else real(minutes),
    )


def forgets_what_is_overdue(patch: Patch) -> None:
    patch.setattr(attending, "owed", lambda line: [])


def leaves_open_what_a_handover_should_take(patch: Patch) -> None:
    patch.setattr(shifts, "owed_by", lambda line, party: [])


def believes_every_readback(patch: Patch) -> None:
    patch.setattr(attending, "_differing", lambda desk: iter(()))


def ends_nothing(patch: Patch) -> None:
    patch.setattr(filing, "end_what_is_over", lambda step: None)


def does_not_notice_silence(patch: Patch) -> None:
    patch.setattr(node, "watch", lambda tx, desk, now, state, now_ms: iter(()))


def gives_no_lam_back(patch: Patch) -> None:
    patch.setattr(session, "lams_back", lambda tx, desk, claims: [])


def warns_of_no_traffic_passed_on(patch: Patch) -> None:
    patch.setattr(reacting, "meet", lambda line, own: Looked())


def warns_of_traffic_that_is_gone(patch: Patch) -> None:
    real = reacting.meet
    patch.setattr(reacting, "meet", lambda line, own: Looked(real(line, own).alarms, frozenset()))


def does_not_say_that_a_version_is_in_force(patch: Patch) -> None:
    real = node.speaking.say

    def silent(step, desk, kind, body):  # type: ignore[no-untyped-def]
        return None if kind is Kind.IN_FORCE else real(step, desk, kind, body)

    patch.setattr(node.speaking, "say", silent)


def takes_an_automaton_for_a_person(patch: Patch) -> None:
    def as_if_a_person(fact: Fact) -> Fact:
        if not isinstance(fact.body, Shown):
            return fact
        person = replace(fact.body.officer, automaton=False)
        return Fact(fact.hash, fact.kind, fact.stamp, fact.at_ms, replace(fact.body, officer=person))

    note, is_first = conversed.Conversed.note_shown, conversed.Conversed.is_first_shown
    patch.setattr(conversed.Conversed, "note_shown", lambda it, fact: note(it, as_if_a_person(fact)))
    patch.setattr(conversed.Conversed, "is_first_shown", lambda it, fact: is_first(it, as_if_a_person(fact)))
