"""Step 8: how the panel says no: without a customer, for nobody, with a wrong token, to no command."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bridge.domain.records import TicketState
from bridge.domain.words import normalise
from bridge.errors import AccessRefused
from bridge.mikrowisp.api import PanelApi
from bridge.mikrowisp.envelope import Reply
from bridge.mikrowisp.probe.record import Record
from bridge.mikrowisp.probe.said import counts, error_key, list_of, state_word, ticket_rows
from bridge.mikrowisp.probe.wire import NOBODY, Wire
from bridge.mikrowisp.probe.words import explained, word_for

_MOST_LOOKED_AT = 20
_HTTP = re.compile(r"\(HTTP (\d+)\)")


class Refusals:
    """Puts the questions that a panel must refuse; every one is a read."""

    def __init__(self, wire: Wire, stranger: PanelApi, record: Record) -> None:
        self._wire = wire
        self._stranger = stranger
        self._record = record
        self._words = wire.api.dialect.errors
        self._texts: dict[str, str] = {}

    def ask(self, client_id: int, some: Iterable[int]) -> None:
        """Ask them all; `some` are other customers, looked at for one without tickets."""
        with self._record.step("8", "refusals: no customer, an unknown one, a wrong token"):
            self._token()
            self._command()
            nobody = self._unknown_customer()
            self._everybody()
            self._tickets([client_id, *some], nobody)
            self._invoices(nobody)
            # Last: the word for a refused token must stand in no other refusal.
            if text := self._texts.get("bad_token", ""):
                self._learn("bad_token", text)

    def _token(self) -> None:
        try:
            reply = self._stranger.ask("GetClientsDetails", {"idcliente": NOBODY[0]})
        except AccessRefused as fault:
            status = _HTTP.search(str(fault))
            self._texts["bad_token"] = str(fault).partition("refused the token: ")[2]
            self._record.found("token_error", status[1] if status else "text", str(fault))
            return
        if reply.success:
            self._record.found("token_error", None, "a wrong token is taken: anybody can read this panel")
            return
        self._record.found("token_error", "text", f"HTTP {reply.status}: {reply.message}")
        self._texts["bad_token"] = reply.message

    def _command(self) -> None:
        reply = self._wire.no_such_command()
        self._envelope(reply)
        self._texts["unknown_command"] = reply.message
        if self._wire.api.is_unknown(reply):
            self._record.found("unknown_command", "known", reply.message or f"HTTP {reply.status}")
        else:
            self._learn("unknown_command", reply.message)

    def _envelope(self, reply: Reply) -> None:
        key = error_key(reply)
        self._record.found("error_status", str(reply.status), "the HTTP status of a refusal")
        self._record.found("error_text_key", key, "where the text of a refusal stands")

    def _unknown_customer(self) -> int:
        """Settle how a customer looks who is not there; returns such a number."""
        for client_id in NOBODY:
            reply = self._wire.customer(client_id)
            listed = list_of(reply, ("datos",))
            if reply.success and listed is not None and listed[1]:
                continue
            if reply.success:
                self._record.found("client_not_found", "empty", f"customer {client_id}: an empty list")
            else:
                self._record.found("client_not_found", "error", reply.message)
                self._texts["not_found"] = reply.message
                self._learn("not_found", reply.message)
            return client_id
        self._record.found("client_not_found", None, f"customers {NOBODY} all exist")
        return NOBODY[0]

    def _everybody(self) -> None:
        reply = self._wire.tickets(None)
        rows = ticket_rows(reply) if reply.success else []
        seen = f"ListTicket without a customer: {reply.message or f'{len(rows)} tickets'}"
        self._record.found("global_ticket_list", bool(rows), seen)

    def _tickets(self, clients: list[int], nobody: int) -> None:
        """Look for a customer without tickets, and on the way at words for states (contract 3.1)."""
        none: Reply | None = None
        for client_id in clients[:_MOST_LOOKED_AT]:
            reply = self._wire.tickets(client_id)
            rows = ticket_rows(reply)
            self._states(reply, [state_word(row) for row in rows])
            if none is None and not rows:
                none = reply
        if none is None:
            none = self._wire.tickets(nobody)
        if not none.success:
            self._record.found("no_tickets", "error", none.message)
            self._texts["no_tickets"] = none.message
            self._learn("no_tickets", none.message)
        else:
            data = none.body.get("data")
            has_list = isinstance(data, dict) and "tickets" in data
            self._record.found(
                "no_tickets", "empty_list" if has_list else "no_list", "no ticket, and no error"
            )

    def _states(self, reply: Reply, said: list[str]) -> None:
        """Settle a word for a state where the counters of the same answer leave no doubt."""
        dialect = self._wire.api.dialect.tickets.states
        known = {normalise(word): state for state, words in dialect.items() for word in words}
        new = {normalise(word): word for word in said if normalise(word) not in known}
        if len(new) != 1:
            return
        [(folded, word)] = new.items()
        number = sum(normalise(one) == folded for one in said)
        told = counts(reply)
        for state in TicketState:
            explained_ones = sum(known.get(normalise(one)) is state for one in said)
            if told.get(state.value) == number + explained_ones and self._is_only(told, said, known, state):
                self._record.found(
                    f"{state.value}_state", word, f"the panel counts `{word}` as {state.value}"
                )
                words = (*dialect.get(state, ()), word)
                self._record.change(("tickets", "states", state.value), words, "so the panel counts it")

    def _is_only(
        self, told: dict[str, int], said: list[str], known: dict[str, TicketState], chosen: TicketState
    ) -> bool:
        """Whether every other counter is explained by the words that are known."""
        return all(
            told.get(state.value, 0) == sum(known.get(normalise(one)) is state for one in said)
            for state in TicketState
            if state is not chosen
        )

    def _invoices(self, nobody: int) -> None:
        reply = self._wire.invoices(nobody)
        if reply.success:
            self._record.found("empty_invoices", "list", "no invoice, and no error")
            return
        self._record.found("empty_invoices", "error", reply.message)
        self._texts["no_invoices"] = reply.message
        self._learn("no_invoices", reply.message)

    def _learn(self, key: str, text: str) -> None:
        """Ask for a word where none of those known stands in a refusal of this meaning."""
        known: tuple[str, ...] = getattr(self._words, key)
        if explained(text, known):
            return
        # "None", "no such" and "no page" are the same answer to different questions; the token and the
        # command are not.
        apart = {"bad_token", "unknown_command"}
        others = [
            other for what, other in self._texts.items() if what != key and (key in apart or what in apart)
        ]
        word = word_for(text, others)
        if word is None:
            self._record.found(f"word_{key}", None, f"`{text}` is also said of something else")
        else:
            self._record.found(f"word_{key}", word, f"`{text}`")
            self._record.change(("errors", key), (*known, word), f"so the panel says it: {text}")
