"""Faults planted in whose turn it is, in what is owed, and in the node's own record."""

from openline.coordination import conflict_view, conversed, dialogue, owed
from openline.coordination.dialogue import DialogueState, Role
from openline.coordination.line_view import LineView
from openline.coordination.messages import Kind
from openline.node import attending, calling, filing, step
from openline.node.desk import Desk
from simulation.planted import Patch


def takes_a_counter_for_a_request(patch: Patch) -> None:
    row = DialogueState.REQUESTED, Role.ANSWERER, Kind.CDN
    patch.setitem(dialogue.TRANSITIONS, row, DialogueState.REQUESTED)  # type: ignore[arg-type]


def forgets_the_stand_by(patch: Patch) -> None:
    patch.setattr(dialogue, "_stand_by", lambda dialogue, children: dialogue)


def reads_the_dialogue_of_earlier_places(patch: Patch) -> None:
    real = conflict_view._dialogue_facts
    patch.setattr(conflict_view, "_dialogue_facts", lambda facts, places: real(facts, _any_of(facts, places)))


def _any_of(facts, places):  # type: ignore[no-untyped-def]
    return next((it.body.places for it in facts if isinstance(it.body, conflict_view.Request)), places)


def forgets_what_is_owed_in_dialogues(patch: Patch) -> None:
    patch.setattr(owed, "_dialogues", lambda line: iter(()))


def forgets_what_is_owed_in_talks(patch: Patch) -> None:
    patch.setattr(owed, "_talks", lambda line: iter(()))


def awaits_the_answer_of_the_wrong_side(patch: Patch) -> None:
    real = owed._dialogues

    def wrong(line):  # type: ignore[no-untyped-def]
        for it in real(line):
            yield owed.msgspec.structs.replace(it, by=line.accord.other(it.by))

    patch.setattr(owed, "_dialogues", wrong)


def does_not_notice_that_nobody_looks(patch: Patch) -> None:
    patch.setattr(attending, "_not_shown", lambda desk, now_ms: iter(()))


def records_no_change_of_state(patch: Patch) -> None:
    real = step.Step.record
    patch.setattr(step.Step, "record", lambda it, kind, body: kind == "state" or real(it, kind, body))


def records_an_alarm_at_every_look(patch: Patch) -> None:
    real = step.Step.alarm

    def wrong(it, accord_id, kind, subject, text):  # type: ignore[no-untyped-def]
        real(it, accord_id, kind, subject, text)
        it.record("alarm", {"accord": accord_id, "kind": kind, "subject": subject, "text": text[:500]})

    patch.setattr(step.Step, "alarm", wrong)


def lets_a_revision_break_what_is_agreed(patch: Patch) -> None:
    patch.setattr(filing, "_check_breaks_nothing", lambda desk, operation, candidate: None)


def claims_to_have_heard_it_on_the_other_lane(patch: Patch) -> None:
    real = Desk.seen

    def wrong(desk):  # type: ignore[no-untyped-def]
        seen = real(desk)
        return type(seen)(urgent=seen.routine, routine=seen.urgent)

    patch.setattr(Desk, "seen", wrong)


def leaves_whoever_came_first_in_his_seat(patch: Patch) -> None:
    real = conversed.manned_by
    patch.setattr(conversed, "manned_by", lambda facts: real([min(facts, key=lambda it: it.stamp.number)]))


def says_shown_of_what_is_urgent_on_the_routine_lane(patch: Patch) -> None:
    patch.setattr(calling, "shown", lambda desk, body: body)


def lets_the_newer_version_govern(patch: Patch) -> None:
    patch.setattr(LineView, "accord_version", property(lambda view: max(view.versions.values())))
