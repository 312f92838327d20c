"""``openline token``: keys, tokens that a node believes, and the issuer that F3548 clients ask."""

import asyncio
import base64
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from openline.api.f3548.auth import Tokens
from openline.api.f3548.issuing import IssuerKey, issuer_app, new_key
from openline.api.f3548.keys import Keys, read_keys
from openline.utm.dss.requests import Caller
from unit.cli.by_hand import openline

HOST = "dss.example.com"
MAKE = ("--sub", "uss1", "--audience", HOST, "--scope", "utm.strategic_coordination", "--scope", "a")
KEYS = {algorithm: IssuerKey(new_key(algorithm)) for algorithm in ("RS256", "ES256")}


def believed(public: bytes, token: str) -> Caller:
    tokens = Tokens(Keys(read_keys(public)), [HOST], time.time)
    return asyncio.run(tokens.verify(f"Bearer {token}".encode()))


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_a_node_believes_the_tokens_of_the_keys_that_were_made(tmp_path: Path, algorithm: str) -> None:
    made = openline("token", "keys", tmp_path / "k", "--algorithm", algorithm, "--json").json
    assert stat.S_IMODE(Path(made["private"]).stat().st_mode) == 0o600
    token = openline("token", "make", "--key", made["private"], *MAKE, "--json").json
    assert token["expires_at_ms"] / 1_000 <= time.time() + 3_600
    caller = believed(Path(made["public"]).read_bytes(), token["access_token"])
    assert caller == Caller("uss1", frozenset({"utm.strategic_coordination", "a"}))
    assert openline("token", "make", "--key", made["private"], *MAKE).out.count(".") == 2
    assert 'keys = ["' in openline("token", "keys", tmp_path / "other").out


def test_keys_that_are_there_stay(tmp_path: Path) -> None:
    openline("token", "keys", tmp_path)
    before = (tmp_path / "token.key").read_bytes()
    again = openline("token", "keys", tmp_path, "--json")
    assert (again.code, again.fault["code"]) == (1, "key-exists")
    assert (tmp_path / "token.key").read_bytes() == before


def test_bad_input_is_refused_by_its_name(tmp_path: Path) -> None:
    openline("token", "keys", tmp_path)
    key = tmp_path / "token.key"
    for arguments, code, exit_code in [
        (("make", "--key", tmp_path / "none", *MAKE), "no-such-file", 4),
        (("make", "--key", tmp_path / "token.pub", *MAKE), "bad-token-key", 2),
        (("make", "--key", key, "--sub", " ", *MAKE[2:]), "missing-claim", 2),
        (("serve", "--key", key, "--listen", "0.0.0.0:0"), "issuer-not-loopback", 1),
        (("serve", "--key", key, "--listen", "here"), "bad-address", 2),
    ]:
        done = openline("token", *arguments, "--json")
        assert (done.code, done.fault["code"]) == (exit_code, code)
    assert openline("token", "make", "--key", key, *MAKE, "--minutes", "61").code == 2


# The issuer ---------------------------------------------------------------------------------------
def asked(method: str, path: str, **more: Any) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(issuer_app(KEYS["ES256"]))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            return await http.request(method, path, **more)

    return asyncio.run(ask())


CLAIMS = {"grant_type": "client_credentials", "scope": "a b"}
BASIC = base64.b64encode(b"uss1:secret").decode()
IN_TEN_MINUTES = "in ten minutes"
WAYS: dict[str, dict[str, Any]] = {
    "InterUSS' dummy OAuth": {
        "method": "GET",
        "params": CLAIMS | {"intended_audience": HOST, "issuer": "dummy", "sub": "uss1"},
    },
    "client credentials": {"method": "POST", "data": CLAIMS | {"audience": HOST, "client_id": "uss1"}},
    "HTTP Basic": {
        "method": "POST",
        "data": CLAIMS | {"resource": HOST},
        "headers": {"authorization": f"Basic {BASIC}"},
    },
    "a POST without a form": {"method": "POST", "params": CLAIMS | {"audience": HOST, "sub": "uss1"}},
    "until a time": {
        "method": "GET",
        "params": {"scope": "a b", "audience": HOST, "sub": "uss1", "expire": IN_TEN_MINUTES},
    },
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_the_issuer_gives_a_token_in_the_form_that_clients_ask(way: dict[str, Any]) -> None:
    params = way.get("params", {})
    if params.get("expire") == IN_TEN_MINUTES:  # from when it is asked, not from when the tests were read
        way = way | {"params": params | {"expire": int(time.time()) + 600}}
    answer = asked(path="/token", **way)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["token_type"], told["scope"]) == ("Bearer", "a b")
    assert 0 < told["expires_in"] <= 3_600
    caller = believed(asked("GET", "/jwks.json").content, told["access_token"])
    assert caller == Caller("uss1", frozenset({"a", "b"}))


@pytest.mark.parametrize(
    "params",
    [
        {"scope": "a", "sub": "u"},
        {"scope": "a", "audience": HOST},
        {"audience": HOST, "sub": "u"},
        {"scope": "a", "audience": HOST, "sub": "u", "grant_type": "password"},
        {"scope": "a", "audience": HOST, "sub": "u", "expire": "1"},
        {"scope": "a", "audience": HOST, "sub": "u", "expire": "soon"},
    ],
    ids=["no audience", "no sub", "no scope", "another grant", "over already", "no time"],
)
def test_the_issuer_says_what_is_missing(params: dict[str, str]) -> None:
    answer = asked("GET", "/token", params=params)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert answer.json()["message"]


@pytest.mark.slow
def test_the_issuer_serves_on_this_machine_until_it_is_told_to_stop(tmp_path: Path) -> None:
    openline("token", "keys", tmp_path)
    command = ["token", "serve", "--key", str(tmp_path / "token.key"), "--listen", "127.0.0.1:0"]
    with subprocess.Popen(
        [sys.executable, "-m", "openline", *command], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        params = {"scope": "a", "audience": HOST, "sub": "uss1"}
        assert httpx.get(url, params=params, trust_env=False).status_code == 200
        process.terminate()
        assert process.wait(20) == 0
