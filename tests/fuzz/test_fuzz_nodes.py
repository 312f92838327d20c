"""Whole nodes: whatever a partner says, well sealed or not, nothing else is lost and the node goes on."""

from typing import Any

import pytest
from hypothesis import strategies as st

from attack.hostile import lane_for
from fuzz.from_types import body_of, json_of
from fuzz.fuzzing import fuzzed
from fuzz.rooms import Rewound, assert_works, holdings
from fuzz.spoiling import spelt, spoilt
from openline.accord.clauses import Disclosure
from openline.coordination import session as wire
from openline.coordination.messages import Kind
from openline.journal.bounds import MAX_MOMENT_MS
from openline.journal.checkpoint import LAM_PAYLOAD_TYPE, Lam
from openline.journal.entry import Lane
from openline.journal.envelope import seal

BLURRED = Disclosure(fields=(), grid_e9=50_000_000, layer_dmm=100 * 3_048, step_ms=60_000)
VOUCHED = (Kind.KEY, Kind.REVOKE)
"""What a party key has to vouch for: else nobody can say whose it is, and it is not taken at all."""
GOOD = {"officer": {"automaton": False, "position": "duty", "pseudonym": "kilo"}}


@pytest.fixture(scope="module")
def rewound() -> Rewound:
    return Rewound()


@pytest.fixture(scope="module")
def blurred() -> Rewound:
    """Where finer notices are told, every finding is only possible at first."""
    return Rewound(disclosure=BLURRED)


@pytest.mark.parametrize("kind", Kind)
def test_whatever_stands_in_a_signed_body_the_node_goes_on(
    kind: Kind, rewound: Rewound, blurred: Rewound
) -> None:
    taken = 0

    bodies = spoilt(body_of(kind, rewound.room.accord_id), ways=6).map(list)

    @fuzzed(12 if kind is Kind.NOTICE else 3, bodies=bodies, fine=st.booleans())
    def whatever_stands_in_a_signed_body_the_node_goes_on(bodies: list[bytes], fine: bool) -> None:
        nonlocal taken
        room = rewound if fine else blurred
        liar = room.again()
        for body in bodies:
            named, before = room.named(body), dict(liar.heads)
            heard = liar.says(kind.value, named, lane_for(kind, named))
            assert heard.taken == (not heard.problems)
            if not heard.taken:  # what is no JSON at all is in no message, so it has no number
                assert [it.code for it in heard.problems] == ["payload-malformed"] or kind in VOUCHED
                liar.heads = before
            taken += heard.taken
        taken -= len(liar.rejected())
        assert liar.says("CHECK", GOOD).taken == 1
        assert_works(liar.room)

    whatever_stands_in_a_signed_body_the_node_goes_on()
    assert taken or kind in (Kind.IN_FORCE, *VOUCHED), "it has only ever tried the doorstep"


@st.composite
def conversations(draw: st.DrawFn, accord_id: str) -> list[tuple[Kind, bytes]]:
    """Several good messages of any kinds, which name what is there and one another."""
    said = [kind for kind in Kind if kind not in VOUCHED]
    kinds = draw(st.lists(st.sampled_from(said), min_size=3, max_size=12))
    return [(kind, spelt(draw(body_of(kind, accord_id)))) for kind in kinds]


@pytest.mark.parametrize("which", ["fine", "blurred"])
def test_whatever_a_partner_says_one_after_the_other_the_node_goes_on(
    which: str, rewound: Rewound, blurred: Rewound
) -> None:
    room = rewound if which == "fine" else blurred

    @fuzzed(8, said=conversations(room.room.accord_id))
    def whatever_a_partner_says_one_after_the_other_the_node_goes_on(said: list[tuple[Kind, bytes]]) -> None:
        liar = room.again()
        batch = [liar.sealed(kind.value, room.named(body)) for kind, body in said]
        heard = liar.posts(batch)
        assert (heard.taken, heard.problems) == (len(batch), ())
        assert_works(liar.room)

    whatever_a_partner_says_one_after_the_other_the_node_goes_on()


def controls(room: Rewound) -> st.SearchStrategy[tuple[str, Any]]:
    """LAMs and session controls of this line, with whatever members their types allow."""
    addressed = {"accord": room.room.accord_id, "exercise": True, "sender": "bravo", "receiver": "alpha"}
    control = [json_of(kind) for kind in (wire.Heads, wire.Resend, wire.Inventory)]
    lam = json_of(Lam).map(lambda it: it | addressed | {"sender": "alpha", "receiver": "bravo"})
    heard = st.one_of(control).map(lambda it: (wire.SESSION_PAYLOAD_TYPE, it | addressed))
    return heard | lam.map(lambda it: (LAM_PAYLOAD_TYPE, it))


def test_whatever_lams_and_controls_claim_no_message_is_lost_and_the_node_goes_on(rewound: Rewound) -> None:
    @fuzzed(12, claims=st.lists(controls(rewound), min_size=1, max_size=5))
    def whatever_lams_and_controls_claim_no_message_is_lost(claims: list[tuple[str, Any]]) -> None:
        liar = rewound.again()
        before = holdings(liar.room)
        sealed = [seal(spelt(claim), payload_type, [liar.key]) for payload_type, claim in claims]
        good = liar.sealed("CHECK", GOOD)
        heard = liar.posts([*sealed, good, *sealed])
        if not heard.taken:  # it claims to hold more of ours than we have said: until it does not, we wait
            liar.posts([liar.claims(at_ms=MAX_MOMENT_MS)])
            heard = liar.posts([good])
        assert heard.taken == 1
        after = holdings(liar.room)
        assert after[0] == before[0] | {"bravo/urgent": liar.heads[Lane.URGENT].hash}
        assert_works(liar.room)

    whatever_lams_and_controls_claim_no_message_is_lost()


def test_garbage_among_good_messages_changes_nothing_of_what_is_taken(rewound: Rewound) -> None:
    """The state after a batch is the state after the good ones alone."""
    sealed = spelt({"payload": "e30=", "payloadType": "x", "signatures": [{"keyid": "0", "sig": ""}]})

    @fuzzed(
        8,
        garbage=st.lists(
            st.binary(max_size=80) | st.sampled_from([b"", b"{}", sealed]), min_size=1, max_size=6
        ),
        flips=st.lists(st.tuples(st.integers(0, 600), st.integers(1, 255)), max_size=4),
        chance=st.randoms(use_true_random=False),
    )
    def garbage_among_good_messages_changes_nothing(
        garbage: list[bytes], flips: list[tuple[int, int]], chance: Any
    ) -> None:
        liar = rewound.again()
        good = [liar.sealed("CHECK", GOOD) for _ in range(3)]
        changed = [flipped(chance.choice(good), at, by) for at, by in flips]
        mixed: list[bytes] = list(good)
        for item in (*garbage, *changed):
            mixed.insert(chance.randint(0, len(mixed)), item)
        heard = liar.posts(mixed)
        assert heard.taken == len(good)
        assert len(heard.problems) == len(mixed) - len(good)
        with_garbage = holdings(liar.room)
        assert_works(liar.room)
        liar = rewound.again()
        assert liar.posts(good).taken == len(good)
        assert holdings(liar.room) == with_garbage

    garbage_among_good_messages_changes_nothing()


def flipped(data: bytes, at: int, by: int) -> bytes:
    at %= len(data)
    return data[:at] + bytes([data[at] ^ by]) + data[at + 1 :]
