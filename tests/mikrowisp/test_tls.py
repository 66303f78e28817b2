"""TLS is verified unless the configuration says otherwise: seen at the requests that really leave."""

from __future__ import annotations

from pathlib import Path

import pytest
import responses

from bridge.bootstrap import Bridge
from tests.mikrowisp.panels import BASE, TOKEN
from tests.servers import ROOT

BUNDLES = ("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE")


@pytest.fixture(autouse=True)
def _no_other_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in BUNDLES:
        monkeypatch.delenv(name, raising=False)


def verified(folder: Path, more: str = "") -> object:
    """What the one request of a configured bridge was told about certificates."""
    config = folder / "config.yaml"
    config.write_text(f"panel:\n  base_url: {BASE}\n  token: {TOKEN}\n{more}mappings: {ROOT / 'mappings'}\n")
    with responses.RequestsMock() as rsps, Bridge.configured(config, {}) as bridge:
        rsps.post(f"{BASE}/api/v1/GetDepartamentos", json={"estado": "exito"})
        api = bridge.api(bridge.mappings())
        api._transport.read("GetDepartamentos")
        assert api._transport._session.verify is True
        return rsps.calls[0].request.req_kwargs["verify"]


def test_certificates_are_verified_by_default(tmp_path: Path) -> None:
    assert verified(tmp_path) is True


@pytest.mark.parametrize("name", ["PYTHONHTTPSVERIFY", *BUNDLES])
def test_nothing_in_the_environment_switches_it_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "0" if name == "PYTHONHTTPSVERIFY" else "")

    assert verified(tmp_path) is True


def test_only_the_configuration_does(tmp_path: Path) -> None:
    assert verified(tmp_path, "  verify_tls: false\n") is False
    ca = tmp_path / "ca.pem"
    ca.touch()
    assert verified(tmp_path, "  verify_tls: ca.pem\n") == str(ca)
