"""A hostile partner: its key is good, its messages are well sealed, and what they say is a lie or a flood."""

import msgspec
import pytest

from attack.hostile import NOBODY, Liar, claims_of, last_of, resealed, said_by
from openline.accord.clauses import Caps
from openline.accord.notice import Notice
from openline.airspace.altitude import Altitude
from openline.coordination import session as wire
from openline.coordination.calls import Emergency, Nature, Wanted
from openline.coordination.conflict_view import ConflictStatus
from openline.coordination.messages import Kind, Proposal, Reason, Suspend
from openline.coordination.told import conflict_id
from openline.errors import Unverifiable
from openline.journal.entry import Lane, Seen, leaf_hash
from openline.journal.merkle import frontier_of
from openline.journal.proof import check_proof
from openline.node import session
from openline.node.desk import Desk
from openline.node.evidence import find_entry, prove
from openline.node.officer import Move
from openline.node.ports import EVIDENCE, MAX_EVIDENCE_ROWS, MAX_QUARANTINE_ROWS
from openline.node.views import conflict_rows
from simulation.test_two_nodes_one_line import (
    EASTBOUND,
    WATCH,
    WESTBOUND,
    alarms,
    inventory,
    two_in_conflict,
    views,
)
from simulation.war_room import HOUR_MS, NOW_MS, WarRoom, flight

CHECK = {"officer": {"automaton": False, "position": "duty", "pseudonym": "kilo"}}
FAR_AWAY = [(10.0, 7.0, 350, 60.0), (11.0, 8.0, 350, 75.0)]


@pytest.fixture
def room() -> WarRoom:
    """Alpha has told bravo one flight."""
    room = WarRoom()
    room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    room.exchange()
    return room


@pytest.fixture
def liar(room: WarRoom) -> Liar:
    return Liar(room)


def notice_of(room: WarRoom, points: list[tuple[float, float, int, float]], notice_id: str) -> Notice:
    """A notice as a node would tell it, under an id of choice."""
    other = WarRoom(seed=99)
    other["alpha"].file(flight(other.id(), points), NOW_MS)
    _, payload = last_of(other, "alpha", "NOTICE")
    told = msgspec.json.decode(payload.body, type=Notice)
    return msgspec.structs.replace(told, notice_id=notice_id)


# Two words under one number


def test_a_forked_lane_is_refused_kept_whole_as_evidence_and_alarmed(room: WarRoom, liar: Liar) -> None:
    head = dict(liar.heads)
    first = liar.sealed("CHECK", CHECK)
    liar.heads = head
    second = liar.sealed("SUSPEND", Suspend(reason=Reason.OTHER))
    liar.posts([first])
    heard = liar.posts([second])
    assert [it.code for it in heard.problems] == ["fork"]
    assert "LANE FORKED" in alarms(room, "alpha")
    assert room.status("alpha").suspended_by == ()
    with room["alpha"].looking() as (tx, _, _own):
        assert [row.data for row in tx.quarantined()] == [second]


def test_evidence_outlives_any_flood_of_garbage(room: WarRoom, liar: Liar) -> None:
    head = dict(liar.heads)
    liar.posts([liar.sealed("CHECK", CHECK)])
    liar.heads = head
    forks = []
    for number in range(MAX_EVIDENCE_ROWS + 5):
        liar.heads = dict(head)
        forks.append(liar.sealed("SHOWN", {"messages": [f"{number:064x}"], **CHECK, "urgent": True}))
    liar.posts(forks)
    room["alpha"].receive(room.accord_id, [b"garbage"] * (MAX_QUARANTINE_ROWS + 50), NOW_MS)
    with room["alpha"].looking() as (tx, _, _own):
        rows = tx.quarantined()
        counted = tx.counters()["unverifiable/fork"]
    assert [row.data for row in rows if row.code in EVIDENCE] == forks[:MAX_EVIDENCE_ROWS]
    assert len(rows) <= MAX_EVIDENCE_ROWS + MAX_QUARANTINE_ROWS
    assert counted == len(forks)


# Who knew what


@pytest.mark.parametrize("ground", [NOBODY, "ffffffff-ffff-4fff-bfff-ffffffffffff"])
def test_no_id_however_ground_wins_precedence(ground: str, room: WarRoom, liar: Liar) -> None:
    liar.says("NOTICE", notice_of(room, WESTBOUND, ground))
    (view,) = views(room, "alpha")
    assert view.mover == "bravo"


