"""Settling a word for a ticket's state by the counters that stand beside the tickets (contract 2.1, 3.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridge.domain.records import TicketState
from bridge.domain.words import normalise


def settled(
    said: Sequence[str], counted: Mapping[str, int], known: Mapping[TicketState, Sequence[str]]
) -> tuple[TicketState, str] | None:
    """Return the one new word among the states of a customer's tickets, and the state that it must mean.

    `counted` are the panel's own counters of these tickets by state. None unless exactly one word is new,
    one counter is higher than the known words explain by exactly that word, and all others agree.
    """
    meanings = {normalise(word): state for state, words in known.items() for word in words}
    new = {normalise(word): word for word in said if normalise(word) not in meanings}
    if len(new) != 1 or any(state.value not in counted for state in TicketState):
        return None
    [(folded, word)] = new.items()
    number = sum(normalise(one) == folded for one in said)
    unexplained = {
        state: counted[state.value] - sum(meanings.get(normalise(one)) is state for one in said)
        for state in TicketState
    }
    fitting = [state for state, rest in unexplained.items() if rest]
    return (fitting[0], word) if len(fitting) == 1 and unexplained[fitting[0]] == number else None
