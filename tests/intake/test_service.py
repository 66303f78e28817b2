"""`bridge run` reads the mailbox before each cycle and answers after it; its trouble stops no cycle."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from bridge.daemon.service import Service
from bridge.daemon.supervisor import Supervisor
from bridge.daemon.wishes import Wishes
from tests.acceptance.town import T0, hours
from tests.intake.post import ANA, PostOffice

MINUTE = hours(0, 60)


@pytest.fixture
def service(post: PostOffice) -> Iterator[Service]:
    supervisor = Supervisor({}, post.bridge.clock)
    with (
        closing(Wishes()) as wishes,
        closing(Service(post.bridge, post.town.store, wishes, supervisor)) as made,
    ):
        yield made


def test_i_3_one_cycle_opens_the_ticket_and_answers(post: PostOffice, service: Service) -> None:
    post.deliver(post.letter(ANA), T0)
    post.town.at(T0 + MINUTE)

    service.once()

    assert (len(post.tickets()), len(post.outbox.messages)) == (1, 1)


def test_a_mailbox_that_cannot_be_read_stops_no_cycle(post: PostOffice, service: Service) -> None:
    ticket = post.town.ticket(ANA, T0)
    post.line.cut_after(1, arrives=False)
    post.town.at(T0 + MINUTE)

    service.once()

    assert [row.ticket_ids for row in post.town.store.incidents.of_client(ANA)] == [(ticket,)]
