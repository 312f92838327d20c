"""What holds for ids and base URLs of every resource."""

import re
from typing import Final

from openline.errors import Invalid, LimitExceeded
from openline.utm.dss.limits import MAX_URL

_UUID4: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_URL: Final = re.compile(
    r"(https?)://(\[[0-9A-Fa-f:.]+\]|[^\s/?#@:\[\]]+)(:\d{1,5})?([/?][^\s#]*)?", re.IGNORECASE
)


def refuse_bad_id(id: str, field: str = "id") -> None:
    """Raises Invalid ``bad-id`` unless it is a UUIDv4 in lower case."""
    if not _UUID4.fullmatch(id):
        raise Invalid("bad-id", f"{id[:64]!r} is no UUIDv4", field=field, clause="F3548-21 A4 UUIDv4Format")


def refuse_bad_url(url: str, field: str, *, allow_http: bool) -> None:
    """Raises Invalid ``missing-field``, ``bad-url``, ``no-tls``; LimitExceeded ``url-too-long``."""
    if not url:
        raise Invalid("missing-field", "a base URL is needed", field=field)
    if len(url) > MAX_URL:
        raise LimitExceeded("url-too-long", f"at most {MAX_URL} characters", field=field, clause="MAX_URL")
    matched = _URL.fullmatch(url)
    if matched is None:
        raise Invalid("bad-url", f"{url[:100]!r} is no URL", field=field)
    if matched[1].lower() == "http" and not allow_http:
        raise Invalid(
            "no-tls", "a base URL begins with https://", field=field, clause="F3548-21 A4 base URLs"
        )
