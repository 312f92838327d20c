"""The DSS at work: one thread that answers what has gathered while the batch before was being stored."""

import asyncio
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

import structlog

from openline.bootstrap import Clock
from openline.errors import LimitExceeded, OpenlineError, Unavailable
from openline.utm.dss.ports import AirspaceStore
from openline.utm.dss.requests import Question, Request, Sweep

MAX_WAITING: Final = 2_000
"""Requests that may wait for their batch; one more is told to come again."""
MAX_BATCH: Final = 64
"""Changes in one transaction at most, and questions answered together."""
TRIES: Final = 6
"""How often a batch is begun before it is halved, where others come in between (``store-contended``)."""
MAX_BATCH_S: Final = 8.0
"""A batch that has been tried for so long is given up."""
LONGEST_PAUSE_S: Final = 0.02
"""Before a batch is begun again; half of it at least after the first time, and never the same twice."""
SWEEP_EVERY_S: Final = 5.0
"""How often what is over is removed, and the log of changes cut."""
KEEP_CHANGES_MS: Final = 300_000
"""How far back the log of changes reaches, in real time; a replica that was away for longer loads everything
again.
"""
POLL_EVERY_S: Final = 0.5
"""How often a quiet replica looks for what the others have done."""

_log = structlog.get_logger("openline.dss")


class Registry(Protocol):
    """What the thread needs of `utm.dss.registry.Registry`."""

    def load(self) -> None: ...

    def catch_up(self) -> None:
        """Take in what other replicas have committed, and tell the listener."""
        ...

    def answer_all(self, requests: Sequence[Request], now_ms: int) -> Sequence[Any]:
        """An answer a request, or its OpenlineError. Raises Unavailable where the store fails all of them."""
        ...


class Asked:
    """A request and whom to tell."""

    __slots__ = ("future", "request")

    def __init__(self, request: Request, future: asyncio.Future[Any]) -> None:
        self.request = request
        self.future = future


