"""A value in another unit is the same value: one of its figures is exact, and a rounded one says so."""

import re
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.airspace.altitude import Datum
from openline.phrases.bidi import bare
from openline.phrases.catalogue import Language, Words
from openline.phrases.figures import difference_text, distance_text, height_text, speed_text
from openline.phrases.moments import duration_text, moment_text
from openline.phrases.places import position_text
from openline.phrases.reader import Reader
from openline.units import ms_from_rfc3339

ENGLISH, RUSSIAN = Words(Language.ENGLISH), Words(Language.RUSSIAN)
FEET = Reader(height="feet")
METRES = Reader(height="metres", distance="km", speed="kmh")
LEVELS = Reader()
DMM = {"ft": Fraction(3_048), "m": Fraction(10_000), "NM": Fraction(18_520_000), "km": Fraction(10_000_000)}
ROUNDED_TO = {"ft": 1, "m": 1, "NM": Fraction(1, 100), "km": Fraction(1, 1_000), "km/h": 1}
lengths = st.one_of(
    st.integers(-(10**9), 10**10),
    st.integers(-100, 100_000).map(lambda feet: feet * 3_048),
    st.integers(0, 500).map(lambda miles: miles * 18_520_000),
)


def figures(text: str) -> list[tuple[bool, Fraction, str]]:
    """(is exact, number, unit) of every figure in an English text."""
    found = re.findall(r"(≈\u00a0)?(−?[\d\u00a0]+(?:\.\d+)?)\u00a0?\s?(ft|m|NM|km/h|kt|km)\b", text)
    return [
        (not mark, Fraction(number.replace("\u00a0", "").replace("−", "-")), unit)
        for mark, number, unit in found
    ]


@given(lengths, st.sampled_from([FEET, METRES]), st.sampled_from([difference_text, distance_text]))
def test_one_figure_is_exact_and_a_rounded_one_is_the_nearest(
    length: int, reader: Reader, text_of: Any
) -> None:
    found = figures(text_of(ENGLISH, reader, length))
    assert len(found) == 2
    assert any(exact for exact, _, _ in found)
    for exact, number, unit in found:
        off = abs(number * DMM[unit] - length)
        assert off == 0 if exact else 0 < off <= DMM[unit] * ROUNDED_TO[unit] / 2


@given(lengths)
def test_the_readers_unit_comes_first(length: int) -> None:
    assert [unit for _, _, unit in figures(difference_text(ENGLISH, FEET, length))] == ["ft", "m"]
    assert [unit for _, _, unit in figures(difference_text(ENGLISH, METRES, length))] == ["m", "ft"]
    assert [unit for _, _, unit in figures(distance_text(ENGLISH, LEVELS, length))] == ["NM", "km"]
    assert [unit for _, _, unit in figures(distance_text(ENGLISH, METRES, length))] == ["km", "NM"]


@given(st.integers(0, 5_000), st.sampled_from([LEVELS, METRES]))
def test_a_speed_keeps_its_knots(speed_kt: int, reader: Reader) -> None:
    for exact, number, unit in figures(speed_text(ENGLISH, reader, speed_kt)):
        off = abs(number - (speed_kt if unit == "kt" else Fraction(speed_kt * 1_852, 1_000)))
        assert off == 0 if exact or unit == "kt" else off <= Fraction(1, 2)


@given(st.integers(1, 999))
def test_a_level_is_a_level_only_in_standard_pressure(level: int) -> None:
    height = level * 304_800
    assert height_text(ENGLISH, LEVELS, height, Datum.PRESSURE).startswith(f"flight level {level:03} (")
    assert "flight level" not in height_text(ENGLISH, LEVELS, height, Datum.AMSL)
    assert "flight level" not in height_text(ENGLISH, LEVELS, height, None)
    assert "flight level" not in height_text(ENGLISH, LEVELS, height + 1, Datum.PRESSURE)


def test_heights_of_three_datums_cannot_be_taken_for_one_another() -> None:
    said = {height_text(ENGLISH, FEET, 3_048_001, datum) for datum in (None, *Datum)}
    assert len(said) == 4


@pytest.mark.parametrize(
    ("reader", "height", "said"),
    [
        (LEVELS, 106_680_000, "flight level 350 (10 668 m)"),
        (FEET, 106_680_000, "35 000 ft (flight level 350)"),
        (METRES, 106_680_000, "10 668 m (flight level 350)"),
        (LEVELS, 3_048_000, "flight level 010 (304.8 m)"),
        (METRES, 1_000_000, "100 m (≈ 328 ft) at standard pressure"),
        (FEET, 30_480, "10 ft (≈ 3 m) at standard pressure"),
        (FEET, 12_345, "≈ 4 ft (1.2345 m) at standard pressure"),
        (FEET, -3_048_000, "−1 000 ft (−304.8 m) at standard pressure"),
    ],
)
def test_heights_as_people_read_them(reader: Reader, height: int, said: str) -> None:
    assert height_text(ENGLISH, reader, height, Datum.PRESSURE).replace("\u00a0", " ") == said


