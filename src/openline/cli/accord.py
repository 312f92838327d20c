"""``openline accord``: proposing, signing, showing, suspending, resuming, ending."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from openline.cli.given import (
    AccordOption,
    Json,
    MinimaName,
    PassphraseFile,
    directory_of,
    group,
    listed,
    moment_ms,
    passphrase,
    read_file,
    write_file,
)
from openline.cli.opened import opened
from openline.cli.output import fields, moment, note, say, show, table
from openline.cli.partner import TlsCa, Url
from openline.errors import Invalid, NotFound, Refused

if TYPE_CHECKING:
    import msgspec

    from openline.accord.document import Bundle
    from openline.accord.terms import Accord
    from openline.bootstrap import Opened
    from openline.cli.terms import Wanted
    from openline.coordination.messages import Kind

USUAL_VALIDITY_MS = 30 * 86_400_000
LEAST_PREFIX = 4

ReasonWord = Literal[
    "traffic", "constraint", "performance", "weather", "workload", "too-late", "safety", "technical",
    "instructed", "other",
]  # fmt: skip
"""As in openline.coordination.messages.Reason (a test holds them together)."""

Told = Literal["aircraft_type", "callsign", "priority"]
ReasonOption = Annotated[ReasonWord, typer.Option(help="Why; a reason never says what an operation is for.")]


def register(app: typer.Typer) -> None:
    verbs = group("accord", "The signed terms between you and one partner.")
    verbs.command()(key)
    verbs.command()(propose)
    verbs.command()(sign)
    verbs.command("show")(show_accord)
    verbs.command()(suspend)
    verbs.command()(resume)
    verbs.command()(end)
    app.add_typer(verbs)


def key(ctx: typer.Context, passphrase_file: PassphraseFile = None, as_json: Json = False) -> None:
    """Print the public key of your party, for the partner's `accord propose --their-key`.

    Read the key id to each other over another way, such as the telephone, before anything is signed.

    \b
    Example:
      openline accord key --json
    Read on: docs/spec/accord.md, keys.
    """
    from openline.bootstrap import Home

    home = Home(directory_of(ctx))
    party = home.settings().party
    public = home.party_key(passphrase(passphrase_file)).public
    data = {"party": party, "key": public.hex, "key_id": public.id}
    show(data, lambda: fields({"party": party, "public key": public.hex, "key id": public.id}), as_json=as_json)


def propose(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the proposal goes, to be sent to them.")],
    with_: Annotated[str | None, typer.Option("--with", metavar="NAME", help="The partner's name.")] = None,
    their_key: Annotated[
        str | None, typer.Option(metavar="HEX", help="Their party's public key (their `accord key`).")
    ] = None,
    their_title: Annotated[str | None, typer.Option(help="What people call them; the name, if not given.")] = None,
    revise: Annotated[
        str | None, typer.Option(metavar="ID", help="Propose the next version of this accord instead.")
    ] = None,
    minima: Annotated[MinimaName | None, typer.Option(help="How close is a conflict. New: enroute.")] = None,
    area: Annotated[
        Path | None, typer.Option(metavar="FILE", help="GeoJSON Polygon; only what touches it is told.")
    ] = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Valid from (RFC 3339). New: now.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Valid until. New: 30 days after --from.")
    ] = None,
    exercise: Annotated[bool, typer.Option("--exercise", help="Mark it, for ever, as an exercise.")] = False,
    tell: Annotated[
        list[Told] | None, typer.Option(help="A field that notices carry; may be repeated. New: all three.")
    ] = None,
    grid_deg: Annotated[float | None, typer.Option(help="Blur positions to this grid.")] = None,
    layer_ft: Annotated[float | None, typer.Option(help="Blur heights to layers of this.")] = None,
    step_s: Annotated[float | None, typer.Option(help="Round times outward to this.")] = None,
    trajectories: Annotated[
        bool | None,
        typer.Option("--trajectories/--no-trajectories", help="Tell paths as paths, or as volumes only."),
    ] = None,
    finer: Annotated[
        bool | None,
        typer.Option("--finer/--no-finer", help="Whether a possible conflict may be looked at more finely."),
    ] = None,
    minimum_notice_min: Annotated[float | None, typer.Option(help="Notice before a start, minutes.")] = None,
    heartbeat_s: Annotated[float | None, typer.Option(help="Between heartbeats, seconds.")] = None,
    answer_min: Annotated[float | None, typer.Option(help="Within which a proposal is answered.")] = None,
    line_check: Annotated[
        list[str] | None, typer.Option(metavar="HH:MM", help="Daily line check, UTC; may be repeated.")
    ] = None,
    precedence: Annotated[
        Literal["first-standing", "priority-then-standing"] | None, typer.Option(help="Who keeps its airspace.")
    ] = None,
    terms: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="JSON object of further terms by name (docs/spec/accord.md)."),
    ] = None,
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """Write and sign an accord, for the partner to countersign.

    Disclosure options hold for both directions; a --terms file can make them differ, and can say every other
    term. With --revise what is not said stays as it is, and the new version takes effect on the lanes, number
    by number, once both have signed and installed it.

    \b
    Examples:
      openline accord propose --with bravo --their-key 3d40... --minima enroute --out accord.bundle
      openline accord propose --revise 1b4e28ba --grid-deg 0.05 --out version2.bundle
    Read on: docs/spec/accord.md.
    """
    from openline.cli.terms import Wanted

    wanted = Wanted(
        minima=minima,
        area=area,
        valid_from_ms=moment_ms(from_, "--from") if from_ else None,
        valid_until_ms=moment_ms(until, "--until") if until else None,
        exercise=exercise,
        tell=tuple(listed(list(tell or ()))),
        grid_deg=grid_deg,
        layer_ft=layer_ft,
        step_s=step_s,
        trajectories=trajectories,
        finer=finer,
        minimum_notice_min=minimum_notice_min,
        heartbeat_s=heartbeat_s,
        answer_min=answer_min,
        line_checks=tuple(line_check or ()),
        precedence=precedence,
        terms=terms,
    )
    with opened(ctx) as it:
        own_key = it.home.party_key(passphrase(passphrase_file))
        if revise is not None:
            _refuse_new_options(with_, their_key, exercise)
            accord = _next_version(it, revise, wanted)
        else:
            accord = _new_accord(it, own_key.public.hex, with_, their_key, their_title, wanted)
        data = _sealed(it, accord, own_key)
    write_file(out, data, "--out")
    _show_bundle(_bundle(data), as_json=as_json, said=f"written to {out}: send it to {_partner(it, accord)}")


def _refuse_new_options(with_: str | None, their_key: str | None, exercise: bool) -> None:
    given = [name for name, value in (("--with", with_), ("--their-key", their_key)) if value]
    given += ["--exercise"] if exercise else []
    if given:
        text = f"{given[0]} belongs to a new accord; a new version keeps parties and exercise mark"
        raise Invalid("not-with-revise", text, field=given[0], clause="versions")


def _new_accord(
    it: "Opened", own_key: str, with_: str | None, their_key: str | None, title: str | None, wanted: "Wanted"
) -> "Accord":
    import uuid

    from openline.accord.clauses import Party
    from openline.accord.terms import draft
    from openline.cli.terms import changed

    for option, value in (("--with", with_), ("--their-key", their_key)):
        if not value:
            remedy = "give --with NAME --their-key HEX, or --revise ID for a new version"
            raise Invalid("option-missing", f"a new accord needs {option}", field=option, remedy=remedy)
    ours = Party(it.settings.party, it.settings.title, own_key)
    theirs = Party(with_ or "", title or with_ or "", their_key or "")
    begins_ms = it.clock.now_ms() if wanted.valid_from_ms is None else wanted.valid_from_ms
    ends_ms = begins_ms + USUAL_VALIDITY_MS if wanted.valid_until_ms is None else wanted.valid_until_ms
    usual = draft(
        str(uuid.uuid4()),
        ours,
        theirs,
        valid_from_ms=begins_ms,
        valid_until_ms=ends_ms,
        exercise=wanted.exercise,
    )
    return changed(usual, wanted)


def _next_version(it: "Opened", accord_id: str, wanted: "Wanted") -> "Accord":
    import msgspec

    from openline.accord.terms import check_succession
    from openline.cli.terms import changed

    newest = _installed(it, accord_id)[-1].accord
    later = msgspec.structs.replace(changed(newest, wanted), version=newest.version + 1)
    check_succession(newest, later)
    return later


def _sealed(it: "Opened", accord: "Accord", own_key: Any) -> bytes:
    from openline.accord.document import pack_bundle
    from openline.accord.document import propose as sign_first

    return pack_bundle(sign_first(accord, own_key), {it.settings.party: it.home.certificate()})


def sign(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="The proposal, or the countersigned accord.")],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the countersigned accord goes; FILE itself, if not given.")
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
        bundle = _bundle(data, _pinned(data, it, their_key))
        _check_ours(it, bundle)
        if bundle.status == "proposed":
            bundle = _countersigned(it, bundle, passphrase(passphrase_file))
            write_file(out or file, bundle.data, "--out")
        elif out is not None:
            write_file(out, bundle.data, "--out")
        it.node.install_accord(bundle.data, it.clock.now_ms())
        if url:
            from openline.cli.partner import remember

            remember(it.home, bundle.accord.id, url, tls_ca)
        partner = _partner(it, bundle.accord)
    _show_bundle(bundle, as_json=as_json, said=f"signed by both and installed; {partner} needs the file too")


def _pinned(data: bytes, it: "Opened", their_key: str | None) -> dict[str, Any] | None:
    if their_key is None:
        return None
    from openline.journal.keys import VerifyKey

    accord = _bundle(data).accord
    return {accord.other(it.settings.party): VerifyKey.from_hex(their_key)}


def _check_ours(it: "Opened", bundle: "Bundle") -> None:
    """The accord must name this party, with the very party key that vouches for this node's own key."""
    from openline.accord.document import party_keys
    from openline.journal.certificate import open_certificate

    party = it.settings.party
    bundle.accord.party(party)
    try:
        open_certificate(it.home.certificate(), {party: party_keys(bundle.accord)[party]})
    except Exception:
        raise Refused(
            "not-our-key",
            f"the accord states another key for {party} than the party key of this node",
            party=party,
            field="parties.key",
            clause="parties",
            remedy="have it proposed anew with the key that `openline accord key` prints",
        ) from None


