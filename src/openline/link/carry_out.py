"""From the node onto a stick: everything that the partner has not acknowledged, urgent first."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from openline.errors import LimitExceeded
from openline.link import folder
from openline.link.batch import MAX_BODY_BYTES, MAX_ITEMS, encode_batch
from openline.link.folder import MAX_FILE_BYTES, MAX_FILE_MESSAGES, MAX_FILES, Written
from openline.node.carrying import Brought, Load, Span, load, messages
from openline.node.node import Node

Progress = Callable[[int], None]
"""Called with how much was done since the last call: messages of an export, files of an import."""


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """What was written. left: messages that did not go into MAX_FILES files. silent: why it is heads only."""

    accord_id: str
    party: str
    partner: str
    target: str
    files: tuple[Written, ...]
    index: str | None = None
    messages: int
    left: int = 0
    silent: str = ""


def carry_out(
    node: Node,
    accord_id: str,
    target: Path,
    now_ms: int,
    *,
    one_file: bool = False,
    answering: Sequence[Brought] = (),
    progress: Progress = lambda _: None,
) -> Exported:
    """Write everything that the partner has not acknowledged, urgent first, with our HEADS and LAMs.

    one_file: ``target`` is a file, and everything goes into it. Raises Refused ``target-exists``;
    LimitExceeded ``too-much-for-one-file``; Unavailable ``file-unwritable``. What is in place already by then
    is whole and may be used.
    """
    if one_file:
        folder.refuse_existing(target)
    else:
        folder.make_folder(target)
    what = load(node, accord_id, now_ms, answering)
    total = count(what.spans)
    if one_file:
        written = [_whole(node, what, target, total)]
        progress(total)
    else:
        written = []
        for spans, batch in _parts(node, what):
            first = () if written else what.called_for
            data = encode_batch([*what.opening, *first, *batch])
            written.append(folder.write_batch(target, what, spans, len(batch), data))
            progress(len(batch))
    done = sum(it.messages for it in written)
    index = None if one_file else folder.write_index(target, what, written, total - done)
    return Exported(
        accord_id=accord_id,
        party=what.party,
        partner=what.partner,
        target=str(target),
        files=tuple(written),
        index=index,
        messages=done,
        left=total - done,
        silent=what.silent,
    )


def count(spans: Sequence[Span]) -> int:
    return sum(span.up_to - span.after for span in spans)


def _whole(node: Node, what: Load, target: Path, total: int) -> Written:
    first = (*what.opening, *what.called_for)
    items = [
        item
        for span in what.spans
        for item in messages(node, what.accord_id, span, MAX_ITEMS, MAX_BODY_BYTES)
    ]
    size = sum(len(item) + 1 for item in (*first, *items))
    if len(items) < total or len(items) + len(first) > MAX_ITEMS or size > MAX_BODY_BYTES:
        raise LimitExceeded(
            "too-much-for-one-file",
            f"{total:,} messages wait for {what.partner}; one file holds {MAX_ITEMS:,} items in 16 MiB",
            field="TARGET",
            clause="MAX_ITEMS",
            remedy="export to a folder",
        )
    data = encode_batch([*first, *items])
    folder.write_whole(target, data)
    return folder.describe(target.name, what.spans, len(items), data)


def _parts(node: Node, what: Load) -> Iterator[tuple[list[Span], list[bytes]]]:
    """The messages in files of at most MAX_FILE_MESSAGES and MAX_FILE_BYTES; at least one file, for the
    heads.
    """
    taken = sum(map(len, (*what.opening, *what.called_for)))
    spans: list[Span] = []
    batch: list[bytes] = []
    files = 0
    for span in what.spans:
        after = span.after
        while after < span.up_to and files < MAX_FILES:
            room = MAX_FILE_BYTES - taken - sum(map(len, batch))
            rest = msgspec.structs.replace(span, after=after)
            found = messages(node, what.accord_id, rest, MAX_FILE_MESSAGES - len(batch), room)
            spans.append(msgspec.structs.replace(rest, up_to=after + len(found)))
            batch += found
            after += len(found)
            if after < span.up_to or len(batch) >= MAX_FILE_MESSAGES:
                yield spans, batch
                spans, batch, files = [], [], files + 1
    if batch or not files:
        yield spans, batch
