"""``openline messages``: what was said, in the reader's language and units, on either side."""

from pathlib import Path
from typing import get_args

import msgspec
import pytest

from openline.bootstrap import Home
from openline.phrases.catalogue import Language
from openline.phrases.reader import Preferences, in_units
from unit.cli.by_hand import Centre, in_conflict


@pytest.fixture(scope="module")
def centres(tmp_path_factory: pytest.TempPathFactory) -> tuple[Centre, Centre]:
    return in_conflict(tmp_path_factory.mktemp("messages"))


def test_both_sides_read_the_same_messages_each_in_its_own_language(centres: tuple[Centre, Centre]) -> None:
    alpha, bravo = centres
    russian = alpha.ok("messages", "list", "--language", "ru")
    arabic = bravo.ok("messages", "list", "--language", "ar")
    bodies = [[(row["hash"], row["body"]) for row in rows] for rows in (russian, arabic)]
    assert sorted(map(str, bodies[0])) == sorted(map(str, bodies[1]))
    assert {row["phrase"]["language"] for row in russian} == {"ru"}
    assert {row["phrase"]["direction"] for row in arabic} == {"rtl"}


def test_a_message_is_shown_as_a_sentence_and_below_it_its_values(centres: tuple[Centre, Centre]) -> None:
    alpha, _ = centres
    done = alpha("messages", "show", "routine:1", "--language", "fr", "--units", "metres")
    assert done.code == 0
    assert "EXERCICE, EXERCICE, EXERCICE. alpha\u00a0: le vol ALP1 (" in done.out
    assert "10\u00a0668 m (niveau de vol 350)" in done.out
    request = alpha("messages", "list", "--last", "1", "--lane", "routine").out
    assert "bravo requests agreement on a proposal." in request


def test_how_a_node_reads_is_a_setting_and_an_option_counts_before_it(tmp_path: Path) -> None:
    alpha, _ = in_conflict(tmp_path)
    home = Home(alpha.directory)
    wanted = msgspec.structs.replace(home.settings(), reader=Preferences(language="es", height="feet"))
    home.write_settings(wanted)
    assert home.settings() == wanted
    assert "35\u00a0000 ft (nivel de vuelo 350)" in alpha("messages", "list").out
    assert "35\u00a0000英尺（飞行高度层350）" in alpha("messages", "list", "--language", "zh").out


def test_a_language_that_is_not_spoken_is_refused_with_those_that_are(
    centres: tuple[Centre, Centre], tmp_path: Path
) -> None:
    alpha, _ = centres
    done = alpha("messages", "list", "--language", "tlh", "--json")
    assert (done.code, done.fault["code"]) == (2, "no-such-language")
    assert done.fault["remedy"] == f"one of {', '.join(Language)}"
    (tmp_path / "openline.toml").write_text('party = "a"\ntitle = "A"\n[reader]\nlanguage = "tlh"\n')
    assert Centre(tmp_path)("messages", "list", "--json").fault["code"] == "no-such-language"


def test_the_units_of_the_option_are_those_that_there_are() -> None:
    from openline.cli.messages import UnitsOption

    literal = next(it for it in get_args(get_args(UnitsOption)[0]) if it is not type(None))
    for units in get_args(literal):
        assert in_units(units).height == units