def _countersigned(it: "Opened", bundle: "Bundle", secret: bytes | None) -> "Bundle":
    from openline.accord.document import countersign_bundle

    if it.settings.party in bundle.signed.signed_by:
        partner = _partner(it, bundle.accord)
        raise Refused(
            "waits-for-partner",
            f"you have signed it; {partner} has not",
            party=partner,
            clause="states",
            remedy=f"send the file to {partner}, and sign again what comes back",
        )
    own_key = it.home.party_key(secret)
    return _bundle(
        countersign_bundle(bundle.data, own_key, it.home.certificate(), at_ms=it.clock.now_ms())
    )


def show_accord(
    ctx: typer.Context,
    what: Annotated[
        str | None, typer.Argument(metavar="FILE|ID", help="A bundle, or an installed accord; all, if not given.")
    ] = None,
    version: Annotated[int | None, typer.Option(help="Which version of an installed one; the newest.")] = None,
    as_json: Json = False,
) -> None:
    """Show the terms of an accord in words, and the key ids of both parties.

    \b
    Examples:
      openline accord show accord.bundle
      openline accord show 1b4e28ba --json
    Read on: docs/spec/accord.md.
    """
    if what is not None and (what == "-" or Path(what).exists()):
        _show_bundle(_bundle(read_file(Path(what), "FILE")), as_json=as_json)
        return
    with opened(ctx) as it:
        if what is None:
            _show_all(it, as_json=as_json)
            return
        found = _installed(it, what)
    chosen = [bundle for bundle in found if version in (None, bundle.accord.version)]
    if not chosen:
        raise NotFound("no-such-version", f"version {version} is not installed", field="--version")
    _show_bundle(chosen[-1], as_json=as_json)


