"""``openline journal``: is it whole, and proofs for others."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openline.cli.exits import Exit
from openline.cli.given import AccordOption, Json, OutFile, directory_of, group, read_file, write_file
from openline.cli.opened import opened
from openline.cli.output import fields, moment, print_json, progress, say, short, show, table
from openline.errors import Invalid

if TYPE_CHECKING:
    from openline.journal.keys import VerifyKey
    from openline.journal.proof import Report
    from openline.node.audit import Audit

Entry = Annotated[
    str, typer.Argument(metavar="ENTRY", help="The start of its hash, or LANE:NUMBER such as routine:12.")
]
Theirs = Annotated[
    bool, typer.Option("--theirs/--ours", help="Whose lane LANE:NUMBER means: the partner's, or ours.")
]


def register(app: typer.Typer) -> None:
    verbs = group("journal", "What was said: is it whole, and proofs of it for others.")
    verbs.command("show")(show_journal)
    for verb in (verify, checkpoint, prove, check):
        verbs.command()(verb)
    app.add_typer(verbs)


def show_journal(
    ctx: typer.Context,
    entry: Annotated[
        str | None, typer.Argument(metavar="ENTRY", help="One message, whole; the last ones, if not given.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many of the last ones.")] = 20,
    theirs: Theirs = False,
    accord: AccordOption = None,
    as_json: Json = False,
) -> None:
    """Show the last messages of both directions, the newest last; or one message, whole.

    \b
    Examples:
      openline journal show --limit 50
      openline journal show routine:12 --theirs
    Read on: docs/spec/journal.md.
    """
    from openline.node.evidence import find_entry
    from openline.node.views import desk_of, entry_row, journal_rows

    with opened(ctx) as it, it.node.looking() as (tx, desks, _own):
        if entry is not None:
            desk, found = find_entry(tx, desks, entry, accord_id=accord, theirs=theirs)
            row = entry_row(found, tx.acknowledged(desk.accord_id, found.sender, found.lane))
            print_json({**row, **_opened(found.sealed)})
            return
        chosen = [desk_of(desks, accord)] if accord else list(desks.values())
        rows = journal_rows(tx, chosen, limit)
    cells = [
        [
            moment(row["at_ms"]),
            row["sender"],
            f"{row['lane']}:{row['number']}",
            row["kind"],
            short(row["hash"]),
            "yes" if row["acknowledged"] else "no",
        ]
        for row in rows
    ]
    columns = ("at (our clock)", "sender", "place", "kind", "hash", "acknowledged")
    show(rows, lambda: table("Journal", columns, cells, "nothing has been said yet"), as_json=as_json)


def _opened(sealed: bytes) -> dict[str, Any]:
    """Place and body as they were signed."""
    import msgspec

    from openline.journal.entry import open_line

    payload = open_line(sealed, None)
    return {"place": msgspec.to_builtins(payload.place), "body": msgspec.json.decode(payload.body)}


def verify(
    ctx: typer.Context,
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The partner's `journal checkpoint`: shows an end that was cut off."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Is the journal whole, and is the picture what it says? Exit code 3 when anything is found.

    All four lanes of every line: each byte, signature, place and link, the Merkle roots that were
    acknowledged; the node's own journal; and the tables of the picture, folded anew from the messages. What
    was cut off the end of everything shows only against a partner's checkpoint.

    \b
    Examples:
      openline journal verify
      openline journal verify --against bravo.checkpoint
    Read on: docs/spec/journal.md.
    """
    from openline.cli.threads import ordered_map
    from openline.node.audit import audit, size

    partner_word = read_file(against, "--against") if against else None
    with opened(ctx) as it, it.store.reading() as tx:
        party = it.settings.party
        with progress("verifying", size(tx, party), quiet=as_json) as done:
            report = audit(tx, party, against=partner_word, progress=done, mapped=ordered_map)
    show(_as_data(report), lambda: _for_people(report), as_json=as_json)
    if report.findings:
        raise typer.Exit(Exit.FOUND)


def _as_data(report: "Audit") -> dict[str, Any]:
    import msgspec

    return {"verified": report.verified, "root": report.root, **msgspec.to_builtins(report)}


def _for_people(report: "Audit") -> None:
    rows = [[finding.code, finding.lane, finding.number or "", finding.text] for finding in report.findings]
    if rows:
        table("Findings", ("found", "where", "number", "what"), rows, "")
    for line in report.lines:
        fields(
            {
                "line": f"with {line.partner}, accord {line.accord_id}",
                "messages": line.entries,
                "lane heads": line.root,
                "picture": line.digest,
            }
        )
    word = "NOT WHOLE" if rows else "whole"
    say(
        f"{report.entries} messages and {report.private_records} own records: {word}"
        + (f", {len(rows)} finding(s)" if rows else "")
    )


