"""Processes of nodes and verbs, forked from one that has imported Openline already.

Each is a process of its own, with its own id, memory and files, and dies of a SIGKILL like any other. To
import everything anew took most of the time of the tests that start, kill and start again. That
``python -m openline`` starts by itself is shown where that is what matters: tests/unit/cli/test_start.py,
tests/unit/running/test_serving_starts.py, test_cli_by_hand.py, test_demo.py.
"""

import atexit
import ctypes
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any

MOST_BYTES = 200_000
"""Of one request: arguments and environment."""
POLL_S = 0.005
SET_CHILD_SUBREAPER = 36
"""prctl(2): orphans of ours become our children, so that we learn how they ended."""


class Child:
    """As much of a ``subprocess.Popen`` as is asked for here."""

    def __init__(self, pid: int, arguments: Sequence[str]) -> None:
        self.pid = pid
        self.args = list(arguments)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float = float("inf")) -> int:
        ends_s = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > ends_s:
                raise subprocess.TimeoutExpired(self.args, timeout)
            time.sleep(POLL_S)
        return code

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


def start(arguments: Sequence[str], stdout: IO[Any], stderr: IO[Any]) -> "Child | subprocess.Popen[bytes]":
    """``python -m openline`` with these arguments, as a child of this process."""
    channel = _channel()
    if channel is None:
        command = [sys.executable, "-m", "openline", *arguments]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr)
    request = {"arguments": list(arguments), "folder": str(Path.cwd()), "environment": dict(os.environ)}
    socket.send_fds(channel, [json.dumps(request).encode()], [stdout.fileno(), stderr.fileno()])
    pid = int(channel.recv(100) or 0)
    assert pid > 0, "the nursery has ended, or could not fork"
    return Child(pid, arguments)


def run(arguments: Sequence[str], patience_s: float = 120.0) -> subprocess.CompletedProcess[str]:
    """The same, to its end."""
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        child = start(arguments, stdout, stderr)
        try:
            code = child.wait(patience_s)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            raise
        return subprocess.CompletedProcess(child.args, code, *map(_written, (stdout, stderr)))


def _written(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


@cache
def _channel() -> socket.socket | None:
    """To the nursery of this process, which ends with it; None where this system has none of this."""
    try:
        adopts = ctypes.CDLL(None).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    except (OSError, AttributeError):
        adopts = False
    if not adopts:
        return None
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
    return ours


# In the nursery


def _prepare() -> None:
    """All that a node or a verb imports sooner or later, and the kernels."""
    import uvloop  # noqa: F401

    import openline.cli.app
    import openline.link.client
    import openline.running.serving  # noqa: F401
    from openline.conflict.warm import load_kernels

    load_kernels()
    gc.collect()
    gc.freeze()  # or each child would look through all of it, and so copy it


def _nurse(channel: socket.socket) -> bool:
    """Fork for each request. Returns True in the child, made ready; False here when nobody asks any more."""
    while True:
        request, files, *_ = socket.recv_fds(channel, MOST_BYTES, 2)
        if not request:
            return False
        if _forked(channel):
            _become(json.loads(request), files)
            return True
        for file in files:
            os.close(file)


def _forked(channel: socket.socket) -> bool:
    """Whether this is the child. Who stands in between ends at once: so the child is its tester's own."""
    reading, writing = os.pipe()
    between = os.fork()
    if between == 0:
        child = os.fork()
        if child == 0:
            os.close(reading)
            os.close(writing)
            return True
        os.write(writing, str(child).encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(between, 0)
    channel.send(os.read(reading, 100) or b"0")
    os.close(reading)
    return False


def _become(request: dict[str, Any], files: Sequence[int]) -> None:
    for number, file in enumerate(files, start=1):
        os.dup2(file, number)
        os.close(file)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = ["openline", *request["arguments"]]


def _main() -> None:
    with socket.socket(fileno=int(sys.argv[1])) as channel:
        _prepare()
        is_child = _nurse(channel)
    if is_child:
        _end(_live())


def _live() -> int:
    from openline.cli import main

    try:
        main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    return 0


def _end(code: int) -> None:
    """As Python does, but without taking apart object by object what was made before the fork."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _main()
