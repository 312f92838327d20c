"""Why did an exchange bring no answer? From what the system and the libraries raise to a word of the
node's.
"""

import errno
import os
import socket
import ssl
from collections.abc import Iterator
from typing import Final

import httpx

from openline.errors import OpenlineError
from openline.node.reach import Failure

ANSWERED: Final = "partner-answered-"
"""How the code of an answer begins that is no answer of a line; the HTTP status follows."""

MAX_DETAIL: Final = 120

_BY_NUMBER: Final = {
    errno.ENETUNREACH: Failure.NETWORK_UNREACHABLE,
    errno.ENETDOWN: Failure.NETWORK_UNREACHABLE,
    errno.EADDRNOTAVAIL: Failure.NETWORK_UNREACHABLE,
    errno.EHOSTUNREACH: Failure.NO_ROUTE,
    errno.EHOSTDOWN: Failure.NO_ROUTE,
    errno.ECONNREFUSED: Failure.REFUSED,
    errno.ETIMEDOUT: Failure.TIMED_OUT,
}


def failure_of(fault: BaseException) -> Failure:
    """The word for the most telling of what led to this fault."""
    if isinstance(fault, OpenlineError):
        return _of_answer(fault)
    chain = list(_behind(fault))
    found = next(filter(None, map(_of_system, chain)), None)
    if found is not None:
        return found
    if any(isinstance(it, httpx.TimeoutException | TimeoutError) for it in chain):
        return Failure.TIMED_OUT
    return Failure.BROKEN_OFF if isinstance(fault, httpx.HTTPError | OSError) else Failure.OUR_NODE


def detail_of(fault: BaseException) -> str:
    """The fault in a few words, for the evidence: the system's own, where it has some."""
    numbers = [it.errno or 0 for it in _behind(fault) if isinstance(it, OSError)]
    numbers = [number for number in numbers if number > 0]
    return (os.strerror(numbers[-1]) if numbers else str(fault) or type(fault).__name__)[:MAX_DETAIL]


def _of_answer(fault: OpenlineError) -> Failure:
    if fault.code == f"{ANSWERED}404":
        return Failure.NO_SUCH_LINE
    return Failure.ANSWERED_WRONG if fault.code.startswith(ANSWERED) else Failure.OUR_NODE


def _of_system(fault: BaseException) -> Failure | None:
    if isinstance(fault, ssl.SSLError):
        return Failure.TLS_FAILED
    if isinstance(fault, socket.gaierror):
        return Failure.NAME_NOT_RESOLVED
    return _BY_NUMBER.get(fault.errno or 0) if isinstance(fault, OSError) else None


def _behind(fault: BaseException | None) -> Iterator[BaseException]:
    """The fault and what caused it; of a group of tries each."""
    while fault is not None:
        yield fault
        if isinstance(fault, BaseExceptionGroup):
            for one in fault.exceptions:
                yield from _behind(one)
        fault = fault.__cause__ or fault.__context__
