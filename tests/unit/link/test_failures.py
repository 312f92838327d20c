"""What the system and the libraries raise, read as whose fault it is. Real sockets where they can be had."""

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable

import httpx
import pytest

from openline.errors import Unavailable
from openline.link.channels import Channels
from openline.link.failures import detail_of, failure_of
from openline.node.reach import READINGS, Failure, Side


def raised(base_url: str) -> Exception:
    """What an exchange with this address raises."""

    async def course() -> Exception:
        channels = Channels(base_url, "/line/v1/x", ssl.create_default_context())
        try:
            await channels.post(b"x\n")
        except Exception as fault:
            return fault
        finally:
            await channels.close()
        raise AssertionError("it was answered")

    return asyncio.run(course())


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def served(answer: bytes, scheme: str = "http") -> Exception:
    """What an exchange raises with a server that answers this to whatever comes, and closes."""

    async def course() -> Exception:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(100)
            writer.write(answer)
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        channels = Channels(f"{scheme}://127.0.0.1:{port}", "/line/v1/x", ssl.create_default_context())
        try:
            await channels.post(b"x\n")
        except Exception as fault:
            return fault
        finally:
            await channels.close()
            server.close()
        raise AssertionError("it was answered")

    return asyncio.run(course())


def test_a_port_where_nobody_listens_is_theirs() -> None:
    fault = raised(f"http://127.0.0.1:{closed_port()}")
    assert failure_of(fault) is Failure.REFUSED
    assert "refused" in detail_of(fault).lower()


def test_a_name_that_nobody_knows_is_ours() -> None:
    assert failure_of(raised("http://no-such-node.invalid:7410")) is Failure.NAME_NOT_RESOLVED


def test_tls_with_somebody_who_speaks_none_is_theirs() -> None:
    assert failure_of(served(b"220 good day\r\n", "https")) is Failure.TLS_FAILED


ANSWERS = {
    Failure.NO_SUCH_LINE: b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
    Failure.ANSWERED_WRONG: b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n",
    Failure.BROKEN_OFF: b"",
}


@pytest.mark.parametrize(("failure", "answer"), ANSWERS.items(), ids=ANSWERS)
def test_an_answer_that_is_none_of_a_line_is_read_as_what_it_is(failure: Failure, answer: bytes) -> None:
    assert failure_of(served(answer)) is failure


def _of_number(number: int) -> Exception:
    try:
        raise httpx.ConnectError("all failed") from OSError(number, "x")
    except httpx.ConnectError as fault:
        return fault


def _of_group() -> Exception:
    tries = [OSError("nothing"), OSError(errno.ENETUNREACH, "Network is unreachable")]
    try:
        raise httpx.ConnectError("all failed") from ExceptionGroup("tries", tries)
    except httpx.ConnectError as fault:
        return fault


OTHERS: dict[str, tuple[Callable[[], Exception], Failure]] = {
    "network": (lambda: _of_number(errno.ENETUNREACH), Failure.NETWORK_UNREACHABLE),
    "several tries": (_of_group, Failure.NETWORK_UNREACHABLE),
    "route": (lambda: _of_number(errno.EHOSTUNREACH), Failure.NO_ROUTE),
    "tcp gave up": (lambda: _of_number(errno.ETIMEDOUT), Failure.TIMED_OUT),
    "no answer": (TimeoutError, Failure.TIMED_OUT),
    "httpx gave up": (lambda: httpx.ConnectTimeout("x"), Failure.TIMED_OUT),
    "reset": (lambda: httpx.ReadError("x"), Failure.BROKEN_OFF),
    "our store": (lambda: Unavailable("store-unreachable", "x"), Failure.OUR_NODE),
    "a fault of ours": (lambda: ValueError("x"), Failure.OUR_NODE),
}


@pytest.mark.parametrize(("make", "failure"), OTHERS.values(), ids=OTHERS)
def test_every_other_fault_has_its_word(make: Callable[[], Exception], failure: Failure) -> None:
    assert failure_of(make()) is failure


def test_every_failure_has_a_side_and_a_sentence() -> None:
    assert set(READINGS) == set(Failure)
    assert {side for side, _ in READINGS.values()} == set(Side)