def test_who_denies_what_it_had_received_is_named_and_can_be_convicted(room: WarRoom, liar: Liar) -> None:
    """It files later, and says that it had seen nothing, so that neither stood first. Its own LAM, signed
    before, covers our notice.
    """
    room.now_ms += 1_000
    sealed = liar.sealed("NOTICE", notice_of(room, WESTBOUND, NOBODY), seen=Seen(0, 0))
    liar.posts([sealed])
    assert "SEEN CONTRADICTED" in alarms(room, "alpha")
    with room["alpha"].looking() as (tx, desks, _own):
        desk = desks[room.accord_id]
        lam = tx.lam_covering(room.accord_id, "alpha", Lane.ROUTINE, 1)
        assert lam is not None
        assert lam.at_ms < room.now_ms
        _, ours = find_entry(tx, desks, "routine:1")
        _, theirs = find_entry(tx, desks, leaf_hash(sealed))
        keys = {name: party.party_key.public for name, party in room.parties.items()}
        acknowledged = check_proof(prove(tx, desk, ours), keys)
        denied = check_proof(prove(tx, desk, theirs), keys)
    assert acknowledged.received_at_ms is not None
    assert acknowledged.received_at_ms < denied.sent_at_ms


def test_who_takes_back_having_seen_a_message_is_named(room: WarRoom, liar: Liar) -> None:
    liar.says("CHECK", CHECK)
    assert "SEEN CONTRADICTED" not in alarms(room, "alpha")
    liar.says("CHECK", CHECK, seen=Seen(0, 0))
    assert "SEEN CONTRADICTED" in alarms(room, "alpha")


def test_who_claims_to_have_seen_what_was_never_said_is_named(room: WarRoom, liar: Liar) -> None:
    liar.says("CHECK", CHECK, seen=Seen(urgent=10**15, routine=10**15))
    assert "SEEN CONTRADICTED" in alarms(room, "alpha")


def test_an_honest_partner_is_never_said_to_contradict_itself() -> None:
    room = WarRoom()
    two_in_conflict(room)
    for minute in range(5):
        room.now_ms += 60_000
        for name in ("alpha", "bravo"):
            room[name].check(room.accord_id, WATCH, room.now_ms)
        if minute % 2:
            room.exchange()
    room.exchange()
    for name in ("alpha", "bravo"):
        assert "SEEN CONTRADICTED" not in alarms(room, name)


def test_a_time_that_was_put_back_changes_no_precedence(room: WarRoom, liar: Liar) -> None:
    notice = notice_of(room, WESTBOUND, NOBODY)
    liar.says("NOTICE", notice, at_ms=NOW_MS - 20 * HOUR_MS)
    (view,) = views(room, "alpha")
    assert view.mover == "bravo"
    with room["alpha"].looking() as (tx, _, _own):
        entry = tx.entries(room.accord_id, "bravo", Lane.ROUTINE, 0, 9)[-1]
    assert entry.at_ms == NOW_MS  # when it was here, by our own clock


# Conflicts, answers and agreements that are none


def false_conflict(room: WarRoom, liar: Liar, **lies: object) -> dict[str, object]:
    theirs = notice_of(room, FAR_AWAY, NOBODY)
    liar.says("NOTICE", theirs)
    _, payload = last_of(room, "alpha", "NOTICE")
    ours = msgspec.json.decode(payload.body, type=Notice).notice_id
    first, second = sorted((ours, NOBODY))
    stated = {
        "conflict_id": conflict_id(room.accord_id, first, second),
        "first": first,
        "second": second,
        "revision": {"first": 1, "second": 1},
        "accord_version": 1,
        "finding": "certain",
        "start_ms": NOW_MS,
        "end_ms": NOW_MS + HOUR_MS,
    }
    return stated | lies


def test_a_conflict_that_is_none_is_held_and_said_to_be_none_of_ours(room: WarRoom, liar: Liar) -> None:
    liar.says("CONFLICT", false_conflict(room, liar))
    assert "ENGINES DIFFER" in alarms(room, "alpha")
    (view,) = views(room, "alpha")
    assert view.status is ConflictStatus.OPEN
    assert view.findings.keys() == {"bravo"}


