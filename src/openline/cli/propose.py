"""``openline accord propose``: writing and signing the terms."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from openline.cli.bundles import bundle_of, installed, own_certificate, partner_of, show_bundle
from openline.cli.given import Json, MinimaName, OutFile, PassphraseFile, moment_ms, passphrase, write_file
from openline.cli.opened import opened
from openline.errors import Invalid

if TYPE_CHECKING:
    from openline.accord.agreement import Followers
    from openline.accord.clauses import Party
    from openline.accord.terms import Accord
    from openline.bootstrap import Opened
    from openline.cli.terms import Wanted

USUAL_VALIDITY_MS = 30 * 86_400_000


def propose(
    ctx: typer.Context,
    out: OutFile,
    with_: Annotated[str | None, typer.Option("--with", metavar="NAME", help="The partner's name.")] = None,
    their_key: Annotated[
        str | None, typer.Option(metavar="HEX", help="Their party's public key (their `accord key`).")
    ] = None,
    their_title: Annotated[
        str | None, typer.Option(help="What people call them; the name, if not given.")
    ] = None,
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
        list[str] | None,
        typer.Option(
            metavar="FIELD",
            help="Tell aircraft_type, callsign or priority; may be repeated. New: all three.",
        ),
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
        Literal["first-standing", "priority-then-standing"] | None,
        typer.Option(help="Who keeps its airspace."),
    ] = None,
    pass_on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="What this party tells may be passed on; may be repeated. New: of nobody."
        ),
    ] = None,
    no_pass_on: Annotated[
        bool, typer.Option("--no-pass-on", help="What nobody tells may be passed on.")
    ] = False,
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
      openline accord propose --revise 1b4e28ba --pass-on alpha --out version2.bundle
    Read on: docs/spec/accord.md.
    """
    from openline.cli.terms import Wanted

    wanted = Wanted(
        minima=minima,
        area=area,
        valid_from_ms=moment_ms(from_, "--from") if from_ else None,
        valid_until_ms=moment_ms(until, "--until") if until else None,
        exercise=exercise,
        tell=tuple(tell or ()),
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
        pass_on=tuple(pass_on or ()),
        no_pass_on=no_pass_on,
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
    show_bundle(
        bundle_of(data), as_json=as_json, said=f"written to {out}: send it to {partner_of(it, accord)}"
    )


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

    newest = installed(it, accord_id)[-1].accord
    followers = it.node.followers(newest.id)
    later = msgspec.structs.replace(
        changed(newest, wanted),
        version=newest.version + 1,
        parties=tuple(_followed(party, followers) for party in newest.parties),
    )
    check_succession(newest, later, followers)
    return later


def _followed(party: "Party", followers: "Followers") -> "Party":
    """With the key that people have accepted to follow its own."""
    import msgspec

    follower = followers.get(party.key)
    return msgspec.structs.replace(party, key=follower.new_key) if follower else party


def _sealed(it: "Opened", accord: "Accord", own_key: Any) -> bytes:
    from openline.accord.document import pack_bundle
    from openline.accord.document import propose as sign_first

    return pack_bundle(sign_first(accord, own_key), {it.settings.party: own_certificate(it, accord)})
