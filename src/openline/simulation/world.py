"""The whole: parties, lines, the wire between them and everything that befalls them, one step at a time.

A step is one thing that happens: a call of a node, or a fault. After each commit, before anything of it is
sent, and after each step the promises are held against what is there.
"""

import hashlib
import sqlite3
import traceback
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import msgspec

from openline.errors import Invalid, OpenlineError
from openline.link.batch import decode_batch
from openline.link.pump import LONGEST_REPEAT_S
from openline.node.node import Node
from openline.node.results import Heard
from openline.simulation.centre import Centre, Outcome
from openline.simulation.chances import Chances, uuid_from, waiting_ms
from openline.simulation.founding import BEGIN_MS, MAX_PARTIES, NAMES, Identity, Line, found_line, pairs_of
from openline.simulation.keyholders import find_again
from openline.simulation.ledger import News
from openline.simulation.officers import Roster
from openline.simulation.promises import Broken, Promise, all_promises
from openline.simulation.promises.stuck import NeverStuck
from openline.simulation.scheduler import Scheduler
from openline.simulation.speaker import Speaker
from openline.simulation.wire import Packet, Wire
from openline.units import MS_PER_SECOND, rfc3339_from_ms

T = TypeVar("T")
P = TypeVar("P", bound=Promise)

TICK_MS: Final = 4_000
"""On average; a node under load ticks when it comes to it."""
AGAIN_MS: Final = 5_000
"""After which people try again what could not be done."""
DOWN_MS: Final = 8_000
"""How long a dead process stays away, on average."""
MOST_HEALING_MS: Final = 600_000
QUIET_MS: Final = 25_000
"""Healed is where nothing new is said or acknowledged for so long: longer than a heartbeat."""
RECOVERED_MS: Final = 60_000
"""In which a node back from a backup has heard what it has lost: a heartbeat, and some more."""
REPEATED_MS: Final = round(LONGEST_REPEAT_S * MS_PER_SECOND)
"""What was not believed before people had carried something comes again after so long at most."""
SHARED: Final = 0.1
"""How often, of 1, a node is called while a tick waits too: then both share a transaction."""
MOST_HASTE: Final = 20
TRACE_KEPT: Final = 60
FULL_EVERY: Final = 1_000
"""Steps after which everything is verified anew from the bytes, not only what is new."""


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """One simulation: the same setup is the same course of events, byte for byte.

    without: kinds of act and trouble (``activities.KINDS``) that are left out. liar: whether the last party's
    key is in bad hands. haste: how many times as often people act and trouble comes. Raises Invalid
    ``too-many-parties``, ``no-such-haste``.
    """

    seed: int = 1
    parties: int = 2
    without: frozenset[str] = frozenset()
    liar: bool = False
    haste: int = 1

    def __post_init__(self) -> None:
        if not 2 <= self.parties <= MAX_PARTIES:
            text = f"2 to {MAX_PARTIES} parties can be simulated, not {self.parties}"
            raise Invalid("too-many-parties", text, field="parties")
        if not 1 <= self.haste <= MOST_HASTE:
            raise Invalid("no-such-haste", f"haste is 1 to {MOST_HASTE}, not {self.haste}", field="haste")


