"""The catalogues are whole: every sentence of the code, in every language, with the values of its source."""

import re
import string
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Entry
from babel.messages.pofile import read_po

from openline.phrases import extraction
from openline.phrases.bidi import bare
from openline.phrases.catalogue import (
    RIGHT_TO_LEFT,
    TRANSLATED,
    Counted,
    Language,
    Message,
    Words,
    catalogue_path,
)

SCRIPTS = {
    Language.RUSSIAN: "\u0400-\u04ff",
    Language.ARABIC: "\u0600-\u06ff",
    Language.CHINESE: "\u4e00-\u9fff",
}
LATIN_TERMS = {"MAYDAY", "PAN", "LAM", "WGS"}
"""What is written with Latin letters in every language: distress and urgency signals, and two acronyms."""
PLURALS = {"en": 2, "ru": 3, "ar": 6, "fr": 2, "es": 2, "zh": 1}


def catalogue(language: Language) -> Catalog:
    with catalogue_path(language).open("rb") as file:
        return read_po(file, locale=language.value, abort_invalid=True)


def entries(language: Language) -> Iterator[Entry]:
    yield from (entry for entry in catalogue(language) if entry.id)


def forms(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def values(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_the_template_has_what_the_code_says_today() -> None:
    assert extraction.TEMPLATE.read_bytes() == extraction.template(), "run: make catalogues"


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_has_the_sentences_of_the_template_in_its_order(language: Language) -> None:
    wanted = extraction.TEMPLATE.read_bytes()
    assert catalogue_path(language).read_bytes() == extraction.refreshed(language, wanted), (
        "run: make catalogues"
    )


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_translation_is_missing_or_a_guess(language: Language) -> None:
    found = list(entries(language))
    assert len(found) > 400
    for entry in found:
        assert not entry.fuzzy, entry.id
        assert all(text.strip() for text in forms(entry.string)), entry.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_values_of_its_sentence(language: Language) -> None:
    for entry in entries(language):
        for text in forms(entry.string):
            missing = values(forms(entry.id)[0]) - values(text)
            # Arabic says one and two of a thing by the form of its word.
            assert missing <= ({"count"} if language is Language.ARABIC else set()), entry.id
            assert values(text) <= values(forms(entry.id)[0]), entry.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_sentence_is_in_its_own_language_and_script(language: Language) -> None:
    for entry in entries(language):
        for text in forms(entry.string):
            words = re.sub(r"\{\w+\}", "", text)
            if language in SCRIPTS:
                foreign = set(re.findall(r"[A-Za-z]+", words)) - LATIN_TERMS
                assert not foreign, (entry.id, text)
                assert re.search(f"[{SCRIPTS[language]}]", words) or not re.search(r"\w", words), entry.id
            elif entry.context in ("headline", "alarm", "wanted") and " " in forms(entry.id)[0].strip():
                assert text != forms(entry.id)[0], entry.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_ends_as_its_sentence_does(language: Language) -> None:
    ends = {".": ".。", "?": "?？؟", "!": "!！"}
    for entry in entries(language):
        for source, text in zip(forms(entry.id), forms(entry.string), strict=False):
            if entry.context in ("headline", "alarm", "wanted"):
                assert text[-1] in ends.get(source[-1], text[-1]), (entry.id, text)


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_counted_sentence_has_every_form_of_its_language(language: Language) -> None:
    assert catalogue(language).num_plurals == PLURALS[language]
    for entry in entries(language):
        if isinstance(entry.id, tuple):
            assert len(entry.string) == PLURALS[language], entry.id


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (Language.ENGLISH, ["1 minute", "2 minutes", "5 minutes", "21 minutes", "100 minutes"]),
        (Language.RUSSIAN, ["1 минута", "2 минуты", "5 минут", "21 минута", "100 минут"]),
        (Language.FRENCH, ["1 minute", "2 minutes", "5 minutes", "21 minutes", "100 minutes"]),
        (Language.SPANISH, ["1 minuto", "2 minutos", "5 minutos", "21 minutos", "100 minutos"]),
        (Language.CHINESE, ["1分钟", "2分钟", "5分钟", "21分钟", "100分钟"]),
        (Language.ARABIC, ["دقيقة واحدة", "دقيقتان", "5 دقائق", "21 دقيقة", "100 دقيقة"]),
    ],
)
def test_one_two_and_many_are_said_as_the_language_says_them(language: Language, said: list[str]) -> None:
    message = Counted("duration", "{count} minute", "{count} minutes")
    words = Words(language)
    shown = [words.count(message, count, str(count)) for count in (1, 2, 5, 21, 100)]
    assert list(map(bare, shown)) == said


def test_a_value_cannot_be_a_template() -> None:
    words = Words(Language.ENGLISH)
    said = words.say(Message("headline", "{sender} accepts the proposal."), sender="{sender.__class__}")
    assert said == "{sender.__class__} accepts the proposal."


def test_what_is_read_from_right_to_left_says_so() -> None:
    assert {Words(language).direction for language in Language if language not in RIGHT_TO_LEFT} == {"ltr"}
    assert {Words(language).direction for language in RIGHT_TO_LEFT} == {"rtl"}
