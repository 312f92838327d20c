"""The words that two people read to each other: distinct, short to type, and a slip shows."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.errors import Unverifiable
from openline.journal.keys import SigningKey, VerifyKey
from openline.journal.words import FINGERPRINT_WORDS, LONG, SHORT, check_words, words_of

KEYS = st.binary(min_size=32, max_size=32).map(lambda seed: SigningKey.from_seed(seed).public)
UNFIT = {"bomb", "gun", "rifle", "missile", "rocket", "sword", "knife", "target", "strike", "attack", "tank"}


def test_there_is_a_word_for_each_byte_and_all_differ_in_their_first_four_letters() -> None:
    assert (len(SHORT), len(LONG)) == (256, 256)
    every = [*SHORT, *LONG]
    assert all(word.isascii() and word.isalpha() and word.islower() for word in every)
    assert len({word[:4] for word in every}) == 512
    assert not UNFIT & set(every)


def test_even_and_odd_places_are_told_apart_by_length() -> None:
    assert {len(word) for word in SHORT} <= {4, 5}
    assert {len(word) for word in LONG} <= {7, 8, 9}


@given(KEYS)
def test_the_words_are_the_first_half_of_the_key_id(key: VerifyKey) -> None:
    spoken = words_of(key)
    lists = (SHORT, LONG)
    values = bytes(lists[place % 2].index(word) for place, word in enumerate(spoken))
    assert key.id.startswith(values.hex())
    assert len(spoken) == FINGERPRINT_WORDS == len(values)


@given(KEYS, st.booleans(), st.sampled_from([" ", "  ", ", ", "\n"]))
def test_what_was_read_out_is_taken_in_capitals_with_commas_and_by_four_letters(
    key: VerifyKey, short: bool, between: str
) -> None:
    spoken = [word[:4] if short else word for word in words_of(key)]
    check_words(between.join(spoken).upper(), key)


@given(KEYS, st.integers(0, FINGERPRINT_WORDS - 1), st.randoms(use_true_random=False))
def test_one_slip_is_found_and_its_place_is_named(key: VerifyKey, place: int, chance: random.Random) -> None:
    spoken = list(words_of(key))
    spoken[place] = chance.choice([word for word in (*SHORT, *LONG) if word != spoken[place]])
    with pytest.raises(Unverifiable) as caught:
        check_words(" ".join(spoken), key)
    assert caught.value.code == "words-differ"
    assert f"word {place + 1} of" in caught.value.text
    assert words_of(key)[place] not in caught.value.text


@given(KEYS, st.integers(0, FINGERPRINT_WORDS - 2))
def test_two_words_swapped_show(key: VerifyKey, place: int) -> None:
    spoken = list(words_of(key))
    spoken[place], spoken[place + 1] = spoken[place + 1], spoken[place]
    with pytest.raises(Unverifiable) as caught:
        check_words(" ".join(spoken), key)
    assert f"word {place + 1} of" in caught.value.text


@pytest.mark.parametrize("count", [0, 1, 15, 17])
def test_too_few_and_too_many_are_refused(count: int) -> None:
    key = SigningKey.from_seed(b"\x07" * 32).public
    spoken = [*words_of(key), *words_of(key)][:count]
    with pytest.raises(Unverifiable) as caught:
        check_words(" ".join(spoken), key)
    assert caught.value.code == ("words-too-few" if count < 16 else "words-differ")


def test_three_letters_are_not_enough() -> None:
    key = SigningKey.from_seed(b"\x07" * 32).public
    with pytest.raises(Unverifiable):
        check_words(" ".join(word[:3] for word in words_of(key)), key)
