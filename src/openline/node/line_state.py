"""How does a line stand, in words that people read, and on what evidence? Pure.

The word is what was agreed (ended, suspended, ...) before what the connection does; ``link`` is the
connection alone, for a suspended line can be silent too. Silence, suspension and end are different words,
and none of them is refusal.
"""

from typing import Final

import msgspec

from openline.journal.entry import Lane
from openline.node.clock_difference import MAX_DIFFERENCE_MS
from openline.node.reach import READINGS, Reach, Side
from openline.units import MS_PER_SECOND, rfc3339_from_ms

SILENT_HEARTBEATS: Final = 3
MAX_SILENCE_MS: Final = 50_000
"""So that a loss is shown within 60 s, whatever the heartbeat."""

UNHEARD_MS: Final = 5_000
"""Exchanges of ours that fail for so long, while the partner is heard, show a line that runs one way."""
SLOW_MS: Final = 4_000
"""A round trip above it cannot bring a LAM in time (OLDI: 4 s)."""
LEAST_EXCHANGES: Final = 5
LOSSY_SHARE: Final = 0.2
"""Of the last exchanges, if there were so many at the least, this share was sent again: the way loses much.
"""

REST_SCOPE: Final = "everything but safety of life"


class Missing(msgspec.Struct, frozen=True):
    """Our oldest message in a lane whose LAM is missing beyond the agreed time."""

    lane: Lane
    number: int
    kind: str
    said_ms: int


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one line at one moment.

    standing: what rests on words and dates ("ended", "expired", "not yet in force", "suspended"), None
    where the line runs. heard_ms: when the partner last said something new (None: never). others: by
    partner, whether each other line of this node is heard.
    """

    partner: str
    standing: str | None = None
    recovering: bool = False
    heard_ms: int | None = None
    beat_ms: int
    reach: Reach = Reach()
    missing: tuple[Missing, ...] = ()
    clock_difference_ms: int | None = None
    others: tuple[tuple[str, bool], ...] = ()


class LineState(msgspec.Struct, frozen=True, kw_only=True):
    """word: connecting, open, degraded, silent, recovering, suspended, expired, not yet in force, ended.
    link: one of the first five. scope: what rests (None: nothing). fault: where it lies, on a line that is
    silent, degraded or still connecting with a fault. evidence: sentences, the weightiest first. troubles:
    those of them that no other alarm tells (degraded alone).
    """

    word: str
    link: str
    scope: str | None = None
    fault: Side | None = None
    evidence: tuple[str, ...] = ()
    troubles: tuple[str, ...] = ()


def line_state(seen: Seen, now_ms: int) -> LineState:
    troubles = (*_one_way(seen, now_ms), *_bad_way(seen))
    told = (*_missing(seen), *_clock(seen))
    link = _link(seen, now_ms, is_degraded=bool(troubles or told))
    is_lost = link in ("silent", "connecting")
    failing = seen.reach.failure is not None
    return LineState(
        word=seen.standing or link,
        link=link,
        scope=REST_SCOPE if seen.standing else None,
        fault=_fault(seen) if link == "silent" or (failing and link in ("connecting", "degraded")) else None,
        evidence=(*(_why_lost(seen, link) if is_lost else troubles), *told, _heard(seen), *_round_trip(seen)),
        troubles=troubles if link == "degraded" else (),
    )


def is_silent(seen: Seen, now_ms: int) -> bool:
    """Three heartbeats missed, or less than a minute. An accord with longer heartbeats than that is given one
    of them, unless our own exchanges fail as well.
    """
    if seen.heard_ms is None:
        return False
    quiet_ms = now_ms - seen.heard_ms
    usual_ms = min(SILENT_HEARTBEATS * seen.beat_ms, MAX_SILENCE_MS)
    patience_ms = usual_ms if seen.reach.failure is not None else max(usual_ms, seen.beat_ms)
    return quiet_ms > patience_ms


def _link(seen: Seen, now_ms: int, *, is_degraded: bool) -> str:
    if seen.heard_ms is None:
        return "connecting"
    if is_silent(seen, now_ms):
        return "silent"
    if seen.recovering:
        return "recovering"
    return "degraded" if is_degraded else "open"


def _fault(seen: Seen) -> Side:
    """By the last failure of our own exchanges. Where that could be either side's, all our lines being dumb
    says that it is ours.
    """
    if seen.reach.failure is None:
        return Side.THEIRS if _answers_nothing_new(seen) else Side.UNKNOWN
    side, _ = READINGS[seen.reach.failure]
    if side is Side.UNKNOWN and seen.others and not any(heard for _, heard in seen.others):
        return Side.OURS
    return side


def _answers_nothing_new(seen: Seen) -> bool:
    """Our exchanges are answered, and nothing new has been heard for longer."""
    return (seen.reach.answered_ms or 0) > (seen.heard_ms or 0) + seen.beat_ms


# The evidence in sentences


def _one_way(seen: Seen, now_ms: int) -> tuple[str, ...]:
    since_ms = seen.reach.failing_since_ms
    if since_ms is None or seen.heard_ms is None or now_ms - since_ms < UNHEARD_MS:
        return ()
    return (f"{seen.partner} is not reached: {_failing(seen, since_ms)}",)


def _failing(seen: Seen, since_ms: int) -> str:
    report = seen.reach.report
    why = READINGS[report.failure][1] if report.failure is not None else "nothing is said"
    detail = f" ({report.detail})" if report.detail else ""
    return f"{why}{detail}; {seen.reach.tries} exchanges of ours failed since {rfc3339_from_ms(since_ms)}"


def _bad_way(seen: Seen) -> tuple[str, ...]:
    report = seen.reach.report
    if report.failure is not None:
        return ()
    found = []
    if report.of >= LEAST_EXCHANGES and report.repeated >= LOSSY_SHARE * report.of:
        found.append(
            f"the way loses much: {report.repeated} of the last {report.of} exchanges were sent again"
        )
    if (report.round_trip_ms or 0) > SLOW_MS:
        found.append(
            f"the way is slow: a round trip takes {(report.round_trip_ms or 0) / MS_PER_SECOND:.1f} s"
        )
    return tuple(found)


def _missing(seen: Seen) -> tuple[str, ...]:
    """A partner that we hear and that does not hold what we said does not hear us."""
    return tuple(_missing_text(seen, it) for it in seen.missing)


def _missing_text(seen: Seen, it: Missing) -> str:
    since = rfc3339_from_ms(it.said_ms)
    text = f"{seen.partner} has not acknowledged {it.lane} number {it.number}, said {since}"
    was_heard = (seen.heard_ms or 0) > it.said_ms
    return f"{text}, and was heard since: it does not hear us" if was_heard else text


def _clock(seen: Seen) -> tuple[str, ...]:
    difference_ms = seen.clock_difference_ms or 0
    return (clock_text(seen.partner, difference_ms),) if abs(difference_ms) > MAX_DIFFERENCE_MS else ()


def clock_text(partner: str, difference_ms: int) -> str:
    which = "ahead of" if difference_ms > 0 else "behind"
    return f"the clock of {partner} is {abs(difference_ms) / MS_PER_SECOND:.1f} s {which} ours"


def _why_lost(seen: Seen, link: str) -> tuple[str, ...]:
    """Why nothing is heard, as far as it is known."""
    since_ms = seen.reach.failing_since_ms
    if since_ms is not None:
        return (_failing(seen, since_ms), *_others(seen))
    return (_without_failure(seen), *_others(seen)) if link == "silent" else ()


def _without_failure(seen: Seen) -> str:
    if _answers_nothing_new(seen):
        return f"{seen.partner} answers, and says nothing new: its clock was put back, or copies are sent"
    return "no exchange of ours has failed: none was tried since, or its answer is awaited"


def _others(seen: Seen) -> tuple[str, ...]:
    heard = [partner for partner, is_heard in seen.others if is_heard]
    if heard:
        return (f"our network works: {' and '.join(heard)} is heard meanwhile",)
    return ("no other line of this node is heard either",) if seen.others else ()


def _heard(seen: Seen) -> str:
    return "never heard" if seen.heard_ms is None else f"last heard {rfc3339_from_ms(seen.heard_ms)}"


def _round_trip(seen: Seen) -> tuple[str, ...]:
    report = seen.reach.report
    return () if report.round_trip_ms is None else (f"round trip {report.round_trip_ms} ms",)
