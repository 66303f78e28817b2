"""One call from who it is to what became of it: what the flags do not say is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bridge.bootstrap import Bridge
from bridge.cli.phone_shown import Board, caller_shown, distinguished, person_line
from bridge.cli.render import say, warn
from bridge.desk.calls import Said, Taken
from bridge.desk.continuing import would_end
from bridge.desk.whose import whose
from bridge.domain.records import Client, ClientStatus
from bridge.errors import AccessRefused, PanelUnreachable, PanelUnusable, UnknownCustomer, UsageFault
from bridge.intake.phone_book import PhoneBook, alike
from bridge.views.moments import spoken
from bridge.views.standing import Joinable, Standing

if TYPE_CHECKING:
    from bridge.cli.phone_talk import Talk


class OtherCallerError(Exception):
    """The agent took the wrong customer, and wants another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """What was said on the command line; None is not said."""

    client: int | None
    find: str | None
    kind: str | None
    service: str | None
    text: str | None
    solved: bool
    at: str | None
    join: str | None
    new: bool

    def check(self) -> None:
        """Raise UsageFault for flags that exclude each other."""
        if self.client is not None and self.find is not None:
            raise UsageFault("--client and --find exclude each other")
        if self.join is not None and (self.new or self.solved or self.kind or self.service):
            raise UsageFault("--continue goes with --text alone: the ticket keeps its kind and service")

    @property
    def missing(self) -> list[str]:
        """What a script has to say before anything is looked up."""
        lacks = [] if self.client is not None or self.find is not None else ["--client N or --find TEXT"]
        lacks += ["--kind KIND (or --continue TICKET)"] if self.kind is None and self.join is None else []
        return lacks + ([] if self.text is not None else ["--text TEXT"])


