"""How much is it? Heights, distances and speeds in the reader's unit, with the other one in brackets.

What was signed is an integer of 0.1 mm (speeds: of knots). One of the two figures always is exactly that
value; one that had to be rounded, to the nearest, bears ``≈``. Heights: feet to 1 ft, metres to 1 m (0.1 m
where that is exact). Distances: nautical miles to 0.01 NM, kilometres to 1 m. Speeds: km/h to 1 km/h. Where
neither is exact, the metric figure has all its decimals.

Digits are the European ones in every language: those are on every instrument, chart and strip. Thousands are
set apart by a space, as in ICAO's documents of all six languages, because a point or a comma there is a
decimal mark to somebody else. The decimal mark is the language's own.
"""

from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Final

import msgspec

from openline.airspace.altitude import Datum
from openline.phrases.catalogue import Counted, Language, Message, Words
from openline.phrases.reader import Reader
from openline.units import DMM_PER_FLIGHT_LEVEL, DMM_PER_FOOT, DMM_PER_METRE, DMM_PER_NAUTICAL_MILE

NO_BREAK: Final = "\u00a0"
MINUS: Final = "\u2212"
ROUNDED: Final = f"≈{NO_BREAK}"

BOTH = Message("unit", "{first} ({second})")
FLIGHT_LEVEL = Message("unit", "flight level {level}")
ABOVE_SEA = Message("height", "{height} above mean sea level")
ABOVE_ELLIPSOID = Message("height", "{height} above the WGS 84 ellipsoid")
AT_PRESSURE = Message("height", "{height} at standard pressure")

_LIKE_FRACTIONS: Final = {Language.RUSSIAN: 2}
"""Russian says 2,5 мили as 2 мили; elsewhere it is as of a hundred."""
_DATUM: Final = {Datum.AMSL: ABOVE_SEA, Datum.WGS84: ABOVE_ELLIPSOID, Datum.PRESSURE: AT_PRESSURE}


class Scale(msgspec.Struct, frozen=True):
    """A unit: how many of the signed unit it has, the decimals that it is exact to, and rounded to, and all
    that it can need (None: there is no end of them).
    """

    unit: Counted
    per_unit: Fraction
    exact_places: int
    rounded_places: int
    whole_places: int | None = None


FEET = Scale(Counted("unit", "{count} ft", "{count} ft"), Fraction(DMM_PER_FOOT), 0, 0)
METRES = Scale(Counted("unit", "{count} m", "{count} m"), Fraction(DMM_PER_METRE), 1, 0, 4)
NAUTICAL_MILES = Scale(Counted("unit", "{count} NM", "{count} NM"), Fraction(DMM_PER_NAUTICAL_MILE), 2, 2)
KILOMETRES = Scale(Counted("unit", "{count} km", "{count} km"), Fraction(1_000 * DMM_PER_METRE), 3, 3, 7)
KNOTS = Scale(Counted("unit", "{count} kt", "{count} kt"), Fraction(1), 0, 0, 0)
KILOMETRES_PER_HOUR = Scale(Counted("unit", "{count} km/h", "{count} km/h"), Fraction(1_000, 1_852), 0, 0)


def number_text(value: int | Decimal, language: Language) -> str:
    """A number with the language's decimal mark; thousands are set apart by a space."""
    digits = f"{abs(Decimal(value)):,f}".replace(",", NO_BREAK).replace(".", _decimal_mark(language))
    return f"{MINUS}{digits}" if value < 0 else digits


@cache
def _decimal_mark(language: Language) -> str:
    # only here: it is asked once a language, and a start puts no figure into words
    from babel.numbers import get_decimal_symbol

    return get_decimal_symbol(language.value, numbering_system="latn")


def height_text(words: Words, reader: Reader, height_dmm: int, datum: Datum | None) -> str:
    """A height over its datum (None: not known here)."""
    if datum is Datum.PRESSURE and height_dmm > 0 and height_dmm % DMM_PER_FLIGHT_LEVEL == 0:
        return _level_text(words, reader, height_dmm)
    text = difference_text(words, reader, height_dmm)
    return words.say(_DATUM[datum], height=text) if datum else text


def _level_text(words: Words, reader: Reader, height_dmm: int) -> str:
    level = words.say(FLIGHT_LEVEL, level=f"{height_dmm // DMM_PER_FLIGHT_LEVEL:03}")
    metres = _figure(words, height_dmm, METRES, METRES.exact_places)
    feet = _figure(words, height_dmm, FEET, 0)
    if reader.height == "level":
        return words.say(BOTH, first=level, second=metres)
    return words.say(BOTH, first=feet if reader.height == "feet" else metres, second=level)


def difference_text(words: Words, reader: Reader, length_dmm: int) -> str:
    """A length up or down."""
    metric_first = reader.height == "metres"
    return _pair(words, length_dmm, METRES, FEET) if metric_first else _pair(words, length_dmm, FEET, METRES)


def distance_text(words: Words, reader: Reader, length_dmm: int) -> str:
    """A length along the surface."""
    metric_first = reader.distance == "km"
    scales = (KILOMETRES, NAUTICAL_MILES) if metric_first else (NAUTICAL_MILES, KILOMETRES)
    return _pair(words, length_dmm, *scales)


def speed_text(words: Words, reader: Reader, speed_kt: int) -> str:
    metric_first = reader.speed == "kmh"
    scales = (KILOMETRES_PER_HOUR, KNOTS) if metric_first else (KNOTS, KILOMETRES_PER_HOUR)
    return _pair(words, speed_kt, *scales)


def _pair(words: Words, value: int, first: Scale, second: Scale) -> str:
    exact = [_is_exact(value, scale, scale.exact_places) for scale in (first, second)]
    shown = []
    for scale in (first, second):
        full = scale.whole_places if not any(exact) else None
        shown.append(_figure(words, value, scale, scale.exact_places if full is None else full))
    return words.say(BOTH, first=shown[0], second=shown[1])


def _figure(words: Words, value: int, scale: Scale, places: int) -> str:
    """Exact to that many decimals, or else rounded and marked so."""
    is_exact = _is_exact(value, scale, places)
    number = _rounded(value, scale, places if is_exact else scale.rounded_places)
    text = number_text(number, words.language)
    return words.count(scale.unit, _plural_count(number, words), text if is_exact else ROUNDED + text)


def _plural_count(number: Decimal, words: Words) -> int:
    """The whole number that a unit is put into the plural for: a fraction takes another's form."""
    return int(abs(number)) if number == int(number) else _LIKE_FRACTIONS.get(words.language, 100)


def _is_exact(value: int, scale: Scale, places: int) -> bool:
    return Fraction(value * 10**places, 1) % scale.per_unit == 0


def _rounded(value: int, scale: Scale, places: int) -> Decimal:
    """To the nearest (of two that are equally near, the even one), without zeros at its end."""
    tenths = Decimal(round(Fraction(value) * 10**places / scale.per_unit))
    return tenths.scaleb(-places).normalize()
