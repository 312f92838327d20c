"""What is of PostgreSQL alone: locks, snapshots, its failures in our words, and what is never said."""

# ruff: noqa: PT012 (what must raise here is a whole block: its steps, or its end)

import importlib.util
import subprocess
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from openline.errors import Invalid, NotFound, OpenlineError, Refused, Unavailable
from openline.node.ports import AccordRow
from openline.store import SqlStore, backup, open_store, postgres, restore
from openline.store.backup import RESTORED, mark_brought_back
from openline.store.failures import failure
from openline.store.modes import SHARING
from openline.store.postgres import create_postgres_engine
from openline.store.postgres import postgres_url as url_of
from openline.store.rows import Rows
from postgres import PROGRAMS
from store.samples import ACCORD, LANE, SENDER, append

SECRET = "s3cr3t-word"


def asked(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def kill_connections(url: str) -> None:
    asked(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )


# Opening


def test_threads_that_start_at_once_create_the_store_once(postgres_url: str) -> None:
    gate = threading.Barrier(4)

    def start(_: int) -> str | None:
        gate.wait()
        with open_store(postgres_url) as store, store.reading() as tx:
            return tx.setting("party")

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(start, range(4))) == [None] * 4


def test_an_empty_database_is_no_store_where_one_is_expected(postgres_url: str) -> None:
    with pytest.raises(NotFound) as caught:
        open_store(postgres_url, create=False)
    assert caught.value.code == "store-missing"
    with psycopg.connect(postgres_url) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        assert tables.fetchone() == (0,)


@pytest.mark.parametrize(
    ("statement", "error", "code"),
    [
        ("CREATE TABLE alembic_version (version_num TEXT)", Invalid, "not-a-store"),
        (
            "CREATE TABLE openline_revision (version_num TEXT);INSERT INTO openline_revision VALUES ('9999')",
            Refused,
            "store-newer",
        ),
        ("CREATE TABLE openline_revision (version_num TEXT)", Unavailable, "store-corrupt"),
    ],
)
def test_what_is_no_store_of_ours_is_named_and_not_touched(
    postgres_url: str, statement: str, error: type[OpenlineError], code: str
) -> None:
    asked(postgres_url, statement)
    with pytest.raises(error) as caught:
        open_store(postgres_url)
    assert caught.value.code == code
    with psycopg.connect(postgres_url) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        assert tables.fetchone() == (1,)


def test_all_spellings_of_the_url_lead_to_one_driver() -> None:
    drivers = {url_of(f"{name}://u@h/d").drivername for name in postgres.DRIVERS}
    assert len(drivers) == 1


def test_a_driver_that_is_missing_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Unavailable) as caught:
        open_store("postgresql://127.0.0.1/openline")
    assert caught.value.code == "store-driver-missing"
    assert "openline[postgresql]" in str(caught.value)


# Durability


@pytest.mark.parametrize("value", ["on", "local", "remote_write", "remote_apply"])
def test_every_setting_that_waits_for_the_disk_will_do(postgres_url: str, value: str) -> None:
    asked(postgres_url, f"ALTER DATABASE {url_of(postgres_url).database} SET synchronous_commit = {value}")
    with open_store(postgres_url) as store, store.writing() as tx:
        tx.put_setting("party", "north")


def test_a_database_that_is_relaxed_is_refused_at_the_next_step(postgres_url: str) -> None:
    with open_store(postgres_url) as store:
        asked(postgres_url, f"ALTER DATABASE {url_of(postgres_url).database} SET synchronous_commit = off")
        store.engine.dispose()  # as when the pool makes a new connection
        with pytest.raises(Unavailable) as caught, store.writing():
            pytest.fail("it would not be durable")
        assert caught.value.code == "store-not-durable"
    with pytest.raises(Unavailable) as caught:
        postgres._assert_durable(("on", "off"))
    assert "fsync" in caught.value.text
    postgres._assert_durable((None, None))  # a database that cannot be relaxed


