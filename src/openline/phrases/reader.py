"""Who reads it? The language, the units and the form of coordinates that a reader wants.

What nobody has said is by language, and where aviation of a region does otherwise, by region. Each can be
said for a node (``[reader]`` in openline.toml) and for one request.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from openline.errors import Invalid
from openline.phrases.catalogue import SOURCE, Language

HeightUnit = Literal["level", "feet", "metres"]
"""level: a flight level where the height is one (in standard pressure), else feet."""
DistanceUnit = Literal["nm", "km"]
SpeedUnit = Literal["kt", "kmh"]
CoordinateForm = Literal["dms", "dm", "decimal"]
MAX_ACCEPTED: Final = 32
"""Ranges of an Accept-Language that are looked at."""


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """How one reader wants to read."""

    language: Language = SOURCE
    height: HeightUnit = "level"
    distance: DistanceUnit = "nm"
    speed: SpeedUnit = "kt"
    coordinates: CoordinateForm = "dms"


class Preferences(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody has said of it; None: nothing. language: a tag such as ``ru`` or ``zh-HK`` (RFC 5646).

    Raises Invalid ``no-such-language`` for one that is not spoken.
    """

    language: str | None = None
    height: HeightUnit | None = None
    distance: DistanceUnit | None = None
    speed: SpeedUnit | None = None
    coordinates: CoordinateForm | None = None

    def __post_init__(self) -> None:
        if self.language is not None and spoken(self.language) is None:
            raise Invalid(
                "no-such-language",
                f"{self.language[:40]!r} is not spoken here",
                field="language",
                remedy=f"one of {', '.join(Language)}",
            )


_FEET: Final = MappingProxyType({"height": "level", "distance": "nm", "speed": "kt"})
_METRES: Final = MappingProxyType({"height": "metres", "distance": "km", "speed": "kmh"})

_BY_UNITS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {"level": _FEET, "feet": MappingProxyType({**_FEET, "height": "feet"}), "metres": _METRES}
)
"""All units at a time, by that of heights."""
_METRIC_LANGUAGES: Final = frozenset({Language.RUSSIAN, Language.CHINESE})
_FEET_REGIONS: Final = frozenset({"HK", "MO", "SG", "TW"})
"""Where Chinese is read, and aviation reckons in feet."""


def reader_of(*said: Preferences) -> Reader:
    """said: from the least to the most particular; what a later one says counts."""
    together: dict[str, str] = {}
    for preferences in said:
        named = msgspec.structs.asdict(preferences).items()
        together.update({name: value for name, value in named if value is not None})
    tag = together.pop("language", SOURCE.value)
    language = spoken(tag) or SOURCE
    usual = _METRES if language in _METRIC_LANGUAGES and _region(tag) not in _FEET_REGIONS else _FEET
    return msgspec.convert({"language": language.value, **usual, **together}, Reader)


def in_units(units: str) -> Preferences:
    """All units at a time. Raises Invalid ``no-such-units``."""
    if units not in _BY_UNITS:
        text, remedy = f"{units[:40]!r} are no units", f"one of {', '.join(_BY_UNITS)}"
        raise Invalid("no-such-units", text, field="units", remedy=remedy)
    return msgspec.convert(dict(_BY_UNITS[units]), Preferences)


def spoken(tag: str) -> Language | None:
    """The language of a tag, whatever its script and region; None where it is not spoken."""
    primary = tag.replace("_", "-").partition("-")[0].lower()
    return Language(primary) if primary in set(Language) else None


def _region(tag: str) -> str | None:
    parts = tag.replace("_", "-").upper().split("-")[1:]
    return next((part for part in parts if len(part) == 2), None)


def accepted(header: str) -> Preferences:
    """What an Accept-Language header asks for (RFC 9110, 12.5.4), as far as it is spoken."""
    ranges = []
    for place, part in enumerate(header.split(",")[:MAX_ACCEPTED]):
        tag, _, weight = part.partition(";")
        ranges.append((-_weight(weight), place, tag.strip()))
    wanted = (tag for weight, _, tag in sorted(ranges) if weight < 0 and spoken(tag))
    return Preferences(language=next(wanted, None))


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    if not name:
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
