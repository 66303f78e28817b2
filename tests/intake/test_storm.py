"""A small storm on the mailbox; `make mailstorm` has the great one."""

from __future__ import annotations

from tests.intake.post import PostOffice
from tests.intake.storm import faults_of, storm


def test_i_3_in_a_storm_no_letter_is_lost_and_none_becomes_two_tickets(post: PostOffice) -> None:
    found = storm(post, letters=100, seed=7)

    assert faults_of(found) == []
    assert min(found.doubled, found.cuts, found.panel_faults) > 0
