"""Tokens and passwords are in nothing that the bridge shows."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable

import pytest
import requests
from pydantic import ValidationError

from bridge.errors import BridgeError, BrokenRecord, PanelUnusable
from bridge.mikrowisp.wire import WireClient
from bridge.redaction import is_secret, redacted, redacted_text
from tests.mikrowisp.panels import TOKEN, Panel, client, done, error, panel_api, transport

SECRETS = (TOKEN, "portal-password", "line-password")


def shown(raised: BaseException) -> str:
    """Everything about an error that a log or a traceback could print."""
    said = ["".join(traceback.format_exception(raised))]
    link: BaseException | None = raised
    while link is not None:
        said += [str(link), repr(link), repr(vars(link))]
        said.append(repr(getattr(getattr(link, "request", None), "body", "")))
        link = link.__cause__ or link.__context__
    return "\n".join(said)


def error_of(call: Callable[[], object]) -> BridgeError | None:
    try:
        call()
    except BridgeError as raised:
        return raised
    return None


@pytest.mark.parametrize(
    "key",
    [
        "token",
        "codigo",
        "CODIGO",
        "ppppass",
        "password",
        "new_password",
        "Authorization",
        "token_api",
        "contraseña",
    ],
)
def test_secret_field_is_known_by_name(key: str) -> None:
    assert is_secret(key)


@pytest.mark.parametrize("key", ["idcliente", "contenido", "mensaje", "pasarela", "code", "pppuser"])
def test_other_field_is_none(key: str) -> None:
    assert not is_secret(key)


def test_values_of_secret_fields_are_replaced_at_any_depth() -> None:
    assert redacted({"datos": [{"id": 1, "codigo": "x", "servicios": [{"ppppass": "y"}]}], "token": "z"}) == {
        "datos": [{"id": 1, "codigo": "***", "servicios": [{"ppppass": "***"}]}],
        "token": "***",
    }


@pytest.mark.parametrize(
    "text",
    [
        '{"codigo":"abc\\"def","x":1}',
        '{"codigo": "abc',
        "'ppppass' => 'abc'",
        "token=abc&x=1",
        "Authorization: Bearer abc",
        '"token":abc}',
        "mysql+pymysql://bridge:abc@db.example.com/panel",
        "Could not reach 'https://:abc@192.0.2.7/'",
    ],
)
def test_secret_in_text_is_replaced(text: str) -> None:
    assert "abc" not in redacted_text(text)


def test_request_log_names_the_call_and_no_secret(panel: Panel, caplog: pytest.LogCaptureFixture) -> None:
    panel.plays({"GetClientsDetails": done(datos=[client()]), "NewSMS": done()})
    api = panel_api()

    with caplog.at_level(logging.DEBUG, "bridge"):
        api.client(77)
        api.send_sms(77, f"hola {TOKEN}")

    ours = [record.msg for record in caplog.records if record.name == "bridge.panel"]
    first = {name: ours[0][name] for name in ("event", "command", "fields", "answer")}
    assert first == {
        "event": "panel.call",
        "command": "GetClientsDetails",
        "fields": "idcliente=77",
        "answer": "HTTP 200",
    }
    assert not [secret for secret in SECRETS if secret in caplog.text]


@pytest.mark.parametrize(
    "answer",
    [
        f'<html>token={TOKEN} "codigo":"portal-password" "ppppass":"line-password"</html>',
        f'{{"datos":[{{"codigo":"portal-password","ppppass":"line-password"}}],"x":"{TOKEN}',
        error(f"El token {TOKEN} no es válido"),
        error(f"Falla rara {TOKEN}"),
        (500, f"<html>{TOKEN}</html>"),
        (302, f"<html>{TOKEN}</html>"),
        (404, f"<html>{TOKEN}</html>"),
        (418, f"<html>{TOKEN}</html>"),
        done(datos=[client(costo="x", servicios=[{"id": 1, "costo": "mil", "ppppass": "line-password"}])]),
        requests.ReadTimeout(f"{TOKEN}"),
    ],
)
def test_no_error_of_a_read_shows_a_secret(panel: Panel, answer: object) -> None:
    panel.plays({"GetClientsDetails": lambda _: answer, "NewSMS": lambda _: answer})
    api = panel_api()

    for call in (lambda: api.client(77), lambda: api.send_sms(77, "hola")):
        raised = error_of(call)
        if raised is not None:
            text = shown(raised)
            assert not [secret for secret in SECRETS[1:] if secret in text]
            assert TOKEN not in str(raised)
            assert TOKEN not in text or isinstance(answer, requests.ReadTimeout)


def test_wire_records_have_no_secret_fields() -> None:
    record = WireClient.model_validate(client())

    assert not [secret for secret in SECRETS if secret in repr(record)]


def test_broken_record_shows_no_input() -> None:
    with pytest.raises(ValidationError) as raised:
        WireClient.model_validate(
            {"id": 1, "codigo": "portal-password", "servicios": [{"ppppass": "line-password"}]}
        )

    assert "password" not in str(raised.value).replace("ppppass", "")


def test_repr_of_the_parts_shows_no_token() -> None:
    assert TOKEN not in repr(transport()) + repr(vars(transport())["_session"].auth)
    assert repr(transport()) == "Transport(panel.example.com, api=v1)"


def test_address_with_an_account_is_shown_without_it(panel: Panel) -> None:
    sender = transport(base_url="https://somebody:hidden@192.0.2.7")

    with pytest.raises(BridgeError) as raised:
        sender.read("ListTicket")

    assert "hidden" not in shown(raised.value)


def test_unexplained_answer_names_command_and_host(panel: Panel) -> None:
    panel.plays({"ListTicket": "<html><title>Panel</title><h1>En mantenimiento</h1></html>"})

    with pytest.raises(PanelUnusable) as raised:
        panel_api().tickets(77)

    assert str(raised.value) == (
        "ListTicket at panel.example.com: an HTML page instead of JSON: En mantenimiento"
    )


def test_error_about_a_customer_is_a_broken_record(panel: Panel) -> None:
    panel.plays({"ListTicket": error("Error interno 7")})

    with pytest.raises(BrokenRecord, match="client 77: ListTicket: Error interno 7"):
        panel_api().tickets(77)