def test_the_decimal_mark_is_the_languages_and_thousands_have_a_space_in_all() -> None:
    marks = {"en": ".", "ru": ",", "ar": ".", "fr": ",", "es": ",", "zh": "."}
    for language in Language:
        said = difference_text(Words(language), METRES, 12_345_000)
        assert f"1\u00a0234{marks[language]}5" in said, language
        assert not re.search("[\u0660-\u0669]", said), "digits are those of the instruments"


def test_a_unit_agrees_with_its_number_in_russian() -> None:
    said = [distance_text(RUSSIAN, LEVELS, miles * 1_852_000).split(" (")[0] for miles in (5, 10, 20, 50)]
    assert said == ["0,5 мор. мили", "1 мор. миля", "2 мор. мили", "5 мор. миль"]


# Coordinates

TURN = {"N": 1, "S": -1, "E": 1, "W": -1}
ROUNDING_E9 = {"dms": Fraction(10**9, 36_000), "dm": Fraction(10**9, 60_000), "decimal": Fraction(10_000)}


def angles(text: str) -> list[Fraction]:
    """In 1e-9 degree, of an English text."""
    found = re.findall(r"(\d+(?:\.\d+)?)°(?:(\d+(?:\.\d+)?)′)?(?:(\d+(?:\.\d+)?)″)? ([NSEW])", text)
    return [
        TURN[side] * 10**9 * (Fraction(whole) + Fraction(minute or 0) / 60 + Fraction(second or 0) / 3600)
        for whole, minute, second, side in found
    ]


@given(
    st.integers(-90 * 10**9, 90 * 10**9) | st.integers(-324_000, 324_000).map(lambda it: it * 10**9 // 3600),
    st.integers(-180 * 10**9, 180 * 10**9) | st.integers(-180, 180).map(lambda it: it * 10**9),
    st.sampled_from(["dms", "dm", "decimal"]),
)
def test_a_position_is_shown_exactly_or_marked_and_given_exactly(lat: int, lon: int, form: Any) -> None:
    text = position_text(ENGLISH, form, lat, lon)
    latitude, longitude, *exact = angles(text)
    if "≈" not in text:
        assert (latitude, longitude, exact) == (lat, lon, [])
    else:
        assert exact == [lat, lon]
        assert abs(latitude - lat) <= ROUNDING_E9[form] / 2
        assert abs(longitude - lon) <= ROUNDING_E9[form] / 2
        assert (latitude, longitude) != (lat, lon)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "47°15′30.5″ N 008°00′00″ W"),
        ("fr", "47°15′30,5″ N 008°00′00″ W"),
        ("es", "47°15′30,5″ N 008°00′00″ W"),
        ("ru", "47°15′30,5″ с. ш., 008°00′00″ з. д."),
        ("ar", "47°15′30.5″ شمالًا، 008°00′00″ غربًا"),
        ("zh", "北纬47°15′30.5″，西经008°00′00″"),
    ],
)
def test_a_position_has_the_hemispheres_of_the_language(language: str, said: str) -> None:
    text = position_text(Words(Language(language)), "dms", 47_258_472_222, -8_000_000_000)
    assert said in bare(text)


def test_sixty_seconds_are_a_minute() -> None:
    assert position_text(ENGLISH, "dms", 46_999_999_999, 0).startswith("≈\u00a047°00′00″ N 000°00′00″ E")


# Times


@given(st.integers(0, 253_402_300_799_999))
def test_a_moment_is_read_back_to_the_millisecond(moment_ms: int) -> None:
    text = moment_text(moment_ms)
    day, clock, zone = text.split(" ")
    assert zone == "UTC"
    whole = clock if clock.count(":") == 2 else f"{clock}:00"
    assert ms_from_rfc3339(f"{day}T{whole}Z") == moment_ms


def test_years_beyond_9999_keep_their_digits() -> None:
    assert moment_text(2**53 - 1) == "287396-10-12 08:59:00.991 UTC"


@given(st.integers(0, 10**11))
def test_a_span_of_time_adds_up(duration_ms: int) -> None:
    text = duration_text(ENGLISH, duration_ms).replace("\u00a0", "")
    units = {"hour": 3_600_000, "minute": 60_000, "second": 1_000, "millisecond": 1}
    parts = re.findall(r"(\d+) (hour|minute|second|millisecond)s?\b", text)
    assert sum(int(count) * units[unit] for count, unit in parts) == duration_ms
    assert parts
