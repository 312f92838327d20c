"""A notice made ready to be compared, as bytes: kept, so that a start need not make it again.

It is a cache. What was made of something else than stands now, or by another version, or does not match its
own checksum is as good as none: the parts are made again from the notice.
"""

import hashlib
import struct
from typing import TYPE_CHECKING, Final

from openline import __version__

if TYPE_CHECKING:
    from openline.conflict.parts import Parts

PARTS_FORMAT: Final = 1
"""Counted up with every change of what the engine makes of an operation, or of how it is kept here."""

_CHECKSUM_BYTES: Final = 16
_COUNTS: Final = struct.Struct("<II")  # rows of heads and boxes, numbers in bodies


def encode_parts(parts: "Parts", source: str) -> bytes:
    """source: names all that the parts were made of, the hash of the message that told the notice first."""
    arrays = (parts.heads, parts.boxes, parts.bodies)
    data = _COUNTS.pack(len(parts.heads), len(parts.bodies)) + b"".join(it.tobytes() for it in arrays)
    return _checksum(data, source) + data


def decode_parts(notice_id: str, source: str, kept: bytes) -> "Parts | None":
    """The same again; None for what is stale or damaged."""
    import numpy as np

    from openline.conflict.kernels.layout import BOX_COLUMNS, HEAD_COLUMNS
    from openline.conflict.parts import Parts

    checksum, data = kept[:_CHECKSUM_BYTES], kept[_CHECKSUM_BYTES:]
    if checksum != _checksum(data, source):
        return None
    rows, numbers = _COUNTS.unpack_from(data)
    flat = np.frombuffer(bytearray(data), np.float64, offset=_COUNTS.size)  # a copy that may be written to
    boxes, bodies = rows * HEAD_COLUMNS, rows * (HEAD_COLUMNS + BOX_COLUMNS)
    return Parts(
        notice_id,
        False,
        flat[:boxes].reshape(rows, HEAD_COLUMNS),
        flat[boxes:bodies].reshape(rows, BOX_COLUMNS),
        flat[bodies : bodies + numbers],
    )


def _checksum(data: bytes, source: str) -> bytes:
    made_by = f"{PARTS_FORMAT} {__version__} {source} ".encode()
    return hashlib.blake2b(made_by + data, digest_size=_CHECKSUM_BYTES).digest()
