"""From a stick to the node: files in any order, any number of times; and the answer back onto the stick."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from openline.errors import Invalid, NotFound, OpenlineError
from openline.journal.entry import Lane
from openline.link import folder
from openline.link.batch import Batch, decode_batch, truncated
from openline.link.carry_out import Exported, Progress, carry_out
from openline.node.carried import Frame, frame_of
from openline.node.carrying import Brought, bring, is_recovering, waiting
from openline.node.node import Node
from openline.node.results import Problem

HEARD: Final = "heard"
OURS: Final = "written by ourselves"
ANOTHER: Final = "of another line"
NO_BATCH: Final = "no batch"


class FileTaken(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one file. state: heard, written by ourselves, of another line, or no batch."""

    name: str
    state: str
    new: int = 0
    known: int = 0
    early: int = 0
    waiting: int = 0
    given_back: int = 0
    problems: tuple[Problem, ...] = ()


class Missing(msgspec.Struct, frozen=True):
    """Numbers of a lane that the partner has said, by its own HEADS, and that are not here yet."""

    lane: Lane
    first: int
    last: int


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one line's files. answer: what was written for the way back; answer_problem: why not."""

    accord_id: str
    partner: str
    files: tuple[FileTaken, ...]
    new: int
    known: int
    given_back: int
    missing: tuple[Missing, ...]
    answer: Exported | None = None
    answer_problem: Problem | None = None


class _Found(msgspec.Struct, frozen=True):
    """A file of one line, before it is heard. first: the lowest numbers in it, so that most come in order."""

    path: Path
    accord_id: str
    first: tuple[int, int]


def carry_in(
    node: Node,
    source: Path,
    now_ms: int,
    *,
    accord_id: str | None = None,
    answer: Path | None = None,
    progress: Progress = lambda _: None,
) -> tuple[list[Imported], list[FileTaken]]:
    """Take a file, or all files of a folder, in any order; then write the answer into ``answer`` (None:
    beside them).

    Returns what came of each line, and the files that belong to none. What was wrong with a file is told with
    it, and stops no other. Raises NotFound ``no-such-file``, ``nothing-to-import``; LimitExceeded
    ``folder-too-full``.
    """
    found, others = _scan(node, source, accord_id)
    beside = answer or (source if source.is_dir() else source.parent)
    lines = dict.fromkeys(it.accord_id for it in found)
    return [
        _take_line(node, name, [it for it in found if it.accord_id == name], beside, now_ms, progress)
        for name in lines
    ], others


def _scan(node: Node, source: Path, accord_id: str | None) -> tuple[list[_Found], list[FileTaken]]:
    with node.looking() as (_tx, desks, _own):
        speakers = {name: desk.me for name, desk in desks.items() if accord_id in (None, name)}
    paths = folder.batches_in(source)
    if not paths:
        raise NotFound(
            "nothing-to-import",
            f"no file in {source} ends in {folder.ENDING}",
            message=str(source),
            field="SOURCE",
            remedy="name the file itself, or the folder that the partner has written",
        )
    looked = [_look(path, speakers) for path in paths]
    found = sorted((it for it in looked if isinstance(it, _Found)), key=lambda it: (it.first, it.path.name))
    return found, [it for it in looked if isinstance(it, FileTaken)]


def _look(path: Path, speakers: Mapping[str, str]) -> _Found | FileTaken:
    """Whose file it is, by what its items say of themselves: it decides where they are heard, and nothing
    else.
    """
    try:
        frames = [frame for frame in map(frame_of, _batch(path).items) if frame is not None]
        if not frames:
            raise Invalid("no-sealed-item", "no line in it is a sealed item of any line", message=path.name)
    except OpenlineError as fault:
        return FileTaken(name=path.name, state=NO_BATCH, problems=(_problem(fault),))
    whose = frames[0]
    if whose.accord not in speakers:
        return FileTaken(name=path.name, state=ANOTHER)
    if whose.speaker == speakers[whose.accord]:
        return FileTaken(name=path.name, state=OURS)
    return _Found(path, whose.accord, (_lowest(frames, Lane.URGENT), _lowest(frames, Lane.ROUTINE)))


