"""Who reads: defaults by language and region, wishes over them; and text of two directions in one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.errors import Invalid
from openline.phrases.bidi import FSI, LRI, PDI, RLI, as_html, isolated, legible
from openline.phrases.catalogue import Language
from openline.phrases.phrase import Line, Phrase
from openline.phrases.reader import MAX_ACCEPTED, Preferences, Reader, accepted, in_units, reader_of

METRIC = {"height": "metres", "distance": "km", "speed": "kmh"}


def test_units_are_by_language_and_by_region() -> None:
    for language in Language:
        metric = reader_of(Preferences(language=language.value)).height == "metres"
        assert metric is (language in (Language.RUSSIAN, Language.CHINESE))
    assert reader_of(Preferences(language="zh-HK")).height == "level"
    assert reader_of(Preferences(language="zh-Hant-TW")).distance == "nm"
    assert reader_of() == Reader()


def test_what_is_said_later_and_more_particularly_counts() -> None:
    node = Preferences(language="ru", coordinates="dm")
    assert reader_of(node, Preferences(language="fr")) == Reader(language=Language.FRENCH, coordinates="dm")
    wanted = reader_of(node, in_units("feet"), Preferences(speed="kmh"))
    assert (wanted.height, wanted.distance, wanted.speed) == ("feet", "nm", "kmh")


def test_a_language_or_unit_that_is_none_is_named() -> None:
    with pytest.raises(Invalid) as refused:
        Preferences(language="tlh")
    assert (refused.value.code, refused.value.field) == ("no-such-language", "language")
    with pytest.raises(Invalid) as refused:
        in_units("furlongs")
    assert refused.value.code == "no-such-units"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", None),
        ("ar", "ar"),
        ("de-CH,de;q=0.9,fr;q=0.8,en;q=0.7", "fr"),
        ("en;q=0.5, es-419;q=0.9", "es-419"),
        ("ru;q=0, en", "en"),
        ("*", None),
        ("fr;q=much", None),
        (";;;,,,q=1;", None),
    ],
)
def test_what_a_browser_accepts_is_honoured(header: str, language: str | None) -> None:
    assert accepted(header).language == language


@given(st.text(max_size=300))
def test_no_header_is_too_odd(header: str) -> None:
    reader_of(accepted(header))


def test_only_so_many_ranges_are_looked_at() -> None:
    assert accepted("de," * MAX_ACCEPTED + "fr").language is None


# Directions


def test_a_value_is_isolated_where_its_direction_could_differ() -> None:
    assert isolated("SWR10A", is_rtl=False) == "SWR10A"
    assert isolated("SWR10A", is_rtl=True) == f"{LRI}SWR10A{PDI}"
    assert isolated("مرحبا", is_rtl=False) == f"{FSI}مرحبا{PDI}"
    assert isolated("Hello مرحبا", is_rtl=True) == f"{FSI}Hello مرحبا{PDI}"


def test_values_that_are_put_together_follow_one_another_as_their_sentence_does() -> None:
    """Nothing in it but isolates and commas: by its first strong character it would run the other way."""
    position = f"{LRI}47°{PDI} شمالًا"
    together = f"{RLI}{position}{PDI}، {LRI}2018-08-01 07:00 UTC{PDI}"
    assert isolated(together, is_rtl=True) == f"{RLI}{together}{PDI}"


def test_nobody_steers_what_stands_around_his_text() -> None:
    assert legible("a\u202eb\u2069c\x1b[2Jd\u200de") == "a\ufffdb\ufffdc\ufffd[2Jd\u200de"
    assert legible("one\ntwo\u00a0three") == "one\ntwo three"


def test_what_somebody_wrote_on_several_lines_cannot_look_like_ours() -> None:
    phrase = Phrase(
        language=Language.ENGLISH,
        direction="ltr",
        title="Free text",
        headline="alpha writes a free text.",
        lines=(Line("Free text, not translated", "hello\nPlace: 00°00′00″ N", translated=False),),
    )
    assert phrase.text.split("\n")[2] == "    Place: 00°00′00″ N"


def test_html_is_escaped_isolated_and_marked() -> None:
    phrase = Phrase(
        language=Language.ARABIC,
        direction="rtl",
        title="",
        headline=f"{LRI}<b>alpha</b>{PDI} & co",
        lines=(Line("نص", "<script>\nAT", translated=False),),
    )
    assert phrase.html == (
        '<section lang="ar" dir="rtl"><p><bdi dir="ltr">&lt;b&gt;alpha&lt;/b&gt;</bdi> &amp; co</p>'
        '<dl><dt>نص</dt><dd lang="" dir="auto" translate="no" class="not-translated">'
        "&lt;script&gt;<br>AT</dd></dl></section>"
    )
    assert as_html("plain") == "plain"
