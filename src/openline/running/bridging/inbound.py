"""From the line to our DSS: what partners have told stands there in their names."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Final

import msgspec
import structlog

from openline.bridge.inbound import Hide, Show, Shown, Wanted, hiding, showing, shown, steps
from openline.errors import Invalid, NotFound, OpenlineError, Refused, Unavailable
from openline.node.desk import Desk
from openline.node.node import Node
from openline.running.bridging.given import NOT_SHOWN, Given, Problems, Stands
from openline.utm.wire.details import OperationalIntent

LOOK_S: Final = 0.5
"""How often the lines are looked at."""
READ_AT_ONCE: Final = 200
"""Notices that are read in one turn on the node: others want their turn, too."""
AT_ONCE: Final = 32
"""Changes that are under way at the DSS."""
RETRY_S: Final = 5.0
"""After what failed is tried once more."""
UNTOLD: Final = "bridge/untold"
"""The setting that names the notices whose subscribers may not have been told: a crash does not lose it."""

_log = structlog.get_logger("openline.bridge")
Heads = tuple[tuple[str, int, int], ...]


class Known(msgspec.Struct, frozen=True):
    """A notice as it was last read. source: the hash of its message and the datum. wanted: None where it
    cannot be shown.
    """

    source: str
    wanted: Wanted | None


class Inbound:
    """One life of it begins with `begin`."""

    def __init__(self, given: Given, stands: Stands) -> None:
        self._given = given
        self._stands = stands
        self.problems = Problems(given.turn, NOT_SHOWN)
        self._known: dict[str, Known] = {}
        self._heads: Heads | None = None
        self._again: set[str] = set()  # whose subscribers may not have been told
        self._is_behind = True

    async def begin(self) -> None:
        self.problems.begin()
        self._known, self._heads, self._is_behind = {}, None, True
        untold = await self._given.turn(lambda node, _: _setting(node))
        self._again = set(msgspec.json.decode(untold, type=list[str])) if untold else set()

    async def look(self) -> bool:
        """Bring over what has changed; False where something has to be tried again."""
        has_news = await self._read() or self._stands.told_changed.is_set()
        if not has_news and not self._is_behind:
            return True
        self._is_behind = True  # until all of it is done
        self._stands.told_changed.clear()
        wanted = [known.wanted for known in self._known.values() if known.wanted is not None]
        now_ms = await self._given.turn(lambda _, now_ms: now_ms)
        todo = list(steps(wanted, self._stands.told, self._given.base_url, now_ms, frozenset(self._again)))
        self._again &= {step.id for step in todo if isinstance(step, Show)}
        is_done = [await self._do_many(todo[at : at + AT_ONCE]) for at in range(0, len(todo), AT_ONCE)]
        await self._note_untold()
        self._is_behind = not all(is_done)
        return not self._is_behind

    # Reading the lines
    async def _read(self) -> bool:
        """Read the notices that are new or have changed; False where nothing was said since the last look."""
        heads, sources = await self._given.turn(self._sources)
        if sources is None:
            return False
        for name in self._known.keys() - sources.keys():
            del self._known[name]
            self.problems.gone(name)
        fresh = [
            name
            for name, (_, source) in sources.items()
            if name not in self._known or self._known[name].source != source
        ]
        for at in range(0, len(fresh), READ_AT_ONCE):
            part = [(sources[name][0], name) for name in fresh[at : at + READ_AT_ONCE]]
            self._known.update(await self._given.turn(partial(self._wanted, part)))
        self._heads = heads
        return True

    def _sources(self, node: Node, now_ms: int) -> tuple[Heads, dict[str, tuple[str, str]] | None]:
        """By the id of each live notice of a partner: its accord, and what it was read from. None where
        nothing was said since the last look.
        """
        with node.looking() as (_, desks, _own):
            heads = tuple(_heads(desk) for desk in desks.values())
            if heads == self._heads:
                return heads, None
            return heads, {
                told.notice_id: (accord_id, f"{told.hash} {desk.line.accord.datum}")
                for accord_id, desk in desks.items()
                for told in desk.line.picture.all_told()
                if told.live and told.party != desk.me
            }

    def _wanted(self, names: Sequence[tuple[str, str]], node: Node, _now_ms: int) -> dict[str, Known]:
        found = {}
        with node.looking() as (_, desks, _own):
            for accord_id, name in names:
                desk = desks.get(accord_id)
                told = desk.line.picture.told(name) if desk is not None else None
                if desk is not None and told is not None:
                    source = f"{told.hash} {desk.line.accord.datum}"
                    found[name] = Known(source, self._wanted_of(desk, name))
        return found

    def _wanted_of(self, desk: Desk, name: str) -> Wanted | None:
        try:
            one = shown_of(desk, name)
        except OpenlineError as fault:
            self._cannot_show(desk.partner, name, fault)
            return None
        return one.wanted if one is not None else None

    def _cannot_show(self, partner: str, name: str, fault: OpenlineError) -> None:
        text = f"{partner}'s notice {name} does not appear at our DSS: {fault.text}. Tell the suppliers"
        self.problems.found(name, text)

    # Doing it
    async def _do_many(self, todo: Sequence[Show | Hide]) -> bool:
        """What is to be shown counts as untold from before it is put until it was told."""
        self._again |= {step.id for step in todo if isinstance(step, Show)}
        await self._note_untold()
        done = await asyncio.gather(*(self._do(step) for step in todo))
        self._again -= {_name(step) for step, is_done in zip(todo, done, strict=True) if is_done}
        return all(done)

    async def _do(self, step: Show | Hide) -> bool:
        try:
            await (self._show(step) if isinstance(step, Show) else self._hide(step))
            return True
        except Unavailable as fault:
            _log.warning("not brought over", notice=_name(step), code=fault.code)
        except NotFound:
            return isinstance(step, Hide)  # it has gone by itself
        except (Invalid, Refused) as fault:
            _log.warning("not brought over", notice=_name(step), code=fault.code, text=fault.text)
            known = self._known.get(_name(step))
            manager = known.wanted.manager if known is not None and known.wanted is not None else "a partner"
            self._cannot_show(manager, _name(step), fault)
            if isinstance(step, Show) and step.over is not None:
                with suppress(OpenlineError):  # an earlier version is nobody's intent any more
                    await self._hide(Hide(step.over))
        return False

    async def _show(self, step: Show) -> None:
        given = self._given
        one, now_ms = await given.turn(lambda node, now_ms: (find(node, step.id), now_ms))
        if one is None:
            return  # ended in between: the next look hides it
        changed = await given.dss(showing(one, step.over, given.base_url, now_ms))
        self.problems.gone(step.id)
        intent = OperationalIntent(changed.operational_intent_reference, one.details)
        await given.tell(step.id, intent, changed.subscribers)

    async def _hide(self, step: Hide) -> None:
        changed = await self._given.dss(hiding(step.standing))
        await self._given.tell(step.standing.id, None, changed.subscribers)

    async def _note_untold(self) -> None:
        text = msgspec.json.encode(sorted(self._again)).decode() if self._again else ""
        await self._given.turn(lambda node, now_ms: _note(node, now_ms, text))


def _name(step: Show | Hide) -> str:
    return step.id if isinstance(step, Show) else step.standing.id


def _heads(desk: Desk) -> tuple[str, int, int]:
    """What has to stay the same for the partner's notices to do so; a new version of the accord may change
    the datum.
    """
    heard = sum(head.number for (sender, _), head in desk.heads.items() if sender == desk.partner)
    said = sum(head.number for (sender, _), head in desk.heads.items() if sender == desk.me)
    return desk.accord_id, heard, said


def shown_of(desk: Desk, notice_id: str) -> Shown | None:
    """A live notice of the partner on this line, as suppliers see it."""
    told = desk.line.picture.told(notice_id)
    if told is None or not told.live or told.party == desk.me:
        return None
    return shown(told, desk.line.accord.datum)


def find(node: Node, notice_id: str) -> Shown | None:
    with node.looking() as (_, desks, _own):
        return next((one for one in (shown_of(desk, notice_id) for desk in desks.values()) if one), None)


def _setting(node: Node) -> str | None:
    with node.looking() as (tx, _, _own):
        return tx.setting(UNTOLD)


def _note(node: Node, now_ms: int, text: str) -> None:
    with node.looking() as (tx, _, _own):
        if (tx.setting(UNTOLD) or "") == text:
            return
    with node.step(now_ms) as step:
        step.tx.put_setting(UNTOLD, text)