class DssThread:
    """The ``Dss`` of `utm.dss.ports`, for one event loop.

    Questions are answered before the changes that came with them, so that they wait for one batch at most.
    may_tend: whether this process does what one of all replicas should do (asked each time, in the thread).
    warm_up: done once everything is loaded, so that nobody's first request waits for what is made only once.
    """

    def __init__(
        self,
        registry: Registry,
        store: AirspaceStore,
        clock: Clock,
        *,
        may_tend: Callable[[], bool] = lambda: True,
        warm_up: Callable[[], object] = lambda: None,
    ) -> None:
        self._registry = registry
        self._store = store
        self._clock = clock
        self._may_tend = may_tend
        self._warm_up = warm_up
        self._questions: deque[Asked] = deque()
        self._changes: deque[Asked] = deque()
        self._news = threading.Condition()
        self._is_open = False
        self._thread: threading.Thread | None = None
        self._next_sweep_s = self._next_poll_s = 0.0

    async def __call__(self, request: Request, /) -> Any:
        """Raises as the registry does; LimitExceeded ``dss-full`` where too many wait (429), Unavailable
        ``dss-closed`` while the node stops.

        A request whose asker gives up is not begun, or, once begun, is done without being told.
        """
        future = asyncio.get_running_loop().create_future()
        self._ask(Asked(request, future))
        return await future

    async def start(self) -> None:
        """Load everything and begin to answer. Raises what loading raises."""
        loop = asyncio.get_running_loop()
        loaded: asyncio.Future[None] = loop.create_future()
        self._is_open = True
        self._thread = threading.Thread(target=self._run, args=(loaded,), name="dss", daemon=True)
        self._thread.start()
        await loaded

    def close(self) -> None:
        """After the batch that has begun; whoever waits is told that it was not done."""
        with self._news:
            self._is_open = False
            self._news.notify()
        if self._thread is not None:
            self._thread.join()

    def _ask(self, asked: Asked) -> None:
        with self._news:
            if not self._is_open:
                raise _closed()
            if len(self._questions) + len(self._changes) >= MAX_WAITING:
                raise LimitExceeded(
                    "dss-full",
                    f"{MAX_WAITING} requests are waiting already",
                    clause="MAX_WAITING",
                    remedy="try again in a second",
                )
            (self._questions if isinstance(asked.request, Question) else self._changes).append(asked)
            self._news.notify()

    # In the thread ---------------------------------------------------------------------------------
    def _run(self, loaded: asyncio.Future[None]) -> None:
        try:
            self._registry.load()
        except Exception as fault:
            self._shut()
            _tell([(loaded, fault)])
            return
        _tell([(loaded, None)])
        self._warm_up()
        self._next_sweep_s = time.monotonic() + random.uniform(0, SWEEP_EVERY_S)
        while self._is_open:
            for batch in self._take():
                self._answer(batch, time.monotonic() + MAX_BATCH_S)
            self._tend()
        self._shut()

    def _take(self) -> tuple[list[Asked], list[Asked]]:
        """Questions and changes that wait; after a while none, so that the rest gets its turn."""
        with self._news:
            if self._is_open and not self._questions and not self._changes:
                self._news.wait(max(self._next_duty_s() - time.monotonic(), 0))
            return _first(self._questions), _first(self._changes)

    def _answer(self, batch: list[Asked], deadline_s: float) -> None:
        """Tell everybody in the batch. Where it fails for a reason that may be one request's, each half is
        tried by itself, so that the others do not suffer for it.
        """
        left = [asked for asked in batch if not asked.future.cancelled()]
        fault: Exception = _contended()
        for attempt in range(TRIES):
            if not left:
                return
            try:
                left = self._try(left)
            except Exception as raised:
                if not _is_contended(raised):
                    fault = raised
                    break
            if left and time.monotonic() < deadline_s:
                time.sleep(LONGEST_PAUSE_S * random.uniform(min(attempt, 1) / 2, 1))
        if len(left) < 2 or _is_for_all(fault) or time.monotonic() > deadline_s:
            self._fail(left, fault)
            return
        half = len(left) // 2
        self._answer(left[:half], deadline_s)
        self._answer(left[half:], deadline_s)

    def _try(self, batch: list[Asked]) -> list[Asked]:
        """Tell those that have an answer now; gives those that others have come in between of."""
        answers = self._registry.answer_all([asked.request for asked in batch], self._clock.now_ms())
        pairs = list(zip(batch, answers, strict=True))
        _tell([(asked.future, answer) for asked, answer in pairs if not _is_contended(answer)])
        return [asked for asked, answer in pairs if _is_contended(answer)]

    def _fail(self, batch: list[Asked], fault: Exception) -> None:
        if not isinstance(fault, OpenlineError):
            _log.error("request failed", exc_info=fault)
        _tell([(asked.future, fault) for asked in batch])

    def _next_duty_s(self) -> float:
        if self._store.is_shared:
            return min(self._next_sweep_s, self._next_poll_s)
        return self._next_sweep_s

    def _tend(self) -> None:
        """What nobody asks for. A failure is told and tried again the next time."""
        now_s = time.monotonic()
        try:
            if self._store.is_shared and now_s >= self._next_poll_s:
                self._next_poll_s = now_s + POLL_EVERY_S
                self._registry.catch_up()
            if now_s >= self._next_sweep_s:
                self._next_sweep_s = now_s + SWEEP_EVERY_S
                self._sweep(self._clock.now_ms())
        except OpenlineError as fault:
            _log.warning("not tended", word=fault.word, code=fault.code)
        except Exception:
            _log.exception("not tended")

    def _sweep(self, now_ms: int) -> None:
        if not self._may_tend():
            return
        for answer in self._registry.answer_all([Sweep()], now_ms):
            if isinstance(answer, OpenlineError) and not _is_contended(answer):
                raise answer
        real_ms = time.time_ns() // 1_000_000
        self._store.prune(real_ms - KEEP_CHANGES_MS, real_ms)

    def _shut(self) -> None:
        with self._news:
            self._is_open = False
            left = [*self._questions, *self._changes]
            self._questions.clear()
            self._changes.clear()
        _tell([(asked.future, _closed()) for asked in left])


def _first(waiting: deque[Asked]) -> list[Asked]:
    return [waiting.popleft() for _ in range(min(len(waiting), MAX_BATCH))]


def _tell(answers: list[tuple[asyncio.Future[Any], Any]]) -> None:
    """Wake the event loop once for all of them."""
    if not answers:
        return
    loop = answers[0][0].get_loop()
    try:
        loop.call_soon_threadsafe(_resolve, answers)
    except RuntimeError:  # the loop is gone, and with it whoever asked
        _log.warning("nobody is there to be told", answers=len(answers))


def _resolve(answers: list[tuple[asyncio.Future[Any], Any]]) -> None:
    for future, answer in answers:
        if future.done():
            continue  # its asker has gone
        if isinstance(answer, BaseException):
            future.set_exception(answer)
        else:
            future.set_result(answer)


def _is_contended(answer: object) -> bool:
    return isinstance(answer, Unavailable) and answer.code == "store-contended"


def _is_for_all(fault: Exception) -> bool:
    """The store itself fails: one request alone would fare no better."""
    return isinstance(fault, Unavailable) and not _is_contended(fault)


def _contended() -> Unavailable:
    return Unavailable(
        "store-contended", "others came in between, time and again", remedy="try again in a second"
    )


def _closed() -> Unavailable:
    return Unavailable("dss-closed", "the node is stopping", remedy="ask another replica, or again later")
