"""What suppliers meet: the DSS, our own USS and their listener, put together from the settings."""

import contextlib
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Final

import httpx
import msgspec
import structlog

from openline.api.f3548 import flight_planning, versioning
from openline.api.f3548.application import F3548App
from openline.api.f3548.interface import all_operations
from openline.api.f3548.operation import Given, Operation
from openline.bootstrap import F3548, Opened
from openline.conflict.warm import load_kernels
from openline.errors import NotFound, Unavailable
from openline.link.f3548 import Calls, HttpDss, Peers
from openline.link.tokens import Issued, SelfMade, Source, Token, Tokens
from openline.running.bridging.bridge import BRIDGE, Bridge
from openline.running.bridging.given import Given as BridgeGiven
from openline.running.bridging.given import Turn
from openline.running.dss import DssThread
from openline.running.f3548 import placed, supplying
from openline.running.listening import in_home
from openline.running.replicas import Replica
from openline.running.uss.given import Given as UssGiven
from openline.running.uss.node_uss import Exchanges, NodeUss
from openline.store.airspace import SqlAirspaceStore
from openline.store.uss import SqlUssStore
from openline.utm.dss.ports import Dss
from openline.utm.dss.registry import Registry
from openline.utm.dss.settings import Settings as DssSettings

MAX_CALLS: Final = 50
"""Connections to other USSs and issuers at once."""
CALL_S: Final = 10.0

_log = structlog.get_logger("openline.f3548")


class Lines(msgspec.Struct, frozen=True):
    """What the bridge needs of the lines: a turn on the node, and to wake who sends."""

    turn: Turn
    wake: Callable[[], None]


class Suppliers(msgspec.Struct, frozen=True):
    """At work: the port and the application with its counts; the DSS, and our own USS."""

    port: int
    app: F3548App
    dss: DssThread
    uss: NodeUss


@contextlib.asynccontextmanager
async def suppliers(
    settings: F3548, opened: Opened, replica: Replica, version: str, lines: Lines
) -> AsyncIterator[Suppliers]:
    """All of it at work until the block ends; what was begun is done first. The bridge to the lines is one of
    the replica's duties. Raises as `placed` and `supplying`, and what loading the airspace raises.
    """
    party, home = opened.settings.party, opened.home.directory
    async with contextlib.AsyncExitStack() as stack:
        place = stack.enter_context(placed(settings, home))
        dss, registry = await _dss(settings, opened, replica, stack)
        uss = await _uss(settings, opened, replica, dss, place.base_url, stack)
        bridged = BridgeGiven(
            turn=lines.turn,
            dss=dss,
            airspace=registry,
            party=party,
            base_url=place.base_url,
            details_of=uss.details_of,
            tell=uss.tell,
            wake=lines.wake,
        )
        _bridge(settings, replica, bridged, uss)
        given = Given(
            dss=dss,
            uss=uss,
            pool=settings.pool or party,
            version=version,
            time_based_notification_index=settings.time_based_notification_index,
        )
        served = all_operations(given, is_dss=settings.dss_base_url is None)
        operations = (*served, *_for_drivers(settings, opened, uss, version))
        app = await stack.enter_async_context(supplying(place, operations))
        yield Suppliers(place.port, app, dss, uss)


async def _dss(
    settings: F3548, opened: Opened, replica: Replica, stack: contextlib.AsyncExitStack
) -> tuple[DssThread, Registry]:
    store = SqlAirspaceStore(opened.store)
    rules = DssSettings(
        allow_http=settings.allow_http,
        time_based_notification_index=settings.time_based_notification_index,
    )
    registry = Registry(store, rules, lambda: str(uuid.uuid4()))
    thread = DssThread(registry, store, opened.clock, may_tend=replica.holds, warm_up=load_kernels)
    stack.callback(thread.close)
    await thread.start()
    return thread, registry


def _bridge(settings: F3548, replica: Replica, given: BridgeGiven, uss: NodeUss) -> None:
    if settings.dss_base_url is not None:
        _log.info(
            "no bridge", reason="what partners tell is not put into another's DSS", dss=settings.dss_base_url
        )
        return
    bridge = Bridge(given)
    uss.also_answers(bridge)
    replica.add(BRIDGE, bridge.run)


async def _uss(
    settings: F3548,
    opened: Opened,
    replica: Replica,
    dss: Dss,
    base_url: str,
    stack: contextlib.AsyncExitStack,
) -> NodeUss:
    http = await stack.enter_async_context(_client())
    manager = settings.manager or opened.settings.party
    exchanges = Exchanges()
    tokens = Tokens(_source(settings, opened.home.directory, manager, http))
    calls = Calls(http, tokens, allow_http=settings.allow_http, record=exchanges)
    given = UssGiven(
        dss=dss if settings.dss_base_url is None else HttpDss(settings.dss_base_url, calls),
        peers=Peers(calls),
        store=SqlUssStore(opened.store),
        manager=manager,
        base_url=base_url,
        now_ms=opened.clock.now_ms,
    )
    uss = NodeUss(given, exchanges)
    await stack.enter_async_context(uss.at_work(replica.holds))
    return uss


def _for_drivers(settings: F3548, opened: Opened, uss: NodeUss, version: str) -> Sequence[Operation]:
    if not settings.automated_testing:
        return ()
    return (*flight_planning.operations(uss, opened.clock.now_ms), *versioning.operations(version))


def _client() -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=MAX_CALLS)
    return httpx.AsyncClient(timeout=CALL_S, trust_env=False, limits=limits)


# Our own tokens -----------------------------------------------------------------------------------
def _source(settings: F3548, home: Path, manager: str, http: httpx.AsyncClient) -> Source:
    if settings.token_key is not None:
        return SelfMade(_read(home, settings.token_key, "f3548.token_key"), manager, time.time)
    if settings.token_url is not None:
        secret = settings.token_secret and _read(home, settings.token_secret, "f3548.token_secret")
        return Issued(http, settings.token_url, manager, secret.decode().strip() if secret else None)
    return _NoIssuer()


class _NoIssuer:
    async def issue(self, audience: str, scope: str) -> Token:
        raise Unavailable(
            "no-token",
            "no issuer of our own tokens is configured, so no other USS can be asked",
            field="f3548.token_url",
            remedy="give f3548.token_url, or f3548.token_key for trying it alone",
        )


def _read(home: Path, name: str, field: str) -> bytes:
    try:
        return Path(in_home(home, name) or name).read_bytes()
    except OSError as fault:
        raise NotFound("no-such-file", f"{name} cannot be read ({fault.strerror})", field=field) from None
