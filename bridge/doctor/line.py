"""The way to the panel: name, connection, encryption and certificate, before any command is asked."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH, select_proxy

from bridge.config import Settings
from bridge.doctor.check import CONFIG, Checks, failed, ok, skipped, warning
from bridge.mikrowisp.certificate import Certificate, certificate_of

SOON = timedelta(days=21)
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Where the panel is, and through what the bridge reaches it."""

    host: str
    port: int
    encrypted: bool
    proxy: str | None
    authorities: Path
    verified: bool

    @property
    def place(self) -> str:
        """Host and port as people write them."""
        return f"{self.host}:{self.port}"


def way_of(settings: Settings) -> Way:
    """Return the way that `requests` will take with these settings and this environment."""
    parts = urlsplit(settings.panel.base_url)
    verify = settings.panel.verify_tls
    with requests.Session() as session:
        chosen = session.merge_environment_settings(settings.panel.base_url, {}, None, None, None)
    from_environment = chosen["verify"] if isinstance(chosen["verify"], str) else DEFAULT_CA_BUNDLE_PATH
    return Way(
        host=parts.hostname or "",
        port=parts.port or _DEFAULT_PORTS[parts.scheme],
        encrypted=parts.scheme == "https",
        proxy=select_proxy(settings.panel.base_url, chosen["proxies"]),
        authorities=verify if isinstance(verify, Path) else Path(from_environment),
        verified=verify is not False,
    )


def network_checks(way: Way, timeout: float) -> Checks:
    """Look the panel's name up and connect to each of its addresses until one takes it."""
    if way.proxy:
        place = urlsplit(way.proxy).netloc.rpartition("@")[2]
        yield skipped(
            "network", way.place, f"the way leads through the proxy {place}", "unset https_proxy if not"
        )
        return
    try:
        found = socket.getaddrinfo(way.host, way.port, type=socket.SOCK_STREAM)
    except OSError as error:
        detail = f"the name {way.host} cannot be looked up: {error.strerror or error}"
        step = f"`getent hosts {way.host}`; check panel.base_url and this machine's DNS"
        yield failed("network", way.place, detail, step)
        return
    addresses = sorted({str(one[4][0]) for one in found})
    try:
        socket.create_connection((way.host, way.port), timeout).close()
    except OSError as error:
        detail = f"{', '.join(addresses)} cannot be reached: {error.strerror or error}"
        step = f"`nc -vz {way.host} {way.port}`; check the port in panel.base_url, firewall and routes"
        yield failed("network", way.place, detail, step)
        return
    yield ok("network", way.place, f"{', '.join(addresses)} takes connections")


def tls_checks(way: Way, *, is_loopback: bool, now: datetime, timeout: float) -> Checks:
    """Look at encryption, the certificate's age, and who vouches for it."""
    if not way.encrypted:
        if is_loopback:
            yield ok("tls", way.place, "plain HTTP, within this machine")
        else:
            detail = "plain HTTP: the token and the customers travel unencrypted"
            yield warning(
                "tls", way.place, detail, "give the panel a certificate, write https:// in base_url"
            )
        return
    if way.proxy:
        yield skipped(
            "tls", way.place, "behind a proxy, so the certificate is seen by the first command only"
        )
        return
    if not way.verified:
        detail = "panel.verify_tls is false: anybody on the way can read the token and the customers"
        step = "write verify_tls: true, or the path of the PEM file of the panel's own CA"
        yield warning("tls", way.place, detail, step)
    try:
        certificate = certificate_of(way.host, way.port, authorities=way.authorities, timeout=timeout)
    except OSError as error:
        detail = f"no TLS: {error.strerror or error}"
        yield failed("tls", way.place, detail, "check scheme and port in panel.base_url", CONFIG)
        return
    yield from _certificate_checks(way, certificate, now)


def _certificate_checks(way: Way, certificate: Certificate, now: datetime) -> Checks:
    age = _age(certificate, now)
    if certificate.fault and way.verified:
        detail = f"the certificate is not trusted: {certificate.fault}. {age}"
        yield failed("certificate", way.place, detail, _remedy(way, certificate, now))
    elif certificate.fault:
        yield warning("certificate", way.place, f"not trusted: {certificate.fault}. {age}")
    elif certificate.not_after is not None and certificate.not_after - now < SOON:
        yield warning("certificate", way.place, age, "renew the panel's certificate before that day")
    else:
        yield ok("certificate", way.place, age)


def _age(certificate: Certificate, now: datetime) -> str:
    if certificate.not_before is None or certificate.not_after is None:
        return "Its dates cannot be read"
    left, since = (certificate.not_after - now).days, (now - certificate.not_after).days
    when = f"valid until {certificate.not_after:%Y-%m-%d}"
    when += f", {left} days" if left >= 0 else f", over since {since} days"
    return f"Issued by {certificate.issuer or 'itself'} on {certificate.not_before:%Y-%m-%d}, {when}"


def _remedy(way: Way, certificate: Certificate, now: datetime) -> str:
    if certificate.not_after is not None and certificate.not_after < now:
        return "renew the panel's certificate"
    if certificate.not_before is not None and certificate.not_before > now:
        return "set this machine's clock by NTP, or wait until the certificate begins"
    if "hostname" in certificate.fault.casefold() or "ip address" in certificate.fault.casefold():
        named = ", ".join(certificate.names) or "no name"
        return f"write one of the certificate's own names in panel.base_url: {named}"
    return (
        f"`openssl s_client -connect {way.place} -showcerts </dev/null` shows the chain: compare its CA with "
        "the one that runs the panel, save it as a PEM file and name that under panel.verify_tls"
    )
