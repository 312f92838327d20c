"""A fact: one numbered message as the picture keeps it. Facts are folded as sets; their order never
matters.

What was kept is read back as far as it is needed: the frame of every fact at once, of a notice its heading,
and its geometry when somebody asks for it. Of 100,000 notices most are not asked for between two starts.
"""

from functools import cache, cached_property

import msgspec

from openline.accord.notice import Notice
from openline.airspace.operation import State
from openline.coordination.messages import BODIES, Kind
from openline.coordination.stamp import Stamp
from openline.errors import Invalid, Unavailable


class NoticeHeading(msgspec.Struct, frozen=True):
    """A notice without its geometry: what the fold reads of it. The same fields as Notice."""

    notice_id: str
    version: int
    state: State
    keeps_place: bool = False
    agreed: str | None = None
    priority: int | None = None


class Fact(msgspec.Struct, frozen=True, dict=True, eq=False):
    """hash: the leaf hash of the sealed message. at_ms: when its sender says it sealed it (a claim). said:
    the body, or of a fact that was kept the JSON of it.
    """

    hash: str
    kind: Kind
    stamp: Stamp
    at_ms: int
    said: msgspec.Struct | msgspec.Raw = msgspec.field(name="body")

    def __eq__(self, other: object) -> bool:
        """The hash is over every sealed byte."""
        return isinstance(other, Fact) and self.hash == other.hash

    def __hash__(self) -> int:
        return hash(self.hash)

    @property
    def body(self) -> msgspec.Struct:
        """Raises Unavailable ``picture-damaged`` where what was kept is not what we wrote."""
        said = self.said
        return self._recalled if isinstance(said, msgspec.Raw) else said

    @cached_property
    def _recalled(self) -> msgspec.Struct:
        assert isinstance(self.said, msgspec.Raw)
        try:
            return _decoder_of(self.kind).decode(self.said)
        except (msgspec.MsgspecError, Invalid) as fault:
            text = f"what is kept of the {self.kind} {self.hash} cannot be read ({fault})"
            remedy = "openline journal verify says what else is wrong; restore a backup"
            raise Unavailable("picture-damaged", text, message=self.hash, remedy=remedy) from fault

    @property
    def heading(self) -> Notice | NoticeHeading:
        """Of a NOTICE."""
        if isinstance(self.said, msgspec.Raw):
            return _HEADING_DECODER.decode(self.said)
        assert isinstance(self.said, Notice)
        return self.said


class _Kept(msgspec.Struct, frozen=True):
    hash: str
    kind: Kind
    stamp: Stamp
    at_ms: int
    body: msgspec.Raw


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(list[_Kept])
_HEADING_DECODER = msgspec.json.Decoder(NoticeHeading)


@cache
def _decoder_of(kind: Kind) -> "msgspec.json.Decoder[msgspec.Struct]":
    """Made when the first such message is read: to make all of them takes as long as to read 1,000 facts."""
    return msgspec.json.Decoder(BODIES[kind])


def encode_facts(facts: list[Fact]) -> bytes:
    return _ENCODER.encode(facts)


def decode_facts(data: bytes) -> list[Fact]:
    """Our own facts as we kept them; a body is decoded when it is first asked for."""
    return [Fact(kept.hash, kept.kind, kept.stamp, kept.at_ms, kept.body) for kept in _DECODER.decode(data)]
