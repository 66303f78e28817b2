"""Step 7: how lists come in pages, and under which key (contract 2.2, 2.3)."""

from __future__ import annotations

from collections.abc import Callable

from bridge.mikrowisp.envelope import Reply
from bridge.mikrowisp.probe.record import Record, Step
from bridge.mikrowisp.probe.said import form_of, has_services, ids_of, list_of, raw_id
from bridge.mikrowisp.probe.wire import Wire
from bridge.mikrowisp.probe.words import word_for
from bridge.mikrowisp.translate import contains_any

_TWO = 2
_FAR = (100_000, 200_000)


def pages(wire: Wire, record: Record) -> list[int]:
    """Look at the lists of customers and invoices; returns some customers of the panel."""
    some: list[int] = []
    with record.step("7", "pages of lists") as step:
        first = wire.customers_page(1, 25)
        if wire.api.is_unknown(first):
            record.found("get_all_clients", value=False, seen=first.message or f"HTTP {first.status}")
            if wire.api.dialect.customers.source == "api":
                record.change(("customers", "source"), "walk", "the panel does not know GetAllClients")
        elif first.success:
            some = _customers(wire, record, first)
        else:
            record.found("get_all_clients", None, f"an error: {first.message}")
        _invoices(wire, step)
    return some


def _customers(wire: Wire, record: Record, first: Reply) -> list[int]:
    record.found("get_all_clients", value=True, seen="GetAllClients answers")
    known = wire.api.dialect.customers.list_keys
    listed = list_of(first, known)
    if listed is None:
        record.found("clients_key", None, "the answer holds no list of records")
        return []
    key, rows = listed
    record.found("clients_key", key, f"the list stands under `{key}`")
    if key != known[0]:
        keys = (key, *(other for other in known if other != key))
        record.change(("customers", "list_keys"), keys, f"customers come under `{key}`")
    if rows:
        shape = "full" if has_services(rows[0]) else "short"
        record.found("clients_record", shape, f"{shape} records, {len(rows)} of them")
        record.found("id_type", form_of(raw_id(rows[0])), f"such as {raw_id(rows[0])!r}")

    def page(number: int) -> list[int] | None:
        return _ids(wire.customers_page(number, _TWO), (key,))

    base = _paging(record, page, "customers")
    settled = wire.api.dialect.customers.first_page
    if base is not None and settled != base:
        record.change(("customers", "first_page"), base, f"the first page of customers is {base}")
    _empty(wire, record)
    return ids_of(rows)


def _paging(record: Record, page: Callable[[int], list[int] | None], of: str) -> int | None:
    """Settle what `pagina` counts and from where, by pages 0, 1 and 2 of two records each."""
    zero, one, two = page(0), page(1), page(2)
    shown = f"pages 0, 1, 2 of {of} show {zero}, {one}, {two}"
    if not one or len(one) < _TWO or two is None:
        record.found("page_first", None, f"too few {of}: {shown}")
        record.found("page_meaning", None, f"too few {of}: {shown}")
        return None
    base = 0 if zero and zero != one else 1
    record.found("page_first", str(base), shown)
    before, after = (one, two) if base else (zero or [], one)
    if after and before[1:] == after[:1]:
        record.found("page_meaning", "offset", "each page begins one record further: `pagina` counts records")
    elif after and not set(before) & set(after):
        record.found("page_meaning", "page", "pages do not overlap")
    else:
        record.found("page_meaning", None, f"too few {of} for a second page")
    return base


def _empty(wire: Wire, record: Record) -> None:
    """Learn how a page without customers looks."""
    beyond = [wire.customers_page(page, _TWO) for page in _FAR]
    if beyond[0].success:
        listed = list_of(beyond[0], wire.api.dialect.customers.list_keys)
        empty = listed is not None and not listed[1]
        record.found("empty_clients", "list" if empty else None, "a page beyond the end is a list")
        return
    texts = [reply.message for reply in beyond]
    record.found("empty_clients", "error", f"a page beyond the end is an error: {texts[0]}")
    known = wire.api.dialect.errors.not_found
    word = None if contains_any(texts[0], known) else word_for(texts, ())
    if word is not None:
        record.add(("errors", "not_found"), known, word, "so the panel says that a page is empty")


def _invoices(wire: Wire, step: Step) -> None:
    """Look at the invoices' pages too: their meaning may differ, and the bridge copes with either."""

    def page(number: int) -> list[int] | None:
        return _ids(wire.invoices_page(number, _TWO), ("facturas",))

    shown = [page(number) for number in (0, 1, 2)]
    step.seen.append(f"pages 0, 1, 2 of everybody's invoices, two each: {', '.join(map(str, shown))}")


def _ids(reply: Reply, keys: tuple[str, ...]) -> list[int] | None:
    listed = list_of(reply, keys)
    return ids_of(listed[1]) if reply.success and listed is not None else None
