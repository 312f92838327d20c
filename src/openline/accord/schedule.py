"""When people check the line, whether they did, and how much notice was given. All in UTC, all from times
given."""

from collections.abc import Iterable

from openline.accord.notice import Notice
from openline.accord.terms import Accord
from openline.airspace.limits import DAY_MS, HOUR_MS

MINUTE_MS = 60_000


def check_times(accord: Accord, from_ms: int, until_ms: int) -> tuple[int, ...]:
    """The agreed line checks in [from_ms, until_ms), within the accord's validity, ascending."""
    from_ms, until_ms = max(from_ms, accord.valid_from_ms), min(until_ms, accord.valid_until_ms)
    times_of_day = [_of_day_ms(clock) for clock in accord.line_checks]
    midnights = range(from_ms // DAY_MS * DAY_MS, until_ms, DAY_MS)
    every = (midnight + of_day for midnight in midnights for of_day in times_of_day)
    return tuple(moment for moment in every if from_ms <= moment < until_ms)


def next_check_ms(accord: Accord, now_ms: int) -> int | None:
    """The first agreed check after `now_ms`; None where the accord has none, or none before it expires."""
    later = check_times(
        accord, max(now_ms + 1, accord.valid_from_ms), max(now_ms, accord.valid_from_ms) + 2 * DAY_MS
    )
    return later[0] if later else None


def missed_checks(accord: Accord, held_ms: Iterable[int], from_ms: int, now_ms: int) -> tuple[int, ...]:
    """The agreed checks since `from_ms` that nobody held.

    A check is held by one between its time and the answer time `answers.check_ms` later; it is missed once
    that has passed, so it is looked at no earlier.
    """
    grace_ms = accord.answers.check_ms
    held = tuple(held_ms)
    due = check_times(accord, from_ms, now_ms - grace_ms)
    return tuple(check for check in due if not any(check <= done <= check + grace_ms for done in held))


def notice_given_ms(notice: Notice, first_told_ms: int) -> int:
    """From the first telling to the start; negative where it was told after it had begun."""
    return notice.start_ms - first_told_ms


def is_short_notice(notice: Notice, accord: Accord, first_told_ms: int) -> bool:
    """Whether it was told later than `minimum_notice_ms` before its start: for the scorecard, never a reason
    to be silent."""
    return notice_given_ms(notice, first_told_ms) < accord.minimum_notice_ms


def _of_day_ms(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * HOUR_MS + int(minutes) * MINUTE_MS