class World:
    """listen: called with each line of the trace."""

    def __init__(self, setup: Setup, listen: Callable[[str], None] = lambda line: None) -> None:
        self.setup = setup
        self.chances = Chances(setup.seed)
        self.scheduler = Scheduler(BEGIN_MS)
        self.wire = Wire(self.scheduler, self.chances, setup.without, self._arrive)
        self.steps = 0
        self.acts: Counter[str] = Counter()
        self.said: Counter[str] = Counter()
        self.trace: deque[str] = deque(maxlen=TRACE_KEPT)
        self.is_healing = False
        self.news_ms = BEGIN_MS  # when anything was last committed to a lane
        self.roster = Roster()
        self._errands = 0
        self._installed: set[tuple[str, str]] = set()
        self._listen = listen
        self._course = hashlib.sha256()
        self._found(setup)
        self.promises: list[Promise] = all_promises(self)
        self._touched: list[Centre] = []

    def _found(self, setup: Setup) -> None:
        names = NAMES[: setup.parties]
        self.identities = {name: Identity(name, self.chances.of("keys", name)) for name in names}
        self.centres = {
            name: Centre(it, self.chances, is_liar=setup.liar and name == names[-1])
            for name, it in self.identities.items()
        }
        self.lines: dict[str, Line] = {}
        self.speakers: dict[tuple[str, str], Speaker] = {}
        for first, second in pairs_of(names):
            line = found_line(self.identities[first], self.identities[second], self.chances)
            self.lines[line.accord_id] = line

    def add_line(self, line: Line) -> None:
        """Another accord has been signed."""
        self.lines[line.accord_id] = line
        for promise in self.promises:
            promise.founded(line)

    def begin_line(self, centre: Centre, line: Line) -> None:
        """Its people install the accord, now or some time later; then it speaks there."""
        self.speakers[centre.name, line.accord_id] = Speaker(self, centre, line)
        if not self.install(centre, line):
            self.errand(lambda: centre.is_up and self.install(centre, line))

    def begin(self) -> None:
        """Install the accords, and set everything going."""
        from openline.simulation.activities import set_going

        for line in self.lines.values():
            for name in line.names:
                self.begin_line(self.centres[name], line)
        for centre in self.centres.values():
            self._tick_later(centre)
        set_going(self)

    def install(self, centre: Centre, line: Line) -> bool:
        """The newest version of the accord. Whether it is installed now."""
        bundle = line.bundles[max(line.bundles)]
        what = f"installs version {bundle.accord.version} of {line.title}"
        done = self.call(centre, what, lambda node, now_ms: node.install_accord(bundle.data, now_ms)).is_done
        if done:
            self._installed.add((centre.name, line.accord_id))
            self.speakers[centre.name, line.accord_id].wake()
        return done

    def has_line(self, centre: Centre, line: Line) -> bool:
        """Whether it is up, and has this line; elsewhere it is 404, or nobody answers."""
        return centre.is_up and (centre.name, line.accord_id) in self._installed

    # Looking around

    def lines_of(self, name: str) -> list[Line]:
        """Those whose accord is in this party's store."""
        return [line for line in self.lines.values() if (name, line.accord_id) in self._installed]

    def speakers_of(self, name: str) -> list[Speaker]:
        return [speaker for (who, _), speaker in self.speakers.items() if who == name]

    def is_honest(self, line: Line) -> bool:
        return not any(self.centres[name].is_liar for name in line.names)

    def is_settled(self, line: Line) -> bool:
        """Whether the newest version of the accord governs at both sides, and nobody has ended it."""
        if line.is_ending:
            return False
        for name in line.names:
            with self.centres[name].node.looking() as (_, desks, _own):
                if (
                    line.accord_id not in desks
                    or desks[line.accord_id].line.accord.version != line.newest.version
                ):
                    return False
        return True

    def promises_of(self, kind: type[P]) -> list[P]:
        return [promise for promise in self.promises if isinstance(promise, kind)]

    def id(self) -> str:
        return uuid_from(self.chances.of("ids"))

    @property
    def fingerprint(self) -> str:
        """Over every line of the trace and every entry that was committed: equal for equal courses."""
        return self._course.hexdigest()

    # What people see to

    def errand(self, work: Callable[[], bool], delay_ms: int = AGAIN_MS) -> None:
        """What people see to in a while, again and again until it is done; nothing is healed before."""
        self._errands += 1
        self.scheduler.after(delay_ms, lambda: self._see_to(work))

    def _see_to(self, work: Callable[[], bool]) -> bool:
        if work():
            self._errands -= 1
            self.news_ms = self.scheduler.now_ms + REPEATED_MS
        else:
            self.scheduler.after(AGAIN_MS, lambda: self._see_to(work))
        return True

    # One step

    def step(self) -> None:
        """Raises Broken where a promise does not hold."""
        self.scheduler.run_next()
        self.steps += 1
        touched, self._touched = self._touched, []
        for centre in touched:
            for promise in self.promises:
                promise.stepped(centre)
        if self.steps % FULL_EVERY == 0:
            self.verify_all()

    def verify_all(self) -> None:
        """Everything anew, from the bytes that are there."""
        for promise in self.promises:
            promise.verified()

    def note(self, who: Centre | None, text: str) -> None:
        """One line of the trace."""
        name = who.name if who is not None else "the world"
        line = f"#{self.steps + 1} {rfc3339_from_ms(self.scheduler.now_ms)} {name}: {text}"
        self.trace.append(line)
        self._course.update(line.encode())
        self._listen(line)

    def call(self, centre: Centre, what: str, work: Callable[[Node, int], T]) -> Outcome[T]:
        """One call of a node, and everything that has to hold once it has returned.

        what: for the trace; nothing is noted where it is empty and all went well.
        """
        before = centre.store.commits
        try:
            outcome = centre.call(work, self.scheduler.now_ms, with_tick=self._shares(centre))
        except (Broken, OpenlineError):
            raise
        except Exception as fault:
            self.note(centre, f"{what}: {type(fault).__name__}: {fault}")
            raise Broken("no-fault-of-the-program", centre.name, traceback.format_exc(limit=-4)) from fault
        if what or not outcome.is_done:
            self.note(centre, f"{what or 'looks'}: {outcome.word}")
        if centre.store.commits != before:
            self._committed(centre)
        if outcome.crash is not None:
            self.acts["died"] += 1
            self._fall(centre)
        self._touched.append(centre)
        return outcome

    def _shares(self, centre: Centre) -> bool:
        """Whether another work waits, so that both are done in one transaction."""
        return self.chances.of("shares", centre.name).random() < SHARED

    def call_itself(
        self, centre: Centre, what: str, work: Callable[[Node, int], T], *, quiet: bool = False
    ) -> Outcome[T]:
        """The same for what no person asks for. quiet: not noted where all goes well."""
        outcome = self.call(centre, "" if quiet else what, work)
        for promise in self.promises_of(NeverStuck):
            promise.by_itself(centre, what, outcome)
        return outcome

    def _committed(self, centre: Centre) -> None:
        news = centre.ledger.read_news()
        if news.entries or news.lams:
            self.news_ms = max(self.news_ms, self.scheduler.now_ms)
        for entry in news.entries:
            self._course.update(entry.hash.encode())
        for promise in self.promises:
            promise.committed(centre, news)
        self._wake_speakers(centre, news)

    def _wake_speakers(self, centre: Centre, news: News) -> None:
        ours = [entry for entry in news.entries if entry.sender == centre.name]
        self.said.update(entry.kind for entry in ours)
        centre.ever_said.update(entry.hash for entry in ours)
        for accord_id in dict.fromkeys(entry.accord for entry in ours):
            if (speaker := self.speakers.get((centre.name, accord_id))) is not None:
                speaker.news()

    # After the storm

    def heal(self) -> None:
        """Everything works again and nobody does anything new; step until all lines have come to rest.

        Raises Broken, also where they never do.
        """
        self.note(None, "everything works again")
        self.is_healing = True
        self.wire.calm()
        for centre in self.centres.values():
            self.set_clock(centre, 0)
            centre.store.arm(None)
            find_again(self, centre)
            self.start(centre)
        self._rest()
        self.verify_all()
        for promise in self.promises:
            promise.healed()
        self.is_healing = False

    def _rest(self) -> None:
        """Until nothing new was committed for so long that both sides of each line have compared heads."""
        began_ms = self.news_ms = self.scheduler.now_ms
        while self._errands or self.scheduler.now_ms - self.news_ms < QUIET_MS or not self._is_reached():
            self.step()
            recovering = any(centre.is_recovering for centre in self.centres.values())
            if recovering and self.scheduler.now_ms - began_ms < RECOVERED_MS:
                self.news_ms = self.scheduler.now_ms + REPEATED_MS  # then it hears what it has lost
            if self.scheduler.now_ms - began_ms > MOST_HEALING_MS:
                raise Broken("comes-to-rest", "the world", f"not within {MOST_HEALING_MS // 1000} s")

    def _is_reached(self) -> bool:
        return all(speaker.pump.failures == 0 for speaker in self.speakers.values())

    def _fall(self, centre: Centre) -> None:
        """The process is gone; after a while somebody starts it again."""
        delay_ms = waiting_ms(self.chances.of("down", centre.name), DOWN_MS)
        self.scheduler.after(delay_ms, lambda: self.start(centre))

    def start(self, centre: Centre) -> bool:
        if centre.is_up:
            return False
        centre.start()
        self.note(centre, f"starts again (life {centre.lives})")
        for promise in self.promises:
            promise.started(centre)
        for speaker in self.speakers_of(centre.name):
            speaker.restart()
        return True

    def bring_back(self, centre: Centre, copy: sqlite3.Connection) -> None:
        """Its store is an older copy now. What it has said since and no partner holds is lost; so that it is
        lost for good, nothing of it is on the wire any more: bodies do not live as long as that takes.
        """
        self.wire.forget(centre.name)
        news = centre.bring_back(copy)
        self.note(centre, f"is brought back from a copy: {len(news.entries)} messages")
        for line in [it for it in self.lines.values() if centre.name in it.names]:
            if not centre.ledger.count("accord", f"accord_id = '{line.accord_id}'"):
                self._installed.discard((centre.name, line.accord_id))
            self.errand(lambda line=line: centre.is_up and self.install(centre, line))  # type: ignore[misc]
        for promise in self.promises:
            promise.restored(centre, news)
        self._fall(centre)

    def set_clock(self, centre: Centre, off_ms: int) -> None:
        """Its wall clock shows ``off_ms`` more than true time from now on."""
        if centre.clock_ms != off_ms:
            centre.clock_ms = off_ms
            self.note(centre, f"its clock leaps: it is {off_ms / 1000:+} s off now")
            for promise in self.promises:
                promise.clock_changed(centre)

    # What is done and heard

    def _tick_later(self, centre: Centre) -> None:
        chance = self.chances.of("tick", centre.name)
        self.scheduler.after(TICK_MS // 2 + chance.randrange(TICK_MS), lambda: self._tick(centre))

    def _tick(self, centre: Centre) -> bool:
        self._tick_later(centre)
        if not centre.is_up:
            return False
        outcome = self.call_itself(centre, "ticks", lambda node, now_ms: node.tick(now_ms), quiet=True)
        if outcome.is_done:
            for promise in self.promises:
                promise.ticked(centre)
        return True

    def receive(
        self, centre: Centre, line: Line, items: Sequence[bytes], asked_ms: int | None = None
    ) -> Heard | None:
        """None where it was not committed. asked_ms: as in ``Node.receive``."""
        accord_id, batch = line.accord_id, list(items)
        what = f"hears {len(batch)} of {line.other(centre.name)}"
        return self.call_itself(
            centre, what, lambda node, now_ms: node.receive(accord_id, batch, now_ms, asked_ms=asked_ms)
        ).value

    def leaves(self, centre: Centre, line: Line, items: Sequence[bytes]) -> None:
        """These bytes leave the centre for its partner."""
        for promise in self.promises:
            promise.left(centre, line, items)
        for sealed in items:
            for promise in self.promises:
                promise.leaving(centre, line, sealed)

    def _arrive(self, packet: Packet) -> bool:
        centre = self.centres[packet.receiver]
        if not self.has_line(centre, self.lines[packet.accord_id]):
            return False
        speaker = self.speakers[packet.receiver, packet.accord_id]
        if packet.is_answer:
            return speaker.hear_answer(packet)
        speaker.hear_question(packet, decode_batch(packet.body).items)
        return True
