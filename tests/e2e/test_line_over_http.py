"""The line between two real processes: it opens, filings cross, it comes back after a restart, and TLS is
verified.
"""

import datetime
import ipaddress
import json
import time
import uuid
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from e2e.two_processes import NAMES, Pair, Process, flight_feature, until

pytestmark = pytest.mark.slow


def feature(callsign: str = "SWR1") -> dict[str, Any]:
    start_ms = time.time_ns() // 1_000_000 + 3_600_000
    return flight_feature(str(uuid.uuid4()), callsign, start_ms, [(47.0, 7.0, 350), (47.0, 8.5, 350)])


def file(process: Process, one: dict[str, Any]) -> str:
    (filed,) = process.api.post("/api/operations", json=one).raise_for_status().json()["filed"]
    return str(filed["operation_id"])


def serving(process: Process) -> dict[str, int]:
    return dict(json.loads((process.home.directory / "serving.json").read_text()))


def test_what_is_filed_at_the_one_is_on_the_picture_of_the_other_and_stays_through_a_restart(
    tmp_path: Path,
) -> None:
    with Pair(tmp_path) as pair:
        file(pair["alpha"], feature())
        pair.rest()
        (told,) = pair["bravo"].api.get("/api/notices").json()
        assert told["callsign"] == "SWR1"
        assert told["operation_id"] is None
        pair["bravo"].kill()
        assert serving(pair["bravo"])["pid"] == pair["bravo"].child.pid  # type: ignore[union-attr]
        file(pair["alpha"], feature("SWR2"))
        pair["bravo"].start()
        pair["bravo"].wait_up()
        until(
            lambda: serving(pair["bravo"])["pid"] == pair["bravo"].child.pid,
            "a stale serving.json is replaced",
        )  # type: ignore[union-attr]
        pair.rest()
        assert {it["callsign"] for it in pair["bravo"].api.get("/api/notices").json()} == {"SWR1", "SWR2"}
        until(lambda: pair["alpha"].line()["pictures_equal"], "both have compared their pictures")
    assert not (tmp_path / "alpha" / "serving.json").exists()


def test_a_filing_of_another_process_leaves_without_waiting_for_a_heartbeat(tmp_path: Path) -> None:
    """The CLI writes to the store; the serving process notices. The heartbeat here is far longer than the
    test.
    """
    from openline.bootstrap import open_node
    from openline.formats.geojson import read_operations

    with Pair(tmp_path, heartbeat_ms=3_600_000) as pair:
        pair.rest()
        opened = open_node(tmp_path / "alpha")
        with opened.store:
            (operation,) = read_operations(json.dumps(feature()).encode())
            opened.node.file(operation, opened.clock.now_ms())
        until(lambda: pair["bravo"].api.get("/api/notices").json(), "bravo is told", patience_s=15)


def test_a_second_server_on_one_node_is_refused(tmp_path: Path) -> None:
    with Pair(tmp_path) as pair:
        result = pair["alpha"].cli("serve")
        assert result.returncode != 0
        assert "already-serving" in result.stderr
        assert pair["alpha"].is_up()


def test_the_listener_of_the_line_knows_nothing_of_the_console(tmp_path: Path) -> None:
    with Pair(tmp_path) as pair:
        import httpx

        line = f"http://127.0.0.1:{serving(pair['alpha'])['line']}"
        for path in ("/", "/api/status", "/metrics", "/picture.svg"):
            assert httpx.get(line + path, trust_env=False).status_code == 404
        console = pair["alpha"].api
        assert (
            console.post(f"/line/v1/{pair['alpha'].line()['accord_id']}", content=b"x\n").status_code == 404
        )


# TLS


def certify(folder: Path, name: str) -> None:
    """A certificate for 127.0.0.1 that only whoever is given it trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder.joinpath("tls.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    folder.joinpath("tls.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def over_tls(pair: Pair, trusted: dict[str, str]) -> None:
    """Both lines over TLS; trusted: whose certificate each side is given to trust."""
    for name in NAMES:
        home = pair[name].home
        certify(home.directory, name)
        settings = home.settings()
        replace = msgspec.structs.replace
        (partner,) = settings.partners
        trust = str(pair[trusted[name]].home.directory / "tls.pem")
        home.write_settings(
            replace(
                settings,
                line=replace(settings.line, tls_certificate="tls.pem", tls_key="tls.key"),
                partners=(replace(partner, url=partner.url.replace("http:", "https:"), tls_ca=trust),),
            )
        )


def test_the_line_runs_over_tls(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    over_tls(pair, {"alpha": "bravo", "bravo": "alpha"})
    with pair:
        file(pair["alpha"], feature())
        pair.rest()
        assert pair["bravo"].api.get("/api/notices").json()


def test_a_certificate_that_is_not_trusted_gets_no_word(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    over_tls(pair, {"alpha": "alpha", "bravo": "bravo"})
    with pair:
        file(pair["alpha"], feature())
        log = tmp_path / "alpha" / "serve.log"
        until(
            lambda: "event=unreached" in log.read_text(),
            "alpha does not reach a bravo that it does not trust",
        )
        assert not pair["bravo"].api.get("/api/notices").json()
        assert pair["bravo"].line()["lanes"]["routine"]["received"] == 0
