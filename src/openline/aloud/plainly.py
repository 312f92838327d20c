"""What does it say, in words? One plain line for each field, with its unit: for whoever reads or hears the
page.
"""

from openline.aloud.lines import HEADING, Line, Spoken
from openline.aloud.values import MEASURE, MOMENT, PLACE, UNIT_WORDS


def in_words(message: Spoken) -> list[str]:
    """The body of a message, one line a field. This is all that the page says of it; whoever has better words
    (templates in somebody's own language) puts them here.
    """
    return [f"{_name(line)}: {value_in_words(line.value)}" for line in message.lines[len(HEADING) :]]


def _name(line: Line) -> str:
    return line.label.replace(".", " ").replace("_", " ")


def value_in_words(value: str) -> str:
    moment, place, measure = (it.fullmatch(value) for it in (MOMENT, PLACE, MEASURE))
    if moment:
        year, month, day, hour, minute, second, fraction = moment.groups()
        return f"{year}-{month}-{day} {hour}:{minute}:{second}{f'.{fraction}' if fraction else ''} UTC"
    if place:
        north, latitude, east, longitude = place.groups()
        return f"{latitude}° {north}, {longitude}° {east}"
    if measure:
        return f"{measure[1]} {UNIT_WORDS[measure[2]]}"
    return value
