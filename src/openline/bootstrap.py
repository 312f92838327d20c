"""The only wiring: a directory on disk becomes a node with its store, its keys, its clock and its chance.

A node's directory holds ``openline.toml`` (settings, docs/reference/settings.md), ``openline.db`` (the
store), and ``keys/`` (openline.keyfiles): the party key (to be moved offline after the accords are signed),
the node key, and the certificate by which the one vouches for the other.
"""

import time
import tomllib
import uuid
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from openline.errors import Invalid, NotFound, Refused
from openline.journal.certificate import Certificate, seal_certificate
from openline.journal.keys import SigningKey
from openline.keyfiles import FileRing, KeyFiles, Passphrase, find_passphrase, read_key
from openline.keyfiles import write_whole as _write
from openline.node.node import Node
from openline.phrases.reader import Preferences
from openline.store.postgres import is_postgres
from openline.store.store import SqlStore, open_store

SETTINGS = "openline.toml"
DATABASE = "openline.db"
CERTIFICATE_YEARS = 5
YEAR_MS = 365 * 24 * 3_600_000
NOW_SETTING = "now_ms"

Address = TypeVar("Address", "Listener", "F3548")


class Listener(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """host and port to listen on; certificate and key (PEM files) turn TLS on."""

    host: str = "127.0.0.1"
    port: int = 0
    tls_certificate: str | None = None
    tls_key: str | None = None


class Partner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the partner of an accord listens. ``tls_ca``: the PEM file to trust instead of the system's."""

    accord: str
    url: str
    tls_ca: str | None = None


class F3548(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The listener for suppliers: DSS and USS (ASTM F3548-21). Paths are seen from the node's directory.

    base_url: how other USSs reach this one (by default its own address). dss_base_url: the DSS that it files
    with (None: its own). manager: the `sub` of its tokens (the party's name). audiences: which `aud` is ours
    (the host of base_url). keys: PEM and JWKS files of those whose tokens are believed; jwks_url: where more
    are. clock_margin_s: how far a token's times may be off. token_url: the issuer of our own tokens (client
    credentials, with the secret in the file token_secret where it wants one); token_key: a private key (PEM)
    to make them ourselves, for trying it alone.
    allow_http: whether USSs may be reached without TLS. time_based_notification_index: indices are read off
    the clock instead of counted. automated_testing: serve the interfaces of test drivers; never in operation.
    requests_per_second: of one caller, above which it is told 429. pool: what the DSS calls its pool.
    """

    host: str = "127.0.0.1"
    port: int = 7412
    tls_certificate: str | None = None
    tls_key: str | None = None
    base_url: str | None = None
    dss_base_url: str | None = None
    manager: str | None = None
    audiences: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    jwks_url: str | None = None
    clock_margin_s: int = 5
    token_url: str | None = None
    token_secret: str | None = None
    token_key: str | None = None
    allow_http: bool = False
    time_based_notification_index: bool = False
    automated_testing: bool = False
    requests_per_second: int = 5_000
    pool: str | None = None


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """openline.toml. clock: "real", or "simulated" for an exercise whose conductor steps the persisted
    time. reader: how messages are read here, where nobody says otherwise.
    """

    party: str
    title: str
    database: str = DATABASE
    clock: str = "real"
    line: Listener = Listener(port=7410)
    console: Listener = Listener(port=7411)
    f3548: F3548 | None = None
    partners: tuple[Partner, ...] = ()
    reader: Preferences = Preferences()


class Clock(Protocol):
    def now_ms(self) -> int: ...


class RealClock:
    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000


class PersistedClock:
    """Simulated time: it stands still until a conductor steps it, and it survives a restart."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def now_ms(self) -> int:
        with self._store.reading() as tx:
            return int(tx.setting(NOW_SETTING) or 0)

    def step_to(self, now_ms: int) -> None:
        """Raises Refused where time would run backwards."""
        with self._store.writing() as tx:
            standing = int(tx.setting(NOW_SETTING) or 0)
            if now_ms < standing:
                raise Refused("time-runs-forward", f"the clock stands at {standing} already", field="now_ms")
            tx.put_setting(NOW_SETTING, str(now_ms))


class Home:
    """A node's directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.keys = KeyFiles(directory / "keys")

    @property
    def settings_path(self) -> Path:
        return self.directory / SETTINGS

    @property
    def party_key_path(self) -> Path:
        return self.keys.party

    @property
    def node_key_path(self) -> Path:
        return self.keys.node

    @property
    def certificate_path(self) -> Path:
        return self.keys.certificate

    def settings(self) -> Settings:
        """Raises NotFound where there is no node, Invalid naming the setting that is wrong."""
        if not self.settings_path.exists():
            raise NotFound(
                "no-node",
                f"there is no node in {self.directory}",
                field="directory",
                remedy="openline --directory DIR init --party NAME makes one",
            )
        try:
            return msgspec.convert(tomllib.loads(self.settings_path.read_text()), Settings)
        except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as fault:
            raise Invalid(
                "bad-settings", str(fault), message=SETTINGS, remedy="see docs/reference/settings.md"
            ) from None

    def write_settings(self, settings: Settings) -> None:
        # Somebody may have put a password into the URL of a database.
        mode = 0o600 if is_postgres(settings.database) else 0o644
        _write(self.settings_path, _toml(settings).encode(), mode)

    def database(self, settings: Settings) -> str:
        """The store's URL; a plain name is a file in the directory."""
        name = settings.database
        return name if "://" in name else str(self.directory / name)

    def party_key(self, passphrase: bytes | None = None) -> SigningKey:
        if not self.party_key_path.exists():
            raise NotFound(
                "no-party-key",
                "the party key is not here; it is kept offline",
                field="keys/party.pem",
                remedy="put it back for the moment of signing",
            )
        return read_key(self.party_key_path, (lambda _: passphrase) if passphrase else find_passphrase)

    def node_key(self) -> SigningKey:
        return read_key(self.node_key_path)

    def certificate(self) -> bytes:
        return self.certificate_path.read_bytes()


def certificate_for(party: str, node_key: str, now_ms: int, years: int = CERTIFICATE_YEARS) -> Certificate:
    """The usual one: from a year ago, for a clock may be wrong, until in some years."""
    return Certificate(
        party=party,
        node_key=node_key,
        valid_from_ms=max(0, now_ms - YEAR_MS),
        valid_until_ms=now_ms + years * YEAR_MS,
    )


def init(directory: Path, settings: Settings, now_ms: int, passphrase: bytes | None = None) -> Home:
    """Make a node: settings, keys (encrypted under the passphrase, if one is given), certificate, store.
    Raises Refused where there is one already, in the directory or in the database.
    """
    home = _new_home(directory)
    party_key, node_key = SigningKey.generate(), SigningKey.generate()
    certificate = certificate_for(settings.party, node_key.public.hex, now_ms)
    _write(home.party_key_path, party_key.to_pem(passphrase), 0o600)
    _write(home.node_key_path, node_key.to_pem(passphrase), 0o600)
    _write(home.certificate_path, seal_certificate(certificate, party_key), 0o644)
    with open_store(home.database(settings)) as store, store.writing() as tx:
        if store.is_shared and tx.setting(NOW_SETTING) is not None:
            raise Refused(
                "node-exists",
                "there is a node in this database already",
                field="database",
                remedy="give an empty database, or make a replica of that node: openline join",
            )
        tx.put_setting(NOW_SETTING, str(now_ms))
    home.write_settings(settings)  # last: a directory with settings is a whole node
    return home


def _new_home(directory: Path) -> Home:
    home = Home(directory)
    if home.settings_path.exists():
        raise Refused(
            "node-exists",
            f"there is a node in {directory} already",
            field="directory",
            remedy="choose another directory",
        )
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "keys").mkdir(mode=0o700, exist_ok=True)
    return home


def join(
    directory: Path, first: Home, *, line: Listener, console: Listener, f3548: Listener | None = None
) -> Home:
    """Make a further replica of the node in ``first``: its settings with these addresses, its node key and
    certificate, and the files that its settings name by a path within the directory. The party key is not
    copied.

    Raises Refused ``store-not-shared`` for a node on SQLite, ``node-exists``; NotFound ``no-node``.
    """
    settings = first.settings()
    if not is_postgres(settings.database):
        raise Refused(
            "store-not-shared",
            "replicas need a database that they share, and this node keeps its store in a file",
            field="database",
            remedy="make the node with openline init --database postgresql://...",
        )
    home = _new_home(directory)
    settings = _at(settings, line, console, f3548)
    keys = home.keys
    for path, mode in ((keys.node, 0o600), (keys.certificate, 0o644), (keys.next, 0o600)):
        source = first.directory / path.relative_to(directory)
        if path != keys.next or source.exists():
            _write(path, source.read_bytes(), mode)
    for name in _files_of(settings):
        source, target = first.directory / name, directory / name
        if source.is_file() and not target.exists():
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(target, source.read_bytes(), source.stat().st_mode & 0o777)
    home.write_settings(settings)
    return home


def _at(settings: Settings, line: Listener, console: Listener, f3548: Listener | None) -> Settings:
    """The settings at other addresses; TLS files stay as they are named."""

    def moved(old: Address, new: Listener) -> Address:
        return msgspec.structs.replace(old, host=new.host, port=new.port)

    suppliers = settings.f3548
    if suppliers is not None and f3548 is not None:
        suppliers = moved(suppliers, f3548)
    return msgspec.structs.replace(
        settings,
        line=moved(settings.line, line),
        console=moved(settings.console, console),
        f3548=suppliers,
    )


def _files_of(settings: Settings) -> list[str]:
    """The paths within the node's directory that its settings name."""
    named = [path for it in (settings.line, settings.console) for path in (it.tls_certificate, it.tls_key)]
    named += [partner.tls_ca for partner in settings.partners]
    if settings.f3548:
        its = settings.f3548
        named += [its.tls_certificate, its.tls_key, *its.keys, its.token_secret, its.token_key]
    paths = [Path(name) for name in named if name]
    return [str(path) for path in paths if not path.is_absolute() and ".." not in path.parts]


class Opened(msgspec.Struct, frozen=True):
    """A node that is ready, with what was put into it."""

    home: Home
    settings: Settings
    store: SqlStore
    clock: Clock
    node: Node
    ring: FileRing


def open_node(directory: Path, passphrase: Passphrase = find_passphrase) -> Opened:
    """Open the node in a directory. Several processes may do so at once; the store keeps them apart. An
    encrypted node key asks for its passphrase when something is first sealed.
    """
    home = Home(directory)
    settings = home.settings()
    store = open_store(home.database(settings), create=False)
    clock: Clock = PersistedClock(store) if settings.clock == "simulated" else RealClock()
    ring = FileRing(home.keys, passphrase)
    node = Node(store, ring, settings.party, lambda: str(uuid.uuid4()))
    settle_keys(home, node)
    return Opened(home, settings, store, clock, node, ring)


def settle_keys(home: Home, node: Node) -> None:
    """What a crash in the middle of a change of keys has left: the journal says whether the next key counts
    already; then it takes its place in the folder.
    """
    home.keys.recover()
    following = home.keys.next_key_id()
    if following is not None and any(it.key.id == following for it in node.certified().values()):
        home.keys.promote()


def _toml(settings: Settings) -> str:
    """Our own settings as TOML: texts, numbers, lists of texts and one level of tables is all there is."""
    plain = msgspec.to_builtins(settings)
    lines = [
        f"{name} = {msgspec.json.encode(plain[name]).decode()}"
        for name in ("party", "title", "database", "clock")
    ]
    tables = [("[line]", plain["line"]), ("[console]", plain["console"])]
    tables += [("[f3548]", plain["f3548"])] if plain["f3548"] else []
    tables += [("[reader]", plain["reader"])] if settings.reader != Preferences() else []
    tables += [("[[partners]]", partner) for partner in plain["partners"]]
    for heading, table in tables:
        lines += ["", heading]
        lines += [
            f"{name} = {msgspec.json.encode(value).decode()}"
            for name, value in table.items()
            if value is not None
        ]
    return "\n".join(lines) + "\n"
