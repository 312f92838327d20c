"""Where is it? Coordinates in the reader's form, with the hemisphere as the reader's language has it.

What was signed is an integer of 1e-9 degree. Degrees, minutes and seconds are shown to 0.1 second of arc (3
m), degrees and minutes to 0.001 minute (2 m), degrees to 0.00001 (1 m). Where that is not exactly what was
signed it bears ``≈``, and all of the degree's decimals stand in brackets.
"""

from decimal import Decimal
from typing import Final

from openline.phrases.catalogue import Message, Words
from openline.phrases.figures import ROUNDED, number_text
from openline.phrases.reader import CoordinateForm

POSITION = Message("position", "{latitude} {longitude}")
EXACTLY = Message("position", "{rounded} (exactly {exact})")
NORTH, SOUTH = Message("position", "{angle} N"), Message("position", "{angle} S")
EAST, WEST = Message("position", "{angle} E"), Message("position", "{angle} W")

_STEP: Final = {"dms": 1_000_000, "dm": 100_000, "decimal": 10_000}
"""By form: of what the last digit shown is one, in units of the form's smallest part of 1e-9 degree."""
_PARTS: Final = {"dms": 36, "dm": 6, "decimal": 1}
"""1e-9 degree is so many 1e-7 seconds, 1e-8 minutes, 1e-9 degrees."""


def position_text(words: Words, form: CoordinateForm, latitude_e9: int, longitude_e9: int) -> str:
    shown = _position(words, latitude_e9, longitude_e9, form)
    if _is_shown_exactly(latitude_e9, form) and _is_shown_exactly(longitude_e9, form):
        return shown
    exact = _position(words, latitude_e9, longitude_e9, None)
    return words.say(EXACTLY, rounded=ROUNDED + shown, exact=exact)


def _position(words: Words, latitude_e9: int, longitude_e9: int, form: CoordinateForm | None) -> str:
    """form None: degrees with all their decimals."""
    return words.say(
        POSITION,
        latitude=words.say(SOUTH if latitude_e9 < 0 else NORTH, angle=_angle(words, latitude_e9, 2, form)),
        longitude=words.say(WEST if longitude_e9 < 0 else EAST, angle=_angle(words, longitude_e9, 3, form)),
    )


def _is_shown_exactly(angle_e9: int, form: CoordinateForm) -> bool:
    return angle_e9 * _PARTS[form] % _STEP[form] == 0


def _angle(words: Words, angle_e9: int, width: int, form: CoordinateForm | None) -> str:
    """Degrees are padded to two digits of latitude and three of longitude, as ICAO has it."""
    if form is None:
        return f"{_padded(words, Decimal(abs(angle_e9)).scaleb(-9), width, 0)}°"
    steps = round(Decimal(abs(angle_e9) * _PARTS[form]) / _STEP[form])
    if form == "decimal":
        return f"{_padded(words, Decimal(steps).scaleb(-5), width, 5)}°"
    if form == "dm":
        degrees, thousandths = divmod(steps, 60_000)
        return f"{degrees:0{width}}°{_padded(words, Decimal(thousandths).scaleb(-3), 2, 3)}′"
    degrees, tenths = divmod(steps, 36_000)
    minutes, tenths = divmod(tenths, 600)
    seconds = Decimal(tenths).scaleb(-1)
    return f"{degrees:0{width}}°{minutes:02}′{_padded(words, seconds, 2, 1 if tenths % 10 else 0)}″"


def _padded(words: Words, value: Decimal, width: int, places: int) -> str:
    """At least ``width`` digits before the decimal mark, and at least ``places`` after it."""
    plain = value.normalize()
    exponent = plain.as_tuple().exponent
    decimals = max(places, -exponent if isinstance(exponent, int) else 0)
    whole, mark, fraction = f"{plain:.{decimals}f}".partition(".")
    text = number_text(Decimal(f"0.{fraction}"), words.language)[1:] if mark else ""
    return f"{int(whole):0{width}}{text}"
