"""A node on PostgreSQL by hand: init, join, and what is said about backups."""

import os
import stat
from pathlib import Path

import msgspec
import pytest

from openline.bootstrap import F3548, Home, Listener, Partner, Settings, open_node
from unit.cli.by_hand import Centre, openline

SECRET = "s3cr3t-word"


@pytest.fixture
def alpha(tmp_path: Path, postgres_url: str) -> Centre:
    centre = Centre(tmp_path / "alpha")
    centre.ok("init", "--party", "alpha", "--database", postgres_url)
    return centre


def test_init_makes_a_node_in_the_database(alpha: Centre, postgres_url: str) -> None:
    assert Home(alpha.directory).settings().database == postgres_url
    assert not alpha.database.exists()
    assert stat.S_IMODE(Home(alpha.directory).settings_path.stat().st_mode) == 0o600
    assert alpha.ok("operations") is not None
    opened = open_node(alpha.directory)
    assert opened.store.is_shared
    opened.store.close()


def test_a_database_holds_one_node(alpha: Centre, tmp_path: Path, postgres_url: str) -> None:
    done = openline(
        "--directory", tmp_path / "b", "--json", "init", "--party", "bravo", "--database", postgres_url
    )
    assert done.fault["code"] == "node-exists"
    assert "openline join" in done.fault["remedy"]
    assert not Home(tmp_path / "b").settings_path.exists()


def test_a_replica_has_settings_and_keys_of_the_first_and_addresses_of_its_own(
    alpha: Centre, tmp_path: Path
) -> None:
    first = Home(alpha.directory)
    settings = msgspec.structs.replace(
        first.settings(),
        line=Listener(port=7410, tls_certificate="tls/line.pem", tls_key="/etc/line.key"),
        f3548=F3548(port=7412, keys=("tls/issuer.pem",), token_key="../elsewhere.pem"),
        partners=(Partner("an-accord", "https://bravo.example", "tls/ca.pem"),),
    )
    first.write_settings(settings)
    (alpha.directory / "tls").mkdir()
    for name in ("line", "issuer", "ca"):
        (alpha.directory / "tls" / f"{name}.pem").write_text(name)
    os.chmod(alpha.directory / "tls" / "line.pem", 0o600)

    replica = Centre(tmp_path / "alpha-2")
    addresses = ("--line", "127.0.0.2:7420", "--console", "127.0.0.1:7421", "--f3548", "127.0.0.1:7422")
    replica.ok("join", alpha.directory, *addresses)

    second = Home(replica.directory)
    found = second.settings()
    assert (found.line.host, found.line.port, found.console.port) == ("127.0.0.2", 7420, 7421)
    assert found.f3548 is not None
    assert found.f3548.port == 7422
    assert unaddressed(found) == unaddressed(settings)
    assert second.node_key().public.hex == first.node_key().public.hex
    assert second.certificate() == first.certificate()
    assert not second.party_key_path.exists()
    assert stat.S_IMODE(second.node_key_path.stat().st_mode) == 0o600
    assert [(second.directory / "tls" / f"{it}.pem").read_text() for it in ("line", "issuer", "ca")] == [
        "line",
        "issuer",
        "ca",
    ]
    assert stat.S_IMODE((second.directory / "tls" / "line.pem").stat().st_mode) == 0o600
    assert not (tmp_path / "elsewhere.pem").exists()
    assert replica.ok("operations") == alpha.ok("operations")


def unaddressed(settings: Settings) -> Settings:
    there = {"host": "", "port": 0}
    return msgspec.structs.replace(
        settings,
        line=msgspec.structs.replace(settings.line, **there),
        console=msgspec.structs.replace(settings.console, **there),
        f3548=msgspec.structs.replace(settings.f3548, **there) if settings.f3548 else None,
    )


def test_a_replica_is_not_made_over_a_node_nor_of_one_in_a_file(alpha: Centre, tmp_path: Path) -> None:
    assert alpha("--json", "join", alpha.directory).fault["code"] == "node-exists"
    lone = Centre(tmp_path / "lone")
    lone.ok("init", "--party", "alpha")
    done = openline("--directory", tmp_path / "second", "--json", "join", lone.directory)
    assert done.fault["code"] == "store-not-shared"
    assert "postgresql://" in done.fault["remedy"]
    assert not (tmp_path / "second").exists()
    assert (
        openline("--directory", tmp_path / "c", "--json", "join", tmp_path / "no").fault["code"] == "no-node"
    )


def test_a_backup_of_a_database_is_the_servers_and_the_node_is_told_when_it_is_brought_back(
    alpha: Centre, tmp_path: Path
) -> None:
    done = alpha("--json", "backup", tmp_path / "copy.db")
    assert done.fault["code"] == "backup-by-server"
    assert "pg_dump" in done.fault["remedy"]
    done = alpha("--json", "restore", tmp_path / "copy.db", "--force")
    assert done.fault["code"] == "backup-by-server"
    assert alpha.ok("restore", "--brought-back") == {"restored": True}
    opened = open_node(alpha.directory)
    with opened.store.reading() as tx:
        assert tx.setting("restored") == "1"
    opened.store.close()
    assert alpha("--json", "restore").fault["code"] == "what-to-restore"
    assert alpha("--json", "restore", "a.db", "--brought-back").fault["code"] == "what-to-restore"


@pytest.mark.parametrize("host", ["127.0.0.1:9", "127.0.0.1:port"])
def test_no_password_is_printed(tmp_path: Path, host: str) -> None:
    url = f"postgresql://openline:{SECRET}@{host}/openline"
    done = openline("--directory", tmp_path / "a", "init", "--party", "alpha", "--database", url)
    assert done.code != 0
    assert done.err
    assert SECRET not in done.out + done.err
