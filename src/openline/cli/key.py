"""``openline key``: the group of verbs, what keys there are, and their words for the telephone."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openline.cli.given import Json, group, read_file
from openline.cli.key_change import certificate, certify, request, rotate
from openline.cli.key_party import accept, countersign, succeed
from openline.cli.key_rest import decrypt, encrypt
from openline.cli.key_revoke import import_word, revoke
from openline.cli.opened import opened
from openline.cli.output import fields, say, show, table
from openline.errors import Invalid

if TYPE_CHECKING:
    from openline.bootstrap import Opened
    from openline.journal.keys import VerifyKey


def register(app: typer.Typer) -> None:
    verbs = group("key", "The keys of your party and node, and those of the partner.")
    for verb in (words, request, certify, rotate, certificate, revoke, succeed, countersign, accept):
        verbs.command()(verb)
    verbs.command()(encrypt)
    verbs.command()(decrypt)
    verbs.command("list")(listing)
    verbs.command("import")(import_word)
    app.add_typer(verbs)


def listing(ctx: typer.Context, as_json: Json = False) -> None:
    """List the node keys of both sides on every line: which counts, which did, which is revoked.

    \b
    Example:
      openline key list --json
    Read on: docs/how-to/keys.md.
    """
    with opened(ctx) as it:
        now_ms = it.clock.now_ms()
        with it.node.looking() as (_, desks, _own):
            rows = [
                row
                for desk in desks.values()
                for party in (desk.me, desk.partner)
                for row in _rows(desk, party, now_ms)
            ]
    cells = [[row["accord_id"][:8], row["party"], row["key_id"][:12], row["state"]] for row in rows]
    columns = ("accord", "party", "key id", "state")
    show(rows, lambda: table("Node keys", columns, cells, "there is no line yet"), as_json=as_json)


def _rows(desk: Any, party: str, now_ms: int) -> list[dict[str, Any]]:
    chain, revoked = desk.keys.chain(party), desk.keys.revoked(party, now_ms)
    states = {name: "counts" if name in chain.current else "followed" for name in chain.every}
    states |= dict.fromkeys(desk.keys.brought(party), "brought")
    states |= {name: f"revoked: {it.reason}" for name, it in revoked.items()}
    return [
        {"accord_id": desk.accord_id, "party": party, "key_id": name, "state": state}
        for name, state in states.items()
    ]


def words(
    ctx: typer.Context,
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="KEY|FILE", help="A public key in hex, or a file that names one; yours, if not."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show keys as sixteen words, to be read to the other side over the telephone.

    Without an argument: the party and node keys of both sides on every line, as this node knows them. The
    other side reads hers from her own node; only if all sixteen agree is it the same key.

    \b
    Examples:
      openline key words
      openline key words bravo.certificate
    Read on: docs/how-to/keys.md has the telephone call.
    """
    if what is not None:
        keys = _named(what)
    else:
        with opened(ctx) as it:
            keys = _known(it)
    rows = [_as_words(name, key) for name, key in keys.items()]
    show(rows, lambda: _for_people(rows), as_json=as_json)


def _as_words(name: str, key: "VerifyKey") -> dict[str, Any]:
    from openline.journal.words import words_of

    return {"what": name, "key": key.hex, "key_id": key.id, "words": list(words_of(key))}


def _for_people(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        say(row["what"])
        fields({"  key id": row["key_id"]})
        for first in range(0, len(row["words"]), 4):
            say("  " + "".join(f"{word:<12}" for word in row["words"][first : first + 4]).rstrip())


def _known(it: "Opened") -> dict[str, "VerifyKey"]:
    from openline.accord.document import party_keys

    found: dict[str, VerifyKey] = {}
    if it.home.keys.certificate.exists():
        from openline.journal.certificate import open_certificate

        found["our node key"] = open_certificate(it.home.certificate(), None).key
    with it.node.looking() as (_, desks, _own):
        for desk in desks.values():
            for party, key in party_keys(desk.bundles[max(desk.bundles)].accord).items():
                found[f"party key of {party}"] = key
                for certified in desk.keys.chain(party).current.values():
                    found[f"node key of {party}"] = certified.key
    return found


def _named(what: str) -> dict[str, "VerifyKey"]:
    """From hex, or from a certificate, revocation, request or succession. What stands in a file is shown, not
    believed.
    """
    import msgspec

    from openline.journal.envelope import open_envelope
    from openline.journal.keys import VerifyKey

    if not Path(what).exists():
        return {"the key": VerifyKey.from_hex(what.lower())}
    envelope = open_envelope(read_file(Path(what), "FILE").strip())
    said = msgspec.json.decode(envelope.payload)
    named = {name: said[name] for name in ("node_key", "old_key", "new_key") if name in said}
    if not named:
        raise Invalid("no-key-in-it", f"{what} names no key", field="FILE", message=what)
    return {f"{name.replace('_', ' ')} in {what}": VerifyKey.from_hex(text) for name, text in named.items()}
