"""Writes tests/vectors/phrases.json: what the messages of tests/vectors/line/messages.json say, in every
language, for people to read and for another implementation to compare with.

From the root of the tree: ``PYTHONPATH=src:tests python -m vectors.make_phrase_vectors``
"""

import json
from pathlib import Path
from typing import Any

import msgspec

from openline.airspace.altitude import Datum
from openline.coordination.messages import BODIES, Kind
from openline.phrases.bidi import bare
from openline.phrases.catalogue import Language
from openline.phrases.context import Nothing
from openline.phrases.kinds import phrase_of
from openline.phrases.reader import Preferences, reader_of

DIRECTORY = Path(__file__).parent
FILE = DIRECTORY / "phrases.json"


class OfTheLine(Nothing):
    """As the accord of those messages has it; the mark of an exercise is left out, so that it can be read."""

    datum: Datum | None = Datum.PRESSURE


def phrases() -> dict[str, Any]:
    messages = json.loads((DIRECTORY / "line" / "messages.json").read_text(encoding="utf-8"))["messages"]
    return {
        "about": "Each message of line/messages.json with another English headline, in the units of each "
        "language. Isolates (U+2066 to U+2069) are left out of `text`; `isolated` has one line with them.",
        "phrases": list(_distinct(messages)),
    }


def _distinct(messages: list[dict[str, Any]]) -> Any:
    known: set[str] = set()
    for message in messages:
        said = {language.value: _said(message, language) for language in Language}
        headline = said["en"][0]
        if headline not in known:
            known.add(headline)
            texts = {name: [bare(line) for line in lines] for name, lines in said.items()}
            yield {
                "kind": message["kind"],
                "message": message["hash"],
                "text": texts,
                "isolated": said["ar"][0],
            }


def _said(message: dict[str, Any], language: Language) -> list[str]:
    kind = Kind(message["kind"])
    body = msgspec.convert(message["body"], BODIES[kind])
    reader = reader_of(Preferences(language=language.value))
    return phrase_of(kind, body, message["sender"], reader, OfTheLine()).text.split("\n")


def encoded() -> str:
    return json.dumps(phrases(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(encoded(), encoding="utf-8")