# Turns and snapshots


def test_a_writer_waits_for_its_turn_and_then_says_busy(postgres_url: str) -> None:
    with (
        open_store(postgres_url) as first,
        open_store(postgres_url, busy_timeout_ms=50) as second,
        first.writing() as tx,
    ):
        append(tx)
        with pytest.raises(Unavailable) as caught, second.writing():
            pytest.fail("two writers at once")
        with second.reading() as reading:
            assert reading.lane_head(ACCORD, SENDER, LANE).number == 0
    assert caught.value.code == "store-busy"
    assert caught.value.remedy


def test_a_reader_sees_the_moment_at_which_it_began(postgres_url: str) -> None:
    with open_store(postgres_url) as first, open_store(postgres_url) as second:
        with first.writing() as tx:
            append(tx)
        with second.reading() as reading:
            with first.writing() as tx:
                append(tx, 5)
                tx.put_setting("party", "north")
            assert reading.lane_head(ACCORD, SENDER, LANE).number == 1
            assert reading.setting("party") is None
        with second.reading() as reading:
            assert reading.lane_head(ACCORD, SENDER, LANE).number == 6


def test_connections_are_bounded_and_waiting_for_one_is_too(postgres_url: str) -> None:
    open_store(postgres_url).close()
    engine = create_postgres_engine(postgres_url, busy_timeout_ms=50, connections=2)
    store = SqlStore(engine, None, 50, is_shared=True)
    with store, store.reading(), store.reading():
        with pytest.raises(Unavailable) as caught, store.reading():
            pytest.fail("a third connection")
        assert caught.value.code == "store-busy"


