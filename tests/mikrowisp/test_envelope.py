"""Every envelope the contract tells of is read, and nothing else passes for one."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bridge.mikrowisp.envelope import UnreadableError, preview, read_reply, text_of


@pytest.mark.parametrize(
    ("text", "success", "message"),
    [
        ('{"estado":"exito","mensaje":"Listo"}', True, "Listo"),
        ('{"estado":"EXITO"}', True, ""),
        ('{"code":"200","mensaje":"Listo","factura_id":5014}', True, "Listo"),
        ('{"code":200}', True, ""),
        ('{"estado":"error","mensaje":"No se puede"}', False, "No se puede"),
        ('{"estado":"error","salida":"No se puede"}', False, "No se puede"),
        ('{"estado":"error","message":"No se puede"}', False, "No se puede"),
        ('{"estado":"error","mensaje":"","salida":"No &eacute;l"}', False, "No él"),
        ('{"code":"500","mensaje":"x"}', False, "x"),
        ('{"estado":"error","code":"200"}', False, ""),
        ('\ufeff{"estado":"exito"}', True, ""),
        ('<br />\n<b>Warning</b>: Undefined {closure} in x.php\n{"estado":"exito"}', True, ""),
        ('{"estado":"exito"}\n<br /><b>Notice</b>: x', True, ""),
        ('{"data":{"tickets":[]},"estado":"exito"}', True, ""),
    ],
)
def test_envelope_is_read(text: str, success: bool, message: str) -> None:
    reply = read_reply(200, text)

    assert (reply.success, reply.message) == (success, message)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        (" \r\n\0", "empty"),
        ("\ufeff", "empty"),
        ("<html><h1>En mantenimiento</h1></html>", "HTML page instead of JSON: En mantenimiento"),
        ("Fatal error", "no JSON"),
        ("[]", "no JSON"),
        ('{"estado":"exito","data":{"tickets":[{"id":1,"estado":"abierto"}', "breaks off"),
        ('{"estado":"exito","n":NaN}', "breaks off or is damaged"),
        ('{"facturas":[]}', "without estado and code"),
        ("{}", "without estado and code"),
        ('{"estado":' + '{"a":' * 100_000, "breaks off"),
    ],
)
def test_anything_else_is_unreadable(text: str, why: str) -> None:
    with pytest.raises(UnreadableError, match=why):
        read_reply(200, text)


def test_success_with_an_error_status_is_none() -> None:
    assert not read_reply(400, '{"estado":"exito"}').success


def test_numbers_are_never_floats() -> None:
    body = read_reply(200, '{"estado":"exito","total":343.75}').body

    assert body["total"] == Decimal("343.75")
    assert isinstance(body["total"], Decimal)


def test_body_stays_out_of_repr() -> None:
    reply = read_reply(200, '{"estado":"exito","datos":[{"codigo":"portal-password"}]}')

    assert "portal-password" not in repr(reply)


def test_preview_is_short_and_hides_passwords() -> None:
    said = preview('<p>{"codigo":"portal-password","ppppass": "line-password","x":' + "y" * 500)

    assert "password" not in said.replace("ppppass", "")
    assert len(said) <= 121


def test_bytes_in_either_encoding() -> None:
    assert text_of("señal".encode()) == "señal"
    assert text_of("señal".encode("latin-1")) == "señal"
    assert text_of(b"\xef\xbb\xbf{}") == "{}"
