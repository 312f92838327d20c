"""Which words are there besides messages? Kinds, codes, states and alarms in one language, for a page."""

from collections.abc import Mapping
from typing import Any

from openline.phrases.alarms import ALARMS
from openline.phrases.catalogue import Message, Words
from openline.phrases.codes import CODES, LINE_FAULTS, LINE_STATES
from openline.phrases.headlines import TITLES
from openline.phrases.reader import Reader


def glossary(reader: Reader) -> dict[str, Any]:
    """JSON-ready: ``kinds``, ``codes`` by the name of their enumeration, ``line_states``, ``line_faults``,
    ``alarms`` with heading, meaning and remedy.
    """
    words = Words(reader.language)

    def said(messages: Mapping[Any, Message]) -> dict[str, str]:
        return {str(name): words.say(message) for name, message in messages.items()}

    return {
        "language": reader.language.value,
        "direction": words.direction,
        "kinds": said(TITLES),
        "codes": {enumeration.__name__: said(members) for enumeration, members in CODES.items()},
        "line_states": said(LINE_STATES),
        "line_faults": said(LINE_FAULTS),
        "alarms": {
            kind: {
                "heading": words.say(alarm.heading),
                "meaning": words.say(alarm.meaning),
                "remedy": words.say(alarm.remedy),
            }
            for kind, alarm in ALARMS.items()
        },
    }
