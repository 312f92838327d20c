"""What is known around a message? Whoever asks for a phrase may know it; none of it is needed."""

from typing import Protocol

from openline.airspace.altitude import Datum
from openline.coordination.fact import Fact


class Context(Protocol):
    """What a reader would look up. datum: of all heights on the line. exercise: whether the line is one.
    callsign: of a notice id; fact: of a message's hash; both None where it is not known.
    """

    @property
    def datum(self) -> Datum | None: ...
    @property
    def exercise(self) -> bool: ...
    def callsign(self, notice_id: str) -> str | None: ...
    def fact(self, message_hash: str) -> Fact | None: ...


class Nothing:
    """Nothing is known but the message."""

    datum: Datum | None = None
    exercise: bool = False

    def callsign(self, notice_id: str) -> str | None:
        return None

    def fact(self, message_hash: str) -> Fact | None:
        return None
