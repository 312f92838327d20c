"""Faults planted in what messages mean: what is agreed, who moves, what is owed. Both sides err alike."""

from openline.coordination import conflict_view, decide, picture, talk_view
from openline.coordination.meeting import Looked
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
