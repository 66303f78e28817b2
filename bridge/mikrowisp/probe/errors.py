"""Step 8: how the panel says no: without a customer, for nobody, with a wrong token, to no command."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bridge.errors import AccessRefused, PanelUnusable
from bridge.mikrowisp.api import PanelApi
from bridge.mikrowisp.envelope import Reply
from bridge.mikrowisp.probe.record import Record
from bridge.mikrowisp.probe.said import counts, error_key, list_of, state_word, ticket_rows
from bridge.mikrowisp.probe.states import settled
from bridge.mikrowisp.probe.wire import NOBODY, Wire
from bridge.mikrowisp.probe.words import word_for
from bridge.mikrowisp.translate import contains_any

_MOST_LOOKED_AT = 20
_TWICE = 2
NO_SUCH_COMMAND = {404, 405}
_HTTP = re.compile(r"\(HTTP (\d+)\)")


# "None", "no such" and "no page" may be one answer to different questions; these two stand for themselves.
_APART = {"bad_token", "unknown_command"}


class Refusals:
    """Puts the questions that a panel must refuse; every one is a read.

    Each is put twice, to different customers where it has one, so that a fault of the moment is not taken
    for the panel's way of saying no.
    """

    def __init__(self, wire: Wire, stranger: PanelApi, record: Record) -> None:
        self._wire = wire
        self._stranger = stranger
        self._record = record
        self._words = wire.api.dialect.errors
        self._texts: dict[str, list[str]] = {}
        self._by_status = False  # the HTTP status says that a command is unknown, whatever the words

    def ask(self, client_id: int, some: Iterable[int]) -> None:
        """Ask them all; `some` are other customers, looked at for those without tickets."""
        with self._record.step("8", "refusals: no customer, an unknown one, a wrong token"):
            self._token()
            self._command()
            nobody = self._unknown_customers()
            self._everybody()
            self._tickets([client_id, *some], nobody)
            self._invoices(nobody)
            for key, texts in self._texts.items():
                self._learn(key, texts)

    def _token(self) -> None:
        for client_id in NOBODY[:_TWICE]:
            try:
                reply = self._stranger.ask("GetClientsDetails", {"idcliente": client_id})
            except AccessRefused as fault:
                status = _HTTP.search(str(fault))
                self._record.found("token_error", status[1] if status else "text", str(fault))
                return
            if reply.success:
                self._record.found("token_error", None, "a wrong token is taken: anybody can read this panel")
                return
            self._refused("bad_token", reply)
        self._record.found("token_error", "text", f"HTTP {reply.status}: {reply.message}")

    def _command(self) -> None:
        for name in ("BridgeProbe", "BridgeProbeTwice"):
            reply = self._wire.no_such_command(name)
            self._refused("unknown_command", reply)
        self._by_status = reply.status in NO_SUCH_COMMAND
        self._record.saw(f"a command that no panel has: {reply.message or f'HTTP {reply.status}'}")
        self._record.found("error_status", str(reply.status), "the HTTP status of a refusal")
        self._record.found("error_text_key", error_key(reply), "where the text of a refusal stands")

    def _unknown_customers(self) -> list[int]:
        """Settle how a customer looks who is not there; returns two such numbers."""
        found = []
        for client_id in NOBODY:
            reply = self._wire.customer(client_id)
            listed = list_of(reply, ("datos",))
            if reply.success and listed is not None and listed[1]:
                continue
            found.append(client_id)
            how = "empty" if reply.success else "error"
            self._record.found("client_not_found", how, reply.message or f"customer {client_id}: empty")
            if not reply.success:
                self._refused("not_found", reply)
            if len(found) == _TWICE:
                return found
        raise PanelUnusable(f"customers {NOBODY} seem to exist")

    def _everybody(self) -> None:
        reply = self._wire.tickets(None)
        rows = ticket_rows(reply) if reply.success else []
        seen = f"ListTicket without a customer: {reply.message or f'{len(rows)} tickets'}"
        self._record.found("global_ticket_list", bool(rows), seen)

    def _tickets(self, clients: list[int], nobody: list[int]) -> None:
        """Look for customers without tickets, and on the way at words for states (contract 3.1)."""
        none: list[Reply] = []
        for client_id in clients[:_MOST_LOOKED_AT]:
            reply = self._wire.tickets(client_id)
            rows = ticket_rows(reply)
            self._states(reply, [state_word(row) for row in rows])
            none += [] if rows else [reply]
        # Those who do not exist stand in where everybody has some.
        none += [self._wire.tickets(client_id) for client_id in nobody[: max(0, _TWICE - len(none))]]
        for reply in none[:_TWICE]:
            if reply.success:
                data = reply.body.get("data")
                form = "empty_list" if isinstance(data, dict) and "tickets" in data else "no_list"
                self._record.found("no_tickets", form, "no ticket, and no error")
            else:
                self._record.found("no_tickets", "error", reply.message)
                self._refused("no_tickets", reply)

    def _states(self, reply: Reply, said: list[str]) -> None:
        states = self._wire.api.dialect.tickets.states
        new = settled(said, counts(reply), states)
        if new is None:
            return
        state, word = new
        self._record.found(f"{state.value}_state", word, f"the panel counts `{word}` as {state.value}")
        trail = ("tickets", "states", state.value)
        self._record.add(trail, states.get(state, ()), word, "so the panel counts it")

    def _invoices(self, nobody: list[int]) -> None:
        for client_id in nobody:
            reply = self._wire.invoices(client_id)
            self._record.found(
                "empty_invoices", "list" if reply.success else "error", reply.message or "none"
            )
            if not reply.success:
                self._refused("no_invoices", reply)

    def _refused(self, key: str, reply: Reply) -> None:
        self._texts.setdefault(key, []).append(reply.message)

    def _learn(self, key: str, texts: list[str]) -> None:
        """Ask for a word where none of those known stands in the refusals of one meaning."""
        known: tuple[str, ...] = getattr(self._words, key)
        if all(contains_any(text, known) for text in texts):
            return
        if key == "unknown_command" and self._by_status:
            return
        others = [
            text
            for other, many in self._texts.items()
            for text in many
            if other != key and (key in _APART or other in _APART)
        ]
        word = word_for(texts, others)
        if word is None:
            self._record.found(f"word_{key}", None, f"{texts} are no sure sign of it")
        else:
            self._record.found(f"word_{key}", word, f"`{texts[0]}`")
            self._record.add(("errors", key), known, word, f"so the panel says it: {texts[0]}")