@pytest.mark.parametrize("lie", [{"end_ms": 2**53 - 1}, {"start_ms": 2**53 - 1, "end_ms": 2**53 - 1}])
def test_a_conflict_at_the_end_of_time_is_rejected_and_blinds_nobody(
    lie: dict[str, int], room: WarRoom, liar: Liar
) -> None:
    liar.says("CONFLICT", false_conflict(room, liar, **lie))
    assert liar.rejected() == ["field-malformed"]
    with room["alpha"].looking() as (_, desks, _own):
        assert conflict_rows(desks) == []


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("ACP", {}),
        ("RJC", {"reason": "safety"}),
        ("CDN", {"proposal": {"notice_id": NOBODY, "climb_dmm": 3_048_000}}),
        ("CANCEL", {}),
        ("SBY", {"until_ms": NOW_MS}),
    ],
)
def test_an_answer_to_what_was_never_asked_changes_nothing(
    kind: str, more: dict[str, object], room: WarRoom, liar: Liar
) -> None:
    before = inventory(room, "alpha")
    liar.says(kind, {"conflict_id": "0" * 64, "answers": "1" * 64, **more})
    assert inventory(room, "alpha") == before
    assert liar.rejected() == []


def test_nobody_accepts_his_own_proposal_in_our_name(room: WarRoom) -> None:
    """Bravo has asked, and says ACP itself: that moves nothing."""
    room = WarRoom()
    conflict = two_in_conflict(room)[-1]
    liar = Liar(room)
    asked, _ = last_of(room, "bravo", "REQUEST")
    liar.says("ACP", {"conflict_id": conflict, "answers": asked})
    (view,) = views(room, "alpha")
    assert view.status is ConflictStatus.OPEN


def test_an_agreement_that_nothing_can_carry_out_is_an_alarm_and_stops_no_lane() -> None:
    """Bravo accepts a climb that its own trick made impossible: the message stands, the node goes on."""
    room = WarRoom()
    _, _, conflict = two_in_conflict(room)
    (view,) = views(room, "alpha")
    ours = view.of("alpha").notice_id
    proposal = Proposal(notice_id=ours, climb_dmm=3_048_000)
    room["alpha"].move(room.accord_id, conflict, Move(kind=Kind.CDN, proposal=proposal), NOW_MS)
    room.exchange()
    with room["alpha"].step(NOW_MS) as step:
        operation = step.own_behind(step.desk(room.accord_id), ours)
        assert operation is not None
        step.save(msgspec.structs.replace(operation, trajectory=higher(operation.trajectory)))
    room["bravo"].move(room.accord_id, conflict, Move(kind=Kind.ACP), NOW_MS)
    room.exchange()
    assert "AGREEMENT NOT CARRIED OUT" in alarms(room, "alpha")
    assert room.status("alpha").lanes["routine"].received == room.status("bravo").lanes["routine"].said


def higher(path):  # type: ignore[no-untyped-def]
    """At the highest level that can be written."""
    points = [msgspec.structs.replace(it, altitude=Altitude.flight_level(999)) for it in path.points]
    return msgspec.structs.replace(path, points=tuple(points))


# LRM: taking out what is good


def test_a_rejected_notice_is_out_of_both_pictures_and_people_here_are_told(
    room: WarRoom, liar: Liar
) -> None:
    cited, _ = last_of(room, "alpha", "NOTICE")
    liar.says("LRM", {"lane": "routine", "number": 1, "message": cited, "code": "nonsense"})
    assert room.status("alpha").notices == {"alpha": 0, "bravo": 0}
    assert alarms(room, "alpha") == ["MESSAGE REJECTED"]
    with room["alpha"].looking() as (tx, _, own):
        assert len(own.all()) == 1
        assert tx.entry(room.accord_id, "alpha", Lane.ROUTINE, 1) is not None


