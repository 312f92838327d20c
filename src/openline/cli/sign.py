"""``openline accord sign``: countersigning what was proposed, and installing what both have signed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openline.cli.bundles import bundle_of, own_certificate, partner_of, show_bundle
from openline.cli.given import Json, PassphraseFile, passphrase, read_file, write_file
from openline.cli.opened import opened
from openline.cli.partner import TlsCa, Url
from openline.errors import Refused

if TYPE_CHECKING:
    from openline.accord.document import Bundle
    from openline.bootstrap import Opened


def sign(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="The proposal, or the countersigned accord.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "--output",
            metavar="FILE",
            help="Where the countersigned accord goes; FILE itself, if not given.",
        ),
    ] = None,
    their_key: Annotated[
        str | None, typer.Option(metavar="HEX", help="Sign only if this is their party key.")
    ] = None,
    url: Url = None,
    tls_ca: TlsCa = None,
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """Countersign an accord and install it; with both signatures on it already, just verify and install.

    The second party signs, and sends the file back; the first then runs the same verb on it. Read it first:
    `openline accord show FILE`, and compare the key ids with the partner over another way.

    \b
    Example:
      openline accord sign accord.bundle --url https://bravo.example:7410
    Read on: docs/spec/accord.md, signing.
    """
    data = read_file(file, "FILE")
    with opened(ctx) as it:
        bundle = bundle_of(data, _pinned(data, it, their_key))
        _check_ours(it, bundle)
        said = "signed by both, and installed"
        if bundle.status == "proposed":
            bundle = _countersigned(it, bundle, passphrase(passphrase_file))
            write_file(out or file, bundle.data, "--out")
            said += f"; send {out or file} back to {partner_of(it, bundle.accord)}, who installs it, too"
        elif out is not None:
            write_file(out, bundle.data, "--out")
        it.node.install_accord(bundle.data, it.clock.now_ms())
        if url:
            from openline.cli.partner import remember

            remember(it.home, bundle.accord.id, url, tls_ca)
    show_bundle(bundle, as_json=as_json, said=said)


def _pinned(data: bytes, it: "Opened", their_key: str | None) -> dict[str, Any] | None:
    if their_key is None:
        return None
    from openline.journal.keys import VerifyKey

    accord = bundle_of(data).accord
    return {accord.other(it.settings.party): VerifyKey.from_hex(their_key)}


def _check_ours(it: "Opened", bundle: "Bundle") -> None:
    """The accord must name this party, with the very party key that vouches for this node's own key."""
    bundle.accord.party(it.settings.party)
    own_certificate(it, bundle.accord)


def _countersigned(it: "Opened", bundle: "Bundle", secret: bytes | None) -> "Bundle":
    from openline.accord.document import countersign_bundle

    if it.settings.party in bundle.signed.signed_by:
        partner = partner_of(it, bundle.accord)
        raise Refused(
            "waits-for-partner",
            f"you have signed it; {partner} has not",
            party=partner,
            clause="states",
            remedy=f"send the file to {partner}, and sign again what comes back",
        )
    own_key = it.home.party_key(secret)
    certificate = own_certificate(it, bundle.accord)
    return bundle_of(countersign_bundle(bundle.data, own_key, certificate, at_ms=it.clock.now_ms()))
