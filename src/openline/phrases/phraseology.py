"""What is said in six languages, side by side: the tables of docs/reference/phraseology.md."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from openline.phrases.alarms import ALARMS
from openline.phrases.catalogue import RIGHT_TO_LEFT, Counted, Language, Message, Words
from openline.phrases.codes import CODES, LINE_FAULTS, LINE_STATES
from openline.phrases.headlines import HEADLINES, TITLES

Row = tuple[str, Message | Counted]
_MANY: Final = 5
"""Of a sentence that depends on a count, the form of so many is shown."""


def headlines() -> str:
    """A row a case of a kind."""
    rows = [(kind.value, it) for kind in TITLES for it in (TITLES[kind], *HEADLINES[kind].values())]
    return _table("kind", _without_repetition(rows))


def codes() -> str:
    """A row a code, a state of a line, and whose fault it is."""
    rows: list[Row] = [
        (f"{enumeration.__name__} `{code}`", message)
        for enumeration, members in CODES.items()
        for code, message in members.items()
    ]
    rows += [(f"line `{state}`", it) for state, it in LINE_STATES.items()]
    return _table("code", [*rows, *((f"fault `{side}`", it) for side, it in LINE_FAULTS.items())])


def alarms() -> str:
    """Three rows an alarm."""
    rows = [(kind, part) for kind, it in ALARMS.items() for part in (it.heading, it.meaning, it.remedy)]
    return _table("alarm", _without_repetition(rows))


def _without_repetition(rows: Iterable[Row]) -> Iterator[Row]:
    """Each name once."""
    last = ""
    for name, message in rows:
        yield ("" if name == last else f"`{name}`"), message
        last = name


def _table(what: str, rows: Iterable[Row]) -> str:
    head = [what, *(language.value for language in Language)]
    lines = [_line(head), _line(["---"] * len(head))]
    lines += [_line([name, *(_cell(message, it) for it in Language)]) for name, message in rows]
    return "\n".join(lines)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(message: Message | Counted, language: Language) -> str:
    words = Words(language)
    text = words.template(message) if isinstance(message, Message) else words.counted(message, _MANY)
    return f'<span dir="rtl">{text}</span>' if language in RIGHT_TO_LEFT else text


TABLES: Final[Mapping[str, Callable[[], str]]] = MappingProxyType(
    {"headlines": headlines, "codes": codes, "alarms": alarms}
)
"""By the name of their place on the page."""
