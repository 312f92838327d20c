"""Values that were judged before: what this node stored passed every check when it came in.

Whether a ring crosses itself, or a leg is flown at a possible speed, takes ten times as long to find out as
to read it: a node with 100,000 operations would judge them all again for half a minute at every start. So
what comes out of our own committed rows is read in a `judged_before` block, where those checks (and only
those) are left out. What a person files and what a partner sends never is: a test names the places where the
block may be opened.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_judged: ContextVar[bool] = ContextVar("judged", default=False)


@contextmanager
def judged_before() -> Iterator[None]:
    """Within the block, and in this thread, rings and paths are taken at their word.

    Only for what this node committed itself after it had judged it (`openline journal verify` reads the same
    rows without it), or for what is judged yet before anything comes of it.
    """
    token = _judged.set(True)
    try:
        yield
    finally:
        _judged.reset(token)


def is_judged() -> bool:
    return _judged.get()
