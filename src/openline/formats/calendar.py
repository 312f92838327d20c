"""A talk as a calendar has it: iCalendar (RFC 5545), one event; later versions replace earlier ones."""

from typing import Final

import icalendar

from openline.coordination.talk_view import TalkState, TalkView
from openline.errors import Refused
from openline.units import datetime_from_ms

MEDIA_TYPE: Final = "text/calendar"
_STATUS: Final = {
    TalkState.PROPOSED: "TENTATIVE",
    TalkState.CONFIRMED: "CONFIRMED",
    TalkState.CANCELLED: "CANCELLED",
}


def calendar_of(talk: TalkView, parties: tuple[str, str], *, exercise: bool) -> bytes:
    """One calendar with one event in UTC. Its UID is the talk's id and its SEQUENCE counts the acts on it,
    so that a calendar that has it already takes the change. Raises Refused ``no-time`` for a talk that
    nobody has proposed.
    """
    if talk.tip is None or talk.start_ms is None or talk.duration_ms is None:
        raise Refused("no-time", "nobody has proposed a time for this talk", field="talk_id", clause="talks")
    event = icalendar.Event()
    event.add("uid", f"{talk.talk_id}@openline")
    event.add("sequence", talk.sequence - 1)
    event.add("dtstamp", datetime_from_ms(talk.tip.at_ms))
    event.add("dtstart", datetime_from_ms(talk.start_ms))
    event.add("dtend", datetime_from_ms(talk.start_ms + talk.duration_ms))
    event.add("status", _STATUS[talk.state])
    mark = "EXERCISE: " if exercise else ""
    event.add("summary", f"{mark}Openline talk, {parties[0]} and {parties[1]}")
    event.add("description", "\n".join(_point(it.topic.value, it.text) for it in talk.agenda))
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Openline//talks//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if talk.state is TalkState.CANCELLED else "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _point(topic: str, text: str | None) -> str:
    return f"{topic}: {text}" if text else topic
