"""One request to the panel: token, pace, time-out, log, and what went wrong by how the bridge must react."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
import urllib3
from requests.auth import HTTPBasicAuth

from bridge import logs
from bridge.clock import Clock
from bridge.errors import AccessRefused, BridgeError, Refused
from bridge.mikrowisp import connection
from bridge.mikrowisp.envelope import Reply, UnreadableError, preview, read_reply, text_of
from bridge.mikrowisp.pacing import Pace
from bridge.mikrowisp.reactions import READ, WRITE, Reactions
from bridge.mikrowisp.translate import contains_any
from bridge.redaction import GONE, redacted, redacted_text
from bridge.rulebook.commands import Commands

log = logs.logger("bridge.panel")

_SHOWN = 80
_REDIRECT, _CLIENT_ERROR, _SERVER_ERROR = 300, 400, 500
_NO_ACCESS, _UNKNOWN, _TOO_MANY = {401, 403}, {404, 405}, 429


@dataclass(slots=True)
class Meter:
    """What one read costs and when it began: calls made, and the panel's clock in its first answer."""

    calls: int = 0
    panel_time: datetime | None = None


class Transport:
    """Sends commands to one panel (contract section 1); safe to be shared by threads.

    `rate` is in requests a second (0: no limit), `timeout` in seconds for connecting and for each wait.
    `verify` is True, False or the path of a CA file.
    """

    def __init__(  # noqa: PLR0913 - each is a line of config.yaml
        self,
        base_url: str,
        token: str,
        *,
        verify: bool | str = True,
        timeout: float = 20.0,
        rate: float = 0.0,
        concurrency: int = 8,
        clock: Clock,
        dialect: Commands,
    ) -> None:
        self._base, login = _without_login(base_url)
        self._host = urlsplit(self._base).hostname or "the panel"
        self._token = token
        self._verify = verify
        self._timeout = timeout
        self._clock = clock
        self._api = dialect.api
        self._bad_token = dialect.errors.bad_token
        self._pace = Pace(rate, clock)
        auth = connection.BearerAuth(token) if dialect.api == "v11" else login or connection.BearerAuth(None)
        self._session = connection.new_session(max(1, concurrency), auth)
        self._lock = threading.Lock()
        self._meter = Meter()
        if verify is False:
            log.warning("panel.tls_unverified", host=self._host)
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def __repr__(self) -> str:
        return f"Transport({self._host}, api={self._api})"

    def close(self) -> None:
        """Close the kept connections."""
        self._session.close()

    def metered(self) -> Meter:
        """Start a new count of calls and return it; later calls are counted there."""
        with self._lock:
            self._meter = Meter()
            return self._meter

    def read(self, command: str, fields: Mapping[str, Any] | None = None) -> Reply:
        """Ask the panel; a business error is a Reply without success.

        Raises PanelUnreachable, AccessRefused or PanelUnusable. An unknown command (404) is a Reply with
        that status.
        """
        reply = self._ask(command, fields or {}, READ)
        return reply if reply is not None else Reply(success=False, message="HTTP 404", status=404)

    def write(self, command: str, fields: Mapping[str, Any]) -> Reply:
        """Make the panel do something, once; returns only when the panel said that it was done.

        Raises NotApplied, Refused, OutcomeUnknown or AccessRefused.
        """
        reply = self._ask(command, fields, WRITE)
        if reply is None:
            raise Refused(f"{command}: the panel at {self._host} does not know this command")
        if not reply.success:
            raise Refused(f"{command}: {reply.message or f'refused without a reason (HTTP {reply.status})'}")
        return reply

    def _ask(self, command: str, fields: Mapping[str, Any], errors: Reactions) -> Reply | None:
        response = self._post(command, fields, errors)
        self._refuse_status(command, response, errors)
        # A panel may repeat what it was sent; from here on nothing holds the token.
        status, text = response.status_code, self._clean(text_of(response.content))
        try:
            reply = read_reply(status, text)
        except UnreadableError as error:
            if status in _UNKNOWN:
                return None
            if status >= _CLIENT_ERROR:
                raise errors.rejected(self._words(command, f"HTTP {status}: {preview(text)}")) from None
            raise errors.unreadable(self._words(command, str(error))) from None
        if not reply.success and contains_any(reply.message, self._bad_token):
            raise AccessRefused(self._words(command, f"the panel refused the token: {reply.message}"))
        return reply

    def _post(self, command: str, fields: Mapping[str, Any], errors: Reactions) -> requests.Response:
        self._pace.wait()
        body = dict(fields) if self._api == "v11" else {"token": self._token, **fields}
        connection.begin()
        began = self._clock.monotonic()
        try:
            response = self._session.post(
                f"{self._base}/api/{self._api}/{command}",
                json=body,
                timeout=self._timeout,
                verify=self._verify,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            # The request holds the token; nobody who prints the error's attributes may find it.
            error.request = None
            self._note(command, fields, f"{type(error).__name__}", began, None)
            raise self._failure(command, error, errors) from error
        self._note(command, fields, f"HTTP {response.status_code}", began, response.headers.get("Date"))
        return response

    def _failure(self, command: str, error: requests.RequestException, errors: Reactions) -> BridgeError:
        if isinstance(error, requests.exceptions.SSLError) and "certificate" in str(error).casefold():
            what = "its TLS certificate cannot be verified; name the CA file under panel.verify_tls"
            return AccessRefused(self._words(command, what))
        timed_out = isinstance(error, requests.Timeout)
        late = isinstance(error, requests.ReadTimeout | requests.exceptions.ChunkedEncodingError)
        if connection.may_have_left() or late:
            how = (
                f"no answer within {self._timeout:g} s"
                if timed_out
                else "the connection broke before the answer"
            )
            return errors.lost(self._words(command, how))
        how = f"no connection within {self._timeout:g} s" if timed_out else "no connection"
        return errors.unsent(self._words(command, f"{how} ({_cause(error)})"))

    def _refuse_status(self, command: str, response: requests.Response, errors: Reactions) -> None:
        status = response.status_code
        if status in _NO_ACCESS:
            raise AccessRefused(self._words(command, f"the panel refused access (HTTP {status})"))
        if status == _TOO_MANY:
            raise errors.unsent(self._words(command, "the panel asks for fewer requests (HTTP 429)"))
        if status >= _SERVER_ERROR:
            raise errors.server(self._words(command, f"server error, HTTP {status}"))
        if _REDIRECT <= status < _CLIENT_ERROR:
            where = urlsplit(response.headers.get("Location", ""))
            place = f"{where.scheme}://{where.hostname}" if where.hostname else "another page"
            what = f"it redirects to {place}; name the final place under panel.base_url"
            raise errors.unreadable(self._words(command, what))

    def _words(self, command: str, what: str) -> str:
        return redacted_text(self._clean(f"{command} at {self._host}: {what}"))

    def _clean(self, text: str) -> str:
        return text.replace(self._token, GONE) if self._token else text

    def _note(
        self, command: str, fields: Mapping[str, Any], how: str, began: float, date: str | None
    ) -> None:
        panel_time = _panel_time(date)
        with self._lock:
            self._meter.calls += 1
            if self._meter.panel_time is None:
                self._meter.panel_time = panel_time
        if log.isEnabledFor(logging.DEBUG):
            took = (self._clock.monotonic() - began) * 1000
            shown = redacted_text(self._clean(_short(redacted(fields))))
            log.debug("panel.call", command=command, fields=shown, answer=how, milliseconds=round(took))


def _without_login(base_url: str) -> tuple[str, HTTPBasicAuth | None]:
    """Take a user and password out of an address, as some web servers before a panel want them."""
    parts = urlsplit(base_url.rstrip("/"))
    place = parts.netloc.rpartition("@")[2]
    login = HTTPBasicAuth(unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return parts._replace(netloc=place).geturl(), login


def _short(fields: Mapping[str, Any]) -> str:
    said = (f"{key}={value!s:.{_SHOWN}}" for key, value in fields.items())
    return " ".join(said)


def _panel_time(date: str | None) -> datetime | None:
    try:
        said = parsedate_to_datetime(date) if date else None
    except ValueError:
        return None
    return said.astimezone(UTC) if said is not None and said.tzinfo is not None else None


def _cause(error: requests.RequestException) -> str:
    inner: object = error.args[0] if error.args else error
    reason = getattr(inner, "reason", inner)
    return type(reason).__name__ if isinstance(reason, Exception) else type(error).__name__