def _batch(path: Path) -> Batch:
    """What breaks off in the middle of the first item is no item either."""
    return decode_batch(folder.read_batch(path))


def _lowest(frames: Sequence[Frame], lane: Lane) -> int:
    return min((frame.number for frame in frames if frame.lane is lane), default=0)


def _problem(fault: OpenlineError) -> Problem:
    return Problem(**fault.as_dict())


def _take_line(
    node: Node, accord_id: str, found: Sequence[_Found], beside: Path, now_ms: int, progress: Progress
) -> Imported:
    taken, brought = _take_files(node, found, now_ms, progress)
    answer, problem = None, None
    has_brought = any(it.new or it.known or it.early or it.waiting or it.given_back for it in taken)
    is_asked = any(it.called_for or (it.claims and it.claims.answer) for it in brought)
    if has_brought or is_asked or waiting(node, accord_id) or is_recovering(node):
        try:
            answer = carry_out(node, accord_id, beside, now_ms, answering=brought)
        except OpenlineError as fault:  # the import stands all the same
            problem = _problem(fault)
    partner, missing = _missing(node, accord_id, brought)
    return Imported(
        accord_id=accord_id,
        partner=partner,
        files=tuple(taken),
        new=sum(it.new for it in taken),
        known=sum(it.known for it in taken),
        given_back=sum(it.given_back for it in taken),
        missing=missing,
        answer=answer,
        answer_problem=problem,
    )


def _take_files(
    node: Node, found: Sequence[_Found], now_ms: int, progress: Progress
) -> tuple[list[FileTaken], list[Brought]]:
    """Again and again those that held something which came too early, as long as that brings anything."""
    results: dict[Path, FileTaken] = {}
    brought: list[Brought] = []
    left = list(found)
    while left:
        again, moved = [], False
        for it in left:
            results[it.path], one = _take_file(node, it, results.get(it.path), now_ms)
            brought += [one] if one else []
            moved = moved or bool(one and (one.new or one.given_back))
            again += [it] if one and (one.early or one.waiting) else []
            progress(1)
        left = again if moved else []
    return list(results.values()), brought


def _take_file(
    node: Node, it: _Found, before: FileTaken | None, now_ms: int
) -> tuple[FileTaken, Brought | None]:
    try:
        batch = _batch(it.path)
        one = bring(node, it.accord_id, batch.items, now_ms)
        problems = list(one.problems)
        if batch.truncated and before is None:
            problems.append(
                node.quarantine(it.accord_id, batch.truncated, truncated(batch.truncated), now_ms)
            )
    except OpenlineError as fault:
        return before or FileTaken(name=it.path.name, state=NO_BATCH, problems=(_problem(fault),)), None
    earlier = before or FileTaken(name=it.path.name, state=HEARD, known=one.known)
    return FileTaken(
        name=it.path.name,
        state=HEARD,
        new=earlier.new + one.new,
        known=earlier.known,
        early=one.early,
        waiting=one.waiting,
        given_back=earlier.given_back + one.given_back,
        problems=tuple(dict.fromkeys([*earlier.problems, *problems])),
    ), one


def _missing(node: Node, accord_id: str, brought: Sequence[Brought]) -> tuple[str, tuple[Missing, ...]]:
    """What the partner's newest HEADS have said that is not here."""
    with node.looking() as (_tx, desks, _own):
        desk = desks[accord_id]
        here = {lane: desk.received(lane).number for lane in Lane}
        claims = [it.claims for it in brought if it.claims is not None]
        newest = max(claims, key=lambda it: it.at_ms, default=None)
        if newest is None:
            return desk.partner, ()
        said = {lane: newest.said.on(lane).number for lane in (Lane.URGENT, Lane.ROUTINE)}
        lacking = (Missing(lane, here[lane] + 1, last) for lane, last in said.items() if last > here[lane])
        return desk.partner, tuple(lacking)
