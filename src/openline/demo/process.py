"""One node as a real process: started, killed without warning, started again, and never left behind."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

STOP_S: Final = 10.0
PR_SET_PDEATHSIG: Final = 1


class ServedNode:
    """``openline serve`` on a directory; what it writes goes to a log file beside the directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.log = directory.with_name(directory.name + ".log")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Only from the main thread: Linux tells a child of the end of the thread that made it."""
        command = [sys.executable, "-m", "openline", "--directory", str(self.directory), "serve"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C is for the demo, which then stops its nodes in order
                preexec_fn=_end_with(os.getpid()),  # noqa: PLW1509  one system call, see below
            )

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """SIGKILL: the node gets no instruction more."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, and SIGKILL if that is not heard in time. Nothing to do for a node that does not run."""
        self._end(signal.SIGTERM)

    def last_words(self, lines: int = 5) -> str:
        """The end of the log, for an error that says why a node did not come up."""
        written = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(written.splitlines()[-lines:])

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _end_with(parent: int) -> Callable[[], None] | None:
    """What the child does before it runs: ask Linux for a SIGTERM when the demo dies, be it by SIGKILL.

    Elsewhere there is no such call, and only an end that the demo notices ends its nodes.
    """
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)  # loaded here: between fork and exec as little as possible may happen

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before we had asked
            os._exit(1)

    return ask
