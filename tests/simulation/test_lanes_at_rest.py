"""A lane that is marked as when nothing was found to send has nothing to send, whatever happens between."""

import pytest

from openline.simulation.centre import Centre
from openline.simulation.speaker import LANES, Speaker
from openline.simulation.world import Setup, World

STEPS = 400


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_where_a_lane_is_taken_to_rest_the_node_would_send_nothing(seed: int) -> None:
    world = World(Setup(seed=seed, parties=3))
    world.begin()
    resting = waiting = 0
    for done in range(STEPS):
        world.step()
        if done % 150 == 149:
            world.heal()
        for (name, _accord), speaker in world.speakers.items():
            for taken_to_rest, batch in looked_at(world.centres[name], speaker):
                assert not (taken_to_rest and batch), f"{name} would not send {len(batch)} messages"
                resting += taken_to_rest
                waiting += bool(batch)
    assert resting > STEPS
    assert waiting > STEPS / 10


def looked_at(centre: Centre, speaker: Speaker) -> list[tuple[bool, list[bytes]]]:
    """Of each lane: whether it is taken to rest, and what the node would send on it."""
    if not (centre.is_up and speaker.world.has_line(centre, speaker.line)):
        return []
    accord_id, node = speaker.line.accord_id, centre.node
    marks = speaker.marks()
    return [
        (speaker.pump.rests(want, marks[want]), node.outbound(accord_id, lanes=[lane]))
        for want, lane in LANES.items()
        if node.session_of(accord_id).open
    ]
