"""A rehearsal of days on which the flows were on tells what they really did: each mail, each reason, each moment."""

import pytest

from tests.flows.replay.lives import Lives, decisions
from tests.road import Road


@pytest.mark.parametrize("seed", [5, 7])
def test_a_rehearsal_decides_what_the_live_flows_decided(road: Road, seed: int) -> None:
    # given
    lives = Lives(road, seed)
    lives.settings()
    lives.live(days=7)
    # when
    rehearsed = decisions(lives.rehearsed())
    # then
    assert len({(flow, outcome) for _, flow, _, _, outcome, _ in rehearsed}) > 10
    assert rehearsed == lives.decided()
