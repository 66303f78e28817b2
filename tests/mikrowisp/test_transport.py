"""Each answer becomes the error that says how to react; reads and writes differ."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import requests

from bridge.clock import SystemClock
from bridge.errors import (
    AccessRefused,
    BridgeError,
    NotApplied,
    OutcomeUnknown,
    PanelUnreachable,
    PanelUnusable,
    Refused,
)
from bridge.mikrowisp.reactions import ServerTrouble
from bridge.mikrowisp.retry import ReadRetry
from bridge.rulebook.commands import Commands
from tests.mikrowisp.panels import BASE, TOKEN, Panel, StepClock, done, error, panel_api, transport

HTML = "<html><h1>Hola</h1></html>"


@pytest.mark.parametrize(
    ("answer", "on_read", "on_write"),
    [
        (error("No se pudo"), None, Refused),
        ((400, error("Falta un campo")), None, Refused),
        (error("El token no es válido."), AccessRefused, AccessRefused),
        ((401, HTML), AccessRefused, AccessRefused),
        ((403, error("no")), AccessRefused, AccessRefused),
        ((429, ""), PanelUnreachable, NotApplied),
        ((500, HTML), ServerTrouble, OutcomeUnknown),
        ((502, error("x")), ServerTrouble, OutcomeUnknown),
        (HTML, PanelUnusable, OutcomeUnknown),
        ("", PanelUnusable, OutcomeUnknown),
        ('{"estado":"exi', PanelUnusable, OutcomeUnknown),
        ((301, ""), PanelUnusable, OutcomeUnknown),
        ((413, HTML), PanelUnusable, Refused),
        ((404, HTML), None, Refused),
        (requests.ConnectTimeout("x"), PanelUnreachable, NotApplied),
        (requests.ReadTimeout("x"), PanelUnreachable, OutcomeUnknown),
        (requests.exceptions.ChunkedEncodingError("x"), PanelUnreachable, OutcomeUnknown),
        (requests.exceptions.SSLError("certificate verify failed"), AccessRefused, AccessRefused),
    ],
)
def test_answer_becomes_a_reaction(
    panel: Panel, answer: object, on_read: type[BridgeError] | None, on_write: type[BridgeError]
) -> None:
    panel.plays({"ListTicket": lambda _: answer, "CloseTicket": lambda _: answer})
    sender = transport()

    if on_read is None:
        assert not sender.read("ListTicket", {"idcliente": 7}).success
    else:
        with pytest.raises(on_read):
            sender.read("ListTicket", {"idcliente": 7})
    with pytest.raises(on_write):
        sender.write("CloseTicket", {"idticket": 7})


@pytest.mark.parametrize("answer", [done(), {"code": "200"}, {"estado": "EXITO"}])
def test_write_returns_in_both_dialects(panel: Panel, answer: dict[str, str]) -> None:
    panel.plays({"NewSMS": answer})

    assert transport().write("NewSMS", {"idcliente": 7}).success


def test_v1_puts_the_token_into_the_body(panel: Panel) -> None:
    panel.plays({"ListTicket": done()})

    transport().read("ListTicket", {"idcliente": 7})

    assert panel.asked("ListTicket") == [{"token": TOKEN, "idcliente": 7}]
    assert "Authorization" not in panel.rsps.calls[0].request.headers


def test_v11_puts_the_token_into_the_header(panel: Panel) -> None:
    panel.plays({"ListTicket": done()}, api="v11")

    transport(dialect=Commands(api="v11")).read("ListTicket", {"idcliente": 7})

    assert panel.asked("ListTicket") == [{"idcliente": 7}]
    assert panel.rsps.calls[0].request.headers["Authorization"] == f"Bearer {TOKEN}"


def test_base_address_may_end_in_a_slash(panel: Panel) -> None:
    panel.plays({"ListTicket": done()})

    assert transport(base_url=BASE + "/").read("ListTicket").success


def test_redirect_is_not_followed_and_its_host_is_named(panel: Panel) -> None:
    panel.rsps.post(
        f"{BASE}/api/v1/ListTicket", status=302, headers={"Location": "https://other.example.com/x?y"}
    )

    with pytest.raises(PanelUnusable, match=r"redirects to https://other\.example\.com; name"):
        transport().read("ListTicket")

    assert len(panel.rsps.calls) == 1


def test_cookies_are_not_kept(panel: Panel) -> None:
    panel.rsps.post(f"{BASE}/api/v1/ListTicket", json=done(), headers={"Set-Cookie": "PHPSESSID=abc; path=/"})
    sender = transport()

    sender.read("ListTicket")
    sender.read("ListTicket")

    assert "Cookie" not in panel.rsps.calls[1].request.headers


def test_netrc_adds_nothing(panel: Panel, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine panel.example.com login a password b\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    panel.plays({"ListTicket": done()})

    transport().read("ListTicket")

    assert "Authorization" not in panel.rsps.calls[0].request.headers


def test_meter_counts_calls_and_keeps_the_first_clock(panel: Panel) -> None:
    panel.plays({"ListTicket": done()})
    sender = transport()
    sender.read("ListTicket")

    meter = sender.metered()
    sender.read("ListTicket")
    sender.read("ListTicket")

    assert meter.calls == 2
    assert meter.panel_time == datetime(2026, 2, 3, 16, 0, 2, tzinfo=UTC)


@pytest.mark.parametrize("date", [None, "", "nonsense", "Tue, 99 Feb 2026 16:00:02 GMT"])
def test_clock_that_cannot_be_read_is_none(panel: Panel, date: str | None) -> None:
    headers = {} if date is None else {"Date": date}
    panel.rsps.post(f"{BASE}/api/v1/ListTicket", json=done(), headers=headers)
    sender = transport()
    meter = sender.metered()

    sender.read("ListTicket")

    assert meter.panel_time is None


def test_read_is_tried_again_and_waits_longer_each_time(panel: Panel) -> None:
    answers = iter([(503, HTML), HTML, done(data={"tickets": []})])
    panel.plays({"ListTicket": lambda _: next(answers)})
    clock = StepClock()

    assert panel_api(clock).tickets(77).records == ()
    assert len(clock.waits) == 2
    assert 0.5 <= clock.waits[0] <= 1.0 <= clock.waits[1] <= 1.5


def test_read_gives_up_after_three_attempts(panel: Panel) -> None:
    panel.plays({"ListTicket": (503, HTML)})
    clock = StepClock()

    with pytest.raises(PanelUnreachable, match="server error, HTTP 503"):
        panel_api(clock).tickets(77)

    assert len(panel.asked("ListTicket")) == 3
    assert sum(clock.waits) < 15


@pytest.mark.parametrize("answer", [error("token vencido"), (401, HTML)])
def test_refused_access_is_not_tried_again(panel: Panel, answer: object) -> None:
    panel.plays({"ListTicket": lambda _: answer})

    with pytest.raises(AccessRefused):
        panel_api().tickets(77)

    assert len(panel.asked("ListTicket")) == 1


@pytest.mark.parametrize("answer", [(503, HTML), HTML, error("no"), requests.ReadTimeout("x")])
def test_write_goes_out_once(panel: Panel, answer: object) -> None:
    panel.plays({"NewSMS": lambda _: answer})

    with pytest.raises((OutcomeUnknown, Refused)):
        panel_api().send_sms(77, "hola")

    assert len(panel.asked("NewSMS")) == 1


def test_retry_raises_the_last_error_itself() -> None:
    def fail() -> None:
        raise PanelUnusable("nothing")

    with pytest.raises(PanelUnusable, match="nothing"):
        ReadRetry(StepClock())(fail)


def test_switched_off_verification_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    transport(verify=False)

    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "panel.tls_unverified" in caplog.text


def test_unresolvable_host_is_unreachable() -> None:
    sender = transport(SystemClock(), base_url="http://panel.invalid", timeout=2)

    with pytest.raises(PanelUnreachable, match="no connection"):
        sender.read("ListTicket")
    with pytest.raises(NotApplied, match="no connection"):
        sender.write("NewSMS", {})
    sender.close()
