"""tests/vectors/phrases.json is what the messages of the line's vectors say, read and approved."""

import json

from openline.coordination.messages import Kind
from openline.phrases.catalogue import Language
from vectors.make_phrase_vectors import FILE, encoded

VECTORS = json.loads(FILE.read_text(encoding="utf-8"))["phrases"]


def test_the_messages_of_the_vectors_say_what_was_read_and_approved() -> None:
    assert encoded() == FILE.read_text(encoding="utf-8"), "read what has changed; then make them anew"


def test_every_kind_is_among_them_in_every_language() -> None:
    assert {vector["kind"] for vector in VECTORS} == set(Kind)
    for vector in VECTORS:
        assert set(vector["text"]) == set(Language)


def test_no_two_languages_say_it_in_the_same_words() -> None:
    for vector in VECTORS:
        headlines = [lines[0] for lines in vector["text"].values()]
        assert len(set(headlines)) == len(Language), vector["kind"]
