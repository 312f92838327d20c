"""``openline key request``, ``certify``, ``rotate``, ``certificate``: another node key follows."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openline.cli.given import (
    Json,
    OutFile,
    PassphraseFile,
    directory_of,
    moment_ms,
    read_file,
    write_file,
)
from openline.cli.opened import opened
from openline.cli.output import fields, note, say, show
from openline.errors import NotFound, Refused

if TYPE_CHECKING:
    from openline.bootstrap import Home, Opened
    from openline.journal.keys import SigningKey

PartyKey = Annotated[
    Path | None,
    typer.Option(metavar="PEM", help="The party key, where it is kept; keys/party.pem, if not given."),
]
MAX_WORD_BYTES = 16_384


def request(ctx: typer.Context, out: OutFile, as_json: Json = False) -> None:
    """Make the node's next key, and a request for the party's certificate. Nothing changes yet.

    Carry the request to where the party key is kept; asked again, it writes the same request.

    \b
    Example:
      openline key request --out alpha.request
    Read on: `openline key certify`; docs/how-to/keys.md.
    """
    from openline.bootstrap import Home
    from openline.journal.certificate import seal_request

    home = Home(directory_of(ctx))
    party = home.settings().party
    key = next_key(home)
    write_file(out, seal_request(party, key), "--out")
    data = {"file": str(out), "party": party, "key": key.public.hex, "key_id": key.id}
    show(data, lambda: fields({"request": out, "key id": key.id}), as_json=as_json)


def certify(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="What `openline key request` wrote.")],
    out: OutFile,
    years: Annotated[int, typer.Option(min=1, max=20, help="How long the certificate is valid.")] = 5,
    from_: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", help="Since when (RFC 3339). A year ago, if not given."),
    ] = None,
    party_key: PartyKey = None,
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """Vouch for a node's next key with the party key. It needs no node and no network.

    Compare the key id with what the node printed.

    \b
    Example:
      openline key certify alpha.request --party-key /media/stick/party.pem --out alpha.certificate
    Read on: `openline key rotate`; docs/how-to/keys.md.
    """
    from openline.bootstrap import YEAR_MS, RealClock, certificate_for
    from openline.journal.certificate import open_request, seal_certificate
    from openline.journal.keys import VerifyKey

    asked = open_request(read_word(file))
    own = opened_party_key(ctx, party_key, passphrase_file)
    now_ms = moment_ms(from_, "--from") + YEAR_MS if from_ else RealClock().now_ms()
    word = certificate_for(asked.party, asked.node_key, now_ms, years)
    write_file(out, seal_certificate(word, own), "--out")
    key_id = VerifyKey.from_hex(asked.node_key).id
    data = {"file": str(out), "party": asked.party, "key_id": key_id, "valid_until_ms": word.valid_until_ms}
    show(data, lambda: fields({"certificate": out, "of": asked.party, "key id": key_id}), as_json=as_json)


def rotate(
    ctx: typer.Context,
    certificate: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="From `key certify`; made here, if not given: the party key is here."
        ),
    ] = None,
    lost: Annotated[
        bool,
        typer.Option(
            "--lost", help="The key before is lost or revoked: the new one seals the change itself."
        ),
    ] = False,
    party_key: PartyKey = None,
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """Let the node's next key follow, on every line, from the next number on. A serving node goes on at once.

    It may be interrupted at any moment and run again. With --lost the partner believes it only after its
    people have imported the certificate that you brought them by hand.

    \b
    Examples:
      openline key rotate
      openline key rotate --certificate alpha.certificate
    Read on: docs/how-to/keys.md; docs/spec/line-protocol.md, section 20.
    """
    with opened(ctx) as it:
        sealed = (
            read_word(certificate) if certificate else _certified_here(ctx, it, party_key, passphrase_file)
        )
        said = change(it, sealed, lost=lost)
    data = {"key_id": key_id_of(sealed), "accords": said}
    show(data, lambda: say(f"the node seals with {data['key_id']} on {len(said)} line(s)"), as_json=as_json)
    if said and not as_json:
        note("a serving node carries it to the partner")


def change(it: "Opened", sealed: bytes, *, lost: bool) -> list[str]:
    """The files first, beside those that count; then the journal, in one commit; then the files take their
    places. Whatever moment it ends at, opening the node goes on from there.
    """
    from openline.keyfiles import write_whole

    files = it.home.keys
    wanted = key_id_of(sealed)
    follows = files.next.exists() and next_key(it.home).id == wanted
    if it.ring.find(wanted) is None:
        raise Refused(
            "node-key-missing",
            f"the key of this certificate is not at hand: {wanted}",
            party=it.settings.party,
            field="--certificate",
            remedy="give the certificate of the key that `openline key request` made here",
        )
    if follows:
        write_whole(files.next_certificate, sealed, 0o644)
    said = it.node.change_key(sealed, it.clock.now_ms(), lost=lost)
    if follows:
        files.promote()
    return said


def key_id_of(sealed: bytes) -> str:
    from openline.journal.certificate import open_certificate

    return open_certificate(sealed, None).key.id


def _certified_here(
    ctx: typer.Context, it: "Opened", party_key: Path | None, passphrase_file: Path | None
) -> bytes:
    from openline.bootstrap import certificate_for
    from openline.journal.certificate import seal_certificate

    own = opened_party_key(ctx, party_key, passphrase_file)
    key = next_key(it.home)
    return seal_certificate(certificate_for(it.settings.party, key.public.hex, it.clock.now_ms()), own)


def next_key(home: "Home") -> "SigningKey":
    """The node's next key: the one that waits, else a new one, encrypted as the node's key is."""
    from openline.journal.keys import SigningKey
    from openline.keyfiles import find_passphrase, is_encrypted, read_key, write_whole

    files = home.keys
    if files.next.exists():
        return read_key(files.next)
    secret = None
    if files.node.exists() and is_encrypted(files.node.read_bytes()):
        secret = find_passphrase(str(files.node))
        read_key(files.node, lambda _: secret or b"")  # the very passphrase that opens the key before
    key = SigningKey.generate()
    write_whole(files.next, key.to_pem(secret), 0o600)
    return key


def certificate(ctx: typer.Context, out: OutFile, as_json: Json = False) -> None:
    """Write the party's word for this node's key into a file, to be carried to the partner by hand.

    Of a key that is certified and does not count yet, that one's.

    \b
    Example:
      openline key certificate --out alpha.certificate
    Read on: `openline key import`; docs/how-to/keys.md.
    """
    from openline.bootstrap import Home

    files = Home(directory_of(ctx)).keys
    chosen = files.next_certificate if files.next_certificate.exists() else files.certificate
    sealed = read_file(chosen, "keys")
    write_file(out, sealed, "--out")
    data = {"file": str(out), "key_id": key_id_of(sealed)}
    show(data, lambda: fields({"certificate": out, "key id": data["key_id"]}), as_json=as_json)


# What the other verbs on keys share


def read_word(path: Path) -> bytes:
    """A sealed word from a file; the line feed that an editor puts behind it is none of it."""
    return read_file(path, "FILE", MAX_WORD_BYTES).strip()


def opened_party_key(ctx: typer.Context, path: Path | None, passphrase_file: Path | None) -> "SigningKey":
    """From where it is said to be, else from the node's directory. Raises NotFound ``no-party-key``."""
    from openline.bootstrap import Home
    from openline.keyfiles import find_passphrase, read_key, read_passphrase

    home = Home(directory_of(ctx))
    place = path or home.keys.party
    if not place.exists():
        raise NotFound(
            "no-party-key",
            f"there is no party key in {place}; it is kept offline",
            field="--party-key",
            remedy="give --party-key PEM, or do it where the party key is kept: openline key certify",
        )
    if passphrase_file is not None:
        return read_key(place, lambda _: read_passphrase(passphrase_file))
    return read_key(place, find_passphrase)