@pytest.mark.parametrize("kind", ["SUSPEND", "CHECK", "EMERGENCY"])
def test_no_lrm_takes_back_our_suspension_our_check_or_our_call(kind: str, room: WarRoom) -> None:
    alpha = room["alpha"]
    if kind == "SUSPEND":
        alpha.say(room.accord_id, Kind.SUSPEND, Suspend(reason=Reason.SAFETY), NOW_MS)
    elif kind == "CHECK":
        alpha.check(room.accord_id, WATCH, NOW_MS)
    else:
        body = Emergency(nature=Nature.DISTRESS, wanted=Wanted.CALL_US, officer=WATCH)
        alpha.say(room.accord_id, Kind.EMERGENCY, body, NOW_MS)
    room.exchange()
    before = inventory(room, "alpha")
    cited, payload = last_of(room, "alpha", kind)
    place = payload.place
    rejection = {"lane": place.lane.value, "number": place.number, "message": cited, "code": "nonsense"}
    Liar(room).says("LRM", rejection, place.lane)
    assert inventory(room, "alpha") == before
    with room["alpha"].looking() as (_, desks, _own):
        assert desks[room.accord_id].line.picture.find(cited) is not None
    assert "MESSAGE REJECTED" in alarms(room, "alpha")


# LAM, HEADS and what is asked


def test_a_lam_for_what_was_not_stored_binds_the_one_who_signed_it(room: WarRoom, liar: Liar) -> None:
    """It never stored number 2. It says so, and from then on we hold its signature."""
    room["alpha"].file(flight(room.id(), FAR_AWAY), NOW_MS)
    with room["alpha"].looking() as (tx, desks, _own):
        leaves = [bytes.fromhex(it) for it in tx.leaf_hashes(room.accord_id, "alpha", Lane.ROUTINE, 2)]
    liar.posts([liar.lam(Lane.ROUTINE, 2, frontier_of(leaves).root.hex())])
    with room["alpha"].looking() as (tx, desks, _own):
        desk, entry = find_entry(tx, desks, "routine:2")
        keys = {name: party.party_key.public for name, party in room.parties.items()}
        assert check_proof(prove(tx, desk, entry), keys).acknowledged


def test_a_lam_over_another_lane_than_ours_is_alarmed_and_is_no_acknowledgement(
    room: WarRoom, liar: Liar
) -> None:
    room["alpha"].file(flight(room.id(), FAR_AWAY), NOW_MS)
    heard = liar.posts([liar.lam(Lane.ROUTINE, 2, "0" * 64)])
    assert [it.code for it in heard.problems] == ["root-differs"]
    assert "ROOTS DIFFER" in alarms(room, "alpha")
    assert room.status("alpha").lanes["routine"].acknowledged == 1


def test_a_hundred_wrong_lams_cost_one_count_of_the_lane(
    room: WarRoom, liar: Liar, monkeypatch: pytest.MonkeyPatch
) -> None:
    room["alpha"].file(flight(room.id(), FAR_AWAY), NOW_MS)
    counted = []
    real = Desk.root_at
    monkeypatch.setattr(Desk, "root_at", lambda *it: counted.append(it[-1]) or real(*it))
    heard = liar.posts([liar.lam(Lane.ROUTINE, 2, f"{number:064x}") for number in range(100)])
    assert {it.code for it in heard.problems} == {"root-differs"}
    assert len(counted) == 1


def test_a_hundred_questions_in_one_batch_are_answered_once(room: WarRoom, liar: Liar) -> None:
    resend = liar.control(wire.Resend, party="alpha", lane=Lane.ROUTINE, after=0)
    heads = liar.claims(digest="0" * 64, answer=True)
    listed = liar.control(wire.Inventory, digest="0" * 64, lines=[], answer=True)
    for asked in (resend, heads, listed):
        once = len(liar.posts([asked]).answers)
        assert 1 <= once <= 5  # of HEADS: HEADS, RETURN, a LAM of each lane, and what is missing
        assert len(liar.posts([asked] * 100).answers) <= once


def test_a_hundred_wrong_digests_in_one_batch_fold_the_journal_once(
    room: WarRoom, liar: Liar, monkeypatch: pytest.MonkeyPatch
) -> None:
    folded = []
    real = Desk.refolded
    monkeypatch.setattr(Desk, "refolded", lambda *it: folded.append(1) or real(*it))
    liar.posts([liar.claims(digest=f"{number:064x}") for number in range(100)])
    assert len(folded) == 1


