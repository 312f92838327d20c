"""The opaque version number that a USS asks for (an extension of InterUSS to the standard)."""

import re
from typing import Final

from openline.errors import Invalid
from openline.utm.dss.limits import MAX_CLOCK_SKEW_MS

_UUID7: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE
)


def requested_ovn(entity_id: str, suffix: str, now_ms: int) -> str:
    """``{id}_{suffix}``. Raises Invalid ``bad-ovn-suffix`` unless it is a UUIDv7 of about now: a USS can then
    neither use one twice nor keep one in store.
    """
    if not _UUID7.fullmatch(suffix):
        raise _bad("it is no UUIDv7")
    made_ms = int(suffix.replace("-", "")[:12], 16)
    if abs(made_ms - now_ms) > MAX_CLOCK_SKEW_MS:
        raise _bad("it was made more than five minutes from now")
    return f"{entity_id}_{suffix}"


def _bad(text: str) -> Invalid:
    return Invalid(
        "bad-ovn-suffix", text, field="requested_ovn_suffix", remedy="send a fresh UUIDv7, or leave it out"
    )
