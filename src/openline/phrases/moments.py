"""When is it, and how long? Moments in UTC, and spans of time.

Moments are written the same in every language, largest unit first and with their zone (ISO 8601 with a
space): nobody takes 3 April for 4 March. Seconds and milliseconds stand there where there are any, so that no
moment is rounded.
"""

from functools import reduce
from typing import Final

from openline.phrases.catalogue import Counted, Message, Words
from openline.phrases.figures import number_text
from openline.units import MS_PER_SECOND, datetime_from_ms

MS_PER_MINUTE: Final = 60 * MS_PER_SECOND
MS_PER_HOUR: Final = 60 * MS_PER_MINUTE
MS_PER_400_YEARS: Final = 146_097 * 24 * MS_PER_HOUR
"""After which the calendar repeats itself."""

TOGETHER = Message("duration", "{longer} {shorter}")
_PARTS: Final = (
    (MS_PER_HOUR, Counted("duration", "{count} hour", "{count} hours")),
    (MS_PER_MINUTE, Counted("duration", "{count} minute", "{count} minutes")),
    (MS_PER_SECOND, Counted("duration", "{count} second", "{count} seconds")),
    (1, Counted("duration", "{count} millisecond", "{count} milliseconds")),
)


def moment_text(moment_ms: int) -> str:
    """Such as ``2018-08-01 07:00 UTC``. The wire has room for years beyond 9999, which keep all their
    digits.
    """
    cycles, rest_ms = divmod(moment_ms, MS_PER_400_YEARS)
    moment = datetime_from_ms(rest_ms)
    seconds = f":{moment:%S}" if rest_ms % MS_PER_MINUTE else ""
    thousandths = f".{rest_ms % MS_PER_SECOND:03}" if rest_ms % MS_PER_SECOND else ""
    return f"{moment.year + 400 * cycles:04}-{moment:%m-%d %H:%M}{seconds}{thousandths} UTC"


def duration_text(words: Words, duration_ms: int) -> str:
    """Hours, minutes, seconds and milliseconds, as far as there are any of each."""
    parts, rest_ms = [], abs(duration_ms)
    for part_ms, message in _PARTS:
        count, rest_ms = divmod(rest_ms, part_ms)
        if count:
            parts.append(words.count(message, count, number_text(count, words.language)))
    if not parts:
        parts.append(words.count(_PARTS[1][1], 0, "0"))
    return reduce(lambda longer, shorter: words.say(TOGETHER, longer=longer, shorter=shorter), parts)
