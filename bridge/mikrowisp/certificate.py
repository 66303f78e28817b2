"""The certificate that a panel shows, looked at whether or not it can be trusted (contract section 1)."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

# OpenSSL's X509_V_FLAG_NO_CHECK_TIME: an expired certificate must still show its dates.
_ANY_TIME = 0x200000


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What a server presents. `fault` is empty where it is trusted, else OpenSSL's words why it is not.

    Dates are None where the certificate cannot be read at all.
    """

    issuer: str = ""
    names: tuple[str, ...] = ()
    not_before: datetime | None = None
    not_after: datetime | None = None
    fault: str = ""


def certificate_of(host: str, port: int, *, authorities: Path, timeout: float) -> Certificate:
    """Return the certificate of a TLS server, checked against `authorities` (a PEM file or a folder).

    `timeout` is in seconds, for connecting and for each wait. Raises OSError where there is no connection
    or no TLS at the other end.
    """
    context = ssl.create_default_context(
        cafile=str(authorities) if authorities.is_file() else None,
        capath=str(authorities) if authorities.is_dir() else None,
    )
    try:
        return _described(_handshake(host, port, context, timeout))
    except ssl.SSLCertVerificationError as error:
        fault = error.verify_message
    return _unverified(host, port, fault, timeout)


def _unverified(host: str, port: int, fault: str, timeout: float) -> Certificate:
    """Read a certificate nobody vouches for, by taking it as its own authority."""
    shown = ssl.get_server_certificate((host, port), timeout=timeout)
    context = ssl.create_default_context(cadata=shown)
    context.check_hostname = False
    context.verify_flags = ssl.VerifyFlags(ssl.VERIFY_X509_PARTIAL_CHAIN | _ANY_TIME)
    try:
        return _described(_handshake(host, port, context, timeout), fault)
    except ssl.SSLCertVerificationError:
        return Certificate(fault=fault)


def _handshake(host: str, port: int, context: ssl.SSLContext, timeout: float) -> Mapping[str, Any]:
    with (
        socket.create_connection((host, port), timeout) as line,
        context.wrap_socket(line, server_hostname=host) as tls,
    ):
        return tls.getpeercert() or {}


def _described(shown: Mapping[str, Any], fault: str = "") -> Certificate:
    issuer = {key: value for part in shown.get("issuer", ()) for key, value in part}
    subject = {key: value for part in shown.get("subject", ()) for key, value in part}
    names = tuple(value for _, value in shown.get("subjectAltName", ())) or (subject.get("commonName", ""),)
    return Certificate(
        issuer=issuer.get("organizationName") or issuer.get("commonName", ""),
        names=names,
        not_before=_instant(shown.get("notBefore")),
        not_after=_instant(shown.get("notAfter")),
        fault=fault,
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC) if text else None