def checkpoint(
    ctx: typer.Context,
    out: OutFile,
    accord: AccordOption = None,
    as_json: Json = False,
) -> None:
    """Write what we sign to hold of both sides' lanes, so that the partner can hold its journal against it.

    \b
    Example:
      openline journal checkpoint --out alpha.checkpoint
    Read on: docs/spec/journal.md, checkpoints.
    """
    from openline.node.views import desk_of

    with opened(ctx) as it:
        with it.node.looking() as (_, desks, _own):
            desk = desk_of(desks, accord)
            accord_id, partner = desk.accord_id, desk.partner
        data = it.node.checkpoint(accord_id, it.clock.now_ms())
    write_file(out, data, "--out")
    found = {"accord_id": accord_id, "file": str(out), "lines": data.count(b"\n")}
    say_so = f"{out} is for {partner}: openline journal verify --against {out.name}"
    show(found, lambda: say(say_so), as_json=as_json)


def prove(
    ctx: typer.Context,
    entry: Entry,
    out: OutFile,
    theirs: Theirs = False,
    accord: AccordOption = None,
    as_json: Json = False,
) -> None:
    """Write one small file that proves one message to somebody who has only the two public keys.

    It shows that it was sent, that it was received if the partner has acknowledged it, the time that each
    side claims, and nothing else of what was said.

    \b
    Example:
      openline journal prove routine:12 --out request.proof
    Read on: `openline journal check`; docs/spec/journal.md, proofs.
    """
    from openline.node.evidence import find_entry
    from openline.node.evidence import prove as make

    with opened(ctx) as it, it.node.looking() as (tx, desks, _own):
        desk, found = find_entry(tx, desks, entry, accord_id=accord, theirs=theirs)
        proof = make(tx, desk, found)
        acknowledged = found.number <= tx.acknowledged(desk.accord_id, found.sender, found.lane)
    write_file(out, proof, "--out")
    data = {"file": str(out), "hash": found.hash, "kind": found.kind, "acknowledged": acknowledged}
    word = "sent and acknowledged" if acknowledged else "sent, not acknowledged"
    show(data, lambda: say(f"{out} proves {found.kind} {short(found.hash)}: {word}"), as_json=as_json)


def check(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="What `openline journal prove` wrote.")],
    key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PARTY=HEX",
            help="A party's public key; give both. This node's accords, if none is given.",
        ),
    ] = None,
    revocation: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A party's revocation that you have from it; may be repeated."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a proof. It needs no node: only the file and the parties' public keys (their `accord key`).

    A message under a key that a --revocation takes back is proved only where the receiver had stored it
    before.

    \b
    Example:
      openline journal check request.proof --key alpha=3d40... --key bravo=fc51...
    Read on: docs/spec/journal.md, proofs.
    """
    choices = [dict(map(_party_key, key))] if key else _keys_known_here(ctx)
    proof = read_file(file, "FILE")
    revoked = [read_file(path, "--revocation").strip() for path in revocation or ()]
    report = _checked(proof, choices, revoked)
    show(_report_data(report), lambda: _report_words(report), as_json=as_json)


def _checked(proof: bytes, choices: "list[dict[str, VerifyKey]]", revoked: list[bytes]) -> "Report":
    """Under the first of these sets of party keys that it holds under: a party's key may have been followed
    by another. What is wrong is said as the last of them has it.
    """
    from openline.errors import Unverifiable
    from openline.journal.proof import check_proof

    for keys in choices[:-1]:
        try:
            return check_proof(proof, keys, revoked)
        except Unverifiable:
            continue
    return check_proof(proof, choices[-1], revoked)


def _keys_known_here(ctx: typer.Context) -> list[dict[str, "VerifyKey"]]:
    """The party keys that the accords of the node in --directory state, version by version."""
    from openline.accord.document import party_keys
    from openline.bootstrap import Home

    if not Home(directory_of(ctx)).settings_path.exists():
        text = "nobody's public key is given, and there is no node whose accords would state them"
        raise Invalid("key-missing", text, field="--key", remedy="give --key PARTY=HEX for both parties")
    with opened(ctx) as it, it.node.looking() as (_, desks, _own):
        bundles = [bundle for desk in desks.values() for bundle in desk.bundles.values()]
        return [party_keys(bundle.accord) for bundle in bundles] or [{}]


def _party_key(text: str) -> tuple[str, "VerifyKey"]:
    from openline.journal.keys import VerifyKey

    party, mark, digits = text.partition("=")
    if not (party and mark):
        raise Invalid("bad-key", f"{text!r} is not PARTY=HEX", field="--key", remedy="such as alpha=3d40...")
    try:
        return party, VerifyKey.from_hex(digits.strip().lower())
    except Invalid as fault:
        fault.field, fault.party = "--key", party
        raise


def _report_data(report: "Report") -> dict[str, Any]:
    import msgspec

    data: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(report))
    return data


def _report_words(report: "Report") -> None:
    say(report.words)
    fields({"hash": report.hash, "message": bytes(report.message).decode()})
