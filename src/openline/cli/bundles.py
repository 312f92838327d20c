"""Accords as the verbs handle them: from a file, from the store, and shown to people."""

from typing import TYPE_CHECKING, Any

from openline.cli.output import fields, say, show
from openline.errors import NotFound, OpenlineError, Refused

if TYPE_CHECKING:
    from openline.accord.document import Bundle
    from openline.accord.terms import Accord
    from openline.bootstrap import Opened

LEAST_PREFIX = 4


def installed(it: "Opened", accord_id: str) -> list["Bundle"]:
    """The versions of an installed accord, the newest last. Raises NotFound, Invalid ``which-line``."""
    from openline.node.views import desk_of

    if len(accord_id) < LEAST_PREFIX:
        text = f"{accord_id!r} is neither a file nor the start of an accord's id"
        raise NotFound("no-such-line", text, field="accord", remedy="openline accord show lists them")
    with it.node.looking() as (_, desks, _own):
        desk = desk_of(desks, accord_id)
        return [desk.bundles[version] for version in sorted(desk.bundles)]


def bundle_of(data: bytes, pinned: dict[str, Any] | None = None) -> "Bundle":
    from openline.accord.document import open_bundle

    return open_bundle(data, pinned=pinned)


def own_certificate(it: "Opened", accord: "Accord") -> bytes:
    """Our party's word for our node key under the party key that this accord states: another one may follow
    it. Raises Refused ``not-our-key`` where the accord states neither.
    """
    from openline.accord.document import party_keys
    from openline.journal.certificate import open_certificate

    party = it.settings.party
    stated = {party: party_keys(accord)[party]}
    following = [
        word.certificate.encode() for word in it.node.followers(accord.id).values() if word.party == party
    ]
    for sealed in (it.home.certificate(), *following):
        try:
            open_certificate(sealed, stated)
        except OpenlineError:
            continue
        return sealed
    raise Refused(
        "not-our-key",
        f"the accord states another key for {party} than the party key of this node",
        party=party,
        field="parties.key",
        clause="parties",
        remedy="have it proposed anew with the key that `openline accord key` prints",
    )


def partner_of(it: "Opened", accord: "Accord") -> str:
    return accord.other(it.settings.party)


def show_bundle(bundle: "Bundle", *, as_json: bool, said: str = "") -> None:
    import msgspec

    from openline.accord.document import party_keys
    from openline.cli.terms import in_words

    accord = bundle.accord
    ids = {name: key.id for name, key in party_keys(accord).items()}
    data = {
        "accord_id": accord.id,
        "version": accord.version,
        "status": bundle.status,
        "signed_by": list(bundle.signed.signed_by),
        "digest": bundle.digest,
        "key_ids": ids,
        "terms": msgspec.to_builtins(accord),
    }

    def people() -> None:
        words = in_words(accord)
        signed = {"signed by": ", ".join(bundle.signed.signed_by), "digest": bundle.digest}
        fields({**words, **{f"key id of {name}": key_id for name, key_id in ids.items()}, **signed})
        if said:
            say(said)

    show(data, people, as_json=as_json)
