"""``openline key succeed``, ``countersign``, ``accept``: another party key follows."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openline.cli.given import Json, OutFile, PassphraseFile, write_file
from openline.cli.key_change import PartyKey, opened_party_key, read_word
from openline.cli.opened import opened
from openline.cli.output import fields, say, show
from openline.errors import Refused

if TYPE_CHECKING:
    from openline.bootstrap import Opened
    from openline.journal.keys import SigningKey, VerifyKey
    from openline.journal.succession import SignedSuccession


def succeed(
    ctx: typer.Context,
    out: OutFile,
    lost: Annotated[
        bool,
        typer.Option("--lost", help="The old party key is lost: the partner will stand for the new one."),
    ] = False,
    party_key: PartyKey = None,
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """Make another party key to follow yours, and the document that says so.

    The old key signs it or, with --lost, the partner's party does: both sides read the words of the new key
    to each other. Then both accept it, and the next version of each accord states it.

    \b
    Example:
      openline key succeed --out alpha.succession
    Read on: `openline key accept`; docs/how-to/keys.md.
    """
    from openline.journal.succession import seal_succession

    with opened(ctx) as it:
        old = None if lost else opened_party_key(ctx, party_key, passphrase_file)
        new = _next_party_key(it)
        sealed = seal_succession(_succession(it, new, old), [new, old] if old else [new])
    write_file(out, sealed, "--out")
    data = _as_data(new.public, str(out))
    show(data, lambda: _words_for_people(data), as_json=as_json)


def _next_party_key(it: "Opened") -> "SigningKey":
    """The one that waits, else a new one, encrypted as the node's key is."""
    from openline.journal.keys import SigningKey
    from openline.keyfiles import find_passphrase, is_encrypted, read_key, write_whole

    files = it.home.keys
    if files.next_party.exists():
        return read_key(files.next_party)
    secret = None
    if files.node.exists() and is_encrypted(files.node.read_bytes()):
        secret = find_passphrase(str(files.next_party))
    key = SigningKey.generate()
    write_whole(files.next_party, key.to_pem(secret), 0o600)
    return key


def _succession(it: "Opened", new: "SigningKey", old: "SigningKey | None") -> Any:
    from openline.bootstrap import certificate_for
    from openline.journal.certificate import seal_certificate
    from openline.journal.succession import Succession

    party, now_ms = it.settings.party, it.clock.now_ms()
    stated = {key.hex for key in _stated(it, party)}
    if old is not None:
        stated &= {old.public.hex}
    if len(stated) != 1:
        raise Refused(
            "not-our-key",
            f"{len(stated)} keys of {party} are stated by the accords here, and one is to be followed",
            party=party,
            field="--party-key",
        )
    node_key = list(it.node.certified().values())[-1].key
    certificate = seal_certificate(certificate_for(party, node_key.hex, now_ms), new)
    return Succession(
        party=party,
        old_key=stated.pop(),
        new_key=new.public.hex,
        certificate=certificate.decode(),
        at_ms=now_ms,
    )


def _stated(it: "Opened", party: str) -> "list[VerifyKey]":
    """What the newest versions of the accords here state as this party's key."""
    from openline.accord.document import party_keys

    with it.node.looking() as (_, desks, _own):
        accords = [desk.bundles[max(desk.bundles)].accord for desk in desks.values()]
    return [party_keys(accord)[party] for accord in accords if party in accord.names]


def _as_data(key: "VerifyKey", file: str) -> dict[str, Any]:
    from openline.journal.words import words_of

    return {"file": file, "key": key.hex, "key_id": key.id, "words": list(words_of(key))}


def _words_for_people(data: dict[str, Any]) -> None:
    fields({"succession": data["file"], "new key id": data["key_id"]})
    say("Read to the other side: " + " ".join(data["words"]))


def countersign(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="The partner's succession, whose old key is lost.")],
    words: Annotated[
        str, typer.Option(metavar="WORDS", help="The sixteen words of the new key, as you heard them.")
    ],
    out: OutFile,
    party_key: PartyKey = None,
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """Stand with your party key for the partner's new one, after its people have read you its words.

    \b
    Example:
      openline key countersign bravo.succession --words "nurse eclipse voice ..." --out bravo.countersigned
    Read on: docs/how-to/keys.md has the telephone call.
    """
    from openline.journal.succession import countersign_succession

    sealed = read_word(file)
    own = opened_party_key(ctx, party_key, passphrase_file)
    with opened(ctx) as it:
        keys, signed = _opened_succession(it, sealed)
    _check_words(signed, words)
    write_file(out, countersign_succession(sealed, keys, own), "--out")
    data = {"file": str(out), "party": signed.succession.party}
    show(data, lambda: say(f"{out} is for both sides: openline key accept"), as_json=as_json)


def accept(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="What `key succeed` wrote or, of a lost key, `key countersign`.")
    ],
    words: Annotated[
        str | None,
        typer.Option(metavar="WORDS", help="The sixteen words of the new key, as the other side read them."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Accept that another party key follows. The next version of the accord may then state it.

    Where the old key has signed, no words are needed. Where it is lost, a person at each node types what was
    read over the telephone; of each word its first four letters are enough.

    \b
    Example:
      openline key accept bravo.succession --words "nurse eclipse voice ..."
    Read on: `openline accord propose --revise`; docs/how-to/keys.md.
    """
    sealed = read_word(file)
    with opened(ctx) as it:
        _, signed = _opened_succession(it, sealed)
        if words is not None or not signed.signed_by_old:
            _check_words(signed, words or "")
        learned = it.node.learn(sealed, it.clock.now_ms())
        if signed.succession.party == it.settings.party:
            _take_over(it, signed)
    data = {"party": learned.party, "new_key": signed.succession.new_key, "accords": list(learned.accords)}
    said = f"the next version may state the new key of {learned.party}: openline accord propose --revise"
    show(data, lambda: say(said), as_json=as_json)


def _take_over(it: "Opened", signed: "SignedSuccession") -> None:
    """Our new party key takes its place in keys/; the old one, where it is, stays beside it until nobody
    needs it.
    """
    from openline.keyfiles import read_key

    files = it.home.keys
    if files.next_party.exists() and read_key(files.next_party).public.hex == signed.succession.new_key:
        if files.party.exists():
            files.party.replace(files.old_party)
        files.next_party.replace(files.party)


def _opened_succession(it: "Opened", sealed: bytes) -> "tuple[dict[str, VerifyKey], SignedSuccession]":
    """Under the party keys of the accord that it belongs to. Raises Unverifiable as the last one says."""
    from openline.accord.document import party_keys
    from openline.errors import Unverifiable
    from openline.journal.succession import open_succession

    with it.node.looking() as (_, desks, _own):
        accords = [desk.bundles[max(desk.bundles)].accord for desk in desks.values()]
    fault = Unverifiable("party-unknown", "there is no line here whose party it could be", field="FILE")
    for accord in accords:
        try:
            keys = party_keys(accord)
            return keys, open_succession(sealed, keys)
        except Unverifiable as found:
            fault = found
    raise fault


def _check_words(signed: "SignedSuccession", words: str) -> None:
    from openline.journal.keys import VerifyKey
    from openline.journal.words import check_words

    check_words(words, VerifyKey.from_hex(signed.succession.new_key))
