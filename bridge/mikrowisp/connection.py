"""Connections that know whether any byte of a request may have left, so that nobody has to guess."""

from __future__ import annotations

import threading
from http.cookiejar import DefaultCookiePolicy
from typing import Any, cast

from requests import Session
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests.models import PreparedRequest
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.retry import Retry

_phase = threading.local()
_NO_COOKIES = DefaultCookiePolicy(allowed_domains=[])


def begin() -> None:
    """Say that this thread starts a request: nothing has left yet."""
    _phase.sent = False


def may_have_left() -> bool:
    """Whether this thread's request may have reached the panel, in whole or in part."""
    return cast("bool", _phase.sent)


class _Watched(HTTPConnection):
    _opening = False

    def connect(self) -> None:
        self._opening = True
        try:
            super().connect()
        finally:
            self._opening = False

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        # While a tunnel through a proxy is being opened, only the CONNECT line leaves.
        if not self._opening:
            _phase.sent = True
        super().send(data)


class _WatchedTLS(_Watched, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _PoolTLS(HTTPSConnectionPool):
    ConnectionCls = _WatchedTLS


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _watch(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        _watch(manager)
        return manager


def _watch(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _PoolTLS}


class BearerAuth(AuthBase):
    """The token in the `Authorization` header (v11), or nothing at all: a `.netrc` must not add anything."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """Add the header to a request that is about to be sent."""
        if self._token is not None:
            r.headers["Authorization"] = f"Bearer {self._token}"
        return r


def new_session(size: int, auth: AuthBase) -> Session:
    """Return a session with `size` kept connections to one panel.

    It never sends anything twice by itself, and keeps no cookies: with one PHP session all requests would
    queue up behind its lock.
    """
    session = Session()
    never = Retry(total=0, connect=0, read=False, redirect=0, status=0, other=0)
    adapter = _Adapter(pool_connections=2, pool_maxsize=size, max_retries=never)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.auth = auth
    session.cookies.set_policy(_NO_COOKIES)
    session.headers.update({"Accept": "application/json", "User-Agent": "reds-comm-bridge"})
    return session
