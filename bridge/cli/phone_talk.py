"""The questions of a call at a terminal, in Spanish: the caller as the agent types, the kind, the words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.validation import ValidationError, Validator

from bridge.cli.phone_shown import SPANISH_STATUS, kinds_shown, short_telephone
from bridge.cli.phone_taking import OtherCallerError
from bridge.cli.render import clean, say
from bridge.domain.contacts import Contact
from bridge.domain.policy import FaultKind
from bridge.domain.records import Service
from bridge.errors import UsageFault
from bridge.intake.phone_book import MOST_SHOWN, PhoneBook
from bridge.views.standing import Joinable

T = TypeVar("T")

OTHER_CALLER = "c"

_YES = {"s", "si", "sí", "y", "yes"}
_NO = {"n", "no"}


class Talk:
    """Asks an agent. Where another customer can still be taken, `c` raises OtherCallerError.

    Ctrl-C and Ctrl-D raise KeyboardInterrupt: nothing has been written by then.
    """

    def caller(self, book: PhoneBook, whose: Callable[[str], int | None], typed: str = "") -> int:
        """Return the number of the customer who calls; matches stand below the line while it is typed.

        `whose` knows the customer of a ticket or a report.
        """

        def chosen(text: str) -> int:
            client_id = whose(text)
            if client_id is not None:
                return client_id
            only = book.find(text).only
            if only is not None:
                return only.client_id
            if text.startswith("#") and text[1:].strip().isdecimal():
                return int(text[1:])
            if not book.find(text).people:
                raise UsageFault("Nadie coincide. Con #NÚMERO se le pregunta al panel por ese cliente.")
            raise UsageFault("Coinciden varios: escriba más, o elija uno con las flechas.")

        return self._ask("Cliente: ", chosen, completer=_People(book), default=typed)

    def go_on(self, question: str) -> bool:
        """Return whether the answer is yes; a mere Enter is no."""

        def chosen(text: str) -> bool:
            word = text.casefold()
            if word not in {*_YES, *_NO, ""}:
                raise UsageFault("Conteste s o n.")
            return word in _YES

        return self._ask(f"{question} s/n [n]: ", chosen)

    def joined(self, joinable: Sequence[Joinable]) -> Joinable | None:
        """Return what the call is about of what was listed, None for something new."""

        def chosen(text: str) -> Joinable | None:
            if text.casefold() in {"n", "nuevo"}:
                return None
            if text.isdecimal() and 1 <= int(text) <= len(joinable):
                return joinable[int(text) - 1]
            raise UsageFault("Escriba el número de la lista, n para un ticket nuevo, o c para otro cliente.")

        return self._ask("Continuar con (número), n = ticket nuevo, c = otro cliente: ", chosen, back=True)

    def kind(self, kinds: Sequence[FaultKind], read: Callable[[str], str]) -> str:
        """Return the kind; `read` understands what is typed."""
        kinds_shown(kinds)

        def chosen(text: str) -> str:
            try:
                return read(text)
            except UsageFault as fault:
                raise UsageFault("Escriba el número o el nombre de la lista.") from fault

        return self._ask("Tipo (c = otro cliente): ", chosen, back=True)

    def service(self, services: Sequence[Service], read: Callable[[str], int | None]) -> int | None:
        """Return the service, None where the caller does not know."""
        for service in services:
            say(f"{service.service_id:>6}  {service.plan}")

        def chosen(text: str) -> int | None:
            try:
                return read(text or "unknown")
            except UsageFault as fault:
                raise UsageFault("Escriba un número de la lista, o solo Enter si no se sabe.") from fault

        return self._ask("Servicio [no se sabe]: ", chosen)

    def words(self) -> str:
        """Return what the caller says."""

        def chosen(text: str) -> str:
            if not text:
                raise UsageFault("Escriba lo que dice el cliente.")
            return text

        return self._ask("Qué dice: ", chosen)

    @staticmethod
    def _ask(
        question: str,
        read: Callable[[str], T],
        *,
        completer: Completer | None = None,
        default: str = "",
        back: bool = False,
    ) -> T:
        session: PromptSession[str] = PromptSession(
            completer=completer,
            complete_while_typing=True,
            complete_in_thread=True,
            reserve_space_for_menu=MOST_SHOWN if completer is not None else 0,
            validator=_Reads(read, OTHER_CALLER if back else None),
            validate_while_typing=False,
        )
        try:
            said = session.prompt(question, default=default).strip()
        except EOFError as end:
            raise KeyboardInterrupt from end
        if back and said.casefold() == OTHER_CALLER:
            raise OtherCallerError
        return read(said)


class _Reads(Validator):
    """Lets an answer pass that can be understood, else says why not."""

    def __init__(self, read: Callable[[str], object], besides: str | None) -> None:
        self._read = read
        self._besides = besides

    def validate(self, document: Document) -> None:
        if document.text.strip().casefold() == self._besides:
            return
        try:
            self._read(document.text.strip())
        except UsageFault as fault:
            raise ValidationError(message=str(fault), cursor_position=len(document.text)) from fault


class _People(Completer):
    """Who fits what was typed: number, name, the telephone's last digits, standing."""

    def __init__(self, book: PhoneBook) -> None:
        self._book = book

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:  # noqa: ARG002
        typed = document.text_before_cursor
        found = self._book.find(typed, MOST_SHOWN - 1)
        for person in found.people:
            yield Completion(
                f"#{person.client_id}",
                start_position=-len(typed),
                display=f"{person.client_id:>6}  {clean(person.name)}",
                display_meta=f"{_meta(person)}  {clean(self._book.about(person.client_id))}".rstrip(),
            )
        if found.more:
            yield Completion(typed, start_position=-len(typed), display="   ...  hay más: siga escribiendo")


def _meta(person: Contact) -> str:
    return f"{short_telephone(person)}  {SPANISH_STATUS[person.status]}"
