"""The one refusal with a body of its own: the key does not prove knowledge of what is there."""

from openline.errors import Refused
from openline.utm.wire.references import AirspaceConflictResponse


class AirspaceConflict(Refused):
    """answer: what is missing from the key (F3548-21 409 of the operational intent references)."""

    def __init__(self, answer: AirspaceConflictResponse) -> None:
        super().__init__(
            "key-incomplete",
            answer.message or "the key does not hold the OVNs of all that is there",
            field="key",
            clause="F3548-21 DSS0005",
            remedy="get the details of what is missing from its managers, and send their OVNs in the key",
        )
        self.answer = answer
