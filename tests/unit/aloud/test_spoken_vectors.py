"""The vectors of the spoken form bind: our code agrees, and so does a reader that knows the spec alone."""

import hashlib
import json
import re
import unicodedata
from typing import Any

import msgspec
import pytest
import rfc8785

from openline.aloud.lines import Line
from openline.aloud.reading import read_aloud
from openline.aloud.values import heard, said
from openline.coordination.session import Return, open_control
from openline.journal.envelope import keys_by_id
from openline.journal.keys import VerifyKey
from vectors.make_spoken_vectors import FILE, text

VECTORS = json.loads(FILE.read_text(encoding="utf-8"))
MESSAGES = VECTORS["messages"]
EVERY_LINE = [*VECTORS["lines"], *(line for message in MESSAGES for line in message["lines"])]


def test_the_vectors_are_made_again_byte_for_byte() -> None:
    assert FILE.read_text(encoding="utf-8") == text()


@pytest.mark.parametrize("vector", VECTORS["values"], ids=lambda it: it["said"][:20])
def test_a_value_is_said_as_the_vector_has_it(vector: dict[str, Any]) -> None:
    assert said(vector["name"], vector["value"]) == vector["said"]
    assert heard(vector["said"]) == vector["counts"]


# A second reader, written from docs/spec/carried-by-hand.md


def letters(number: int, count: int) -> str:
    found = ""
    while len(found) < count:
        found = chr(ord("A") + number % 26) + found
        number //= 26
    return found


def counts(value: str) -> str:
    whole = unicodedata.normalize("NFC", value.upper())
    return "".join(mark for mark in whole if unicodedata.category(mark)[0] not in ("Z", "C"))


def check_of(line: dict[str, Any]) -> str:
    marks = f"{line['number']}/{line['label'].upper()}/{counts(line['value'])}"
    if re.fullmatch(r"[\x20-\x7e]*", marks):
        total = 0
        for place, mark in enumerate(marks, start=1):
            total = (total + place * (ord(mark) - 31)) % VECTORS["primes"]["line"]
        return letters(total, 3)
    return letters(sum(n * ord(mark) for n, mark in enumerate(marks, 1)) % VECTORS["primes"]["other"], 6)


@pytest.mark.parametrize("line", EVERY_LINE, ids=lambda it: it["label"])
def test_a_line_has_the_check_of_the_vector_and_of_a_second_reader(line: dict[str, Any]) -> None:
    ours = Line(line["number"], line["label"], line["value"])
    assert (ours.said, ours.check) == (line["counts"], line["check"])
    assert check_of(line) == line["check"]
    assert read_aloud(line["value"]) == line["aloud"]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda it: it["whole"])
def test_the_whole_has_the_check_of_a_second_reader(message: dict[str, Any]) -> None:
    said_lines = [[line["label"], counts(line["value"])] for line in message["lines"]]
    digest = hashlib.sha256(rfc8785.dumps(["openline-spoken-v1", *said_lines])).digest()
    assert letters(int.from_bytes(digest[:8], "big") % 26**5, 5) == message["whole"]
    assert message["whole_words"] == " ".join(VECTORS["words"][letter] for letter in message["whole"])


def test_the_primes_are_the_largest_that_the_letters_hold() -> None:
    def is_prime(number: int) -> bool:
        return all(number % factor for factor in range(2, int(number**0.5) + 1))

    for prime, count in ((VECTORS["primes"]["line"], 3), (VECTORS["primes"]["other"], 6)):
        assert is_prime(prime)
        assert not any(is_prime(number) for number in range(prime + 1, 26**count))


def test_a_return_opens_with_the_key_of_its_sender() -> None:
    key = VerifyKey.from_hex(VECTORS["key"]["public"])
    control = open_control(VECTORS["return"]["sealed"].encode(), keys_by_id(key))
    assert isinstance(control, Return)
    assert msgspec.to_builtins(control) == VECTORS["return"]["control"]
