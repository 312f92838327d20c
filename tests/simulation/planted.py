"""Faults planted in the real code, one at a time: each is a line that somebody might have written."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
import pytest

from openline.accord import disclosure, path
from openline.airspace.limits import DAY_MS
from openline.coordination import codec, decide, picture
from openline.coordination.call_view import CallView
from openline.coordination.line import Line
from openline.coordination.messages import Checked, Kind, Officer, Shown
from openline.journal.entry import Lane, Succession, check_succession, leaf_hash
from openline.link import pump
from openline.node import (
    attending,
    filing,
    hearing,
    lams,
    officer,
    passing,
    reacting,
    session,
    speaking,
    steps,
    verifying,
)
from openline.node.desk import Desk
from openline.node.hearer import Hearer
from openline.node.keys import LineKeys
from openline.node.node import Node
from openline.node.ports import LamRow
from openline.node.step import Step
from openline.simulation import hostile
from openline.store import store, watch

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]


# Commit, then speak


def answers_though_the_commit_failed(patch: Patch) -> None:
    patch.setattr(store, "committing", lambda: suppress(Exception))


def acknowledges_one_more_than_it_holds(patch: Patch) -> None:
    real = session.seal_lam
    patch.setattr(
        session, "seal_lam", lambda lam, key: real(msgspec.structs.replace(lam, number=lam.number + 1), key)
    )


def trusts_its_memory_after_a_step_that_failed(patch: Patch) -> None:
    patch.setattr(Node, "_forget", lambda self: setattr(self, "_as_of", None))
    patch.setattr(Desk, "refresh", lambda self, tx: self.recall_from(tx) or True)


def shows_calls_only_when_it_ticks(patch: Patch) -> None:
    real = Node.receive

    def unattended(self: Node, *given: Any, **named: Any) -> Any:
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(steps, "attend", lambda step, desk: None)
            return real(self, *given, **named)

    patch.setattr(Node, "receive", unattended)


# Hearing


def does_not_check_signatures(patch: Patch) -> None:
    patch.setattr(verifying, "_check_signature", lambda *given: None)
    patch.setattr(verifying, "_check_key", lambda *given: None)


def takes_its_own_key_for_the_partners(patch: Patch) -> None:
    def by_either(desk: Desk, envelope: Any, trust: Any) -> None:
        verifying.check_sealed(envelope, {**desk.keys_of(desk.me), **desk.keys_of(desk.partner)})

    patch.setattr(verifying, "_check_signature", by_either)
    patch.setattr(verifying, "_check_key", lambda *given: None)


def does_not_check_the_chain(patch: Patch) -> None:
    def without_previous(head: Any, place: Any) -> Succession:
        return check_succession(head, msgspec.structs.replace(place, previous=head.hash))

    patch.setattr(verifying, "follows", without_previous)


def takes_another_message_under_a_number_for_the_same(patch: Patch) -> None:
    patch.setattr(verifying, "_is_same", lambda step, desk, place, sealed: True)


def keeps_another_spelling_of_what_it_hears(patch: Patch) -> None:
    real = Desk.journal

    def respelt(self: Desk, tx: Any, sealed: bytes, message_hash: str, payload: Any, now_ms: int) -> Any:
        theirs = payload.place.sender != self.me
        kept = sealed.replace(b"{", b"{ ", 1) if theirs else sealed
        return real(self, tx, kept, leaf_hash(kept), payload, now_ms)

    patch.setattr(Desk, "journal", respelt)


# Keys


def believes_a_key_that_was_followed(patch: Patch) -> None:
    patch.setattr(LineKeys, "check_counts", lambda *given, **named: None)


def believes_acknowledgements_under_any_key(patch: Patch) -> None:
    patch.setattr(LineKeys, "of_controls", lambda self, party, *given: self.of(party))


def seals_with_the_newest_key_at_hand(patch: Patch) -> None:
    patch.setattr(Step, "sealer", lambda self, desk: self.ring.newest())


def needs_its_key_to_hear_and_tick(patch: Patch) -> None:
    patch.setattr(Step, "can_seal", lambda self, desk: True)


def keeps_acknowledgements_under_a_stray_key(patch: Patch) -> None:
    give = lams.give

    def kept(tx: Any, desk: Desk, signer: Any, lane: Lane, now_ms: int) -> bytes:
        sealed = give(tx, desk, signer, lane, now_ms)
        tx.save_lam(LamRow(desk.accord_id, desk.partner, lane, desk.received(lane).number, now_ms, sealed))
        return sealed

    patch.setattr(lams, "give", kept)


# Sending


def sends_from_the_wrong_number(patch: Patch) -> None:
    def beyond(tx: Any, desk: Desk, now: Any, lane: Lane, limit: int) -> Any:
        after = now.partner_received.get(lane, 0) + 1
        return tx.entries(desk.accord_id, desk.me, lane, after, limit) if limit > 0 else []

    patch.setattr(session, "_not_acknowledged", beyond)


def sends_routine_before_urgent(patch: Patch) -> None:
    patch.setattr(pump, "LANES", pump.LANES[::-1])


# Acting


def answers_a_line_check_again_and_again(patch: Patch) -> None:
    real = officer.check_or_answer

    def again(desk: Desk, who: Officer) -> Any:
        for asked, _ in desk.line.picture.checks():
            if asked.stamp.sender == desk.partner:
                return Kind.CHECKED, Checked(answers=asked.hash, officer=who)
        return real(desk, who)

    patch.setattr(officer, "check_or_answer", again)


def confirms_a_version_that_it_has_not_stored(patch: Patch) -> None:
    real = filing.result

    def one_more(*given: Any) -> Any:
        filed = real(*given)
        return msgspec.structs.replace(filed, version=filed.version + 1)

    patch.setattr(filing, "result", one_more)


def overlooks_conflicts(patch: Patch) -> None:
    patch.setattr(decide, "_found_with", lambda line, told: {})


def speaks_through_a_suspension(patch: Patch) -> None:
    patch.setattr(speaking, "accord_state", lambda desk, now_ms: speaking.AccordState.IN_FORCE)


def puts_the_time_into_the_digest(patch: Patch) -> None:
    def timed(control: Any, key: Any) -> bytes:
        if isinstance(control, session.wire.Heads):
            digest = hashlib.sha256(f"{control.digest}{control.at_ms}".encode()).hexdigest()
            control = msgspec.structs.replace(control, digest=digest)
        return real(control, key)

    real = session.wire.seal_control
    patch.setattr(session.wire, "seal_control", timed)


def forgets_to_write_conflicts(patch: Patch) -> None:
    real = Line.take_dirty
    patch.setattr(Line, "take_dirty", lambda line: {key for key in real(line) if key[0] != "conflict"})


# Back from a backup


def speaks_before_it_has_recovered(patch: Patch) -> None:
    patch.setattr(Step, "is_recovering", False)


def takes_none_of_its_words_back(patch: Patch) -> None:
    patch.setattr(hearing, "take_back", lambda step, desk, sealed: None)


# Disclosure


def tells_after_the_end(patch: Patch) -> None:
    real = speaking.accord_state

    def for_ever(desk: Desk, now_ms: int) -> Any:
        state = real(desk, now_ms)
        return speaking.AccordState.IN_FORCE if desk.line.picture.line.ended else state

    patch.setattr(speaking, "accord_state", for_ever)


def tells_callsigns_to_everybody(patch: Patch) -> None:
    real = disclosure.disclose

    def with_callsign(operation: Any, *given: Any, **named: Any) -> Any:
        return msgspec.structs.replace(real(operation, *given, **named), callsign=operation.callsign)

    patch.setattr(disclosure, "disclose", with_callsign)
    patch.setattr(
        codec, "check_notice", lambda notice, teller, accord: codec.as_operation(notice, accord.datum)
    )


def does_not_blur_paths(patch: Patch) -> None:
    real = path.snapped
    patch.setattr(path, "snapped", lambda latitude, longitude, grid_e9: real(latitude, longitude, 1))


def names_a_notice_after_its_operation(patch: Patch) -> None:
    real = speaking.draft_notice

    def named(desk: Desk, operation: Any, new_id: Any, **given: Any) -> Any:
        return real(desk, operation, lambda: operation.id, **given)

    patch.setattr(speaking, "draft_notice", named)


def tells_under_one_name_on_every_line(patch: Patch) -> None:
    real, names = speaking.draft_notice, {}

    def shared(desk: Desk, operation: Any, new_id: Any, **given: Any) -> Any:
        return real(desk, operation, lambda: names.setdefault((desk.me, operation.id), new_id()), **given)

    patch.setattr(speaking, "draft_notice", shared)


# Passing on


def passes_on_where_it_is_forbidden(patch: Patch) -> None:
    patch.setattr(passing, "may_be_passed_on", lambda source, now_ms: True)


def passes_on_without_the_origin(patch: Patch) -> None:
    patch.setattr(passing, "_origin", lambda heard: "somebody")


def tells_a_priority_that_it_was_not_told(patch: Patch) -> None:
    patch.setattr(passing, "_priority", lambda told, notice, most: notice.priority)


def withdraws_nothing(patch: Patch) -> None:
    real = passing._end

    def only_ends(step: Any, target: Desk, key: Any, word: str) -> bool:
        return word != passing.WITHDRAWN and real(step, target, key, word)

    patch.setattr(passing, "_end", only_ends)


def passes_on_of_a_partner_what_another_told(patch: Patch) -> None:
    """What a partner tells us itself, and does not let us pass on, we may not have from somebody else."""
    real = passing.further_on

    def hearsay(step: Any, source: Desk, target: Desk, heard: Any) -> int | None:
        is_third = passing._origin(heard) not in target.line.accord.names
        if isinstance(heard, passing.Passed) and is_third and target.partner != source.partner:
            return 0
        return real(step, source, target, heard)

    patch.setattr(passing, "further_on", hearsay)


# Emergencies


def never_climbs_the_ladder(patch: Patch) -> None:
    patch.setattr(attending, "_climb", lambda tx, desk, call, now_ms: iter(()))


def lets_a_clock_hold_up_the_ladder(patch: Patch) -> None:
    patch.setattr(attending, "_waited_ms", lambda since_ms, now_ms: now_ms - since_ms)


def calls_a_position_again_and_again(patch: Patch) -> None:
    patch.setattr(CallView, "called", lambda call, position: False)


def says_shown_when_it_has_only_stored(patch: Patch) -> None:
    real = hearing.take
    console = Officer(position="watch", pseudonym="console", automaton=False)

    def shown_at_once(step: Any, desk: Desk, placed: Any) -> Any:
        fact = real(step, desk, placed)
        if fact is not None and fact.kind is Kind.EMERGENCY:
            body = Shown(messages=(fact.hash,), officer=console, urgent=True)
            speaking.say(step, desk, Kind.SHOWN, body)
        return fact

    patch.setattr(hearing, "take", shown_at_once)


# Bounds and alarms


def keeps_whatever_is_thrown_at_it(patch: Patch) -> None:
    patch.setattr(watch, "MAX_QUARANTINE_ROWS", 10**9)
    patch.setattr(hostile, "FLOOD", 1_200)


def raises_no_alarm_for_a_lam_that_is_missing(patch: Patch) -> None:
    from openline.node import watch as node_watch

    patch.setattr(node_watch, "_lam_missing", lambda *given: iter(()))


def lets_one_bad_item_stop_a_batch(patch: Patch) -> None:
    def all_or_nothing(self: Hearer, sealed: bytes) -> None:
        self._dispatch(sealed)

    patch.setattr(Hearer, "hear", all_or_nothing)


# What both sides get wrong alike, and what nobody misses


def climbs_the_ladder_at_once(patch: Patch) -> None:
    patch.setattr(attending, "_waited_ms", lambda since_ms, now_ms: DAY_MS)


def leaves_the_alarm_of_a_call_that_is_over(patch: Patch) -> None:
    patch.setattr(attending, "ATTENDED", frozenset[str]())


def promotes_nothing(patch: Patch) -> None:
    patch.setattr(reacting, "_promote", lambda step: False)


def lifts_the_suspension_of_both(patch: Patch) -> None:
    derive = picture.line_view_of

    def lifted(names: Any, base_version: int, facts: Any) -> Any:
        said = sorted(facts, key=lambda fact: fact.stamp.number)
        view = derive(names, base_version, said)
        last = next((it for it in reversed(said) if it.kind in (Kind.SUSPEND, Kind.RESUME)), None)
        both = last is not None and last.kind is Kind.RESUME
        return msgspec.structs.replace(view, suspended_by=()) if both else view

    patch.setattr(picture, "line_view_of", lifted)