class Taking:
    """Takes one call. Without `talk` nobody can be asked; `is_quiet` leaves the telling to the caller."""

    def __init__(self, bridge: Bridge, flags: Flags, by: str, talk: Talk | None, *, is_quiet: bool) -> None:
        self._flags = flags
        self._by = by
        self._talk = talk
        self._is_quiet = is_quiet
        self._clock = bridge.clock
        self._store = bridge.store()
        loaded = bridge.mappings(self._store)
        self._rulebook = loaded.rulebook
        self._desk = bridge.call_desk(self._store, loaded)
        self._people = bridge.people(self._store, loaded, for_calls=True)
        self._began_at = self._desk.began(flags.at)
        self._now = bridge.clock.now()
        self._board = Board(loaded.rulebook, self._now)

    def run(self) -> Taken:
        """Ask, write, send and tell. Raises UsageFault, KeyboardInterrupt, or what the desk raises."""
        began = spoken(self._began_at, self._now, self._rulebook.zone)
        self._tell(f"Llamada de {began}: desde entonces cuenta. Ctrl-C: salir sin escribir nada.")
        try:
            said, joined = self._answers()
        except KeyboardInterrupt:
            self._tell("No quedó nada escrito.")
            raise
        if joined is not None and self._talk is not None and not self._desk.is_open(joined):
            self._tell(f"El ticket {joined.ticket_id} se cerró mientras tanto: se abre otro.")
            said, joined = replace(said, kind=joined.kind, service_id=joined.service_id), None
        if joined is None:
            self._tell("Abriendo el ticket...")
        try:
            taken = self._desk.take(said) if joined is None else self._desk.join(said, joined)
        except KeyboardInterrupt:
            number = said.client.client_id
            self._tell(f"Interrumpido. Si quedó registrada lo dice: bridge intake phone --client {number}")
            raise
        if not self._is_quiet:
            self._board.taken(taken)
        return taken

    def _answers(self) -> tuple[Said, Joinable | None]:
        client_id = self._flags.client if self._flags.client is not None else self._found()
        while self._talk is not None:
            try:
                return self._about(self._client(client_id))
            except OtherCallerError:
                self._tell("")
            except UnknownCustomer:
                self._tell(f"El panel no tiene ningún cliente {client_id}.")
            except (PanelUnreachable, AccessRefused, PanelUnusable):
                self._tell(f"El panel no responde, y aquí no se sabe nada del cliente {client_id}.")
            client_id = self._talk.caller(self._book(), self._whose)
        return self._about(self._client(client_id))

    def _whose(self, typed: str) -> int | None:
        return whose(self._store, typed)

    def _about(self, client: Client) -> tuple[Said, Joinable | None]:
        flags = self._flags
        standing = self._desk.standing(client.client_id)
        if standing.ended and self._talk is not None:
            self._board.ended(standing.ended)
        joined = self._joined(standing, client)
        if joined is not None:
            return self._said(client), joined
        kind = self._kind()
        service_id = self._service(client)
        words = self._words()
        solved = self._solved(standing, kind, service_id)
        solved_at = self._began_at if flags.at is not None else self._clock.now()
        said = Said(
            client=client,
            began_at=self._began_at,
            by=self._by,
            words=words,
            kind=kind,
            service_id=service_id,
            solved_at=solved_at if solved else None,
        )
        return said, None

    def _found(self) -> int:
        """The number of the one customer who fits."""
        typed = self._flags.find or ""
        known = self._whose(typed)
        if known is not None:
            return known
        book = self._book()
        found = book.find(typed)
        if found.only is not None:
            return found.only.client_id
        if self._talk is not None:
            return self._talk.caller(book, self._whose, typed)
        if not found.people:
            raise UsageFault(f"--find `{typed}` fits nobody")
        listed = "\n".join(person_line(person) for person in found.people)
        raise UsageFault(f"--find `{typed}` fits more than one customer; say --client N\n{listed}")

    def _book(self) -> PhoneBook:
        """All customers, read anew where it is time to; else, and where the panel is away, as last read."""
        read_at = self._store.directory.read_at
        if not self._people.is_fresh:
            self._tell("Leyendo los clientes del panel...")
        try:
            self._people.refresh()
        except (PanelUnreachable, AccessRefused, PanelUnusable):
            if read_at is None:
                raise
            read = spoken(read_at, self._clock.real(), self._rulebook.zone)
            warn(f"El panel no responde: se busca entre los clientes leídos a {read}.")
        everybody = self._store.directory.everybody()
        known = self._store.snapshots.clients(alike(everybody))
        return PhoneBook(everybody, {number: distinguished(client) for number, client in known.items()})

    def _client(self, client_id: int) -> Client:
        caller = self._desk.caller(client_id)
        client = caller.client
        if not self._is_quiet:
            caller_shown(caller)
        if client.status is ClientStatus.RETIRED:
            if self._talk is None:
                raise UsageFault(
                    f"customer {client_id} has left (dado de baja): no ticket is opened for them"
                )
            if not self._talk.go_on("Está DADO DE BAJA. ¿Abrir un ticket de todos modos?"):
                raise KeyboardInterrupt
        return client

    def _joined(self, standing: Standing, client: Client) -> Joinable | None:
        """What is open and goes on with this call; None for something new, which has to be said."""
        flags = self._flags
        if flags.join is not None:
            found = standing.find(flags.join)
            if found is None:
                raise UsageFault(
                    f"--continue {flags.join}: customer {client.client_id} has {_listed(standing)} open"
                )
            return found
        if flags.new or not (standing.open or standing.coming):
            return None
        if self._talk is None:
            raise UsageFault(
                f"customer {client.client_id} has {_listed(standing)} open; add --continue TICKET, or --new"
            )
        self._board.standing(standing)
        if standing.joinable:
            return self._talk.joined(standing.joinable)
        if not self._talk.go_on("¿Abrir otro?"):
            self._board.told_again(standing.coming[0].push)
            raise KeyboardInterrupt
        return None

    def _kind(self) -> str:
        if self._flags.kind is not None or self._talk is None:
            return self._desk.kind(self._flags.kind or "")
        return self._talk.kind(self._desk.kinds(), self._desk.kind)

    def _service(self, client: Client) -> int | None:
        services = client.services or ()
        if self._flags.service is not None or self._talk is None or len(services) <= 1:
            return self._desk.service(self._flags.service, client)
        return self._talk.service(services, lambda typed: self._desk.service(typed, client))

    def _words(self) -> str:
        if self._flags.text is not None or self._talk is None:
            return self._flags.text or ""
        return self._talk.words()

    def _said(self, client: Client) -> Said:
        return Said(client=client, began_at=self._began_at, by=self._by, words=self._words())

    def _solved(self, standing: Standing, kind: str, service_id: int | None) -> bool:
        other = would_end(kind, service_id, standing, self._rulebook.kinds)
        if other is not None:
            if self._flags.solved:
                raise UsageFault(
                    f"--solved would end {other.report_number or f'ticket {other.ticket_id}'} too, which is "
                    "open: continue that one, or record it with `bridge fact TICKET resolved --by NAME`"
                )
            return False
        if self._flags.solved or self._talk is None or self._flags.text is not None:
            return self._flags.solved
        return self._talk.go_on("¿Quedó resuelto en la llamada?")

    def _tell(self, words: str) -> None:
        if self._talk is not None:
            say(words)


def _listed(standing: Standing) -> str:
    """What is open, by the numbers that --continue takes."""
    named = [f"{one.row.report_number or ''} ticket {one.ticket_id}".strip() for one in standing.open]
    named += [f"ticket {one.ticket_id or 'without a number yet'}" for one in standing.coming]
    return ", ".join(named) or "nothing"
