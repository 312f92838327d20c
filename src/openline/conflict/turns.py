"""Who may touch the index now: many that ask, or one that changes it.

Kernels run without the GIL, so the GIL does not keep a change away from a question. Who changes waits for the
questions that run, and questions that come later wait for it.
"""

from collections import deque
from threading import Lock, Semaphore


class Turns:
    """A readers-writer lock, made cheap for those who ask: adding to and taking from a deque are atomic."""

    def __init__(self) -> None:
        self._gate = Lock()
        """Held by who changes, and for a moment by who begins to ask."""
        self._asking: deque[None] = deque()
        self._waiting: deque[None] = deque()
        """One entry while somebody waits to change. Who takes it out has to let that one go on."""
        self._idle = Semaphore(0)

    def begin_asking(self) -> None:
        with self._gate:
            self._asking.append(None)

    def end_asking(self) -> None:
        self._asking.pop()
        if self._waiting and not self._asking:
            self._let_go()

    def begin_changing(self) -> None:
        self._gate.acquire()
        # Nobody begins to ask from here on. The last who ends sees this entry, or is seen to have ended.
        self._waiting.append(None)
        if not self._asking:
            self._let_go()
        self._idle.acquire()

    def end_changing(self) -> None:
        self._gate.release()

    def _let_go(self) -> None:
        """Once, whoever of them comes first."""
        try:
            self._waiting.pop()
        except IndexError:
            return
        self._idle.release()
