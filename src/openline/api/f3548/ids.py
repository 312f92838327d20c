"""What names things in a path: ids as UUIDs, OVNs and versions as texts."""

import re
import uuid
from typing import Final

from openline.api.f3548.limits import MAX_ID
from openline.api.f3548.operation import Asked
from openline.errors import Invalid, LimitExceeded

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_BARE: Final = re.compile(r"[0-9a-fA-F]{32}")
"""Without hyphens, as the public DSS takes it too (InterUSS' load test writes ids so)."""
NAME_PATTERN: Final = r"^[^\x00-\x1f\x7f]+$"
_NAME: Final = re.compile(NAME_PATTERN)


def entity_id(asked: Asked, name: str = "entityid") -> str:
    """With hyphens and in lower case, so that one id has one spelling. Raises Invalid ``bad-id``."""
    text = asked.path[name]
    if _BARE.fullmatch(text):
        text = str(uuid.UUID(text))
    if not _UUID.fullmatch(text):
        raise Invalid("bad-id", f"{text[:64]!r} is no UUID", field=name, clause="F3548-21 A4 EntityID")
    return text.lower()


def version_of(asked: Asked, name: str) -> str:
    """The version that is to be changed. Raises Invalid ``missing-version``."""
    if not asked.path[name]:
        raise Invalid(
            "missing-version",
            f"the path ends without the {name} of what is to be changed",
            field=name,
            remedy=f"put its {name} behind the last slash, or leave the slash out to create it",
        )
    return text_of(asked, name)


def text_of(asked: Asked, name: str) -> str:
    """Raises Invalid ``missing-name``, ``bad-text``; LimitExceeded ``name-too-long``."""
    text = asked.path[name]
    if not text:
        raise Invalid("missing-name", f"the path ends without {name}", field=name)
    if len(text) > MAX_ID:
        raise LimitExceeded("name-too-long", f"at most {MAX_ID} characters", field=name, clause="MAX_ID")
    if not _NAME.fullmatch(text):
        raise Invalid("bad-text", "it holds a control character", field=name)
    return text
