"""Every kind of message is said in every language: whole, with every value that was signed, in order."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import Enum
from fractions import Fraction
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openline.airspace.altitude import Datum
from openline.coordination.fact import Fact
from openline.coordination.messages import BODIES, Kind
from openline.coordination.readback import values_of
from openline.node.line_state import LineState
from openline.node.reach import Side
from openline.phrases.bidi import ISOLATES, PDI, bare, legible
from openline.phrases.catalogue import Language
from openline.phrases.codes import CODES, LINE_FAULTS, LINE_STATES
from openline.phrases.headlines import HEADLINES, TITLES
from openline.phrases.kinds import SAYING, phrase_of, phrase_of_fact
from openline.phrases.labels import READ_NAMES
from openline.phrases.phrase import Phrase
from openline.phrases.reader import CoordinateForm, DistanceUnit, HeightUnit, Reader, SpeedUnit
from openline.phrases.voice import MAX_LISTED, SHORT_ID
from unit.phrases.bodies import bodies, enumerations, notices

READERS = [
    Reader(language=language, height=height, distance=distance, speed=speed, coordinates=form)
    for language in Language
    for height, distance, speed, form in zip(
        get_args(HeightUnit),
        (*get_args(DistanceUnit), "nm"),
        (*get_args(SpeedUnit), "kt"),
        get_args(CoordinateForm),
        strict=True,
    )
]
FEW = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


class Around:
    """A line on which everything is known that can be asked for."""

    exercise = False

    def __init__(self, datum: Datum | None) -> None:
        self.datum = datum

    def callsign(self, notice_id: str) -> str | None:
        return None

    def fact(self, message_hash: str) -> Fact | None:
        return None


@pytest.mark.parametrize("kind", Kind)
@FEW
@given(st.data())
def test_it_says_in_every_language_what_was_signed_whole_and_in_order(
    kind: Kind, data: st.DataObject
) -> None:
    body = data.draw(bodies(kind))
    datum, units = data.draw(st.sampled_from([None, *Datum])), data.draw(st.integers(0, 2))
    for reader in READERS[units::3]:
        phrase = phrase_of(kind, body, "alpha", reader, Around(datum))
        _check_values(body, bare(phrase.text), reader.language)
        _check_whole(phrase)


def _check_values(body: Any, text: str, language: Language) -> None:
    assert "alpha" in text or "finding" in body.__struct_fields__
    numbers = set(_numbers(text, language))
    for name, value in _leaves(body):
        assert _is_said(name, value, text, numbers, language), (name, value, text)


def _check_whole(phrase: Phrase) -> None:
    for text in (phrase.headline, *(line.value for line in phrase.lines), *phrase.text.split("\n")):
        assert _depth(text) == 0
    for line in phrase.lines:
        assert not re.search(r"\{[a-z]+\}", line.label)
    assert not re.search(r"\{[a-z]+\}", phrase.headline)
    assert phrase.html.count("<bdi") == phrase.html.count("</bdi>")
    assert f'dir="{"rtl" if phrase.language is Language.ARABIC else "ltr"}"' in phrase.html


def _leaves(body: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(body, msgspec.Struct):
        for field in msgspec.structs.fields(body):
            value = getattr(body, field.name)
            if value != field.default:  # which is not on the wire
                yield from _leaves(value, field.name)
    elif isinstance(body, tuple):
        for item in body:
            yield from _leaves(item, name)
    elif body is not None:
        yield name, body


BY_SENTENCE = (
    "keeps_place",
    "withdrawn",
    "automaton",
    "urgent",
    "offered",
    "can",
    "document",
    "certificate",
    "revocation",
    "lost",
)
"""What chooses a sentence (which is tested below), or is a document."""
COUNTED = ("persons",)
"""Of these Arabic says none, one and two by the form of the word."""


def _is_said(name: str, value: Any, text: str, numbers: set[Fraction], language: Language) -> bool:
    """An oracle of its own: what a reader takes from the text is what was signed."""
    if name in BY_SENTENCE or isinstance(value, Enum):
        return True
    if isinstance(value, str):
        return _is_text_said(name, value, text)
    if name in COUNTED and value <= 2 and language is Language.ARABIC:
        return True
    if name.endswith("_e9"):
        return _is_angle_said(value, text, language)
    if name.endswith("_dmm"):
        return _is_length_said(value, numbers)
    if name in ("delay_ms", "duration_ms", "after_ms", "time_tolerance_ms"):
        return True  # spans of time are parsed below
    if name.endswith("_ms"):
        return _moment(value) in text
    return Fraction(value) in numbers or f"{value:03}" in text


def _is_text_said(name: str, value: str, text: str) -> bool:
    if re.fullmatch(r"[0-9a-f]{64}|[0-9a-f-]{36}", value):
        return value[:SHORT_ID] in text
    if name == "address24":
        return value.upper() in text
    if name == "name" and re.sub(r"\d+", "#", value) in READ_NAMES:
        return True
    return all(line in text for line in legible(value).split("\n"))


def _is_angle_said(value_e9: int, text: str, language: Language) -> bool:
    degree = Fraction(abs(value_e9), 10**9)
    mark = "," if language in ("ru", "fr", "es") else "."
    for whole, minutes, seconds in re.findall(r"(\d+)°(?:([\d.,]+)′)?(?:([\d.,]+)″)?", text):
        said = Fraction(whole) + _fraction(minutes, mark) / 60 + _fraction(seconds, mark) / 3600
        if said == degree:
            return True
    return any(_fraction(it, mark) == degree for it in re.findall(r"(\d+(?:[.,]\d+)?)°", text))


def _fraction(text: str, mark: str) -> Fraction:
    return Fraction(text.replace(mark, ".")) if text else Fraction(0)


def _is_length_said(value_dmm: int, numbers: set[Fraction]) -> bool:
    units = (10_000, 3_048, 304_800, 10_000_000, 18_520_000)  # m, ft, flight levels, km, NM
    return any(abs(Fraction(value_dmm, unit)) in {abs(it) for it in numbers} for unit in units)


def _numbers(text: str, language: Language) -> Iterator[Fraction]:
    mark = re.escape("," if language in ("ru", "fr", "es") else ".")
    for found in re.findall(rf"−?\d+(?:\u00a0\d\d\d)*(?:{mark}\d+)?", text):
        plain = found.replace("\u00a0", "").replace("−", "-").replace(",", ".")
        yield Fraction(plain)


def _moment(moment_ms: int) -> str:
    if moment_ms >= 253_402_300_800_000:  # beyond what datetime holds
        return " UTC"
    moment = datetime.fromtimestamp(moment_ms // 1_000, UTC)
    seconds = f":{moment:%S}" if moment_ms % 60_000 else ""
    return f"{moment:%Y-%m-%d %H:%M}{seconds}" + (f".{moment_ms % 1_000:03}" if moment_ms % 1_000 else "")


# In order


def _depth(text: str) -> int:
    depth = 0
    for character in text:
        depth += (character in ISOLATES) - 2 * (character == PDI)
        assert depth >= 0, text
    return depth


@pytest.mark.parametrize("kind", Kind)
@FEW
@given(st.data())
def test_in_arabic_nothing_that_reads_left_to_right_stands_outside_an_isolate(
    kind: Kind, data: st.DataObject
) -> None:
    phrase = phrase_of(kind, data.draw(bodies(kind)), "alpha", Reader(language=Language.ARABIC))
    outside = re.sub(r"\(MAYDAY\)|\(PAN PAN\)", "", _outside(phrase.headline))
    assert not re.search(r"[A-Za-z0-9]", outside), phrase.headline


def _outside(text: str) -> str:
    depth, kept = 0, []
    for character in text:
        depth += (character in ISOLATES) - 2 * (character == PDI)
        if depth == 0 and character != PDI:
            kept.append(character)
    return "".join(kept)


@FEW
@given(st.data(), st.sampled_from(Language))
def test_free_text_is_marked_and_nothing_else_is(data: st.DataObject, language: Language) -> None:
    body = data.draw(bodies(Kind.TEXT))
    phrase = phrase_of(Kind.TEXT, body, "alpha", Reader(language=language))
    free = [line for line in phrase.lines if not line.translated]
    assert [line.value for line in free] == [legible(body.text)]
    assert 'translate="no"' in phrase.html


# Every word is there


def test_every_kind_has_a_title_its_headlines_and_what_says_it() -> None:
    assert set(TITLES) == set(HEADLINES) == set(SAYING) == set(BODIES)


def test_every_code_that_a_body_can_hold_has_a_word() -> None:
    assert enumerations() <= set(CODES)
    for enumeration, words in CODES.items():
        assert list(words) == list(enumeration)


def test_every_state_of_a_line_and_every_side_of_a_fault_has_a_word() -> None:
    listed = (LineState.__doc__ or "").split("word: ")[1].split(".\n")[0]
    assert set(" ".join(listed.split()).split(", ")) == set(LINE_STATES)
    assert set(LINE_FAULTS) == set(Side)


@FEW
@given(notices())
def test_every_name_of_a_value_that_is_read_back_has_a_label(notice: Any) -> None:
    for value in values_of(notice):
        assert re.sub(r"\d+", "#", value.name) in READ_NAMES


# With and without what is known around it


def test_what_cannot_be_read_is_said_to_be_so_in_every_language() -> None:
    said = {
        phrase_of_fact(None, "NEWKIND", "alpha", Reader(language=it), Around(None), taken_out=True).headline
        for it in Language
    }
    assert len(said) == len(Language)


def test_an_exercise_says_so_first_and_what_was_taken_out_says_so_too() -> None:
    around = Around(None)
    around.exercise = True  # type: ignore[misc]
    body = BODIES[Kind.RESUME]()
    phrase = phrase_of(Kind.RESUME, body, "alpha", Reader(), around, taken_out=True)
    assert phrase.headline.startswith("EXERCISE, EXERCISE, EXERCISE. ")
    assert phrase.lines[0].value == "rejected as faulty; this message does not count"


@pytest.mark.parametrize("language", Language)
def test_of_a_long_list_it_says_how_many_it_leaves_out(language: Language) -> None:
    officer = {"position": "watch", "pseudonym": "one", "automaton": False}
    wire = {"messages": [f"{number:064x}" for number in range(MAX_LISTED + 3)], "officer": officer}
    shown = msgspec.convert(wire, BODIES[Kind.SHOWN])
    phrase = phrase_of(Kind.SHOWN, shown, "alpha", Reader(language=language))
    assert len(phrase.lines) == MAX_LISTED + 2
    assert "3" in bare(phrase.lines[MAX_LISTED].value)