def test_a_writer_that_says_nothing_for_too_long_loses_its_turn(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its host may hang, or be cut off: nobody waits for it for ever."""
    open_store(postgres_url).close()  # made without haste: a busy machine pauses between two statements
    monkeypatch.setattr(postgres, "IDLE_TIMEOUT_MS", 1_000)
    with open_store(postgres_url) as hanging:
        monkeypatch.undo()
        with open_store(postgres_url) as waiting:
            with pytest.raises(Unavailable) as caught, hanging.writing() as tx:
                append(tx)
                with waiting.writing() as other:
                    other.put_setting("party", "north")
            assert caught.value.code == "store-unreachable"
            with waiting.reading() as reading:
                assert reading.lane_head(ACCORD, SENDER, LANE).number == 0


def test_a_statement_that_takes_too_long_is_cut_off(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "STATEMENT_TIMEOUT_MS", 50)
    with (
        open_store(postgres_url) as store,
        pytest.raises(Unavailable) as caught,
        store.block(SHARING, Rows) as rows,
    ):
        rows._run(text("SELECT pg_sleep(60)"))
    assert caught.value.code == "store-busy"


# Failures


def test_a_connection_that_breaks_in_a_step_stores_nothing_and_the_next_step_has_another(
    postgres_url: str,
) -> None:
    with open_store(postgres_url) as store:
        with pytest.raises(Unavailable) as caught, store.writing() as tx:
            append(tx)
            kill_connections(postgres_url)
            append(tx)
        assert caught.value.code == "store-unreachable"
        with store.writing() as tx:
            assert tx.lane_head(ACCORD, SENDER, LANE).number == 0
            append(tx)
        kill_connections(postgres_url)
        with store.reading() as tx:
            assert tx.lane_head(ACCORD, SENDER, LANE).number == 1


def test_a_connection_that_breaks_in_the_commit_is_not_told_as_nothing_stored(postgres_url: str) -> None:
    with open_store(postgres_url) as store:
        with pytest.raises(Unavailable) as caught, store.writing() as tx:
            append(tx)
            assert tx.entry(ACCORD, SENDER, LANE, 1)  # whoever reads entries has them written first
            kill_connections(postgres_url)
        assert caught.value.code == "store-unreachable"
        assert "all of it is stored, or nothing" in caught.value.text


def test_a_deadlock_ends_one_of_the_two_as_contended(postgres_url: str) -> None:
    with open_store(postgres_url) as store:
        with store.writing() as tx:
            tx.put_setting("a", "")
            tx.put_setting("b", "")
        gate = threading.Barrier(2)

        def both(names: tuple[str, str]) -> str | None:
            try:
                with store.block(SHARING, Rows) as rows:
                    rows._run(text(f"UPDATE setting SET value = '{names[0]}' WHERE name = '{names[0]}'"))
                    gate.wait(20)
                    rows._run(text(f"UPDATE setting SET value = '{names[0]}' WHERE name = '{names[1]}'"))
            except Unavailable as fault:
                return fault.code
            return None

        with ThreadPoolExecutor(2) as pool:
            found = list(pool.map(both, [("a", "b"), ("b", "a")]))
        assert sorted(found, key=str) == [None, "store-contended"]
        with store.reading() as tx:
            assert tx.setting("a") == tx.setting("b") == ("a" if found[0] is None else "b")


def test_a_block_that_may_not_write_says_so(postgres_url: str) -> None:
    open_store(postgres_url).close()
    asked(postgres_url, "CREATE ROLE onlooker LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO onlooker")
    try:
        onlooker = postgres_url.replace("postgres:@", "onlooker@")
        with open_store(onlooker) as store, store.reading() as tx:
            assert tx.accords() == []
        with open_store(onlooker) as store, pytest.raises(Unavailable) as caught, store.writing():
            pytest.fail("it may not write")
        assert caught.value.code == "store-read-only"
    finally:
        asked(postgres_url, "DROP OWNED BY onlooker; DROP ROLE onlooker")


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("40001", "store-contended"),
        ("40P01", "store-contended"),
        ("55P03", "store-busy"),
        ("57014", "store-busy"),
        ("53300", "store-busy"),
        ("53100", "disk-full"),
        ("25006", "store-read-only"),
        ("08006", "store-unreachable"),
        ("57P01", "store-unreachable"),
        ("58030", "store-io"),
        ("XX001", "store-corrupt"),
        ("23505", "number-taken"),
        ("22003", "not-storable"),
        ("42601", "store-failed"),
    ],
)
def test_each_state_of_the_database_has_a_word_of_ours(state: str, code: str) -> None:
    origin = psycopg.errors.lookup(state)("the first line\nDETAIL: Key (name)=(a value)")
    fault = failure(DBAPIError("SELECT", {}, origin))
    assert fault.code == code
    assert "a value" not in str(fault)


def test_a_text_with_a_zero_byte_is_invalid(postgres_store: SqlStore) -> None:
    with pytest.raises(Invalid) as caught, postgres_store.writing() as tx:
        tx.put_setting("a", "zero \0 byte")
    assert caught.value.code == "not-storable"


# Passwords


@pytest.fixture
def locked_url(postgres_server: str, postgres_url: str) -> str:
    """A role that the server asks for a password."""
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'locked'").fetchone():
            connection.execute(f"CREATE ROLE locked LOGIN SUPERUSER PASSWORD '{SECRET}'".encode())
            (rules,) = connection.execute("SHOW hba_file").fetchone() or ("",)
            file = Path(rules)
            file.write_text("local all locked scram-sha-256\n" + file.read_text())
            connection.execute("SELECT pg_reload_conf()")
    return postgres_url.replace("postgres:@", "locked@")


def opens(url: str) -> bool:
    try:
        open_store(url).close()
    except Unavailable as fault:
        return fault.code != "store-unreachable"
    return True


def until(what: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 20
    while not what():
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


def test_the_password_may_come_from_the_url_the_environment_or_a_file(
    locked_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    until(lambda: not opens(locked_url))  # the server has read its new rules
    assert opens(locked_url.replace("locked@", f"locked:{SECRET}@"))
    with monkeypatch.context() as patched:
        patched.setenv("PGPASSWORD", SECRET)
        assert opens(locked_url)
    file = tmp_path / "passwords"
    file.write_text(f"*:*:*:locked:{SECRET}\n")
    file.chmod(0o600)
    assert opens(f"{locked_url}&passfile={file}")
    with monkeypatch.context() as patched:
        patched.setenv("PGPASSFILE", str(file))
        assert opens(locked_url)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://openline:{SECRET}@127.0.0.1:9/openline",
        f"postgresql://openline:{SECRET}@127.0.0.1:port/openline",
        f"postgresql://openline:{SECRET}@[::1/openline",
        f"postgresql+asyncpg://openline:{SECRET}@127.0.0.1/openline",
        f"mystery://openline:{SECRET}@127.0.0.1/openline",
        f"sqlite://openline:{SECRET}@host:port/x",
        f"postgresql://openline@127.0.0.1:9/openline?password={SECRET}",
        f"postgresql://openline:{SECRET}@127.0.0.1:9/openline?no_such_option=1",
    ],
)
def test_no_error_says_a_password_not_even_in_its_causes(url: str) -> None:
    with pytest.raises(OpenlineError) as caught:
        open_store(url)
    assert SECRET not in str(caught.value)
    assert SECRET not in str(caught.value.as_dict())
    assert SECRET not in "".join(traceback.format_exception(caught.value))


# Backups


def test_backup_and_restore_name_what_to_use_instead(postgres_store: SqlStore, tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        backup(postgres_store, tmp_path / "copy.db")
    assert caught.value.code == "backup-by-server"
    assert "pg_dump" in str(caught.value.remedy)
    with pytest.raises(Refused) as caught:
        restore(tmp_path / "copy.db", "postgresql://127.0.0.1/openline")
    assert caught.value.code == "backup-by-server"
    assert list(tmp_path.iterdir()) == []


def test_a_dump_restored_by_the_servers_tools_is_the_store_as_it_was(
    postgres_store_url: str, new_database: Callable[[], str], tmp_path: Path
) -> None:
    """As docs/how-to/scale.md has it."""
    dump = tmp_path / "alpha.dump"
    with open_store(postgres_store_url) as store:
        with store.writing() as tx:
            entries = append(tx, 7)
        subprocess.run(
            [PROGRAMS / "pg_dump", "--format=custom", f"--file={dump}", postgres_store_url], check=True
        )
        with store.writing() as tx:
            append(tx, 1)
    brought_back = new_database()
    subprocess.run([PROGRAMS / "pg_restore", "--exit-on-error", f"--dbname={brought_back}", dump], check=True)
    with open_store(brought_back, create=False) as restored:
        mark_brought_back(restored)
        with restored.writing() as tx:
            assert tx.setting(RESTORED) == "1"
            assert tx.entries(ACCORD, SENDER, LANE, 0, 100) == entries
            append(tx, 1)


def test_a_database_brought_back_is_marked_as_a_restored_store_is(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.save_accord(AccordRow(ACCORD, 1, "IN_FORCE", b""))
        tx.put_setting(f"recovered/{ACCORD}", "1")
        tx.put_setting(RESTORED, "0")
    mark_brought_back(store)
    with store.reading() as tx:
        assert tx.setting(RESTORED) == "1"
        assert tx.setting(f"recovered/{ACCORD}") != "1"


# Connecting


def test_the_url_overrides_how_it_is_connected_and_turns_prepared_statements_off(
    postgres_store_url: str,
) -> None:
    assert postgres._connecting(url_of("postgresql://h/d?connect_timeout=1"), pooled=False) == {
        name: value for name, value in postgres._CONNECTING.items() if name != "connect_timeout"
    }
    for url, threshold in ((postgres_store_url, 5), (f"{postgres_store_url}&pgbouncer=true", None)):
        with open_store(url) as store, store.engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, psycopg.Connection)
            assert driver.prepare_threshold == threshold
            assert driver.info.get_parameters()["application_name"] == "openline"