def _show_all(it: "Opened", *, as_json: bool) -> None:
    now_ms = it.clock.now_ms()
    states = {status.accord_id: status.state for status in it.node.status(now_ms)}
    with it.node.looking() as (_, desks, _own):
        rows = [
            {
                "accord_id": desk.accord_id,
                "partner": desk.partner,
                "versions": sorted(desk.bundles),
                "in_force": desk.line.accord.version,
                "state": states[desk.accord_id],
                "exercise": desk.line.exercise,
                "valid_from_ms": desk.line.accord.valid_from_ms,
                "valid_until_ms": desk.line.accord.valid_until_ms,
            }
            for desk in desks.values()
        ]
    cells = [
        [row["accord_id"], row["partner"], row["in_force"], row["state"], moment(row["valid_until_ms"])]
        for row in rows
    ]
    columns = ("accord", "partner", "version", "state", "valid until")
    show(rows, lambda: table("Accords", columns, cells, "no accord is installed yet"), as_json=as_json)


def _installed(it: "Opened", accord_id: str) -> list["Bundle"]:
    """The versions of an installed accord, the newest last. Raises NotFound, Invalid ``which-line``."""
    from openline.node.views import desk_of

    if len(accord_id) < LEAST_PREFIX:
        text = f"{accord_id!r} is neither a file nor the start of an accord's id"
        raise NotFound("no-such-line", text, field="accord", remedy="openline accord show lists them")
    with it.node.looking() as (_, desks, _own):
        desk = desk_of(desks, accord_id)
        return [desk.bundles[version] for version in sorted(desk.bundles)]


