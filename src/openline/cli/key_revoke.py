"""``openline key revoke`` and ``import``: what parties say of their node keys beside the lanes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from openline.cli.given import Json, OutFile, PassphraseFile, moment_ms, write_file
from openline.cli.key_change import PartyKey, opened_party_key, read_word
from openline.cli.opened import opened
from openline.cli.output import moment, note, say, show
from openline.errors import Invalid, NotFound, Refused

if TYPE_CHECKING:
    from openline.bootstrap import Opened
    from openline.journal.keys import SigningKey, VerifyKey
    from openline.node.rotation import Learned

ReasonWord = Literal["lost", "stolen", "superseded", "retired"]
"""As in openline.journal.revocation.RevocationReason (a test holds them together)."""

KEY_DIGITS = 64
LEAST_PREFIX = 8


def revoke(
    ctx: typer.Context,
    key: Annotated[
        str, typer.Argument(metavar="KEY", help="The start of the node key's id, or its public key in hex.")
    ],
    reason: Annotated[ReasonWord, typer.Option(help="stolen: nothing new under it is believed, at once.")],
    out: OutFile,
    from_: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", help="From which moment (RFC 3339). Now, if not given."),
    ] = None,
    party: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Whose key it is, where there is no node: only write it."),
    ] = None,
    party_key: PartyKey = None,
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """Take one of your node keys back, with the party key: written to a file, and said on every line.

    Where the party key is kept apart there is no node; with --party it is only written there, for
    `openline key import` at the node. Of a stolen key have the partner's people import the file at once as
    well: the line may be in other hands.

    \b
    Examples:
      openline key revoke c7b9b30e --reason superseded --out old.revocation
      openline key revoke 65e8f9b0... --reason stolen --party alpha --party-key p.pem --out stolen.revocation
    Read on: docs/how-to/keys.md.
    """
    own = opened_party_key(ctx, party_key, passphrase_file)
    from_ms = moment_ms(from_, "--from") if from_ else None
    if party is not None:
        node_key = _public_key(key)
        sealed, from_ms = _sealed(own, party, node_key, reason, from_ms)
        write_file(out, sealed, "--out")
        accords: list[str] = []
    else:
        with opened(ctx) as it:
            node_key = _own_node_key(it, key)
            now_ms = it.clock.now_ms()
            sealed, from_ms = _sealed(own, it.settings.party, node_key, reason, from_ms or now_ms)
            write_file(out, sealed, "--out")
            accords = list(it.node.revoke(sealed, now_ms).accords)
    data = {
        "file": str(out),
        "key_id": node_key.id,
        "reason": reason,
        "from_ms": from_ms,
        "accords": accords,
    }
    show(
        data,
        lambda: say(f"{node_key.id} is revoked ({reason}) from {moment(from_ms)}: {out}"),
        as_json=as_json,
    )
    if accords and not as_json:
        note("a serving node says so to the partner; of a stolen key tell its people by telephone as well")


def _sealed(
    own: "SigningKey", party: str, node_key: "VerifyKey", reason: ReasonWord, from_ms: int | None
) -> tuple[bytes, int]:
    from openline.bootstrap import RealClock
    from openline.journal.revocation import Revocation, seal_revocation

    moment_ms = RealClock().now_ms() if from_ms is None else from_ms
    word = Revocation(party=party, node_key=node_key.hex, from_ms=moment_ms, reason=reason)
    return seal_revocation(word, own), moment_ms


def _public_key(text: str) -> "VerifyKey":
    from openline.journal.keys import VerifyKey

    if len(text) != KEY_DIGITS:
        raise Invalid("bad-key", "without a node the whole public key is needed", field="KEY")
    return VerifyKey.from_hex(text.lower())


def _own_node_key(it: "Opened", text: str) -> "VerifyKey":
    """By the start of its id, or its public key. Raises NotFound ``no-such-key``."""
    from openline.journal.certificate import open_certificate

    with it.node.looking() as (_, desks, _own):
        every = {name: key for desk in desks.values() for name, key in desk.keys_of(desk.me).items()}
    if it.home.keys.certificate.exists():
        own = open_certificate(it.home.certificate(), None).key
        every[own.id] = own
    alike = [key for name, key in every.items() if name.startswith(text) or key.hex == text]
    if len(alike) != 1 or len(text) < LEAST_PREFIX:
        raise NotFound(
            "no-such-key",
            f"{len(alike)} of our node keys have an id that begins with {text!r}",
            field="KEY",
            remedy="openline key list shows them",
        )
    return alike[0]


def import_word(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A certificate or revocation, brought by hand.")],
    as_json: Json = False,
) -> None:
    """Take in what a party says of its node keys: a new certificate of the partner's, or a revocation.

    Compare the words of the key with the partner over the telephone first. A serving node knows it at once.

    \b
    Example:
      openline key import bravo.certificate
    Read on: docs/how-to/keys.md.
    """
    sealed = read_word(file)
    with opened(ctx) as it:
        learned = _take_in(it, sealed)
    data = {
        "kind": learned.kind,
        "party": learned.party,
        "accords": list(learned.accords),
        "new": learned.new,
    }
    word = "" if learned.new else ", which was known already"
    show(data, lambda: say(f"a {learned.kind} of {learned.party}{word}"), as_json=as_json)


def _take_in(it: "Opened", sealed: bytes) -> "Learned":
    from openline.journal.revocation import open_revocation
    from openline.node.party_words import kind_of_word

    kind = kind_of_word(sealed)
    if kind == "succession":
        raise Refused(
            "needs-a-person",
            "another party key is accepted by a person, not imported",
            field="FILE",
            remedy="openline key accept FILE --words ...",
        )
    now_ms = it.clock.now_ms()
    if kind == "revocation" and open_revocation(sealed, None).party == it.settings.party:
        return it.node.revoke(sealed, now_ms)
    return it.node.learn(sealed, now_ms)