def test_what_is_sent_again_is_bounded_in_bytes(
    room: WarRoom, liar: Liar, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        points = [(lat - 4 - number, *rest) for lat, *rest in EASTBOUND]
        room["alpha"].file(flight(room.id(), points), NOW_MS)  # type: ignore[arg-type]
    monkeypatch.setattr(session, "MAX_BATCH_BYTES", 2_500)
    again = liar.posts([liar.control(wire.Resend, party="alpha", lane=Lane.ROUTINE, after=0)]).answers
    assert 1 <= len(again) < 5
    assert sum(map(len, again)) <= 2_500


def test_heads_that_claim_more_than_was_said_make_us_ask_and_nothing_more(room: WarRoom, liar: Liar) -> None:
    room["alpha"].file(flight(room.id(), FAR_AWAY), NOW_MS)
    more = wire.HeadClaim(10**15, "a" * 64)
    heard = liar.posts([liar.claims(received=wire.LaneClaims(more, more))])
    assert len(heard.answers) == 2
    assert room.status("alpha").state == "recovering"
    liar.posts([liar.claims(at_ms=NOW_MS + 1)])
    assert room["alpha"].outbound(room.accord_id)


def test_another_hash_under_our_number_silences_us_and_calls_people(room: WarRoom, liar: Liar) -> None:
    claims = {lane: liar.heads[lane] for lane in Lane}
    lied = claims_of(claims)
    lied = msgspec.structs.replace(lied, routine=wire.HeadClaim(1, "b" * 64))
    liar.posts([liar.claims(received=lied)])
    assert "LANE FORKED" in alarms(room, "alpha")
    room["alpha"].file(flight(room.id(), FAR_AWAY), NOW_MS)
    assert room["alpha"].outbound(room.accord_id) == []


@pytest.mark.parametrize(
    "lines", [[[]], [["x"]], [[["deep"]]], [["notice", "\x1b[2J"]], [[1.5, "x"]], [[None, None]], "none"]
)
def test_an_inventory_of_any_shape_is_refused_by_name(lines: object, room: WarRoom, liar: Liar) -> None:
    good = liar.control(wire.Inventory, digest="0" * 64, lines=[], answer=False)
    heard = liar.posts([resealed(good, liar.key, lines=lines)])
    assert [it.error for it in heard.problems] == ["invalid"]
    assert "PICTURES DIFFER" not in alarms(room, "alpha")


# Floods


def test_notices_beyond_the_cap_are_rejected_one_by_one_and_those_before_stand() -> None:
    caps = Caps(priority=3, area_m2=10**12, duration_ms=4 * HOUR_MS, horizon_ms=24 * HOUR_MS, open_notices=5)
    room = WarRoom(caps=caps)
    room.open_session()
    liar = Liar(room)
    told = notice_of(room, FAR_AWAY, NOBODY)
    flood = [liar.sealed("NOTICE", msgspec.structs.replace(told, notice_id=room.id())) for _ in range(12)]
    assert liar.posts(flood).taken == 12
    assert room.status("alpha").notices["bravo"] == 5
    assert liar.rejected() == ["over-the-cap"] * 7


def test_a_flood_of_emergencies_leaves_the_rest_of_the_work_to_be_done(room: WarRoom, liar: Liar) -> None:
    """Each is shown, for none may be overlooked; and the node files, checks and reads on."""
    body = {"nature": "distress", "wanted": "stop", **CHECK}
    batch = [liar.sealed("EMERGENCY", body) for _ in range(200)]
    assert liar.posts(batch).taken == 200
    assert alarms(room, "alpha").count("EMERGENCY") == 200
    filed = room["alpha"].file(flight(room.id(), FAR_AWAY), NOW_MS)
    assert filed.state == "Accepted"
    assert [kind for kind, _ in said_by(room, "alpha")].count("NOTICE") == 2


# Denial


def test_a_message_that_its_sender_denies_is_proved_to_a_stranger(room: WarRoom, liar: Liar) -> None:
    sealed = liar.sealed("CHECK", CHECK)
    liar.posts([sealed])
    with room["alpha"].looking() as (tx, desks, _own):
        desk, entry = find_entry(tx, desks, leaf_hash(sealed))
        proof = prove(tx, desk, entry)
    keys = {name: party.party_key.public for name, party in room.parties.items()}
    report = check_proof(proof, keys)
    assert (report.sent, report.acknowledged, report.kind) == (True, True, "CHECK")
    strangers = WarRoom(seed=5).parties
    with pytest.raises(Unverifiable):
        check_proof(proof, {name: party.party_key.public for name, party in strangers.items()})