def _bundle(data: bytes, pinned: dict[str, Any] | None = None) -> "Bundle":
    from openline.accord.document import open_bundle

    return open_bundle(data, pinned=pinned)


def _partner(it: "Opened", accord: "Accord") -> str:
    return accord.other(it.settings.party)


def _show_bundle(bundle: "Bundle", *, as_json: bool, said: str = "") -> None:
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


# What is said about it ------------------------------------------------------------------------------


def suspend(
    ctx: typer.Context, reason: ReasonOption = "other", accord: AccordOption = None, as_json: Json = False
) -> None:
    """Suspend a line: everything rests but safety-of-life traffic, until you resume it.

    It is said to the partner as what it is: no fault, and no refusal.

    \b
    Example:
      openline accord suspend --reason technical
    Read on: docs/spec/line-protocol.md, suspension.
    """
    from openline.coordination.messages import Kind, Reason, Suspend

    _say(ctx, accord, Kind.SUSPEND, Suspend(reason=Reason(reason)), as_json=as_json)


def resume(ctx: typer.Context, accord: AccordOption = None, as_json: Json = False) -> None:
    """Take back your suspension; what rested meanwhile is told now.

    \b
    Example:
      openline accord resume
    Read on: docs/spec/line-protocol.md, suspension.
    """
    from openline.coordination.messages import Kind, Resume

    _say(ctx, accord, Kind.RESUME, Resume(), as_json=as_json)


def end(
    ctx: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", help="Yes, for good: an ended accord does not come back.")] = False,
    reason: ReasonOption = "other",
    accord: AccordOption = None,
    as_json: Json = False,
) -> None:
    """End an accord for good. Safety-of-life traffic stays possible as long as the line is there.

    \b
    Example:
      openline accord end --reason instructed --yes
    Read on: docs/spec/accord.md, states.
    """
    from openline.coordination.messages import End, Kind, Reason

    if not yes:
        raise Invalid("not-confirmed", "an ended accord does not come back", field="--yes", remedy="add --yes")
    _say(ctx, accord, Kind.END, End(reason=Reason(reason)), as_json=as_json)


def _say(
    ctx: typer.Context, accord: str | None, kind: "Kind", body: "msgspec.Struct", *, as_json: bool
) -> None:
    from openline.node.views import desk_of

    with opened(ctx) as it:
        with it.node.looking() as (_, desks, _own):
            desk = desk_of(desks, accord)
            accord_id, partner = desk.accord_id, desk.partner
        now_ms = it.clock.now_ms()
        fact = it.node.say(accord_id, kind, body, now_ms)
        state = next(it for it in it.node.status(now_ms) if it.accord_id == accord_id).state
    data = {"accord_id": accord_id, "kind": kind.value, "message": fact.hash, "state": state}
    show(data, lambda: say(f"{kind.value} is said to {partner}; the line is {state}"), as_json=as_json)
    if not as_json:
        note("a serving node carries it to the partner")
